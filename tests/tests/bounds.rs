//! Hard bounds of every risk parameter: the ends pass, one beyond is refused.

use bytemuck::{Pod, bytes_of_mut};
use plimsoll::bounds;
use plimsoll::error::PlimsollError;
use plimsoll::parameters::{ALL, Concern, Parameter};
use plimsoll::params::{
    AssetParams, ClearinghouseTerms, CollateralParams, MarketParams, OracleSource, PoolTerms, PriceTerms,
};
use plimsoll::state::{MarginTerms, Weights};
use plimsoll_testkit::presets;

type Checked = Result<(), PlimsollError>;
const REFUSED: Checked = Err(PlimsollError::ParameterOutOfBounds);

/// An asset whose limits leave each of its parameters all of its range.
fn asset() -> AssetParams {
    let listing = presets::standard()[0];
    presets::asset(&listing, Default::default(), [7; 32])
}

/// Collateral whose rules leave each of its parameters all of its range.
fn collateral() -> CollateralParams {
    let mut collateral = presets::volatile_collateral();
    // A bonus on top of half the value can't make a repayment harmful.
    (collateral.weights.initial_asset, collateral.weights.maintenance_asset) = (500_000, 500_000);
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

/// `terms` with any value in place of a parameter.
fn with<T: Pod>(mut terms: T, parameter: &Parameter, value: i64) -> T {
    let place = parameter.place();
    let width = place.len();
    bytes_of_mut(&mut terms)[place].copy_from_slice(&value.to_le_bytes()[..width]);
    terms
}

fn check_price(parameter: &Parameter, value: i64) -> Checked {
    let mut base = asset().price;
    match parameter.name {
        "fresh_seconds" => base.expiry_seconds = 600,
        "expiry_seconds" => base.fresh_seconds = 1,
        "confidence_max" => base.confidence_limit = 100_000,
        "confidence_limit" => base.confidence_max = 100,
        _ => {}
    }
    bounds::check_price(&with(base, parameter, value))
}

fn check_clearinghouse(parameter: &Parameter, value: i64) -> Checked {
    let mut base = presets::clearinghouse();
    match parameter.name {
        "liquidation_target" => base.margin_call = 1_000_000,
        "margin_call" => base.liquidation_target = 2_000_000,
        "change_delay_seconds" => base.oracle_delay_seconds = 2_592_000,
        _ => {}
    }
    bounds::check_clearinghouse(&with(base, parameter, value))
}

fn check_weights(parameter: &Parameter, value: i64) -> Checked {
    let mut base = collateral();
    let weights = &mut base.weights;
    match parameter.name {
        "initial_asset" => weights.maintenance_asset = 1_000_000,
        "maintenance_asset" => (weights.initial_asset, base.terms.liquidation_bonus) = (0, 0),
        "initial_debt" => weights.maintenance_debt = 1_000_000,
        _ => weights.initial_debt = 3_000_000,
    }
    base.weights = with(base.weights, parameter, value);
    bounds::check_collateral(&base)
}

fn check_bank(parameter: &Parameter, value: i64) -> Checked {
    let mut base = collateral();
    match parameter.name {
        "rate_at_zero" => base.terms.rate_at_kink = 4_000_000,
        "rate_at_full" => base.terms.rate_at_kink = 0,
        _ => {}
    }
    base.terms = with(base.terms, parameter, value);
    bounds::check_collateral(&base)
}

fn check_market(parameter: &Parameter, value: i64) -> Checked {
    let mut base = market();
    let wide = |base: &mut MarketParams| (base.terms.skew_scale, base.terms.size_min) = (1 << 60, 1);
    match parameter.name {
        "skew_scale" => {
            base.terms.open_interest_max = (value / 20).max(1);
            base.terms.size_min = 1;
            base.margin.maintenance_margin = 500_000;
        }
        "open_interest_max" => wide(&mut base),
        "size_min" => {
            wide(&mut base);
            base.terms.open_interest_max = 1 << 56;
        }
        "insurance_fee_share" => base.terms.protocol_fee_share = 0,
        _ => {}
    }
    base.terms = with(base.terms, parameter, value);
    bounds::check_market(&base, 100, 1_010_000)
}

fn check_margin(parameter: &Parameter, value: i64) -> Checked {
    let mut base = bracketed();
    // The least margin that the other rules allow is above the bound: relax what they add up.
    let relax = |base: &mut MarketParams| {
        base.terms.liquidation_penalty = 100;
        base.terms.open_interest_max = base.terms.skew_scale / 1_000;
    };
    match parameter.name {
        "maintenance_margin" => relax(&mut base),
        "initial_margin" => {
            relax(&mut base);
            base.margin.maintenance_margin = 9_000;
        }
        "initial_profit_weight" => base.margin.maintenance_profit_weight = 1_000_000,
        // Without a first bracket there is no second one.
        "tier_1_from" if value == 0 => base.margin.tier_2_from = 0,
        "volatility_multiplier_max" => base.margin.maintenance_margin = 200_000,
        _ => {}
    }
    base.margin = with(base.margin, parameter, value);
    bounds::check_market(&base, 100, 1_010_000)
}

fn check(parameter: &Parameter, value: i64) -> Checked {
    match parameter.concern {
        Concern::Clearinghouse => check_clearinghouse(parameter, value),
        Concern::Pool => bounds::check_pool(&with(PoolTerms { redeem_fee: 0 }, parameter, value)),
        Concern::Price => check_price(parameter, value),
        Concern::Bank => check_bank(parameter, value),
        Concern::Weights => check_weights(parameter, value),
        Concern::Market => check_market(parameter, value),
        Concern::Margin => check_margin(parameter, value),
    }
}

#[test]
fn the_ends_of_every_bound_pass_and_one_beyond_is_refused() {
    for parameter in ALL {
        let Parameter { name, min, max, .. } = *parameter;
        for value in [min, max, min + (max - min) / 2] {
            assert_eq!(check(parameter, value), Ok(()), "{name} = {value}");
        }
        for value in [min.wrapping_sub(1), max.wrapping_add(1)] {
            assert_eq!(check(parameter, value), REFUSED, "{name} = {value}");
        }
    }
}

#[test]
fn a_ramp_takes_a_day_to_thirty() {
    for (seconds, fits) in
        [(86_399, REFUSED), (86_400, Ok(())), (2_592_000, Ok(())), (2_592_001, REFUSED), (0, REFUSED)]
    {
        assert_eq!(bounds::check_ramp(seconds), fits, "{seconds}");
    }
}

#[test]
fn an_asset_has_at_most_eighteen_decimals() {
    for (decimals, fits) in [(0, Ok(())), (18, Ok(())), (19, REFUSED), (255, REFUSED)] {
        assert_eq!(bounds::check_asset(&AssetParams { decimals, ..asset() }), fits, "{decimals}");
    }
}

#[test]
fn parameters_of_a_concern_have_names_and_places_of_their_own() {
    for (id, parameter) in ALL.iter().enumerate() {
        for other in &ALL[..id] {
            let same = other.concern == parameter.concern;
            assert!(!same || other.name != parameter.name, "{}", parameter.name);
            let (a, b) = (other.place(), parameter.place());
            assert!(!same || a.end <= b.start || b.end <= a.start, "{} and {}", other.name, parameter.name);
        }
    }
}

#[test]
fn limits_of_an_asset_stand_in_order() {
    let base = asset().price;
    let with = |change: fn(&mut PriceTerms)| {
        let mut terms = base;
        change(&mut terms);
        bounds::check_price(&terms)
    };
    assert_eq!(with(|p| (p.fresh_seconds, p.expiry_seconds) = (61, 60)), REFUSED);
    assert_eq!(with(|p| (p.fresh_seconds, p.expiry_seconds) = (60, 60)), Ok(()));
    assert_eq!(with(|p| (p.confidence_max, p.confidence_limit) = (5_001, 5_000)), REFUSED);
    assert_eq!(with(|p| (p.confidence_max, p.confidence_limit) = (5_000, 5_000)), Ok(()));
}

#[test]
fn an_asset_has_a_known_oracle_and_a_printable_symbol() {
    for (kind, fits) in [(0, REFUSED), (1, Ok(())), (2, Ok(())), (3, REFUSED), (255, REFUSED)] {
        let params = AssetParams { source: OracleSource { kind, ..asset().source }, ..asset() };
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
            weights: Weights {
                initial_asset: asset[0],
                maintenance_asset: asset[1],
                initial_debt: debt[0],
                maintenance_debt: debt[1],
            },
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
    assert_eq!(with(|p| p.margin.open_interest_low = p.terms.open_interest_max + 1), Ok(()));
    // All parts of the fee together.
    assert_eq!(
        with(|p| (p.terms.insurance_fee_share, p.terms.protocol_fee_share) = (500_001, 500_000)),
        REFUSED
    );
    assert_eq!(
        with(|p| (p.terms.insurance_fee_share, p.terms.protocol_fee_share) = (500_000, 500_000)),
        Ok(())
    );
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

    let clearinghouse = |change: fn(&mut ClearinghouseTerms)| {
        let mut params = presets::clearinghouse();
        change(&mut params);
        bounds::check_clearinghouse(&params)
    };
    assert_eq!(clearinghouse(|p| p.margin_call = p.liquidation_target + 1), REFUSED);
    assert_eq!(clearinghouse(|p| p.margin_call = p.liquidation_target), Ok(()));
    assert_eq!(clearinghouse(|p| p.change_delay_seconds = p.oracle_delay_seconds + 1), REFUSED);
    assert_eq!(clearinghouse(|p| p.change_delay_seconds = p.oracle_delay_seconds), Ok(()));
    // What stands for the settlement token would be worth its face.
    let parity = |parity_ratio, parity_asset| {
        let price = PriceTerms { parity_ratio, ..asset().price };
        bounds::check_asset(&AssetParams { price, parity_asset, ..asset() })
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
