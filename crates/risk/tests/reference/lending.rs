//! Shares, rates and interest of a bank, unrounded.

use super::{Exact, int, share};
use plimsoll_risk::Ratio;
use plimsoll_risk::lending::{Index, Ledger, RateCurve};

/// Native units per share.
pub fn per_share(index: Index) -> Exact {
    int(index.0) / int(1u64 << 48)
}

/// Deposits and borrows in native units.
pub fn sides(ledger: &Ledger) -> (Exact, Exact) {
    let deposits = int(ledger.deposit_shares) * per_share(ledger.supply);
    (deposits, int(ledger.borrow_shares) * per_share(ledger.borrow))
}

/// Borrows over deposits as the bank counts them, at most one.
pub fn utilisation(ledger: &Ledger) -> Exact {
    let (deposits, borrows) = sides(ledger);
    let (deposits, borrows) = (deposits.ceil(), borrows.floor());
    if borrows == int(0) {
        borrows
    } else if deposits <= borrows {
        int(1)
    } else {
        borrows / deposits
    }
}

/// Interest per year on the two lines through the three given points.
pub fn rate_per_year(curve: &RateCurve, utilisation: Ratio) -> Exact {
    let (at, kink) = (share(utilisation.min(Ratio::ONE)), share(curve.kink));
    let (zero, middle, full) = (share(curve.at_zero), share(curve.at_kink), share(curve.at_full));
    if at == int(0) {
        zero
    } else if at <= kink {
        &zero + (middle - &zero) * at / kink
    } else {
        &middle + (full - &middle) * (at - &kink) / (int(1) - kink)
    }
}

/// What one grows by in so many seconds of a year of 365 days.
pub fn growth(rate: Ratio, elapsed_seconds: u64) -> Exact {
    share(rate) * int(elapsed_seconds) / int(365 * 86_400)
}
