//! What the operator wants done.
use super::task::Duty;
use plimsoll_client::risk::Quote;
use serde::Deserialize;
use solana_address::Address;

/// When a duty is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Never.
    Off,
    /// When it earns the profit floor after fees; what earns nothing is then never done.
    Profit,
    /// Whatever it earns: a service to everybody.
    Service,
}

/// When each duty is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Duties {
    pub liquidate: Mode,
    /// Puts the keeper's own margin account behind what it takes over.
    pub take_debt: Mode,
    pub call_margin: Mode,
    pub start_auction: Mode,
    /// Puts the keeper's own margin account behind what it takes over.
    pub win_auction: Mode,
    pub resolve: Mode,
    pub settle_loss: Mode,
    pub deleverage: Mode,
    pub sweep: Mode,
    pub refresh: Mode,
    pub warm_up: Mode,
}

impl Default for Duties {
    fn default() -> Self {
        Self {
            liquidate: Mode::Profit,
            take_debt: Mode::Off,
            call_margin: Mode::Service,
            start_auction: Mode::Service,
            win_auction: Mode::Off,
            resolve: Mode::Service,
            settle_loss: Mode::Service,
            deleverage: Mode::Service,
            sweep: Mode::Service,
            refresh: Mode::Service,
            warm_up: Mode::Service,
        }
    }
}

impl Duties {
    /// When a duty is done.
    pub const fn mode(&self, duty: Duty) -> Mode {
        match duty {
            Duty::Liquidate => self.liquidate,
            Duty::TakeDebt => self.take_debt,
            Duty::CallMargin => self.call_margin,
            Duty::StartAuction => self.start_auction,
            Duty::WinAuction => self.win_auction,
            Duty::Resolve => self.resolve,
            Duty::SettleLoss => self.settle_loss,
            Duty::Deleverage => self.deleverage,
            Duty::Sweep => self.sweep,
            Duty::Refresh => self.refresh,
            Duty::WarmUp => self.warm_up,
        }
    }
}

/// What the operator wants done. Times are milliseconds of the caller's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub duties: Duties,
    /// The least that a task of a duty for profit must earn after fees, micro-USD.
    pub profit_min: i64,
    /// What a SOL is worth where the board does not say, micro-USD.
    pub sol_price: i64,
    /// The row of the board that says what a SOL is worth, if there is one.
    pub sol_asset: Option<u8>,
    /// Bounds of the fee offered per compute unit, micro-lamports.
    pub unit_price_min: u64,
    pub unit_price_max: u64,
    /// Age of a row's price from which it is refreshed for those who need it, seconds.
    pub refresh_age_seconds: u32,
    /// Surplus of a market's insurance that is worth a sweep, micro-USD.
    pub sweep_min: i64,
    /// The most that is repaid in one takeover of a debt, micro-USD.
    pub take_debt_max: i64,
    /// Tasks handed out or sent whose fate is not known yet.
    pub in_flight_max: usize,
    /// Tasks in one plan.
    pub tasks_max: usize,
    /// How long a task that was handed out may take until it is signed.
    pub claim_ms: u64,
    /// Wait after the first failure of a task; each further one doubles it, up to the maximum.
    pub backoff_ms: u64,
    pub backoff_ms_max: u64,
    /// After this time a new snapshot is asked for, whatever has been heard meanwhile.
    pub snapshot_ms: u64,
    /// How often every account is looked at for what only that shows: margin calls, losses to settle.
    pub survey_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            duties: Duties::default(),
            profit_min: 0,
            sol_price: 200_000_000,
            sol_asset: None,
            unit_price_min: 1_000,
            unit_price_max: 1_000_000,
            refresh_age_seconds: 60,
            sweep_min: 1_000_000,
            take_debt_max: 1_000_000_000,
            in_flight_max: 64,
            tasks_max: 32,
            claim_ms: 10_000,
            backoff_ms: 500,
            backoff_ms_max: 60_000,
            snapshot_ms: 300_000,
            survey_ms: 5_000,
        }
    }
}

impl Policy {
    pub(super) fn profit_min(&self) -> Quote {
        Quote(self.profit_min)
    }

    /// The fee offered per compute unit where `going` is paid, micro-lamports.
    pub fn unit_price(&self, going: u64) -> u64 {
        going.max(self.unit_price_min).min(self.unit_price_max)
    }
}

/// Whose keeper it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeper {
    /// Pays for transactions, and owns the margin account.
    pub wallet: Address,
    /// Receives bounties, and stands behind what is taken over.
    pub account: Address,
}
