//! What instructions may cost at most.

use super::figures::{Figures, Row};

/// A ceiling for the dearest of some rows.
pub struct Bar {
    pub name: &'static str,
    /// Inclusive.
    pub ceiling: u64,
    figure: fn(&Figures) -> Option<u64>,
}

impl Bar {
    /// The figure under the bar, or `None` if nothing was measured.
    pub fn figure(&self, figures: &Figures) -> Option<u64> {
        (self.figure)(figures)
    }

    /// Whether something was measured and is within the bar.
    pub fn holds(&self, figures: &Figures) -> bool {
        self.figure(figures).is_some_and(|figure| figure <= self.ceiling)
    }
}

/// Every bar.
pub const ALL: &[Bar] = &[
    Bar { name: "deposit", ceiling: 4_500, figure: |f| dearest(f, "deposit", |_| true) },
    Bar {
        name: "withdraw, no position",
        ceiling: 5_000,
        figure: |f| dearest(f, "withdraw", |row| row.perps == 0),
    },
    Bar {
        name: "withdraw, margin check, up to 16 + 16 slots",
        ceiling: 14_000,
        figure: |f| dearest(f, "withdraw", |row| row.perps > 0 && !has_every_rule(row)),
    },
    Bar { name: "trade, up to 4 + 4 slots", ceiling: 8_000, figure: |f| dearest(f, "trade", up_to_4) },
    Bar { name: "trade, up to 16 + 16 slots", ceiling: 16_000, figure: |f| dearest(f, "trade", |_| true) },
    Bar {
        name: "liquidate, up to 4 + 4 slots",
        ceiling: 8_000,
        figure: |f| dearest(f, "liquidate", up_to_4),
    },
    Bar {
        name: "liquidate, up to 16 + 16 slots",
        ceiling: 14_000,
        figure: |f| dearest(f, "liquidate", |_| true),
    },
    Bar {
        name: "liquidate, accounts touched",
        ceiling: 8,
        figure: |f| rows(f, "liquidate", |_| true).map(|row| row.accounts).max(),
    },
    Bar {
        name: "refresh_prices with volatility, per row of ten",
        ceiling: 2_500,
        figure: |f| rows(f, "refresh_prices", is_full).filter_map(|row| row.compute_units_per_row).max(),
    },
    Bar {
        name: "win_auction, 16 + 16 slots",
        ceiling: 60_000,
        figure: |f| dearest(f, "win_auction", |_| true),
    },
    Bar {
        name: "win_auction, transaction bytes",
        ceiling: 1_232,
        figure: |f| rows(f, "win_auction", |_| true).map(|row| row.transaction_bytes).max(),
    },
    Bar { name: "program, bytes", ceiling: 580_000, figure: |f| Some(f.so_bytes) },
];

fn up_to_4(row: &Row) -> bool {
    row.tokens <= 4 && row.perps <= 4
}

/// Measured with brackets, volatility, funding and lending switched on.
fn has_every_rule(row: &Row) -> bool {
    row.case.contains("every rule")
}

fn is_full(row: &Row) -> bool {
    row.case.starts_with("10 ") && !has_every_rule(row)
}

fn dearest(figures: &Figures, instruction: &str, counts: fn(&Row) -> bool) -> Option<u64> {
    rows(figures, instruction, counts).map(|row| row.compute_units).max()
}

fn rows<'a>(
    figures: &'a Figures,
    instruction: &'a str,
    counts: fn(&Row) -> bool,
) -> impl Iterator<Item = &'a Row> {
    figures.rows.iter().filter(move |row| row.instruction == instruction && counts(row))
}
