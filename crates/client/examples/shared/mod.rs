//! What every example stands on: a chain, a clearinghouse on it, and a wallet.
//!
//! `PLIMSOLL_URL` (an address, or a name such as `localhost`), `PLIMSOLL_CLEARINGHOUSE` and `PLIMSOLL_KEYPAIR` (a file)
//! say which. Without a URL, an example runs against a chain in its own process, on which there is a
//! clearinghouse with prices and liquidity, and everybody has tokens.
#![allow(dead_code)]

use plimsoll_client::chain::{Chain, Commitment};
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::prepare::prepare;
use plimsoll_client::refresh::{self, Purpose};
use plimsoll_client::rpc::Rpc;
use plimsoll_client::send::{SendPolicy, Sender, SystemTime, Time};
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::transaction::Version;
use plimsoll_client::words;
use plimsoll_testkit::{SvmChain, World};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::error::Error;

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Asset of the settlement token.
pub const USDC: u8 = 0;

/// Where an example runs, and who runs it.
pub struct Place {
    node: Node,
    pub clearinghouse: Address,
    pub wallet: Keypair,
}

enum Node {
    Rpc(Rpc, SystemTime),
    Process(Box<SvmChain>),
}

/// Who runs an example on a chain in this process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As {
    Trader,
    Governance,
}

impl Place {
    /// The place that the environment names.
    pub fn open(role: As) -> Result<Self> {
        let Ok(url) = std::env::var("PLIMSOLL_URL") else { return Self::in_process(role) };
        let named = |name: &str| std::env::var(name).map_err(|_| format!("set {name} too"));
        let bytes: Vec<u8> = serde_json::from_str(&std::fs::read_to_string(named("PLIMSOLL_KEYPAIR")?)?)?;
        Ok(Self {
            node: Node::Rpc(Rpc::new(&url, Commitment::Confirmed)?, SystemTime::default()),
            clearinghouse: named("PLIMSOLL_CLEARINGHOUSE")?.parse()?,
            wallet: Keypair::try_from(bytes.as_slice())?,
        })
    }

    /// Alice has USDC in her wallet and an account with USDC in it, Bob is deep under water.
    fn in_process(role: As) -> Result<Self> {
        let mut world = World::standard();
        let [sol, btc, eth] = ["SOL", "BTC", "ETH"].map(|symbol| world.asset(symbol));
        let prices = |btc_price| [(sol, 15_000_000_000), (btc, btc_price), (eth, 300_000_000_000)];
        world.set_prices(&prices(6_000_000_000_000));
        let [provider, alice, bob] = ["provider", "alice", "bob"].map(|name| world.wallet(name));
        world.capitalise(&provider, 1_000_000_000_000);
        for wallet in [&alice, &bob] {
            world.open_account(wallet, 0);
            world.fund(wallet, 0, USDC, 1_000_000_000);
        }
        world.give(&alice, USDC, 10_000_000_000);
        world.trade(&bob, 0, btc, 15_000_000).unwrap_or_else(|f| panic!("{f:?}"));
        world.set_prices(&prices(5_550_000_000_000));
        // The oracles go on, and the board does not know yet.
        world.svm.advance(25);
        prices(5_560_000_000_000).iter().for_each(|(asset, price)| world.publish(*asset, *price));
        let first = world.deposit_instruction(&alice, 0, USDC, 1_000_000);
        let (clearinghouse, governance) = (world.clearinghouse, world.governance.key.insecure_clone());
        let (node, wallet) = (Node::Process(Box::new(SvmChain::new(world))), alice.key.insecure_clone());
        let place = Self { node, clearinghouse, wallet };
        // Something for the chain's history.
        place.send(&place.snapshot()?, &[], vec![first])?;
        Ok(if role == As::Governance { Self { wallet: governance, ..place } } else { place })
    }

    pub fn chain(&self) -> &dyn Chain {
        match &self.node {
            Node::Rpc(rpc, _) => rpc,
            Node::Process(chain) => chain.as_ref(),
        }
    }

    pub fn owner(&self) -> Address {
        self.wallet.pubkey()
    }

    /// The deployment as it is now.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::fetch(self.chain(), &self.clearinghouse)?)
    }

    /// Sends instructions, with the price refreshes that `purposes` need in front, and tells what came of it.
    pub fn send(
        &self,
        snapshot: &Snapshot,
        purposes: &[Purpose<'_>],
        instructions: Vec<Instruction>,
    ) -> Result<Vec<String>> {
        let rows = refresh::needed(snapshot, purposes, snapshot.unix_time);
        let all = refresh::instruction(snapshot, &rows).into_iter().chain(instructions).collect();
        let fees = FeePolicy::default();
        let prepared = prepare(self.chain(), self.owner(), all, Version::V0, &fees, &[])?;
        let time: &dyn Time = match &self.node {
            Node::Rpc(_, time) => time,
            Node::Process(chain) => chain.as_ref(),
        };
        let sender = Sender { chain: self.chain(), time, policy: SendPolicy::default() };
        let receipt = sender.send(&prepared.draft, &[&self.wallet])?;
        Ok(receipt.events.iter().map(|event| words::event(event, Some(snapshot))).collect())
    }
}

/// The asset of a symbol.
pub fn asset(snapshot: &Snapshot, symbol: &str) -> Result<u8> {
    let rows = &snapshot.board.rows[..snapshot.assets.len()];
    let found = rows.iter().position(|row| row.symbol.starts_with(symbol.as_bytes()));
    Ok(found.ok_or_else(|| format!("there is no {symbol} here"))? as u8)
}

/// Prints what an example has to say.
pub fn print(lines: &[String]) {
    lines.iter().for_each(|line| println!("{line}"));
}
