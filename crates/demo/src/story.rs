//! The replay as a story on a terminal: a line for each event, a progress bar beneath them, and the closing ledger.

mod bar;
mod closing;
mod style;
mod table;

use std::io::{IsTerminal, Stderr, Stdout, Write};

use crate::calendar;
use crate::prices::{PriceTable, walk};
use crate::report::{Observer, StoryLine, Tone, Trace};
use bar::Bar;
pub use style::{Ink, Style};

const INTRODUCTION: &str = "\
The compiled program and the SPL token program run in an in-process SVM. Oracle accounts are written as Pyth's
programs write them; traders hold leveraged positions against the providers' capital, borrowers owe to lenders,
and a keeper liquidates whoever sinks below the maintenance line: a margin ratio (equity / requirement) of 1.
Each rule is explained, in brackets, when it is first at work.
";

const LINE_WIDTH: usize = 108;

/// `text` in lines of at most [`LINE_WIDTH`] characters, broken at spaces.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= LINE_WIDTH {
            line.push_str(&format!(" {word}"));
        } else {
            lines.push(word.to_string());
        }
    }
    lines
}

/// Prints the story while the replay runs. Lines go to `out`, the bar to `bar`.
pub struct Terminal<O: Write, B: Write> {
    out: O,
    bar: Bar<B>,
    style: Style,
    progress: (usize, usize),
    day: String,
}

impl Terminal<Stdout, Stderr> {
    /// Standard output and standard error, coloured and animated as far as these are terminals.
    pub fn standard() -> Terminal<Stdout, Stderr> {
        let variable = |name: &str| std::env::var_os(name);
        let (no_color, term) = (variable("NO_COLOR"), variable("TERM"));
        let style = Style::detect(std::io::stdout().is_terminal(), no_color.as_deref(), term.as_deref());
        Terminal::new(std::io::stdout(), std::io::stderr(), style, std::io::stderr().is_terminal())
    }
}

impl<O: Write, B: Write> Terminal<O, B> {
    pub fn new(out: O, bar: B, style: Style, bar_is_terminal: bool) -> Terminal<O, B> {
        Terminal { out, bar: Bar::new(bar, bar_is_terminal), style, progress: (0, 0), day: String::new() }
    }

    /// Says what is about to be replayed.
    pub fn open(&mut self, table: &PriceTable, seed: u64) {
        let period = match (table.points.first(), table.points.last()) {
            (Some(first), Some(last)) => {
                format!("{} to {}", calendar::long_date(first.time), calendar::long_date(last.time))
            }
            _ => String::new(),
        };
        let title = self.style.paint(Ink::Strong, &format!("Plimsoll: a market replayed, {period}, UTC"));
        let mut text = format!("{title}\n\n{INTRODUCTION}\n");
        for line in wrapped(&walk(&table.points).told()) {
            text.push_str(&format!("{line}\n"));
        }
        text.push_str(&format!("Seed {seed}: another seed, other amounts and other moments.\n"));
        self.print(&text);
    }

    /// Takes the bar away and prints who was liquidated, the closing ledger, and whether it adds up.
    pub fn close(&mut self, trace: &Trace) {
        self.bar.clear();
        let text = closing::render(trace, self.style);
        self.print(&text);
    }

    /// A reader who has gone away (a closed pipe) must not stop the replay, whose files are still wanted.
    pub fn print(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

impl<O: Write, B: Write> Observer for Terminal<O, B> {
    fn progress(&mut self, done: usize, total: usize) {
        self.progress = (done, total);
        self.bar.set(done, total);
    }

    fn told(&mut self, line: &StoryLine) {
        self.bar.clear();
        let day = calendar::date(line.time);
        if day != self.day {
            let heading = self.style.paint(Ink::Strong, &day);
            self.print(&format!("\n{heading}\n"));
            self.day = day;
        }
        let ink = match line.tone {
            Tone::Plain => Ink::Plain,
            Tone::Notice => Ink::Notice,
            Tone::Explained => Ink::Strong,
            Tone::Alarm => Ink::Alarm,
        };
        let clock = self.style.paint(Ink::Faint, &calendar::clock(line.time));
        let text = self.style.paint(ink, &line.text);
        self.print(&format!("  {clock}  {text}\n"));
        let (done, total) = self.progress;
        if total > 0 {
            self.bar.set(done, total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn told(style: Style, bar_is_terminal: bool) -> (String, String) {
        let (mut out, mut bar) = (Vec::new(), Vec::new());
        let trace = sample::trace();
        let mut terminal = Terminal::new(&mut out, &mut bar, style, bar_is_terminal);
        for (done, line) in trace.stories.iter().enumerate() {
            terminal.progress(done, trace.stories.len());
            terminal.told(line);
        }
        terminal.close(&trace);
        drop(terminal);
        (String::from_utf8(out).unwrap(), String::from_utf8(bar).unwrap())
    }

    #[test]
    fn a_day_is_named_once_and_every_line_told() {
        let (out, _) = told(Style::PLAIN, false);
        for line in sample::trace().stories {
            assert!(out.contains(&format!("  {}  {}\n", calendar::clock(line.time), line.text)));
        }
        assert_eq!(out.lines().filter(|line| *line == "2020-03-13").count(), 1);
    }

    #[test]
    fn without_terminals_the_output_is_plain_text_and_there_is_no_bar() {
        let (out, bar) = told(Style::PLAIN, false);
        assert!(!out.contains('\x1b'));
        assert_eq!(bar, "");
    }

    #[test]
    fn the_bar_is_gone_when_the_ledger_is_printed() {
        let (_, bar) = told(Style::COLOURED, true);
        assert!(bar.contains("replaying"));
        assert!(bar.ends_with("\r\x1b[2K"));
    }
}
