//! The benchmark: what each instruction costs on the compiled program.
//!
//! Every key is fixed, so that derived addresses, and with them the compute units spent on
//! finding them, are the same in every run.

pub mod bars;
pub mod figures;
pub mod governance;
pub mod liquidity;
pub mod refreshes;
pub mod rules;
pub mod snapshot;
pub mod traders;

use figures::Figures;

/// Runs every measurement.
///
/// # Panics
/// If the program has not been built or an instruction fails that must not.
pub fn measure() -> Figures {
    let mut figures = Figures::of_program();
    for slots in [1, 4, 16] {
        traders::measure(&mut figures, slots);
    }
    for markets in [1, 3, 16] {
        liquidity::measure(&mut figures, markets);
    }
    refreshes::measure(&mut figures);
    rules::measure(&mut figures);
    governance::measure(&mut figures);
    figures
}
