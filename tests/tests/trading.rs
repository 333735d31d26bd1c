//! Trades: price, fee and booking to the unit; limits; capacity.

use bytemuck::{Zeroable, bytes_of};
use plimsoll::error::PlimsollError;
use plimsoll::events::Traded;
use plimsoll::state::{MarginState, Market, PerpSlot};
use plimsoll_client::Event;
use plimsoll_risk::{Quantity, Ratio};
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::reference::{self, Position};
use plimsoll_tests::scene::{
    self, BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, held, only_event, settlement,
};
use solana_instruction::Instruction;

fn trade(world: &World, who: &Wallet, asset: u8, size: i64) -> Instruction {
    world.trade_instruction(who, who, 0, asset, (size, if size > 0 { ANY_PRICE } else { 0 }))
}

/// What a market must hold after a trade that took a position from `before` to `after`.
fn booked(
    mut market: Market,
    (before, after): (Position, Position),
    realised: i128,
    (fee, insured): (i128, i128),
) -> Market {
    for (position, sign) in [(before, -1), (after, 1)] {
        let sums = match position.size.signum() {
            1 => [&mut market.long_size, &mut market.long_entry],
            _ => [&mut market.short_size, &mut market.short_entry],
        };
        for (sum, part) in sums.into_iter().zip([position.size.abs(), position.entry]) {
            *sum += sign * part as i64;
        }
    }
    market.capital += (fee - insured - realised) as i64;
    market.insurance += insured as i64;
    market.fees_collected += fee as i64;
    market
}

/// An account of one position at most, after a trade.
fn settled(mut account: MarginState, asset: u8, after: Position, cash: i128) -> MarginState {
    account.cash = cash as i64;
    account.perp_count = (after.size != 0).into();
    account.perps[0] = match account.perp_count {
        0 => PerpSlot::zeroed(),
        _ => PerpSlot { size: after.size as i64, entry: after.entry as i64, asset, ..PerpSlot::zeroed() },
    };
    account
}

/// Trades, and compares event, account and market with the formulas, byte by byte.
fn trade_by_the_formulas(world: &mut World, who: &Wallet, asset: u8, size: i64) {
    let (market, row, account) = (world.market(asset), world.row(asset), world.margin(who, 0));
    let before = held(&account, asset);
    let cost = reference::cost(&market, &row, size);
    let (fee, insured) = reference::fee(&market, &row, size);
    let (after, realised) = reference::traded_charged(before, size, cost, reference::charges(&row));
    let cash = account.cash as i128 + realised - fee;
    let addresses = [world.account_address(who, 0), world.market_address(asset)];

    let outcome = world.changes(trade(world, who, asset, size), who, &addresses);
    let expected = Traded {
        account: addresses[0],
        authority: who.address(),
        market: addresses[1],
        oracle_price: row.price,
        size,
        cost: cost as i64,
        realised: realised as i64,
        fee: fee as i64,
        fee_to_insurance: insured as i64,
        fee_to_protocol: reference::protocol_fee(&market, fee) as i64,
        size_after: after.size as i64,
        entry_after: after.entry as i64,
        cash_after: cash as i64,
        // Nobody here is left with less than nothing.
        loss_to_insurance: 0,
        loss_to_capital: 0,
    };
    assert_eq!(only_event(&outcome), Event::Traded(expected));
    let account = settled(account, asset, after, cash);
    assert_eq!(bytes_of(&world.margin(who, 0)), bytes_of(&account));
    let market =
        Market { funding_at: world.svm.now(), ..booked(market, (before, after), realised, (fee, insured)) };
    assert_eq!(bytes_of(&world.market(asset)), bytes_of(&market));
}

#[test]
fn a_round_trip_costs_the_figures_worked_out_by_hand() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 10_000);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    let account = world.margin(&alice, 0);
    // 8,000 at the oracle + 0.05% confidence + half of 1 in 10,000 BTC of skew; fee 0.05%.
    let paid = 8_000_000_000 + 4_000_000 + 400_000;
    assert_eq!((account.position(BTC).size.0, account.position(BTC).entry.0), (ONE_BTC, paid));
    assert_eq!(settlement(&account), 10_000 * USD - 4_000_000);
    // Selling earns the impact back (it closes the skew), pays the confidence again.
    world.trade(&alice, 0, BTC, -ONE_BTC).unwrap();
    let got = 8_000_000_000 - 4_000_000 + 400_000;
    assert_eq!(settlement(&world.margin(&alice, 0)), 10_000 * USD - 4_000_000 + (got - paid) - 4_000_000);
    let market = world.market(BTC);
    assert_eq!((market.insurance, market.fees_collected), (2 * 800_000, 2 * 4_000_000));
    assert_eq!(market.capital, 300_000 * USD + (paid - got) + 2 * 3_200_000);
}

#[test]
fn every_kind_of_trade_is_booked_by_the_formulas() {
    let mut world = scene::standard();
    let (alice, bob) =
        (scene::trader(&mut world, "alice", 100_000), scene::trader(&mut world, "bob", 100_000));
    trade_by_the_formulas(&mut world, &bob, BTC, 3_141_592_653);
    // Open, increase, reduce, close; short: open, increase, reduce; flip, flip back, close.
    let sizes =
        [123_456_789, 77_777_777, -99_999_999, -101_234_567, -200_000_001, -1_234, 150_000_000, 313_131_313];
    for (step, size) in sizes.into_iter().enumerate() {
        trade_by_the_formulas(&mut world, &alice, BTC, size);
        world.set_price(BTC, 8_000 * E8 + [1, -1][step % 2] * (step as i64 + 1) * 1_234_567_891);
    }
    assert!(world.margin(&alice, 0).position(BTC).size.0 > 0);
    trade_by_the_formulas(&mut world, &alice, BTC, -777_777_777);
    trade_by_the_formulas(&mut world, &bob, BTC, -2 * 3_141_592_653);
    world.set_price(BTC, 7_654_3210_9876);
    for who in [&alice, &bob] {
        let size = world.margin(who, 0).position(BTC).size.0;
        assert!(size < 0);
        trade_by_the_formulas(&mut world, who, BTC, -size);
    }
    let market = world.market(BTC);
    assert_eq!([market.long_size, market.long_entry, market.short_size, market.short_entry], [0; 4]);
}

#[test]
fn prices_of_less_than_one_unit_are_booked_by_the_formulas() {
    // SOL: a tenth of a micro-USD per native unit, every figure is rounded.
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 100_000);
    world.set_price(SOL, 99_1234_5679);
    for size in [10_000_011, 3, -7, 1_000_000_000_007, -1_000_010_000_014, -12_345_678_901, 12_345_678_901] {
        trade_by_the_formulas(&mut world, &alice, SOL, size);
    }
}

#[test]
fn the_preview_is_what_the_program_does() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 100_000);
    for (asset, size) in [(BTC, 123_456_789), (ETH, -987_654_321), (BTC, -200_000_000), (ETH, 87_654_321)] {
        let (market, row, account) = (world.market(asset), world.row(asset), world.margin(&alice, 0));
        let cost = market.trade_terms(&row).unwrap().cost_ceil(Quantity(size)).unwrap();
        let execution = account.position(asset).traded(Quantity(size), cost, &row.perp_marks()).unwrap();
        let notional = plimsoll_risk::health::notional_ceil(Quantity(size), row.price.get()).unwrap();
        let fee = Ratio(market.terms.trading_fee).of_ceil(notional).unwrap();
        let outcome = world.trade(&alice, 0, asset, size).unwrap();
        let Event::Traded(done) = only_event(&outcome) else { panic!("{outcome:?}") };
        assert_eq!((done.cost, done.realised, done.fee), (cost.0, execution.realised.0, fee.0));
        assert_eq!(world.margin(&alice, 0).position(asset), execution.position);
    }
}

#[test]
fn the_limit_price_holds_to_the_last_step() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 100_000);
    let mut at = |size: i64, limit: i128, fits: bool| {
        let instruction = world.trade_instruction(&alice, &alice, 0, BTC, (size, limit as u128));
        if fits {
            world.must(instruction, &alice);
        } else {
            world.refused(instruction, &alice, PlimsollError::LimitPrice);
        }
        (world.market(BTC), world.row(BTC))
    };
    let size = 123_456_789i64;
    let (market, row) = at(size, 0, false);
    // The least limit whose value, rounded up, is the cost.
    let cost = reference::cost(&market, &row, size);
    let least = reference::floor((cost - 1) << 64, size as i128) + 1;
    at(size, least - 1, false);
    let (market, row) = at(size, least, true);
    // The highest limit whose value, rounded down, is what the sale brings.
    let proceeds = -reference::cost(&market, &row, -size);
    let highest = reference::ceil((proceeds + 1) << 64, size as i128) - 1;
    at(-size, highest + 1, false);
    at(-size, ANY_PRICE as i128, false);
    at(-size, highest, true);
}

#[test]
fn sizes_have_a_minimum_and_are_not_zero() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 10_000);
    let least = world.market(BTC).terms.size_min;
    world.refused(trade(&world, &alice, BTC, 0), &alice, PlimsollError::ZeroAmount);
    for size in [least - 1, 1 - least] {
        world.refused(trade(&world, &alice, BTC, size), &alice, PlimsollError::PositionTooSmall);
    }
    trade_by_the_formulas(&mut world, &alice, BTC, least);
    trade_by_the_formulas(&mut world, &alice, BTC, 1);
    world.refused(trade(&world, &alice, BTC, -2), &alice, PlimsollError::PositionTooSmall);
    // A flip must leave a whole position, too.
    world.refused(trade(&world, &alice, BTC, -2 * least), &alice, PlimsollError::PositionTooSmall);
    trade_by_the_formulas(&mut world, &alice, BTC, -least - 1);
}

#[test]
fn open_interest_stops_at_its_cap_on_each_side() {
    let mut world = scene::standard();
    let (alice, bob) =
        (scene::trader(&mut world, "alice", 120_000), scene::trader(&mut world, "bob", 120_000));
    let cap = world.market(BTC).terms.open_interest_max;
    for (who, side) in [(&alice, 1), (&bob, -1)] {
        world.refused(trade(&world, who, BTC, side * (cap + 1)), who, PlimsollError::OpenInterestCap);
        trade_by_the_formulas(&mut world, who, BTC, side * cap);
        world.refused(trade(&world, who, BTC, side), who, PlimsollError::OpenInterestCap);
        trade_by_the_formulas(&mut world, who, BTC, -side);
        trade_by_the_formulas(&mut world, who, BTC, side);
    }
}

/// The largest `size` in `1..limit` for which `fits` holds, which it does up to some size.
fn largest(limit: i64, fits: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (1, limit);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    assert!(fits(low) && !fits(high), "the boundary lies inside");
    low
}

#[test]
fn open_interest_needs_capital_behind_it() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 300_000);
    let (market, row) = (world.market(SOL), world.row(SOL));
    let most = largest(20_000 * ONE_SOL, |size| {
        let (fee, insured) = reference::fee(&market, &row, size);
        let notional = reference::value_ceil(size, reference::oracle(&row));
        let reserved = reference::share_ceil(market.terms.reserve_ratio, notional);
        reserved <= market.capital as i128 + fee - insured
    });
    world.refused(trade(&world, &alice, SOL, most + 1), &alice, PlimsollError::MarketCapital);
    world.refused(trade(&world, &alice, SOL, -most - 1), &alice, PlimsollError::MarketCapital);
    trade_by_the_formulas(&mut world, &alice, SOL, most);
    // Profit is paid from the market's capital, as far as that goes.
    world.set_price(SOL, 150 * E8);
    let (market, row, position) = (world.market(SOL), world.row(SOL), held(&world.margin(&alice, 0), SOL));
    let payable = largest(most, |size| {
        let cost = reference::cost(&market, &row, -size);
        reference::traded(position, -size, cost).1 <= market.capital as i128
    });
    world.refused(trade(&world, &alice, SOL, -payable - 1), &alice, PlimsollError::MarketCapital);
    world.refused(trade(&world, &alice, SOL, -most), &alice, PlimsollError::MarketCapital);
    trade_by_the_formulas(&mut world, &alice, SOL, -payable);
    let rest = world.market(SOL).capital;
    assert!(rest < 600 * USD, "only the fee is left: {rest}");
}

#[test]
fn the_reserve_counts_the_higher_of_oracle_and_slow_price() {
    let mut world = scene::standard();
    let (alice, bob) =
        (scene::trader(&mut world, "alice", 300_000), scene::trader(&mut world, "bob", 300_000));
    let most = 10_000 * ONE_SOL;
    trade_by_the_formulas(&mut world, &alice, SOL, most);
    world.set_price(SOL, 95 * E8);
    let row = world.row(SOL);
    assert!(reference::slow(&row) > reference::oracle(&row));
    // At the oracle price 1,050,000 USD are backed by 315,000; at the slow price they are not.
    let capital = world.market(SOL).capital as i128;
    let size = 200 * ONE_SOL;
    let reserve = |price| reference::share_ceil(300_000, reference::value_ceil(most + size, price));
    assert!(reserve(reference::oracle(&row)) < capital && capital < reserve(reference::slow(&row)));
    world.refused(trade(&world, &bob, SOL, size), &bob, PlimsollError::MarketCapital);
}

#[test]
fn losses_of_an_account_without_cash_become_its_debt() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 0);
    world.fund(&alice, 0, SOL, 100 * ONE_SOL as u64);
    let fill = |world: &mut World, size: i64| {
        let (market, row, account) = (world.market(BTC), world.row(BTC), world.margin(&alice, 0));
        let (after, realised) =
            reference::traded(held(&account, BTC), size, reference::cost(&market, &row, size));
        let owed = settlement(&account) as i128 + realised - reference::fee(&market, &row, size).0;
        world.trade(&alice, 0, BTC, size).unwrap();
        let account = world.margin(&alice, 0);
        assert_eq!((held(&account, BTC), settlement(&account) as i128), (after, owed));
        owed
    };
    assert_eq!(fill(&mut world, 2 * ONE_BTC), -8 * USD as i128);
    world.set_price(BTC, 7_500 * E8);
    let debt = fill(&mut world, -2 * ONE_BTC);
    // By hand: 1,000 lost; spread and fee of 8 + 8 and 7.5 + 7.5; impact 1.6, 1.5 returned.
    assert_eq!(debt, -1_031_100_000);
    // A deposit pays it back.
    world.fund(&alice, 0, USDC, (2_000 * USD) as u64);
    assert_eq!(settlement(&world.margin(&alice, 0)) as i128, debt + 2_000 * USD as i128);
    assert_eq!(world.margin(&alice, 0).shares(SOL).0, 100 * ONE_SOL);
}
