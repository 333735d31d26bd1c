//! The closing ledger, read from the program's accounts and the token program's.

use plimsoll::state::{MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_testkit::{Wallet, tokens};
use solana_address::Address;

use super::cast::KEEPER;
use super::desk::{Desk, Flow};
use super::keeper::Keeper;
use super::provider::Provider;
use super::trader::Trader;
use crate::report::{Ledger, LedgerRow, Party, TokenLedger};

/// One part per token, in the order of the board.
pub fn close(desk: &Desk, traders: &[Trader], keeper: &Keeper, providers: &[Provider]) -> Ledger {
    let tokens = desk.world.assets.iter().map(|asset| asset.index);
    Ledger { tokens: tokens.map(|asset| token(desk, asset, traders, keeper, providers)).collect() }
}

fn token(desk: &Desk, asset: u8, traders: &[Trader], keeper: &Keeper, providers: &[Provider]) -> TokenLedger {
    let board = desk.board();
    let owed = |account: &Address| desk.margin(account).map_or(0, |state| claim(&state, &board, asset));
    let person = |party, name: &str, wallet: &Wallet, left| {
        let Flow { came_in, went_out } = desk.flow(wallet, asset);
        LedgerRow {
            party,
            name: name.to_string(),
            address: wallet.address().to_string(),
            came_in,
            went_out,
            left,
        }
    };
    let wallet =
        |trader: &Trader| person(Party::Wallet, trader.role.name, &trader.wallet, owed(&trader.account));
    let mut rows: Vec<LedgerRow> = traders.iter().map(wallet).collect();
    rows.push(person(Party::Keeper, KEEPER, &keeper.wallet, owed(&keeper.account)));
    if asset == SETTLEMENT_ASSET {
        let parts: Vec<LedgerRow> = providers
            .iter()
            .map(|provider| {
                person(Party::Provider, provider.part.name, &provider.wallet, provider_part(desk, provider))
            })
            .collect();
        let address = desk.world.pool_address().to_string();
        let (came_in, went_out) =
            parts.iter().fold((0, 0), |(i, o), part| (i + part.came_in, o + part.went_out));
        let name = "liquidity pool".to_string();
        rows.push(LedgerRow { party: Party::Pool, name, address, came_in, went_out, left: pool_value(desk) });
        rows.extend(parts);
        rows.extend(insurance(desk));
    }
    rows.retain(|row| {
        !matches!(row.party, Party::Wallet | Party::Keeper)
            || asset == SETTLEMENT_ASSET
            || (row.came_in, row.went_out, row.left) != (0, 0, 0)
    });
    let vault = tokens::amount(&desk.world.svm.account(&desk.world.vault_address(asset)));
    let symbol = desk.world.assets[asset as usize].symbol.clone();
    TokenLedger { symbol, decimals: desk.decimals(asset), vault: vault.into(), rows }
}

/// What the program owes an account in one token: its balance, and in the settlement token the result of open positions as well.
fn claim(state: &MarginState, board: &RiskBoard, asset: u8) -> i128 {
    // Nothing is lent: a share is a native unit.
    let balance = i128::from(state.shares(asset).0);
    if asset == SETTLEMENT_ASSET {
        balance + i128::from(state.cash) + open_result(state, board)
    } else {
        balance
    }
}

/// Unrealised profit or loss of an account at the board's prices, each position rounded down, micro-USD.
fn open_result(state: &MarginState, board: &RiskBoard) -> i128 {
    let of = |slot: &plimsoll::state::PerpSlot| {
        let (row, size) = (&board.rows[slot.asset as usize], slot.position().size);
        let value = row.perp_marks().of(size).value_floor(size);
        i128::from(value.map_or(0, |value| value.0)) - i128::from(slot.entry)
    };
    state.perps().iter().map(of).sum()
}

/// The pool's capital less what the open positions are owed, micro-USD: exactly what no trader can claim.
pub fn pool_value(desk: &Desk) -> i128 {
    let board = desk.board();
    let markets = desk.world.assets.iter().filter(|asset| asset.is_market);
    let capital: i128 = markets.map(|asset| i128::from(desk.world.market(asset.index).capital)).sum();
    let accounts = desk.world.svm.all::<MarginState>();
    let owed: i128 = accounts.iter().map(|(_, state)| open_result(state, &board)).sum();
    i128::from(desk.world.pool().unallocated) + capital - owed
}

fn provider_part(desk: &Desk, provider: &Provider) -> i128 {
    let supply = tokens::supply(&desk.world.svm.account(&desk.world.share_mint()));
    pool_value(desk) * i128::from(provider.shares(desk)) / i128::from(supply.max(1))
}

fn insurance(desk: &Desk) -> Vec<LedgerRow> {
    let markets = desk.world.assets.iter().filter(|asset| asset.is_market);
    let row = |asset: &plimsoll_testkit::world::Asset| LedgerRow {
        party: Party::Insurance,
        name: format!("{}-PERP", asset.symbol),
        address: desk.world.market_address(asset.index).to_string(),
        came_in: 0,
        went_out: 0,
        left: desk.world.market(asset.index).insurance.into(),
    };
    markets.map(row).collect()
}
