//! Events alone rebuild every balance, position, market and pool.

use plimsoll::state::{Bank, LiquidityPool, MarginState, Market};
use plimsoll_client::Event;
use plimsoll_testkit::journal::Step;
use plimsoll_testkit::{Svm, World, presets, tokens};
use plimsoll_tests::scene::USDC;
use plimsoll_tests::soak::Crowd;
use plimsoll_tests::soak::tally::Tally;
use solana_address::Address;
use std::collections::BTreeMap;

/// An account, as its events tell it: balances and positions that are not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Holdings {
    owner: Address,
    delegate: Address,
    balances: BTreeMap<u8, i64>,
    positions: BTreeMap<u8, (i64, i64)>,
}

/// A market, as its events tell it: size and entries of longs and shorts, then money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    long: (i64, i64),
    short: (i64, i64),
    capital: i64,
    insurance: i64,
    fees: i64,
    losses: (i64, i64),
}

/// Everything that a reader of the log knows.
#[derive(Default)]
struct Books {
    assets_of_banks: BTreeMap<Address, u8>,
    assets_of_markets: BTreeMap<Address, u8>,
    tokens: BTreeMap<u8, u64>,
    accounts: BTreeMap<Address, Holdings>,
    markets: BTreeMap<u8, Sums>,
    unallocated: i64,
    shares: u64,
    settlement_asset: u8,
}

impl Books {
    fn balance(&mut self, account: Address, asset: u8, after: i64) {
        let balances = &mut self.accounts.get_mut(&account).expect("an open account").balances;
        balances.insert(asset, after);
        balances.retain(|_, balance| *balance != 0);
    }

    /// Moves an account's position to what an event says and its market's sums along.
    fn position(&mut self, account: Address, asset: u8, after: (i64, i64)) {
        let positions = &mut self.accounts.get_mut(&account).expect("an open account").positions;
        let before = positions.insert(asset, after).unwrap_or_default();
        positions.retain(|_, position| position.0 != 0);
        let sums = self.markets.get_mut(&asset).expect("a listed market");
        for ((size, entry), sign) in [(before, -1), (after, 1)] {
            let side = if size < 0 { &mut sums.short } else { &mut sums.long };
            side.0 += sign * size.abs();
            side.1 += sign * entry;
        }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::CollateralListed(e) => _ = self.assets_of_banks.insert(e.bank, e.asset as u8),
            Event::MarketListed(e) => {
                self.assets_of_markets.insert(e.market, e.asset as u8);
                self.markets.insert(e.asset as u8, Sums::default());
            }
            Event::AccountOpened(e) => {
                let holdings = Holdings { owner: e.owner, ..Holdings::default() };
                assert_eq!(self.accounts.insert(e.account, holdings), None);
            }
            Event::AccountClosed(e) => _ = self.accounts.remove(&e.account).expect("an open account"),
            Event::DelegateSet(e) => self.accounts.get_mut(&e.account).expect("open").delegate = e.delegate,
            Event::Deposited(e) => {
                let asset = self.assets_of_banks[&e.bank];
                *self.tokens.entry(asset).or_default() += e.amount;
                self.balance(e.account, asset, e.balance_after);
            }
            Event::Withdrawn(e) => {
                let asset = self.assets_of_banks[&e.bank];
                *self.tokens.get_mut(&asset).expect("tokens") -= e.amount;
                self.balance(e.account, asset, e.balance_after);
            }
            Event::Transferred(e) => {
                self.balance(e.from, e.asset as u8, e.from_balance_after);
                self.balance(e.to, e.asset as u8, e.to_balance_after);
            }
            Event::Traded(_) | Event::Liquidated(_) => self.apply_to_market(event),
            _ => self.apply_to_pool(event),
        }
    }

    fn apply_to_market(&mut self, event: &Event) {
        let settlement = self.settlement_asset;
        match event {
            Event::Traded(e) => {
                let asset = self.assets_of_markets[&e.market];
                self.position(e.account, asset, (e.size_after, e.entry_after));
                self.balance(e.account, settlement, e.settlement_after);
                let sums = self.markets.get_mut(&asset).expect("a listed market");
                sums.capital += e.fee - e.fee_to_insurance - e.realised - e.loss_to_capital;
                sums.insurance += e.fee_to_insurance - e.loss_to_insurance;
                sums.fees += e.fee;
                sums.losses.0 += e.loss_to_insurance;
                sums.losses.1 += e.loss_to_capital;
            }
            Event::Liquidated(e) => {
                let asset = self.assets_of_markets[&e.market];
                self.position(e.account, asset, (e.size_after, e.entry_after));
                self.balance(e.account, settlement, e.settlement_after);
                let paid = *self.accounts[&e.keeper_account].balances.get(&settlement).unwrap_or(&0);
                self.balance(e.keeper_account, settlement, paid + e.bounty);
                let sums = self.markets.get_mut(&asset).expect("a listed market");
                let insured = e.penalty - e.bounty;
                sums.capital -= e.realised + e.loss_to_capital;
                sums.insurance += insured - e.loss_to_insurance;
                sums.fees += insured;
                sums.losses.0 += e.loss_to_insurance;
                sums.losses.1 += e.loss_to_capital;
            }
            _ => unreachable!("only events of markets come here"),
        }
    }

    fn apply_to_pool(&mut self, event: &Event) {
        let tokens = self.tokens.entry(self.settlement_asset).or_default();
        match event {
            Event::LiquidityProvided(e) => {
                *tokens += e.amount;
                self.shares += e.shares;
                self.unallocated = e.unallocated_after;
            }
            Event::LiquidityRedeemed(e) => {
                *tokens -= e.amount;
                self.shares -= e.shares;
                self.unallocated = e.unallocated_after;
            }
            Event::CapitalRebalanced(e) => {
                let market = self.assets_of_markets[&e.market];
                self.markets.get_mut(&market).expect("a listed market").capital = e.capital_after;
                self.unallocated = e.unallocated_after;
            }
            Event::ClearinghouseCreated(_)
            | Event::PoolCreated(_)
            | Event::GovernanceProposed(_)
            | Event::GovernanceAccepted(_)
            | Event::AssetListed(_)
            | Event::PriceRefreshed(_)
            | Event::RefreshRefused(_) => {}
            other => panic!("{} was not expected", other.name()),
        }
    }
}

fn holdings(account: &MarginState) -> Holdings {
    let tokens = account.tokens().iter().filter(|t| t.balance != 0);
    Holdings {
        owner: account.owner,
        delegate: account.delegate,
        balances: tokens.map(|t| (t.asset, t.balance)).collect(),
        positions: account.perps().iter().map(|p| (p.asset, (p.size, p.entry))).collect(),
    }
}

fn sums(market: &Market) -> Sums {
    Sums {
        long: (market.long_size, market.long_entry),
        short: (market.short_size, market.short_entry),
        capital: market.capital,
        insurance: market.insurance,
        fees: market.fees_collected,
        losses: (market.loss_to_insurance, market.loss_to_capital),
    }
}

/// All events of a world, from the creation of its clearinghouse.
fn events(world: &World) -> Vec<Event> {
    let steps = world.svm.journal.as_ref().expect("a journal");
    let transactions = steps.iter().filter_map(|step| match step {
        Step::Transaction { result: Ok(events), .. } => Some(events),
        _ => None,
    });
    transactions.flatten().copied().collect()
}

#[test]
fn the_books_are_rebuilt_from_events_alone() {
    let mut tally = Tally::default();
    for seed in 100..104 {
        let world = World::created_by("governance", Svm::recorded()).with(&presets::standard());
        let mut crowd = Crowd::new(world, seed);
        for _ in 0..300 {
            let (step, done) = crowd.step();
            tally.add(&step, &done);
        }
        let world = crowd.stage.world;
        let mut books = Books { settlement_asset: USDC, ..Books::default() };
        events(&world).iter().for_each(|event| books.apply(event));
        let accounts = world.svm.all::<MarginState>().into_iter().map(|(at, a)| (at, holdings(&a)));
        assert_eq!(books.accounts, accounts.collect());
        let markets = world.svm.all::<Market>().into_iter().map(|(_, m)| (m.asset, sums(&m)));
        assert_eq!(books.markets, markets.collect());
        let banks: Vec<Bank> = world.svm.all::<Bank>().into_iter().map(|(_, bank)| bank).collect();
        for bank in &banks {
            assert_eq!(books.tokens.get(&bank.asset).copied().unwrap_or(0), bank.tokens);
        }
        let pool: LiquidityPool = world.pool();
        assert_eq!(books.unallocated, pool.unallocated);
        assert_eq!(books.shares, tokens::supply(&world.svm.account(&world.share_mint())));
    }
    assert!(tally.event("Liquidated") > 0, "the run gets as far as liquidations");
}
