//! What is in flight, on disk: after a crash between sending and confirmation the keeper knows what it sent.
use crate::core::Sent;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The first line of the file; other lines are [`Sent`] as it is written.
const HEADER: &str = "plimsoll-keeper journal 1";

/// The file. It is written whole, beside its place, and then moved there: a reader finds the old one or the
/// new one. It is not forced to the disk itself: it has to outlive this process, and by the time a machine that
/// lost its power is back, what was sent has landed or its blockhash is dead.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    written: String,
    /// Held as long as the journal is in use.
    _lock: File,
}

impl Journal {
    /// Opens the journal and returns what it holds; a file that is not there holds nothing, and is made, so
    /// that a place that can't be written to shows before anything is sent.
    ///
    /// # Errors
    /// One line: the file can't be read or written, or is no journal.
    pub fn open(path: &Path) -> Result<(Self, Vec<Sent>), String> {
        let shown = path.display();
        let lock = lock(path)?;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => format!("{HEADER}\n"),
            Err(e) => return Err(format!("keeper.journal = {shown}: {e}: name a file that can be written")),
        };
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(format!(
                "keeper.journal = {shown}: not a journal of this keeper: name another file, or remove this one if \
                 nothing was sent in the last two minutes"
            ));
        }
        let sent = lines.enumerate().map(|(index, line)| {
            line.parse::<Sent>().map_err(|e| {
                format!(
                    "keeper.journal = {shown}: line {}: {e}: wait two minutes, then remove the file",
                    index + 2
                )
            })
        });
        let sent: Vec<Sent> = sent.collect::<Result<_, _>>()?;
        let mut journal = Self { path: path.to_path_buf(), written: String::new(), _lock: lock };
        journal.write(&sent)?;
        Ok((journal, sent))
    }

    /// Makes the journal hold exactly this.
    ///
    /// # Errors
    /// One line: the file can't be written. What was not written must not be sent.
    pub fn write(&mut self, sent: &[Sent]) -> Result<(), String> {
        let lines = sent.iter().map(|sent| format!("{sent}\n"));
        let text: String = std::iter::once(format!("{HEADER}\n")).chain(lines).collect();
        if text == self.written {
            return Ok(());
        }
        let beside = beside(&self.path, ".new");
        let moved = std::fs::write(&beside, &text).and_then(|()| std::fs::rename(&beside, &self.path));
        moved.map_err(|e| {
            format!("keeper.journal = {}: {e}: name a file that can be written", self.path.display())
        })?;
        self.written = text;
        Ok(())
    }
}

/// Keeps other keepers from the same journal.
fn lock(path: &Path) -> Result<File, String> {
    let shown = path.display();
    let file = File::create(beside(path, ".lock"))
        .map_err(|e| format!("keeper.journal = {shown}: {e}: name a file that can be written"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!(
            "keeper.journal = {shown}: another keeper uses it: give each keeper a journal of its own"
        )),
        Err(TryLockError::Error(e)) => {
            Err(format!("keeper.journal = {shown}: {e}: name a file that can be locked"))
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_path_buf().into_os_string();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Key;
    use solana_address::Address;
    use solana_signature::Signature;

    fn place(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("plimsoll-journal-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        directory.join("journal")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let path = place("round-trip");
        let _ = std::fs::remove_file(&path);
        let (mut journal, found) = Journal::open(&path).unwrap();
        assert_eq!(found, []);
        let sent = [
            Sent {
                key: Key::Liquidate(Address::new_from_array([3; 32])),
                signature: Signature::from([4; 64]),
                last_valid_block_height: 77,
            },
            Sent { key: Key::Refresh(2), signature: Signature::from([5; 64]), last_valid_block_height: 78 },
        ];
        journal.write(&sent).unwrap();
        drop(journal);
        let (mut journal, found) = Journal::open(&path).unwrap();
        assert_eq!(found, sent);
        journal.write(&[]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "plimsoll-keeper journal 1\n");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn other_files_are_refused_and_left_alone() {
        let path = place("refused");
        for (text, what) in [
            ("my notes\n", "not a journal of this keeper"),
            ("plimsoll-keeper journal 1\nsweep:1 x 5\n", "line 2"),
        ] {
            std::fs::write(&path, text).unwrap();
            let problem = Journal::open(&path).unwrap_err();
            assert!(problem.contains(what), "{problem}");
            assert_eq!(problem.lines().count(), 1);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn two_keepers_do_not_share_a_journal() {
        let path = place("shared");
        let (first, _) = Journal::open(&path).unwrap();
        let problem = Journal::open(&path).unwrap_err();
        let expected = format!(
            "keeper.journal = {}: another keeper uses it: give each keeper a journal of its own",
            path.display()
        );
        assert_eq!(problem, expected);
        drop(first);
        Journal::open(&path).unwrap();
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_place_that_can_t_be_written_shows_at_once() {
        let problem = Journal::open(Path::new("/proc/no-such-place/journal")).unwrap_err();
        assert!(problem.ends_with("name a file that can be written"), "{problem}");
    }
}
