//! Colours, where they are wanted.

use std::ffi::OsStr;

/// Whether escape codes may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    coloured: bool,
}

/// What a piece of text means; only the terminal's own palette is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Strong,
    Faint,
    Notice,
    Alarm,
    Good,
}

impl Style {
    pub const PLAIN: Style = Style { coloured: false };
    pub const COLOURED: Style = Style { coloured: true };

    /// Colours only on a terminal that understands them, and only if NO_COLOR is absent or empty (<https://no-color.org>).
    pub fn detect(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> Style {
        let refused =
            no_color.is_some_and(|value| !value.is_empty()) || term.is_some_and(|term| term == "dumb");
        Style { coloured: is_terminal && !refused }
    }

    pub fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Plain => return text.to_string(),
            Ink::Strong => "1",
            Ink::Faint => "2",
            Ink::Notice => "33",
            Ink::Alarm => "1;31",
            Ink::Good => "1;32",
        };
        if self.coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_need_a_terminal_and_yield_to_no_color() {
        let detect = |terminal, no_color: Option<&str>, term: Option<&str>| {
            Style::detect(terminal, no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert_eq!(detect(true, None, Some("xterm")), Style::COLOURED);
        assert_eq!(detect(true, Some(""), None), Style::COLOURED);
        assert_eq!(detect(false, None, Some("xterm")), Style::PLAIN);
        assert_eq!(detect(true, Some("1"), Some("xterm")), Style::PLAIN);
        assert_eq!(detect(true, None, Some("dumb")), Style::PLAIN);
    }

    #[test]
    fn plain_text_has_no_escape_codes() {
        assert_eq!(Style::PLAIN.paint(Ink::Alarm, "sunk"), "sunk");
        assert_eq!(Style::COLOURED.paint(Ink::Alarm, "sunk"), "\x1b[1;31msunk\x1b[0m");
        assert_eq!(Style::COLOURED.paint(Ink::Plain, "sunk"), "sunk");
    }
}
