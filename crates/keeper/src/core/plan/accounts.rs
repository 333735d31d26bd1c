//! What margin accounts need: taking stock, auction, bankruptcy, settlement of losses. What closes positions and
//! debts is beside.
//!
//! Whether something would go through, and what it would do, is asked of the program's own functions, on copies.
use super::super::accounts::Entry;
use super::super::policy::Mode;
use super::super::task::{Duty, Key};
use super::super::view::{View, assets_of, depth_floor};
use super::markets::Shortfalls;
use super::{Candidate, closing};
use plimsoll_client::instructions as ix;
use plimsoll_client::program::actions;
use plimsoll_client::program::guard::{MarginGuard, Standing};
use plimsoll_client::program::state::{MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::assess;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::risk::{Health, Quote};
use solana_address::Address;
use solana_instruction::Instruction;
use std::collections::BTreeSet;

/// Compute units of taking stock of a full account, of a bankruptcy, of the settlement of a loss.
const STOCK_UNITS: u32 = 16_000;
const RESOLVE_UNITS: u32 = 20_000;
const SETTLE_UNITS: u32 = 20_000;

/// Names what each of the margin accounts at `addresses` needs; losses are settled as far
/// as markets are `short` of what they owe those who win in them.
pub fn find(view: &View, addresses: &BTreeSet<Address>, mut short: Shortfalls, found: &mut Vec<Candidate>) {
    for address in addresses {
        let Some(entry) = view.accounts.get(address) else { continue };
        let assets: Vec<u8> = assets_of(&entry.state).collect();
        // What can't be valued can't be acted on either: the program would refuse it.
        let at_newest = assess(&entry.state, view.newest, view.now(), Action::Liquidate, SETTLEMENT_ASSET);
        let Ok(assessment) = at_newest else { continue };
        let of =
            Account { view, address: *address, entry: &entry, assets: &assets, health: assessment.health };
        if of.health.maintenance.0 < 0 {
            of.sunk(found);
        } else {
            found.extend(of.settle_loss(&mut short));
        }
        found.extend(of.take_stock());
    }
}

/// A margin account that something may be done about.
pub struct Account<'a> {
    pub view: &'a View<'a>,
    pub address: Address,
    pub entry: &'a Entry,
    /// All that it depends on.
    pub assets: &'a [u8],
    /// At the newest prices.
    pub health: Health,
}

impl Account<'_> {
    pub fn state(&self) -> &MarginState {
        &self.entry.state
    }

    /// Something that could be done about the account, after a refresh of `rows`.
    pub fn candidate(
        &self,
        key: Key,
        instruction: Instruction,
        compute_units: u32,
        rows: &[u8],
    ) -> Option<Candidate> {
        let candidate = Candidate {
            key,
            instructions: vec![instruction],
            bounty: Quote::ZERO,
            depth: 0,
            compute_units,
            subject: self.entry.fingerprint,
            full: self.view.account_fingerprint(self.entry),
        };
        candidate.after_refresh(self.view, rows)
    }

    pub fn is_on(&self, duty: Duty) -> bool {
        self.view.policy.duties.mode(duty) != Mode::Off
    }

    fn sunk(&self, found: &mut Vec<Candidate>) {
        let depth = depth_floor(&self.health);
        let at_depth = |candidate: Candidate| Candidate { depth, ..candidate };
        // The program takes no account twice: nobody earns from his own.
        if self.address != self.view.keeper.account
            && let Some(keeper) = self.view.accounts.get(&self.view.keeper.account)
        {
            found.extend(closing::liquidate(self, &keeper.state).map(at_depth));
            found.extend(closing::take_debt(self, &keeper.state).map(at_depth));
            found.extend(closing::win_auction(self, &keeper.state).map(at_depth));
        }
        found.extend(self.resolve());
        found.extend(self.start_auction());
    }

    /// Flags to raise, or to clear.
    fn take_stock(&self) -> Option<Candidate> {
        let state = self.state();
        let noted = |standing: Standing| {
            (standing.called_at, standing.sunk_at, standing.auction_at)
                != (state.called_at, state.sunk_at, state.auction_at)
        };
        let attempt = |board: &RiskBoard, now: i64| {
            let mut after = *state;
            MarginGuard::over(&mut after).take_stock(board, now).ok().filter(|standing| noted(*standing))
        };
        let (_, rows) = self.view.at_newest(self.assets, attempt)?;
        let risk_board = self.view.deployment.board_address;
        let accounts = ix::call_margin::Accounts { account: self.address, risk_board };
        let call = ix::call_margin::instruction(&accounts, &ix::call_margin::Args {}, &[]);
        self.candidate(Key::CallMargin(self.address), call, STOCK_UNITS, &rows)
    }

    fn start_auction(&self) -> Option<Candidate> {
        // Nobody takes over an account that owes more than it has.
        if self.state().auction_at != 0 || self.state().sunk_at == 0 || self.health.equity.0 < 0 {
            return None;
        }
        let attempt = |board: &RiskBoard, now: i64| {
            let mut after = *self.state();
            MarginGuard::over(&mut after).put_up(board, now).ok()
        };
        let (_, rows) = self.view.at_newest(self.assets, attempt)?;
        let risk_board = self.view.deployment.board_address;
        let accounts = ix::start_auction::Accounts { account: self.address, risk_board };
        let start = ix::start_auction::instruction(&accounts, &ix::start_auction::Args {}, &[]);
        self.candidate(Key::StartAuction(self.address), start, STOCK_UNITS, &rows)
    }

    /// The first debt that nothing stands behind any more and that somebody can bear.
    fn resolve(&self) -> Option<Candidate> {
        if self.state().perp_count > 0 || self.health.equity.0 >= 0 || !self.is_on(Duty::Resolve) {
            return None;
        }
        let view = self.view;
        for slot in self.state().tokens() {
            let Some((address, bank)) = view.bank(slot.asset) else { continue };
            let (mut state, mut board, mut bank) = (*self.state(), *view.snapshot.board, *bank);
            let Some(mut fund) = view.snapshot.insurance else { continue };
            let guard = MarginGuard::over(&mut state);
            if actions::resolve_bankruptcy(guard, &mut board, &mut bank, &mut fund, view.now()).is_err() {
                continue;
            }
            let accounts = ix::resolve_bankruptcy::Accounts {
                account: self.address,
                risk_board: view.deployment.board_address,
                bank: *address,
                fund: view.deployment.fund_address,
            };
            let resolve =
                ix::resolve_bankruptcy::instruction(&accounts, &ix::resolve_bankruptcy::Args {}, &[]);
            return self.candidate(Key::Resolve(self.address), resolve, RESOLVE_UNITS, &[]);
        }
        None
    }

    /// The loss of a position in one of the markets that can't pay their winners; it is then less short.
    fn settle_loss(&self, short: &mut Shortfalls) -> Option<Candidate> {
        let positions = self.state().perps().iter().filter(|slot| short.contains_key(&slot.asset));
        for slot in positions {
            let Some((address, market)) = self.view.market(slot.asset) else { continue };
            let attempt = |board: &RiskBoard, now: i64| {
                let (mut after, mut market) = (*self.state(), *market);
                actions::settle_loss(MarginGuard::over(&mut after), board, &mut market, now).ok()
            };
            let Some((settled, rows)) = self.view.at_newest(self.assets, attempt) else { continue };
            let missing = short.remove(&slot.asset)?.minus(settled.loss).ok()?;
            if missing > Quote::ZERO {
                short.insert(slot.asset, missing);
            }
            let accounts = ix::settle_loss::Accounts {
                account: self.address,
                risk_board: self.view.deployment.board_address,
                market: *address,
            };
            let settle = ix::settle_loss::instruction(&accounts, &ix::settle_loss::Args {}, &[]);
            return self.candidate(Key::SettleLoss(self.address), settle, SETTLE_UNITS, &rows);
        }
        None
    }
}
