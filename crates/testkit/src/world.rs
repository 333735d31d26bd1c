//! A deployment with wallets and oracles.

use crate::presets::{self, Deployment, Listing};
use crate::pyth::{self, LegacyPrice, PullUpdate, Quote};
use crate::svm::{Failure, Outcome, Svm};
use crate::{invariants, tokens};
use plimsoll::oracle::OracleKind;
use plimsoll::params::Change;
use plimsoll::state::{
    AssetRow, Bank, Clearinghouse, InsuranceFund, LiquidityPool, MarginState, Market, RiskBoard,
};
use plimsoll_client::{addresses, instructions};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;

/// A key pair with a name.
pub struct Wallet {
    pub name: String,
    pub key: Keypair,
}

impl Wallet {
    /// The wallet of that name: the same name is the same key.
    pub fn new(name: &str) -> Self {
        let mut seed = [0x57u8; 32];
        for (i, byte) in name.bytes().enumerate() {
            seed[i % 32] = seed[i % 32].rotate_left(3) ^ byte;
        }
        Self { name: name.into(), key: Keypair::new_from_array(seed) }
    }

    pub fn address(&self) -> Address {
        self.key.pubkey()
    }

    /// Whether an instruction asks for its signature.
    pub fn signs(&self, instruction: &Instruction) -> bool {
        let address = self.address();
        instruction.accounts.iter().any(|account| account.is_signer && account.pubkey == address)
    }
}

/// An asset as listed: where everything of it is.
#[derive(Clone, Debug)]
pub struct Asset {
    pub index: u8,
    pub symbol: String,
    pub decimals: u8,
    pub kind: OracleKind,
    pub mint: Address,
    pub oracle: Address,
    pub feed_id: [u8; 32],
    pub is_market: bool,
}

/// A clearinghouse in an SVM, with everything that tests need around it.
pub struct World {
    pub svm: Svm,
    pub governance: Wallet,
    pub clearinghouse: Address,
    /// What it was created with.
    pub deployment: Deployment,
    pub assets: Vec<Asset>,
    /// Checked after every transaction unless a test switches it off to break something on purpose.
    pub check_invariants: bool,
    pub(crate) seen: BTreeMap<Address, invariants::Seen>,
}

impl World {
    /// A clearinghouse with the settlement token and an empty pool.
    pub fn bare() -> Self {
        Self::created_by("governance", Svm::new())
    }

    /// USDC, SOL, BTC and ETH; no prices yet, no capital.
    pub fn standard() -> Self {
        Self::bare().with(&presets::standard()).launched()
    }

    /// The same assets with every rule on.
    pub fn full() -> Self {
        let deployment = presets::full_deployment();
        Self::deployed_by("governance", Svm::new(), deployment).with(&presets::full()).launched()
    }

    /// USDC and `count` assets that are collateral and market at once.
    pub fn wide(count: usize) -> Self {
        Self::bare().with(&presets::wide(count)).launched()
    }

    /// The same with every rule on.
    pub fn wide_full(count: usize) -> Self {
        let deployment = presets::full_deployment();
        Self::deployed_by("governance", Svm::new(), deployment).with(&presets::wide_full(count)).launched()
    }

    /// A clearinghouse that the wallet `creator` creates in `svm`.
    pub fn created_by(creator: &str, svm: Svm) -> Self {
        Self::deployed_by(creator, svm, Deployment::default())
    }

    /// The same with parameters of one's own.
    pub fn deployed_by(creator: &str, svm: Svm, deployment: Deployment) -> Self {
        let governance = Wallet::new(creator);
        let clearinghouse = addresses::clearinghouse(&governance.address());
        let mut world = Self {
            svm,
            governance,
            clearinghouse,
            deployment,
            assets: Vec::new(),
            check_invariants: true,
            seen: BTreeMap::new(),
        };
        let mint = world.add_mint("USDC", 6);
        world.assets.push(Asset {
            index: 0,
            symbol: "USDC".into(),
            decimals: 6,
            kind: OracleKind::Settlement,
            mint,
            oracle: Address::default(),
            feed_id: [0; 32],
            is_market: false,
        });
        world.svm.set_lamports(world.governance.address(), 1_000_000_000_000);
        world.create();
        world
    }

    pub(crate) fn create(&mut self) {
        let create = self.create_clearinghouse_instruction();
        self.govern(create);
        self.list_collateral(0, self.deployment.settlement);
        let create_pool = self.create_pool_instruction();
        self.govern(create_pool);
    }

    /// Lists assets, as collateral and markets where they say so.
    pub fn with(mut self, listings: &[Listing]) -> Self {
        for listing in listings {
            let index = self.list_asset(listing);
            if let Some(collateral) = listing.collateral {
                self.list_collateral(index, collateral);
            }
            if let Some(market) = listing.market {
                self.list_market(index, market);
            }
        }
        self
    }

    /// The same clearinghouse, open for money: from now on changes wait.
    pub fn launched(mut self) -> Self {
        self.launch();
        self
    }

    /// Puts an asset on the board and creates its mint and oracle addresses.
    pub fn list_asset(&mut self, listing: &Listing) -> u8 {
        let index = self.add_asset(listing.symbol, listing.decimals, listing.kind, listing.market.is_some());
        let asset = &self.assets[index as usize];
        let params = presets::asset(listing, asset.oracle, asset.feed_id);
        self.enact(&Change::Asset(params));
        index
    }

    /// Creates the mint and the oracle addresses of the asset that is listed next, with whatever
    /// parameters.
    pub fn add_asset(&mut self, symbol: &str, decimals: u8, kind: OracleKind, is_market: bool) -> u8 {
        let index = self.assets.len() as u8;
        let asset = Asset {
            index,
            symbol: symbol.into(),
            decimals,
            kind,
            mint: self.add_mint(symbol, decimals),
            oracle: self.named_address("oracle", symbol),
            feed_id: self.named_address("feed", symbol).to_bytes(),
            is_market,
        };
        self.assets.push(asset);
        index
    }

    /// Sends a transaction and checks every invariant if it went through.
    ///
    /// # Errors
    /// When the transaction fails.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Outcome, Failure> {
        let outcome = self.svm.send(instructions, signers)?;
        if self.check_invariants {
            invariants::check(self);
        }
        Ok(outcome)
    }

    /// Sends one instruction that governance signs.
    pub fn govern(&mut self, instruction: Instruction) -> Outcome {
        let key = self.governance.key.insecure_clone();
        self.send(&[instruction], &[&key]).unwrap_or_else(|f| panic!("{f:#?}"))
    }

    // --- oracles ------------------------------------------------------------

    /// Writes a price into an asset's oracle account, published now: USD per token, in
    /// units of 1e-8 USD, with a confidence of 0.05%.
    pub fn publish(&mut self, asset: u8, price_e8: i64) {
        let confidence = price_e8.unsigned_abs() / 2_000;
        let quote = Quote { price: price_e8, confidence, exponent: -8, publish_time: self.svm.now() };
        self.publish_quote(asset, quote);
    }

    /// Writes any quote into an asset's oracle account.
    pub fn publish_quote(&mut self, asset: u8, quote: Quote) {
        let a = &self.assets[asset as usize];
        let (data, owner) = match a.kind {
            OracleKind::PythPull => (pyth::pull_account(&PullUpdate::new(a.feed_id, quote)), pyth::RECEIVER),
            OracleKind::PythLegacy => {
                (pyth::legacy_account(&LegacyPrice::new(a.feed_id, quote, 1)), pyth::ORACLE_MAINNET)
            }
            OracleKind::Settlement => panic!("the settlement token has no oracle"),
        };
        let account = Account {
            lamports: 50_000_000,
            data,
            owner: owner.into(),
            executable: false,
            rent_epoch: u64::MAX,
        };
        self.svm.set_account(a.oracle, account);
    }

    /// Publishes and refreshes one price.
    pub fn set_price(&mut self, asset: u8, price_e8: i64) {
        self.set_prices(&[(asset, price_e8)]);
    }

    /// Moves one second on, publishes prices and refreshes their rows; a row that refuses
    /// is a test's mistake.
    pub fn set_prices(&mut self, prices: &[(u8, i64)]) {
        self.svm.advance(1);
        for (asset, price) in prices {
            self.publish(*asset, *price);
        }
        for batch in prices.chunks(8) {
            let assets: Vec<u8> = batch.iter().map(|(asset, _)| *asset).collect();
            let outcome = self.refresh(&assets).unwrap_or_else(|f| panic!("{f:#?}"));
            for event in outcome.events {
                assert!(matches!(event, plimsoll_client::Event::PriceRefreshed(_)), "{event:?}");
            }
        }
    }

    pub fn refresh_instruction(&self, assets: &[u8]) -> Instruction {
        let board = self.board();
        let metas = |asset: &u8| self.refresh_metas(&board, *asset);
        let accounts: Vec<AccountMeta> = assets.iter().flat_map(metas).collect();
        instructions::refresh_prices::instruction(
            &instructions::refresh_prices::Accounts { risk_board: self.board_address() },
            &instructions::refresh_prices::Args { assets: assets.to_vec() },
            &accounts,
        )
    }

    /// The accounts that a refresh of an asset reads: oracle, market, bank, as far as it has
    /// them.
    pub fn refresh_metas(&self, board: &RiskBoard, asset: u8) -> Vec<AccountMeta> {
        let (a, row) = (&self.assets[asset as usize], &board.rows[asset as usize]);
        let oracle = (a.kind != OracleKind::Settlement).then_some(a.oracle);
        let market = (row.is_market == 1).then(|| self.market_address(asset));
        let bank = (row.is_collateral == 1).then(|| self.bank_address(asset));
        let present = [oracle, market, bank].into_iter().flatten();
        present.map(|address| AccountMeta::new_readonly(address, false)).collect()
    }

    /// # Errors
    /// When the transaction fails.
    pub fn refresh(&mut self, assets: &[u8]) -> Result<Outcome, Failure> {
        let instruction = self.refresh_instruction(assets);
        self.send(&[instruction], &[])
    }

    // --- where things are, and what they hold ---------------------------------

    pub fn asset(&self, symbol: &str) -> u8 {
        self.assets.iter().find(|a| a.symbol == symbol).map(|a| a.index).expect("a listed symbol")
    }

    pub fn board_address(&self) -> Address {
        addresses::risk_board(&self.clearinghouse)
    }

    pub fn pool_address(&self) -> Address {
        addresses::liquidity_pool(&self.clearinghouse)
    }

    pub fn fund_address(&self) -> Address {
        addresses::insurance_fund(&self.clearinghouse)
    }

    pub fn window_address(&self) -> Address {
        addresses::outflow_window(&self.clearinghouse)
    }

    pub fn share_mint(&self) -> Address {
        addresses::share_mint(&self.pool_address())
    }

    pub fn bank_address(&self, asset: u8) -> Address {
        addresses::bank(&self.clearinghouse, &self.assets[asset as usize].mint)
    }

    pub fn vault_address(&self, asset: u8) -> Address {
        addresses::vault(&self.bank_address(asset))
    }

    pub fn market_address(&self, asset: u8) -> Address {
        addresses::market(&self.clearinghouse, asset)
    }

    pub fn account_address(&self, owner: &Wallet, sub_account: u16) -> Address {
        addresses::margin_account(&self.clearinghouse, &owner.address(), sub_account)
    }

    pub fn clearinghouse_account(&self) -> Clearinghouse {
        self.svm.read(&self.clearinghouse)
    }

    pub fn board(&self) -> RiskBoard {
        self.svm.read(&self.board_address())
    }

    pub fn row(&self, asset: u8) -> AssetRow {
        self.board().rows[asset as usize]
    }

    pub fn market(&self, asset: u8) -> Market {
        self.svm.read(&self.market_address(asset))
    }

    pub fn pool(&self) -> LiquidityPool {
        self.svm.read(&self.pool_address())
    }

    pub fn bank(&self, asset: u8) -> Bank {
        self.svm.read(&self.bank_address(asset))
    }

    pub fn fund_account(&self) -> InsuranceFund {
        self.svm.read(&self.fund_address())
    }

    pub fn margin(&self, owner: &Wallet, sub_account: u16) -> MarginState {
        self.svm.read(&self.account_address(owner, sub_account))
    }

    /// A wallet's token account of an asset's mint.
    pub fn token_address(&self, owner: &Address, asset: u8) -> Address {
        addresses::associated_token_account(owner, &self.assets[asset as usize].mint)
    }

    /// What a wallet's token account of an asset holds; zero if it has none.
    pub fn wallet_balance(&self, owner: &Wallet, asset: u8) -> u64 {
        let address = self.token_address(&owner.address(), asset);
        self.svm.vm.get_account(&address).map_or(0, |account| tokens::amount(&account))
    }

    // --- wallets --------------------------------------------------------------

    /// A wallet with lamports.
    pub fn wallet(&mut self, name: &str) -> Wallet {
        let wallet = Wallet::new(name);
        self.svm.set_lamports(wallet.address(), 100_000_000_000);
        wallet
    }

    /// Puts tokens into a wallet, in addition to what it has.
    pub fn give(&mut self, wallet: &Wallet, asset: u8, amount: u64) {
        let held = self.wallet_balance(wallet, asset);
        let (mint, address) =
            (self.assets[asset as usize].mint, self.token_address(&wallet.address(), asset));
        self.svm.set_account(address, tokens::account(&mint, &wallet.address(), held + amount));
    }

    fn add_mint(&mut self, symbol: &str, decimals: u8) -> Address {
        let address = self.named_address("mint", symbol);
        self.svm.set_account(address, tokens::mint(decimals, &self.governance.address()));
        address
    }

    /// An address that is nobody's, one per role, symbol and world.
    fn named_address(&self, role: &str, symbol: &str) -> Address {
        Wallet::new(&format!("{role} {symbol} {}", self.governance.name)).address()
    }
}
