//! Events alone rebuild every balance, position, market and pool.

use plimsoll::state::{Bank, MarginState, Market};
use plimsoll_client::Event;
use plimsoll_testkit::journal::Step;
use plimsoll_testkit::{Snapshot, Svm, World, presets, tokens};
use plimsoll_tests::attack_stage::{Stage, send, valid_calls};
use plimsoll_tests::scene::USDC;
use plimsoll_tests::soak::Crowd;
use plimsoll_tests::soak::tally::Tally;
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet};

/// An account, as its events tell it: balances and positions that are not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Holdings {
    owner: Address,
    delegate: Address,
    cash: i64,
    shares: BTreeMap<u8, i64>,
    positions: BTreeMap<u8, (i64, i64)>,
}

/// A market, as its events tell it: size and entries of longs and shorts, then money and
/// haircuts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    long: (i64, i64),
    short: (i64, i64),
    capital: i64,
    insurance: i64,
    protocol_fees: i64,
    fees: i64,
    losses: (i64, i64),
    haircuts: [i128; 2],
}

/// Everything that a reader of the log knows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Books {
    assets_of_banks: BTreeMap<Address, u8>,
    assets_of_markets: BTreeMap<Address, u8>,
    tokens: BTreeMap<u8, u64>,
    accounts: BTreeMap<Address, Holdings>,
    markets: BTreeMap<u8, Sums>,
    unallocated: i64,
    fund: i64,
    shares: u64,
    settlement_asset: u8,
}

impl Books {
    /// What the accounts of a clearinghouse say.
    fn of(world: &World) -> Self {
        let here = world.clearinghouse;
        let accounts = world.svm.all::<MarginState>().into_iter().filter(|(_, a)| a.clearinghouse == here);
        let markets: Vec<(Address, Market)> =
            world.svm.all::<Market>().into_iter().filter(|(_, m)| m.clearinghouse == here).collect();
        let banks: Vec<(Address, Bank)> =
            world.svm.all::<Bank>().into_iter().filter(|(_, b)| b.clearinghouse == here).collect();
        Self {
            assets_of_banks: banks.iter().map(|(at, bank)| (*at, bank.asset)).collect(),
            assets_of_markets: markets.iter().map(|(at, market)| (*at, market.asset)).collect(),
            tokens: banks.iter().map(|(_, bank)| (bank.asset, bank.tokens)).collect(),
            accounts: accounts.map(|(at, account)| (at, holdings(&account))).collect(),
            markets: markets.iter().map(|(_, market)| (market.asset, sums(market))).collect(),
            unallocated: world.pool().unallocated,
            fund: world.fund_account().balance,
            shares: tokens::supply(&world.svm.account(&world.share_mint())),
            settlement_asset: USDC,
        }
    }

    fn account(&mut self, address: Address) -> &mut Holdings {
        self.accounts.get_mut(&address).expect("an open account")
    }

    fn shares(&mut self, account: Address, asset: u8, after: i64) {
        let shares = &mut self.account(account).shares;
        shares.insert(asset, after);
        shares.retain(|_, shares| *shares != 0);
    }

    fn cash(&mut self, account: Address, after: i64) {
        self.account(account).cash = after;
    }

    fn market(&mut self, address: &Address) -> &mut Sums {
        self.markets.get_mut(&self.assets_of_markets[address]).expect("a listed market")
    }

    /// Moves an account's position to what an event says and its market's sums along.
    fn position(&mut self, account: Address, asset: u8, after: (i64, i64)) {
        let positions = &mut self.account(account).positions;
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
            Event::CollateralListed(e) => {
                self.assets_of_banks.insert(e.bank, e.asset as u8);
                self.tokens.insert(e.asset as u8, 0);
            }
            Event::MarketListed(e) => {
                self.assets_of_markets.insert(e.market, e.asset as u8);
                self.markets.insert(e.asset as u8, Sums::default());
            }
            Event::AccountOpened(e) => {
                let holdings = Holdings { owner: e.owner, ..Holdings::default() };
                assert_eq!(self.accounts.insert(e.account, holdings), None);
            }
            Event::AccountClosed(e) => _ = self.accounts.remove(&e.account).expect("an open account"),
            Event::DelegateSet(e) => self.account(e.account).delegate = e.delegate,
            Event::Deposited(e) => {
                let asset = self.assets_of_banks[&e.bank];
                *self.tokens.entry(asset).or_default() += e.amount;
                self.shares(e.account, asset, e.shares_after);
                self.cash(e.account, e.cash_after);
            }
            Event::Withdrawn(e) => {
                let asset = self.assets_of_banks[&e.bank];
                *self.tokens.get_mut(&asset).expect("tokens") -= e.amount;
                self.shares(e.account, asset, e.shares_after);
                self.cash(e.account, e.cash_after);
            }
            Event::Transferred(e) => {
                self.shares(e.from, e.asset as u8, e.from_shares_after);
                self.cash(e.from, e.from_cash_after);
                self.shares(e.to, e.asset as u8, e.to_shares_after);
                self.cash(e.to, e.to_cash_after);
            }
            Event::CashBanked(e) => {
                self.shares(e.account, self.assets_of_banks[&e.bank], e.shares_after);
                self.cash(e.account, 0);
            }
            Event::DebtLiquidated(e) => {
                let (debt, asset) = (self.assets_of_banks[&e.debt_bank], self.assets_of_banks[&e.asset_bank]);
                self.shares(e.account, debt, e.debt_shares_after);
                self.shares(e.account, asset, e.asset_shares_after);
                self.cash(e.account, e.cash_after);
                if self.accounts.contains_key(&e.keeper) {
                    self.shares(e.keeper, debt, e.keeper_debt_shares_after);
                    self.shares(e.keeper, asset, e.keeper_asset_shares_after);
                    self.cash(e.keeper, e.keeper_cash_after);
                } else {
                    // A receiver is paid in tokens; what he brings is told at the end.
                    *self.tokens.get_mut(&asset).expect("tokens") -= e.seized;
                }
            }
            Event::ReceivershipEnded(e) => {
                *self.tokens.entry(self.assets_of_banks[&e.bank]).or_default() += e.amount;
            }
            Event::AuctionWon(e) => {
                let empty = Holdings {
                    cash: e.price,
                    shares: BTreeMap::new(),
                    positions: BTreeMap::new(),
                    ..self.account(e.account).clone()
                };
                let sold = std::mem::replace(self.account(e.account), empty);
                let (settlement, winner) = (self.settlement_asset, self.account(e.winner_account));
                for (asset, shares) in sold.shares {
                    *winner.shares.entry(asset).or_default() += shares;
                }
                for (asset, (size, entry)) in sold.positions {
                    let position = winner.positions.entry(asset).or_default();
                    *position = (position.0 + size, position.1 + entry);
                }
                self.shares(e.winner_account, settlement, e.winner_shares_after);
                self.cash(e.winner_account, e.winner_cash_after);
            }
            Event::Traded(_) | Event::Liquidated(_) | Event::LossSettled(_) => self.apply_to_market(event),
            _ => self.apply_to_pool(event),
        }
    }

    fn apply_to_market(&mut self, event: &Event) {
        match event {
            Event::Traded(e) => {
                let asset = self.assets_of_markets[&e.market];
                self.position(e.account, asset, (e.size_after, e.entry_after));
                self.cash(e.account, e.cash_after);
                let sums = self.market(&e.market);
                sums.capital +=
                    e.fee - e.fee_to_insurance - e.fee_to_protocol - e.realised - e.loss_to_capital;
                sums.protocol_fees += e.fee_to_protocol;
                sums.insurance += e.fee_to_insurance - e.loss_to_insurance;
                sums.fees += e.fee;
                sums.losses.0 += e.loss_to_insurance;
                sums.losses.1 += e.loss_to_capital;
            }
            Event::Liquidated(e) => {
                let asset = self.assets_of_markets[&e.market];
                self.position(e.account, asset, (e.size_after, e.entry_after));
                self.cash(e.account, e.cash_after);
                self.account(e.keeper_account).cash += e.bounty;
                let sums = self.market(&e.market);
                let insured = e.penalty - e.bounty;
                sums.capital -= e.realised + e.loss_to_capital;
                sums.insurance += insured - e.loss_to_insurance;
                sums.fees += insured;
                sums.losses.0 += e.loss_to_insurance;
                sums.losses.1 += e.loss_to_capital;
            }
            Event::LossSettled(e) => {
                let asset = self.assets_of_markets[&e.market];
                let (size, _) = self.account(e.account).positions[&asset];
                self.position(e.account, asset, (size, e.entry_after));
                self.cash(e.account, e.cash_after);
                self.market(&e.market).capital += e.loss;
            }
            _ => unreachable!("only events of markets come here"),
        }
    }

    /// Insurance of a market and of all.
    fn apply_to_insurance(&mut self, event: &Event) {
        match event {
            Event::Deleveraged(e) => {
                let sums = self.market(&e.market);
                sums.insurance -= e.from_insurance;
                sums.capital = e.capital_after;
                sums.haircuts = [e.haircut_long.get(), e.haircut_short.get()];
                self.fund -= e.from_fund;
            }
            Event::InsuranceSwept(e) => {
                let sums = self.market(&e.market);
                (sums.insurance, sums.capital) = (e.insurance_after, e.capital_after);
                self.fund = e.fund_after;
            }
            Event::InsuranceFunded(e) => {
                *self.tokens.entry(self.settlement_asset).or_default() += e.amount;
                self.fund = e.fund_after;
            }
            Event::BankruptcyResolved(e) => {
                let asset = self.assets_of_banks[&e.bank];
                self.shares(e.account, asset, 0);
                if asset == self.settlement_asset {
                    self.cash(e.account, 0);
                }
                self.fund -= e.from_fund as i64;
            }
            other => panic!("{} was not expected", other.name()),
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
            Event::FeesCollected(e) => {
                *tokens -= e.amount;
                self.market(&e.market).protocol_fees = e.fees_after;
            }
            Event::ClearinghouseCreated(_)
            | Event::PoolCreated(_)
            | Event::Launched(_)
            | Event::ChangeProposed(_)
            | Event::ChangeExecuted(_)
            | Event::ChangeCancelled(_)
            | Event::ParameterSet(_)
            | Event::OracleSet(_)
            | Event::RoleNominated(_)
            | Event::RoleAccepted(_)
            | Event::Paused(_)
            | Event::Unpaused(_)
            | Event::WarmedUp(_)
            | Event::AssetListed(_)
            | Event::PriceRefreshed(_)
            | Event::RefreshRefused(_)
            | Event::StockTaken(_)
            | Event::AuctionStarted(_) => {}
            _ => self.apply_to_insurance(event),
        }
    }
}

fn holdings(account: &MarginState) -> Holdings {
    let tokens = account.tokens().iter().filter(|t| t.shares != 0);
    Holdings {
        owner: account.owner,
        delegate: account.delegate,
        cash: account.cash,
        shares: tokens.map(|t| (t.asset, t.shares)).collect(),
        positions: account.perps().iter().map(|p| (p.asset, (p.size, p.entry))).collect(),
    }
}

fn sums(market: &Market) -> Sums {
    Sums {
        long: (market.long_size, market.long_entry),
        short: (market.short_size, market.short_entry),
        capital: market.capital,
        insurance: market.insurance,
        protocol_fees: market.protocol_fees,
        fees: market.fees_collected,
        losses: (market.loss_to_insurance, market.loss_to_capital),
        haircuts: [market.haircut_long.get(), market.haircut_short.get()],
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
        let world = World::deployed_by("governance", Svm::recorded(), presets::full_deployment());
        let world = world.with(&presets::full()).launched();
        let mut crowd = Crowd::new(world, seed);
        for _ in 0..500 {
            let (step, done) = crowd.step();
            tally.add(&step, &done);
        }
        let world = crowd.stage.world;
        let mut books = Books { settlement_asset: USDC, ..Books::default() };
        events(&world).iter().for_each(|event| books.apply(event));
        assert_eq!(books, Books::of(&world));
    }
    assert!(tally.event("Liquidated") > 0, "the run gets as far as liquidations");
}

#[test]
fn every_instruction_tells_what_it_did() {
    let mut stage = Stage::new();
    let before = Snapshot::take(&stage.home.svm);
    let mut told = BTreeSet::new();
    for (spec, call) in valid_calls(&mut stage.home) {
        let mut books = Books::of(&stage.home);
        let outcome = send(&mut stage, &call).unwrap_or_else(|f| panic!("{}: {f:#?}", spec.name));
        outcome.events.iter().for_each(|event| books.apply(event));
        assert_eq!(books, Books::of(&stage.home), "{}", spec.name);
        told.extend(outcome.events.iter().map(Event::name));
        before.restore(&mut stage.home.svm);
    }
    // Nothing to deleverage there; every price is good, and nothing held back. Oracles, roles and
    // old layouts have tests of their own.
    let all: BTreeSet<&str> = plimsoll_client::events::ALL.iter().map(|(name, _)| *name).collect();
    let silent: Vec<&str> = all.difference(&told).copied().collect();
    let told_elsewhere = [
        "AccountMigrated",
        "ClearinghouseMigrated",
        "Deleveraged",
        "OracleSet",
        "OutflowRefused",
        "RefreshRefused",
        "RoleNominated",
    ];
    assert_eq!(silent, told_elsewhere);
}
