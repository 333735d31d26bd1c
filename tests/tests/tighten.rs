//! The steward tightens at once, and only tightens; margins and weights in small steps by ramp.

use plimsoll::error::PlimsollError;
use plimsoll::events::ParameterSet;
use plimsoll::parameters::{ALL, Concern, Parameter, Tightens};
use plimsoll::params::FieldChange;
use plimsoll::state::Role;
use plimsoll_client::Event;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::{Failure, Outcome, World, presets};
use plimsoll_tests::full::full;
use plimsoll_tests::scene::{BTC, E8, SOL, Scene, only_event};

const DAY: u32 = 86_400;

fn id(concern: Concern, name: &str) -> u8 {
    parameter_id(concern, name).expect("a parameter")
}

fn read(world: &World, concern: Concern, name: &str, asset: u8) -> i64 {
    ALL[id(concern, name) as usize].read(world.terms(concern, asset).bytes())
}

/// The steward moves parameters of an asset.
fn tighten(
    world: &mut World,
    asset: u8,
    ramp_seconds: u32,
    fields: &[FieldChange],
) -> Result<Outcome, Failure> {
    let steward = world.holder(Role::Steward);
    let instruction = world.tighten_instruction(asset, ramp_seconds, fields);
    world.send(&[instruction], &[&steward.key])
}

fn refused(world: &mut World, asset: u8, ramp_seconds: u32, fields: &[FieldChange], error: PlimsollError) {
    let steward = world.holder(Role::Steward);
    let instruction = world.tighten_instruction(asset, ramp_seconds, fields);
    world.refused(instruction, &steward, error);
}

fn ramp_of(parameter: &Parameter) -> u32 {
    if parameter.concern.is_ramped() { DAY } else { 0 }
}

/// What the table must say, parameter by parameter: which way tightens, where either does.
const TIGHTENING: [(Concern, &str, Tightens); 25] = [
    (Concern::Bank, "deposit_cap", Tightens::Lower),
    (Concern::Bank, "borrow_cap", Tightens::Lower),
    (Concern::Bank, "utilisation_max", Tightens::Lower),
    (Concern::Weights, "initial_asset", Tightens::Lower),
    (Concern::Weights, "maintenance_asset", Tightens::Lower),
    (Concern::Weights, "initial_debt", Tightens::Higher),
    (Concern::Weights, "maintenance_debt", Tightens::Higher),
    (Concern::Market, "open_interest_max", Tightens::Lower),
    (Concern::Market, "reduce_only", Tightens::Higher),
    (Concern::Margin, "initial_margin", Tightens::Higher),
    (Concern::Margin, "maintenance_margin", Tightens::Higher),
    (Concern::Margin, "initial_profit_weight", Tightens::Lower),
    (Concern::Margin, "maintenance_profit_weight", Tightens::Lower),
    (Concern::Margin, "tier_1_initial", Tightens::Higher),
    (Concern::Margin, "tier_1_maintenance", Tightens::Higher),
    (Concern::Margin, "tier_2_initial", Tightens::Higher),
    (Concern::Margin, "tier_2_maintenance", Tightens::Higher),
    (Concern::Margin, "concentration_initial", Tightens::Higher),
    (Concern::Margin, "open_interest_low", Tightens::Lower),
    // All others wait, some of which are named for what they could do.
    (Concern::Bank, "outflow_max", Tightens::Waits),
    (Concern::Clearinghouse, "outflow_max", Tightens::Waits),
    (Concern::Price, "divergence_max", Tightens::Waits),
    (Concern::Market, "liquidation_penalty", Tightens::Waits),
    // These would keep providers from leaving.
    (Concern::Price, "confidence_max", Tightens::Waits),
    (Concern::Market, "reserve_ratio", Tightens::Waits),
];

#[test]
fn the_direction_of_every_parameter_is_the_one_decided() {
    for parameter in ALL {
        let named = TIGHTENING.iter().find(|(c, n, _)| (*c, *n) == (parameter.concern, parameter.name));
        let expected = named.map_or(Tightens::Waits, |(_, _, tightens)| *tightens);
        assert_eq!(parameter.tightens, expected, "{:?}.{}", parameter.concern, parameter.name);
    }
}

#[test]
fn every_parameter_is_tightened_at_once_and_never_loosened() {
    for (number, parameter) in ALL.iter().enumerate() {
        let mut world = full();
        let asset = if parameter.concern == Concern::Weights { SOL } else { BTC };
        let value = parameter.read(world.terms(parameter.concern, asset).bytes());
        let ramp = ramp_of(parameter);
        let (down, up) = (value.saturating_sub(1), value.saturating_add(1));
        for after in [down, up] {
            let fields = [field(number as u8, value, after)];
            if after == value || after < parameter.min || after > parameter.max {
                continue;
            }
            if !parameter.is_tightened(value, after) {
                refused_as_loosening(&mut world, asset, ramp, &fields, parameter);
            }
        }
        let step = match parameter.tightens {
            Tightens::Lower if parameter.min < value => -1,
            Tightens::Higher if parameter.max > value => 1,
            _ => continue,
        };
        let fields = together(&world, parameter, asset, field(number as u8, value, value + step));
        let before = world.terms(parameter.concern, asset);
        let outcome = tighten(&mut world, asset, ramp, &fields)
            .unwrap_or_else(|f| panic!("{}: {f:#?}", parameter.name));
        let set: Vec<Event> = fields
            .iter()
            .map(|f| {
                Event::ParameterSet(ParameterSet {
                    clearinghouse: world.clearinghouse,
                    before: f.before,
                    after: f.after,
                    arrives_at: world.svm.now() + ramp as i64,
                    parameter: f.parameter.into(),
                    asset: asset.into(),
                })
            })
            .collect();
        assert_eq!(outcome.events, set);
        let after = world.terms(parameter.concern, asset);
        for (other, p) in ALL.iter().enumerate().filter(|(_, p)| p.concern == parameter.concern) {
            let changed = fields.iter().find(|f| f.parameter as usize == other);
            let expected = changed.map_or(p.read(before.bytes()), |f| f.after);
            assert_eq!(p.read(after.bytes()), expected, "{}", p.name);
        }
    }
}

/// What is loosened, or concerns somebody's freedom, is refused, whatever else would be.
fn refused_as_loosening(
    world: &mut World,
    asset: u8,
    ramp: u32,
    fields: &[FieldChange],
    parameter: &Parameter,
) {
    let failure = tighten(world, asset, ramp, fields).expect_err(parameter.name);
    assert_eq!(failure.plimsoll(), Some(PlimsollError::NotTightening), "{}", parameter.name);
}

/// The field, and what a rule between parameters makes go with it.
fn together(world: &World, parameter: &Parameter, asset: u8, one: FieldChange) -> Vec<FieldChange> {
    let with = |name: &str, step: i64| {
        let value = read(world, parameter.concern, name, asset);
        field(id(parameter.concern, name), value, value + step)
    };
    let mut all = match parameter.name {
        "maintenance_asset" => vec![with("initial_asset", -1), one],
        "maintenance_profit_weight" => vec![with("initial_profit_weight", -1), one],
        _ => vec![one],
    };
    all.sort_by_key(|f| f.parameter);
    all
}

#[test]
fn only_the_steward_tightens() {
    let mut world = full();
    let outsider = world.wallet("outsider");
    let cap = id(Concern::Bank, "deposit_cap");
    let value = read(&world, Concern::Bank, "deposit_cap", SOL);
    for other in [outsider, world.holder(Role::Governance), world.holder(Role::Guardian)] {
        let mut instruction = world.tighten_instruction(SOL, 0, &[field(cap, value, value - 1)]);
        instruction.accounts[0].pubkey = other.address();
        world.refused(instruction, &other, PlimsollError::NotSteward);
    }
}

#[test]
fn a_field_that_is_not_as_expected_is_stale_and_a_loosening_among_others_spoils_all() {
    let mut world = full();
    let (cap, loans) = (id(Concern::Bank, "deposit_cap"), id(Concern::Bank, "borrow_cap"));
    let [deposits, borrows] =
        ["deposit_cap", "borrow_cap"].map(|name| read(&world, Concern::Bank, name, SOL));
    refused(&mut world, SOL, 0, &[field(cap, deposits - 1, deposits - 2)], PlimsollError::ChangeStale);
    let mixed = [field(cap, deposits, 1), field(loans, borrows, borrows + 1)];
    refused(&mut world, SOL, 0, &mixed, PlimsollError::NotTightening);
    refused(&mut world, SOL, 0, &[field(cap, deposits, deposits)], PlimsollError::NotTightening);
    refused(&mut world, SOL, 0, &[field(cap, deposits, -1)], PlimsollError::ParameterOutOfBounds);
    refused(&mut world, SOL, DAY, &[field(cap, deposits, 1)], PlimsollError::ParameterOutOfBounds);
    tighten(&mut world, SOL, 0, &[field(cap, deposits, 0), field(loans, borrows, 0)]).unwrap();
    assert_eq!((world.bank(SOL).terms.deposit_cap, world.bank(SOL).terms.borrow_cap), (0, 0));
}

#[test]
fn margins_and_weights_move_by_a_quarter_at_most_one_ramp_at_a_time() {
    let mut world = full();
    let (margin, debt) = (id(Concern::Margin, "maintenance_margin"), id(Concern::Weights, "initial_debt"));
    let initial = id(Concern::Margin, "initial_margin");
    for (fields, error) in [
        ([field(initial, 100_000, 125_000), field(margin, 50_000, 62_501)], PlimsollError::StepTooLarge),
        ([field(initial, 100_000, 125_001), field(margin, 50_000, 62_500)], PlimsollError::StepTooLarge),
    ] {
        refused(&mut world, BTC, DAY, &fields, error);
    }
    for (ramp, fields) in [(0, [field(margin, 50_000, 50_001)]), (DAY - 1, [field(margin, 50_000, 50_001)])] {
        refused(&mut world, BTC, ramp, &fields, PlimsollError::ParameterOutOfBounds);
    }
    tighten(&mut world, BTC, DAY, &[field(initial, 100_000, 125_000), field(margin, 50_000, 62_500)])
        .unwrap();
    let begun = world.svm.now();
    for (at, maintenance, opening) in [(DAY / 2, 56_250, 112_500), (DAY, 62_500, 125_000)] {
        world.svm.set_time(begun + at as i64 - 1);
        world.set_prices(&[(BTC, 8_000 * E8)]);
        let row = world.row(BTC);
        assert_eq!(
            (row.maintenance_margin, row.initial_margin),
            (maintenance, opening),
            "after {at} seconds"
        );
        if at < DAY {
            let more = [field(initial, 125_000, 130_000)];
            refused(&mut world, BTC, DAY, &more, PlimsollError::RampRunning);
        }
    }
    tighten(&mut world, BTC, DAY, &[field(initial, 125_000, 130_000)]).unwrap();
    // Weights of debts and collateral, the same way; a surcharge that is not there yet begins small.
    refused(&mut world, SOL, DAY, &[field(debt, 1_200_000, 1_500_001)], PlimsollError::StepTooLarge);
    tighten(&mut world, SOL, DAY, &[field(debt, 1_200_000, 1_500_000)]).unwrap();
    let lower = [field(id(Concern::Weights, "initial_asset"), 800_000, 799_999)];
    refused(&mut world, SOL, DAY, &lower, PlimsollError::RampRunning);
}

#[test]
fn a_surcharge_that_is_not_there_begins_small() {
    let mut world = World::standard();
    let surcharge = id(Concern::Margin, "concentration_initial");
    refused(&mut world, BTC, DAY, &[field(surcharge, 0, 12_501)], PlimsollError::StepTooLarge);
    tighten(&mut world, BTC, DAY, &[field(surcharge, 0, 12_500)]).unwrap();
}

#[test]
fn a_market_goes_reduce_only_at_once_and_back_only_by_a_change() {
    let mut world = full();
    let trader = plimsoll_tests::full::lender(&mut world, "trader", 10_000);
    world.trade(&trader, 0, BTC, 100_000_000).unwrap();
    let flag = id(Concern::Market, "reduce_only");
    let outcome = tighten(&mut world, BTC, 0, &[field(flag, 0, 1)]).unwrap();
    assert!(matches!(only_event(&outcome), Event::ParameterSet(_)));
    let failure = world.trade(&trader, 0, BTC, 1_000_000).unwrap_err();
    assert_eq!(failure.plimsoll(), Some(PlimsollError::ReduceOnly));
    world.trade(&trader, 0, BTC, -50_000_000).unwrap();
    refused(&mut world, BTC, 0, &[field(flag, 1, 0)], PlimsollError::NotTightening);
    let mut terms = world.market(BTC).terms;
    terms.reduce_only = 0;
    world.enact(&world.terms_change(BTC, &plimsoll::terms::Terms::Market(terms), 0));
    world.set_prices(&[(BTC, 8_000 * E8)]);
    world.refresh(&[0]).unwrap();
    world.trade(&trader, 0, BTC, 1_000_000).unwrap();
}

#[test]
fn collateral_that_warms_up_is_not_touched_but_its_caps() {
    let mut world = full();
    let listing =
        presets::Listing { symbol: "NEW", collateral: None, market: None, ..presets::standard()[0] };
    let new = world.list_asset(&listing);
    world.list_collateral(new, presets::volatile_collateral());
    let weight = id(Concern::Weights, "initial_asset");
    refused(&mut world, new, DAY, &[field(weight, 800_000, 700_000)], PlimsollError::WarmingUp);
    let cap = read(&world, Concern::Bank, "deposit_cap", new);
    tighten(&mut world, new, 0, &[field(id(Concern::Bank, "deposit_cap"), cap, 0)]).unwrap();
}
