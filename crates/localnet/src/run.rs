//! A localnet from its start to its end.

use crate::args::Options;
use crate::chain::{Chain, Ports};
use crate::control::Command;
use crate::deploy::{self, Deployment};
use crate::feeds::{Feeds, Status};
use crate::node::Node;
use crate::prices::{Path, Recording, Walk};
use crate::server::{self, Asked};
use crate::summary::{Summary, Urls};
use crate::{oracles, state, wallets};
use plimsoll_client::addresses::PROGRAM;
use plimsoll_demo::prices;
use plimsoll_testkit::svm::program_path;
use std::path::Path as FilePath;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often prices are published: Pyth's own push oracles are not faster by much.
const TICK: Duration = Duration::from_secs(1);
/// How often a state that is kept is saved.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// What the loop waits for.
enum Event {
    Asked(Asked),
    Stop,
}

/// Runs a localnet until Ctrl-C, SIGTERM or SIGHUP.
///
/// # Errors
/// What is missing, in use, wrong or refused, in one line.
pub fn run(options: &Options) -> Result<(), String> {
    // What is written names files, and is read from wherever.
    let folder =
        &std::path::absolute(options.folder()).map_err(|e| format!("{}: {e}", options.folder().display()))?;
    let path = path(&options.prices, options.seed)?;
    let program = program_path();
    if !program.is_file() {
        return Err(format!("{} is not there: run `cargo xtask build` first", program.display()));
    }
    check_folder(folder)?;
    let ports = Ports::choose(options.port, options.ws_port)?;
    let (sender, events) = channel();
    let asks = sender.clone();
    // The loop has ended if nobody listens: then there is nobody to stop or to answer, either.
    let control = server::serve(options.control_port, move |asked| drop(asks.send(Event::Asked(asked))))?;
    ctrlc::set_handler(move || drop(sender.send(Event::Stop)))
        .map_err(|e| format!("can't wait for Ctrl-C: {e}"))?;

    let wallets = wallets::open(&folder.join("wallets"))?;
    if options.reset {
        state::forget(folder)?;
    }
    println!("starting the chain ...");
    let chain = Chain::start(ports, &PROGRAM.to_string(), &program)?;
    let node = Node::new(&format!("http://127.0.0.1:{}", ports.rpc))?;
    let deployment = Deployment::of(wallets[0].address(), &node)?;
    let mut localnet = Localnet { chain, node, deployment, feeds: Feeds::new(path, options.speed), events };
    if options.state.is_some() && state::restore(&localnet.node, folder)? {
        println!("the state of {} is back", folder.display());
        localnet.go_on()?;
    }
    localnet.publish()?;
    if !deploy::is_there(&localnet.deployment, &localnet.node)? {
        println!("setting up the clearinghouse ...");
        deploy::bring_up(&localnet.deployment, &wallets, &localnet.node)?;
    }
    let urls = Urls {
        rpc: localnet.node.url().into(),
        websocket: format!("ws://127.0.0.1:{}", ports.websocket),
        control,
    };
    let summary = Summary::new(&localnet.deployment, &wallets, urls, folder)?;
    summary.write(folder)?;
    println!("\nThe localnet is running. Ctrl-C stops it.\n\n{}", summary.told(folder));
    let ended = localnet.keep_going(options.state.as_deref());
    Summary::remove(folder);
    if options.state.is_some() && ended.is_ok() {
        state::save(&localnet.node, folder)?;
        println!("the state is kept in {}", folder.display());
    }
    ended
}

/// Refuses a folder in which a localnet runs; what one left behind that was killed is taken away.
fn check_folder(folder: &FilePath) -> Result<(), String> {
    if let Ok(other) = Summary::read(folder)
        && server::ask(&other.control_url, "status").is_ok()
    {
        let (folder, process) = (folder.display(), other.process);
        return Err(format!(
            "a localnet runs in {folder} already (process {process}): stop it, or choose another folder with --dir or --state"
        ));
    }
    Summary::remove(folder);
    Ok(())
}

fn path(name: &str, seed: u64) -> Result<Path, String> {
    match name {
        "walk" => Ok(Path::Walk(Walk::new(seed))),
        "recorded" => Ok(Path::Recording(Recording::new(&prices::bundled()))),
        file => {
            let table = prices::load(FilePath::new(file))
                .map_err(|e| format!("--prices {file}: neither walk nor recorded, nor a price file: {e}"))?;
            Ok(Path::Recording(Recording::new(&table)))
        }
    }
}

struct Localnet {
    chain: Chain,
    node: Node,
    deployment: Deployment,
    feeds: Feeds,
    events: Receiver<Event>,
}

impl Localnet {
    /// Publishes what is due at the chain's own time: prices from its future would be refused.
    fn publish(&mut self) -> Result<(), String> {
        let quotes = self.feeds.publish(self.node.unix_time()?);
        oracles::write(&quotes, &self.deployment, &self.node)
    }

    /// Takes prices on from where the oracles left them.
    fn go_on(&mut self) -> Result<(), String> {
        let prices = oracles::read(&self.deployment, &self.node)?;
        prices.into_iter().try_for_each(|(symbol, price)| self.feeds.apply(Command::Set(symbol, price)))
    }

    /// Moves prices and does what it is asked until it is told to stop.
    fn keep_going(&mut self, kept: Option<&FilePath>) -> Result<(), String> {
        let (mut ticked, mut saved) = (Instant::now(), Instant::now());
        loop {
            match self.events.recv_timeout(TICK.saturating_sub(ticked.elapsed())) {
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Ok(Event::Asked(asked)) => {
                    let done = self.obey(asked.command);
                    // Whoever asked may have gone.
                    let _ = asked.answer.send(done);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.feeds.pass(ticked.elapsed().as_millis() as u64);
                    ticked = Instant::now();
                    if !self.chain.runs() {
                        return Err("the chain's process has ended: start the localnet again".into());
                    }
                    if let Err(problem) = self.publish() {
                        eprintln!("no prices this time: {problem}");
                    }
                    if let Some(folder) = kept.filter(|_| saved.elapsed() > SAVE_EVERY) {
                        state::save(&self.node, folder)?;
                        saved = Instant::now();
                    }
                }
            }
        }
    }

    fn obey(&mut self, command: Command) -> Result<Vec<Status>, String> {
        self.feeds.apply(command)?;
        if command != Command::Status {
            self.publish()?;
        }
        Ok(self.feeds.status())
    }
}
