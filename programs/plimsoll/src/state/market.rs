use plimsoll_risk::funding::{Funding, FundingTerms};
use plimsoll_risk::liquidation::{BountyTerms, LiquidationTerms};
use plimsoll_risk::loss::{Haircut, LossSplit, Window};
use plimsoll_risk::pool::{Band, OpenInterest, Side};
use plimsoll_risk::price::SignedPrice;
use plimsoll_risk::ramp::{on_the_way, Ramp};
use plimsoll_risk::trade::Terms;
use plimsoll_risk::volatility::VolatilityTerms;
use plimsoll_risk::{Position, Quantity, Quote, Ratio};
use solana_address::Address;

use super::{account_layout, part_layout, seconds_since, AssetRow, FixedSigned};
use crate::error::PlimsollError;

/// Length of the window in which a market may draw on the shared insurance fund.
pub const INSURANCE_WINDOW_SECONDS: u32 = 86_400;

part_layout! {
    /// The margin that governance sets for a market's positions, before volatility and open
    /// interest raise it. Ratios are in millionths of the notional.
    #[derive(Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "program", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
    pub struct MarginTerms {
        pub initial_margin: u32,
        pub maintenance_margin: u32,
        /// Part of unrealised profit that counts.
        pub initial_profit_weight: u32,
        pub maintenance_profit_weight: u32,
        /// Notional (micro-USD) from which the surcharges of the brackets apply to what lies
        /// beyond; zero if the bracket is not used.
        pub tier_1_from: i64,
        pub tier_2_from: i64,
        pub tier_1_initial: u32,
        pub tier_1_maintenance: u32,
        pub tier_2_initial: u32,
        pub tier_2_maintenance: u32,
        /// Share of the larger side's open interest from which the surcharge on initial
        /// margin applies to what lies beyond; zero if it is not used.
        pub concentration_share: u32,
        pub concentration_initial: u32,
        /// Open interest of the larger side, in native units, from which initial margin
        /// rises; it reaches 100% at the cap.
        pub open_interest_low: i64,
        /// Memory of the volatility estimate.
        pub volatility_memory_seconds: u32,
        /// Daily volatility up to which margins are not raised.
        pub volatility_calm_per_day: u32,
        /// Most that volatility multiplies margins by.
        pub volatility_multiplier_max: u32,
        /// Fastest fall of the multiplier.
        pub volatility_fall_per_day: u32,
        /// Micro-USD required of every position: what pays for its liquidation.
        pub bounty_reserve: u32,
        pub padding: u32,
    }
}

part_layout! {
    /// What governance sets for a market. Ratios are in millionths, sizes in native
    /// units of the asset.
    #[derive(Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "program", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
    pub struct MarketTerms {
        /// Skew at which the price impact would be 100%.
        pub skew_scale: i64,
        /// Cap on each side's open interest.
        pub open_interest_max: i64,
        /// Smallest position.
        pub size_min: i64,
        /// Positions of at most this notional (micro-USD) are liquidated whole.
        pub full_close_notional: i64,
        /// Of the notional traded.
        pub trading_fee: u32,
        /// Part of trading fees that goes to the market's insurance, and part that goes to the
        /// fee collector.
        pub insurance_fee_share: u32,
        pub protocol_fee_share: u32,
        /// Of the notional liquidated.
        pub liquidation_penalty: u32,
        /// Part of the penalty that goes to the keeper of an account that has just sunk.
        pub bounty_share: u32,
        /// Capital that the larger side's notional must be backed with.
        pub reserve_ratio: u32,
        /// Part of the pool's capital to be allocated to this market.
        pub capital_weight: u32,
        /// 1 while positions may only be reduced.
        pub reduce_only: u32,
        /// Insurance beyond this (micro-USD) goes to the shared fund.
        pub insurance_tranche: i64,
        /// Micro-USD that may be drawn from the shared fund in a window of a day.
        pub shared_insurance_max: i64,
        /// Most of the penalty that goes to the keeper.
        pub bounty_share_max: u32,
        /// Seconds under water after which it does.
        pub bounty_seconds: u32,
        /// Bound of the daily funding rate, and of its change per day, at full skew scale.
        pub funding_rate_max_per_day: u32,
        pub funding_velocity_max_per_day: u32,
    }
}

account_layout! {
    /// A perpetual market and the capital that stands behind it.
    pub struct Market {
        pub clearinghouse: Address,
        /// Open interest per side: size in native units and the sum of entries.
        pub long_size: i64,
        pub long_entry: i64,
        pub short_size: i64,
        pub short_entry: i64,
        /// Micro-USD allocated to the market, realised results included.
        pub capital: i64,
        /// `capital` when the pool last counted it.
        pub capital_counted: i64,
        /// Micro-USD that bears losses beyond an account's equity first.
        pub insurance: i64,
        /// Trading fees and penalties kept so far, insurance's part included.
        pub fees_collected: i64,
        /// Micro-USD that the fee collector may take.
        pub protocol_fees: i64,
        /// Losses that accounts could not pay so far, by who bore them.
        pub loss_to_insurance: i64,
        pub loss_to_capital: i64,
        /// Part of `loss_to_capital` that the shared insurance fund has not made good.
        pub loss_uncovered: i64,
        /// The running window of draws on the shared fund.
        pub window_started_at: i64,
        pub window_taken: i64,
        /// Funding rate, 2^-60 of notional per second, and its sum over seconds.
        pub funding_rate: i64,
        pub funding_fraction: FixedSigned,
        /// Until when funding has been summed, unix seconds.
        pub funding_at: i64,
        /// What deleveraging has charged each side per native unit, Q64.64 micro-USD.
        pub haircut_long: FixedSigned,
        pub haircut_short: FixedSigned,
        /// Margin that governance has set, and where it comes from while it is on its way.
        pub margin: MarginTerms,
        pub margin_before: MarginTerms,
        /// From when until when it is on its way, unix seconds; of a market that waits to warm up,
        /// since when.
        pub ramp_start: i64,
        pub ramp_end: i64,
        pub terms: MarketTerms,
        /// Row of the risk board.
        pub asset: u8,
        /// A [`WarmUp`](super::WarmUp): positions can't be opened while it waits.
        pub warm_up: u8,
        pub padding: [u8; 6],
        pub reserved: [u8; 64],
    }
}

impl MarginTerms {
    /// On the way from `self` to `to` after `progress` of it. What decides whether an account
    /// is healthy moves in a straight line, from which volatility margins rise and how far
    /// included; how long it is remembered and how fast they fall is `to`'s at once.
    fn towards(&self, to: &Self, progress: Ratio) -> Self {
        let ratio = |from: u32, to: u32| on_the_way(from as i64, to as i64, progress) as u32;
        let first = |of: fn(&Self) -> (i64, u32, u32)| Bracket::between(of(self), of(to), progress);
        let tier_1 = first(|m| (m.tier_1_from, m.tier_1_initial, m.tier_1_maintenance));
        let tier_2 = first(|m| (m.tier_2_from, m.tier_2_initial, m.tier_2_maintenance));
        let share = first(|m| (m.concentration_share as i64, m.concentration_initial, 0));
        Self {
            initial_margin: ratio(self.initial_margin, to.initial_margin),
            maintenance_margin: ratio(self.maintenance_margin, to.maintenance_margin),
            initial_profit_weight: ratio(self.initial_profit_weight, to.initial_profit_weight),
            maintenance_profit_weight: ratio(self.maintenance_profit_weight, to.maintenance_profit_weight),
            tier_1_from: tier_1.from,
            tier_1_initial: tier_1.initial,
            tier_1_maintenance: tier_1.maintenance,
            tier_2_from: tier_2.from,
            tier_2_initial: tier_2.initial,
            tier_2_maintenance: tier_2.maintenance,
            concentration_share: share.from as u32,
            concentration_initial: share.initial,
            open_interest_low: on_the_way(self.open_interest_low, to.open_interest_low, progress),
            volatility_calm_per_day: ratio(self.volatility_calm_per_day, to.volatility_calm_per_day),
            volatility_multiplier_max: ratio(self.volatility_multiplier_max, to.volatility_multiplier_max),
            bounty_reserve: ratio(self.bounty_reserve, to.bounty_reserve),
            ..*to
        }
    }
}

/// A bracket on its way. One that is not used has no beginning: its surcharge is what moves.
struct Bracket {
    from: i64,
    initial: u32,
    maintenance: u32,
}

impl Bracket {
    fn between(a: (i64, u32, u32), b: (i64, u32, u32), progress: Ratio) -> Self {
        let (a, b) = match (a.0, b.0) {
            (0, _) => ((b.0, 0, 0), b),
            (_, 0) => (a, (a.0, 0, 0)),
            _ => (a, b),
        };
        let ratio = |from: u32, to: u32| on_the_way(from as i64, to as i64, progress) as u32;
        Self { from: on_the_way(a.0, b.0, progress), initial: ratio(a.1, b.1), maintenance: ratio(a.2, b.2) }
    }
}

impl Market {
    /// The margin in force at unix time `now`.
    pub fn margin_at(&self, now: i64) -> MarginTerms {
        if now >= self.ramp_end {
            return self.margin;
        }
        let ramp = Ramp { start: self.ramp_start, end: self.ramp_end };
        self.margin_before.towards(&self.margin, ramp.progress_floor(now))
    }

    /// Sends the margin on its way from where it is at `now`.
    pub fn set_margin(&mut self, margin: &MarginTerms, now: i64, seconds: u32) {
        self.margin_before = self.margin_at(now);
        self.margin = *margin;
        self.ramp_start = now;
        self.ramp_end = now.saturating_add(seconds as i64);
    }

    #[inline(always)]
    pub fn open_interest(&self) -> OpenInterest {
        OpenInterest {
            long: Side { size: Quantity(self.long_size), entry: Quote(self.long_entry) },
            short: Side { size: Quantity(self.short_size), entry: Quote(self.short_entry) },
        }
    }

    /// The terms a trade is priced at now.
    pub fn trade_terms(&self, row: &AssetRow) -> Result<Terms, PlimsollError> {
        Ok(Terms {
            oracle: row.price.get(),
            confidence: Ratio(row.confidence),
            skew: self.open_interest().skew()?,
            skew_scale: self.terms.skew_scale,
        })
    }

    /// The terms a liquidation is planned with now; `target` in millionths.
    pub fn liquidation_terms(&self, row: &AssetRow, target: u32) -> Result<LiquidationTerms, PlimsollError> {
        Ok(LiquidationTerms {
            trade: self.trade_terms(row)?,
            marks: row.perp_marks(),
            perp: row.perp_risk(),
            penalty: Ratio(self.terms.liquidation_penalty),
            target_margin_ratio: Ratio(target),
            full_close_notional: Quote(self.terms.full_close_notional),
            size_min: self.terms.size_min,
        })
    }

    /// The terms of a bounty; its reserve is the one that the row requires now.
    pub fn bounty_terms(&self, row: &AssetRow) -> BountyTerms {
        BountyTerms {
            share: Ratio(self.terms.bounty_share),
            share_max: Ratio(self.terms.bounty_share_max),
            seconds: self.terms.bounty_seconds,
            reserve: Quote(row.bounty_reserve),
        }
    }

    /// The terms of volatility in force at unix time `now`.
    pub fn volatility_terms(&self, now: i64) -> VolatilityTerms {
        let of = |margin: &MarginTerms| VolatilityTerms {
            memory_seconds: margin.volatility_memory_seconds,
            calm_per_day: Ratio(margin.volatility_calm_per_day),
            multiplier_max: Ratio(margin.volatility_multiplier_max),
            fall_per_day: Ratio(margin.volatility_fall_per_day),
        };
        if now >= self.ramp_end {
            of(&self.margin)
        } else {
            of(&self.margin_at(now))
        }
    }

    /// Funding at unix time `now`, at the skew that has been since it was last summed. A
    /// clock that went back moves nothing.
    pub fn funding_at(&self, now: i64) -> Result<Funding, PlimsollError> {
        let funding = Funding { rate: self.funding_rate, fraction: self.funding_fraction.get() };
        let elapsed = seconds_since(self.funding_at, now);
        if elapsed == 0 || self.terms.funding_rate_max_per_day == 0 {
            return Ok(funding);
        }
        let terms = FundingTerms {
            rate_max_per_day: Ratio(self.terms.funding_rate_max_per_day),
            velocity_max_per_day: Ratio(self.terms.funding_velocity_max_per_day),
            skew_scale: self.terms.skew_scale,
        };
        Ok(funding.after(elapsed, self.open_interest().skew()?, &terms)?)
    }

    /// Sums funding up to `now`, before the skew changes.
    pub fn accrue_funding(&mut self, now: i64) -> Result<(), PlimsollError> {
        let funding = self.funding_at(now)?;
        self.funding_rate = funding.rate;
        self.funding_fraction = funding.fraction.into();
        self.funding_at = self.funding_at.max(now);
        Ok(())
    }

    /// The haircuts charged so far.
    pub fn haircuts(&self) -> Haircut {
        Haircut { long: self.haircut_long.price(), short: self.haircut_short.price() }
    }

    /// Charges a haircut to both sides.
    pub fn charge(&mut self, haircut: &Haircut) -> Result<(), PlimsollError> {
        let so_far = self.haircuts();
        self.haircut_long = so_far.long.plus(haircut.long)?.0.into();
        self.haircut_short = so_far.short.plus(haircut.short)?.0.into();
        Ok(())
    }

    /// What has been charged per native unit to a long and to a short, at a funding index.
    pub fn charged(&self, funding_index: SignedPrice) -> Result<(SignedPrice, SignedPrice), PlimsollError> {
        let haircuts = self.haircuts();
        Ok((funding_index.plus(haircuts.long)?, funding_index.minus(haircuts.short)?))
    }

    /// Draws up to `wanted` from a shared fund of `available`, within the window's limit;
    /// returns what was drawn.
    pub fn draw(&mut self, wanted: Quote, available: Quote, now: i64) -> Result<Quote, PlimsollError> {
        let window = Window { started_at: self.window_started_at, taken: Quote(self.window_taken) }
            .at(now, INSURANCE_WINDOW_SECONDS);
        let drawn = wanted.min(available).min(window.room(Quote(self.terms.shared_insurance_max))?).or_zero();
        let window = window.after(drawn)?;
        self.window_started_at = window.started_at;
        self.window_taken = window.taken.0;
        self.capital = Quote(self.capital).plus(drawn)?.0;
        self.loss_uncovered = Quote(self.loss_uncovered).minus(drawn)?.or_zero().0;
        Ok(drawn)
    }

    /// Moves a position's contribution from `before` to `after`.
    pub fn replace_position(&mut self, before: &Position, after: &Position) -> Result<(), PlimsollError> {
        self.add_position(before, -1)?;
        self.add_position(after, 1)
    }

    fn add_position(&mut self, position: &Position, sign: i64) -> Result<(), PlimsollError> {
        let (size, entry) = match position.size.0 {
            0 => return Ok(()),
            1.. => (&mut self.long_size, &mut self.long_entry),
            _ => (&mut self.short_size, &mut self.short_entry),
        };
        let magnitude = Quantity::from_magnitude(position.size.magnitude())?;
        let signed = |x: i64| x.checked_mul(sign).ok_or(PlimsollError::Overflow);
        *size = size.checked_add(signed(magnitude.0)?).ok_or(PlimsollError::Overflow)?;
        *entry = entry.checked_add(signed(position.entry.0)?).ok_or(PlimsollError::Overflow)?;
        Ok(())
    }

    /// Books a trader's realised profit (positive) against the market's capital.
    pub fn pay(&mut self, realised: Quote) -> Result<(), PlimsollError> {
        let capital = Quote(self.capital).minus(realised)?;
        if capital.0 < 0 {
            return Err(PlimsollError::MarketCapital);
        }
        self.capital = capital.0;
        Ok(())
    }

    /// Books a fee: `to_insurance` of it to the insurance, `to_protocol` to the fee collector,
    /// the rest to the capital.
    pub fn collect(
        &mut self,
        fee: Quote,
        to_insurance: Quote,
        to_protocol: Quote,
    ) -> Result<(), PlimsollError> {
        self.insurance = Quote(self.insurance).plus(to_insurance)?.0;
        self.protocol_fees = Quote(self.protocol_fees).plus(to_protocol)?.0;
        self.capital = Quote(self.capital).plus(fee)?.minus(to_insurance)?.minus(to_protocol)?.0;
        self.fees_collected = Quote(self.fees_collected).plus(fee)?.0;
        Ok(())
    }

    /// Bears the part of a realised loss that could not be collected.
    pub fn bear(&mut self, loss: &LossSplit) -> Result<(), PlimsollError> {
        self.pay(loss.from_capital)?;
        self.insurance = Quote(self.insurance).minus(loss.from_insurance)?.0;
        self.loss_to_insurance = Quote(self.loss_to_insurance).plus(loss.from_insurance)?.0;
        self.loss_to_capital = Quote(self.loss_to_capital).plus(loss.from_capital)?.0;
        self.loss_uncovered = Quote(self.loss_uncovered).plus(loss.from_capital)?.0;
        Ok(())
    }

    /// Capital that must stay behind the open interest at the row's prices.
    pub fn reserved_capital(&self, row: &AssetRow) -> Result<Quote, PlimsollError> {
        let highest = row.price.get().max(row.slow_price.get());
        let notional = highest.value_ceil(self.open_interest().larger_side())?;
        Ok(Ratio(self.terms.reserve_ratio).of_ceil(notional)?)
    }

    /// What the traders may be owed, low and high.
    pub fn owed(&self, row: &AssetRow) -> Result<Band, PlimsollError> {
        let (slow, confidence) = (row.slow_price.get(), Ratio(row.confidence));
        Ok(self.open_interest().owed_band(&row.perp_marks(), slow, confidence, self.terms.skew_scale)?)
    }
}
