//! `expected.txt`, read.

use crate::swap::Swap;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("expected.txt");
const COLUMNS: usize = 10;

/// What the table expects, by instruction and account.
pub struct Table {
    rows: BTreeMap<(String, String), [String; COLUMNS]>,
}

/// The column a swap stands in.
fn column(swap: Swap) -> usize {
    match swap {
        Swap::WrongOwner => 0,
        Swap::WrongType => 1,
        Swap::NotSigner => 2,
        Swap::NotWritable => 3,
        Swap::Foreign => 4,
        Swap::Duplicate(_) => 5,
        Swap::Shared(_) => 6,
        Swap::Empty => 7,
        Swap::Sibling => 8,
        Swap::LeftOut => 9,
    }
}

impl Table {
    /// # Panics
    /// If the text is not of the form that it describes itself.
    pub fn read() -> Self {
        let mut words: BTreeMap<&str, &str> = BTreeMap::new();
        let mut rows = BTreeMap::new();
        let mut instruction = "";
        for line in TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut parts = line.split_whitespace();
            if line.starts_with('=') {
                let [_, word, error] = parts.collect::<Vec<_>>()[..] else {
                    panic!("a word and an error: {line}")
                };
                words.insert(word, error);
            } else if line.starts_with(' ') {
                let account = parts.next().expect("an account");
                let cells: Vec<String> =
                    parts.map(|word| words.get(word).copied().unwrap_or(word).to_string()).collect();
                let cells = cells.try_into().unwrap_or_else(|_| panic!("{COLUMNS} cells: {line}"));
                let earlier = rows.insert((instruction.to_string(), account.to_string()), cells);
                assert!(earlier.is_none(), "{instruction}.{account} stands there twice");
            } else {
                instruction = line;
            }
        }
        Self { rows }
    }

    /// What comes of a swap: `ok`, `refused:` and a reason, or an error.
    pub fn cell(&self, instruction: &str, account: &str, swap: Swap) -> &str {
        let row = self.rows.get(&(instruction.to_string(), account.to_string()));
        row.map_or("(no row)", |cells| &cells[column(swap)])
    }

    /// The cells that state something, by instruction, account and column.
    pub fn stated(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.rows.iter().flat_map(|((instruction, account), cells)| {
            let stated = cells.iter().enumerate().filter(|(_, cell)| *cell != "-");
            stated.map(move |(column, _)| (instruction.as_str(), account.as_str(), column))
        })
    }

    /// Identifies the cell of a swap, as [`Self::stated`] lists it.
    pub fn key<'a>(instruction: &'a str, account: &'a str, swap: Swap) -> (&'a str, &'a str, usize) {
        (instruction, account, column(swap))
    }
}
