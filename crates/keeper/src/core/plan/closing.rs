//! What takes positions and debts off accounts below maintenance, and earns something.
use super::super::task::{Duty, Key};
use super::super::view::{ROWS_MAX, assets_of};
use super::Candidate;
use super::accounts::Account;
use plimsoll_client::instructions as ix;
use plimsoll_client::preview::Preview;
use plimsoll_client::program::actions::{self, Closing};
use plimsoll_client::program::guard::MarginGuard;
use plimsoll_client::program::state::{MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::assess;
use plimsoll_client::refresh::{self, Purpose};
use plimsoll_client::risk::Quote;
use plimsoll_client::risk::policy::Action;

/// Compute units with full accounts and every rule on, and half as much again.
const LIQUIDATE_UNITS: u32 = 21_000;
const TAKE_DEBT_UNITS: u32 = 40_000;
const WIN_UNITS: u32 = 60_000;

/// The liquidation of the position that is first in line.
pub fn liquidate(of: &Account, keeper: &MarginState) -> Option<Candidate> {
    let view = of.view;
    let attempt = |board: &RiskBoard, now: i64| -> Option<(u8, Closing)> {
        let asset = assess(of.state(), board, now, Action::Liquidate, SETTLEMENT_ASSET).ok()?.largest;
        let (mut account, mut keeper, mut market) = (*of.state(), *keeper, view.market(asset)?.1);
        let (guard, bounty) = (MarginGuard::over(&mut account), MarginGuard::over(&mut keeper));
        Some((asset, actions::liquidate(guard, bounty, board, &mut market, now).ok()??))
    };
    let ((asset, closing), rows) = view.at_newest(of.assets, attempt)?;
    let accounts = ix::liquidate::Accounts {
        account: of.address,
        keeper_account: view.keeper.account,
        risk_board: view.deployment.board_address,
        market: view.market(asset)?.0,
    };
    let instruction = ix::liquidate::instruction(&accounts, &ix::liquidate::Args {}, &[]);
    let candidate = of.candidate(Key::Liquidate(of.address), instruction, LIQUIDATE_UNITS, &rows)?;
    Some(Candidate { bounty: closing.bounty, ..candidate })
}

/// The takeover of a debt that earns most at oracle prices.
pub fn take_debt(of: &Account, keeper: &MarginState) -> Option<Candidate> {
    if !of.is_on(Duty::TakeDebt) {
        return None;
    }
    let (view, board) = (of.view, of.view.newest);
    let mut best: Option<(Quote, u64, u8, u8)> = None;
    for debt in of.state().tokens() {
        let price = board.row(debt.asset).ok()?.price.get();
        let limit = price.quantity_floor(Quote(view.policy.take_debt_max.max(0))).ok()?.magnitude();
        for asset in of.state().tokens().iter().filter(|asset| asset.asset != debt.asset) {
            let (Some(owed_to), Some(held_in)) = (view.bank(debt.asset), view.bank(asset.asset)) else {
                continue;
            };
            let (mut owed_to, mut held_in, mut account, mut taker) =
                (owed_to.1, held_in.1, *of.state(), *keeper);
            let (guard, other) = (MarginGuard::over(&mut account), MarginGuard::over(&mut taker));
            let taken =
                actions::liquidate_debt(guard, other, board, &mut owed_to, &mut held_in, limit, view.now());
            let Ok(Some(plan)) = taken else { continue };
            let seized = board.row(asset.asset).ok()?.price.get().value_floor(plan.seized).ok()?;
            let gain = seized.minus(price.value_ceil(plan.repaid).ok()?).ok()?;
            if best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, limit, debt.asset, asset.asset));
            }
        }
    }
    let (gain, repaid_max, debt, asset) = best?;
    let rows = rows_for_taker(of, keeper, debt, asset)?;
    let accounts = ix::liquidate_debt::Accounts {
        keeper: view.keeper.wallet,
        keeper_account: view.keeper.account,
        account: of.address,
        risk_board: view.deployment.board_address,
        debt_bank: view.bank(debt)?.0,
        asset_bank: view.bank(asset)?.0,
    };
    let instruction =
        ix::liquidate_debt::instruction(&accounts, &ix::liquidate_debt::Args { repaid_max }, &[]);
    let candidate = of.candidate(Key::TakeDebt(of.address), instruction, TAKE_DEBT_UNITS, &rows)?;
    Some(Candidate { bounty: gain, ..candidate })
}

/// The whole account, where it is up for auction, for what it costs now.
pub fn win_auction(of: &Account, keeper: &MarginState) -> Option<Candidate> {
    if of.state().auction_at == 0 || !of.is_on(Duty::WinAuction) {
        return None;
    }
    let (view, state) = (of.view, of.state());
    let (mut account, mut winner, mut bank) = (*state, *keeper, view.bank(SETTLEMENT_ASSET)?.1);
    let (guard, other) = (MarginGuard::over(&mut account), MarginGuard::over(&mut winner));
    let sale = actions::win_auction(guard, other, view.newest, &mut bank, u64::MAX, view.now()).ok()?;
    let rows = rows_for_taker(of, keeper, SETTLEMENT_ASSET, SETTLEMENT_ASSET)?;
    let accounts = ix::win_auction::Accounts {
        winner: view.keeper.wallet,
        winner_account: view.keeper.account,
        account: of.address,
        risk_board: view.deployment.board_address,
        bank: view.bank(SETTLEMENT_ASSET)?.0,
    };
    let args = ix::win_auction::Args { price_max: sale.price.or_zero().magnitude() };
    let instruction = ix::win_auction::instruction(&accounts, &args, &[]);
    let candidate = of.candidate(Key::WinAuction(of.address), instruction, WIN_UNITS, &rows)?;
    Some(Candidate { bounty: sale.equity.minus(sale.price).ok()?, ..candidate })
}

/// The rows to refresh before the keeper takes something over from an account: his own margin is judged too,
/// for more risk. `None` if they are more than a transaction can bring; then they are refreshed first.
fn rows_for_taker(of: &Account, keeper: &MarginState, debt: u8, asset: u8) -> Option<Vec<u8>> {
    let view = of.view;
    let increase = |asset| Purpose::Account { account: keeper, asset, action: Action::Increase };
    let fresh =
        of.state().perps().iter().map(|slot| Purpose::Row { asset: slot.asset, action: Action::Increase });
    let mut purposes = vec![
        Purpose::Account { account: of.state(), asset: debt, action: Action::Liquidate },
        Purpose::Row { asset, action: Action::Liquidate },
        increase(debt),
        increase(asset),
    ];
    purposes.extend(fresh);
    let mut rows = refresh::needed(view.snapshot, &purposes, view.now());
    let sinks = |rows: &[u8]| {
        let preview = Preview::new(view.snapshot, view.now()).refreshing(rows).ok();
        let board = preview.as_ref().map_or(&view.snapshot.board, |preview| &preview.snapshot().board);
        let found = assess(of.state(), board, view.now(), Action::Liquidate, debt);
        found.is_ok_and(|found| found.health.maintenance.0 < 0)
    };
    if !sinks(&rows) {
        let all: Vec<u8> = of.assets.iter().copied().chain(assets_of(keeper)).collect();
        rows = view.newer_of(&all);
    }
    if rows.len() > ROWS_MAX {
        view.urgent.borrow_mut().extend(rows);
        return None;
    }
    Some(rows)
}
