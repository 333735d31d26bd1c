//! Hard bounds of every risk parameter: the ends pass, one beyond is refused.

use plimsoll::bounds::{self, Bound};
use plimsoll::error::PlimsollError;
use plimsoll::params::{AssetParams, ClearinghouseParams, CollateralParams, MarketParams};
use plimsoll::state::MarginTerms;
use plimsoll_testkit::presets;

const REFUSED: Result<(), PlimsollError> = Err(PlimsollError::ParameterOutOfBounds);

/// A parameter's bounds, and the check of a set of parameters in which it has a value.
type Case = (&'static str, Bound, Box<dyn Fn(i64) -> Result<(), PlimsollError>>);

fn case(
    name: &'static str,
    bound: Bound,
    check: impl Fn(i64) -> Result<(), PlimsollError> + 'static,
) -> Case {
    (name, bound, Box::new(check))
}

/// An asset whose limits leave each of its parameters all of its range.
fn asset() -> AssetParams {
    let listing = presets::standard()[0];
    presets::asset(&listing, Default::default(), [7; 32])
}

/// Collateral whose rules leave each of its parameters all of its range.
fn collateral() -> CollateralParams {
    let mut collateral = presets::volatile_collateral();
    // A bonus on top of half the value can't make a repayment harmful.
    (collateral.initial_asset_weight, collateral.maintenance_asset_weight) = (500_000, 500_000);
    collateral.terms.rate_at_zero = 0;
    collateral.terms.rate_at_full = 4_000_000;
    collateral
}

/// A market whose rules leave each of its parameters all of its range.
fn market() -> MarketParams {
    let mut market = presets::market(1_000_000, 100_000);
    market.margin.maintenance_margin = 300_000;
    market.margin.initial_margin = 1_000_000;
    market.margin.initial_profit_weight = 0;
    market.terms.bounty_share = 10_000;
    market.terms.bounty_share_max = 1_000_000;
    market
}

/// The same with both brackets in use, and margins that leave room for their surcharges.
fn bracketed() -> MarketParams {
    let mut market = market();
    (market.margin.tier_1_from, market.margin.tier_2_from) = (1, 1 << 60);
    (market.margin.tier_1_initial, market.margin.tier_2_initial) = (500_000, 500_000);
    market
}

macro_rules! asset_case {
    ($bound:ident, $field:ident as $type:ty $(, $also:ident = $value:expr)?) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = <$type>::try_from(value).ok() else { return REFUSED };
            bounds::check_asset(&AssetParams { $field, $($also: $value,)? ..asset() })
        })
    };
}

macro_rules! collateral_case {
    ($bound:ident, $field:ident, $also:ident = $value:expr) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = u32::try_from(value).ok() else { return REFUSED };
            let params = CollateralParams { $field, $also: $value, ..collateral() };
            bounds::check_collateral(&params)
        })
    };
}

macro_rules! bank_case {
    ($bound:ident, $field:ident as $type:ty $(, $set:expr)?) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = <$type>::try_from(value).ok() else { return REFUSED };
            let mut params = collateral();
            params.terms.$field = $field;
            $(let set: fn(&mut CollateralParams) = $set; set(&mut params);)?
            bounds::check_collateral(&params)
        })
    };
}

macro_rules! clearinghouse_case {
    ($bound:ident, $field:ident $(, $also:ident = $value:expr)?) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = u32::try_from(value).ok() else { return REFUSED };
            let base = presets::clearinghouse();
            bounds::check_clearinghouse(&ClearinghouseParams { $field, $($also: $value,)? ..base })
        })
    };
}

macro_rules! margin_case {
    ($bound:ident, $field:ident as $type:ty $(, $set:expr)?) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = <$type>::try_from(value).ok() else { return REFUSED };
            let mut params = bracketed();
            params.margin.$field = $field;
            $(let set: fn(&mut MarketParams) = $set; set(&mut params);)?
            bounds::check_market(&params, 100, 1_010_000)
        })
    };
}

macro_rules! terms_case {
    ($bound:ident, $field:ident as $type:ty $(, $set:expr)?) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = <$type>::try_from(value).ok() else { return REFUSED };
            let mut params = market();
            params.terms.$field = $field;
            $(let set: fn(&mut MarketParams) = $set; set(&mut params);)?
            bounds::check_market(&params, 100, 1_010_000)
        })
    };
}

fn asset_cases() -> Vec<Case> {
    vec![
        asset_case!(DECIMALS, decimals as u8),
        asset_case!(FRESH_SECONDS, fresh_seconds as u32, expiry_seconds = 600),
        asset_case!(EXPIRY_SECONDS, expiry_seconds as u32, fresh_seconds = 1),
        asset_case!(CONFIDENCE_MAX, confidence_max as u32, confidence_limit = 100_000),
        asset_case!(CONFIDENCE_LIMIT, confidence_limit as u32, confidence_max = 100),
        asset_case!(DIVERGENCE_MAX, divergence_max as u32),
        asset_case!(SLOW_RATE_PER_SECOND, slow_rate_per_second as u32),
        asset_case!(HOLD_SECONDS, hold_seconds as u32),
        asset_case!(PARITY_RATIO, parity_ratio as u32, parity_asset = 1),
        asset_case!(PARITY_GAP_MAX, parity_gap_max as u32),
    ]
}

fn deployment_cases() -> Vec<Case> {
    vec![
        clearinghouse_case!(LIQUIDATION_TARGET, liquidation_target, margin_call = 1_000_000),
        clearinghouse_case!(MARGIN_CALL, margin_call, liquidation_target = 2_000_000),
        clearinghouse_case!(AUCTION_DELAY_SECONDS, auction_delay_seconds),
        clearinghouse_case!(AUCTION_SECONDS, auction_seconds),
        case("ramp_seconds", bounds::RAMP_SECONDS, |value| {
            u32::try_from(value).map_or(REFUSED, bounds::check_ramp)
        }),
        case("redeem_fee", bounds::REDEEM_FEE, |value| {
            u32::try_from(value).map_or(REFUSED, bounds::check_redeem_fee)
        }),
    ]
}

fn collateral_cases() -> Vec<Case> {
    vec![
        collateral_case!(ASSET_WEIGHT, initial_asset_weight, maintenance_asset_weight = 1_000_000),
        case("maintenance_asset_weight", bounds::ASSET_WEIGHT, |value| {
            let Some(maintenance_asset_weight) = u32::try_from(value).ok() else { return REFUSED };
            let mut params =
                CollateralParams { initial_asset_weight: 0, maintenance_asset_weight, ..collateral() };
            params.terms.liquidation_bonus = 0;
            bounds::check_collateral(&params)
        }),
        collateral_case!(DEBT_WEIGHT, initial_debt_weight, maintenance_debt_weight = 1_000_000),
        collateral_case!(DEBT_WEIGHT, maintenance_debt_weight, initial_debt_weight = 3_000_000),
        bank_case!(DEPOSIT_CAP, deposit_cap as u64),
        bank_case!(BORROW_CAP, borrow_cap as u64),
        bank_case!(DEBT_MIN, debt_min as u64),
        case("weight_scale_from", bounds::WEIGHT_SCALE_FROM, |value| {
            let mut params = collateral();
            // The bound's end is that of the integer: one beyond wraps around to below it.
            params.terms.weight_scale_from = u64::try_from(value).unwrap_or(0);
            bounds::check_collateral(&params)
        }),
        bank_case!(UTILISATION_MAX, utilisation_max as u32),
        bank_case!(UTILISATION_KINK, utilisation_kink as u32),
        bank_case!(BORROW_RATE, rate_at_zero as u32, |p| p.terms.rate_at_kink = 4_000_000),
        bank_case!(BORROW_RATE, rate_at_kink as u32),
        bank_case!(BORROW_RATE, rate_at_full as u32, |p| p.terms.rate_at_kink = 0),
        bank_case!(RESERVE_SHARE, reserve_share as u32),
        bank_case!(LIQUIDATION_BONUS, liquidation_bonus as u32),
    ]
}

fn margin_cases() -> Vec<Case> {
    vec![
        // The least margin that the rules below allow is above the bound: relax what they add up.
        margin_case!(MAINTENANCE_MARGIN, maintenance_margin as u32, |p| {
            p.terms.liquidation_penalty = 100;
            p.terms.open_interest_max = p.terms.skew_scale / 1_000;
            p.margin.open_interest_low = 0;
        }),
        margin_case!(INITIAL_MARGIN, initial_margin as u32, |p| {
            p.margin.maintenance_margin = 9_000;
            p.terms.liquidation_penalty = 100;
            p.terms.open_interest_max = p.terms.skew_scale / 1_000;
            p.margin.open_interest_low = 0;
        }),
        margin_case!(PROFIT_WEIGHT, initial_profit_weight as u32, |p| {
            p.margin.maintenance_profit_weight = 1_000_000;
        }),
        margin_case!(PROFIT_WEIGHT, maintenance_profit_weight as u32),
        margin_case!(TIER_FROM, tier_1_from as i64, |p| {
            // Without a first bracket there is no second one.
            p.margin.tier_2_from = if p.margin.tier_1_from == 0 { 0 } else { 1 << 60 };
        }),
        margin_case!(TIER_FROM, tier_2_from as i64),
        margin_case!(TIER_MARGIN, tier_1_initial as u32),
        margin_case!(TIER_MARGIN, tier_1_maintenance as u32),
        margin_case!(TIER_MARGIN, tier_2_initial as u32),
        margin_case!(TIER_MARGIN, tier_2_maintenance as u32),
        margin_case!(CONCENTRATION_SHARE, concentration_share as u32),
        margin_case!(CONCENTRATION_INITIAL, concentration_initial as u32),
        margin_case!(VOLATILITY_MEMORY_SECONDS, volatility_memory_seconds as u32),
        margin_case!(VOLATILITY_CALM_PER_DAY, volatility_calm_per_day as u32),
        margin_case!(VOLATILITY_MULTIPLIER_MAX, volatility_multiplier_max as u32, |p| {
            p.margin.maintenance_margin = 200_000;
        }),
        margin_case!(VOLATILITY_FALL_PER_DAY, volatility_fall_per_day as u32),
        margin_case!(BOUNTY_RESERVE, bounty_reserve as u32),
    ]
}

fn market_cases() -> Vec<Case> {
    vec![
        terms_case!(SKEW_SCALE, skew_scale as i64, |p| {
            p.terms.open_interest_max = (p.terms.skew_scale / 20).max(1);
            p.terms.size_min = 1;
            p.margin.open_interest_low = 0;
            p.margin.maintenance_margin = 500_000;
        }),
        terms_case!(OPEN_INTEREST_MAX, open_interest_max as i64, |p| {
            p.terms.skew_scale = 1 << 60;
            p.terms.size_min = 1;
            p.margin.open_interest_low = 0;
        }),
        terms_case!(SIZE_MIN, size_min as i64, |p| {
            p.terms.skew_scale = 1 << 60;
            p.terms.open_interest_max = 1 << 56;
        }),
        terms_case!(FULL_CLOSE_NOTIONAL, full_close_notional as i64),
        terms_case!(TRADING_FEE, trading_fee as u32),
        terms_case!(INSURANCE_FEE_SHARE, insurance_fee_share as u32),
        terms_case!(LIQUIDATION_PENALTY, liquidation_penalty as u32),
        terms_case!(BOUNTY_SHARE, bounty_share as u32),
        terms_case!(BOUNTY_SHARE, bounty_share_max as u32),
        terms_case!(BOUNTY_SECONDS, bounty_seconds as u32),
        terms_case!(INSURANCE_TRANCHE, insurance_tranche as i64),
        terms_case!(SHARED_INSURANCE_MAX, shared_insurance_max as i64),
        terms_case!(FUNDING_RATE_MAX, funding_rate_max_per_day as u32),
        terms_case!(FUNDING_VELOCITY_MAX, funding_velocity_max_per_day as u32),
        terms_case!(RESERVE_RATIO, reserve_ratio as u32),
        terms_case!(CAPITAL_WEIGHT, capital_weight as u32),
    ]
}

#[test]
fn the_ends_of_every_bound_pass_and_one_beyond_is_refused() {
    let all = [asset_cases(), deployment_cases(), collateral_cases(), margin_cases(), market_cases()];
    let cases: Vec<Case> = all.into_iter().flatten().collect();
    for (name, bound, check) in &cases {
        for value in [bound.min, bound.max, bound.min + (bound.max - bound.min) / 2] {
            assert_eq!(check(value), Ok(()), "{name} = {value}");
        }
        for value in [bound.min.wrapping_sub(1), bound.max.wrapping_add(1)] {
            assert_eq!(check(value), REFUSED, "{name} = {value}");
        }
    }
    for bound in bounds::ALL {
        let tried = cases.iter().any(|(_, b, _)| b.name == bound.name);
        assert!(tried, "{} has a case", bound.name);
    }
}

#[test]
fn limits_of_an_asset_stand_in_order() {
    let base = asset();
    let with = |change: fn(&mut AssetParams)| {
        let mut params = base;
        change(&mut params);
        bounds::check_asset(&params)
    };
    assert_eq!(with(|p| (p.fresh_seconds, p.expiry_seconds) = (61, 60)), REFUSED);
    assert_eq!(with(|p| (p.fresh_seconds, p.expiry_seconds) = (60, 60)), Ok(()));
    assert_eq!(with(|p| (p.confidence_max, p.confidence_limit) = (5_001, 5_000)), REFUSED);
    assert_eq!(with(|p| (p.confidence_max, p.confidence_limit) = (5_000, 5_000)), Ok(()));
}

#[test]
fn an_asset_has_a_known_oracle_and_a_printable_symbol() {
    for (kind, fits) in [(0, REFUSED), (1, Ok(())), (2, Ok(())), (3, REFUSED), (255, REFUSED)] {
        let params = AssetParams { oracle_kind: kind, ..asset() };
        assert_eq!(bounds::check_asset(&params), fits, "oracle kind {kind}");
    }
    let symbol = |text: &[u8]| {
        let mut symbol = [0; 16];
        symbol[..text.len()].copy_from_slice(text);
        bounds::check_asset(&AssetParams { symbol, ..asset() })
    };
    for good in [b"X".as_slice(), b"SOL", b"1000BONK-PERP.v1", b"~!"] {
        assert_eq!(symbol(good), Ok(()), "{good:?}");
    }
    for bad in [b"".as_slice(), b" SOL", b"S OL", b"SOL\n", b"SO\0L", b"\0SOL", b"\xc3\x9f", b"\x7f"] {
        assert_eq!(symbol(bad), REFUSED, "{bad:?}");
    }
}

#[test]
fn initial_weights_are_at_least_as_strict_as_maintenance_weights() {
    let with = |asset: [u32; 2], debt: [u32; 2]| {
        bounds::check_collateral(&CollateralParams {
            initial_asset_weight: asset[0],
            maintenance_asset_weight: asset[1],
            initial_debt_weight: debt[0],
            maintenance_debt_weight: debt[1],
            terms: presets::unlent(),
        })
    };
    let (asset, debt) = ([500_000, 500_000], [1_500_000, 1_500_000]);
    assert_eq!(with(asset, debt), Ok(()));
    assert_eq!(with([500_001, 500_000], debt), REFUSED);
    assert_eq!(with(asset, [1_499_999, 1_500_000]), REFUSED);
}

#[test]
fn parameters_of_a_market_fit_each_other() {
    let with = |change: fn(&mut MarketParams)| {
        let mut params = presets::market(1_000_000, 100_000);
        change(&mut params);
        bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET)
    };
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(
        with(|p| (p.margin.initial_profit_weight, p.margin.maintenance_profit_weight) = (6, 5)),
        REFUSED
    );
    assert_eq!(with(|p| p.terms.size_min = p.terms.open_interest_max + 1), REFUSED);
    assert_eq!(with(|p| p.terms.size_min = p.terms.open_interest_max), Ok(()));
    assert_eq!(with(|p| (p.terms.bounty_share, p.terms.bounty_share_max) = (400_001, 400_000)), REFUSED);
    assert_eq!(with(|p| (p.terms.bounty_share, p.terms.bounty_share_max) = (400_000, 400_000)), Ok(()));
    // Where initial margin begins to rise.
    assert_eq!(with(|p| p.margin.open_interest_low = -1), REFUSED);
    assert_eq!(with(|p| p.margin.open_interest_low = 0), Ok(()));
    assert_eq!(with(|p| p.margin.open_interest_low = p.terms.open_interest_max + 1), REFUSED);
    assert_eq!(with(|p| p.margin.open_interest_low = p.terms.open_interest_max), Ok(()));
    assert_eq!(with(|p| p.margin.padding = 1), REFUSED);
    // Initial margin covers the liquidation target of 125%.
    assert_eq!(with(|p| p.margin.initial_margin = 62_499), REFUSED);
    assert_eq!(with(|p| p.margin.initial_margin = 62_500), Ok(()));
    // Impact at the cap: up to 10%, rounded up; also where it is beyond any integer.
    let impact = |open_interest_max: i64, skew_scale: i64| {
        let mut params = presets::market(1_000_000, 0);
        (params.margin.maintenance_margin, params.margin.initial_margin) = (500_000, 1_000_000);
        (params.terms.open_interest_max, params.terms.skew_scale) = (open_interest_max, skew_scale);
        (params.terms.size_min, params.margin.open_interest_low) = (1, 0);
        bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET)
    };
    assert_eq!(impact(100_000_000, 1_000_000_000), Ok(()));
    assert_eq!(impact(100_000_001, 1_000_000_000), REFUSED);
    assert_eq!(impact(1, 10), Ok(()));
    assert_eq!(impact(1 << 56, 10), REFUSED);
    assert_eq!(impact(1 << 56, 11), REFUSED);
}

#[test]
fn brackets_stand_in_order_and_leave_something_to_own() {
    let with = |change: fn(&mut MarginTerms)| {
        let mut params = presets::full_market(1_000_000, 100_000);
        change(&mut params.margin);
        bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET)
    };
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(with(|m| m.tier_1_from = m.tier_2_from + 1), REFUSED);
    assert_eq!(with(|m| m.tier_1_from = m.tier_2_from), Ok(()));
    assert_eq!(with(|m| m.tier_1_from = 0), REFUSED, "a second bracket without a first");
    assert_eq!(with(|m| (m.tier_1_from, m.tier_2_from) = (0, 0)), Ok(()));
    assert_eq!(with(|m| m.tier_2_from = 0), Ok(()));
    for surcharges in [
        |m: &mut MarginTerms, initial| (m.tier_1_initial, m.tier_1_maintenance) = (initial, 20_000),
        |m: &mut MarginTerms, initial| (m.tier_2_initial, m.tier_2_maintenance) = (initial, 20_000),
    ] {
        for (initial, fits) in [(19_999, REFUSED), (20_000, Ok(()))] {
            let mut params = presets::full_market(1_000_000, 100_000);
            surcharges(&mut params.margin, initial);
            assert_eq!(bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET), fits);
        }
    }
    // Maintenance margin with both surcharges, at the highest multiplier: at most the notional.
    assert_eq!(with(|m| (m.maintenance_margin, m.initial_margin) = (425_000, 600_000)), Ok(()));
    assert_eq!(with(|m| (m.maintenance_margin, m.initial_margin) = (425_001, 600_000)), REFUSED);
}

#[test]
fn rules_of_a_bank_and_of_a_clearinghouse_fit_each_other() {
    let bank = |change: fn(&mut CollateralParams)| {
        let mut params = presets::volatile_collateral();
        change(&mut params);
        bounds::check_collateral(&params)
    };
    assert_eq!(bank(|p| (p.terms.rate_at_zero, p.terms.rate_at_kink) = (11, 10)), REFUSED);
    assert_eq!(bank(|p| (p.terms.rate_at_zero, p.terms.rate_at_kink) = (10, 10)), Ok(()));
    assert_eq!(bank(|p| (p.terms.rate_at_kink, p.terms.rate_at_full) = (11, 10)), REFUSED);
    assert_eq!(bank(|p| (p.terms.rate_at_kink, p.terms.rate_at_full) = (10, 10)), Ok(()));
    assert_eq!(bank(|p| p.terms.padding = 1), REFUSED);
    // What is seized for one settlement token weighs less than one: 90% x 111.11...%.
    assert_eq!(bank(|p| p.terms.liquidation_bonus = 111_111), Ok(()));
    assert_eq!(bank(|p| p.terms.liquidation_bonus = 111_112), REFUSED);

    let clearinghouse = |change: fn(&mut ClearinghouseParams)| {
        let mut params = presets::clearinghouse();
        change(&mut params);
        bounds::check_clearinghouse(&params)
    };
    assert_eq!(clearinghouse(|p| p.margin_call = p.liquidation_target + 1), REFUSED);
    assert_eq!(clearinghouse(|p| p.margin_call = p.liquidation_target), Ok(()));
    // What stands for the settlement token would be worth its face.
    let parity = |parity_ratio, parity_asset| {
        bounds::check_asset(&AssetParams { parity_ratio, parity_asset, ..asset() })
    };
    assert_eq!(parity(1_000_000, 0), REFUSED);
    assert_eq!(parity(1_000_000, 1), Ok(()));
    assert_eq!(parity(0, 0), Ok(()));
}

#[test]
fn maintenance_margin_exceeds_all_that_closing_costs() {
    // Confidence 1%, impact 1%, penalty 1.5% (or a larger fee).
    let with = |maintenance_margin: u32, liquidation_penalty: u32, trading_fee: u32| {
        let mut params = presets::market(1_000_000, 0);
        params.margin.maintenance_margin = maintenance_margin;
        params.terms.liquidation_penalty = liquidation_penalty;
        params.terms.trading_fee = trading_fee;
        bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET)
    };
    assert_eq!(with(35_001, 15_000, 500), Ok(()));
    assert_eq!(with(35_000, 15_000, 500), REFUSED);
    assert_eq!(with(30_001, 5_000, 10_000), Ok(()));
    assert_eq!(with(30_000, 5_000, 10_000), REFUSED);
}
