//! One world from one seed: a time in which everything fails, then one in which nothing does.
mod shell;

use crate::ledger::Ledger;
use crate::network::Network;
use crate::random::Random;
use crate::scene::{Moment, Scene};
use crate::tally::Tally;
use plimsoll_client::decode::{Layout, account_name};
use plimsoll_client::program::state::MarginState;
use plimsoll_client::program::valuation::displayed_health;
use plimsoll_keeper::core::{Core, Duties, Keeper, Mode, Observation, Policy, Sent};
use shell::{Held, Pending};
use solana_address::Address;

/// Ticks in which everything fails.
const FAULTY_TICKS: u32 = 60;
/// Seconds of a tick, before and after.
const FAULTY_SECONDS: u32 = 3;
const CALM_SECONDS: u32 = 10;
/// Rounds after the faults have stopped within which everybody is out of the water. The longest wait is that for
/// a slow price: before it has come within a tenth of the oracle price nobody takes a debt over at it. It moves by
/// 0.05% of itself in a second, so that a fourfold rise takes ln(4 / 1.1) / 0.0005, 2,580 seconds. To that
/// come a hold (600), a blockhash's life (60), the longest backoff (60), a claim (10), and ten seconds for each
/// of at most three steps of eight accounts, one after the other: 3,550 seconds, with room.
const ROUNDS_MAX: u64 = 400;
/// Rounds after that, in which nothing is spent.
const QUIET_ROUNDS: u32 = 8;

struct Run {
    random: Random,
    scene: Scene,
    policy: Policy,
    network: Network,
    core: Core,
    ledger: Ledger,
    journal: Vec<String>,
    pending: Vec<Pending>,
    held: Vec<Held>,
    tick: u32,
    is_faulty: bool,
    born_at: i64,
    /// Accounts that were shown as they had been, as if they still were.
    lies: usize,
    idle_in_calm: usize,
    failed_in_calm: u32,
    /// In the keeper's wallet at the beginning.
    lamports: u64,
    tally: Tally,
}

/// Runs a seed.
pub fn run(seed: u64) -> Tally {
    let mut random = Random::new(seed);
    let scene = Scene::new(&mut random);
    let born_at = scene.moment().unix_time;
    let lamports = scene.chain.with(|world| world.svm.account(&scene.keeper.address()).lamports);
    let policy = policy(random.chance(750));
    let core = born(&scene, policy, &[]);
    let mut run = Run {
        random,
        scene,
        policy,
        network: Network::default(),
        core,
        ledger: Ledger::default(),
        journal: Vec::new(),
        pending: Vec::new(),
        held: Vec::new(),
        tick: 0,
        is_faulty: true,
        born_at,
        lies: 0,
        idle_in_calm: 0,
        failed_in_calm: 0,
        lamports,
        tally: Tally::default(),
    };
    for _ in 0..FAULTY_TICKS {
        run.tick();
    }
    run.is_faulty = false;
    while !run.is_settled() {
        run.tick();
        run.tally.rounds += 1;
        assert!(run.tally.rounds <= ROUNDS_MAX, "somebody is still under water: {}", run.sunk());
    }
    run.tally.rounds_max = run.tally.rounds;
    for _ in 0..QUIET_ROUNDS {
        run.tick();
    }
    run.check_fees();
    run.check_truth();
    run.tally.rivalled = run.scene.rivalled;
    run.tally
}

/// What the keeper does: with his own money he takes over debts, or else whole accounts at auction.
fn policy(takes_debts: bool) -> Policy {
    let (on, off) = (Mode::Service, Mode::Off);
    let (take_debt, win_auction) = if takes_debts { (on, off) } else { (off, on) };
    let duties = Duties { liquidate: Mode::Service, take_debt, win_auction, ..Duties::default() };
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
fn born(scene: &Scene, policy: Policy, journal: &[String]) -> Core {
    let keeper = Keeper { wallet: scene.keeper.address(), account: scene.margin_address(&scene.keeper) };
    let clearinghouse = scene.chain.with(|world| world.clearinghouse);
    let mut core = Core::new(policy, keeper, clearinghouse);
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
        self.resend();
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

    fn node(&mut self) -> Option<Moment> {
        self.network.node(self.tick, self.is_faulty.then_some(&mut self.random))
    }

    /// Nothing is spent in vain, but for what the keeper has forgotten or was lied to about.
    fn check_fees(&self) {
        let forgotten = self.ledger.entries.iter().filter(|entry| entry.is_forgotten).count();
        let excused = forgotten + self.lies;
        assert!(self.idle_in_calm <= excused, "{} transactions did nothing", self.idle_in_calm);
        let paid: u64 = self.ledger.entries.iter().filter(|e| e.landed.is_some()).map(|e| e.lamports).sum();
        let left = self.scene.chain.with(|world| world.svm.account(&self.scene.keeper.address()).lamports);
        assert_eq!(
            left + paid,
            self.lamports,
            "the keeper's wallet pays for what has landed, and nothing else"
        );
    }

    /// In the end the keeper knows everything as it is.
    fn check_truth(&self) {
        let margins = self.margins();
        for (address, state) in &margins {
            let known = self.core.account(address).map(|(_, state)| state);
            let same = known.is_some_and(|known| bytemuck::bytes_of(&known) == bytemuck::bytes_of(state));
            assert!(same, "{address} is not what the keeper takes it for");
        }
        assert_eq!(self.core.account_count(), margins.len(), "the keeper knows accounts that are no more");
    }

    fn margins(&self) -> Vec<(Address, MarginState)> {
        self.scene.chain.with(|world| world.svm.all::<MarginState>())
    }

    /// Whether nobody is below maintenance for whom the keeper has a next step. One that does not take debts over
    /// has none for an account that owes more tokens than it has: nobody wins it either.
    fn is_settled(&self) -> bool {
        let board = self.scene.chain.with(|world| world.board());
        let takes_debts = self.policy.duties.take_debt != Mode::Off;
        self.margins().iter().all(|(_, state)| {
            let Ok(health) = displayed_health(state, &board) else { return false };
            health.maintenance.0 >= 0 || !takes_debts && state.perp_count == 0 && health.equity.0 < 0
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
    account_name(data) == Some(MarginState::NAME)
}
