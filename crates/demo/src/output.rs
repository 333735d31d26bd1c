//! Writing the files that were asked for.

use std::fs;
use std::path::Path;

/// Writes `text` to `path`, making the folders above it.
///
/// # Errors
/// One line naming the path and the cause.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_and_failures_name_the_path() {
        let folder = std::env::temp_dir().join(format!("plimsoll-demo-output-{}", std::process::id()));
        let path = folder.join("a/b.txt");
        write(&path, "text").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        let below_a_file = path.join("c.txt");
        let message = write(&below_a_file, "text").unwrap_err();
        assert!(message.starts_with(&format!("cannot write {}: ", below_a_file.display())), "{message}");
        fs::remove_dir_all(folder).unwrap();
    }
}
