use crate::agreement::liquidation_price::exposure;
use crate::inputs::*;
use crate::reference::{
    Exact, floor, health as reference, int, liquidation_price as reference_price, per_unit, share,
    trade as reference_trade,
};
use num_traits::{Signed, Zero};
use plimsoll_risk::health::{Health, doubtful_perp_health, doubtful_token_health, perp_health, token_health};
use plimsoll_risk::lending::Index;
use plimsoll_risk::liquidation_price::{Exposure, liquidation_price};
use plimsoll_risk::{
    CollateralRisk, PerpMarks, PerpRisk, Position, Price, Prices, Quantity, Quote, TokenMarks,
};
use proptest::prelude::*;

/// A slot of either kind with its prices and parameters.
#[derive(Clone, Debug)]
enum Slot {
    Token(Quantity, Index, Prices, CollateralRisk),
    Perp(Position, PerpMarks, Price, PerpRisk),
}

impl Slot {
    fn health(&self) -> plimsoll_risk::Result<Health> {
        match self {
            Self::Token(shares, index, prices, risk) => {
                let marks = indexed(prices, *index, *shares).ok_or(plimsoll_risk::Overflow)?;
                token_health(*shares, &marks, risk)
            }
            Self::Perp(position, marks, _, risk) => perp_health(position, marks, risk),
        }
    }

    /// Without any rounding, that of the marks included.
    fn exact(&self) -> reference::ExactHealth {
        match self {
            Self::Token(shares, index, prices, risk) => {
                let index = int(index.0) / int(1u64 << 48);
                let health = reference::token(*shares, &TokenMarks::unindexed(prices, *shares), risk);
                reference::ExactHealth {
                    equity: health.equity * &index,
                    initial: health.initial * &index,
                    maintenance: health.maintenance * index,
                }
            }
            Self::Perp(position, marks, _, risk) => reference::perp(position, marks, risk),
        }
    }

    /// At the better price, and for a token at the better rounding of what a share is worth.
    fn doubtful_health(&self) -> plimsoll_risk::Result<Health> {
        match self {
            Self::Token(..) => doubtful_token_health(self.shares(), self.doubtful_mark()?),
            Self::Perp(position, marks, slow, _) => doubtful_perp_health(position, marks, *slow),
        }
    }

    fn shares(&self) -> Quantity {
        match self {
            Self::Token(shares, ..) => *shares,
            Self::Perp(position, ..) => position.size,
        }
    }

    fn doubtful_mark(&self) -> plimsoll_risk::Result<Price> {
        match self {
            Self::Token(shares, index, prices, _) if shares.0 < 0 => {
                index.price_floor(prices.oracle.min(prices.slow))
            }
            Self::Token(_, index, prices, _) => index.price_ceil(prices.oracle.max(prices.slow)),
            Self::Perp(..) => Err(plimsoll_risk::Overflow),
        }
    }
}

fn token_slot() -> impl Strategy<Value = Slot> {
    (signed(40), listed_index(), prices(listed_price()), listed_collateral_risk())
        .prop_map(|(shares, index, prices, risk)| Slot::Token(Quantity(shares), index, prices, risk))
}

fn perp_slot() -> impl Strategy<Value = Slot> {
    prices(listed_price()).prop_flat_map(|prices| {
        let slot = position_in(Just(prices.oracle), listed_perp_risk());
        slot.prop_map(move |(position, marks, risk)| Slot::Perp(position, marks, prices.slow, risk))
    })
}

fn slot() -> impl Strategy<Value = Slot> {
    prop_oneof![token_slot(), perp_slot()]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rounding_never_favours_the_account(
        slot in slot(), terms in mild_terms(), part in -300_000..=300_000i64,
    ) {
        if let Ok(health) = slot.health() {
            let exact = slot.exact();
            prop_assert!(int(health.equity.0) <= exact.equity);
            prop_assert!(int(health.initial.0) <= exact.initial);
            prop_assert!(int(health.maintenance.0) <= exact.maintenance);
        }
        let delta = Quantity((terms.skew_scale as i128 * part as i128 / 1_000_000) as i64);
        if let Ok(cost) = terms.cost_ceil(delta) {
            prop_assert!(int(cost.0) >= reference_trade::cost(&terms, delta));
        }
    }

    #[test]
    fn health_is_the_sum_of_its_slots(
        slots in prop::collection::vec(slot(), 1..8),
        replacement in slot(),
        at in any::<prop::sample::Index>(),
    ) {
        let sum = |slots: &[Slot]| {
            slots.iter().try_fold(Health::default(), |sum, slot| sum.plus(slot.health()?))
        };
        let at = at.index(slots.len());
        let mut changed = slots.clone();
        changed[at] = replacement.clone();
        let (Ok(before), Ok(after)) = (sum(&slots), sum(&changed)) else { return Ok(()) };
        let (old, new) = (slots[at].health().unwrap(), replacement.health().unwrap());
        // An intermediate sum may overflow where the recomputation does not, but never differ.
        if let Ok(incremental) = before.minus(old).and_then(|rest| rest.plus(new)) {
            prop_assert_eq!(incremental, after);
        }
    }

    #[test]
    fn a_slot_never_requires_less_than_nothing(slot in slot()) {
        if let Ok(health) = slot.health() {
            prop_assert!(health.maintenance <= health.equity);
            prop_assert!(health.initial <= health.maintenance);
            prop_assert!(health.maintenance_requirement().map_or(true, |r| r >= Quote::ZERO));
            prop_assert!(health.initial_requirement().map_or(true, |r| r >= Quote::ZERO));
        }
    }

    #[test]
    fn doubt_is_never_to_the_harm_of_the_account(slot in slot()) {
        let (Ok(full), Ok(doubtful)) = (slot.health(), slot.doubtful_health()) else { return Ok(()) };
        prop_assert!(doubtful.maintenance >= full.maintenance);
        prop_assert!(doubtful.equity >= full.equity);
        prop_assert_eq!(doubtful.maintenance_requirement(), Ok(Quote::ZERO));
    }

    #[test]
    fn a_doubtful_slot_is_worth_its_better_price_rounded_down(slot in slot()) {
        let Ok(doubtful) = slot.doubtful_health() else { return Ok(()) };
        let better = match &slot {
            Slot::Token(shares, ..) => int(shares.0) * per_unit(slot.doubtful_mark().unwrap()),
            Slot::Perp(position, marks, slow, _) => reference::doubtful_perp(position, marks, *slow),
        };
        prop_assert_eq!(int(doubtful.equity.0), better.floor());
    }

    /// The margin of more is more, and of two halves never more than of the whole: nobody
    /// is better off for having grown, and a bracket's beginning is no step.
    #[test]
    fn margins_rise_without_a_step_and_ever_more_steeply(
        risk in listed_perp_risk(),
        notional in log_between(2, 1 << 58),
        at in prop::array::uniform3(0..=1_500_000u32),
        cut in 0..=1_000_000u32,
    ) {
        let whole = Quote(notional as i64);
        let risk = reaching(risk, whole, at);
        let part = plimsoll_risk::Ratio(cut).of_floor(whole).unwrap();
        let of = |notional| {
            let (initial, maintenance) = risk.margins_ceil(notional).unwrap();
            [initial.0, maintenance.0]
        };
        let (none, all, some, rest) = (of(Quote(0)), of(whole), of(part), of(whole.minus(part).unwrap()));
        prop_assert_eq!(none, [0, 0]);
        let one_more = of(whole.plus(Quote(1)).unwrap());
        let steepest = |of: fn(&plimsoll_risk::health::Tier) -> u32, base: u32| {
            (base + risk.tiers.iter().map(of).sum::<u32>()) as i64
        };
        let tops = [
            steepest(|tier| tier.initial.0, risk.initial_margin.0),
            steepest(|tier| tier.maintenance.0, risk.maintenance_margin.0),
        ];
        for i in 0..2 {
            prop_assert!(some[i] <= all[i] && all[i] <= one_more[i]);
            prop_assert!(one_more[i] - all[i] <= tops[i] / 1_000_000 + 4, "a step");
            // Four parts, each rounded up.
            prop_assert!(some[i] + rest[i] <= all[i] + 4, "not convex");
            // On the chord from nothing to all, to the rounding.
            prop_assert!(int(some[i]) * int(whole.0) <= int(all[i]) * int(part.0) + int(4) * int(whole.0));
        }
        prop_assert!(all[1] <= whole.0 + 4);
    }

    /// Six roundings of the position, two of the token with a debt weight of up to three,
    /// two more micro-USD for what has been charged, and one for a kink.
    #[test]
    fn health_at_the_liquidation_price_is_zero_within_rounding(exposure in exposure(), rest in signed(50)) {
        let Some(exposure) = exposure else { return Ok(()) };
        let Ok(account) = health_at(exposure.marks.oracle, rest, &exposure) else { return Ok(()) };
        let Ok(Some(price)) = liquidation_price(&account, &exposure) else { return Ok(()) };
        let Ok(there) = health_at(price, rest, &exposure) else { return Ok(()) };
        prop_assert!(there.maintenance.magnitude() <= 14, "health {:?} at {price:?}", there.maintenance);
    }

    /// Up to there the account keeps its sign, and there it loses it, unless the health
    /// bends right there. Exact, but for the micro-USD that the rounding may shift it by.
    #[test]
    fn health_changes_its_sign_at_the_liquidation_price_and_not_before(
        exposure in exposure(), rest in signed(50), between in 0..=1_000_000u32,
    ) {
        let Some(exposure) = exposure else { return Ok(()) };
        let Ok(account) = health_at(exposure.marks.oracle, rest, &exposure) else { return Ok(()) };
        let Ok(got) = liquidation_price(&account, &exposure) else { return Ok(()) };
        let at = |price: &Exact| reference_price::health_at(price, &int(rest), &exposure);
        let oracle = per_unit(exposure.marks.oracle);
        let (slack, here) = (int(20), at(&oracle));
        if here.abs() <= &slack * int(2) {
            return Ok(());
        }
        let sign = here.signum();
        let root = got.map_or_else(Exact::zero, per_unit);
        // Where the position's value fits: elsewhere no account can be.
        let fits = |price: &Exact| floor(&(int(exposure.position.size.magnitude()) * price)).is_some();
        let before = &oracle + (&root - &oracle) * share(plimsoll_risk::Ratio(between));
        prop_assert!(at(&before) * &sign >= -&slack || !fits(&before), "lost before");
        if got.is_none() {
            return Ok(());
        }
        // Far enough beyond for the health to leave the rounding behind, on the same piece.
        let step = (&root - &oracle).signum();
        let unit = at(&(&root + &step)) - at(&root);
        let kinks = reference_price::kinks(&exposure);
        let margin = int(4) / (int(1) + unit.abs());
        let bends = |to: &Exact| {
            let beside = |kink: &Exact| (kink - &root) * &step >= -&margin && (kink - to) * &step <= int(0);
            kinks.iter().any(beside)
        };
        if unit.is_zero() {
            return Ok(());
        }
        let beyond = &root + &step * &slack * int(3) / unit.abs();
        if beyond.is_positive() && !bends(&beyond) && !bends(&(&root + &step)) {
            prop_assert!(at(&beyond) * &sign < int(0), "kept beyond");
        }
    }
}

/// Health of an account with the exposure at another oracle price, beside `rest`.
fn health_at(oracle: Price, rest: i64, exposure: &Exposure) -> plimsoll_risk::Result<Health> {
    let token = TokenMarks { oracle, cautious: oracle };
    let marks = exposure.marks.at(oracle)?;
    Health::cash(Quote(rest))
        .plus(token_health(exposure.balance, &token, &exposure.collateral)?)?
        .plus(perp_health(&exposure.position, &marks, &exposure.perp)?)
}
