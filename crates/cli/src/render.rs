//! What a command answers: as tables for people, as JSON for programs.
use comfy_table::{CellAlignment, Table as Grid, presets};
use serde_json::Value;
use std::fmt::Write;

/// What a command answers, in both forms.
#[derive(Clone, Debug, Default)]
pub struct Page {
    blocks: Vec<String>,
    pub json: Value,
}

impl Page {
    pub fn new(json: Value) -> Self {
        Self { blocks: Vec::new(), json }
    }

    /// A line or paragraph.
    pub fn line(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(text.into());
        self
    }

    /// A table under a title, or nothing if it has no rows.
    pub fn table(mut self, title: &str, table: &Table) -> Self {
        if !table.rows.is_empty() {
            let title = if title.is_empty() { String::new() } else { format!("{title}\n") };
            self.blocks.push(format!("{title}{}", table.text()));
        }
        self
    }

    /// Names and values, one per line.
    pub fn facts(mut self, facts: &[(&str, String)]) -> Self {
        let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for (name, value) in facts {
            let _ = writeln!(text, "{name:<width$}  {value}");
        }
        self.blocks.push(text.trim_end().to_owned());
        self
    }

    /// The page for people: its blocks with an empty line between them.
    pub fn text(&self) -> String {
        self.blocks.join("\n\n")
    }
}

/// A table. A heading that begins with `>` is that of a column of numbers.
#[derive(Clone, Debug)]
pub struct Table {
    head: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &'static [&'static str]) -> Self {
        Self { head, rows: Vec::new() }
    }

    /// # Panics
    /// When the row has another number of cells than the head.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let row: Vec<String> = cells.into_iter().collect();
        assert_eq!(row.len(), self.head.len(), "cells of a row of {:?}", self.head);
        self.rows.push(row);
    }

    fn text(&self) -> String {
        let mut grid = Grid::new();
        grid.load_preset(presets::NOTHING);
        grid.set_header(self.head.iter().map(|head| head.trim_start_matches('>')));
        grid.add_rows(self.rows.clone());
        let last = self.head.len() - 1;
        for (at, (column, head)) in grid.column_iter_mut().zip(self.head).enumerate() {
            column.set_padding((0, if at == last { 0 } else { 2 }));
            if head.starts_with('>') {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        grid.trim_fmt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let mut table = Table::new(&["asset", ">price", "status"]);
        table.row(["SOL".into(), "150.25".into(), "fresh".into()]);
        table.row(["USDC".into(), "1.00".into(), "settlement".into()]);
        let page = Page::new(Value::Null).line("first").table("Prices", &table);
        let page = page.facts(&[("a", "1".into()), ("long", "2".into())]);
        let expected = "first\n\nPrices\nasset   price  status\nSOL    150.25  fresh\nUSDC     1.00  settlement\n\na     1\nlong  2";
        assert_eq!(page.text(), expected);
    }

    #[test]
    fn a_table_without_rows_is_not_shown() {
        let page = Page::new(Value::Null).table("Positions", &Table::new(&["asset"]));
        assert_eq!(page.text(), "");
    }
}
