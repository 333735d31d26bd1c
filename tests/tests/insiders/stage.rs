//! A clearinghouse of honest people, and mallory, who holds some of its roles beside wallets,
//! mints and oracle accounts of his own.

use crate::notice::Watch;
use crate::wealth::{shares_value, skew_premium};
use plimsoll::oracle::OracleKind;
use plimsoll::params::{Change, CollateralParams, MarketParams, OracleSource};
use plimsoll::state::Role;
use plimsoll_testkit::presets::{self, Deployment, Listing};
use plimsoll_testkit::{Failure, Outcome, Svm, Wallet, World, tokens};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, USD, USDC, margin_needed};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;

/// An honest asset that has a market and is no collateral.
pub const DOGE: u8 = 4;
/// The asset that mallory lists: mint and oracle are his.
pub const FAKE: u8 = 5;

/// Micro-USD that may leave the settlement bank at once, and again per day.
pub const LIMIT_USDC: u64 = 200_000 * USD as u64;
/// Native units of SOL that may: worth as much.
pub const LIMIT_SOL: u64 = 2_000 * ONE_SOL as u64;
/// Micro-USD that may leave all banks.
pub const LIMIT_TOTAL: i64 = 300_000 * USD;

pub const DAY: i64 = 86_400;
/// Wait of a change, and of one that concerns oracles, assets or collateral.
pub const WAIT: i64 = 2 * DAY;
pub const LONG_WAIT: i64 = 4 * DAY;

/// What the honest provider put into the pool.
pub const CAPITAL: i64 = 1_000_000 * USD;
/// What is in the shared insurance fund.
pub const FUND: i64 = 100_000 * USD;

/// What honest oracles say, in units of 1e-8 USD.
pub const HONEST: [(u8, i64); 4] = [(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8), (DOGE, E8 / 100)];

/// Sub-accounts of mallory.
pub const ACCOUNTS: u16 = 3;

pub const ALL_ROLES: [Role; 4] = [Role::Governance, Role::Steward, Role::Guardian, Role::FeeCollector];

/// The clearinghouse, and what is mallory's in it.
pub struct Stage {
    pub world: World,
    pub mallory: Wallet,
    /// Roles that he holds.
    pub roles: Vec<Role>,
    /// What the oracles of everything on the board but the settlement token say; the honest
    /// ones never move.
    pub prices: Vec<(u8, i64)>,
    /// Whether he proposes nothing but what needs the longer wait.
    pub is_patient: bool,
    /// Has seen every transaction of his.
    pub watch: Watch,
}

fn deployment() -> Deployment {
    let mut deployment = presets::full_deployment();
    deployment.terms.outflow_max = LIMIT_TOTAL;
    let terms = &mut deployment.settlement.terms;
    terms.outflow_max = LIMIT_USDC;
    // Nobody gets richer by lending or by standing against the skew: what mallory wins is
    // somebody else's.
    (terms.rate_at_kink, terms.rate_at_full) = (0, 0);
    deployment
}

fn listings() -> Vec<Listing> {
    let outflows = [LIMIT_SOL, 25 * ONE_BTC as u64, 1_000 * ONE_ETH as u64];
    let mut listings = presets::full();
    for (listing, outflow_max) in listings.iter_mut().zip(outflows) {
        let collateral = listing.collateral.as_mut().expect("a collateral");
        collateral.terms.outflow_max = outflow_max;
        (collateral.terms.rate_at_kink, collateral.terms.rate_at_full) = (0, 0);
        let market = listing.market.as_mut().expect("a market");
        market.terms.capital_weight = 250_000;
        market.terms.funding_rate_max_per_day = 0;
    }
    listings.push(Listing {
        symbol: "DOGE",
        decimals: 8,
        kind: OracleKind::PythPull,
        collateral: None,
        market: Some(presets::market(10_000_000_000, 50_000)),
    });
    listings
}

/// What mallory lists his own token with: all of it counts, and as much as there may be.
pub fn greedy_collateral() -> CollateralParams {
    let mut collateral = presets::settlement();
    collateral.terms.deposit_cap = 1 << 56;
    collateral
}

/// What mallory lists his own market with: as much of everything as the hard bounds allow.
pub fn greedy_market(capital_weight: u32) -> MarketParams {
    let mut market = presets::market(1_000_000_000, capital_weight);
    market.terms.reserve_ratio = 10_000;
    market.terms.shared_insurance_max = 1 << 60;
    market
}

impl Stage {
    /// - lena has deposited 500,000 USDC, 5,000 SOL and 60 BTC;
    /// - provider has put 1,000,000 USDC into the pool, and 100,000 are in the insurance fund;
    /// - alice is long 10 BTC, bob short 300 ETH, with 5/4 of the initial margin;
    /// - carol owes 40,000 USDC against 1,000 SOL;
    /// - mallory has deposited 300,000 USDC and 500 SOL and provided 100,000 USDC, and holds
    ///   300,000 USDC more.
    pub fn new(roles: &[Role]) -> Self {
        let mut world =
            World::deployed_by("governance", Svm::new(), deployment()).with(&listings()).launched();
        world.set_prices(&HONEST);
        world.refresh(&[USDC]).expect("the settlement row");
        let provider = world.wallet("provider");
        world.capitalise(&provider, CAPITAL as u64);
        let mallory = world.wallet("mallory");
        let (roles, prices, watch) = (roles.to_vec(), HONEST.to_vec(), Watch::new(&world));
        let mut stage = Self { world, mallory, roles, prices, is_patient: false, watch };
        stage.populate();
        stage.enter();
        stage
    }

    fn populate(&mut self) {
        let world = &mut self.world;
        let lena = world.wallet("lena");
        world.open_account(&lena, 0);
        for (asset, amount) in [(USDC, 500_000 * USD), (SOL, 5_000 * ONE_SOL), (BTC, 60 * ONE_BTC)] {
            world.fund(&lena, 0, asset, amount as u64);
        }
        let donor = world.wallet("donor");
        world.give(&donor, USDC, FUND as u64);
        let fund = world.fund_insurance_instruction(&donor, FUND as u64);
        world.must(fund, &donor);
        for (name, asset, size) in [("alice", BTC, 10 * ONE_BTC), ("bob", ETH, -300 * ONE_ETH)] {
            let who = world.wallet(name);
            world.open_account(&who, 0);
            let margin = margin_needed(world, asset, size);
            world.fund(&who, 0, USDC, margin + margin / 4);
            world.trade(&who, 0, asset, size).unwrap_or_else(|f| panic!("{f:#?}"));
        }
        plimsoll_tests::full::borrower(world, "carol", 1_000 * ONE_SOL, 40_000);
        for role in ALL_ROLES {
            let holder = world.holder(role);
            world.svm.set_lamports(holder.address(), 100_000_000_000);
            for asset in [USDC, SOL, BTC, ETH] {
                world.give(&holder, asset, 0);
            }
        }
    }

    fn enter(&mut self) {
        let (world, mallory) = (&mut self.world, &self.mallory);
        for sub_account in 0..ACCOUNTS {
            world.open_account(mallory, sub_account);
        }
        world.fund(mallory, 0, USDC, 300_000 * USD as u64);
        world.fund(mallory, 0, SOL, 500 * ONE_SOL as u64);
        world.give(mallory, USDC, 400_000 * USD as u64);
        for asset in [BTC, ETH] {
            world.give(mallory, asset, 0);
        }
        let provide = world.provide_instruction(mallory, 100_000 * USD as u64, 0);
        world.must(provide, mallory);
        self.freshen();
    }

    /// One second on, every oracle says the same again, and every row that listens knows it.
    pub fn freshen(&mut self) {
        let board = self.world.board();
        let listens = |asset: u8| {
            board.rows[asset as usize].source().oracle == self.world.assets[asset as usize].oracle
        };
        let prices: Vec<_> = self.prices.iter().copied().filter(|(asset, _)| listens(*asset)).collect();
        self.world.set_prices(&prices);
        self.world.refresh(&[USDC]).expect("the settlement row");
    }

    /// Lets time pass; prices come in every half day, as the history of new assets needs.
    pub fn pass(&mut self, seconds: i64) {
        let end = self.world.svm.now() + seconds;
        while self.world.svm.now() < end {
            let step = (end - self.world.svm.now()).min(DAY / 2);
            self.world.svm.advance(step - 1);
            self.freshen();
        }
    }

    /// Keys of all the roles that mallory holds, and of his own wallet.
    pub fn keys(&self) -> Vec<Keypair> {
        let holders = self.roles.iter().map(|role| self.world.holder(*role).key);
        holders.chain([self.mallory.key.insecure_clone()]).collect()
    }

    /// Sends a transaction with every signature that mallory can give and that it asks for.
    /// Whatever it changes had its notice.
    ///
    /// # Errors
    /// When the transaction fails.
    pub fn try_send(&mut self, instructions: &[Instruction]) -> Result<Outcome, Failure> {
        use solana_signer::Signer;
        let asked = |key: &Keypair| {
            let mut metas = instructions.iter().flat_map(|i| &i.accounts);
            metas.any(|meta| meta.is_signer && meta.pubkey == key.pubkey())
        };
        let keys = self.keys();
        let signers: Vec<&Keypair> = keys.iter().filter(|key| asked(key)).collect();
        let outcome = self.world.send(instructions, &signers)?;
        self.watch.look(&self.world);
        Ok(outcome)
    }

    pub fn send(&mut self, instruction: Instruction) -> Outcome {
        self.try_send(&[instruction]).unwrap_or_else(|f| panic!("{f:#?}"))
    }

    /// Proposes a change; returns where it waits.
    pub fn propose(&mut self, change: &Change) -> Address {
        let (address, propose) = (self.world.next_change(), self.world.propose_instruction(change));
        self.send(propose);
        address
    }

    pub fn execute(&mut self, address: Address, change: &Change) -> Outcome {
        let execute = self.world.execute_instruction(address, change);
        self.send(execute)
    }

    /// Proposes a change and executes it after its wait, prices coming in meanwhile.
    pub fn enact(&mut self, change: &Change) {
        self.enact_all(std::slice::from_ref(change));
    }

    /// The same with several changes at once; they are executed in their order.
    pub fn enact_all(&mut self, changes: &[Change]) {
        let addresses: Vec<Address> = changes.iter().map(|change| self.propose(change)).collect();
        let waits = changes.iter().map(|change| self.world.wait_seconds(change));
        self.pass(waits.max().expect("a change"));
        for (address, change) in addresses.into_iter().zip(changes) {
            self.execute(address, change);
        }
    }

    /// Whether mallory holds a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// All that is mallory's, at honest prices, in micro-USD: wallets, what his accounts own
    /// beyond their debts, pool shares, fees he may collect, and the premium for the skew of all
    /// markets, which whoever trades it away may earn. Tokens of his own mints are worth nothing.
    pub fn wealth(&mut self) -> i128 {
        let mallory = Wallet::new("mallory");
        let board = self.world.board();
        let mut total = shares_value(&mut self.world, &mallory);
        let mut wallets: Vec<Wallet> = self.roles.iter().map(|role| self.world.holder(*role)).collect();
        wallets.push(Wallet::new("mallory"));
        for wallet in &wallets {
            for asset in [USDC, SOL, BTC, ETH] {
                let price = honest_price(&self.world, asset);
                let held = self.world.wallet_balance(wallet, asset) as i64;
                total += reference::value_floor(held, price);
            }
        }
        for sub_account in 0..ACCOUNTS {
            let account = self.world.margin(&mallory, sub_account);
            let own = account.tokens.iter().filter(|slot| [DOGE, FAKE].contains(&slot.asset));
            let worthless: i128 = own
                .map(|slot| reference::token_health(slot.shares, &board.rows[slot.asset as usize]).equity)
                .sum();
            total += (reference::health(&account, &board).equity - worthless).max(0);
        }
        for asset in self.world.assets.iter().filter(|a| a.is_market).map(|a| a.index) {
            let (market, row) = (self.world.market(asset), board.rows[asset as usize]);
            total += skew_premium(&market, &row);
            total += if self.has(Role::FeeCollector) { market.protocol_fees as i128 } else { 0 };
        }
        total
    }

    /// What has left the vaults into mallory's wallets, in micro-USD at honest prices, since he
    /// held `before` there.
    pub fn in_wallet(&self) -> i128 {
        let value = |asset| {
            let held = self.world.wallet_balance(&self.mallory, asset) as i64;
            reference::value_floor(held, honest_price(&self.world, asset))
        };
        [USDC, SOL, BTC, ETH].into_iter().map(value).sum()
    }

    // --- what is his own ------------------------------------------------------

    /// Where the oracle of his own asset is.
    pub fn own_source(&self) -> OracleSource {
        let fake = &self.world.assets[FAKE as usize];
        OracleSource {
            oracle: fake.oracle,
            feed_id: fake.feed_id,
            kind: OracleKind::PythPull as u8,
            padding: [0; 3],
        }
    }

    /// Mint and oracle of an asset of his own, not yet on the board.
    pub fn mint_own(&mut self) {
        let index = self.world.add_asset("FAKE", 6, OracleKind::PythPull, false);
        assert_eq!(index, FAKE);
        self.hold_all_of(FAKE);
    }

    /// Mallory has as many tokens of an asset's mint as he likes: nobody has named another yet.
    pub fn hold_all_of(&mut self, asset: u8) {
        let mint = self.world.assets[asset as usize].mint;
        let owner = self.mallory.address();
        let address = self.world.token_address(&owner, asset);
        self.world.svm.set_account(address, tokens::account(&mint, &owner, 1 << 55));
    }

    /// The change that lists his own asset.
    pub fn own_asset(&self) -> Change {
        let listing = Listing {
            symbol: "FAKE",
            decimals: 6,
            kind: OracleKind::PythPull,
            collateral: None,
            market: None,
        };
        let source = self.own_source();
        let mut params = presets::asset(&listing, source.oracle, source.feed_id);
        (params.price.divergence_max, params.price.hold_seconds) = (500_000, 0);
        Change::Asset(params)
    }

    /// Says that the price of an asset is `price_e8` from now on.
    pub fn say(&mut self, asset: u8, price_e8: i64) {
        self.prices.retain(|(of, _)| *of != asset);
        self.prices.push((asset, price_e8));
    }
}

/// Whole dollars of an amount in micro-USD, towards zero.
pub fn dollars(amount: i128) -> i128 {
    amount / USD as i128
}

/// What an honest oracle says of a native unit, in steps.
pub fn honest_price(world: &World, asset: u8) -> i128 {
    let decimals = world.assets[asset as usize].decimals;
    match HONEST.iter().find(|(of, _)| *of == asset) {
        Some((_, price_e8)) => reference::price(*price_e8, decimals),
        None => 1 << 64,
    }
}
