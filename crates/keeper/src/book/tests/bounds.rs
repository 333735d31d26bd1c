//! What the index rests on: the error of the screen, and that nobody sinks in his box.
use plimsoll_client::risk::{Price, Quote};

use super::*;
use crate::book::envelope::{Envelope, SLACKS};
use crate::book::ladder::{Ladder, TOP, rung};
use crate::book::watch::Room;

/// What equity would have to be above, times a million: `(1 - line) equity + line maintenance`.
fn above_line(health: &Health, line: u32) -> i128 {
    (1_000_000 - line as i128) * health.equity.0 as i128 + line as i128 * health.maintenance.0 as i128
}

#[test]
fn no_estimate_is_off_by_more_than_its_error() {
    let mut compared = 0;
    for seed in 0..60 {
        let dice = &mut Dice(seed);
        let pair = Pair::new(dice, 22, 100);
        for line in [1_000_000, pair.board.margin_call] {
            let table = Table::of(&pair.board, Ratio(line));
            for (address, state) in &pair.accounts {
                let id = pair.book.columns.find(address).unwrap();
                let slots = pair.book.columns.slots(id);
                let estimate = table.estimate(&slots);
                let Ok(health) = pair.book.assess(state).map(|found| found.health) else { continue };
                let exact = above_line(&health, line);
                // Exact numbers below 2^63 times a million are rounded by no more than a ten-thousandth micro-USD here.
                let off = (estimate.health - exact as f64 / 1e6).abs();
                let error = table.error(&estimate);
                assert!(off <= error, "seed {seed}: off by {off}, bound {error}");
                assert!(error < 1e-12 * estimate.gross + 3_000.0, "{error}");
                assert!(exact >= 0 || table.may_be_below(&slots), "seed {seed}");
                compared += 1;
            }
        }
    }
    assert!(compared > 11_000, "{compared}");
}

/// At the corners of boxes and in between, with rows drifting within their envelopes.
#[test]
fn nobody_sinks_in_his_box() {
    let mut tried = 0;
    for seed in 0..40 {
        let dice = &mut Dice(seed);
        let pair = Pair::new(dice, 12, 150);
        for (address, state) in &pair.accounts {
            let slots = pair.book.columns.slots(pair.book.columns.find(address).unwrap());
            let Room::Within { distance, slack } = pair.book.watch.room(&slots) else { continue };
            for _ in 0..12 {
                let moved = moved(dice, &pair.board, distance, slack);
                let health = maintenance(state, &moved);
                assert!(health.is_none_or(|health| health >= 0), "seed {seed}: {health:?} within {distance}");
                tried += 1;
            }
        }
    }
    assert!(tried > 20_000, "{tried}");
}

fn moved(dice: &mut Dice, board: &RiskBoard, distance: f64, slack: usize) -> Box<RiskBoard> {
    let mut moved = Box::new(*board);
    let farthest = (distance * 1e6) as i64;
    for (asset, row) in moved.rows.iter_mut().enumerate().take(board.asset_count as usize) {
        let envelope = Envelope::around(&RowTerms::new(row, asset as u8, Ratio::ONE), slack);
        let drifted = drifted(dice, *row, [1.0, 20.0, 400.0][slack]);
        if envelope.suits(&RowTerms::new(&drifted, asset as u8, Ratio::ONE)) {
            *row = drifted;
        }
        if asset > 0 {
            let step = match dice.within(0, 3) {
                0 => -farthest,
                1 => farthest,
                _ => dice.within(-farthest, farthest + 1),
            };
            move_price(row, step);
        }
    }
    moved
}

/// Everything gets worse by up to `times` the smallest slack.
fn drifted(dice: &mut Dice, mut row: AssetRow, times: f64) -> AssetRow {
    let mut share = |most: f64| most * times * dice.within(0, 991) as f64 / 1e3;
    let charged = (row.price.get().0 as f64 * share(1e-5)) as i128;
    row.long_mark = (row.long_mark.get() - charged).into();
    row.short_mark = (row.short_mark.get() + charged).into();
    row.maintenance_margin += (row.maintenance_margin as f64 * share(5e-4)) as u32;
    row.bounty_reserve += (row.bounty_reserve as f64 * share(5e-4)) as i64;
    row.borrow_index += (row.borrow_index as f64 * share(5e-6)) as u64;
    row.maintenance_debt_weight += (row.maintenance_debt_weight as f64 * share(5e-6)) as u32;
    row.maintenance_asset_weight -= (row.maintenance_asset_weight as f64 * share(5e-6)) as u32;
    row.maintenance_profit_weight -= (row.maintenance_profit_weight as f64 * share(1e-5)) as u32;
    for tier in &mut row.tiers {
        tier.from -= (tier.from as f64 * share(1e-5)) as i64;
        tier.maintenance += (tier.maintenance as f64 * share(5e-4)) as u32;
    }
    row
}

/// In each direction that costs somebody something, by more than any envelope allows.
#[test]
fn an_envelope_is_left_by_each_of_its_sides() {
    let dice = &mut Dice(1);
    let row = loop {
        let row = board(dice, 2).rows[1];
        let has_all = row.maintenance_asset_weight > 0 && row.maintenance_profit_weight > 0;
        if has_all && row.tiers[0].maintenance > 0 && row.bounty_reserve > 100 {
            break row;
        }
    };
    let price = row.price.get();
    let sides: [fn(&mut AssetRow, i128); 9] = [
        |row, price| row.long_mark = (row.long_mark.get() - price / 50).into(),
        |row, price| row.short_mark = (row.short_mark.get() + price / 50).into(),
        |row, _| row.maintenance_margin *= 2,
        |row, _| row.maintenance_profit_weight /= 2,
        |row, _| row.bounty_reserve *= 2,
        |row, _| row.maintenance_debt_weight *= 2,
        |row, _| row.deposit_mark = Price(row.deposit_mark.get().0 / 2).into(),
        |row, _| row.tiers[0].from /= 2,
        |row, _| row.tiers[0].maintenance *= 2,
    ];
    for slack in 0..SLACKS {
        let envelope = Envelope::around(&RowTerms::new(&row, 1, Ratio::ONE), slack);
        assert!(envelope.suits(&RowTerms::new(&row, 1, Ratio::ONE)));
        for (number, side) in sides.iter().enumerate() {
            let mut worse = row;
            side(&mut worse, price.0 as i128);
            assert!(!envelope.suits(&RowTerms::new(&worse, 1, Ratio::ONE)), "slack {slack}, side {number}");
        }
        // One that is far too wide is given up too.
        let mut better = row;
        better.maintenance_margin /= 3;
        assert!(!envelope.suits(&RowTerms::new(&better, 1, Ratio::ONE)), "slack {slack}");
    }
    let settlement = Envelope::around(&RowTerms::new(&row, 0, Ratio::ONE), 2);
    let mut moved = row;
    move_price(&mut moved, 1);
    assert!(!settlement.suits(&RowTerms::new(&moved, 0, Ratio::ONE)));
}

#[test]
fn a_higher_price_is_never_on_a_lower_rung() {
    assert_eq!(rung(0.0), 0);
    let prices = (0..128 * 64).map(|step| 2f64.powf(step as f64 / 64.0 - 64.0));
    let rungs: Vec<u32> = prices.map(rung).collect();
    assert!(rungs.is_sorted_by(|a, b| a < b));
    assert_eq!((rungs[0], rungs[64], rung(f64::MAX)), (0, 2_048, TOP));
    assert_eq!(rung(1.0 + 1.0 / 2_048.0), rung(1.0) + 1);
}

#[test]
fn a_ladder_gives_what_is_on_its_upper_rungs_once() {
    let dice = &mut Dice(4);
    let mut ladder = Ladder::new();
    let mut left: Vec<(u32, u32)> = Vec::new();
    for round in 0..200u32 {
        for entry in 0..60 {
            let rung = dice.within(0, TOP as i64 + 1) as u32;
            ladder.push(rung, round * 60 + entry);
            left.push((rung, round * 60 + entry));
        }
        if ladder.is_crowded() {
            ladder.sort_out(|entry| entry % 7 != 0);
            left.retain(|(_, entry)| entry % 7 != 0);
        }
        let from = dice.within(TOP as i64 / 2, TOP as i64 + 1) as u32;
        let mut taken = Vec::new();
        ladder.take(from, &mut taken);
        taken.sort_unstable();
        let expected: Vec<u32> =
            left.iter().filter(|(rung, _)| *rung >= from).map(|(_, entry)| *entry).collect();
        assert_eq!(taken, expected);
        left.retain(|(rung, _)| *rung < from);
    }
    assert!(left.len() > 1_000);
    let mut taken = Vec::new();
    ladder.take(0, &mut taken);
    assert_eq!(taken.len(), left.len());
}

/// The program can say nothing of it, so neither does the book.
#[test]
fn a_debt_whose_price_does_not_fit_is_nobodys_to_act_on() {
    let dice = &mut Dice(5);
    let mut pair = Pair::new(dice, 3, 0);
    pair.board.rows[1].borrow_index = u64::MAX;
    set_price(&mut pair.board.rows[1], Price(1 << 103));
    let mut state = MarginState::empty(address(1), address(2), 0);
    state.set_shares(1, plimsoll_client::risk::Quantity(-(Quote(i64::MAX).0))).unwrap();
    pair.book.upsert(address(3), &state);
    pair.accounts.insert(address(3), state);
    pair.book.set_board(&pair.board);
    pair.check(1, "too large to be assessed");
    assert!(pair.book.sunk().is_empty());
}
