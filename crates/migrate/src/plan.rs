//! From what is wanted and what is there to the transactions between them.

use plimsoll::parameters::Concern;
use plimsoll::params::{Change, FIELDS_MAX, FieldChange};
use plimsoll::state::PendingChange;
use plimsoll_client::governance::{Target, wait_seconds};
use plimsoll_client::{addresses, governance};
use solana_address::Address;
use solana_instruction::Instruction;

use crate::section::name;
use crate::show;
use crate::view::{Found, View, explained};
use plimsoll_client::changes::Accounts;

/// One transaction that brings what is there nearer to what is wanted.
#[derive(Clone, Debug)]
pub struct Item {
    pub title: String,
    /// What changes, in words.
    pub lines: Vec<String>,
    /// When it takes effect.
    pub effect: String,
    /// Who has to sign, and as what; `None` if anyone may.
    pub signer: Option<(Address, &'static str)>,
    pub instructions: Vec<Instruction>,
}

/// What a step still has to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order in which they must be sent.
    pub items: Vec<Item>,
    /// What has been proposed and is not ready.
    pub waits: Vec<String>,
    pub notes: Vec<String>,
}

impl Plan {
    pub fn is_done(&self) -> bool {
        self.items.is_empty() && self.waits.is_empty()
    }
}

/// Makes a plan against one view of the chain.
pub struct Planner<'a> {
    pub view: &'a View,
    /// Who pays for what anyone may send.
    pub sender: Address,
    pub valid_seconds: i64,
    pub plan: Plan,
    next_id: u32,
    matched: Vec<u32>,
}

impl<'a> Planner<'a> {
    pub fn new(view: &'a View, sender: Address, valid_seconds: i64) -> Self {
        let next_id = view.found.as_ref().map_or(0, |found| found.clearinghouse.change_count);
        Self { view, sender, valid_seconds, plan: Plan::default(), next_id, matched: Vec::new() }
    }

    /// A transaction that governance signs, or the creator before there is any.
    pub fn governed(&mut self, title: &str, lines: Vec<String>, instructions: Vec<Instruction>) {
        self.plan.items.push(Item {
            title: title.to_string(),
            lines,
            effect: "at once".to_string(),
            signer: Some((
                self.view.governance(),
                if self.view.found.is_none() { "creator" } else { "governance" },
            )),
            instructions,
        });
    }

    /// Brings a change about: proposes it, executes it once it is ready, or waits for that.
    pub fn change(&mut self, title: &str, lines: Vec<String>, change: &Change) {
        let pending = self.view.found.as_ref().and_then(|found| self.same(found, change));
        if let Some(pending) = pending {
            self.matched.push(pending.id);
            if self.view.now < pending.ready_at {
                self.plan.waits.push(format!(
                    "change {}, {title}: proposed; can be executed from {} (in {}) until {}",
                    pending.id,
                    show::time(pending.ready_at),
                    show::span(pending.ready_at - self.view.now),
                    show::time(pending.expires_at)
                ));
                return;
            }
            let execute = self.accounts(pending.id, change).execute(self.sender, pending.payer, change);
            self.plan.items.push(Item {
                title: format!("execute change {}: {title}", pending.id),
                lines,
                effect: format!("at once{}", ramp(change)),
                signer: None,
                instructions: vec![execute],
            });
            return;
        }
        self.propose(title, lines, change);
    }

    fn propose(&mut self, title: &str, lines: Vec<String>, change: &Change) {
        let governance = self.view.governance();
        let wait = self.view.found.as_ref().map_or(0, |f| wait_seconds(&f.clearinghouse, &f.board, change));
        let expires_at = self.view.now + wait + self.valid_seconds;
        let id = self.next_id;
        self.next_id += 1;
        let accounts = self.accounts(id, change);
        let mut instructions = vec![accounts.propose(governance, governance, change, expires_at)];
        let (title, effect) = if self.view.is_launched() {
            let effect = format!(
                "not yet: anyone can execute it {} after the proposal, until {}{}",
                show::span(wait),
                show::time(expires_at),
                ramp(change)
            );
            (format!("propose change {id}: {title}"), effect)
        } else {
            instructions.push(accounts.execute(governance, governance, change));
            (title.to_string(), format!("at once, as it is not launched{}", ramp(change)))
        };
        let signer = Some((governance, "governance"));
        self.plan.items.push(Item { title, lines, effect, signer, instructions });
    }

    /// The pending change with the same content that can be executed, now or later.
    fn same<'f>(&self, found: &'f Found, change: &Change) -> Option<&'f PendingChange> {
        found.pending.iter().find(|pending| {
            pending.was_launched == found.board.is_launched
                && self.view.now <= pending.expires_at
                && pending.change().as_ref() == Ok(change)
        })
    }

    fn accounts(&self, id: u32, change: &Change) -> Accounts {
        let clearinghouse = self.view.clearinghouse;
        let asset = Target::of(change).asset;
        let found = self.view.found.as_ref();
        Accounts {
            clearinghouse,
            change: addresses::pending_change(&clearinghouse, id),
            market: found
                .filter(|found| found.markets.contains_key(&asset))
                .map(|_| addresses::market(&clearinghouse, asset)),
            bank: found.and_then(|found| found.banks.get(&asset)).map(|(address, _)| *address),
        }
    }

    /// Brings parameters of one concern of an asset to `wanted`, where they differ.
    ///
    /// # Errors
    /// When what would come of it breaks a rule of the program.
    pub fn parameters(
        &mut self,
        found: &Found,
        asset: u8,
        concern: Concern,
        wanted: &[(u8, i64)],
        ramp_seconds: u32,
    ) -> Result<(), String> {
        let terms = found.terms(concern, asset)?;
        let differ = wanted.iter().filter_map(|(id, value)| {
            let before = plimsoll::parameters::ALL[*id as usize].read(terms.bytes());
            (before != *value).then(|| governance::field(*id, before, *value))
        });
        let differ: Vec<FieldChange> = differ.collect();
        let is_whole = matches!(concern, Concern::Clearinghouse | Concern::Pool);
        let of = if is_whole { String::new() } else { format!("{} ", found.symbol(asset)) };
        for fields in differ.chunks(FIELDS_MAX) {
            let place = format!("{of}{}", name(concern));
            let mut after = terms;
            let amended = after.amend(fields).and_then(|()| after.check(&found.place(asset), self.view.now));
            let shown = show::fields(fields).join("; ");
            amended.map_err(|e| format!("{place}: {shown}: {}", explained(e)))?;
            let ramp_seconds = if concern.is_ramped() { ramp_seconds } else { 0 };
            let change = Change::Parameters { asset, ramp_seconds, fields: fields.to_vec() };
            self.change(&place, show::fields(fields), &change);
        }
        Ok(())
    }

    /// The plan, with a note on every pending change that has expired, is stale, or moves the same.
    pub fn finish(mut self) -> Plan {
        let Some(found) = &self.view.found else { return self.plan };
        for pending in found.pending.iter().filter(|pending| !self.matched.contains(&pending.id)) {
            let why = if self.view.now > pending.expires_at {
                "has expired: cancel it, for its rent"
            } else if pending.was_launched != found.board.is_launched {
                "was proposed before the launch and is void: cancel it, for its rent"
            } else if is_stale(found, pending) {
                "is stale, as what it expects to replace is not there: cancel it, for its rent"
            } else {
                "is pending and is not part of this step: cancel it if it is not wanted"
            };
            let id = pending.id;
            self.plan.notes.push(format!("change {id} {why} (--cancel {id})"));
        }
        self.plan
    }
}

fn ramp(change: &Change) -> String {
    match change {
        Change::Parameters { ramp_seconds, .. } if *ramp_seconds > 0 => {
            format!("; then moves in a straight line over {}", show::span((*ramp_seconds).into()))
        }
        _ => String::new(),
    }
}

fn is_stale(found: &Found, pending: &PendingChange) -> bool {
    match pending.change() {
        Ok(Change::Parameters { asset, fields, .. }) => plimsoll::terms::concern_of(&fields)
            .ok()
            .and_then(|concern| found.terms(concern, asset).ok())
            .is_none_or(|mut terms| terms.amend(&fields).is_err()),
        Ok(Change::Role { role, before, .. }) => {
            found.clearinghouse.roles.get(role as usize).is_none_or(|state| state.holder != before)
        }
        Ok(Change::Oracle { asset, before, .. }) => {
            found.board.rows.get(asset as usize).is_none_or(|row| row.source() != before)
        }
        Ok(Change::Market { asset, .. }) => found.markets.contains_key(&asset),
        Ok(Change::Collateral { asset, .. }) => found.banks.contains_key(&asset),
        Ok(Change::Asset(_)) => false,
        Err(_) => true,
    }
}
