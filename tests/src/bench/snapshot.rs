//! Comparison with the figures that were committed.

use super::figures::{Figures, Row};

/// A figure that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A figure of a row, or of the program, has changed.
    Changed { figure: String, before: u64, after: u64 },
    /// Measured, but not in the snapshot.
    Added(String),
    /// In the snapshot, but not measured.
    Removed(String),
}

/// By how much a figure may rise before a check fails, in percent.
pub const RISE_PERCENT_MAX: u64 = 2;

impl Difference {
    /// Whether a check fails because of it: a rise beyond the tolerance, or rows that can't be compared.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Changed { before, after, .. } => after * 100 > before * (100 + RISE_PERCENT_MAX),
            Self::Added(_) | Self::Removed(_) => true,
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed { figure, before, after } => {
                let percent = (*after as f64 / *before as f64 - 1.0) * 100.0;
                let verb = if after > before { "rose" } else { "fell" };
                write!(f, "{figure} {verb} from {before} to {after} ({percent:+.1}%)")
            }
            Self::Added(row) => write!(f, "{row} is not in the snapshot"),
            Self::Removed(row) => write!(f, "{row} is in the snapshot, but was not measured"),
        }
    }
}

/// Everything that differs between a snapshot and a measurement.
pub fn differences(before: &Figures, after: &Figures) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut found, "program: bytes", before.so_bytes, after.so_bytes);
    for row in &after.rows {
        match before.rows.iter().find(|other| key(other) == key(row)) {
            Some(other) => compare_rows(&mut found, other, row),
            None => found.push(Difference::Added(title(row))),
        }
    }
    let gone = before.rows.iter().filter(|row| !after.rows.iter().any(|other| key(other) == key(row)));
    found.extend(gone.map(|row| Difference::Removed(title(row))));
    found
}

fn compare_rows(found: &mut Vec<Difference>, before: &Row, after: &Row) {
    for (name, was, is) in [
        ("compute units", before.compute_units, after.compute_units),
        ("accounts", before.accounts, after.accounts),
        ("transaction bytes", before.transaction_bytes, after.transaction_bytes),
    ] {
        compare(found, &format!("{}: {name}", title(after)), was, is);
    }
}

fn compare(found: &mut Vec<Difference>, figure: &str, before: u64, after: u64) {
    if before != after {
        found.push(Difference::Changed { figure: figure.into(), before, after });
    }
}

fn key(row: &Row) -> (&str, &str, u32, u32) {
    (&row.instruction, &row.case, row.tokens, row.perps)
}

/// A row in words: instruction, case, slots.
pub fn title(row: &Row) -> String {
    let mut title = row.instruction.clone();
    if !row.case.is_empty() {
        title += &format!(", {}", row.case);
    }
    if row.tokens + row.perps > 0 {
        title += &format!(" ({} + {})", row.tokens, row.perps);
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(compute_units: u64) -> Figures {
        let row = Row {
            instruction: "trade".into(),
            case: "open".into(),
            tokens: 4,
            perps: 4,
            compute_units,
            compute_units_per_row: None,
            accounts: 6,
            transaction_bytes: 300,
        };
        Figures { so_bytes: 250_000, rows: vec![row] }
    }

    fn changes(before: u64, after: u64) -> Vec<Difference> {
        differences(&figures(before), &figures(after))
    }

    #[test]
    fn what_rises_by_more_than_the_tolerance_fails() {
        let [change] = &changes(5_000, 5_101)[..] else { panic!("one difference") };
        assert!(change.is_failure());
        assert_eq!(change.to_string(), "trade, open (4 + 4): compute units rose from 5000 to 5101 (+2.0%)");
    }

    #[test]
    fn what_rises_less_or_falls_is_shown_and_passes() {
        assert_eq!(changes(5_000, 5_000), []);
        let [rise] = &changes(5_000, 5_100)[..] else { panic!("one difference") };
        let [fall] = &changes(5_000, 3_000)[..] else { panic!("one difference") };
        assert!(!rise.is_failure() && !fall.is_failure());
        assert!(fall.to_string().ends_with("fell from 5000 to 3000 (-40.0%)"));
    }

    #[test]
    fn rows_that_come_or_go_fail() {
        let none = Figures { rows: Vec::new(), ..figures(0) };
        let title = String::from("trade, open (4 + 4)");
        assert_eq!(differences(&none, &figures(1)), [Difference::Added(title.clone())]);
        assert_eq!(differences(&figures(1), &none), [Difference::Removed(title)]);
        assert!(differences(&none, &figures(1)).iter().all(Difference::is_failure));
    }
}
