//! From a wallet with tokens to a wallet with tokens: deposit, trade, crash, liquidation by keepers who race, and what is
//! left withdrawn. The keepers are the command itself, as whoever keeps would start it.

mod harness;

use harness::{Localnet, keypair, signal, wait};
use plimsoll_client::chain::Chain;
use plimsoll_client::preview::Preview;
use plimsoll_client::program::events::Liquidated;
use plimsoll_client::program::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_client::refresh::{self, Purpose};
use plimsoll_client::risk::{Price, Quantity};
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{Event, addresses, fetch, instructions as ix, logs};
use plimsoll_testkit::tokens;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// Liquidations hold for ten seconds after a crash; all else takes a second or two on an idle machine.
const SOON: Duration = Duration::from_secs(180);
const USDC: u64 = 1_000_000;
const KEEPERS: usize = 3;
const HISTORY_MAX: usize = 1_000;

/// Somebody who trades.
struct Trader<'a> {
    localnet: &'a Localnet,
    key: Keypair,
}

impl Trader<'_> {
    fn account(&self) -> Address {
        addresses::margin_account(&self.localnet.clearinghouse(), &self.key.pubkey(), 0)
    }

    fn state(&self) -> MarginState {
        fetch::margin_account(&self.localnet.node.rpc, &self.account()).unwrap().value
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::fetch(&self.localnet.node.rpc, &self.localnet.clearinghouse()).unwrap()
    }

    fn wallet_tokens(&self) -> u64 {
        let mint = self.localnet.asset("USDC").mint.parse().unwrap();
        let address = addresses::associated_token_account(&self.key.pubkey(), &mint);
        tokens::amount(self.localnet.node.rpc.accounts(&[address]).unwrap().value[0].as_ref().unwrap())
    }

    /// Sends an instruction with the price refreshes that it needs in front.
    fn send(&self, snapshot: &Snapshot, purpose: Option<Purpose<'_>>, instructions: Vec<Instruction>) {
        let rows = refresh::needed(snapshot, purpose.as_slice(), snapshot.unix_time);
        let all = refresh::instruction(snapshot, &rows).into_iter().chain(instructions).collect();
        self.localnet.node.send(all, &self.key).unwrap();
    }

    fn deposit(&self, amount: u64) {
        let (snapshot, owner, clearinghouse) =
            (self.snapshot(), self.key.pubkey(), self.localnet.clearinghouse());
        let (bank, state) = snapshot.assets[usize::from(SETTLEMENT_ASSET)].bank.as_ref().unwrap();
        let open = ix::open_account::instruction(
            &ix::open_account::Accounts { owner, clearinghouse, account: self.account() },
            &ix::open_account::Args { sub_account: 0, isolated_asset: 0 },
            &[],
        );
        let deposit = ix::deposit::instruction(
            &ix::deposit::Accounts {
                risk_board: addresses::risk_board(&clearinghouse),
                owner,
                account: self.account(),
                bank: *bank,
                mint: state.mint,
                owner_tokens: addresses::associated_token_account(&owner, &state.mint),
                vault: state.vault,
            },
            &ix::deposit::Args { amount },
            &[],
        );
        self.send(&snapshot, None, vec![open, deposit]);
    }

    /// Trades at any price.
    fn trade(&self, asset: u8, size: i64) {
        let (snapshot, state, clearinghouse) = (self.snapshot(), self.state(), self.localnet.clearinghouse());
        let trade = ix::trade::instruction(
            &ix::trade::Accounts {
                authority: self.key.pubkey(),
                account: self.account(),
                risk_board: addresses::risk_board(&clearinghouse),
                market: addresses::market(&clearinghouse, asset),
            },
            &ix::trade::Args { size, limit: if size > 0 { Price::MAX.0 } else { 0 } },
            &[],
        );
        self.send(&snapshot, Some(Purpose::Trade { account: &state, asset, size }), vec![trade]);
    }

    /// Withdraws all settlement tokens there are, and returns how many.
    fn withdraw_all(&self) -> u64 {
        let (snapshot, state, owner) = (self.snapshot(), self.state(), self.key.pubkey());
        let clearinghouse = self.localnet.clearinghouse();
        let standing = Preview::new(&snapshot, snapshot.unix_time).standing(&state).unwrap();
        let amount = u64::try_from(standing.free_collateral.0).unwrap();
        let (bank, found) = snapshot.assets[usize::from(SETTLEMENT_ASSET)].bank.as_ref().unwrap();
        let withdraw = ix::withdraw::instruction(
            &ix::withdraw::Accounts {
                window: addresses::outflow_window(&clearinghouse),
                owner,
                account: self.account(),
                risk_board: addresses::risk_board(&clearinghouse),
                bank: *bank,
                mint: found.mint,
                destination: addresses::associated_token_account(&owner, &found.mint),
                vault: found.vault,
            },
            &ix::withdraw::Args { amount },
            &[],
        );
        let purpose = Purpose::Withdraw { account: &state, asset: SETTLEMENT_ASSET, amount };
        self.send(&snapshot, Some(purpose), vec![withdraw]);
        amount
    }

    /// All liquidations of the account, by its history.
    fn liquidations(&self) -> Vec<Liquidated> {
        let rpc = &self.localnet.node.rpc;
        let history = rpc.history(&self.account(), None, HISTORY_MAX).unwrap();
        let landed = history.iter().filter(|landed| landed.error.is_none());
        let events = landed.flat_map(|landed| {
            let found = rpc.transaction(&landed.signature).unwrap().unwrap();
            logs::events(found.logs.iter().map(String::as_str)).events
        });
        let liquidated = events.filter_map(|event| match event {
            Event::Liquidated(liquidated) => Some(liquidated),
            _ => None,
        });
        liquidated.filter(|liquidated| liquidated.account == self.account()).collect()
    }
}

/// A keeper's process. Killed if the test ends before it has been stopped.
struct Keeper {
    child: Child,
    account: Address,
    log: PathBuf,
}

/// The command, built with the workspace beside this test.
fn keeper_command(localnet: &Localnet, key: &Path) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_plimsoll-localnet")).with_file_name("plimsoll-keeper");
    assert!(program.is_file(), "{}: run `cargo build -p plimsoll-keeper` first", program.display());
    let mut command = Command::new(program);
    command.arg("--config").arg(&localnet.summary.keeper_config).arg("--keeper-keypair").arg(key);
    command.arg("--keeper-journal").arg(key.with_extension("journal"));
    command.args(["--metrics-listen", "off", "--log-format", "json"]);
    command
}

impl Keeper {
    /// Opens its margin account as its operator would, and starts it.
    fn start(localnet: &Localnet, key_file: &Path) -> Self {
        let log = key_file.with_extension("log");
        let opened = keeper_command(localnet, key_file).arg("--open-account").output().unwrap();
        assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
        let key = keypair(key_file);
        let account = addresses::margin_account(&localnet.clearinghouse(), &key.pubkey(), 0);
        let output = File::create(&log).unwrap();
        let child = keeper_command(localnet, key_file).stderr(output).spawn().unwrap();
        Self { child, account, log }
    }

    /// Ends it as Ctrl-C does: it must say nothing of errors, and end well.
    fn stop(&mut self) {
        signal(&self.child, "TERM");
        let status = self.child.wait().unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains("\"ERROR\""), "{log}");
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A new wallet with SOL, in a file.
fn wallet(localnet: &Localnet, name: &str) -> PathBuf {
    let (key, file) = (Keypair::new(), localnet.folder.join(format!("{name}.json")));
    std::fs::write(&file, serde_json::to_string(&key.to_bytes().to_vec()).unwrap()).unwrap();
    localnet.node.airdrop(&key.pubkey(), 10_000_000_000).unwrap();
    file
}

#[test]
fn who_sinks_is_liquidated_by_one_of_three_keepers_and_takes_the_rest_home() {
    let localnet = Localnet::start();
    let trader = Trader { localnet: &localnet, key: localnet.wallet("trader") };
    let sol = localnet.asset("SOL").index;
    let in_wallet = trader.wallet_tokens();
    trader.deposit(2_000 * USDC);
    assert_eq!(trader.wallet_tokens(), in_wallet - 2_000 * USDC);
    // 60 SOL at 150 USD each.
    trader.trade(sol, 60_000_000_000);
    assert_eq!(trader.state().position(sol).size, Quantity(60_000_000_000));

    let files: Vec<PathBuf> =
        (0..KEEPERS).map(|number| wallet(&localnet, &format!("keeper-{number}"))).collect();
    let mut keepers: Vec<Keeper> = files.iter().map(|file| Keeper::start(&localnet, file)).collect();
    localnet.control("jump SOL -15%");
    let is_done = wait(SOON, || {
        let state = trader.state();
        state.position(sol).size.0 < 60_000_000_000
    });
    let told: Vec<String> =
        keepers.iter().map(|keeper| std::fs::read_to_string(&keeper.log).unwrap()).collect();
    assert!(is_done, "nobody has liquidated: {told:#?}");
    // Whoever has lost the race may still be under way.
    keepers.iter_mut().for_each(Keeper::stop);

    let liquidations = trader.liquidations();
    assert!(!liquidations.is_empty());
    let paid: i64 = liquidations.iter().map(|liquidated| liquidated.bounty).sum();
    assert!(paid > 0);
    for keeper in &keepers {
        let own = liquidations.iter().filter(|liquidated| liquidated.keeper_account == keeper.account);
        let state = fetch::margin_account(&localnet.node.rpc, &keeper.account).unwrap().value;
        assert_eq!(state.cash, own.map(|liquidated| liquidated.bounty).sum::<i64>());
    }
    assert!(
        liquidations.iter().all(|liquidated| keepers.iter().any(|k| k.account == liquidated.keeper_account))
    );

    let left = trader.state().position(sol).size.0;
    if left > 0 {
        trader.trade(sol, -left);
    }
    let before = trader.wallet_tokens();
    let withdrawn = trader.withdraw_all();
    assert!(withdrawn > 0);
    assert_eq!(trader.wallet_tokens(), before + withdrawn);
    let snapshot = trader.snapshot();
    let standing = Preview::new(&snapshot, snapshot.unix_time).standing(&trader.state()).unwrap();
    assert!(standing.health.equity.0 < USDC.cast_signed() / 100, "{standing:?}");
}
