//! Account layouts of version 0, as they were, and what the present version makes of them;
//! see `docs/migrations.md`.
//!
//! Parts that version 1 took over unchanged (rows of the risk board, margin terms) are used as
//! they are: a version that changes one of them must first freeze it here.

use core::mem::{offset_of, size_of};

use bytemuck::{Pod, Zeroable};
use solana_address::Address;

use crate::error::PlimsollError;
use crate::params::{ClearinghouseTerms, RoleHolders};
use crate::state::{
    AssetRow, Bank, BankTerms, Clearinghouse, FixedSigned, MarginTerms, Market, MarketTerms, RiskBoard,
    WarmUp, Weights, ASSETS_MAX, SETTLEMENT_ASSET,
};

/// The version that the conversions here lead to.
pub const VERSION: u32 = 1;

/// Smallest outflow limit that a migrated bank begins with, native units; the hard bound.
pub const OUTFLOW_MIN: u64 = 1_000_000;

/// The largest one; the hard bound.
pub const OUTFLOW_MAX: u64 = 1 << 56;

/// Part of its tokens that may leave a migrated bank at once and per day: one in so many.
const OUTFLOW_PART: u64 = 4;

macro_rules! old_layout {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Pod, Zeroable)]
        #[repr(C)]
        pub struct $name { $($body)* }
    };
}

old_layout! {
    pub struct ClearinghouseV0 {
        pub creator: Address,
        pub governance: Address,
        pub pending_governance: Address,
        pub risk_board: Address,
        pub settlement_mint: Address,
        pub reserved: [u8; 256],
    }
}

old_layout! {
    /// What stood before the rows of a risk board.
    pub struct RiskBoardHeadV0 {
        pub clearinghouse: Address,
        pub asset_count: u32,
        pub liquidation_target: u32,
        pub margin_call: u32,
        pub auction_delay_seconds: u32,
        pub auction_seconds: u32,
        pub padding: [u8; 4],
        pub reserved: [u8; 8],
    }
}

old_layout! {
    /// In its rows, everything from `paused_groups` on was reserved and zero.
    pub struct RiskBoardV0 {
        pub head: RiskBoardHeadV0,
        pub rows: [AssetRow; ASSETS_MAX],
    }
}

old_layout! {
    pub struct BankTermsV0 {
        pub deposit_cap: u64,
        pub borrow_cap: u64,
        pub debt_min: u64,
        pub weight_scale_from: u64,
        pub utilisation_max: u32,
        pub utilisation_kink: u32,
        pub rate_at_zero: u32,
        pub rate_at_kink: u32,
        pub rate_at_full: u32,
        pub reserve_share: u32,
        pub liquidation_bonus: u32,
        pub padding: u32,
    }
}

old_layout! {
    pub struct BankV0 {
        pub clearinghouse: Address,
        pub mint: Address,
        pub vault: Address,
        pub tokens: u64,
        pub deposit_shares: u64,
        pub borrow_shares: u64,
        pub supply_index: u64,
        pub borrow_index: u64,
        pub reserve: u64,
        pub accrued_at: i64,
        pub in_flight: u64,
        pub losses: u64,
        pub initial_asset_weight: u32,
        pub maintenance_asset_weight: u32,
        pub initial_asset_weight_before: u32,
        pub maintenance_asset_weight_before: u32,
        pub ramp_start: i64,
        pub ramp_end: i64,
        pub terms: BankTermsV0,
        pub asset: u8,
        pub padding: [u8; 7],
        pub reserved: [u8; 64],
    }
}

old_layout! {
    pub struct MarketTermsV0 {
        pub skew_scale: i64,
        pub open_interest_max: i64,
        pub size_min: i64,
        pub full_close_notional: i64,
        pub trading_fee: u32,
        pub insurance_fee_share: u32,
        pub liquidation_penalty: u32,
        pub bounty_share: u32,
        pub reserve_ratio: u32,
        pub capital_weight: u32,
        pub insurance_tranche: i64,
        pub shared_insurance_max: i64,
        pub bounty_share_max: u32,
        pub bounty_seconds: u32,
        pub funding_rate_max_per_day: u32,
        pub funding_velocity_max_per_day: u32,
    }
}

old_layout! {
    pub struct MarketV0 {
        pub clearinghouse: Address,
        pub long_size: i64,
        pub long_entry: i64,
        pub short_size: i64,
        pub short_entry: i64,
        pub capital: i64,
        pub capital_counted: i64,
        pub insurance: i64,
        pub fees_collected: i64,
        pub loss_to_insurance: i64,
        pub loss_to_capital: i64,
        pub loss_uncovered: i64,
        pub window_started_at: i64,
        pub window_taken: i64,
        pub funding_rate: i64,
        pub funding_fraction: FixedSigned,
        pub funding_at: i64,
        pub haircut_long: FixedSigned,
        pub haircut_short: FixedSigned,
        pub margin: MarginTerms,
        pub margin_before: MarginTerms,
        pub ramp_start: i64,
        pub ramp_end: i64,
        pub terms: MarketTermsV0,
        pub asset: u8,
        pub padding: [u8; 7],
        pub reserved: [u8; 64],
    }
}

const _: () = {
    assert!(size_of::<ClearinghouseV0>() == 416 && size_of::<Clearinghouse>() == 608);
    assert!(size_of::<RiskBoardV0>() == 9_744 && size_of::<RiskBoard>() == 9_768);
    assert!(size_of::<BankV0>() == 336 && size_of::<Bank>() == 400);
    assert!(size_of::<MarketV0>() == 552 && size_of::<Market>() == 568);
    assert!(size_of::<AssetRow>() == 440 && offset_of!(AssetRow, paused_groups) == 422);
    assert!(size_of::<MarginTerms>() == 88);
    // The head of a board only got longer: what was in it stays where it is.
    assert!(offset_of!(RiskBoard, paused_groups) == offset_of!(RiskBoardHeadV0, padding));
};

impl RiskBoardHeadV0 {
    /// Whether `terms` leave everything as it is that was on the board already.
    pub fn keeps(&self, terms: &ClearinghouseTerms) -> bool {
        self.liquidation_target == terms.liquidation_target
            && self.margin_call == terms.margin_call
            && self.auction_delay_seconds == terms.auction_delay_seconds
            && self.auction_seconds == terms.auction_seconds
    }
}

impl ClearinghouseV0 {
    /// The clearinghouse with the other roles given out. A nomination for governance that has
    /// not been accepted is dropped: nobody could see it coming for as long as one must now.
    #[inline(never)]
    pub fn converted(
        &self,
        outflow_window: Address,
        roles: &RoleHolders,
        terms: &ClearinghouseTerms,
    ) -> Clearinghouse {
        let mut after = Clearinghouse::zeroed();
        after.creator = self.creator;
        after.risk_board = self.risk_board;
        after.settlement_mint = self.settlement_mint;
        after.outflow_window = outflow_window;
        after.appoint(roles);
        after.change_delay_seconds = terms.change_delay_seconds;
        after.oracle_delay_seconds = terms.oracle_delay_seconds;
        after.layout_version = VERSION;
        after
    }
}

/// Converts a risk board in place. `body` is what follows the discriminator: a board of version
/// 0, and room behind it up to the present length.
///
/// A clearinghouse with a settlement bank takes money, so it counts as launched; one without
/// can't hold any. `outflow_max` is in micro-USD. Nothing is paused. When prices began to come in
/// without a gap was not recorded: every row's history begins with the next price.
///
/// # Errors
/// [`UnknownLayout`](PlimsollError::UnknownLayout) if `body` has another length.
#[inline(never)]
pub fn convert_board(body: &mut [u8], outflow_max: u64) -> Result<(), PlimsollError> {
    const HEAD: usize = offset_of!(RiskBoard, paused_groups);
    const ROWS: usize = offset_of!(RiskBoard, rows);
    if body.len() != size_of::<RiskBoard>() {
        return Err(PlimsollError::UnknownLayout);
    }
    body.copy_within(offset_of!(RiskBoardV0, rows)..size_of::<RiskBoardV0>(), ROWS);
    body[HEAD..ROWS].fill(0);
    let board: &mut RiskBoard =
        bytemuck::try_from_bytes_mut(body).map_err(|_| PlimsollError::UnknownLayout)?;
    board.is_launched = board.rows[SETTLEMENT_ASSET as usize].is_collateral;
    board.outflow_max = outflow_max;
    Ok(())
}

impl BankV0 {
    /// The bank as it counts now. How a debt weighs stood in its row of the board, and only
    /// there. As long as governance has not decided on an outflow limit, a quarter of the bank's
    /// tokens (rounded down, within the hard bounds) may leave at once and again per day.
    #[inline(never)]
    pub fn converted(&self, row: &AssetRow) -> Bank {
        let weights = |initial_asset: u32, maintenance_asset: u32| Weights {
            initial_asset,
            maintenance_asset,
            initial_debt: row.initial_debt_weight,
            maintenance_debt: row.maintenance_debt_weight,
        };
        let mut after = Bank::zeroed();
        after.clearinghouse = self.clearinghouse;
        after.mint = self.mint;
        after.vault = self.vault;
        after.tokens = self.tokens;
        after.deposit_shares = self.deposit_shares;
        after.borrow_shares = self.borrow_shares;
        after.supply_index = self.supply_index;
        after.borrow_index = self.borrow_index;
        after.reserve = self.reserve;
        after.accrued_at = self.accrued_at;
        after.in_flight = self.in_flight;
        after.losses = self.losses;
        after.weights = weights(self.initial_asset_weight, self.maintenance_asset_weight);
        after.weights_before =
            weights(self.initial_asset_weight_before, self.maintenance_asset_weight_before);
        after.ramp_start = self.ramp_start;
        after.ramp_end = self.ramp_end;
        after.terms = self.terms.converted((self.tokens / OUTFLOW_PART).clamp(OUTFLOW_MIN, OUTFLOW_MAX));
        after.asset = self.asset;
        after.warm_up = WarmUp::Done as u8;
        after
    }
}

impl BankTermsV0 {
    fn converted(&self, outflow_max: u64) -> BankTerms {
        BankTerms {
            deposit_cap: self.deposit_cap,
            borrow_cap: self.borrow_cap,
            debt_min: self.debt_min,
            weight_scale_from: self.weight_scale_from,
            outflow_max,
            utilisation_max: self.utilisation_max,
            utilisation_kink: self.utilisation_kink,
            rate_at_zero: self.rate_at_zero,
            rate_at_kink: self.rate_at_kink,
            rate_at_full: self.rate_at_full,
            reserve_share: self.reserve_share,
            liquidation_bonus: self.liquidation_bonus,
            padding: 0,
        }
    }
}

impl MarketV0 {
    /// The market as it was: nothing for the fee collector, open for new positions.
    #[inline(never)]
    pub fn converted(&self) -> Market {
        let mut after = Market::zeroed();
        after.clearinghouse = self.clearinghouse;
        after.long_size = self.long_size;
        after.long_entry = self.long_entry;
        after.short_size = self.short_size;
        after.short_entry = self.short_entry;
        after.capital = self.capital;
        after.capital_counted = self.capital_counted;
        after.insurance = self.insurance;
        after.fees_collected = self.fees_collected;
        after.protocol_fees = 0;
        after.loss_to_insurance = self.loss_to_insurance;
        after.loss_to_capital = self.loss_to_capital;
        after.loss_uncovered = self.loss_uncovered;
        after.window_started_at = self.window_started_at;
        after.window_taken = self.window_taken;
        after.funding_rate = self.funding_rate;
        after.funding_fraction = self.funding_fraction;
        after.funding_at = self.funding_at;
        after.haircut_long = self.haircut_long;
        after.haircut_short = self.haircut_short;
        after.margin = self.margin;
        after.margin_before = self.margin_before;
        after.ramp_start = self.ramp_start;
        after.ramp_end = self.ramp_end;
        after.terms = self.terms.converted();
        after.asset = self.asset;
        after.warm_up = WarmUp::Done as u8;
        after
    }
}

impl MarketTermsV0 {
    fn converted(&self) -> MarketTerms {
        MarketTerms {
            skew_scale: self.skew_scale,
            open_interest_max: self.open_interest_max,
            size_min: self.size_min,
            full_close_notional: self.full_close_notional,
            trading_fee: self.trading_fee,
            insurance_fee_share: self.insurance_fee_share,
            protocol_fee_share: 0,
            liquidation_penalty: self.liquidation_penalty,
            bounty_share: self.bounty_share,
            reserve_ratio: self.reserve_ratio,
            capital_weight: self.capital_weight,
            reduce_only: 0,
            insurance_tranche: self.insurance_tranche,
            shared_insurance_max: self.shared_insurance_max,
            bounty_share_max: self.bounty_share_max,
            bounty_seconds: self.bounty_seconds,
            funding_rate_max_per_day: self.funding_rate_max_per_day,
            funding_velocity_max_per_day: self.funding_velocity_max_per_day,
        }
    }
}
