//! The state of a chain in a file, from one run to the next: every account but the cluster's own.

use crate::node::Node;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use solana_account::Account;
use solana_address::Address;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name in the state's folder.
pub const FILE: &str = "state.json";
const VERSION: u32 = 1;

/// Owners of accounts that every chain makes anew: features, sysvars, built-in programs, programs and their code.
const CLUSTERS_OWN: [&str; 6] = [
    "Feature111111111111111111111111111111111111",
    "Sysvar1111111111111111111111111111111111111",
    "NativeLoader1111111111111111111111111111111",
    "BPFLoader1111111111111111111111111111111111",
    "BPFLoader2111111111111111111111111111111111",
    "BPFLoaderUpgradeab1e11111111111111111111111",
];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    /// The cluster's clock then, unix seconds.
    unix_time: i64,
    accounts: BTreeMap<String, Saved>,
}

/// An account as the chain exports it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    lamports: u64,
    owner: String,
    executable: bool,
    rent_epoch: u64,
    /// Base 64.
    data: String,
}

/// Saves the chain's state into a folder. The state that was there is only replaced once all is written.
///
/// # Errors
/// When the chain does not answer, or the folder can't be written to.
pub fn save(node: &Node, folder: &Path) -> Result<(), String> {
    let unix_time = node.unix_time()?;
    let mut found = node.call("surfnet_exportSnapshot", &json!([]))?;
    let mut accounts: BTreeMap<String, Saved> =
        serde_json::from_value(found["value"].take()).map_err(|e| format!("the chain's snapshot: {e}"))?;
    accounts.retain(|_, account| !account.executable && !CLUSTERS_OWN.contains(&account.owner.as_str()));
    let text =
        serde_json::to_string(&File { version: VERSION, unix_time, accounts }).map_err(|e| e.to_string())?;
    let (path, new) = (folder.join(FILE), folder.join("state.json.new"));
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
    written.map_err(|e| format!("{}: {e}", path.display()))
}

/// Puts a saved state back, if there is one; whether there was.
///
/// # Errors
/// When it can't be read, is not one, or the chain refuses.
pub fn restore(node: &Node, folder: &Path) -> Result<bool, String> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(false);
    }
    for (address, account) in read(&path)? {
        node.set_account(&address, &account)?;
    }
    Ok(true)
}

/// Forgets the state of a folder.
///
/// # Errors
/// When its file can't be removed.
pub fn forget(folder: &Path) -> Result<(), String> {
    let path = folder.join(FILE);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {e}", path.display())),
        _ => Ok(()),
    }
}

fn read(path: &PathBuf) -> Result<Vec<(Address, Account)>, String> {
    let problem = |what: &str| format!("{}: {what}: start without it by --reset", path.display());
    let text = fs::read_to_string(path).map_err(|e| problem(&e.to_string()))?;
    let file: File = serde_json::from_str(&text).map_err(|e| problem(&format!("not a saved state ({e})")))?;
    if file.version != VERSION {
        return Err(problem(&format!("version {}, this localnet reads {VERSION}", file.version)));
    }
    let account = |(address, saved): (String, Saved)| {
        let account = Account {
            lamports: saved.lamports,
            data: STANDARD.decode(saved.data).ok()?,
            owner: saved.owner.parse().ok()?,
            executable: saved.executable,
            rent_epoch: saved.rent_epoch,
        };
        Some((address.parse().ok()?, account))
    };
    let accounts: Option<Vec<_>> = file.accounts.into_iter().map(account).collect();
    accounts.ok_or_else(|| problem("not a saved state (an address or data can't be read)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<Vec<(Address, Account)>, String> {
        let path = std::env::temp_dir().join(format!("plimsoll-state-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        let read = read(&path);
        fs::remove_file(&path).unwrap();
        read
    }

    const OWNER: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

    #[test]
    fn accounts_come_back_as_they_were() {
        let text = format!(
            r#"{{"version":1,"unix_time":5,"accounts":{{"11111111111111111111111111111112":
                {{"lamports":7,"owner":"{OWNER}","executable":false,"rentEpoch":18446744073709551615,"data":"AP8=","parsedData":null}}}}}}"#
        );
        let account = Account {
            lamports: 7,
            data: vec![0, 255],
            owner: OWNER.parse().unwrap(),
            executable: false,
            rent_epoch: u64::MAX,
        };
        let address = "11111111111111111111111111111112".parse().unwrap();
        assert_eq!(read_text("good", &text), Ok(vec![(address, account)]));
    }

    #[test]
    fn what_is_no_saved_state_gets_one_line_that_says_what_to_do() {
        let saved = |data: &str| {
            format!(
                r#"{{"version":1,"unix_time":5,"accounts":{{"1":{{"lamports":7,"owner":"{OWNER}","executable":false,"rentEpoch":0,"data":"{data}"}}}}}}"#
            )
        };
        for (name, text, what) in [
            ("cut", r#"{"version":1,"unix"#.to_string(), "not a saved state (EOF"),
            (
                "old",
                r#"{"version":2,"unix_time":5,"accounts":{}}"#.to_string(),
                "version 2, this localnet reads 1",
            ),
            ("data", saved("?"), "an address or data can't be read"),
        ] {
            let problem = read_text(name, &text).unwrap_err();
            assert!(problem.contains(what) && problem.ends_with("start without it by --reset"), "{problem}");
            assert_eq!(problem.lines().count(), 1);
        }
    }

    #[test]
    fn nothing_is_there_to_forget_the_first_time() {
        assert_eq!(forget(Path::new("/nowhere")), Ok(()));
    }
}
