//! The process that the chain runs in: `tools/localnet/chain.js`.

use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long the chain may take to start, and to stop.
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(5);
/// How many pairs of ports are tried when any will do.
const TRIES: usize = 16;

/// Where the chain listens, on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    pub rpc: u16,
    pub websocket: u16,
}

impl Ports {
    /// Those asked for. With `rpc` zero any that are free; with no `websocket`, the one after `rpc`, where Solana's tools
    /// look for it.
    ///
    /// # Errors
    /// When one is in use.
    pub fn choose(rpc: u16, websocket: Option<u16>) -> Result<Self, String> {
        if rpc == 0 {
            let pair = (0..TRIES).find_map(|_| {
                let held = listen(0).ok()?;
                let rpc = held.local_addr().ok()?.port();
                let websocket = websocket.map_or_else(|| rpc.checked_add(1), Some)?;
                listen(websocket).ok()?;
                Some(Self { rpc, websocket })
            });
            return pair
                .ok_or_else(|| "there are no two free ports after each other: name some with --port".into());
        }
        let websocket = websocket.map_or_else(|| rpc.checked_add(1), Some);
        let ports = Self {
            rpc,
            websocket: websocket
                .ok_or("--port 65535 leaves none for the websocket: name it with --ws-port")?,
        };
        free(ports.rpc, "--port")?;
        free(ports.websocket, "--ws-port")?;
        Ok(ports)
    }
}

/// # Errors
/// When the port is in use, in one line that says what to do.
pub fn free(port: u16, option: &str) -> Result<(), String> {
    let problem = |e| {
        format!(
            "port {port}: {e}: stop the program that uses it (another localnet?), or choose another with {option}"
        )
    };
    listen(port).map(drop).map_err(problem)
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

/// The chain's process. Stopped when it is dropped, and by itself when this process ends in whatever way.
pub struct Chain {
    child: Child,
    /// The chain runs for as long as this is open.
    input: Option<ChildStdin>,
}

/// What the process says first.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Ready(()),
    Error(String),
}

impl Chain {
    /// Starts one with the compiled program `id`, from the file `program`.
    ///
    /// # Errors
    /// What is missing, or why it did not start.
    pub fn start(ports: Ports, id: &str, program: &Path) -> Result<Self, String> {
        let script = scripts().join("chain.js");
        let mut child = Command::new("node")
            .arg(&script)
            .args([ports.rpc.to_string(), ports.websocket.to_string(), id.to_string()])
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("node: {e}: install Node.js 20 or newer, and run `cargo xtask setup`"))?;
        let output = child.stdout.take().expect("stdout is piped");
        let chain = Self { input: child.stdin.take(), child };
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(output).read_line(&mut line);
            // Nobody listens any more once the start has taken too long.
            let _ = sender.send(read.map(|_| line));
        });
        let line = receiver
            .recv_timeout(START)
            .map_err(|_| "the chain does not start: it has said nothing for a minute")?;
        let line = line.map_err(|e| format!("the chain's process can't be read: {e}"))?;
        match serde_json::from_str(&line) {
            Ok(Said::Ready(_)) => Ok(chain),
            Ok(Said::Error(problem)) => Err(problem),
            Err(_) => Err("the chain's process ended before it was ready; what it said is above".into()),
        }
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        drop(self.input.take());
        let started = Instant::now();
        while self.runs() && started.elapsed() < STOP {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Gone already, most likely.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of the Node part.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/localnet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_gets_one_line_that_says_what_to_do() {
        let held = listen(0).unwrap();
        let port = held.local_addr().unwrap().port();
        let problem = Ports::choose(port, None).unwrap_err();
        assert!(problem.starts_with(&format!("port {port}: ")), "{problem}");
        assert!(problem.ends_with("or choose another with --port"), "{problem}");
        assert_eq!(problem.lines().count(), 1);
    }

    #[test]
    fn the_websocket_is_after_the_rpc_unless_named() {
        let ports = Ports::choose(0, None).unwrap();
        assert_eq!(ports.websocket, ports.rpc + 1);
        assert!(Ports::choose(65_535, None).unwrap_err().contains("--ws-port"));
    }
}
