use plimsoll_risk::liquidation::{LiquidationTerms, LossSplit};
use plimsoll_risk::pool::{Band, OpenInterest, Side};
use plimsoll_risk::trade::Terms;
use plimsoll_risk::{Position, Quantity, Quote, Ratio};
use solana_address::Address;

use super::{account_layout, part_layout, AssetRow};
use crate::error::PlimsollError;

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
        /// Part of trading fees that goes to the market's insurance.
        pub insurance_fee_share: u32,
        /// Of the notional liquidated.
        pub liquidation_penalty: u32,
        /// Part of the penalty that goes to the keeper.
        pub bounty_share: u32,
        /// Capital that the larger side's notional must be backed with.
        pub reserve_ratio: u32,
        /// Part of the pool's capital to be allocated to this market.
        pub capital_weight: u32,
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
        /// Losses that accounts could not pay so far, by who bore them.
        pub loss_to_insurance: i64,
        pub loss_to_capital: i64,
        pub terms: MarketTerms,
        /// Row of the risk board.
        pub asset: u8,
        pub padding: [u8; 7],
        pub reserved: [u8; 136],
    }
}

impl Market {
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
            perp: row.perp_risk(),
            penalty: Ratio(self.terms.liquidation_penalty),
            target_margin_ratio: Ratio(target),
            full_close_notional: Quote(self.terms.full_close_notional),
            size_min: self.terms.size_min,
        })
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

    /// Books a fee: `to_insurance` of it to the insurance, the rest to the capital.
    pub fn collect(&mut self, fee: Quote, to_insurance: Quote) -> Result<(), PlimsollError> {
        self.insurance = Quote(self.insurance).plus(to_insurance)?.0;
        self.capital = Quote(self.capital).plus(fee)?.minus(to_insurance)?.0;
        self.fees_collected = Quote(self.fees_collected).plus(fee)?.0;
        Ok(())
    }

    /// Bears the part of a realised loss that could not be collected.
    pub fn bear(&mut self, loss: &LossSplit) -> Result<(), PlimsollError> {
        self.pay(loss.from_capital)?;
        self.insurance = Quote(self.insurance).minus(loss.from_insurance)?.0;
        self.loss_to_insurance = Quote(self.loss_to_insurance).plus(loss.from_insurance)?.0;
        self.loss_to_capital = Quote(self.loss_to_capital).plus(loss.from_capital)?.0;
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
        Ok(self.open_interest().owed_band(&row.prices(), Ratio(row.confidence), self.terms.skew_scale)?)
    }
}
