//! Hard bounds of every risk parameter: the ends pass, one beyond is refused.

use plimsoll::bounds::{self, Bound};
use plimsoll::error::PlimsollError;
use plimsoll::params::{AssetParams, CollateralParams, MarketParams};
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

/// A market whose rules leave each of its parameters all of its range.
fn market() -> MarketParams {
    let mut market = presets::market(1_000_000, 100_000);
    market.maintenance_margin = 300_000;
    market.initial_margin = 1_000_000;
    market.initial_profit_weight = 0;
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
            let params = CollateralParams { $field, $also: $value, ..presets::volatile_collateral() };
            bounds::check_collateral(&params)
        })
    };
}

macro_rules! margin_case {
    ($bound:ident, $field:ident $(, $set:expr)?) => {
        case(stringify!($field), bounds::$bound, |value| {
            let Some($field) = u32::try_from(value).ok() else { return REFUSED };
            #[allow(unused_mut)]
            let mut params = MarketParams { $field, ..market() };
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
        collateral_case!(ASSET_WEIGHT, initial_asset_weight, maintenance_asset_weight = 1_000_000),
        collateral_case!(ASSET_WEIGHT, maintenance_asset_weight, initial_asset_weight = 0),
        collateral_case!(DEBT_WEIGHT, initial_debt_weight, maintenance_debt_weight = 1_000_000),
        collateral_case!(DEBT_WEIGHT, maintenance_debt_weight, initial_debt_weight = 3_000_000),
        case("liquidation_target", bounds::LIQUIDATION_TARGET, |value| {
            bounds::check_liquidation_target(value as u32)
        }),
        case("redeem_fee", bounds::REDEEM_FEE, |value| {
            u32::try_from(value).map_or(REFUSED, bounds::check_redeem_fee)
        }),
    ]
}

fn market_cases() -> Vec<Case> {
    vec![
        // The least margin that the rules below allow is above the bound: relax what they add up.
        margin_case!(MAINTENANCE_MARGIN, maintenance_margin, |p| {
            p.terms.liquidation_penalty = 100;
            p.terms.open_interest_max = p.terms.skew_scale / 1_000;
        }),
        margin_case!(INITIAL_MARGIN, initial_margin, |p| {
            p.maintenance_margin = 9_000;
            p.terms.liquidation_penalty = 100;
            p.terms.open_interest_max = p.terms.skew_scale / 1_000;
        }),
        margin_case!(PROFIT_WEIGHT, initial_profit_weight, |p| p.maintenance_profit_weight = 1_000_000),
        margin_case!(PROFIT_WEIGHT, maintenance_profit_weight),
        terms_case!(SKEW_SCALE, skew_scale as i64, |p| {
            p.terms.open_interest_max = (p.terms.skew_scale / 20).max(1);
            p.terms.size_min = 1;
            p.maintenance_margin = 500_000;
        }),
        terms_case!(OPEN_INTEREST_MAX, open_interest_max as i64, |p| {
            p.terms.skew_scale = 1 << 60;
            p.terms.size_min = 1;
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
        terms_case!(RESERVE_RATIO, reserve_ratio as u32),
        terms_case!(CAPITAL_WEIGHT, capital_weight as u32),
    ]
}

#[test]
fn the_ends_of_every_bound_pass_and_one_beyond_is_refused() {
    let cases: Vec<Case> = asset_cases().into_iter().chain(market_cases()).collect();
    for (name, bound, check) in &cases {
        for value in [bound.min, bound.max, bound.min + (bound.max - bound.min) / 2] {
            assert_eq!(check(value), Ok(()), "{name} = {value}");
        }
        for value in [bound.min - 1, bound.max + 1] {
            assert_eq!(check(value), REFUSED, "{name} = {value}");
        }
    }
    for bound in bounds::ALL {
        let tried = cases.iter().any(|(_, b, _)| (b.name, b.unit) == (bound.name, bound.unit));
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
            deposit_cap: 0,
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
    assert_eq!(with(|p| (p.initial_profit_weight, p.maintenance_profit_weight) = (6, 5)), REFUSED);
    assert_eq!(with(|p| p.terms.size_min = p.terms.open_interest_max + 1), REFUSED);
    assert_eq!(with(|p| p.terms.size_min = p.terms.open_interest_max), Ok(()));
    // Initial margin covers the liquidation target of 125%.
    assert_eq!(with(|p| p.initial_margin = 62_499), REFUSED);
    assert_eq!(with(|p| p.initial_margin = 62_500), Ok(()));
    // Impact at the cap: up to 10%, rounded up; also where it is beyond any integer.
    let impact = |open_interest_max: i64, skew_scale: i64| {
        let mut params = presets::market(1_000_000, 0);
        (params.maintenance_margin, params.initial_margin) = (500_000, 1_000_000);
        (params.terms.open_interest_max, params.terms.skew_scale) = (open_interest_max, skew_scale);
        params.terms.size_min = 1;
        bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET)
    };
    assert_eq!(impact(100_000_000, 1_000_000_000), Ok(()));
    assert_eq!(impact(100_000_001, 1_000_000_000), REFUSED);
    assert_eq!(impact(1, 10), Ok(()));
    assert_eq!(impact(1 << 56, 10), REFUSED);
    assert_eq!(impact(1 << 56, 11), REFUSED);
}

#[test]
fn maintenance_margin_exceeds_all_that_closing_costs() {
    // Confidence 1%, impact 1%, penalty 1.5% (or a larger fee).
    let with = |maintenance_margin: u32, liquidation_penalty: u32, trading_fee: u32| {
        let mut params = presets::market(1_000_000, 0);
        params.maintenance_margin = maintenance_margin;
        params.terms.liquidation_penalty = liquidation_penalty;
        params.terms.trading_fee = trading_fee;
        bounds::check_market(&params, 10_000, presets::LIQUIDATION_TARGET)
    };
    assert_eq!(with(35_001, 15_000, 500), Ok(()));
    assert_eq!(with(35_000, 15_000, 500), REFUSED);
    assert_eq!(with(30_001, 5_000, 10_000), Ok(()));
    assert_eq!(with(30_000, 5_000, 10_000), REFUSED);
}
