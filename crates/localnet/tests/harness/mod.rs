//! A localnet of a test's own: on free ports, in a folder of its own, gone when the test ends.
#![allow(dead_code, reason = "no test needs all of it")]

use plimsoll_localnet::node::Node;
use plimsoll_localnet::summary::{self, Summary};
use solana_address::Address;
use solana_keypair::Keypair;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Generous: a machine that does ten other things at once starts one in half of it.
const START: Duration = Duration::from_secs(180);

pub struct Localnet {
    pub child: Child,
    pub folder: PathBuf,
    pub summary: Summary,
    pub node: Node,
}

/// A folder that no other test uses.
pub fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("plimsoll-localnet-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The command, with ports that are free.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll-localnet"));
    command.args(["--port", "0", "--control-port", "0"]).args(arguments).stdout(Stdio::null());
    command
}

impl Localnet {
    /// One whose prices stay where they are until they are told to move.
    pub fn start() -> Self {
        let folder = folder();
        let dir = folder.display().to_string();
        Self::of(command(&["--speed", "0", "--dir", &dir]), folder)
    }

    /// The one that a command starts, in `folder`.
    pub fn of(mut command: Command, folder: PathBuf) -> Self {
        let mut child = command.spawn().unwrap();
        let ready = wait(START, || {
            assert_eq!(child.try_wait().unwrap(), None, "the localnet ended before it was ready");
            // One that was killed leaves its file behind, for a moment.
            Summary::read(&folder).is_ok_and(|summary| summary.process == child.id())
        });
        assert!(ready, "the localnet does not start");
        let summary = Summary::read(&folder).unwrap();
        let node = Node::new(&summary.url).unwrap();
        Self { child, folder, summary, node }
    }

    pub fn clearinghouse(&self) -> Address {
        self.summary.clearinghouse.parse().unwrap()
    }

    /// The key of a wallet.
    pub fn wallet(&self, name: &str) -> Keypair {
        keypair(&self.summary.wallets[name].keypair)
    }

    /// The asset of a symbol.
    pub fn asset(&self, symbol: &str) -> &summary::Asset {
        self.summary.assets.iter().find(|asset| asset.symbol == symbol).unwrap()
    }

    /// Has the oracles do what a line says.
    pub fn control(&self, line: &str) {
        plimsoll_localnet::server::ask(&self.summary.control_url, line).unwrap();
    }

    /// Ends it as Ctrl-C does, and returns its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        signal(&self.child, "TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Localnet {
    fn drop(&mut self) {
        // The chain's process ends with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn keypair(file: &Path) -> Keypair {
    let bytes: Vec<u8> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    Keypair::try_from(bytes.as_slice()).unwrap()
}

pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until something is so; whether it came to that in time.
pub fn wait(most: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < most {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
