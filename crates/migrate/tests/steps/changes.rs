//! Changes after the launch.

use plimsoll::state::{LAYOUT_VERSION, Role};
use plimsoll_migrate::run::{End, Problem};
use plimsoll_migrate::step;
use plimsoll_testkit::Wallet;

use crate::stage::{Stage, parameters, signed_by};

const DAY: i64 = 86_400;

const RAISE: &str =
    "[[asset]]\nsymbol = \"SOL\"\n[asset.margin]\ninitial_margin = 250_000\nmaintenance_margin = 110_000\n";

#[test]
fn a_change_is_proposed_waits_and_is_executed_by_anyone() {
    let mut stage = Stage::launched();
    let step = parameters(RAISE);
    let (end, text) = stage.apply_step(&step);
    assert_eq!(end, Ok(End::Left));
    let (house, governance) = (stage.house(), stage.operator.address());
    let sent = text.lines().find(|line| line.trim().starts_with("sent")).unwrap();
    let expected = format!(
        "clearinghouse {house}, launched; 2020-03-12 00:00 UTC\n\
         0006_example: 1 transaction to send\n\
         \n\
         1. propose change 10: SOL margin\n\
         \x20    initial_margin      200,000 -> 250,000 millionths  tightens\n\
         \x20    maintenance_margin  100,000 -> 110,000 millionths  tightens\n\
         \x20  takes effect  not yet: anyone can execute it 2 days after the proposal, until 2020-03-24 00:00 UTC; \
         then moves in a straight line over 1 day\n\
         \x20  signs         {governance} (governance)\n\
         {sent}\n\
         \n\
         0006_example now: 1 proposed and waiting\n\
         \x20 change 10, SOL margin: proposed; can be executed from 2020-03-14 00:00 UTC (in 2 days) until \
         2020-03-24 00:00 UTC\n"
    );
    assert_eq!(text, expected);

    stage.local.with(|svm| svm.advance(DAY));
    let (end, text) = stage.apply_step(&step);
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("0006_example: 1 proposed and waiting\n"), "{text}");
    assert!(text.contains("(in 1 day) until"), "{text}");
    assert_eq!(stage.clearinghouse().change_count, 11);

    stage.local.with(|svm| svm.advance(DAY));
    let anyone = Wallet::new("anyone");
    stage.local.with(|svm| svm.set_lamports(anyone.address(), 1_000_000_000));
    let (end, text) = stage.run(&step, signed_by(&anyone));
    assert_eq!(end, Ok(End::Done), "{text}");
    assert!(text.contains("1. execute change 10: SOL margin"), "{text}");
    assert_eq!(stage.sol().margin.initial_margin, 250_000);
    assert_eq!(stage.sol().margin.maintenance_margin, 110_000);
    assert!(stage.apply_step(&step).1.ends_with("0006_example: nothing to do\n"));
}

#[test]
fn a_stale_and_an_expired_change_are_proposed_anew_and_can_be_cancelled() {
    let mut stage = Stage::launched();
    let (first, second) = (parameters(RAISE), parameters(&RAISE.replace("250_000", "300_000")));
    stage.apply_step(&first).0.unwrap();
    let (_, text) = stage.apply_step(&second);
    assert!(text.contains("note: change 10 is pending and is not part of this step"), "{text}");
    stage.local.with(|svm| svm.advance(2 * DAY));
    assert_eq!(stage.apply_step(&first).0, Ok(End::Done));

    // The second expected 200,000.
    let (end, text) = stage.apply_step(&second);
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("note: change 11 is stale"), "{text}");
    assert!(
        text.contains("propose change 12: SOL margin\n     initial_margin  250,000 -> 300,000"),
        "{text}"
    );
    let operator = Wallet::new("governance");
    assert_eq!(stage.cancel(11, &operator).0, Ok(End::Done));
    assert_eq!(stage.cancel(11, &operator).0, Err(Problem::Input("there is no pending change 11".into())));

    stage.local.with(|svm| svm.advance(20 * DAY));
    let (_, text) = stage.apply_step(&second);
    assert!(text.contains("note: change 12 has expired"), "{text}");
    assert!(text.contains("propose change 13: SOL margin"), "{text}");
    let anyone = Wallet::new("anyone");
    stage.local.with(|svm| svm.set_lamports(anyone.address(), 1_000_000_000));
    assert_eq!(stage.cancel(12, &anyone).0, Ok(End::Done));
    // One that still waits is governance's or the guardian's to cancel.
    let (end, text) = stage.cancel(13, &anyone);
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("(governance)\n   not sent"), "{text}");
}

#[test]
fn a_role_is_handed_over_when_the_nominee_has_accepted() {
    let mut stage = Stage::launched();
    let vault = Wallet::new("vault");
    stage.local.with(|svm| svm.set_lamports(vault.address(), 1_000_000_000));
    stage.places.roles = [Some(vault.address()), None, None, None];
    let (end, text) = stage.apply("5");
    assert_eq!(end, Ok(End::Left));
    assert!(text.contains("note: --local names nobody for guardian: it stays with"), "{text}");
    stage.local.with(|svm| svm.advance(2 * DAY));
    let (end, text) = stage.apply("5");
    assert_eq!(end, Ok(End::Left), "{text}");
    assert_eq!(stage.clearinghouse().role(Role::Governance).holder, stage.operator.address());
    let step = stage.named("5");
    let (end, text) = stage.run(&step, signed_by(&vault));
    assert_eq!(end, Ok(End::Done), "{text}");
    assert_eq!(stage.clearinghouse().role(Role::Governance).holder, vault.address());
    // From now on the vault proposes.
    let (_, text) = stage.dry(&parameters(RAISE));
    assert!(text.contains(&format!("signs         {} (governance)", vault.address())), "{text}");
}

#[test]
fn before_the_launch_a_listing_that_has_changed_is_brought_about_at_once() {
    let mut stage = Stage::new();
    stage.apply("1").0.unwrap();
    stage.apply("2").0.unwrap();
    let (end, text) = stage.apply_step(&parameters(RAISE));
    assert_eq!(end, Ok(End::Done), "{text}");
    assert!(text.contains("takes effect  at once, as it is not launched"), "{text}");
    // The listings' own values are what step 2 wants.
    let (end, text) = stage.apply("2");
    assert_eq!(end, Ok(End::Done), "{text}");
    assert!(text.contains("initial_margin      250,000 -> 200,000 millionths  loosens"), "{text}");
    assert_eq!(stage.sol().margin.initial_margin, 200_000);
}

#[test]
fn what_breaks_a_rule_of_the_program_is_refused_before_anything_is_sent() {
    let mut stage = Stage::launched();
    let before = stage.accounts();
    for (body, what) in [
        (
            "[clearinghouse]\noutflow_max = 1_000_000_000_000_000\n",
            "0006_example: clearinghouse: outflow_max",
        ),
        (
            "[[asset]]\nsymbol = \"SOL\"\n[asset.margin]\ninitial_margin = 100_000\n",
            "0006_example: SOL margin: initial_margin",
        ),
        (
            "[[asset]]\nsymbol = \"DOGE\"\n[asset.margin]\ninitial_margin = 100_000\n",
            "asset DOGE: not on the risk board",
        ),
    ] {
        let (end, _) = stage.apply_step(&parameters(body));
        assert!(matches!(&end, Err(Problem::Input(text)) if text.contains(what)), "{end:?}");
    }
    assert_eq!(stage.accounts(), before);
}

#[test]
fn a_step_that_can_not_be_read_gets_one_line_that_says_why() {
    let none = |_: &str| Err(String::new());
    let head = format!("version = 1\nlayout_version = {LAYOUT_VERSION}\n");
    let launch = format!("{head}kind = \"launch\"\n");
    for (text, what) in [
        (launch.replace("version = 1\nl", "version = 9\nl"), "version = 9: this runner reads version 1"),
        (
            launch.replace("layout_version = 1", "layout_version = 2"),
            "layout_version = 2, and this runner is for",
        ),
        (launch.replace("launch", "lunch"), "unknown variant `lunch`"),
        (format!("{launch}pool = {{}}\n"), "parameters belong to the kind parameters"),
        (format!("{launch}listings = \"x\"\n"), "belongs to the kinds create and list"),
        (format!("{launch}speed = 1\n"), "unknown field `speed`"),
        (format!("{launch}valid_seconds = 0\n"), "valid_seconds = 0 is outside of 1 to 1209600 seconds"),
        (format!("{head}kind = \"parameters\"\nramp_seconds = 5\n{RAISE}"), "ramp_seconds = 5 is outside of"),
        (
            format!("{head}kind = \"parameters\"\n[pool]\nredeem_fee = 20_000\n"),
            "redeem_fee = 20000 is outside of",
        ),
        (format!("{head}kind = \"parameters\"\n[pool]\nfee = 1\n"), "there is no parameter fee"),
    ] {
        let problem = step::parse("x", 1, &text, &none).unwrap_err();
        assert!(problem.contains(what), "{problem}");
        assert_eq!(problem.lines().count(), 1, "{problem}");
    }
}
