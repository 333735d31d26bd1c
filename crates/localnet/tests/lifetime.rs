//! A localnet from start to end: what is there, what is kept, and that nothing is left behind.

mod harness;

use harness::{Localnet, command, folder, signal, wait};
use plimsoll_client::chain::Chain;
use plimsoll_client::decode::decode;
use plimsoll_client::program::state::{LiquidityPool, Market, RiskBoard};
use plimsoll_client::{addresses, fetch};
use plimsoll_localnet::state;
use solana_address::Address;
use solana_signer::Signer;
use std::process::{Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// The process ids of a process's children.
fn children(process: u32) -> Vec<u32> {
    let listed = Command::new("ps").args(["-o", "pid=", "--ppid", &process.to_string()]).output().unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

fn runs(process: u32) -> bool {
    Command::new("ps").args(["-p", &process.to_string()]).stdout(Stdio::null()).status().unwrap().success()
}

fn lamports(localnet: &Localnet, address: Address) -> u64 {
    let found = localnet.node.rpc.accounts(&[address]).unwrap().value;
    found[0].as_ref().map_or(0, |account| account.lamports)
}

#[test]
fn a_deployment_is_launched_and_its_capital_is_at_work() {
    let localnet = Localnet::start();
    let house = localnet.clearinghouse();
    let data = |address| localnet.node.data(&address).unwrap().unwrap();
    let board: RiskBoard = decode(&data(addresses::risk_board(&house))).unwrap();
    assert_eq!((board.is_launched, board.asset_count), (1, 4));
    let pool: LiquidityPool = decode(&data(addresses::liquidity_pool(&house))).unwrap();
    let markets = ["BTC", "ETH", "SOL"].map(|symbol| {
        let market: Market =
            decode(&data(localnet.asset(symbol).market.as_ref().unwrap().parse().unwrap())).unwrap();
        market.capital
    });
    assert_eq!(markets, [2_000_000_000_000, 1_500_000_000_000, 250_000_000_000]);
    assert_eq!(pool.unallocated, 1_250_000_000_000);
    let provider = localnet.wallet("provider").pubkey();
    let account = fetch::margin_account(&localnet.node.rpc, &addresses::margin_account(&house, &provider, 0));
    assert_eq!(account.unwrap().value.owner, provider);
}

#[test]
fn state_is_kept_and_nothing_is_left_running() {
    let folder = folder();
    let dir = folder.display().to_string();
    let start = || Localnet::of(command(&["--speed", "0", "--state", &dir]), folder.clone());

    let mut first = start();
    let to = Address::new_from_array([7; 32]);
    first.node.airdrop(&to, 5_000_000).unwrap();
    first.control("set SOL 75");
    let chain = children(first.child.id());
    assert_eq!(chain.len(), 1);
    assert_eq!(first.stop(), Some(0));
    assert!(!runs(chain[0]) && !folder.join("localnet.json").exists());

    let mut second = start();
    let third = command(&["--state", &dir]).output().unwrap();
    let problem = String::from_utf8(third.stderr).unwrap();
    assert!(third.status.code() == Some(1) && problem.contains("choose another folder"), "{problem}");
    assert_eq!(second.summary.clearinghouse, first.summary.clearinghouse);
    assert_ne!(second.summary.genesis_hash, first.summary.genesis_hash);
    assert_eq!(lamports(&second, to), 5_000_000);
    let status = plimsoll_localnet::server::ask(&second.summary.control_url, "status").unwrap();
    assert_eq!((status[2].symbol.as_str(), status[2].price), ("SOL", 7_500_000_000));

    // Killed outright it can't tidy up, but its chain ends all the same.
    let chain = children(second.child.id());
    signal(&second.child, "KILL");
    second.child.wait().unwrap();
    assert!(wait(SOON, || !runs(chain[0])));

    std::fs::write(folder.join(state::FILE), "{").unwrap();
    let refused = command(&["--state", &dir]).output().unwrap();
    let problem = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(problem.ends_with("start without it by --reset\n") && problem.lines().count() == 1, "{problem}");
    let reset = Localnet::of(command(&["--speed", "0", "--state", &dir, "--reset"]), folder.clone());
    assert_eq!(lamports(&reset, to), 0);
}

#[test]
fn a_port_in_use_is_said_before_anything_is_started() {
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let folder = folder();
    let dir = folder.display().to_string();
    let localnet = || Command::new(env!("CARGO_BIN_EXE_plimsoll-localnet"));
    for (arguments, option) in [
        (["--port", &port, "--control-port", "0"], "--port"),
        (["--port", "0", "--control-port", &port], "--control-port"),
    ] {
        let refused = localnet().args(arguments).args(["--dir", &dir]).output().unwrap();
        let problem = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), problem.lines().count()), (Some(1), 1), "{problem}");
        assert!(problem.starts_with(&format!("error: port {port}: ")), "{problem}");
        assert!(problem.ends_with(&format!("or choose another with {option}\n")), "{problem}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
