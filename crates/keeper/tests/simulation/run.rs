//! One world from one seed: a time in which everything fails, then one in which nothing does.
use crate::ledger::Ledger;
use crate::network::{Network, read};
use crate::random::Random;
use crate::scene::Scene;
use plimsoll_client::chain::{Chain, Status};
use plimsoll_client::program::state::MarginState;
use plimsoll_client::program::valuation::displayed_health;
use plimsoll_client::transaction::{Draft, LOADED_BYTES_MAX, Limits, Version};
use plimsoll_client::{Event, logs};
use plimsoll_keeper::core::{
    Core, Duties, Duty, Keeper, Mode, Observation, Policy, Refusal, SendOutcome, Sent, Task,
};
use solana_address::Address;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

/// Ticks in which everything fails.
const FAULTY_TICKS: u32 = 60;
/// Seconds of a tick, before and after.
const FAULTY_SECONDS: u32 = 3;
const CALM_SECONDS: u32 = 10;
/// Rounds after the faults have stopped within which everybody is out of the water.
const ROUNDS_MAX: u32 = 400;

#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub sent: u64,
    pub landed: u64,
    pub failed: u64,
    pub lost: u64,
    pub refused: u64,
    pub liquidated: u64,
    pub idle: u64,
    pub debts: u64,
    pub called: u64,
    pub resolved: u64,
    pub auctions: u64,
    pub rivalled: u64,
    pub crashes: u64,
    pub rounds: u64,
    pub rounds_max: u64,
    pub bounties: i64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.landed += other.landed;
        self.failed += other.failed;
        self.lost += other.lost;
        self.refused += other.refused;
        self.liquidated += other.liquidated;
        self.idle += other.idle;
        self.debts += other.debts;
        self.called += other.called;
        self.resolved += other.resolved;
        self.auctions += other.auctions;
        self.rivalled += other.rivalled;
        self.crashes += other.crashes;
        self.rounds += other.rounds;
        self.rounds_max = self.rounds_max.max(other.rounds_max);
        self.bounties += other.bounties;
    }

    /// A run in which something never happened tests nothing of it.
    pub fn covers_everything(&self) {
        let seen =
            [self.liquidated, self.idle, self.debts, self.called, self.lost, self.refused, self.crashes];
        assert!(seen.iter().all(|count| *count > 0), "not everything has happened: {self:#?}");
    }
}

/// A transaction that a node has taken.
struct Pending {
    due: u32,
    transaction: VersionedTransaction,
}

/// A task that takes its time to be signed.
struct Held {
    due: u32,
    task: Task,
}

struct Run {
    random: Random,
    scene: Scene,
    network: Network,
    core: Core,
    ledger: Ledger,
    journal: Vec<String>,
    pending: Vec<Pending>,
    held: Vec<Held>,
    tick: u32,
    is_faulty: bool,
    born_at: i64,
    tally: Tally,
}

/// Runs a seed.
pub fn run(seed: u64) -> Tally {
    let mut random = Random::new(seed);
    let scene = Scene::new(&mut random);
    let born_at = scene.moment().unix_time;
    let core = born(&scene, &[]);
    let mut run = Run {
        random,
        scene,
        network: Network::default(),
        core,
        ledger: Ledger::default(),
        journal: Vec::new(),
        pending: Vec::new(),
        held: Vec::new(),
        tick: 0,
        is_faulty: true,
        born_at,
        tally: Tally::default(),
    };
    for _ in 0..FAULTY_TICKS {
        run.tick();
    }
    run.is_faulty = false;
    while !run.is_settled() {
        run.tick();
        run.tally.rounds += 1;
        assert!(run.tally.rounds <= ROUNDS_MAX as u64, "somebody is still under water: {}", run.sunk());
    }
    run.tally.rounds_max = run.tally.rounds;
    run.tally.rivalled = run.scene.rivalled;
    run.tally
}

fn policy() -> Policy {
    let duties = Duties { liquidate: Mode::Service, take_debt: Mode::Service, ..Duties::default() };
    Policy {
        duties,
        sol_asset: Some(1),
        refresh_age_seconds: 5,
        snapshot_ms: 60_000,
        take_debt_max: 1_000_000_000_000,
        ..Policy::default()
    }
}

/// A process begins, with what its journal holds.
fn born(scene: &Scene, journal: &[String]) -> Core {
    let keeper = Keeper { wallet: scene.keeper.address(), account: scene.margin_address(&scene.keeper) };
    let clearinghouse = scene.chain.with(|world| world.clearinghouse);
    let mut core = Core::new(policy(), keeper, clearinghouse);
    let sent: Vec<Sent> = journal.iter().map(|line| line.parse().expect("a line of a journal")).collect();
    core.import(&sent);
    core
}

impl Run {
    fn tick(&mut self) {
        self.tick += 1;
        self.scene.chain.pass(if self.is_faulty { FAULTY_SECONDS } else { CALM_SECONDS });
        self.scene.publish(&mut self.random, self.is_faulty);
        if self.is_faulty {
            self.scene.people(&mut self.random);
            if self.random.chance(20) {
                self.network.outage_until = self.tick + self.random.within(1, 25) as u32;
            }
        }
        self.land();
        let moment = self.scene.moment();
        let faulty = self.is_faulty.then_some(&mut self.random);
        self.network.advance(moment, self.tick, faulty);
        for observation in self.network.arriving(self.tick) {
            if !self.is_faulty || !self.network.is_out(self.tick) {
                self.tell(observation);
            }
        }
        self.ask();
        self.ledger.check_knowledge(&self.core);
        self.plan();
        if self.is_faulty && self.random.chance(15) {
            self.crash();
        }
    }

    fn now_ms(&self) -> u64 {
        let now = self.scene.chain.with(|world| world.svm.now());
        (now - self.born_at) as u64 * 1_000
    }

    fn tell(&mut self, observation: Observation) {
        // Before it knows the time the core believes nothing.
        let believes = self.core.slot() > 0;
        match &observation {
            _ if !believes => {}
            Observation::Account { address, slot, data, .. } if is_margin(data) => {
                self.ledger.tell(*address, *slot, Some(data));
            }
            Observation::Gone { address, slot } => self.ledger.tell(*address, *slot, None),
            _ => {}
        }
        self.core.observe(observation);
    }

    fn node(&mut self) -> Option<crate::scene::Moment> {
        self.network.node(self.tick, self.is_faulty.then_some(&mut self.random))
    }

    /// What the core would like to know, as far as nodes answer.
    fn ask(&mut self) {
        if let Some(moment) = self.node() {
            self.tell(Observation::Clock { slot: moment.slot, unix_time: moment.unix_time });
        }
        let needs = self.core.needs(self.now_ms());
        if needs.snapshot
            && let Some(moment) = self.node()
        {
            for told in Network::snapshot(&moment, self.is_faulty.then_some(&mut self.random)) {
                self.tell(told);
            }
        }
        if let Some(moment) = self.node() {
            for address in &needs.accounts {
                self.tell(read(&moment, address));
            }
        }
        if needs.statuses.is_empty() {
            return;
        }
        if let Some(moment) = self.node() {
            self.tell(Observation::Height { slot: moment.slot, height: moment.slot });
        }
        let Some(moment) = self.node() else { return };
        let known = self.scene.chain.statuses(&needs.statuses).expect("statuses").value;
        for (signature, status) in needs.statuses.into_iter().zip(known) {
            let lies = self.is_faulty && self.random.chance(150);
            let status: Option<Status> = status.filter(|status| status.slot <= moment.slot && !lies);
            if let Some(entry) = self.ledger.of(&signature) {
                entry.is_told |= status.is_some();
            }
            self.tell(Observation::Status { signature, slot: moment.slot, status });
        }
    }

    fn plan(&mut self) {
        let now_ms = self.now_ms();
        let planned = self.core.plan(now_ms);
        let (mut ready, held): (Vec<Held>, Vec<Held>) =
            std::mem::take(&mut self.held).into_iter().partition(|held| held.due <= self.tick);
        self.held = held;
        for task in planned {
            self.ledger.check_plan(&self.core, &task.key);
            let is_slow = self.is_faulty && self.random.chance(60);
            let due = self.tick + if is_slow { self.random.within(1, 8) as u32 } else { 0 };
            if is_slow { &mut self.held } else { &mut ready }.push(Held { due, task });
        }
        for Held { task, .. } in ready {
            if !self.sign(&task) {
                return;
            }
        }
    }

    /// Signs, writes it down and sends. False if the process has crashed before it was sent.
    fn sign(&mut self, task: &Task) -> bool {
        let key = self.scene.keeper.key.insecure_clone();
        let limits = Limits {
            compute_units: task.compute_units,
            loaded_bytes: LOADED_BYTES_MAX,
            price: task.unit_price,
        };
        let draft = Draft {
            payer: key.pubkey(),
            instructions: task.instructions.clone(),
            version: Version::V0,
            limits,
        };
        let blockhash = self.scene.chain.latest_blockhash().expect("a blockhash");
        let transaction = draft.sign(blockhash.hash, &[&key]).expect("a transaction that fits");
        let signature = transaction.signatures[0];
        let Some(sent) = self.core.sign(task.claim, signature, blockhash.last_valid_block_height) else {
            return true;
        };
        let height = self.scene.chain.block_height().expect("a height").value;
        self.ledger.sign(sent, height);
        self.journal.push(sent.to_string());
        self.tally.sent += 1;
        if self.is_faulty && self.random.chance(10) {
            self.crash();
            return false;
        }
        self.send(transaction);
        true
    }

    fn send(&mut self, transaction: VersionedTransaction) {
        let signature = transaction.signatures[0];
        let (mut outcome, mut due) = (SendOutcome::Taken, Some(self.tick + 1));
        if self.is_faulty {
            let is_out = self.network.is_out(self.tick);
            (outcome, due) = match self.random.within(0, 99) {
                _ if is_out => (SendOutcome::Unavailable, None),
                0..=7 => (SendOutcome::Taken, None),
                8..=15 => (SendOutcome::Unavailable, Some(self.tick + self.random.within(1, 4) as u32)),
                16..=20 => (SendOutcome::Unavailable, None),
                21..=25 => (SendOutcome::Refused(Refusal::Other), None),
                26..=35 => (SendOutcome::Taken, Some(self.tick + self.random.within(4, 30) as u32)),
                _ => (SendOutcome::Taken, Some(self.tick + self.random.within(0, 3) as u32)),
            };
            if outcome == SendOutcome::Taken && self.random.chance(200) {
                let tried = self.scene.chain.simulate(&transaction, &[]).expect("a simulation");
                if let Some(error) = tried.error {
                    (outcome, due) = (SendOutcome::Refused(Refusal::Error(error)), None);
                }
            }
        }
        if let SendOutcome::Refused(_) = outcome
            && let Some(entry) = self.ledger.of(&signature)
        {
            entry.is_refused = true;
        }
        self.pending.extend(due.map(|due| Pending { due, transaction }));
        self.tell(Observation::Sent { signature, outcome });
    }

    /// What nodes have taken lands, unless its blockhash has died.
    fn land(&mut self) {
        let (due, later): (Vec<Pending>, Vec<Pending>) =
            std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.due <= self.tick);
        self.pending = later;
        for Pending { transaction, .. } in due {
            let signature = self.scene.chain.send(&transaction).expect("a signed transaction");
            let Some(landed) = self.scene.chain.transaction(&signature).expect("an answer") else { continue };
            let entry = self.ledger.of(&signature).expect("an entry");
            entry.landed = Some(landed.slot);
            let duty = entry.sent.key.duty();
            if landed.error.is_some() {
                self.tally.failed += 1;
                continue;
            }
            self.tally.landed += 1;
            self.count(duty, &landed.logs);
        }
    }

    fn count(&mut self, duty: Duty, lines: &[String]) {
        let events = logs::events(lines.iter().map(String::as_str)).events;
        let mut did = 0;
        for event in events {
            match event {
                Event::Liquidated(liquidated) => {
                    assert!(liquidated.maintenance_before < 0, "only who is below maintenance is liquidated");
                    assert!(
                        liquidated.maintenance_after > liquidated.maintenance_before,
                        "and is better off"
                    );
                    self.tally.liquidated += 1;
                    self.tally.bounties += liquidated.bounty;
                    did += 1;
                }
                Event::DebtLiquidated(_) => {
                    self.tally.debts += 1;
                    did += 1;
                }
                Event::StockTaken(_) => self.tally.called += 1,
                Event::BankruptcyResolved(_) => self.tally.resolved += 1,
                Event::AuctionStarted(_) => self.tally.auctions += 1,
                _ => {}
            }
        }
        let is_liquidation = matches!(duty, Duty::Liquidate | Duty::TakeDebt);
        self.tally.idle += (is_liquidation && did == 0) as u64;
    }

    /// The process ends, and another one begins with the journal, of which the last line may be lost.
    fn crash(&mut self) {
        self.tally.crashes += 1;
        self.tally.lost += self.core.counters().lost;
        self.tally.refused += self.core.counters().refused;
        let alive: Vec<String> = self.core.export().iter().map(ToString::to_string).collect();
        self.journal.retain(|line| alive.contains(line));
        if self.random.chance(300)
            && let Some(line) = self.journal.pop()
        {
            let sent: Sent = line.parse().expect("a line of a journal");
            self.ledger.of(&sent.signature).expect("an entry").is_forgotten = true;
        }
        self.held.clear();
        self.ledger.forget_told();
        self.born_at = self.scene.chain.with(|world| world.svm.now());
        self.core = born(&self.scene, &self.journal);
    }

    fn margins(&self) -> Vec<(Address, MarginState)> {
        self.scene.chain.with(|world| world.svm.all::<MarginState>())
    }

    /// Accounts below maintenance for which nothing is under way.
    fn is_settled(&self) -> bool {
        let board = self.scene.chain.with(|world| world.board());
        self.margins().iter().all(|(_, state)| {
            state.auction_at != 0
                || displayed_health(state, &board).is_ok_and(|health| health.maintenance.0 >= 0)
        })
    }

    fn sunk(&self) -> String {
        let board = self.scene.chain.with(|world| world.board());
        let mut sunk = String::new();
        for (address, state) in self.margins() {
            let health = displayed_health(&state, &board);
            if health.as_ref().is_ok_and(|health| health.maintenance.0 >= 0) {
                continue;
            }
            sunk += &format!(
                "{address}: {health:?} {:?} {:?} cash {}\n",
                state.tokens(),
                state.perps(),
                state.cash
            );
        }
        sunk
    }
}

fn is_margin(data: &[u8]) -> bool {
    plimsoll_client::decode::account_name(data) == Some("MarginAccount")
}
