//! Attack 34: listings of mallory's own, as in the Drift case of April 2026: a token and an oracle
//! that nobody else has, inflated, and everything borrowed or won against it.

use crate::stage::{
    DAY, DOGE, FAKE, FUND, LIMIT_TOTAL, LIMIT_USDC, LONG_WAIT, Stage, WAIT, dollars, greedy_collateral,
    greedy_market,
};
use plimsoll::error::PlimsollError;
use plimsoll::parameters::Concern;
use plimsoll::params::Change;
use plimsoll::state::Role;
use plimsoll::terms::Terms;
use plimsoll_tests::reference;
use plimsoll_tests::scene::{BTC, E8, ETH, SOL, USD, USDC};

/// What leaves in an hour, a day and a week, in dollars, once the own token counts; what mallory
/// has deposited himself included.
const OWN_TOKEN: [i128; 3] = [312_243, 593_835, 1_754_805];
/// The same with an own mint for an honest price.
const OWN_MINT: [i128; 3] = [312_243, 403_752, 787_095];
/// What the own market takes of 1,100,000 in the pool, 100,000 of them mallory's, and of 100,000
/// in the fund; and what of it leaves.
const OWN_MARKET: i128 = 1_048_980;
const OWN_MARKET_LEAVES: [i128; 3] = [312_243, 593_835, 1_411_196];

/// Seconds of history that a price needs after the listing.
const HISTORY: i64 = 7 * DAY;

/// What a limit lets out within `seconds`.
fn let_out(limit: i128, seconds: i64) -> i128 {
    limit + limit * seconds as i128 / DAY as i128
}

/// Takes of every bank what is his, and borrows what it lends and lets out. Returns micro-USD.
fn borrow_everything(stage: &mut Stage) -> i128 {
    let before = stage.in_wallet();
    let bank_cash = stage.world.bank_cash_instruction(stage.world.account_address(&stage.mallory, 0));
    let _ = stage.try_send(&[bank_cash]);
    for asset in [USDC, SOL, BTC, ETH] {
        let mut amount = stage.world.bank(asset).tokens;
        while amount > 1_000 {
            let withdraw = stage.world.withdraw_instruction(&stage.mallory, 0, asset, amount);
            if stage.try_send(&[withdraw]).is_err() {
                amount /= 2;
            }
        }
    }
    stage.in_wallet() - before
}

/// Borrows every hour of the first day, then every quarter of a day; what had left after an hour, a day, a week. No
/// more ever leaves than the limits say.
pub fn drain(stage: &mut Stage) -> [i128; 3] {
    let (begun, mut taken, mut after) = (stage.world.svm.now(), 0, [0; 3]);
    let usdc = stage.world.wallet_balance(&stage.mallory, USDC);
    loop {
        taken += borrow_everything(stage);
        let seconds = stage.world.svm.now() - begun;
        assert!(taken <= let_out(LIMIT_TOTAL as i128, seconds), "{taken} in {seconds} seconds");
        let of_usdc = stage.world.wallet_balance(&stage.mallory, USDC) - usdc;
        assert!(of_usdc as i128 <= let_out(LIMIT_USDC as i128, seconds), "{of_usdc} in {seconds} seconds");
        for (sum, until) in after.iter_mut().zip([3_600, DAY, 7 * DAY]) {
            *sum = if seconds <= until { taken } else { *sum };
        }
        if seconds >= 7 * DAY {
            return after;
        }
        stage.pass(if seconds < DAY { 3_600 } else { DAY / 4 });
    }
}

/// The own asset is on the board at a price of one dollar, and has one from now on.
fn on_the_board(stage: &mut Stage) {
    stage.mint_own();
    let asset = stage.own_asset();
    stage.enact(&asset);
    stage.say(FAKE, E8);
    stage.freshen();
}

/// Lets what was listed at `listed_at` begin to count, as soon as its price has had its history
/// since then: neither at once nor a second earlier, and mallory, who had `before`, has gained
/// nothing by then.
fn warm_up_when_known(stage: &mut Stage, asset: u8, listed_at: i64, before: i128) {
    for until in [listed_at, listed_at + HISTORY - 1] {
        stage.pass(until - stage.world.svm.now());
        let warm_up = stage.world.warm_up_instruction(asset);
        let refused = stage.try_send(&[warm_up]).unwrap_err();
        assert_eq!(refused.plimsoll(), Some(PlimsollError::HistoryTooShort));
    }
    assert!(stage.wealth() <= before, "nothing before there is a history");
    stage.pass(1);
    let warm_up = stage.world.warm_up_instruction(asset);
    stage.send(warm_up);
}

#[test]
fn attack_listing_ones_own_token_and_borrowing_everything() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward, Role::Guardian]);
    let (before, begun) = (stage.wealth(), stage.world.svm.now());
    on_the_board(&mut stage);
    let listing = stage.world.collateral_change(FAKE, greedy_collateral());
    stage.enact(&listing);
    let listed_at = stage.world.svm.now();

    // A tenth of the cap, which is as large as caps can be, is in: it counts for nothing.
    let deposit = stage.world.deposit_instruction(&stage.mallory, 0, FAKE, 1 << 52);
    stage.send(deposit);
    warm_up_when_known(&mut stage, FAKE, listed_at, before);
    let waited = stage.world.svm.now() - begun;
    let least = 2 * LONG_WAIT + HISTORY;
    assert!((least..least + 10).contains(&waited), "{waited} seconds");

    // Weights begin to rise from nothing; of so much of nothing it is enough.
    stage.pass(3_600);
    assert_eq!(drain(&mut stage).map(dollars), OWN_TOKEN);
}

#[test]
fn attack_listing_ones_own_mint_for_an_honest_price() {
    let mut stage = Stage::new(&[Role::Governance, Role::Guardian]);
    stage.pass(HISTORY);
    let (before, begun) = (stage.wealth(), stage.world.svm.now());
    // DOGE has a market and an honest oracle, and no bank yet: its mint is mallory's to name.
    stage.hold_all_of(DOGE);
    let listing = stage.world.collateral_change(DOGE, greedy_collateral());
    stage.enact(&listing);
    let listed_at = stage.world.svm.now();
    let deposit = stage.world.deposit_instruction(&stage.mallory, 0, DOGE, 1 << 52);
    stage.send(deposit);
    // The price has had its history for long; of the token there is none before the listing.
    warm_up_when_known(&mut stage, DOGE, listed_at, before);
    let waited = stage.world.svm.now() - begun;
    let least = LONG_WAIT + HISTORY;
    assert!((least..least + 10).contains(&waited), "{waited} seconds");
    stage.pass(3_600);
    assert_eq!(drain(&mut stage).map(dollars), OWN_MINT);
}

/// Opens a position in a market whose oracle is mallory's, has the oracle say that it has won
/// `target` micro-USD, and closes it for what there is.
pub fn win(stage: &mut Stage, asset: u8, target: i64) {
    let price = reference::oracle(&stage.world.row(asset));
    let size = (20_000 * USD as i128 * (1 << 64) / price) as i64;
    stage.world.trade(&stage.mallory, 0, asset, size).unwrap_or_else(|f| panic!("{f:#?}"));
    let notional = reference::value_floor(size, price);
    let said = stage.prices.iter().find(|(of, _)| *of == asset).expect("a price").1;
    stage.say(asset, (said as i128 * (notional + target as i128) / notional) as i64);
    stage.freshen();
    // What the market can't pay comes from the fund, unless the jump holds that for a while.
    let deleverage = stage.world.deleverage_instruction(asset);
    let _ = stage.try_send(&[deleverage]);
    stage.world.trade(&stage.mallory, 0, asset, -size).unwrap_or_else(|f| panic!("{f:#?}"));
}

#[test]
fn attack_trading_against_ones_own_oracle() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward, Role::Guardian]);
    let (before, begun) = (stage.wealth(), stage.world.svm.now());
    on_the_board(&mut stage);
    // While the own price gets its history, the honest markets lose their weight to the own one.
    let listing = Change::Market { asset: FAKE, params: greedy_market(150_000) };
    let honest = [SOL, BTC, ETH, DOGE];
    let mut changes: Vec<Change> = honest.map(|asset| reweighted(&stage, asset, 0)).into();
    changes.push(listing);
    stage.enact_all(&changes);
    let listed_at = stage.world.svm.now();
    stage.world.assets[FAKE as usize].is_market = true;
    stage.freshen();
    let opening = stage.world.trade(&stage.mallory, 0, FAKE, 1_000_000_000);
    assert_eq!(opening.unwrap_err().plimsoll(), Some(PlimsollError::WarmingUp));
    let everything = reweighted(&stage, FAKE, 950_000);
    stage.enact(&everything);
    warm_up_when_known(&mut stage, FAKE, listed_at, before);
    let waited = stage.world.svm.now() - begun;
    let least = LONG_WAIT + WAIT + HISTORY;
    assert!((least..least + 10).contains(&waited), "{waited} seconds");

    for asset in [SOL, BTC, ETH, DOGE, FAKE] {
        let rebalance = stage.world.rebalance_instruction(asset);
        stage.send(rebalance);
    }
    let capital = stage.world.market(FAKE).capital;
    win(&mut stage, FAKE, capital + FUND);
    // All of it but what the honest markets' open interest keeps, and the insurance fund.
    let gain = stage.wealth() - before;
    assert!(gain <= (capital + FUND) as i128, "{gain}");
    assert_eq!(dollars(gain), OWN_MARKET);
    assert_eq!(drain(&mut stage).map(dollars), OWN_MARKET_LEAVES);
}

/// The change of one term of a market.
pub fn reweighted(stage: &Stage, asset: u8, capital_weight: u32) -> Change {
    let Terms::Market(mut terms) = stage.world.terms(Concern::Market, asset) else { unreachable!() };
    terms.capital_weight = capital_weight;
    stage.world.terms_change(asset, &Terms::Market(terms), 0)
}
