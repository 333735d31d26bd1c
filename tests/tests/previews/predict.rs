//! What a preview expects of a step of a random run.

use plimsoll::error::PlimsollError;
use plimsoll::state::MarginState;
use plimsoll_client::Event;
use plimsoll_client::preview::{Outcome, Preview, Result, Standing};
use plimsoll_risk::{Price, Quantity};
use plimsoll_tests::soak::stage::Stage;
use plimsoll_tests::soak::step::Step;
use solana_address::Address;

/// Where the supply of a mint is.
const SUPPLY: std::ops::Range<usize> = 36..44;

/// What a step should leave, and say in its events.
pub struct Expected {
    pub after: Preview,
    pub accounts: Vec<(Address, MarginState)>,
    pub figures: Vec<i64>,
}

/// What an action should leave: the margin accounts that it concerns, and what [`figures`] takes from its event.
fn expected<T, const N: usize, const F: usize>(
    outcome: Result<Outcome<T>>,
    accounts: impl FnOnce(&T) -> [(Address, &Standing); N],
    figures: impl FnOnce(&T) -> Option<[i64; F]>,
) -> Result<Expected> {
    outcome.map(|outcome| Expected {
        accounts: accounts(&outcome.done).map(|(at, standing)| (at, standing.state)).to_vec(),
        figures: figures(&outcome.done).map(Vec::from).unwrap_or_default(),
        after: outcome.after,
    })
}

/// What should come of a step, if it is one that there are previews of.
pub fn predict(stage: &Stage, preview: &Preview, step: &Step) -> Option<Result<Expected>> {
    owners(stage, preview, step)
        .or_else(|| keepers(stage, preview, step))
        .or_else(|| rescues(stage, preview, step))
        .or_else(|| pools(stage, preview, step))
}

/// An account and where it is.
fn account(stage: &Stage, who: u8, sub: u16) -> Option<(Address, MarginState)> {
    let state = stage.account(who, sub)?;
    Some((stage.world.account_address(stage.wallet(who), sub), state))
}

fn owners(stage: &Stage, preview: &Preview, step: &Step) -> Option<Result<Expected>> {
    Some(match *step {
        Step::Deposit { who, sub, asset, amount } => {
            let (at, state) = account(stage, who, sub)?;
            let outcome = preview.deposit(&state, asset, amount);
            expected(outcome, |d| [(at, &d.account.after)], |d| Some([d.shares.0]))
        }
        Step::Withdraw { who, sub, asset, amount } => {
            let (at, state) = account(stage, who, sub)?;
            let outcome = preview.withdraw(&state, asset, amount);
            expected(outcome, |d| [(at, &d.account.after)], |d| Some([d.shares.0]))
        }
        Step::Transfer { who, from, to, asset, amount } => {
            let ((from, a), (to, b)) = (account(stage, who, from)?, account(stage, who, to)?);
            let outcome = preview.transfer(&a, &b, asset, amount);
            let shares = |s: &plimsoll::actions::Moved| [s.from_shares.0, s.to_shares.0];
            expected(outcome, |d| [(from, &d.from.after), (to, &d.to.after)], |d| Some(shares(&d.shares)))
        }
        Step::Trade { by, who, sub, asset, size, limit } => {
            let (at, state) = account(stage, who, sub)?;
            let by = stage.wallet(by).address();
            if by != state.owner && by != state.delegate {
                return None;
            }
            let outcome = preview.trade(&state, asset, Quantity(size), Price(limit));
            expected(
                outcome,
                |d| [(at, &d.account.after)],
                |d| Some([d.fill.cost.0, d.fill.realised.0, d.fill.fee.0, d.fill.cash.0]),
            )
        }
        _ => return None,
    })
}

fn keepers(stage: &Stage, preview: &Preview, step: &Step) -> Option<Result<Expected>> {
    Some(match *step {
        Step::Liquidate { who, sub, asset, keeper } => {
            let ((at, state), (paid, bounty)) = (account(stage, who, sub)?, account(stage, keeper, 0)?);
            expected(
                preview.liquidate(&state, &bounty, asset),
                |d| [(at, &d.account.after), (paid, &d.keeper.after)],
                |d| d.closing.map(|c| [c.plan.cost.0, c.plan.penalty.0, c.bounty.0, c.maintenance_after.0]),
            )
        }
        Step::LiquidateDebt { who, sub, debt, asset, most, keeper } => {
            let ((at, state), (taker, other)) = (account(stage, who, sub)?, account(stage, keeper, 0)?);
            expected(
                preview.liquidate_debt(&state, &other, (debt, asset), most),
                |d| [(at, &d.account.after), (taker, &d.keeper.after)],
                |d| d.plan.map(|plan| [plan.repaid.0, plan.seized.0]),
            )
        }
        Step::Receivership { who, sub, debt, asset, most, order, .. } if order < 2 => {
            let (at, state) = account(stage, who, sub)?;
            receivership(preview, (at, &state), (debt, asset), most, order == 1)
        }
        Step::CallMargin { who, sub } => {
            let (at, state) = account(stage, who, sub)?;
            let stock =
                |s: &plimsoll::guard::Standing| [s.health.equity.0, s.health.maintenance.0, s.sunk_at];
            expected(preview.call_margin(&state), |d| [(at, &d.account.after)], |d| Some(stock(&d.stock)))
        }
        Step::StartAuction { who, sub } => {
            let (at, state) = account(stage, who, sub)?;
            let stock =
                |s: &plimsoll::guard::Standing| [s.health.equity.0, s.health.maintenance.0, s.sunk_at];
            expected(preview.start_auction(&state), |d| [(at, &d.account.after)], |d| Some(stock(&d.stock)))
        }
        Step::WinAuction { who, sub, winner, into, most } => {
            let ((at, state), (won, other)) = (account(stage, who, sub)?, account(stage, winner, into)?);
            expected(
                preview.win_auction(&state, &other, most),
                |d| [(at, &d.account.after), (won, &d.winner.after)],
                |d| Some([d.sale.equity.0, d.sale.price.0, d.sale.maintenance_before.0]),
            )
        }
        _ => return None,
    })
}

/// Start and end in one transaction, with refreshes before and in between or without.
fn receivership(
    preview: &Preview,
    (at, state): (Address, &MarginState),
    (debt, asset): (u8, u8),
    most: u64,
    refreshes: bool,
) -> Result<Expected> {
    let rows: &[u8] = if refreshes { &[debt, asset] } else { &[] };
    let before = preview.clone().refreshing(rows)?;
    let started = before.start_receivership(state, (debt, asset), most)?;
    let between = started.after.refreshing(rows)?;
    let plan = started.done.plan;

    let mut figures = refusals(&before, preview);
    figures.extend([plan.repaid.0, plan.seized.0]);
    figures.extend(refusals(&between, &before));
    figures.push(plan.repaid.0);

    // The end brings the tokens that are in flight.
    let mut snapshot = between.snapshot().clone();
    let (_, bank) = snapshot.assets[usize::from(debt)].bank.as_mut().ok_or(PlimsollError::TargetMissing)?;
    let amount = core::mem::take(&mut bank.in_flight);
    bank.take_in(amount)?;
    let after = Preview::new(&snapshot, between.now());
    Ok(Expected { after, accounts: vec![(at, started.done.account.after.state)], figures })
}

/// Rows that refused their price since `before`, and the codes of the reasons.
fn refusals(after: &Preview, before: &Preview) -> Vec<i64> {
    let new = after.refused().iter().skip(before.refused().len());
    new.flat_map(|(row, why)| [i64::from(*row), *why as i64]).collect()
}

fn rescues(stage: &Stage, preview: &Preview, step: &Step) -> Option<Result<Expected>> {
    Some(match *step {
        Step::SettleLoss { who, sub, asset } => {
            let (at, state) = account(stage, who, sub)?;
            let outcome = preview.settle_loss(&state, asset);
            expected(outcome, |d| [(at, &d.account.after)], |d| Some([d.settled.loss.0, d.settled.cash.0]))
        }
        Step::BankCash { who, sub } => {
            let (at, state) = account(stage, who, sub)?;
            expected(preview.bank_cash(&state), |d| [(at, &d.account.after)], |d| Some([d.moved.0]))
        }
        Step::Resolve { who, sub, debt } => {
            let (at, state) = account(stage, who, sub)?;
            let outcome = preview.resolve_bankruptcy(&state, debt);
            let lost = |f: &plimsoll::actions::Forgiven| [f.owed.0, f.from_fund.0];
            expected(outcome, |d| [(at, &d.account.after)], |d| Some(lost(&d.forgiven)))
        }
        Step::Deleverage { asset } => expected(
            preview.deleverage(asset),
            |_| [],
            |d| d.map(|relief| [relief.from_insurance.0, relief.from_fund.0, relief.from_traders.0]),
        ),
        Step::Sweep { asset } => expected(preview.sweep_insurance(asset), |_| [], |d| Some([d.0])),
        _ => return None,
    })
}

fn pools(stage: &Stage, preview: &Preview, step: &Step) -> Option<Result<Expected>> {
    let mint = stage.world.svm.account(&stage.world.share_mint());
    let supply = u64::from_le_bytes(mint.data[SUPPLY].try_into().expect("eight bytes"));
    Some(match *step {
        Step::Refresh { ref assets } => preview.clone().refreshing(&assets.0).map(|after| Expected {
            accounts: Vec::new(),
            figures: refusals(&after, preview),
            after,
        }),
        Step::Provide { amount, .. } => {
            let outcome = preview.provide_liquidity(amount, 0, supply);
            expected(outcome, |_| [], |d| Some([d.shares as i64, d.value.0]))
        }
        Step::Redeem { shares, .. } => {
            let outcome = preview.redeem_liquidity(shares, 0, supply);
            expected(outcome, |_| [], |d| Some([d.amount.0, d.fee.0, d.value.0]))
        }
        Step::Rebalance { asset } => expected(preview.rebalance(asset), |_| [], |d| Some([d.0])),
        _ => return None,
    })
}

/// The figures of an event that previews give too.
pub fn figures(event: &Event) -> Vec<i64> {
    match event {
        Event::Deposited(e) => vec![e.shares_after],
        Event::Withdrawn(e) => vec![e.shares_after],
        Event::Transferred(e) => vec![e.from_shares_after, e.to_shares_after],
        Event::Traded(e) => vec![e.cost, e.realised, e.fee, e.cash_after],
        Event::Liquidated(e) => vec![e.cost, e.penalty, e.bounty, e.maintenance_after],
        Event::DebtLiquidated(e) => vec![e.repaid as i64, e.seized as i64],
        Event::ReceivershipEnded(e) => vec![e.amount as i64],
        Event::StockTaken(e) => vec![e.equity, e.maintenance, e.sunk_at],
        Event::AuctionStarted(e) => vec![e.equity, e.maintenance, e.sunk_at],
        Event::AuctionWon(e) => vec![e.equity, e.price, e.maintenance_before],
        Event::LossSettled(e) => vec![e.loss, e.cash_after],
        Event::CashBanked(e) => vec![e.moved],
        Event::BankruptcyResolved(e) => vec![e.owed as i64, e.from_fund as i64],
        Event::Deleveraged(e) => vec![e.from_insurance, e.from_fund, e.from_traders],
        Event::InsuranceSwept(e) => vec![e.moved],
        Event::LiquidityProvided(e) => vec![e.shares as i64, e.pool_value],
        Event::LiquidityRedeemed(e) => vec![e.amount as i64, e.fee, e.pool_value],
        Event::CapitalRebalanced(e) => vec![e.moved],
        Event::RefreshRefused(e) => vec![i64::from(e.asset), i64::from(e.reason)],
        _ => Vec::new(),
    }
}
