use plimsoll_risk::health::{PerpMarks, Tier, TokenMarks, TIERS};
use plimsoll_risk::lending::Index;
use plimsoll_risk::policy::{Deadlines, PriceLimits, PriceState};
use plimsoll_risk::price::SignedPrice;
use plimsoll_risk::{CollateralRisk, PerpRisk, Price, Prices, Quantity, Quote, Ratio};
use solana_address::Address;

use super::{account_layout, part_layout};
use crate::bounds::INTEREST_AGE_SECONDS_MAX;
use crate::error::PlimsollError;
use crate::oracle::OracleKind;
use crate::params::{OracleSource, PriceTerms};

/// Rows of a risk board.
pub const ASSETS_MAX: usize = 22;

/// The row of the settlement token, the unit of account.
pub const SETTLEMENT_ASSET: u8 = 0;

/// What the guardian may pause, as bits. Everything else goes on in every state.
pub mod groups {
    /// Deposits to an account that owes nothing and has no position, and liquidity.
    pub const DEPOSIT: u8 = 1;
    /// Whatever takes tokens out of a vault, but receivership.
    pub const WITHDRAW: u8 = 2;
    /// New or larger debts.
    pub const BORROW: u8 = 4;
    /// New or larger positions.
    pub const INCREASE: u8 = 8;
    pub const ALL: u8 = DEPOSIT | WITHDRAW | BORROW | INCREASE;
}

/// Scope of a pause that concerns every asset.
pub const ALL_ASSETS: u8 = u8::MAX;

part_layout! {
    /// A [`Price`] as two words, low first.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FixedPrice {
        pub low: u64,
        pub high: u64,
    }
}

part_layout! {
    /// A signed Q64.64 number ([`SignedPrice`]) as two words in two's complement, low first.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FixedSigned {
        pub low: u64,
        pub high: u64,
    }
}

part_layout! {
    /// A margin bracket in force: a surcharge on notional (micro-USD) beyond `from`.
    #[derive(Debug, PartialEq, Eq)]
    pub struct TierRow {
        pub from: i64,
        pub initial: u32,
        pub maintenance: u32,
    }
}

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

account_layout! {
    /// Prices and risk parameters of all assets of a clearinghouse.
    pub struct RiskBoard {
        pub clearinghouse: Address,
        /// Rows in use.
        pub asset_count: u32,
        /// Margin ratio, in millionths, to which a liquidation brings an account back.
        pub liquidation_target: u32,
        /// Margin ratio, in millionths, below which a margin call may be raised.
        pub margin_call: u32,
        /// Seconds under water after which an account may be put up for auction.
        pub auction_delay_seconds: u32,
        /// Seconds in which the discount of an auction grows to the whole equity.
        pub auction_seconds: u32,
        /// What the guardian has paused of every asset: a set of [`groups`], until
        /// `paused_until`.
        pub paused_groups: u8,
        /// 1 once the clearinghouse has been launched: it takes money, and changes wait.
        pub is_launched: u8,
        pub padding: [u8; 2],
        pub paused_until: i64,
        /// Micro-USD that may leave all banks at once, and again per day.
        pub outflow_max: u64,
        pub reserved: [u8; 16],
        pub rows: [AssetRow; ASSETS_MAX],
    }
}

impl FixedPrice {
    #[inline(always)]
    pub fn get(self) -> Price {
        Price((self.high as u128) << 64 | self.low as u128)
    }
}

impl From<Price> for FixedPrice {
    fn from(price: Price) -> Self {
        Self { low: price.0 as u64, high: (price.0 >> 64) as u64 }
    }
}

impl FixedSigned {
    #[inline(always)]
    pub fn get(self) -> i128 {
        ((self.high as u128) << 64 | self.low as u128) as i128
    }

    /// The number as a price.
    #[inline(always)]
    pub fn price(self) -> SignedPrice {
        SignedPrice(self.get())
    }
}

impl From<i128> for FixedSigned {
    fn from(value: i128) -> Self {
        Self { low: value as u64, high: (value >> 64) as u64 }
    }
}

impl TierRow {
    /// A bracket that is not used.
    pub const NONE: Self = Self { from: i64::MAX, initial: 0, maintenance: 0 };

    #[inline(always)]
    fn tier(&self) -> Tier {
        Tier { from: Quote(self.from), initial: Ratio(self.initial), maintenance: Ratio(self.maintenance) }
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

impl RiskBoard {
    /// The row of an asset, or `AssetNotOnBoard`.
    #[inline(always)]
    pub fn row(&self, asset: u8) -> Result<&AssetRow, PlimsollError> {
        if asset as u32 >= self.asset_count {
            return Err(PlimsollError::AssetNotOnBoard);
        }
        self.rows.get(asset as usize).ok_or(PlimsollError::AssetNotOnBoard)
    }

    /// Whether the guardian has not paused any of `groups` for the asset.
    ///
    /// # Errors
    /// [`Paused`](PlimsollError::Paused).
    #[inline(always)]
    pub fn check_open(&self, asset: u8, groups: u8, now: i64) -> Result<(), PlimsollError> {
        let row = self.row(asset)?;
        let is_paused = now < self.paused_until && self.paused_groups & groups != 0
            || now < row.paused_until && row.paused_groups & groups != 0;
        if is_paused {
            Err(PlimsollError::Paused)
        } else {
            Ok(())
        }
    }

    /// Pauses groups of one asset, or of all ([`ALL_ASSETS`]), until a unix time. What is paused
    /// there already stays so until the later of both.
    pub fn pause(&mut self, scope: u8, groups: u8, until: i64, now: i64) -> Result<(), PlimsollError> {
        let (paused_groups, paused_until) = self.paused_mut(scope)?;
        let running = if now < *paused_until { *paused_groups } else { 0 };
        *paused_groups = running | groups;
        *paused_until = until.max(*paused_until);
        Ok(())
    }

    /// Lifts what is paused in a scope.
    pub fn unpause(&mut self, scope: u8) -> Result<(), PlimsollError> {
        let (paused_groups, paused_until) = self.paused_mut(scope)?;
        (*paused_groups, *paused_until) = (0, 0);
        Ok(())
    }

    fn paused_mut(&mut self, scope: u8) -> Result<(&mut u8, &mut i64), PlimsollError> {
        if scope == ALL_ASSETS {
            return Ok((&mut self.paused_groups, &mut self.paused_until));
        }
        let row = self.row_mut(scope)?;
        Ok((&mut row.paused_groups, &mut row.paused_until))
    }

    pub fn row_mut(&mut self, asset: u8) -> Result<&mut AssetRow, PlimsollError> {
        if asset as u32 >= self.asset_count {
            return Err(PlimsollError::AssetNotOnBoard);
        }
        self.rows.get_mut(asset as usize).ok_or(PlimsollError::AssetNotOnBoard)
    }
}
