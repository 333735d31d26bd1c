//! Listings that change after the launch.

use plimsoll::state::WarmUp;
use plimsoll_client::addresses;
use plimsoll_migrate::places::AssetPlace;
use plimsoll_migrate::run::End;
use plimsoll_migrate::step::{Step, Wanted};
use plimsoll_testkit::{Wallet, tokens};
use solana_address::Address;

use crate::stage::Stage;

const DAY: i64 = 86_400;

#[test]
fn an_oracle_is_replaced_after_the_longer_wait() {
    let mut stage = Stage::launched();
    let before = stage.places.assets[2].source.oracle;
    let after = Wallet::new("another oracle").address();
    stage.places.assets[2].source.oracle = after;
    let (end, text) = stage.apply("2");
    assert_eq!(end, Ok(End::Left));
    let expected = format!(
        "1. propose change 10: SOL takes its price from elsewhere\n     oracle  {before} -> {after}\n   \
         takes effect  not yet: anyone can execute it 4 days after the proposal, until 2020-03-26 00:00 UTC\n"
    );
    assert!(text.contains(&expected), "{text}");
    stage.local.with(|svm| svm.advance(4 * DAY));
    assert_eq!(stage.apply("2").0, Ok(End::Done));
    let board: plimsoll::state::RiskBoard = stage.read(&addresses::risk_board(&stage.house()));
    assert_eq!(board.rows[3].oracle, after);
}

/// Step 2 with one asset more.
fn with_doge(stage: &mut Stage) -> Step {
    let mut step = stage.named("2");
    let Wanted::List { listings, .. } = &mut step.wanted else { panic!("step 2 lists") };
    let mut doge = listings.assets[2].clone();
    doge.symbol = "DOGE".into();
    let mint = Wallet::new("mint DOGE").address();
    stage.local.with(|svm| svm.set_account(mint, tokens::mint(doge.decimals, &Address::default())));
    let mut source = stage.places.assets[2].source;
    source.oracle = Wallet::new("oracle DOGE").address();
    stage.places.assets.push(AssetPlace { symbol: "DOGE".into(), mint, source });
    listings.assets.push(doge);
    step
}

#[test]
fn a_new_asset_comes_in_two_rounds_of_waiting() {
    let mut stage = Stage::launched();
    let step = with_doge(&mut stage);
    let (end, text) = stage.apply_step(&step);
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("1. propose change 10: DOGE on the risk board, row 4\n"), "{text}");
    assert!(text.contains("note: DOGE: bank and market are proposed once it is on the board\n"), "{text}");
    stage.local.with(|svm| svm.advance(4 * DAY));
    // Execution is all that can be done in this run; what comes of it is told at once.
    let (end, text) = stage.apply_step(&step);
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("1. execute change 10: DOGE on the risk board, row 4\n"), "{text}");
    assert!(text.ends_with("0002_list now: 2 transactions to send\n"), "{text}");
    let (end, text) = stage.apply_step(&step);
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("propose change 11: DOGE as collateral\n"), "{text}");
    assert!(text.contains("propose change 12: DOGE market\n"), "{text}");
    stage.local.with(|svm| svm.advance(4 * DAY));
    let (end, text) = stage.apply_step(&step);
    assert_eq!(end, Ok(End::Done), "{text}");
    let mint = stage.places.assets[3].mint;
    let bank: plimsoll::state::Bank = stage.read(&addresses::bank(&stage.house(), &mint));
    assert_eq!(bank.warm_up, WarmUp::Waiting as u8);
}
