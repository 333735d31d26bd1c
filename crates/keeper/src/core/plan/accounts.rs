//! What margin accounts need: liquidation, taking stock, auction, bankruptcy, settlement of losses.
use super::super::accounts::Entry;
use super::super::task::Key;
use super::super::view::{Result, View, depth_floor};
use super::{Candidate, debts, liquidation, markets};
use plimsoll_client::instructions as ix;
use plimsoll_client::program::bounds::DUST;
use plimsoll_client::program::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::Assessment;
use plimsoll_client::risk::liquidation::is_called;
use plimsoll_client::risk::{Quantity, Quote, Ratio};
use solana_address::Address;
use solana_instruction::Instruction;
use std::collections::BTreeSet;

/// Compute units of taking stock of a full account, of an auction's start, of a bankruptcy.
const STOCK_UNITS: u32 = 16_000;
const RESOLVE_UNITS: u32 = 20_000;
const SETTLE_UNITS: u32 = 20_000;
/// Losses settled in one plan.
const SETTLED_MAX: usize = 8;

/// Names what each of the margin accounts at `addresses` needs.
pub fn find(view: &View, addresses: &BTreeSet<Address>, found: &mut Vec<Candidate>) {
    let short = markets::short_of_cash(view.deployment);
    let mut settled = 0;
    for address in addresses {
        let Some(entry) = view.accounts.get(address) else { continue };
        // What can't be valued can't be acted on either: the program would refuse it.
        let Ok(standing) = view.standing(&entry.state) else { continue };
        let subject = Account { view, address: *address, entry: &entry, standing: &standing };
        if standing.health.maintenance.0 < 0 {
            subject.sunk(found);
        } else if settled < SETTLED_MAX
            && let Some(settle) = subject.settle_loss(&short)
        {
            settled += 1;
            found.push(settle);
        }
        found.extend(subject.take_stock());
    }
}

/// A margin account and what it is worth.
pub struct Account<'a> {
    pub view: &'a View<'a>,
    pub address: Address,
    pub entry: &'a Entry,
    pub standing: &'a Assessment,
}

impl Account<'_> {
    pub fn state(&self) -> &MarginState {
        &self.entry.state
    }

    /// Something that could be done about the account.
    pub fn candidate(&self, key: Key, instruction: Instruction, compute_units: u32) -> Candidate {
        Candidate {
            key,
            instructions: vec![instruction],
            bounty: Quote::ZERO,
            depth: 0,
            compute_units,
            subject: self.entry.fingerprint,
            full: self.view.account_fingerprint(self.entry),
        }
    }

    fn sunk(&self, found: &mut Vec<Candidate>) {
        let depth = depth_floor(&self.standing.health);
        let at_depth = |candidate: Candidate| Candidate { depth, ..candidate };
        // The program refuses an account that would pay a bounty to itself.
        if self.address != self.view.keeper.account {
            found.extend(liquidation::candidate(self).ok().flatten().map(at_depth));
            found.extend(debts::candidate(self).ok().flatten().map(at_depth));
        }
        found.extend(self.resolve().ok().flatten());
        found.extend(self.start_auction());
    }

    /// Flags to raise, or to clear.
    fn take_stock(&self) -> Option<Candidate> {
        let (state, health) = (self.state(), &self.standing.health);
        let is_called = is_called(health, Ratio(self.view.board.margin_call)).ok()?;
        let is_sunk = health.maintenance.0 < 0;
        let is_due = is_called != (state.called_at != 0) && (is_called || !is_sunk)
            || is_sunk != (state.sunk_at != 0)
            || !is_sunk && state.auction_at != 0;
        if !is_due || !self.standing.is_certain {
            return None;
        }
        let accounts = ix::call_margin::Accounts {
            account: self.address,
            risk_board: self.view.deployment.board_address,
        };
        let call = ix::call_margin::instruction(&accounts, &ix::call_margin::Args {}, &[]);
        Some(self.candidate(Key::CallMargin(self.address), call, STOCK_UNITS))
    }

    fn start_auction(&self) -> Option<Candidate> {
        let (state, board) = (self.state(), self.view.board);
        let due_at = state.sunk_at.saturating_add(board.auction_delay_seconds as i64);
        let is_due = state.sunk_at != 0 && state.auction_at == 0 && self.view.now >= due_at;
        if !is_due || !self.standing.is_certain || self.standing.health.equity.0 < 0 {
            return None;
        }
        let accounts = ix::start_auction::Accounts {
            account: self.address,
            risk_board: self.view.deployment.board_address,
        };
        let start = ix::start_auction::instruction(&accounts, &ix::start_auction::Args {}, &[]);
        Some(self.candidate(Key::StartAuction(self.address), start, STOCK_UNITS))
    }

    /// The first debt that nothing stands behind any more.
    fn resolve(&self) -> Result<Option<Candidate>> {
        let state = self.state();
        if state.perp_count > 0 || !self.has_nothing()? {
            return Ok(None);
        }
        for slot in state.tokens() {
            let Some((bank, _)) = self.view.bank(slot.asset) else { continue };
            if self.native_units(slot.asset)?.0 >= 0 {
                continue;
            }
            let deployment = self.view.deployment;
            let accounts = ix::resolve_bankruptcy::Accounts {
                account: self.address,
                risk_board: deployment.board_address,
                bank: *bank,
                fund: deployment.fund_address,
            };
            let resolve =
                ix::resolve_bankruptcy::instruction(&accounts, &ix::resolve_bankruptcy::Args {}, &[]);
            return Ok(Some(self.candidate(Key::Resolve(self.address), resolve, RESOLVE_UNITS)));
        }
        Ok(None)
    }

    /// Whether more is owed than owned, and what is owned is too little for anybody to take.
    fn has_nothing(&self) -> Result<bool> {
        let (mut owned, mut equity) = (Quote::ZERO, Quote::ZERO);
        for slot in self.state().tokens() {
            let shares = Quantity(slot.shares);
            let cash = if slot.asset == SETTLEMENT_ASSET { Quote(self.state().cash) } else { Quote::ZERO };
            let worth =
                self.view.board.row(slot.asset)?.token_mark(shares)?.value_floor(shares)?.plus(cash)?;
            owned = owned.plus(worth.or_zero())?;
            equity = equity.plus(worth)?;
        }
        Ok(equity.0 < 0 && owned.0 < DUST)
    }

    /// Native units of a token, cash included; negative if owed.
    pub fn native_units(&self, asset: u8) -> Result<Quantity> {
        let state = self.state();
        let cash = if asset == SETTLEMENT_ASSET { state.cash } else { 0 };
        Ok(self.view.board.row(asset)?.native_units(state.shares(asset))?.plus(Quantity(cash))?)
    }

    /// The loss of a position in one of the markets that can't pay their winners.
    fn settle_loss(&self, short: &[u8]) -> Option<Candidate> {
        let lost = self.state().perps().iter().find(|slot| {
            let Ok(row) = self.view.board.row(slot.asset) else { return false };
            let position = slot.position();
            let value = row.perp_marks().of(position.size).value_floor(position.size);
            short.contains(&slot.asset)
                && self.view.may_liquidate(row)
                && value.and_then(|value| value.minus(position.entry)).is_ok_and(|profit| profit.0 < 0)
        })?;
        let accounts = ix::settle_loss::Accounts {
            account: self.address,
            risk_board: self.view.deployment.board_address,
            market: self.view.market(lost.asset)?.0,
        };
        let settle = ix::settle_loss::instruction(&accounts, &ix::settle_loss::Args {}, &[]);
        Some(self.candidate(Key::SettleLoss(self.address), settle, SETTLE_UNITS))
    }
}
