use solana_address::Address;

use super::{account_layout, part_layout, RiskBoard};
use crate::bounds::{PAUSES_PER_WEEK, PAUSE_REST_SECONDS, PAUSE_SECONDS_MAX, WEEK_SECONDS};
use crate::error::PlimsollError;
use crate::params::{ClearinghouseTerms, RoleHolders};

/// Who may do what; its number is its place in [`Clearinghouse::roles`]. Append-only.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Proposes changes and may cancel them.
    Governance = 0,
    /// Tightens at once.
    Steward = 1,
    /// Pauses for a while, and cancels changes.
    Guardian = 2,
    /// Takes the protocol's part of the fees.
    FeeCollector = 3,
}

/// Roles of a clearinghouse.
pub const ROLES: usize = 4;

impl TryFrom<u8> for Role {
    type Error = PlimsollError;

    fn try_from(byte: u8) -> Result<Self, PlimsollError> {
        match byte {
            0 => Ok(Self::Governance),
            1 => Ok(Self::Steward),
            2 => Ok(Self::Guardian),
            3 => Ok(Self::FeeCollector),
            _ => Err(PlimsollError::UnknownRole),
        }
    }
}

part_layout! {
    /// Who holds a role, and who may accept it.
    #[derive(Debug, PartialEq, Eq)]
    pub struct RoleState {
        /// Zero if nobody does, and nobody ever will but by a change that governance proposes.
        pub holder: Address,
        /// Zero if nobody is nominated.
        pub nominee: Address,
        /// Until when the nominee may accept, unix seconds.
        pub accept_until: i64,
    }
}

part_layout! {
    /// What the guardian has paused lately. Unix seconds.
    #[derive(Debug, PartialEq, Eq)]
    pub struct PauseRecord {
        /// Who paused; whoever holds the role later can't lift it.
        pub by: Address,
        /// When the first pause began of those that touch each other.
        pub first_at: i64,
        /// When the last of them ends.
        pub ends_at: i64,
        /// When the last pauses began, the oldest first.
        pub began_at: [i64; PAUSES_PER_WEEK],
    }
}

account_layout! {
    /// One deployment: its roles and the accounts that exist once in it.
    pub struct Clearinghouse {
        /// Who created it; part of its address, without any right afterwards.
        pub creator: Address,
        pub risk_board: Address,
        pub settlement_mint: Address,
        pub outflow_window: Address,
        /// By number of [`Role`].
        pub roles: [RoleState; ROLES],
        pub pauses: PauseRecord,
        /// Changes proposed so far; the next one's number.
        pub change_count: u32,
        /// Seconds between the proposal of a change and its execution.
        pub change_delay_seconds: u32,
        /// The same for assets, their oracles, new collateral and the guardian.
        pub oracle_delay_seconds: u32,
        /// Version of the account layouts of this deployment.
        pub layout_version: u32,
        pub reserved: [u8; 96],
    }
}

impl Clearinghouse {
    /// Gives the roles out; only at creation.
    pub fn appoint(&mut self, holders: &RoleHolders) {
        let holders = [holders.governance, holders.steward, holders.guardian, holders.fee_collector];
        for (role, holder) in self.roles.iter_mut().zip(holders) {
            role.holder = holder;
        }
    }

    #[inline(always)]
    pub fn role(&self, role: Role) -> &RoleState {
        &self.roles[role as usize]
    }

    #[inline(always)]
    pub fn role_mut(&mut self, role: Role) -> &mut RoleState {
        &mut self.roles[role as usize]
    }

    /// Whether `key` holds the role. Nobody holds a burned one.
    pub fn is(&self, role: Role, key: &Address) -> bool {
        self.role(role).holder == *key && *key != Address::default()
    }

    /// The terms that hold for the whole clearinghouse, as far as they are kept here and on
    /// the board.
    pub fn terms(&self, board: &RiskBoard) -> ClearinghouseTerms {
        ClearinghouseTerms {
            liquidation_target: board.liquidation_target,
            margin_call: board.margin_call,
            auction_delay_seconds: board.auction_delay_seconds,
            auction_seconds: board.auction_seconds,
            change_delay_seconds: self.change_delay_seconds,
            oracle_delay_seconds: self.oracle_delay_seconds,
            outflow_max: board.outflow_max as i64,
        }
    }

    pub fn set_terms(&mut self, board: &mut RiskBoard, terms: &ClearinghouseTerms) {
        board.liquidation_target = terms.liquidation_target;
        board.margin_call = terms.margin_call;
        board.auction_delay_seconds = terms.auction_delay_seconds;
        board.auction_seconds = terms.auction_seconds;
        board.outflow_max = terms.outflow_max as u64;
        self.change_delay_seconds = terms.change_delay_seconds;
        self.oracle_delay_seconds = terms.oracle_delay_seconds;
    }
}

impl PauseRecord {
    /// Notes a pause of `seconds` that `by` begins at unix time `now`; returns when it ends.
    ///
    /// Pauses that begin while another runs end at most [`PAUSE_SECONDS_MAX`] after the first
    /// of them began; the next one after that must wait for [`PAUSE_REST_SECONDS`].
    pub fn begin(&mut self, by: Address, now: i64, seconds: i64) -> Result<i64, PlimsollError> {
        if !(1..=PAUSE_SECONDS_MAX).contains(&seconds) {
            return Err(PlimsollError::ParameterOutOfBounds);
        }
        let is_running = now < self.ends_at;
        if !is_running {
            if self.ends_at != 0 && now < self.ends_at.saturating_add(PAUSE_REST_SECONDS) {
                return Err(PlimsollError::PauseTooSoon);
            }
            (self.by, self.first_at) = (by, now);
        }
        if self.by != by {
            return Err(PlimsollError::PauseTooSoon);
        }
        let oldest = self.began_at[0];
        if oldest != 0 && now < oldest.saturating_add(WEEK_SECONDS) {
            return Err(PlimsollError::PauseLimit);
        }
        self.began_at.rotate_left(1);
        self.began_at[PAUSES_PER_WEEK - 1] = now;
        let until = now.saturating_add(seconds).min(self.first_at.saturating_add(PAUSE_SECONDS_MAX));
        self.ends_at = self.ends_at.max(until);
        Ok(until)
    }
}
