use crate::inputs::*;
use crate::reference::{health as reference, int, per_unit, trade as reference_trade};
use plimsoll_risk::health::{Health, doubtful_perp_health, doubtful_token_health, perp_health, token_health};
use plimsoll_risk::liquidation_price::{Exposure, liquidation_price};
use plimsoll_risk::{CollateralRisk, PerpRisk, Position, Prices, Quantity, Quote};
use proptest::prelude::*;

/// A slot of either kind with its prices and parameters.
#[derive(Clone, Debug)]
enum Slot {
    Token(Quantity, Prices, CollateralRisk),
    Perp(Position, Prices, PerpRisk),
}

impl Slot {
    fn health(&self) -> plimsoll_risk::Result<Health> {
        match self {
            Self::Token(balance, prices, risk) => token_health(*balance, prices, risk),
            Self::Perp(position, prices, risk) => perp_health(position, prices.oracle, risk),
        }
    }

    fn doubtful_health(&self) -> plimsoll_risk::Result<Health> {
        match self {
            Self::Token(balance, prices, _) => doubtful_token_health(*balance, prices),
            Self::Perp(position, prices, _) => doubtful_perp_health(position, prices),
        }
    }
}

fn token_slot() -> impl Strategy<Value = Slot> {
    (signed(40), prices(listed_price()), listed_collateral_risk())
        .prop_map(|(balance, prices, risk)| Slot::Token(Quantity(balance), prices, risk))
}

fn perp_slot() -> impl Strategy<Value = Slot> {
    (prices(listed_price()), listed_perp_risk())
        .prop_flat_map(|(prices, risk)| (position_at(prices.oracle), Just(prices), Just(risk)))
        .prop_map(|(position, prices, risk)| Slot::Perp(position, prices, risk))
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
            let exact = match &slot {
                Slot::Token(balance, prices, risk) => reference::token(*balance, prices, risk),
                Slot::Perp(position, prices, risk) => reference::perp(position, prices.oracle, risk),
            };
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
        let (size, entry, prices) = match &slot {
            Slot::Token(balance, prices, _) => (balance.0, 0, prices),
            Slot::Perp(position, prices, _) => (position.size.0, position.entry.0, prices),
        };
        let at = |price| int(size) * per_unit(price) - int(entry);
        let better = at(prices.oracle).max(at(prices.slow));
        prop_assert_eq!(int(doubtful.equity.0), better.floor());
    }

    /// Five roundings of the terms, a debt weight of up to three, and the kink's micro-USD.
    #[test]
    fn health_at_the_liquidation_price_is_zero_within_rounding(
        prices in prices(listed_price()),
        balance in prop_oneof![Just(0), signed(45)],
        collateral in listed_collateral_risk(),
        perp in listed_perp_risk(),
        rest in signed(50),
        noise in (signed(45), 200_000..3_000_000u32),
    ) {
        let size = Quantity(noise.0);
        let value = prices.oracle.value_floor(size).unwrap_or_default();
        let entry = plimsoll_risk::Ratio(noise.1).of_floor(value).unwrap_or_default();
        let position = Position { size, entry };
        let exposure = Exposure { prices, balance: Quantity(balance), collateral, position, perp };
        let at = |oracle| {
            let prices = Prices { oracle, slow: oracle };
            Health::cash(Quote(rest))
                .plus(token_health(exposure.balance, &prices, &collateral)?)?
                .plus(perp_health(&position, oracle, &perp)?)
        };
        let Ok(account) = at(prices.oracle) else { return Ok(()) };
        let Ok(Some(price)) = liquidation_price(&account, &exposure) else { return Ok(()) };
        let Ok(there) = at(price) else { return Ok(()) };
        prop_assert!(there.maintenance.magnitude() <= 10, "health {:?} at {price:?}", there.maintenance);
    }
}
