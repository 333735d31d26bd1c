//! The closing ledger, read from the program's accounts and the token program's.

use plimsoll::state::{MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_risk::lending::Index;
use plimsoll_testkit::{Wallet, tokens};
use solana_address::Address;

use super::cast::KEEPER;
use super::crew::Crew;
use super::desk::{Desk, Flow};
use super::keeper::Keeper;
use super::provider::Provider;
use super::trader::Trader;
use crate::report::{Ledger, LedgerRow, Party, TokenLedger};

/// One part per token, in the order of the board.
///
/// # Errors
/// When what is owed does not fit the program's units.
pub fn close(desk: &Desk, cast: &Cast) -> Result<Ledger, String> {
    let tokens = desk.world.assets.iter().map(|asset| token(desk, asset.index, cast));
    Ok(Ledger { tokens: tokens.collect::<Result<_, _>>()? })
}

/// Everybody whose claims are in the ledger.
pub struct Cast<'a> {
    pub traders: &'a [Trader],
    pub keeper: &'a Keeper,
    pub crew: &'a Crew,
    pub providers: &'a [Provider],
}

fn token(desk: &Desk, asset: u8, cast: &Cast) -> Result<TokenLedger, String> {
    let owed = |account: &Address| desk.margin(account).map_or(Ok(0), |state| claim(desk, &state, asset));
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
    let mut rows = Vec::new();
    for trader in cast.traders {
        rows.push(person(Party::Wallet, trader.role.name, &trader.wallet, owed(&trader.account)?));
    }
    for member in cast.crew.members() {
        rows.push(person(Party::Wallet, member.part.name, &member.wallet, owed(&member.account)?));
    }
    let (donor, wallet) = &cast.crew.donor;
    rows.push(person(Party::Wallet, donor.name, wallet, 0));
    rows.push(person(Party::Keeper, KEEPER, &cast.keeper.wallet, owed(&cast.keeper.account)?));
    if asset == SETTLEMENT_ASSET {
        let parts: Vec<LedgerRow> = cast
            .providers
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
        rows.extend(protocol_fees(desk));
    }
    rows.extend(reserve(desk, asset));
    rows.retain(|row| {
        !matches!(row.party, Party::Wallet | Party::Keeper)
            || asset == SETTLEMENT_ASSET
            || (row.came_in, row.went_out, row.left) != (0, 0, 0)
    });
    let vault = tokens::amount(&desk.world.svm.account(&desk.world.vault_address(asset)));
    let symbol = desk.world.assets[asset as usize].symbol.clone();
    let rounding_max = rounding_max(desk, asset);
    Ok(TokenLedger { symbol, decimals: desk.decimals(asset), vault: vault.into(), rounding_max, rows })
}

/// The part of the interest that a bank keeps, if there is any.
fn reserve(desk: &Desk, asset: u8) -> Option<LedgerRow> {
    let reserve = desk.world.bank(asset).reserve;
    (reserve > 0).then(|| LedgerRow {
        party: Party::Reserve,
        name: format!("{} bank", desk.world.assets[asset as usize].symbol),
        address: desk.world.bank_address(asset).to_string(),
        came_in: 0,
        went_out: 0,
        left: reserve.into(),
    })
}

/// Native units that rounding to whole shares may have left with a bank: INV-02 allows four for each transaction once there
/// was interest, and none before.
fn rounding_max(desk: &Desk, asset: u8) -> i128 {
    let ledger = desk.world.bank(asset).ledger();
    let has_interest = ledger.supply != Index::ONE || ledger.borrow != Index::ONE;
    if has_interest { 4 * desk.world.svm.sent as i128 } else { 0 }
}

/// What the program owes an account in one token: its balance, and in the settlement token the result of open positions as well.
fn claim(desk: &Desk, state: &MarginState, asset: u8) -> Result<i128, String> {
    let result = if asset == SETTLEMENT_ASSET { open_result(state, &desk.board()) } else { 0 };
    Ok(i128::from(desk.holds(state, asset)?) + result)
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

/// What the fee collector may take from each market.
fn protocol_fees(desk: &Desk) -> Vec<LedgerRow> {
    let markets = desk.world.assets.iter().filter(|asset| asset.is_market);
    let row = |asset: &plimsoll_testkit::world::Asset| LedgerRow {
        party: Party::Fees,
        name: format!("{}-PERP", asset.symbol),
        address: desk.world.market_address(asset.index).to_string(),
        came_in: 0,
        went_out: 0,
        left: desk.world.market(asset.index).protocol_fees.into(),
    };
    markets.map(row).collect()
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
    let fund = LedgerRow {
        party: Party::Insurance,
        name: "shared fund".to_string(),
        address: desk.world.fund_address().to_string(),
        came_in: 0,
        went_out: 0,
        left: desk.world.fund_account().balance.into(),
    };
    markets.map(row).chain([fund]).collect()
}
