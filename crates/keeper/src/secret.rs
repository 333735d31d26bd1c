//! What nobody may see: keys, tokens, addresses that contain them. Read from files, never shown.
use solana_keypair::Keypair;
use std::fmt;
use std::path::Path;

/// A text that no log, message or printed configuration shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever needs it to talk to others.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `message` without this text in it.
    pub fn redact(&self, message: &str) -> String {
        if self.0.is_empty() {
            return message.to_string();
        }
        message.replace(&self.0, &self.to_string())
    }
}

/// An address as far as it is no secret: what stands behind the host may be a key.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str("(hidden)");
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            Some((_, host)) => ("(hidden)@", host),
            None => ("", authority),
        };
        let behind = if behind.trim_start_matches('/').is_empty() { "" } else { "/(hidden)" };
        write!(f, "{scheme}://{user}{host}{behind}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Reads the one line of a file that holds a secret.
///
/// # Errors
/// When it can't be read or is empty; `what` names the setting.
pub fn read_secret(what: &str, path: &Path) -> Result<Secret, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("{what} = {shown}: {e}: name a file that this user can read"))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next()) {
        (Some(line), None) => Ok(Secret::new(line)),
        _ => Err(format!("{what} = {shown}: write the secret into it, in one line")),
    }
}

/// Reads a keypair as solana-keygen writes it.
///
/// # Errors
/// When it can't be read or is none; `what` names the setting.
pub fn read_keypair(what: &str, path: &Path) -> Result<Keypair, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| {
        format!("{what} = {shown}: {e}: make one with `solana-keygen new -o {shown}`, or name another file")
    })?;
    let bytes: Option<Vec<u8>> = serde_json::from_str(&text).ok();
    let keypair = bytes.and_then(|bytes| Keypair::try_from(bytes.as_slice()).ok());
    keypair.ok_or_else(|| {
        format!("{what} = {shown}: not a keypair: expected 64 numbers, as solana-keygen writes them")
    })
}

/// A warning if everybody on this machine can read the file.
pub fn exposure(what: &str, path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        let shown = path.display();
        (mode & 0o004 != 0)
            .then(|| format!("{what} = {shown}: everybody on this machine can read it: chmod 600 {shown}"))
    }
    #[cfg(not(unix))]
    {
        let _ = (what, path);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_up_to_their_host() {
        for (secret, shown) in [
            ("https://node.example/?api-key=s3cret", "https://node.example/(hidden)"),
            ("https://node.example/s3cret", "https://node.example/(hidden)"),
            ("https://me:s3cret@node.example:8899", "https://(hidden)@node.example:8899"),
            ("http://127.0.0.1:8899", "http://127.0.0.1:8899"),
            ("http://127.0.0.1:8899/", "http://127.0.0.1:8899"),
            ("123456:s3cret", "(hidden)"),
        ] {
            let secret = Secret::new(secret);
            assert_eq!(secret.to_string(), shown);
            assert_eq!(format!("{secret:?}"), shown);
            assert_eq!(secret.redact(&format!("{}: refused", secret.expose())), format!("{shown}: refused"));
        }
    }

    #[test]
    fn files_of_secrets_are_read_and_their_exposure_is_noticed() {
        let directory = std::env::temp_dir().join(format!("plimsoll-secret-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join("token");
        std::fs::write(&file, "\n 12:ab \n").unwrap();
        assert_eq!(read_secret("t", &file), Ok(Secret::new("12:ab")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            let shown = file.display();
            let warning = format!("t = {shown}: everybody on this machine can read it: chmod 600 {shown}");
            assert_eq!(exposure("t", &file), Some(warning));
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(exposure("t", &file), None);
        }
        std::fs::write(&file, "\n").unwrap();
        assert!(read_secret("t", &file).unwrap_err().ends_with("write the secret into it, in one line"));
        assert!(read_keypair("k", &file).unwrap_err().contains("not a keypair"));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
