//! Every parameter against its hard bound, by name, then the program's own checks of what must fit together.

use plimsoll::bounds::{self, Bound};
use solana_address::Address;

use super::{Asset, Lending, Listings, Surcharges};
use crate::prices::Symbol;

/// What a market's parameters must satisfy together, besides each bound.
const MARKET_RULES: &str = "maintenance_margin must exceed confidence_limit + open_interest_max / skew_scale + the \
    larger of liquidation_penalty and trading_fee; open_interest_max / skew_scale may be at most 10%; initial_margin \
    must be at least maintenance_margin x liquidation_target; maintenance_margin and the maintenance surcharges of both \
    tiers, times volatility_multiplier_max, may be at most 100%; neither the initial profit weight may exceed the \
    maintenance profit weight, nor a tier's maintenance surcharge its initial one, nor size_min and open_interest_low \
    open_interest_max, nor bounty_share bounty_share_max; tier_1_from may not exceed tier_2_from";

/// The same of a token's.
const COLLATERAL_RULES: &str = "initial weights must be at least as strict as maintenance weights; \
    maintenance_asset_weight x (1 + liquidation_bonus) must be below 100%; rate_at_zero, rate_at_kink and rate_at_full \
    must be in rising order";

/// A parameter's name, its value, and the bound it must keep.
type Checked<'a> = (&'a str, i64, &'a Bound);

fn check_bounds(place: &str, parameters: &[Checked]) -> Result<(), String> {
    let broken = parameters.iter().find(|(_, value, bound)| !(bound.min..=bound.max).contains(value));
    broken.map_or(Ok(()), |(name, value, bound)| {
        let Bound { min, max, unit, .. } = bound;
        Err(format!("{place}: {name} = {value} is outside of {min} to {max} {unit}"))
    })
}

impl Listings {
    pub fn check(&self) -> Result<(), String> {
        let c = &self.clearinghouse;
        let parameters: [Checked; 5] = [
            ("liquidation_target", c.liquidation_target.into(), &bounds::LIQUIDATION_TARGET),
            ("margin_call", c.margin_call.into(), &bounds::MARGIN_CALL),
            ("auction_delay_seconds", c.auction_delay_seconds.into(), &bounds::AUCTION_DELAY_SECONDS),
            ("auction_seconds", c.auction_seconds.into(), &bounds::AUCTION_SECONDS),
            ("redeem_fee", c.redeem_fee.into(), &bounds::REDEEM_FEE),
        ];
        check_bounds("clearinghouse", &parameters)?;
        check_bounds("settlement, lending", &self.settlement.lending.bounds())?;
        bounds::check_clearinghouse(&self.clearinghouse_params())
            .map_err(|_| "clearinghouse: margin_call may not exceed liquidation_target".to_string())?;
        if (self.settlement.symbol.as_str(), self.settlement.decimals) != ("USDC", 6) {
            return Err("settlement: the demo settles in USDC, which has 6 decimals".to_string());
        }
        for symbol in Symbol::ALL {
            let listed = self.assets.iter().filter(|asset| asset.symbol == symbol.name()).count();
            if listed != 1 {
                return Err(format!("asset {symbol}: listed {listed} times, expected once"));
            }
        }
        if let Some(asset) = self.assets.iter().find(|asset| Symbol::from_name(&asset.symbol).is_none()) {
            return Err(format!("asset {}: there are no recorded prices for it", asset.symbol));
        }
        bounds::check_collateral(&self.settlement_params())
            .map_err(|_| format!("settlement: {COLLATERAL_RULES}"))?;
        let weights: u64 = self.assets.iter().map(|asset| u64::from(asset.market.capital_weight)).sum();
        if weights > bounds::CAPITAL_WEIGHTS_MAX.into() {
            let most = bounds::CAPITAL_WEIGHTS_MAX;
            return Err(format!("capital weights of all markets: {weights}, the most is {most} millionths"));
        }
        self.assets.iter().try_for_each(|asset| asset.check(self.clearinghouse.liquidation_target))
    }
}

impl Asset {
    /// Each bound by name, then the program's own checks of what must fit together.
    fn check(&self, liquidation_target: u32) -> Result<(), String> {
        let place = |part: &str| format!("asset {}{part}", self.symbol);
        check_bounds(&place(""), &self.row_bounds())?;
        check_bounds(&place(", collateral"), &self.collateral_bounds())?;
        check_bounds(&place(", lending"), &self.lending.bounds())?;
        check_bounds(&place(", market"), &self.market_bounds())?;
        check_bounds(&place(", surcharges"), &self.surcharges.bounds())?;
        let together = |part: &str, rule: &str| format!("{}: {rule}", place(part));
        bounds::check_asset(&self.params(Address::default(), [0; 32])).map_err(|_| {
            together("", "fresh_seconds may not exceed expiry_seconds, nor confidence_max confidence_limit")
        })?;
        bounds::check_collateral(&self.collateral_params())
            .map_err(|_| together(", collateral", COLLATERAL_RULES))?;
        bounds::check_market(&self.market_params(), self.confidence_limit, liquidation_target)
            .map_err(|_| together(", market", MARKET_RULES))
    }

    fn row_bounds(&self) -> [Checked<'_>; 8] {
        [
            ("decimals", self.decimals.into(), &bounds::DECIMALS),
            ("fresh_seconds", self.fresh_seconds.into(), &bounds::FRESH_SECONDS),
            ("expiry_seconds", self.expiry_seconds.into(), &bounds::EXPIRY_SECONDS),
            ("confidence_max", self.confidence_max.into(), &bounds::CONFIDENCE_MAX),
            ("confidence_limit", self.confidence_limit.into(), &bounds::CONFIDENCE_LIMIT),
            ("divergence_max", self.divergence_max.into(), &bounds::DIVERGENCE_MAX),
            ("slow_rate_per_second", self.slow_rate_per_second.into(), &bounds::SLOW_RATE_PER_SECOND),
            ("hold_seconds", self.hold_seconds.into(), &bounds::HOLD_SECONDS),
        ]
    }

    fn collateral_bounds(&self) -> [Checked<'_>; 4] {
        let c = &self.collateral;
        [
            ("initial_asset_weight", c.initial_asset_weight.into(), &bounds::ASSET_WEIGHT),
            ("maintenance_asset_weight", c.maintenance_asset_weight.into(), &bounds::ASSET_WEIGHT),
            ("initial_debt_weight", c.initial_debt_weight.into(), &bounds::DEBT_WEIGHT),
            ("maintenance_debt_weight", c.maintenance_debt_weight.into(), &bounds::DEBT_WEIGHT),
        ]
    }

    fn market_bounds(&self) -> [Checked<'_>; 20] {
        let m = &self.market;
        [
            ("maintenance_margin", m.maintenance_margin.into(), &bounds::MAINTENANCE_MARGIN),
            ("initial_margin", m.initial_margin.into(), &bounds::INITIAL_MARGIN),
            ("initial_profit_weight", m.initial_profit_weight.into(), &bounds::PROFIT_WEIGHT),
            ("maintenance_profit_weight", m.maintenance_profit_weight.into(), &bounds::PROFIT_WEIGHT),
            ("skew_scale", m.skew_scale, &bounds::SKEW_SCALE),
            ("open_interest_max", m.open_interest_max, &bounds::OPEN_INTEREST_MAX),
            ("size_min", m.size_min, &bounds::SIZE_MIN),
            ("full_close_notional", m.full_close_notional, &bounds::FULL_CLOSE_NOTIONAL),
            ("trading_fee", m.trading_fee.into(), &bounds::TRADING_FEE),
            ("insurance_fee_share", m.insurance_fee_share.into(), &bounds::INSURANCE_FEE_SHARE),
            ("liquidation_penalty", m.liquidation_penalty.into(), &bounds::LIQUIDATION_PENALTY),
            ("bounty_share", m.bounty_share.into(), &bounds::BOUNTY_SHARE),
            ("bounty_share_max", m.bounty_share_max.into(), &bounds::BOUNTY_SHARE),
            ("bounty_seconds", m.bounty_seconds.into(), &bounds::BOUNTY_SECONDS),
            ("insurance_tranche", m.insurance_tranche, &bounds::INSURANCE_TRANCHE),
            ("shared_insurance_max", m.shared_insurance_max, &bounds::SHARED_INSURANCE_MAX),
            ("funding_rate_max_per_day", m.funding_rate_max_per_day.into(), &bounds::FUNDING_RATE_MAX),
            (
                "funding_velocity_max_per_day",
                m.funding_velocity_max_per_day.into(),
                &bounds::FUNDING_VELOCITY_MAX,
            ),
            ("reserve_ratio", m.reserve_ratio.into(), &bounds::RESERVE_RATIO),
            ("capital_weight", m.capital_weight.into(), &bounds::CAPITAL_WEIGHT),
        ]
    }
}

impl Lending {
    fn bounds(&self) -> [Checked<'_>; 10] {
        let units = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        [
            ("borrow_cap", units(self.borrow_cap), &bounds::BORROW_CAP),
            ("debt_min", units(self.debt_min), &bounds::DEBT_MIN),
            ("weight_scale_from", units(self.weight_scale_from), &bounds::WEIGHT_SCALE_FROM),
            ("utilisation_max", self.utilisation_max.into(), &bounds::UTILISATION_MAX),
            ("utilisation_kink", self.utilisation_kink.into(), &bounds::UTILISATION_KINK),
            ("rate_at_zero", self.rate_at_zero.into(), &bounds::BORROW_RATE),
            ("rate_at_kink", self.rate_at_kink.into(), &bounds::BORROW_RATE),
            ("rate_at_full", self.rate_at_full.into(), &bounds::BORROW_RATE),
            ("reserve_share", self.reserve_share.into(), &bounds::RESERVE_SHARE),
            ("liquidation_bonus", self.liquidation_bonus.into(), &bounds::LIQUIDATION_BONUS),
        ]
    }
}

impl Surcharges {
    fn bounds(&self) -> [Checked<'_>; 13] {
        [
            ("tier_1_from", self.tier_1_from, &bounds::TIER_FROM),
            ("tier_2_from", self.tier_2_from, &bounds::TIER_FROM),
            ("tier_1_initial", self.tier_1_initial.into(), &bounds::TIER_MARGIN),
            ("tier_1_maintenance", self.tier_1_maintenance.into(), &bounds::TIER_MARGIN),
            ("tier_2_initial", self.tier_2_initial.into(), &bounds::TIER_MARGIN),
            ("tier_2_maintenance", self.tier_2_maintenance.into(), &bounds::TIER_MARGIN),
            ("concentration_share", self.concentration_share.into(), &bounds::CONCENTRATION_SHARE),
            ("concentration_initial", self.concentration_initial.into(), &bounds::CONCENTRATION_INITIAL),
            (
                "volatility_memory_seconds",
                self.volatility_memory_seconds.into(),
                &bounds::VOLATILITY_MEMORY_SECONDS,
            ),
            (
                "volatility_calm_per_day",
                self.volatility_calm_per_day.into(),
                &bounds::VOLATILITY_CALM_PER_DAY,
            ),
            (
                "volatility_multiplier_max",
                self.volatility_multiplier_max.into(),
                &bounds::VOLATILITY_MULTIPLIER_MAX,
            ),
            (
                "volatility_fall_per_day",
                self.volatility_fall_per_day.into(),
                &bounds::VOLATILITY_FALL_PER_DAY,
            ),
            ("bounty_reserve", self.bounty_reserve.into(), &bounds::BOUNTY_RESERVE),
        ]
    }
}
