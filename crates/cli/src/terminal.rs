//! Whom a command talks to.
use std::io::{IsTerminal, Write, stderr, stdin, stdout};

/// Where a command writes, and whom it asks.
pub trait Terminal {
    /// What was asked for.
    fn say(&mut self, text: &str);

    /// What stands beside it.
    fn note(&mut self, text: &str);

    /// Asks a question that is answered by yes or no; `None` if there is nobody to ask.
    fn ask(&mut self, question: &str) -> Option<bool>;
}

/// The process's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console;

impl Terminal for Console {
    fn say(&mut self, text: &str) {
        // A reader that has gone away has seen enough.
        let _ = writeln!(stdout(), "{text}");
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(stderr(), "{text}");
    }

    fn ask(&mut self, question: &str) -> Option<bool> {
        if !stdin().is_terminal() {
            return None;
        }
        let mut stderr = stderr();
        let _ = write!(stderr, "{question} [y/N] ");
        let _ = stderr.flush();
        let mut answer = String::new();
        stdin().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
