//! Liquidations, compared with the documented formulas.

use crate::reference::{self, Health, Position};
use crate::scene::{held, only_event};
use bytemuck::{Zeroable, bytes_of};
use plimsoll::events::Liquidated;
use plimsoll::state::{AssetRow, MarginState, Market, PerpSlot, RiskBoard};
use plimsoll_client::Event;
use plimsoll_testkit::{Snapshot, Wallet, World};

/// Everything a liquidation depends on, before it.
struct Before {
    account: MarginState,
    market: Market,
    row: AssetRow,
    board: RiskBoard,
    now: i64,
}

/// An account with a position in another state and cash added.
fn with(account: &MarginState, asset: u8, position: Position, added: i128) -> MarginState {
    let mut account = *account;
    account.cash += added as i64;
    let last = account.perp_count as usize - 1;
    let at = account.perps().iter().position(|p| p.asset == asset).expect("a position");
    if position.size == 0 {
        account.perps[at] = account.perps[last];
        account.perps[last] = PerpSlot::zeroed();
        account.perp_count -= 1;
    } else {
        (account.perps[at].size, account.perps[at].entry) = (position.size as i64, position.entry as i64);
    }
    account
}

/// What a market holds after it closed a position in part or whole.
fn booked(b: &Before, (old, new): (Position, Position), realised: i128, insured: i128) -> Market {
    let mut market = b.market;
    let (size, entry) = match old.size > 0 {
        true => (&mut market.long_size, &mut market.long_entry),
        false => (&mut market.short_size, &mut market.short_entry),
    };
    *size -= (old.size.abs() - new.size.abs()) as i64;
    *entry -= (old.entry - new.entry) as i64;
    market.capital -= realised as i64;
    market.insurance += insured as i64;
    market.fees_collected += insured as i64;
    market.funding_at = b.now;
    market
}

/// The keeper's part of a penalty: from the first share to the last one with depth and time
/// under water, at least the reserve.
fn bounty(b: &Before, before: &Health, penalty: i128) -> i128 {
    let (terms, margin) = (&b.market.terms, &b.market.margin);
    let sunk_at = if b.account.sunk_at == 0 { b.now } else { b.account.sunk_at };
    let (seconds, waited) = (terms.bounty_seconds as i128, (b.now - sunk_at) as i128);
    let time = if seconds == 0 { 0 } else { waited.min(seconds) * 1_000_000 / seconds };
    let requirement = before.equity - before.maintenance;
    let depth = (-before.maintenance).min(requirement) * 1_000_000 / requirement;
    let span = (terms.bounty_share_max - terms.bounty_share) as i128;
    let share = terms.bounty_share + (span * (time + depth).min(1_000_000) / 1_000_000) as u32;
    reference::share_floor(share, penalty).max((margin.bounty_reserve as i128).min(penalty))
}

/// Sets what an account carries while it is under water, and clears what a healthy one does
/// not carry.
fn stamp(account: &mut MarginState, b: &Before) {
    let health = reference::health(account, &b.board);
    if health.maintenance < 0 {
        account.sunk_at = if account.sunk_at == 0 { b.now } else { account.sunk_at };
        return;
    }
    (account.sunk_at, account.auction_at) = (0, 0);
    let requirement = health.equity - health.maintenance;
    if health.equity >= reference::share_ceil(b.board.margin_call, requirement) {
        account.called_at = 0;
    }
}

/// Account, market and event after `size` was closed, from the documented formulas. The
/// event's addresses and size are filled in by the caller.
fn closed(b: &Before, size: i64) -> (MarginState, Market, Liquidated) {
    let (old, cost) = (held(&b.account, b.market.asset), reference::cost(&b.market, &b.row, size));
    let (new, realised) = reference::traded_charged(old, size, cost, reference::charges(&b.row));
    let health_before = reference::health(&b.account, &b.board);
    let maintenance_before = health_before.maintenance;
    let unpenalised = reference::health(&with(&b.account, b.market.asset, new, realised), &b.board);
    let improved = unpenalised.maintenance - maintenance_before;
    let notional = reference::value_ceil(size.abs(), reference::oracle(&b.row));
    let reserve = if new.size == 0 { b.row.bounty_reserve as i128 } else { 0 };
    let full = reference::share_ceil(b.market.terms.liquidation_penalty, notional).max(reserve);
    let penalty = full.min(unpenalised.equity.max(0)).min((improved - 1).max(0));
    let bounty = bounty(b, &health_before, penalty);

    let mut account = with(&b.account, b.market.asset, new, realised - penalty);
    let mut market = booked(b, (old, new), realised, penalty - bounty);
    let missing = (-reference::health(&account, &b.board).equity).max(0);
    let loss = missing.min((-realised).max(0)) as i64;
    let loss_to_insurance = loss.min(market.insurance);
    let loss_to_capital = loss - loss_to_insurance;
    account.cash += loss_to_insurance + loss_to_capital;
    stamp(&mut account, b);
    market.insurance -= loss_to_insurance;
    market.capital -= loss_to_capital;
    market.loss_to_insurance += loss_to_insurance;
    market.loss_to_capital += loss_to_capital;
    market.loss_uncovered += loss_to_capital;
    let event = Liquidated {
        oracle_price: b.row.price,
        size,
        cost: cost as i64,
        realised: realised as i64,
        penalty: penalty as i64,
        bounty: bounty as i64,
        maintenance_before: maintenance_before as i64,
        maintenance_after: reference::health(&account, &b.board).maintenance as i64,
        size_after: new.size as i64,
        entry_after: new.entry as i64,
        cash_after: account.cash,
        loss_to_insurance,
        loss_to_capital,
        ..Zeroable::zeroed()
    };
    (account, market, event)
}

/// Liquidates; everything but the size is compared with the formulas, byte by byte.
///
/// # Panics
/// If it fails or differs.
pub fn liquidate(world: &mut World, who: &Wallet, asset: u8, keeper: &Wallet) -> Liquidated {
    let before = Before {
        account: world.margin(who, 0),
        market: world.market(asset),
        row: world.row(asset),
        board: world.board(),
        now: world.svm.now(),
    };
    let mut of_keeper = world.margin(keeper, 0);
    let (account, market) = (world.account_address(who, 0), world.market_address(asset));
    let keeper_account = world.account_address(keeper, 0);
    let snapshot = Snapshot::take(&world.svm);
    let outcome = world.liquidate(account, keeper_account, asset).unwrap();
    let Event::Liquidated(done) = only_event(&outcome) else { panic!("{outcome:?}") };
    let changed = [account, market, keeper_account];
    let diff = snapshot.diff(&world.svm).without_fee();
    diff.assert_only(&changed[..if done.bounty > 0 { 3 } else { 2 }]);

    let (account_after, market_after, event) = closed(&before, done.size);
    assert_eq!(done, Liquidated { account, keeper_account, market, ..event });
    assert_eq!(bytes_of(&world.margin(who, 0)), bytes_of(&account_after));
    assert_eq!(bytes_of(&world.market(asset)), bytes_of(&market_after));
    of_keeper.cash += done.bounty;
    assert_eq!(bytes_of(&world.margin(keeper, 0)), bytes_of(&of_keeper));
    assert!(done.maintenance_after > done.maintenance_before && done.bounty <= done.penalty);
    done
}

/// A liquidation that must do nothing.
///
/// # Panics
/// If it does something.
pub fn nothing_happens(world: &mut World, who: &Wallet, asset: u8, keeper: &Wallet) {
    let before = Snapshot::take(&world.svm);
    let (account, keeper) = (world.account_address(who, 0), world.account_address(keeper, 0));
    let outcome = world.liquidate(account, keeper, asset).unwrap();
    assert_eq!(outcome.events, []);
    before.diff(&world.svm).without_fee().assert_nothing();
}
