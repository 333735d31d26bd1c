//! Tables with aligned columns.

use super::style::{Ink, Style};

const GAP: &str = "  ";

enum Line {
    Cells(Ink, Vec<String>),
    Rule,
}

/// Rows under one heading. The first `texts` columns are text and flush left, the others numbers and flush right.
pub struct Table {
    texts: usize,
    lines: Vec<Line>,
}

impl Table {
    pub fn new<const N: usize>(texts: usize, headings: [&str; N]) -> Table {
        Table {
            texts,
            lines: vec![Line::Cells(Ink::Faint, headings.map(str::to_string).to_vec()), Line::Rule],
        }
    }

    pub fn row<const N: usize>(&mut self, ink: Ink, cells: [String; N]) {
        self.lines.push(Line::Cells(ink, cells.to_vec()));
    }

    pub fn rule(&mut self) {
        self.lines.push(Line::Rule);
    }

    /// Indented by two spaces, each line ended. Widths are counted in characters.
    pub fn render(&self, style: Style) -> String {
        let widths = self.widths();
        let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let mut text = String::new();
        for line in &self.lines {
            let drawn = match line {
                Line::Rule => style.paint(Ink::Faint, &"-".repeat(total)),
                Line::Cells(ink, cells) => style.paint(*ink, self.aligned(cells, &widths).trim_end()),
            };
            text.push_str(&format!("  {drawn}\n"));
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for line in &self.lines {
            let Line::Cells(_, cells) = line else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }

    fn aligned(&self, cells: &[String], widths: &[usize]) -> String {
        let pad = |(column, (cell, width)): (usize, (&String, &usize))| {
            if column < self.texts { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        };
        cells.iter().zip(widths).enumerate().map(pad).collect::<Vec<_>>().join(GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_left_numbers_right_whatever_the_script() {
        let mut table = Table::new(1, ["who", "left"]);
        table.row(Ink::Plain, ["Zoë".to_string(), "1.00".to_string()]);
        table.row(Ink::Alarm, ["Ada Lovelace".to_string(), "12,345.00".to_string()]);
        table.rule();
        let expected = concat!(
            "  who                left\n",
            "  -----------------------\n",
            "  Zoë                1.00\n",
            "  Ada Lovelace  12,345.00\n",
            "  -----------------------\n",
        );
        assert_eq!(table.render(Style::PLAIN), expected);
    }

    #[test]
    fn colours_do_not_move_columns() {
        let mut table = Table::new(1, ["who", "left"]);
        table.row(Ink::Alarm, ["Ada".to_string(), "1.00".to_string()]);
        let coloured = table.render(Style::COLOURED);
        let stripped =
            ["\x1b[0m", "\x1b[2m", "\x1b[1;31m"].iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(stripped, table.render(Style::PLAIN));
    }
}
