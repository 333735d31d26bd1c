//! Instructions that are rare: set-up, changes and listings, roles, opening and closing accounts.

use super::figures::{Case, Figures};
use plimsoll::parameters::Concern;
use plimsoll::params::{Change, FieldChange, OracleSource};
use plimsoll::state::{ALL_ASSETS, MarginTerms, Role, groups};
use plimsoll::terms::Terms;
use plimsoll_client::{addresses, governance};
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};

const NO_SLOTS: Case = Case::new("", 0, 0);
const EMPTY_ACCOUNT: Case = Case::new("", 1, 0);
const DAY: i64 = 86_400;
/// 10.00000019 USD: a price with a fraction in every fixed-point step.
const PRICE_E8: i64 = 10_0000_0019;
/// An asset listed before the launch, and one listed after it.
const OLD: u8 = 1;
const NEW: u8 = 2;

/// Measures set-up, changes, roles and accounts.
pub fn measure(figures: &mut Figures) {
    let mut world = World::wide(1);
    listings(figures, &mut world);
    roles(figures, &mut world);
    changes(figures, &mut world);
    accounts(figures, &mut world);
    deployment(figures, world);
}

/// After the launch: what is listed waits, and warms up.
fn listings(figures: &mut Figures, world: &mut World) {
    let listing = presets::wide(2)[1];
    world.add_asset(listing.symbol, listing.decimals, listing.kind, true);
    let asset = &world.assets[NEW as usize];
    let changes = [
        ("asset", Change::Asset(presets::asset(&listing, asset.oracle, asset.feed_id))),
        ("collateral", world.collateral_change(NEW, presets::volatile_collateral())),
        ("market", Change::Market { asset: NEW, params: presets::market(1_000_000, 50_000) }),
    ];
    for (name, change) in changes {
        propose_and_execute(figures, world, name, &change);
    }
    for _ in 0..=8 {
        world.svm.advance(DAY - 1);
        world.set_prices(&[(NEW, PRICE_E8)]);
    }
    let warm_up = world.warm_up_instruction(NEW);
    figures.record(Case::new("bank and market", 0, 0), world, warm_up, &[]);
}

/// Proposes a change, lets it wait, and executes it.
fn propose_and_execute(figures: &mut Figures, world: &mut World, name: &'static str, change: &Change) {
    let (address, wait, case) = (world.next_change(), world.wait_seconds(change), Case::new(name, 0, 0));
    let propose = world.propose_instruction(change);
    figures.record(case, world, propose, &[&world.holder(Role::Governance)]);
    world.svm.advance(wait);
    let execute = world.execute_instruction(address, change);
    figures.record(case, world, execute, &[]);
}

fn field(concern: Concern, name: &str, (before, after): (i64, i64)) -> FieldChange {
    let parameter = governance::parameter_id(concern, name).expect("a parameter of that name");
    governance::field(parameter, before, after)
}

/// What steward and guardian do at once.
fn roles(figures: &mut Figures, world: &mut World) {
    let (steward, guardian) = (world.holder(Role::Steward), world.holder(Role::Guardian));
    let cap = world.bank(OLD).terms.deposit_cap as i64;
    let lower = field(Concern::Bank, "deposit_cap", (cap, cap / 2));
    let margin = world.market(OLD).margin.initial_margin as i64;
    let higher = field(Concern::Margin, "initial_margin", (margin, margin + margin / 4));
    for (name, seconds, field) in [("a cap", 0, lower), ("a margin, by ramp", DAY as u32, higher)] {
        let tighten = world.tighten_instruction(OLD, seconds, &[field]);
        figures.record(Case::new(name, 0, 0), world, tighten, &[&steward]);
    }
    for (name, scope) in [("one asset", OLD), ("all assets", ALL_ASSETS)] {
        let pause = world.pause_instruction(scope, groups::ALL, 3_600);
        figures.record(Case::new(name, 0, 0), world, pause, &[&guardian]);
    }
    for (name, scope) in [("one asset", OLD), ("all assets", ALL_ASSETS)] {
        let unpause = world.unpause_instruction(scope);
        figures.record(Case::new(name, 0, 0), world, unpause, &[&guardian]);
    }
}

fn changes(figures: &mut Figures, world: &mut World) {
    let open_interest_max = world.market(OLD).terms.open_interest_max;
    let margin = MarginTerms {
        initial_margin: world.market(OLD).margin.initial_margin,
        volatility_memory_seconds: 7_200,
        ..presets::full_margin(open_interest_max)
    };
    let twelve = world.terms_change(OLD, &Terms::Margin(margin), DAY as u32);
    let fee = world.pool().redeem_fee as i64;
    let fields = vec![field(Concern::Pool, "redeem_fee", (fee, fee + 1))];
    let one = Change::Parameters { asset: 0, ramp_seconds: 0, fields };
    let before = world.row(OLD).source();
    let oracle = Wallet::new("another oracle").address();
    let source = Change::Oracle { asset: OLD, before, after: OracleSource { oracle, ..before } };
    let (successor, holder) = (world.wallet("successor"), world.holder(Role::Governance));
    let (before, after) = (holder.address(), successor.address());
    let role = Change::Role { role: Role::Governance as u8, before, after };

    let address = world.next_change();
    let propose = world.propose_instruction(&one);
    world.must(propose, &holder);
    let cancel = world.cancel_instruction(address, &holder);
    figures.record(NO_SLOTS, world, cancel, &[&holder]);
    for (name, change) in
        [("one parameter", one), ("twelve parameters", twelve), ("oracle", source), ("role", role)]
    {
        propose_and_execute(figures, world, name, &change);
    }
    let accept = world.accept_role_instruction(&successor, Role::Governance);
    figures.record(NO_SLOTS, world, accept, &[&successor]);
}

fn accounts(figures: &mut Figures, world: &mut World) {
    let (owner, delegate) = (world.wallet("owner"), Wallet::new("delegate").address());
    for instruction in [
        world.open_account_instruction(&owner, 0),
        world.set_delegate_instruction(&owner, 0, delegate),
        world.close_account_instruction(&owner, 0),
    ] {
        figures.record(EMPTY_ACCOUNT, world, instruction, &[&owner]);
    }
}

/// A second clearinghouse beside the one the world was made with.
fn deployment(figures: &mut Figures, mut world: World) {
    let creator = world.wallet("creator");
    world.clearinghouse = addresses::clearinghouse(&creator.address());
    world.governance = Wallet::new(&creator.name);
    let create = world.create_clearinghouse_instruction();
    figures.record(NO_SLOTS, &mut world, create, &[&creator]);
    world.list_collateral(0, presets::settlement());
    let create_pool = world.create_pool_instruction();
    figures.record(NO_SLOTS, &mut world, create_pool, &[&creator]);
    let launch = world.launch_instruction();
    figures.record(NO_SLOTS, &mut world, launch, &[&creator]);
}
