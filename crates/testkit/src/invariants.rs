//! The invariants of `docs/invariants.md`, checked on the accounts alone.

use crate::tokens;
use crate::world::World;
use bytemuck::Zeroable;
use plimsoll::state::{
    ASSETS_MAX, Bank, InsuranceFund, LiquidityPool, MarginState, Market, PerpSlot, RiskBoard,
    SETTLEMENT_ASSET, TokenSlot,
};
use plimsoll_risk::Price;
use plimsoll_risk::lending::Index;
use solana_address::Address;
use std::collections::BTreeMap;

/// Native units that an instruction may leave to a bank by rounding to whole shares.
const ROUNDING_PER_INSTRUCTION: i128 = 4;

/// What must not go backwards, as last seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    publish_times: [i64; ASSETS_MAX],
}

/// Everything of one clearinghouse.
struct Books {
    board: RiskBoard,
    banks: Vec<(Address, Bank)>,
    markets: Vec<Market>,
    accounts: Vec<MarginState>,
    pool: Option<LiquidityPool>,
    fund: Option<InsuranceFund>,
}

/// Checks every clearinghouse in the world's SVM.
///
/// # Panics
/// With the invariant's ID if one does not hold.
pub fn check(world: &mut World) {
    let (banks, markets) = (world.svm.all::<Bank>(), world.svm.all::<Market>());
    let (accounts, pools) = (world.svm.all::<MarginState>(), world.svm.all::<LiquidityPool>());
    let funds = world.svm.all::<InsuranceFund>();
    for (address, board) in world.svm.all::<RiskBoard>() {
        let here = board.clearinghouse;
        let books = Books {
            banks: banks.iter().filter(|(_, b)| b.clearinghouse == here).copied().collect(),
            markets: markets.iter().map(|(_, m)| *m).filter(|m| m.clearinghouse == here).collect(),
            accounts: accounts.iter().map(|(_, a)| *a).filter(|a| a.clearinghouse == here).collect(),
            pool: pools.iter().map(|(_, p)| *p).find(|p| p.clearinghouse == here),
            fund: funds.iter().map(|(_, f)| *f).find(|f| f.clearinghouse == here),
            board,
        };
        tokens_are_accounted_for(world, &books);
        markets_mirror_positions(&books);
        capital_is_sound(&books);
        books.accounts.iter().for_each(account_is_canonical);
        board_is_sound(&books);
        time_goes_forward(&books.board, world.seen.entry(address).or_default());
    }
}

/// INV-01, INV-02, INV-03.
fn tokens_are_accounted_for(world: &World, books: &Books) {
    for (address, bank) in &books.banks {
        let vault = tokens::amount(&world.svm.account(&bank.vault));
        assert!(
            vault >= bank.tokens,
            "INV-01: vault of bank {address} holds {vault}, counted {}",
            bank.tokens
        );
        assert_eq!(bank.in_flight, 0, "INV-03: bank {address} still waits for tokens");
        shares_mirror_balances(books, bank);
        let ledger = bank.ledger();
        let (lent, owed) = (ledger.borrows_floor().unwrap() as i128, ledger.deposits_ceil().unwrap() as i128);
        let settled = if bank.asset == SETTLEMENT_ASSET { settlement_claims(books) } else { 0 };
        let surplus = bank.tokens as i128 + lent - owed - bank.reserve as i128 - settled;
        let has_interest = ledger.supply != Index::ONE || ledger.borrow != Index::ONE;
        let rounding_max = if has_interest { ROUNDING_PER_INSTRUCTION * world.svm.sent as i128 } else { 0 };
        assert!(
            (0..=rounding_max).contains(&surplus),
            "INV-02: tokens of asset {} exceed claims by {surplus}",
            bank.asset
        );
    }
}

/// What is owed in settlement tokens outside of the bank: cash, capital, insurance, fees.
fn settlement_claims(books: &Books) -> i128 {
    let cash: i128 = books.accounts.iter().map(|a| a.cash as i128).sum();
    let pool = books.pool.map_or(0, |p| p.unallocated as i128);
    let fund = books.fund.map_or(0, |f| f.balance as i128);
    let of_market = |m: &Market| m.capital as i128 + m.insurance as i128 + m.protocol_fees as i128;
    let markets: i128 = books.markets.iter().map(of_market).sum();
    cash + pool + fund + markets
}

/// INV-03.
fn shares_mirror_balances(books: &Books, bank: &Bank) {
    let shares = books.accounts.iter().map(|a| a.shares(bank.asset).0 as i128);
    let (deposits, debts) = shares.fold((0, 0), |(d, b), s| if s < 0 { (d, b - s) } else { (d + s, b) });
    let counted = (bank.deposit_shares as i128, bank.borrow_shares as i128);
    assert_eq!(counted, (deposits, debts), "INV-03: shares of asset {} equal balances", bank.asset);
}

/// INV-04.
fn markets_mirror_positions(books: &Books) {
    for market in &books.markets {
        let mut sums = [0i128; 4];
        for position in books.accounts.iter().map(|a| a.position(market.asset)) {
            let side = if position.size.0 < 0 { 2 } else { 0 };
            sums[side] += position.size.0.unsigned_abs() as i128;
            sums[side + 1] += position.entry.0 as i128;
        }
        let mirrored = [market.long_size, market.long_entry, market.short_size, market.short_entry];
        assert_eq!(mirrored.map(i128::from), sums, "INV-04: market {} mirrors its positions", market.asset);
    }
}

/// INV-05, INV-06.
fn capital_is_sound(books: &Books) {
    for market in &books.markets {
        assert!(market.capital >= 0 && market.insurance >= 0, "INV-05: market {}", market.asset);
        assert!(market.loss_uncovered >= 0, "INV-05: losses of market {}", market.asset);
        assert!(market.protocol_fees >= 0, "INV-05: protocol fees of market {}", market.asset);
    }
    if let Some(pool) = &books.pool {
        assert!(pool.unallocated >= 0, "INV-05: pool");
        assert!(books.fund.is_some_and(|fund| fund.balance >= 0), "INV-05: insurance fund");
        let counted: i64 = books.markets.iter().map(|m| m.capital_counted).sum();
        assert_eq!(pool.book_capital, pool.unallocated + counted, "INV-06: the pool's book");
        let listed: u32 = books.markets.iter().map(|m| 1 << m.asset).sum();
        assert_eq!(pool.markets, listed, "INV-06: the pool knows its markets");
    }
}

/// INV-07.
fn account_is_canonical(account: &MarginState) {
    let (tokens, perps) = (account.tokens(), account.perps());
    assert_eq!(tokens.len(), account.token_count as usize, "INV-07: token count");
    assert_eq!(perps.len(), account.perp_count as usize, "INV-07: position count");
    assert_eq!(tokens[0].asset, SETTLEMENT_ASSET, "INV-07: slot 0 is the settlement token");
    assert!(tokens[1..].iter().all(|t| t.shares != 0 && t.asset != SETTLEMENT_ASSET), "INV-07: balances");
    assert!(perps.iter().all(|p| p.size != 0), "INV-07: positions");
    assert_distinct(tokens.iter().map(|t| t.asset));
    assert_distinct(perps.iter().map(|p| p.asset));
    assert!(account.tokens[tokens.len()..].iter().all(|t| *t == TokenSlot::zeroed()), "INV-07: free slots");
    assert!(account.perps[perps.len()..].iter().all(|p| *p == PerpSlot::zeroed()), "INV-07: free slots");
}

fn assert_distinct(assets: impl Iterator<Item = u8>) {
    let mut seen = BTreeMap::new();
    for asset in assets {
        assert!(seen.insert(asset, ()).is_none(), "INV-07: asset {asset} has two slots");
    }
}

/// INV-08.
fn board_is_sound(books: &Books) {
    for (asset, row) in books.board.rows.iter().enumerate() {
        let (price, slow) = (row.price.get(), row.slow_price.get());
        if asset >= books.board.asset_count as usize || row.refreshed_at == 0 && asset > 0 {
            assert_eq!((price, slow), (Price(0), Price(0)), "INV-08: row {asset} has no price");
        } else {
            let range = Price::MIN..=Price::MAX;
            assert!(range.contains(&price) && range.contains(&slow), "INV-08: row {asset} in range");
            assert_eq!(row.divergence, price.divergence_from_ceil(slow).0, "INV-08: row {asset} divergence");
        }
    }
}

/// INV-09.
fn time_goes_forward(board: &RiskBoard, seen: &mut Seen) {
    for (row, last) in board.rows.iter().zip(&mut seen.publish_times) {
        assert!(row.publish_time >= *last, "INV-09: publish time went back");
        *last = row.publish_time;
    }
}
