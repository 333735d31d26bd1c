//! Refreshes of prices, by oracle provider and number of rows.

use super::figures::Figures;
use plimsoll::oracle::OracleKind;
use plimsoll_testkit::{World, presets};

/// More do not fit a transaction: each needs its oracle, its market and its bank.
const ROWS_MAX: usize = 10;

/// Measures refreshes of rows that already have a price, as all but a row's first are.
pub fn measure(figures: &mut Figures) {
    let pull = [(1, "1 pull row"), (4, "4 pull rows"), (ROWS_MAX, "10 pull rows")];
    let legacy = [(1, "1 legacy row"), (4, "4 legacy rows"), (ROWS_MAX, "10 legacy rows")];
    for (kind, cases) in [(OracleKind::PythPull, pull), (OracleKind::PythLegacy, legacy)] {
        let mut listings = presets::wide_full(ROWS_MAX);
        for listing in &mut listings {
            listing.kind = kind;
        }
        let mut world = World::bare().with(&listings).launched();
        let assets: Vec<u8> = (1..=ROWS_MAX as u8).collect();
        for price in [10_0000_0019, 10_0500_0019] {
            world.set_prices(&assets.iter().map(|asset| (*asset, price)).collect::<Vec<_>>());
        }
        for (count, name) in cases {
            world.svm.advance(1);
            assets.iter().for_each(|asset| world.publish(*asset, 10_1000_0019));
            figures.record_refresh(name, &mut world, &assets[..count]);
        }
    }
}
