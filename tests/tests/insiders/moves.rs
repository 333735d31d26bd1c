//! What mallory may try, at random: whatever his roles sign, and whatever anybody may.

use crate::stage::{ACCOUNTS, ALL_ROLES, DAY, DOGE, HONEST, Stage, greedy_collateral};
use crate::wealth::{Random, position};
use plimsoll::parameters::{ALL, Concern, Tightens};
use plimsoll::params::{Change, FieldChange};
use plimsoll::state::Role;
use plimsoll_client::governance::field;
use plimsoll_testkit::Wallet;
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_tests::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, USD, USDC};
use solana_address::Address;
use solana_instruction::Instruction;

/// Everybody whose account could be liquidated.
const OTHERS: [&str; 3] = ["alice", "bob", "carol"];

/// What mallory knows of changes he has proposed.
pub type Proposed = Vec<(Address, Change)>;

/// A transaction of one to three random instructions, and what it proposes.
pub fn random_bundle(
    stage: &mut Stage,
    random: &mut Random,
    known: &Proposed,
) -> (Vec<Instruction>, Proposed) {
    let (mut bundle, mut proposed) = (Vec::new(), Vec::new());
    if random.between(0, 9) == 0 && stage.has(Role::Governance) {
        // Proposed and executed at once.
        let change = random_change(stage, random);
        let at = stage.world.next_change();
        bundle.push(stage.world.propose_instruction(&change));
        bundle.push(stage.world.execute_instruction(at, &change));
        return (bundle, vec![(at, change)]);
    }
    for _ in 0..random.between(1, 2) {
        let role = stage.roles[random.between(0, stage.roles.len() as i64 - 1) as usize];
        match random.between(0, 5) {
            0 | 1 if role == Role::Governance && proposed.is_empty() => {
                let change = random_change(stage, random);
                let at = stage.world.next_change();
                bundle.push(stage.world.propose_instruction(&change));
                proposed.push((at, change));
            }
            0..=2 => bundle.push(of_role(stage, random, role, known)),
            _ => bundle.push(of_anybody(stage, random)),
        }
    }
    (bundle, proposed)
}

fn of_role(stage: &Stage, random: &mut Random, role: Role, known: &Proposed) -> Instruction {
    let world = &stage.world;
    let some = |random: &mut Random| known[random.between(0, known.len() as i64 - 1) as usize].clone();
    match role {
        Role::Governance if !known.is_empty() => {
            let (at, change) = some(random);
            match random.between(0, 9) {
                0 => world.cancel_instruction(at, &world.holder(Role::Governance)),
                _ => world.execute_instruction(at, &change),
            }
        }
        Role::Governance => world.launch_instruction(),
        Role::Steward => {
            let (asset, ramp_seconds, fields) = random_tightening(stage, random);
            world.tighten_instruction(asset, ramp_seconds, &fields)
        }
        Role::Guardian if random.between(0, 9) == 0 && !known.is_empty() => {
            world.cancel_instruction(some(random).0, &world.holder(Role::Guardian))
        }
        Role::Guardian => {
            let scope = [u8::MAX, USDC, SOL, BTC][random.between(0, 3) as usize];
            match random.between(0, 2) {
                0 => world.unpause_instruction(scope),
                _ => {
                    world.pause_instruction(scope, random.between(1, 15) as u8, random.between(1, DAY) as u32)
                }
            }
        }
        Role::FeeCollector => {
            let asset = random.between(1, 4) as u8;
            let fees = world.market(asset).protocol_fees;
            let amount = [fees, fees / 2, fees + 1, 1][random.between(0, 3) as usize];
            world.collect_fees_instruction(asset, amount.max(1) as u64)
        }
    }
}

fn random_change(stage: &Stage, random: &mut Random) -> Change {
    let world = &stage.world;
    match random.between(0, if stage.is_patient { 2 } else { 10 }) {
        0 => stage.own_asset(),
        1 => {
            let (asset, _) = HONEST[random.between(0, 3) as usize];
            let before = world.row(asset).source();
            Change::Oracle { asset, before, after: stage.own_source() }
        }
        2 => stage.world.collateral_change(DOGE, greedy_collateral()),
        3 => {
            let role = ALL_ROLES[random.between(0, 3) as usize];
            let before = world.clearinghouse_account().role(role).holder;
            let after = [stage.mallory.address(), Address::default()][random.between(0, 1) as usize];
            Change::Role { role: role as u8, before, after }
        }
        _ => random_parameters(stage, random),
    }
}

fn random_parameters(stage: &Stage, random: &mut Random) -> Change {
    let id = random.between(0, ALL.len() as i64 - 1) as u8;
    let parameter = ALL[id as usize];
    let asset = place(parameter.concern, random);
    let before = parameter.read(stage.world.terms(parameter.concern, asset).bytes());
    let after = match random.between(0, 4) {
        0 => parameter.min,
        1 => parameter.max,
        2 => before / 2,
        3 => before.saturating_mul(2),
        _ => (before / 10).saturating_mul(random.between(5, 20)),
    };
    let ramp_seconds = if parameter.concern.is_ramped() { DAY as u32 } else { 0 };
    Change::Parameters { asset, ramp_seconds, fields: vec![field(id, before, after)] }
}

/// An asset that has terms of the concern.
fn place(concern: Concern, random: &mut Random) -> u8 {
    match concern {
        Concern::Clearinghouse | Concern::Pool => 0,
        Concern::Bank => random.between(0, 3) as u8,
        Concern::Weights => random.between(1, 3) as u8,
        Concern::Price | Concern::Market | Concern::Margin => random.between(1, 4) as u8,
    }
}

/// All parameters of one concern that the steward may move, or one of them, as far as he may.
fn random_tightening(stage: &Stage, random: &mut Random) -> (u8, u32, Vec<FieldChange>) {
    let concerns = [Concern::Price, Concern::Bank, Concern::Weights, Concern::Market, Concern::Margin];
    let concern = concerns[random.between(0, 4) as usize];
    let asset = place(concern, random);
    let terms = stage.world.terms(concern, asset);
    let mut fields = Vec::new();
    for (id, parameter) in ALL.iter().enumerate().filter(|(_, p)| p.concern == concern) {
        let before = parameter.read(terms.bytes());
        let step = match (concern.is_ramped(), random.between(0, 2)) {
            (true, 0) => continue,
            (true, _) => before / 4,
            (false, 0) => before / 2,
            (false, 1) => before - parameter.min,
            (false, _) => continue,
        };
        let after = match parameter.tightens {
            Tightens::Lower => before - step,
            Tightens::Higher => before.saturating_add(step.max(1)).min(parameter.max),
            Tightens::Waits => continue,
        };
        if after != before {
            fields.push(field(id as u8, before, after));
        }
    }
    fields.truncate(12);
    (asset, if concern.is_ramped() { DAY as u32 } else { 0 }, fields)
}

/// What needs no role: mallory's own money, and everybody's accounts.
pub fn of_anybody(stage: &mut Stage, random: &mut Random) -> Instruction {
    let who = Wallet::new("mallory");
    let sub_account = random.between(0, ACCOUNTS as i64 - 1) as u16;
    let amount = (random.between(1, 150_000) * USD) as u64;
    let (asset, unit) =
        [(SOL, ONE_SOL * 100), (BTC, ONE_BTC), (ETH, ONE_ETH * 50)][random.between(0, 2) as usize];
    let world = &mut stage.world;
    match random.between(0, 12) {
        0 | 1 => {
            let size = random.between(-30 * unit, 30 * unit) | 1;
            let limit = if size > 0 { ANY_PRICE } else { 0 };
            world.trade_instruction(&who, &who, sub_account, asset, (size, limit))
        }
        2 | 3 => {
            let held = position(world, &who, sub_account, asset).size as i64;
            let limit = if held < 0 { ANY_PRICE } else { 0 };
            world.trade_instruction(&who, &who, sub_account, asset, (-held, limit))
        }
        4 => world.deposit_instruction(&who, sub_account, USDC, amount),
        5 => world.withdraw_instruction(&who, sub_account, USDC, amount),
        6 => world.withdraw_instruction(&who, sub_account, asset, random.between(1, 20 * unit) as u64),
        7 => world.transfer_instruction(&who, sub_account, (sub_account + 1) % ACCOUNTS, USDC, amount),
        8 => world.provide_instruction(&who, amount, 0),
        9 => world.redeem_instruction(&who, amount / 2, 0),
        10 => world.rebalance_instruction(random.between(1, 4) as u8),
        11 => {
            let other = Wallet::new(OTHERS[random.between(0, 2) as usize]);
            let (sunk, keeper) = (world.account_address(&other, 0), world.account_address(&who, 2));
            world.liquidate_instruction(sunk, keeper, asset)
        }
        _ => match random.between(0, 2) {
            0 => world.sweep_insurance_instruction(asset),
            1 => world.deleverage_instruction(asset),
            _ => world.bank_cash_instruction(world.account_address(&who, sub_account)),
        },
    }
}
