//! What goes wrong, in one line that says what to do, and how the process ends.
use std::fmt;

/// How the process ends when it does not end well; documented in `--help` and `docs/cli.md`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The program refuses, or would refuse, what was asked for.
    Refused = 1,
    /// What was typed can't be understood, or names something that is not there.
    Usage = 2,
    /// The node gave no answer, or none that can be used, or the transaction did not land and can't any more.
    /// Nothing has changed.
    NoAnswer = 3,
    /// The transaction was sent, and it is not known what became of it.
    Unsure = 4,
    /// Something on this machine or in the wallet is missing: a file, a key, funds.
    Missing = 5,
    /// Nobody said yes.
    Unconfirmed = 6,
}

/// A line for whoever typed the command, and the end of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub exit: Exit,
    pub line: String,
}

pub type Result<T> = core::result::Result<T, Fault>;

macro_rules! kinds {
    ($($name:ident = $exit:ident;)*) => {
        impl Fault {
            $(
                pub fn $name(line: impl Into<String>) -> Self {
                    Self { exit: Exit::$exit, line: line.into() }
                }
            )*
        }
    };
}

kinds! {
    refused = Refused;
    usage = Usage;
    no_answer = NoAnswer;
    unsure = Unsure;
    missing = Missing;
    unconfirmed = Unconfirmed;
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for Fault {}
