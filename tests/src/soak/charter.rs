//! INV-19: what governance decides changes only by what it has proposed in time, or by the
//! steward's tightening.

use super::stage::Stage;
use super::step::Step;
use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::parameters::{ALL, Concern};
use plimsoll::params::{Change, OracleSource};
use plimsoll::state::{Bank, Market, ROLES, Role, RoleState};
use plimsoll::terms::{Place, Terms};
use plimsoll_testkit::World;
use solana_address::Address;
use std::collections::BTreeMap;

/// Shortest wait of any change, and of those that concern where prices come from, seconds.
const WAIT_MIN: i64 = 2 * 86_400;
const ORACLE_WAIT_MIN: i64 = 4 * 86_400;
/// Shortest ramp, seconds.
const RAMP_MIN: i64 = 86_400;

/// A change that governance has proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub change: Change,
    pub at: i64,
    /// Seconds that it had to wait as things stood when it was proposed.
    pub wait: i64,
}

impl Proposal {
    /// Seconds for which a change can be executed.
    pub const VALID_SECONDS: i64 = 5 * 86_400;

    pub fn ready_at(&self) -> i64 {
        self.at + self.wait
    }

    pub fn expires_at(&self) -> i64 {
        self.ready_at() + Self::VALID_SECONDS
    }
}

/// An asset and the id of a parameter.
type Key = (u8, u8);

/// All that governance has decided, as it is set now.
pub struct Charter {
    parameters: BTreeMap<Key, i64>,
    sources: BTreeMap<u8, OracleSource>,
    roles: [RoleState; ROLES],
    /// Beginning and end of the last ramp of an asset's margin and weights.
    ramps: BTreeMap<(u8, bool), (i64, i64)>,
}

impl Charter {
    pub(super) fn of(world: &World) -> Self {
        let (clearinghouse, board, pool) = (world.clearinghouse_account(), world.board(), world.pool());
        let (mut parameters, mut sources, mut ramps) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for asset in 0..board.asset_count as u8 {
            let row = &board.rows[asset as usize];
            let market: Option<Market> = (row.is_market == 1).then(|| world.market(asset));
            let bank: Option<Bank> = (row.is_collateral == 1).then(|| world.bank(asset));
            let (market, bank) = (market.as_ref(), bank.as_ref());
            let place = Place {
                asset,
                clearinghouse: &clearinghouse,
                board: &board,
                market,
                bank,
                pool: Some(&pool),
            };
            let once = |of_all: &[Concern]| if asset == 0 { of_all.to_vec() } else { Vec::new() };
            let concerns = once(&[Concern::Clearinghouse, Concern::Pool])
                .into_iter()
                .chain([Concern::Price])
                .chain(bank.into_iter().flat_map(|_| [Concern::Bank, Concern::Weights]))
                .chain(market.into_iter().flat_map(|_| [Concern::Market, Concern::Margin]));
            for concern in concerns {
                let terms = Terms::read(&place, concern).expect("the terms of what is listed");
                parameters.extend(values(asset, &terms));
            }
            sources.insert(asset, row.source());
            ramps.extend(market.map(|market| ((asset, true), (market.ramp_start, market.ramp_end))));
            ramps.extend(bank.map(|bank| ((asset, false), (bank.ramp_start, bank.ramp_end))));
        }
        Self { parameters, sources, roles: clearinghouse.roles, ramps }
    }

    /// The value of a parameter, if the asset has it.
    pub(super) fn value(&self, asset: u8, parameter: u8) -> Option<i64> {
        self.parameters.get(&(asset, parameter)).copied()
    }

    /// Compares with what a transaction has left.
    ///
    /// # Panics
    /// If something changed that the step may not change.
    pub(super) fn check(&self, after: &Self, stage: &Stage, step: &Step) {
        let now = stage.world.svm.now();
        let executed = if let Step::Execute { id } = step { stage.proposals.get(id) } else { None };
        if let Some(Proposal { change, at, wait }) = executed {
            let is_longer = match change {
                Change::Asset(_) | Change::Collateral { .. } | Change::Oracle { .. } => true,
                Change::Role { role, .. } => *role == Role::Guardian as u8,
                _ => false,
            };
            let least = if is_longer { ORACLE_WAIT_MIN } else { WAIT_MIN };
            assert!(*wait >= least, "INV-19: {change:?} was to wait for {wait} seconds only");
            let is_due = (at + wait..=at + wait + Proposal::VALID_SECONDS).contains(&now);
            assert!(is_due, "INV-19: {change:?} of {at} was executed at {now}");
        }
        let change = executed.map(|proposal| &proposal.change);
        for (key, value) in &after.parameters {
            let was = self.parameters.get(key);
            let may_be = was == Some(value)
                || change.is_some_and(|change| proposes(change, *key, *value))
                || was.is_some_and(|was| is_tightened(step, *key, *was, *value));
            assert!(may_be, "INV-19: {step} made parameter {key:?} {value} of {was:?}");
        }
        for (asset, source) in &after.sources {
            let may_be = self.sources.get(asset) == Some(source)
                || change.is_some_and(|change| is_source(change, *asset, source));
            assert!(may_be, "INV-19: {step} made the price of asset {asset} come from {source:?}");
        }
        assert_eq!(after.roles, roles_after(&self.roles, step, change, now), "INV-19: roles after {step}");
        for (key, ramp) in &after.ramps {
            let is_new = !self.ramps.contains_key(key);
            let is_sent = matches!(step, Step::Execute { .. } | Step::Tighten { .. } | Step::WarmUp { .. })
                && ramp.0 == now
                && ramp.1 - ramp.0 >= RAMP_MIN;
            let may_be = self.ramps.get(key) == Some(ramp)
                || is_new && [(0, 0), (now, 0), (now, now)].contains(ramp)
                || is_sent;
            assert!(may_be, "INV-19: {step} sent {key:?} on the way {ramp:?}");
        }
    }
}

/// Every parameter of some terms.
fn values(asset: u8, terms: &Terms) -> impl Iterator<Item = (Key, i64)> {
    let its = ALL.iter().enumerate().filter(|(_, parameter)| parameter.concern == terms.concern());
    its.map(move |(id, parameter)| ((asset, id as u8), parameter.read(terms.bytes())))
}

/// Whether a change says that a parameter is to have this value.
fn proposes(change: &Change, key: Key, value: i64) -> bool {
    let listed = |terms: &Terms| values(key.0, terms).any(|its| its == (key, value));
    match change {
        // A new row; that it is one is seen by its source.
        Change::Asset(params) => listed(&Terms::Price(params.price)),
        Change::Collateral { asset, params, .. } => {
            *asset == key.0 && (listed(&Terms::Bank(params.terms)) || listed(&Terms::Weights(params.weights)))
        }
        Change::Market { asset, params } => {
            *asset == key.0 && (listed(&Terms::Market(params.terms)) || listed(&Terms::Margin(params.margin)))
        }
        Change::Parameters { asset, fields, .. } => {
            *asset == key.0 && fields.iter().any(|field| field.parameter == key.1 && field.after == value)
        }
        Change::Oracle { .. } | Change::Role { .. } => false,
    }
}

/// Whether the step is the steward's, of this parameter, and in the direction that tightens.
fn is_tightened(step: &Step, key: Key, was: i64, is: i64) -> bool {
    let Step::Tighten { asset, parameter, value, .. } = *step else { return false };
    (asset, parameter) == key && value == is && ALL[parameter as usize].is_tightened(was, is)
}

fn is_source(change: &Change, asset: u8, source: &OracleSource) -> bool {
    match change {
        Change::Asset(params) => params.source == *source,
        Change::Oracle { asset: its, after, .. } => *its == asset && after == source,
        _ => false,
    }
}

/// The roles as a step and the change that it executes may leave them.
fn roles_after(
    roles: &[RoleState; ROLES],
    step: &Step,
    change: Option<&Change>,
    now: i64,
) -> [RoleState; ROLES] {
    let mut after = *roles;
    if let Some(Change::Role { role, after: nominee, .. }) = change {
        let state = &mut after[*role as usize];
        *state = match *nominee == Address::default() {
            true => RoleState { holder: *nominee, nominee: *nominee, accept_until: 0 },
            false => RoleState { nominee: *nominee, accept_until: now + CHANGE_VALID_SECONDS_MAX, ..*state },
        };
    }
    if let Step::Accept { role, .. } = step {
        let state = &mut after[*role as usize];
        *state = RoleState { holder: state.nominee, nominee: Address::default(), accept_until: 0 };
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::SOL;
    use crate::soak::broken::{Broken, Kind, caught};
    use crate::soak::stage;
    use plimsoll_testkit::Svm;

    fn kind(change: impl FnOnce(&mut Charter), step: &Step, stage: &Stage) -> Option<Kind> {
        let (before, mut after) = (Charter::of(&stage.world), Charter::of(&stage.world));
        change(&mut after);
        let checked = caught(|| {
            before.check(&after, stage, step);
            Ok(())
        });
        checked.err().map(|broken: Broken| broken.kind)
    }

    /// A margin is changed by a step that may not, by the steward one way and the other, and by a
    /// change before and after its wait.
    #[test]
    fn a_parameter_that_changes_by_itself_is_seen() {
        let mut stage = Stage::new(stage::world(Svm::new()));
        let parameter = ALL.iter().position(|p| p.concern == Concern::Margin).expect("a margin") as u8;
        let (key, wait) = ((SOL, parameter), WAIT_MIN);
        let was = Charter::of(&stage.world).parameters[&key];
        let to = |value: i64| move |charter: &mut Charter| _ = charter.parameters.insert(key, value);
        let broken = Some(Kind::Invariant("INV-19".into()));
        let tighten = |value: i64| Step::Tighten { asset: SOL, parameter, value, seconds: 86_400 };
        assert_eq!(kind(to(was + 1), &Step::Wait { seconds: 1 }, &stage), broken);
        assert_eq!(kind(to(was + 1), &tighten(was + 1), &stage), None);
        assert_eq!(kind(to(was - 1), &tighten(was - 1), &stage), broken);

        let fields = vec![plimsoll_client::governance::field(parameter, was, was - 1)];
        let change = Change::Parameters { asset: SOL, ramp_seconds: 86_400, fields };
        let at = stage.world.svm.now();
        stage.proposals.insert(0, Proposal { change, at, wait });
        let execute = Step::Execute { id: 0 };
        stage.world.svm.advance(wait - 1);
        assert_eq!(kind(to(was - 1), &execute, &stage), broken);
        stage.world.svm.advance(1);
        assert_eq!(kind(to(was - 1), &execute, &stage), None);
        assert_eq!(kind(to(was - 2), &execute, &stage), broken);
    }
}
