//! Whether everybody had notice: what has been loosened, listed, handed over or taken from
//! another oracle stood in a pending change for its whole wait.

use crate::stage::{ALL_ROLES, LONG_WAIT, WAIT};
use bytemuck::bytes_of;
use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::parameters::{ALL, Concern};
use plimsoll::params::{Change, FieldChange, OracleSource};
use plimsoll::state::{PendingChange, Role, RoleState};
use plimsoll_client::governance::CONCERNS;
use plimsoll_testkit::World;
use solana_address::Address;
use std::collections::BTreeMap;

/// A change that waits, and when it was first seen.
#[derive(Clone)]
struct Waiting {
    change: Change,
    seen_at: i64,
    ready_at: i64,
}

/// All that governance has decided and that is in force, or on its way.
#[derive(Clone)]
struct Settings {
    /// Value of every parameter, by its id and the asset it is of.
    parameters: BTreeMap<(u8, u8), i64>,
    sources: Vec<OracleSource>,
    /// Of each asset: whether it has a bank, and whether it has a market.
    listed: Vec<(u8, u8)>,
    roles: [RoleState; 4],
}

/// Looks at the accounts after every transaction.
pub struct Watch {
    settings: Settings,
    waiting: BTreeMap<Address, Waiting>,
    /// What has been changed after a wait so far.
    pub changed: u32,
}

impl Settings {
    fn read(world: &World) -> Self {
        let (board, clearinghouse) = (world.board(), world.clearinghouse_account());
        let rows = &board.rows[..board.asset_count as usize];
        let mut parameters = BTreeMap::new();
        for (asset, row) in rows.iter().enumerate() {
            for concern in CONCERNS {
                let exists = match concern {
                    Concern::Clearinghouse | Concern::Pool => asset == 0,
                    Concern::Price => true,
                    Concern::Bank | Concern::Weights => row.is_collateral == 1,
                    Concern::Market | Concern::Margin => row.is_market == 1,
                };
                if exists {
                    let terms = world.terms(concern, asset as u8);
                    let of = |p: &plimsoll::parameters::Parameter| p.read(terms.bytes());
                    let all = ALL.iter().enumerate().filter(|(_, p)| p.concern == concern);
                    parameters.extend(all.map(|(id, p)| ((id as u8, asset as u8), of(p))));
                }
            }
        }
        Self {
            parameters,
            sources: rows.iter().map(|row| row.source()).collect(),
            listed: rows.iter().map(|row| (row.is_collateral, row.is_market)).collect(),
            roles: clearinghouse.roles,
        }
    }

    fn role(&self, role: Role) -> &RoleState {
        &self.roles[role as usize]
    }
}

impl Watch {
    pub fn new(world: &World) -> Self {
        let mut watch = Self { settings: Settings::read(world), waiting: BTreeMap::new(), changed: 0 };
        watch.see(world);
        watch
    }

    /// Compares what is set with what was; whatever differs had its notice, or is the
    /// steward's to tighten.
    ///
    /// # Panics
    /// If something has changed without it.
    pub fn look(&mut self, world: &World) {
        let now = world.svm.now();
        let standing = pending(world);
        // What has gone since, and was ready when it did: one of them may have been executed.
        let gone: Vec<Change> = self
            .waiting
            .iter()
            .filter(|(at, waiting)| !standing.contains_key(at) && waiting.had_notice(now))
            .map(|(_, waiting)| waiting.change.clone())
            .collect();
        let settings = Settings::read(world);
        self.compare(&settings, &gone, now);
        self.settings = settings;
        self.see(world);
    }

    fn see(&mut self, world: &World) {
        let (standing, now) = (pending(world), world.svm.now());
        self.waiting.retain(|at, _| standing.contains_key(at));
        for (at, pending) in standing {
            let change = pending.change().expect("a change of a known kind");
            let seen = Waiting { change, seen_at: now, ready_at: pending.ready_at };
            let known = self.waiting.entry(at).or_insert_with(|| seen.clone());
            assert_eq!((&known.change, known.ready_at), (&seen.change, seen.ready_at), "nobody edits it");
        }
    }

    fn compare(&mut self, after: &Settings, gone: &[Change], now: i64) {
        let before = self.settings.clone();
        for ((id, asset), value) in &after.parameters {
            let Some(old) = before.parameters.get(&(*id, *asset)) else { continue };
            let is_tightened = ALL[*id as usize].is_tightened(*old, *value);
            if old != value && !is_tightened {
                let field = (*id, *old, *value);
                self.expect(gone.iter().any(|c| sets(c, *asset, field)), &format!("parameter {field:?}"));
            }
        }
        for (asset, source) in after.sources.iter().enumerate() {
            match before.sources.get(asset) {
                Some(old) if bytes_of(old) == bytes_of(source) => {}
                Some(old) => {
                    let change = Change::Oracle { asset: asset as u8, before: *old, after: *source };
                    self.expect(gone.contains(&change), "an oracle");
                }
                None => {
                    let lists = |c: &Change| matches!(c, Change::Asset(p) if p.source == *source);
                    self.expect(gone.iter().any(lists), "an asset");
                }
            }
        }
        for (asset, listed) in after.listed.iter().enumerate() {
            let old = before.listed.get(asset).copied().unwrap_or((0, 0));
            let of = asset as u8;
            if listed.0 != old.0 {
                let lists = |c: &Change| matches!(c, Change::Collateral { asset, .. } if *asset == of);
                self.expect(gone.iter().any(lists), "collateral");
            }
            if listed.1 != old.1 {
                let lists = |c: &Change| matches!(c, Change::Market { asset, .. } if *asset == of);
                self.expect(gone.iter().any(lists), "a market");
            }
        }
        for role in ALL_ROLES {
            let (old, new) = (before.role(role), after.role(role));
            self.compare_role(role, old, new, gone, now);
        }
    }

    /// A nominee is named by a change, and accepts in time or never; a holder is who was
    /// nominated, or nobody by a change.
    fn compare_role(&mut self, role: Role, old: &RoleState, new: &RoleState, gone: &[Change], now: i64) {
        if old == new {
            return;
        }
        let nobody = Address::default();
        let accepted = RoleState { holder: old.nominee, nominee: nobody, accept_until: 0 };
        let is_in_time = old.nominee != nobody && now <= old.accept_until;
        let named = |c: &Change| {
            let Change::Role { role: its, before, after } = c else { return false };
            let expected = match *after == nobody {
                true => RoleState { holder: nobody, nominee: nobody, accept_until: 0 },
                false => RoleState { nominee: *after, accept_until: now + CHANGE_VALID_SECONDS_MAX, ..*old },
            };
            *its == role as u8 && *before == old.holder && *new == expected
        };
        self.expect((is_in_time && *new == accepted) || gone.iter().any(named), "a role");
    }

    fn expect(&mut self, had_notice: bool, what: &str) {
        assert!(had_notice, "{what} changed without notice");
        self.changed += 1;
    }
}

impl Waiting {
    /// Whether it had waited for as long as it must at `now`, before everybody's eyes.
    fn had_notice(&self, now: i64) -> bool {
        let is_long = match self.change {
            Change::Asset(_) | Change::Collateral { .. } | Change::Oracle { .. } => true,
            Change::Role { role, .. } => role == Role::Guardian as u8,
            _ => false,
        };
        let wait = if is_long { LONG_WAIT } else { WAIT };
        now >= self.ready_at && now - self.seen_at >= wait
    }
}

fn pending(world: &World) -> BTreeMap<Address, PendingChange> {
    world.svm.all::<PendingChange>().into_iter().collect()
}

/// Whether a change sets the parameter of the asset from one value to the other.
fn sets(change: &Change, asset: u8, (id, before, after): (u8, i64, i64)) -> bool {
    let Change::Parameters { asset: its, fields, .. } = change else { return false };
    let is_it = |f: &FieldChange| (f.parameter, f.before, f.after) == (id, before, after);
    let concern = ALL[id as usize].concern;
    let is_global = matches!(concern, Concern::Clearinghouse | Concern::Pool);
    (is_global || *its == asset) && fields.iter().any(is_it)
}
