//! One run of the command against one chain.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll::state::Role;
use plimsoll_client::chain::{Chain, ChainError};
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::prepare::prepare;
use plimsoll_client::send::{SendPolicy, Sender, Time};
use plimsoll_client::transaction::{Version, wire};
use plimsoll_client::{addresses, instructions as ix};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::places::Places;
use crate::plan::{Item, Plan};
use crate::show;
use crate::step::{Step, Wanted};
use crate::view::View;
use crate::wanted;

/// Why a run ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Of what it was given: nothing was sent.
    Input(String),
    /// Of the node or the program: what was sent before stays.
    Refused(String),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left to do.
    Done,
    /// Something has to be sent, signed by others, or waited for.
    Left,
}

type Result<T> = std::result::Result<T, Problem>;

/// Who signs, and whether anything is sent.
#[derive(Default)]
pub struct Signers {
    pub keypair: Option<Keypair>,
    /// Who signs elsewhere.
    pub authority: Option<Address>,
    /// Send what the keypair can sign.
    pub apply: bool,
}

/// The steps, the chain, who signs, and where what is found is written.
pub struct Session<'a> {
    pub chain: &'a dyn Chain,
    pub time: &'a dyn Time,
    pub places: &'a Places,
    pub steps: &'a [Step],
    pub signers: Signers,
    pub out: &'a mut dyn Write,
}

fn input(problem: String) -> Problem {
    Problem::Input(problem)
}

fn refused(problem: ChainError) -> Problem {
    Problem::Refused(problem.to_string())
}

impl Session<'_> {
    /// Refuses a node of another cluster than the addresses are of.
    ///
    /// # Errors
    /// When it is one, or does not answer.
    pub fn check_cluster(&mut self) -> Result<()> {
        let found = self.chain.genesis_hash().map_err(refused)?.to_string();
        if found == self.places.genesis_hash {
            return Ok(());
        }
        let file = &self.places.file;
        Err(input(format!(
            "wrong cluster: the node's genesis hash is {found}, {file} is for another: name its own file with --addresses"
        )))
    }

    /// The step of a number or a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn step(&self, name: &str) -> Result<Step> {
        let of = |step: &&Step| step.name == name || name.parse() == Ok(step.number);
        self.steps.iter().find(of).cloned().ok_or_else(|| {
            let names: Vec<&str> = self.steps.iter().map(|step| step.name.as_str()).collect();
            input(format!("there is no step {name}; there are {}", names.join(", ")))
        })
    }

    /// What there is.
    ///
    /// # Errors
    /// When the node does not answer, or nobody is named whose deployment it is.
    pub fn view(&mut self) -> Result<View> {
        let signer = self.signers.authority.or(self.signers.keypair.as_ref().map(Signer::pubkey));
        let creator = self.places.creator.or(signer).ok_or_else(|| {
            let file = &self.places.file;
            input(format!(
                "whose deployment? --keypair FILE, --authority ADDRESS, or creator = \"...\" in {file}"
            ))
        })?;
        View::read(self.chain, self.places, creator).map_err(Problem::Refused)
    }

    /// Who pays for what anyone may send.
    fn sender(&self, view: &View) -> Address {
        let keypair = self.signers.keypair.as_ref().map(Signer::pubkey);
        keypair.or(self.signers.authority).unwrap_or_else(|| view.governance())
    }

    fn plan(&self, step: &Step, view: &View) -> Result<Plan> {
        let sender = self.sender(view);
        let of = |step: &Step| wanted::plan(step, view, self.places, sender);
        if matches!(step.wanted, Wanted::Launch) && !view.is_launched() {
            let before = |other: &&Step| {
                other.number < step.number && matches!(other.wanted, Wanted::Create(_) | Wanted::List { .. })
            };
            for other in self.steps.iter().filter(before) {
                if !of(other).is_ok_and(|plan| plan.is_done()) {
                    let (name, other, number) = (&step.name, &other.name, other.number);
                    return Err(input(format!("{name}: {other} is not finished: apply {number} first")));
                }
            }
        }
        of(step).map_err(|problem| input(format!("{}: {problem}", step.name)))
    }

    /// One line per step: what it would have to do. Sends nothing.
    ///
    /// # Errors
    /// When the node does not answer, or nobody is named whose deployment it is.
    pub fn overview(&mut self) -> Result<End> {
        let view = self.view()?;
        self.heading(&view)?;
        let mut end = End::Done;
        for step in self.steps {
            let line = match self.plan(step, &view) {
                Ok(plan) if plan.is_done() => "nothing to do".to_string(),
                Ok(plan) => {
                    end = End::Left;
                    let (items, waits) = (plan.items.len(), plan.waits.len());
                    format!(
                        "{items} to send, {waits} waiting; in detail: cargo xtask migrate {}",
                        step.number
                    )
                }
                Err(Problem::Input(problem) | Problem::Refused(problem)) => {
                    end = End::Left;
                    let name = format!("{}: ", step.name);
                    problem.strip_prefix(&name).unwrap_or(&problem).to_string()
                }
            };
            self.say(&format!("{:16}  {line}", step.name))?;
        }
        Ok(end)
    }

    /// One step: prints what it has to do, and does it if it may.
    ///
    /// # Errors
    /// Of what it was given, or of the node or the program.
    pub fn run(&mut self, step: &Step) -> Result<End> {
        let view = self.view()?;
        let plan = self.plan(step, &view)?;
        self.heading(&view)?;
        self.say(&format!("{}: {}", step.name, summary(&plan)))?;
        self.carry_out(&plan, &view)?;
        if !self.signers.apply || plan.items.is_empty() {
            return Ok(if plan.is_done() { End::Done } else { End::Left });
        }
        let view = self.view()?;
        let left = self.plan(step, &view)?;
        self.say(&format!("\n{} now: {}", step.name, summary(&left)))?;
        for wait in &left.waits {
            self.say(&format!("  {wait}"))?;
        }
        Ok(if left.is_done() { End::Done } else { End::Left })
    }

    /// Cancels a pending change.
    ///
    /// # Errors
    /// When there is no such change, or the node or the program refuses.
    pub fn cancel(&mut self, id: u32) -> Result<End> {
        let view = self.view()?;
        let found = view.found().map_err(input)?;
        let pending = found.pending.iter().find(|pending| pending.id == id);
        let pending = pending.ok_or_else(|| input(format!("there is no pending change {id}")))?;
        let sender = self.sender(&view);
        let guardian = found.clearinghouse.role(Role::Guardian).holder;
        let signer = match sender {
            sender if view.now > pending.expires_at => (sender, "anyone, as it has expired"),
            sender if sender == guardian && !pending.is_about_guardian() => (sender, "guardian"),
            _ => (view.governance(), "governance"),
        };
        let cancel = ix::cancel_change::instruction(
            &ix::cancel_change::Accounts {
                authority: signer.0,
                clearinghouse: view.clearinghouse,
                change: addresses::pending_change(&view.clearinghouse, id),
                payer: pending.payer,
            },
            &ix::cancel_change::Args {},
            &[],
        );
        let item = Item {
            title: format!("cancel change {id}"),
            lines: vec![format!("its rent goes back to {}", pending.payer)],
            effect: "at once".to_string(),
            signer: Some(signer),
            instructions: vec![cancel],
        };
        let plan = Plan { items: vec![item], ..Plan::default() };
        self.heading(&view)?;
        let is_sent = self.carry_out(&plan, &view)?;
        Ok(if is_sent { End::Done } else { End::Left })
    }

    fn heading(&mut self, view: &View) -> Result<()> {
        let state = match (&view.found, view.is_launched()) {
            (None, _) => "not created yet",
            (_, false) => "not launched yet",
            (_, true) => "launched",
        };
        self.say(&format!("clearinghouse {}, {state}; {}", view.clearinghouse, show::time(view.now)))
    }

    /// Prints every transaction, and sends those that it may; whether that were all.
    fn carry_out(&mut self, plan: &Plan, view: &View) -> Result<bool> {
        for note in plan.notes.iter().map(|note| format!("note: {note}")).chain(plan.waits.iter().cloned()) {
            self.say(&format!("  {note}"))?;
        }
        let mut all_sent = true;
        for (index, item) in plan.items.iter().enumerate() {
            let (payer, role) = item.signer.unwrap_or((self.sender(view), "anyone"));
            self.say(&format!("\n{}. {}", index + 1, item.title))?;
            for line in &item.lines {
                self.say(&format!("     {line}"))?;
            }
            self.say(&format!("   takes effect  {}", item.effect))?;
            self.say(&format!("   signs         {payer} ({role})"))?;
            let is_ours = self.signers.keypair.as_ref().is_some_and(|key| key.pubkey() == payer);
            // Before the launch later transactions rely on earlier ones.
            let is_for_us = is_ours || self.signers.authority == Some(payer);
            if self.signers.apply && is_ours && (all_sent || view.is_launched()) {
                self.send(&item.instructions)?;
                continue;
            }
            all_sent = false;
            if self.signers.apply && !is_for_us {
                self.say(
                    "   not sent      somebody else signs it: without --apply, the transaction is printed",
                )?;
            } else {
                self.hand_out(&item.instructions, &payer)?;
            }
        }
        Ok(all_sent)
    }

    fn send(&mut self, instructions: &[Instruction]) -> Result<()> {
        let Some(key) = &self.signers.keypair else { return Ok(()) };
        let stopped = |problem: String| {
            let advice = "what was sent before stays: run the step again when that is mended";
            Problem::Refused(format!("{problem}; {advice}"))
        };
        let (payer, offer) = (key.pubkey(), FeePolicy::default());
        let prepared = prepare(self.chain, payer, instructions.to_vec(), Version::V0, &offer, &[])
            .map_err(|e| stopped(e.to_string()))?;
        let sender = Sender { chain: self.chain, time: self.time, policy: SendPolicy::default() };
        let receipt = sender.send(&prepared.draft, &[key]).map_err(|e| stopped(e.to_string()))?;
        self.say(&format!("   sent          {}", receipt.signature))
    }

    /// Prints a transaction for others to sign, in the form that every wallet and multisig takes.
    fn hand_out(&mut self, instructions: &[Instruction], payer: &Address) -> Result<()> {
        let hash = self.chain.latest_blockhash().map_err(refused)?.hash;
        let message = Message::new_with_blockhash(instructions, Some(payer), &hash);
        let bare = bs58::encode(message.serialize()).into_string();
        let unsigned = STANDARD.encode(wire(&Transaction::new_unsigned(message).into()));
        self.say(&format!("   transaction   {unsigned}"))?;
        self.say(&format!("   message       {bare}"))
    }

    fn say(&mut self, line: &str) -> Result<()> {
        writeln!(self.out, "{line}").map_err(|e| Problem::Refused(format!("can't write: {e}")))
    }
}

fn summary(plan: &Plan) -> String {
    if plan.is_done() {
        return "nothing to do".to_string();
    }
    let count = |n: usize| format!("{n} transaction{}", if n == 1 { "" } else { "s" });
    match (plan.items.len(), plan.waits.len()) {
        (items, 0) => format!("{} to send", count(items)),
        (0, waits) => format!("{waits} proposed and waiting"),
        (items, waits) => format!("{} to send, {waits} proposed and waiting", count(items)),
    }
}
