use plimsoll_risk::health::{PerpMarks, Tier, TokenMarks, TIERS};
use plimsoll_risk::lending::Index;
use plimsoll_risk::policy::{Deadlines, PriceLimits, PriceState};
use plimsoll_risk::{CollateralRisk, PerpRisk, Price, Prices, Quantity, Quote, Ratio};
use solana_address::Address;

use super::{part_layout, FixedPrice, FixedSigned, TierRow};
use crate::bounds::INTEREST_AGE_SECONDS_MAX;
use crate::error::PlimsollError;
use crate::oracle::OracleKind;
use crate::params::{OracleSource, PriceTerms};

part_layout! {
    /// Everything about one asset that a margin check needs, as `refresh_prices` last left
    /// it: prices, and what prices, the bank and the market make of the parameters.
    /// Ratios are in millionths.
    pub struct AssetRow {
        /// ASCII, padded with zeros.
        pub symbol: [u8; 16],
        /// Last accepted oracle price; zero if there has been none.
        pub price: FixedPrice,
        /// Follows the oracle price at a bounded rate.
        pub slow_price: FixedPrice,
        /// When the oracle published the price, unix seconds.
        pub publish_time: i64,
        /// When the price was accepted, unix seconds.
        pub refreshed_at: i64,
        /// The one account this row's price is read from.
        pub oracle: Address,
        /// The feed that account must carry (Pyth pull); zero for legacy accounts.
        pub feed_id: [u8; 32],
        /// Confidence interval over price.
        pub confidence: u32,
        /// Distance of oracle and slow price.
        pub divergence: u32,
        /// Seconds of age up to which the price may increase risk.
        pub fresh_seconds: u32,
        /// Seconds of age up to which the price may be used at all.
        pub expiry_seconds: u32,
        /// Widest confidence that may increase risk.
        pub confidence_max: u32,
        /// Widest confidence that a refresh accepts.
        pub confidence_limit: u32,
        /// Divergence beyond which risk-increasing actions and liquidations hold.
        pub divergence_max: u32,
        /// Share of itself by which the slow price may move per second.
        pub slow_rate_per_second: u32,
        /// Until when liquidations hold, unix seconds, if the prices still diverge.
        pub held_until: i64,
        /// What follows from all this: see [`Deadlines`]. Unix seconds.
        pub increase_until: i64,
        pub liquidate_from: i64,
        pub use_until: i64,
        /// Longest hold.
        pub hold_seconds: u32,
        /// A wrapped or staked asset: the most it is worth of what it stands for; zero for
        /// any other asset.
        pub parity_ratio: u32,
        /// How far it may part from that before it can't increase risk any more.
        pub parity_gap_max: u32,
        /// Row of what it stands for.
        pub parity_asset: u8,
        /// 1 while it has parted.
        pub is_off_parity: u8,
        /// An [`OracleKind`](crate::oracle::OracleKind).
        pub oracle_kind: u8,
        /// Decimals of the asset: 10^decimals native units are one token.
        pub decimals: u8,
        /// What a share of deposits is worth at the oracle price, and at the lower of
        /// oracle and slow price.
        pub deposit_mark: FixedPrice,
        pub deposit_mark_low: FixedPrice,
        /// The bank's indices, [`Index`].
        pub supply_index: u64,
        pub borrow_index: u64,
        /// Lowered as deposits grow.
        pub initial_asset_weight: u32,
        pub maintenance_asset_weight: u32,
        pub initial_debt_weight: u32,
        pub maintenance_debt_weight: u32,
        /// The price less all that each side has been charged per native unit.
        pub long_mark: FixedSigned,
        pub short_mark: FixedSigned,
        /// Raised by volatility, the initial one by open interest too.
        pub initial_margin: u32,
        pub maintenance_margin: u32,
        pub initial_profit_weight: u32,
        pub maintenance_profit_weight: u32,
        /// Two brackets by notional, one by the share of open interest.
        pub tiers: [TierRow; 3],
        /// Required of every position: what pays for its liquidation, micro-USD.
        pub bounty_reserve: i64,
        /// What funding has charged a long native unit so far, micro-USD.
        pub funding_index: FixedSigned,
        /// The market's funding, 2^-60 of notional, that is in the index.
        pub funding_fraction: FixedSigned,
        /// Estimate of the variance of returns; see [`Volatility`](plimsoll_risk::volatility::Volatility).
        pub variance: u64,
        /// Multiple of the margins by volatility.
        pub volatility_multiplier: u32,
        /// 1 once a bank is listed.
        pub is_collateral: u8,
        /// 1 once a market is listed.
        pub is_market: u8,
        /// What the guardian has paused of this asset: a set of [`groups`], until
        /// `paused_until`.
        pub paused_groups: u8,
        pub padding: [u8; 1],
        pub paused_until: i64,
        /// Since when prices have come in without a long gap, unix seconds.
        pub priced_since: i64,
    }
}

impl AssetRow {
    #[inline(always)]
    pub fn prices(&self) -> Prices {
        Prices { oracle: self.price.get(), slow: self.slow_price.get() }
    }

    /// Whether the interest of a balance of `shares` is known well enough to increase risk at
    /// unix time `now`. Only the settlement token, whose price needs no refresh, can lack it.
    #[inline(always)]
    pub fn knows_interest(&self, shares: Quantity, now: i64) -> bool {
        shares.0 >= 0
            || self.oracle_kind != OracleKind::Settlement as u8
            || now.saturating_sub(self.refreshed_at) <= INTEREST_AGE_SECONDS_MAX
    }

    /// The marks of a balance of `shares`.
    #[inline(always)]
    pub fn token_marks(&self, shares: Quantity) -> Result<TokenMarks, PlimsollError> {
        if shares.0 < 0 {
            return self.debt_marks();
        }
        Ok(TokenMarks { oracle: self.deposit_mark.get(), cautious: self.deposit_mark_low.get() })
    }

    /// What a share of a balance of `shares` is worth at the oracle price.
    #[inline(always)]
    pub fn token_mark(&self, shares: Quantity) -> Result<Price, PlimsollError> {
        if shares.0 < 0 {
            return Ok(Index(self.borrow_index).price_ceil(self.price.get())?);
        }
        Ok(self.deposit_mark.get())
    }

    fn debt_marks(&self) -> Result<TokenMarks, PlimsollError> {
        let (prices, index) = (self.prices(), Index(self.borrow_index));
        Ok(TokenMarks {
            oracle: index.price_ceil(prices.oracle)?,
            cautious: index.price_ceil(prices.oracle.max(prices.slow))?,
        })
    }

    /// The mark of a balance of `shares` at the better for the account of the two prices.
    pub fn doubtful_mark(&self, shares: Quantity) -> Result<Price, PlimsollError> {
        let prices = self.prices();
        Ok(if shares.0 < 0 {
            Index(self.borrow_index).price_floor(prices.oracle.min(prices.slow))?
        } else {
            Index(self.supply_index).price_ceil(prices.oracle.max(prices.slow))?
        })
    }

    /// Native units of a balance of `shares`, a deposit rounded down, a debt (negative)
    /// rounded away from zero.
    pub fn native_units(&self, shares: Quantity) -> Result<Quantity, PlimsollError> {
        let magnitude = shares.magnitude();
        if shares.0 < 0 {
            let owed = Index(self.borrow_index).amount_ceil(magnitude)?;
            return Ok(Quantity::from_magnitude(owed)?.negated()?);
        }
        Ok(Quantity::from_magnitude(Index(self.supply_index).amount_floor(magnitude)?)?)
    }

    #[inline(always)]
    pub fn perp_marks(&self) -> PerpMarks {
        PerpMarks { oracle: self.price.get(), long: self.long_mark.price(), short: self.short_mark.price() }
    }

    #[inline(always)]
    pub fn collateral_risk(&self) -> CollateralRisk {
        CollateralRisk {
            initial_asset_weight: Ratio(self.initial_asset_weight),
            maintenance_asset_weight: Ratio(self.maintenance_asset_weight),
            initial_debt_weight: Ratio(self.initial_debt_weight),
            maintenance_debt_weight: Ratio(self.maintenance_debt_weight),
        }
    }

    #[inline(always)]
    pub fn perp_risk(&self) -> PerpRisk {
        let mut tiers = [Tier::default(); TIERS];
        for (tier, row) in tiers.iter_mut().zip(&self.tiers) {
            *tier = row.tier();
        }
        PerpRisk {
            initial_margin: Ratio(self.initial_margin),
            maintenance_margin: Ratio(self.maintenance_margin),
            initial_profit_weight: Ratio(self.initial_profit_weight),
            maintenance_profit_weight: Ratio(self.maintenance_profit_weight),
            tiers,
            reserve: Quote(self.bounty_reserve),
        }
    }

    /// What is known of the price at unix time `now`.
    #[inline(always)]
    pub fn price_state(&self, now: i64) -> PriceState {
        PriceState {
            age_seconds: seconds_between(self.publish_time, now),
            confidence: Ratio(self.confidence),
            divergence: Ratio(self.divergence),
            is_held: now < self.held_until,
            is_off_parity: self.is_off_parity != 0,
        }
    }

    #[inline(always)]
    pub fn deadlines(&self) -> Deadlines {
        Deadlines {
            increase_until: self.increase_until,
            liquidate_from: self.liquidate_from,
            use_until: self.use_until,
        }
    }

    /// Brings the deadlines up to date with the price.
    pub fn settle_deadlines(&mut self) {
        let state = self.price_state(self.refreshed_at);
        let deadlines = Deadlines::of(&state, &self.price_limits(), self.publish_time, self.held_until);
        self.increase_until = deadlines.increase_until;
        self.liquidate_from = deadlines.liquidate_from;
        self.use_until = deadlines.use_until;
    }

    #[inline(always)]
    pub fn price_limits(&self) -> PriceLimits {
        PriceLimits {
            fresh_seconds: self.fresh_seconds,
            expiry_seconds: self.expiry_seconds,
            confidence_max: Ratio(self.confidence_max),
            divergence_max: Ratio(self.divergence_max),
        }
    }

    /// What the row asks of its oracle.
    pub fn price_terms(&self) -> PriceTerms {
        PriceTerms {
            fresh_seconds: self.fresh_seconds,
            expiry_seconds: self.expiry_seconds,
            confidence_max: self.confidence_max,
            confidence_limit: self.confidence_limit,
            divergence_max: self.divergence_max,
            slow_rate_per_second: self.slow_rate_per_second,
            hold_seconds: self.hold_seconds,
            parity_ratio: self.parity_ratio,
            parity_gap_max: self.parity_gap_max,
        }
    }

    /// Sets what the row asks of its oracle; the last price is judged by it from now on.
    pub fn set_price_terms(&mut self, terms: &PriceTerms) {
        self.fresh_seconds = terms.fresh_seconds;
        self.expiry_seconds = terms.expiry_seconds;
        self.confidence_max = terms.confidence_max;
        self.confidence_limit = terms.confidence_limit;
        self.divergence_max = terms.divergence_max;
        self.slow_rate_per_second = terms.slow_rate_per_second;
        self.hold_seconds = terms.hold_seconds;
        self.parity_ratio = terms.parity_ratio;
        self.parity_gap_max = terms.parity_gap_max;
        if self.refreshed_at != 0 {
            self.settle_deadlines();
        }
    }

    /// Where the row's price comes from.
    pub fn source(&self) -> OracleSource {
        OracleSource { oracle: self.oracle, feed_id: self.feed_id, kind: self.oracle_kind, padding: [0; 3] }
    }

    /// Takes the price from elsewhere from now on. Price and slow price stay, so that one which
    /// is far off finds liquidations and risk held; the history of prices begins anew.
    pub fn set_source(&mut self, source: &OracleSource) {
        self.oracle = source.oracle;
        self.feed_id = source.feed_id;
        self.oracle_kind = source.kind;
        self.priced_since = 0;
    }
}

/// `now - then`, saturating. Neither is before 1970 but in a broken row, and two times that
/// are not negative need no more than a subtraction.
#[inline(always)]
fn seconds_between(then: i64, now: i64) -> i64 {
    if then | now >= 0 {
        now.wrapping_sub(then)
    } else {
        now.saturating_sub(then)
    }
}
