use crate::agreement::lending::any_index;
use crate::inputs::*;
use crate::reference::{Exact, int};
use num_traits::{Signed, ToPrimitive, Zero};
use plimsoll_risk::Quantity;
use plimsoll_risk::lending::{Index, Ledger};
use proptest::prelude::*;

fn per_share(index: Index) -> Exact {
    int(index.0) / int(1u64 << 48)
}

/// Native units of a balance, rounded against its owner.
fn amount(ledger: &Ledger, shares: &Exact) -> Exact {
    let index = if shares.is_negative() { ledger.borrow } else { ledger.supply };
    (shares * per_share(index)).floor()
}

/// The shares after native units are added or taken: debts and deposits one after the other.
fn moved(ledger: &Ledger, shares: i64, delta: i64) -> Exact {
    let (shares, delta) = (int(shares), int(delta));
    let amount = amount(ledger, &shares);
    let rest = &amount + &delta;
    // Shares that are worth no native unit go with all that there is.
    let crosses = if shares.is_negative() {
        !rest.is_negative()
    } else {
        !delta.is_positive() && rest <= Exact::zero()
    };
    let (shares, delta) = if crosses { (Exact::zero(), rest) } else { (shares, delta) };
    if delta.is_zero() {
        return shares;
    }
    let is_debt = shares.is_negative() || (shares.is_zero() && delta.is_negative());
    let index = if is_debt { ledger.borrow } else { ledger.supply };
    let after = &shares + (delta / per_share(index)).floor();
    // Dust that is worth less than a unit is all that taking its last unit may leave.
    if shares.is_positive() { after.max(Exact::zero()) } else { after }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_balance_is_worth_its_shares_rounded_against_its_owner(
        supply in any_index(), borrow in any_index(), shares in any_quantity(),
    ) {
        let ledger = Ledger { deposit_shares: 0, borrow_shares: 0, supply, borrow, reserve: 0 };
        let exact = amount(&ledger, &int(shares.0)).to_integer().to_i64().filter(|n| *n != i64::MIN);
        prop_assert_eq!(ledger.amount_floor(shares).ok().map(|q| q.0), exact);
    }

    #[test]
    fn moving_tokens_changes_shares_as_the_reference_says(
        (supply, borrow) in (listed_index(), listed_index()),
        shares in signed(50), delta in signed(50), others in (0..1u64 << 55, 0..1u64 << 55),
        near in prop::option::of(-3..=3i64),
    ) {
        let ledger = Ledger {
            deposit_shares: others.0 + shares.max(0) as u64,
            borrow_shares: others.1 + shares.min(0).unsigned_abs(),
            supply,
            borrow,
            reserve: 7,
        };
        // Often about as much as there is.
        let delta = match near {
            Some(off) => off - ledger.amount_floor(Quantity(shares)).unwrap().0,
            None => delta,
        };
        let (after, shares_after) = ledger.moved(Quantity(shares), Quantity(delta)).unwrap();
        prop_assert_eq!(int(shares_after.0), moved(&ledger, shares, delta));
        // The ledger has what the others have, and the balance's shares.
        let expected = Ledger {
            deposit_shares: others.0 + shares_after.0.max(0) as u64,
            borrow_shares: others.1 + shares_after.0.min(0).unsigned_abs(),
            ..ledger
        };
        prop_assert_eq!(after, expected);
    }
}
