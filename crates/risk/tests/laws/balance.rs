use crate::inputs::*;
use crate::reference::{Exact, int};
use plimsoll_risk::lending::{Index, Ledger};
use plimsoll_risk::{Overflow, Quantity};
use proptest::prelude::*;

/// Native units that a balance is worth before rounding.
fn worth(ledger: &Ledger, shares: Quantity) -> Exact {
    let index = if shares.0 < 0 { ledger.borrow } else { ledger.supply };
    int(shares.0) * int(index.0) / int(1u64 << 48)
}

fn bank(supply: Index, borrow: Index) -> Ledger {
    Ledger { deposit_shares: 1 << 40, borrow_shares: 1 << 39, supply, borrow, reserve: 0 }
}

proptest! {
    #![proptest_config(config())]

    /// What a balance is worth and the tokens that moved never grow together, and lose
    /// less than one share and one native unit.
    #[test]
    fn moving_tokens_never_creates_value(
        (supply, borrow) in (listed_index(), listed_index()),
        deltas in prop::collection::vec((signed(45), any::<bool>(), -2..=2i64), 1..20),
    ) {
        let mut ledger = bank(supply, borrow);
        let mut shares = Quantity::ZERO;
        let one_share = int(supply.0.max(borrow.0)) / int(1u64 << 48);
        for (delta, is_all, off) in deltas {
            let all = -ledger.amount_floor(shares).unwrap().0;
            let delta = Quantity(if is_all { all + off } else { delta });
            let before = worth(&ledger, shares);
            let (after, shares_after) = ledger.moved(shares, delta).unwrap();
            let lost = before + int(delta.0) - worth(&after, shares_after);
            prop_assert!(lost >= int(0), "created {}", -lost);
            prop_assert!(lost < &one_share + int(1), "lost {}", lost);
            let own = |l: &Ledger| (l.deposit_shares as i64 - (1 << 40), l.borrow_shares as i64 - (1 << 39));
            prop_assert_eq!(own(&after), (shares_after.0.max(0), -shares_after.0.min(0)));
            prop_assert_eq!((after.supply, after.borrow, after.reserve), (supply, borrow, 0));
            (ledger, shares) = (after, shares_after);
        }
    }

    #[test]
    fn taking_or_repaying_all_leaves_no_share(
        (supply, borrow) in (listed_index(), listed_index()), shares in signed(45),
    ) {
        let shares = Quantity(shares);
        let ledger = Ledger {
            deposit_shares: shares.0.max(0) as u64,
            borrow_shares: shares.0.min(0).unsigned_abs(),
            ..bank(supply, borrow)
        };
        let all = ledger.amount_floor(shares).unwrap().negated().unwrap();
        if all == Quantity::ZERO {
            return Ok(());
        }
        let (after, left) = ledger.moved(shares, all).unwrap();
        prop_assert_eq!((left, after.deposit_shares, after.borrow_shares), (Quantity::ZERO, 0, 0));
    }

    /// A share of a bank whose lenders have lost may be worth less than a native unit: it goes
    /// with all that there is, which is nothing.
    #[test]
    fn a_share_worth_nothing_goes_when_all_is_taken(supply in 1u64..1 << 48, shares in 1..4i64) {
        let ledger = bank(Index(supply), Index::ONE);
        let held = ledger.amount_floor(Quantity(shares)).unwrap();
        let (after, left) = ledger.moved(Quantity(shares), held.negated().unwrap()).unwrap();
        prop_assert_eq!(left, Quantity::ZERO);
        prop_assert_eq!(after.deposit_shares, ledger.deposit_shares - shares as u64);
    }

    #[test]
    fn shares_that_a_bank_does_not_know_are_an_error(shares in signed(45), delta in signed(46)) {
        let empty = Ledger { deposit_shares: 0, borrow_shares: 0, ..bank(Index::ONE, Index::ONE) };
        let taken = shares != 0 && delta != 0 && (shares < 0) != (delta < 0);
        if taken {
            prop_assert_eq!(empty.moved(Quantity(shares), Quantity(delta)), Err(Overflow));
        }
    }
}

/// Numbers that are evenly spread, and the same at each run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Tokens that a million deposits, withdrawals, loans and repayments of random sizes leave
/// with whoever makes them, once all is withdrawn or repaid.
fn gained(supply: Index, borrow: Index, may_borrow: bool) -> i64 {
    let (mut ledger, mut shares, mut tokens) = (bank(supply, borrow), Quantity::ZERO, 0);
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    for _ in 0..1_000_000 {
        let size = 1 << noise.below(20);
        let amount = noise.below(size) as i64 + 1;
        let delta = match (noise.below(2), may_borrow) {
            (0, _) => amount,
            (_, true) => -amount,
            (_, false) => -amount.min(ledger.amount_floor(shares).unwrap().0),
        };
        (ledger, shares) = ledger.moved(shares, Quantity(delta)).unwrap();
        tokens -= delta;
    }
    let last = ledger.amount_floor(shares).unwrap();
    (ledger, shares) = ledger.moved(shares, last.negated().unwrap()).unwrap();
    assert!(shares == Quantity::ZERO || last == Quantity::ZERO);
    assert!(ledger.deposit_shares >= 1 << 40 && ledger.borrow_shares >= 1 << 39);
    tokens + last.0
}

#[test]
fn a_million_movements_of_tokens_never_profit() {
    for (supply, borrow) in [
        (Index::ONE, Index::ONE),
        (Index((1 << 48) + 1), Index((1 << 48) + 3)),
        (Index(0x1_5555_5555_5555), Index(0x1_8F3A_0011_2233)),
        (Index((1 << 53) + 12_345), Index((1 << 52) + 54_321)),
        (Index((1 << 46) - 1), Index((1 << 47) + 5)),
    ] {
        for may_borrow in [false, true] {
            let gained = gained(supply, borrow, may_borrow);
            assert!(gained <= 0, "{gained} at {supply:?} and {borrow:?}");
        }
    }
}
