//! Liquidations, compared with the documented formulas.

use crate::reference::{self, Position};
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
}

/// An account with a position in another state and settlement tokens added.
fn with(account: &MarginState, asset: u8, position: Position, added: i128) -> MarginState {
    let mut account = *account;
    account.tokens[0].balance += added as i64;
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
fn booked(mut market: Market, (old, new): (Position, Position), realised: i128, insured: i128) -> Market {
    let (size, entry) = match old.size > 0 {
        true => (&mut market.long_size, &mut market.long_entry),
        false => (&mut market.short_size, &mut market.short_entry),
    };
    *size -= (old.size.abs() - new.size.abs()) as i64;
    *entry -= (old.entry - new.entry) as i64;
    market.capital -= realised as i64;
    market.insurance += insured as i64;
    market.fees_collected += insured as i64;
    market
}

/// Account, market and event after `size` was closed, from the documented formulas. The
/// event's addresses and size are filled in by the caller.
fn closed(b: &Before, size: i64) -> (MarginState, Market, Liquidated) {
    let (old, cost) = (held(&b.account, b.market.asset), reference::cost(&b.market, &b.row, size));
    let (new, realised) = reference::traded(old, size, cost);
    let maintenance_before = reference::health(&b.account, &b.board).maintenance;
    let unpenalised = reference::health(&with(&b.account, b.market.asset, new, realised), &b.board);
    let improved = unpenalised.maintenance - maintenance_before;
    let notional = reference::value_ceil(size.abs(), reference::oracle(&b.row));
    let full = reference::share_ceil(b.market.terms.liquidation_penalty, notional);
    let penalty = full.min(unpenalised.equity.max(0)).min((improved - 1).max(0));
    let bounty = reference::share_floor(b.market.terms.bounty_share, penalty);

    let mut account = with(&b.account, b.market.asset, new, realised - penalty);
    let mut market = booked(b.market, (old, new), realised, penalty - bounty);
    let missing = (-reference::health(&account, &b.board).equity).max(0);
    let loss = missing.min((-realised).max(0)) as i64;
    let loss_to_insurance = loss.min(market.insurance);
    let loss_to_capital = loss - loss_to_insurance;
    account.tokens[0].balance += loss_to_insurance + loss_to_capital;
    market.insurance -= loss_to_insurance;
    market.capital -= loss_to_capital;
    market.loss_to_insurance += loss_to_insurance;
    market.loss_to_capital += loss_to_capital;
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
        settlement_after: account.tokens[0].balance,
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
    of_keeper.tokens[0].balance += done.bounty;
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
