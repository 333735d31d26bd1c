//! A progress bar of one line.

use std::io::Write;

const WIDTH: usize = 30;

/// Draws on `out`, or nothing at all when `out` is not a terminal.
pub struct Bar<W: Write> {
    out: W,
    visible: bool,
    drawn: Option<String>,
}

impl<W: Write> Bar<W> {
    pub fn new(out: W, is_terminal: bool) -> Bar<W> {
        Bar { out, visible: is_terminal, drawn: None }
    }

    /// Draws `done` of `total`, if that looks different from what stands there.
    pub fn set(&mut self, done: usize, total: usize) {
        let line = line(done, total);
        if self.visible && self.drawn.as_ref() != Some(&line) {
            self.write(&format!("\r{line}"));
            self.drawn = Some(line);
        }
    }

    /// Takes the bar off the screen, so that a line of text can take its place.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            self.write("\r\x1b[2K");
        }
    }

    /// A bar that can't be drawn must not stop what it measures.
    fn write(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

/// However the replay ends, what is printed next finds a clean line.
impl<W: Write> Drop for Bar<W> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn line(done: usize, total: usize) -> String {
    let (done, total) = (done.min(total), total.max(1));
    let filled = done * WIDTH / total;
    let (full, rest) = ("#".repeat(filled), ".".repeat(WIDTH - filled));
    format!("replaying [{full}{rest}] {:>3}%  {done} of {total} prices", done * 100 / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_where_there_is_no_terminal() {
        let mut out = Vec::new();
        let mut bar = Bar::new(&mut out, false);
        bar.set(1, 2);
        drop(bar);
        assert!(out.is_empty());
    }

    #[test]
    fn the_bar_is_redrawn_only_when_it_changes_and_leaves_no_trace() {
        let mut out = Vec::new();
        let mut bar = Bar::new(&mut out, true);
        bar.clear();
        bar.set(1, 2);
        drop(bar);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches("replaying").count(), 1);
        assert!(text.ends_with("\r\x1b[2K"));
    }

    #[test]
    fn the_bar_fills_from_nothing_to_all() {
        assert!(line(0, 164).contains("[..............................]   0%  0 of 164"));
        assert!(line(82, 164).contains("[###############...............]  50%"));
        assert!(line(164, 164).contains("[##############################] 100%  164 of 164"));
        assert!(line(5, 0).contains("0%"));
    }
}
