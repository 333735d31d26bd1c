//! The world: who is in it, and what they do besides the keeper.
use crate::random::Random;
use plimsoll_client::chain::Chain;
use plimsoll_client::program::state::MarginState;
use plimsoll_testkit::chain::SvmChain;
use plimsoll_testkit::{Wallet, World};
use solana_account::Account;
use solana_address::Address;
use std::collections::BTreeMap;
use std::rc::Rc;

pub const USDC: u8 = 0;
pub const SOL: u8 = 1;
const USD: i64 = 1_000_000;
const E8: i64 = 100_000_000;
/// Native units of a token, by asset.
const ONE: [i64; 4] = [1_000_000, 1_000_000_000, 100_000_000, 100_000_000];
/// Prices at the beginning, USD.
const PRICES: [i64; 4] = [1, 100, 8_000, 200];
/// A price stays within so many times of what it was at the beginning.
const RANGE: i64 = 4;
const TRADERS: usize = 5;
const BORROWERS: usize = 2;

/// The chain as it was in a slot.
#[derive(Clone)]
pub struct Moment {
    pub slot: u64,
    pub unix_time: i64,
    /// The program's accounts, and the oracles.
    pub accounts: Rc<BTreeMap<Address, Account>>,
}

pub struct Scene {
    pub chain: SvmChain<World>,
    pub keeper: Wallet,
    pub rival: Wallet,
    visitor: Wallet,
    people: Vec<Wallet>,
    /// By asset, in units of 1e-8 USD.
    prices: [i64; 4],
    /// By asset, ticks until its oracle publishes again.
    halted: [u32; 4],
    /// Liquidations by the rival.
    pub rivalled: u64,
}

impl Scene {
    pub fn new(random: &mut Random) -> Self {
        let mut world = World::full();
        let prices = PRICES.map(|price| price * E8);
        let all: Vec<(u8, i64)> = (1..4).map(|asset| (asset, prices[asset as usize])).collect();
        world.set_prices(&all);
        let provider = world.wallet("provider");
        let capital = random.pick(&[20_000, 60_000, 300_000, 3_000_000]) * USD;
        world.capitalise(&provider, capital as u64);
        let keeper = with_money(&mut world, "keeper", 1_000_000);
        let rival = with_money(&mut world, "rival", 1_000);
        with_money(&mut world, "lender", 2_000_000);
        let visitor = world.wallet("visitor");
        let mut people = Vec::new();
        for index in 0..TRADERS {
            let trader = with_money(&mut world, &format!("trader {index}"), random.within(500, 20_000));
            people.push(trader);
        }
        for index in 0..BORROWERS {
            let borrower = with_money(&mut world, &format!("borrower {index}"), 0);
            let sol = random.within(20, 200);
            world.fund(&borrower, 0, SOL, (sol * ONE[SOL as usize]) as u64);
            let lent = sol * PRICES[SOL as usize] * USD * random.within(300, 650) / 1_000;
            world.refresh(&[USDC]).expect("interest is brought up to date");
            let borrow = world.withdraw_instruction(&borrower, 0, USDC, lent as u64);
            world.give(&borrower, USDC, 0);
            world.must(borrow, &borrower);
            people.push(borrower);
        }
        let mut scene = Self {
            chain: SvmChain::new(world),
            keeper,
            rival,
            visitor,
            people,
            prices,
            halted: [0; 4],
            rivalled: 0,
        };
        for _ in 0..3 * TRADERS {
            scene.trade(random, 9_000);
        }
        scene
    }

    pub fn margin_address(&self, of: &Wallet) -> Address {
        self.chain.with(|world| world.account_address(of, 0))
    }

    /// Everything as it is now.
    pub fn moment(&self) -> Moment {
        let slot = self.chain.block_height().expect("a height").slot;
        self.chain.with(|world| {
            let mut accounts: BTreeMap<Address, Account> =
                world.svm.vm.get_program_accounts(&plimsoll_client::addresses::PROGRAM).into_iter().collect();
            for asset in &world.assets[1..] {
                accounts.insert(asset.oracle, world.svm.account(&asset.oracle));
            }
            accounts.retain(|_, account| account.lamports > 0);
            Moment { slot, unix_time: world.svm.now(), accounts: Rc::new(accounts) }
        })
    }

    /// Publishes what the oracles say: while `wild`, prices wander and jump, and oracles fall silent.
    pub fn publish(&mut self, random: &mut Random, wild: bool) {
        for asset in 1..4u8 {
            let at = asset as usize;
            if wild {
                let step = if random.chance(60) { random.within(-250, 250) } else { random.within(-4, 4) };
                let (least, most) = (PRICES[at] * E8 / RANGE, PRICES[at] * E8 * RANGE);
                self.prices[at] = (self.prices[at] + self.prices[at] / 1_000 * step).clamp(least, most);
                if random.chance(20) {
                    self.halted[at] = random.within(3, 30) as u32;
                }
            } else {
                self.halted[at] = 0;
            }
            if self.halted[at] > 0 {
                self.halted[at] -= 1;
                continue;
            }
            let price = self.prices[at];
            self.chain.with(|world| world.publish(asset, price));
        }
    }

    /// What users and a rival keeper do in a tick.
    pub fn people(&mut self, random: &mut Random) {
        if random.chance(150) {
            self.trade(random, 3_000);
        }
        if random.chance(100) {
            let who = &self.people[random.within(0, self.people.len() as i64 - 1) as usize];
            let amount = random.within(1, 500) as u64 * USD as u64;
            let puts_in = random.chance(300);
            self.chain.with(|world| {
                if puts_in {
                    world.fund(who, 0, USDC, amount);
                } else {
                    let withdraw = world.withdraw_instruction(who, 0, USDC, amount);
                    let _ = world.send(&[withdraw], &[&who.key]);
                }
            });
        }
        if random.chance(30) {
            self.rival(random);
        }
        if random.chance(100) {
            self.visit();
        }
    }

    /// Somebody opens an account, and closes it the next time.
    fn visit(&mut self) {
        let address = self.margin_address(&self.visitor);
        self.chain.with(|world| {
            let is_open = world.svm.vm.get_account(&address).is_some_and(|account| account.lamports > 0);
            if is_open {
                world.must(world.close_account_instruction(&self.visitor, 0), &self.visitor);
            } else {
                world.open_account(&self.visitor, 0);
            }
        });
    }

    /// Somebody opens, increases, reduces or closes a position, if the program lets him.
    fn trade(&mut self, random: &mut Random, leverage_max: i64) {
        let who = &self.people[random.within(0, TRADERS as i64 - 1) as usize];
        let asset = random.within(1, 3) as u8;
        let leverage = random.within(-leverage_max, leverage_max);
        self.chain.with(|world| {
            let margin = world.margin(who, 0);
            let usd = (margin.cash + margin.tokens[0].shares).max(0) / USD;
            let notional = usd * leverage / 1_000;
            let size = notional as i128 * ONE[asset as usize] as i128 / PRICES[asset as usize] as i128;
            let assets: Vec<u8> = (1..4).collect();
            let _ = world.refresh(&assets);
            let _ = world.trade(who, 0, asset, size as i64);
        });
    }

    /// Somebody else's keeper, who sees everything at once.
    fn rival(&mut self, random: &mut Random) {
        let bounties = self.margin_address(&self.rival);
        let victim =
            self.margin_address(&self.people[random.within(0, self.people.len() as i64 - 1) as usize]);
        let landed = self.chain.with(|world| {
            let assets: Vec<u8> = (1..4).collect();
            let _ = world.refresh(&assets);
            let perps: Vec<u8> =
                world.svm.read::<MarginState>(&victim).perps().iter().map(|p| p.asset).collect();
            perps.into_iter().filter(|asset| world.liquidate(victim, bounties, *asset).is_ok()).count()
        });
        self.rivalled += landed as u64;
    }
}

fn with_money(world: &mut World, name: &str, usd: i64) -> Wallet {
    let wallet = world.wallet(name);
    world.open_account(&wallet, 0);
    if usd > 0 {
        world.fund(&wallet, 0, USDC, (usd * USD) as u64);
    }
    wallet
}
