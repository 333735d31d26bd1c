//! Mistakes: each is one line that says what to do, with an exit code of its own kind, and changes nothing.
mod common;

use common::chains::{Lossy, Node};
use common::{Answer, Stage, nowhere, run};
use plimsoll_client::chain::Chain;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_testkit::Wallet;

const NOBODY: &str = "11111111111111111111111111111111";

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The line without the name of the program, if there is one line and nothing else.
fn line(answer: &Answer) -> (u8, String) {
    assert_eq!(answer.out, "", "{answer:?}");
    let line = answer.err.strip_prefix("plimsoll: ").and_then(|line| line.strip_suffix('\n'));
    let line = line.filter(|line| !line.contains('\n')).unwrap_or_else(|| panic!("{answer:?}"));
    (answer.code, line.to_owned())
}

/// Commands with a mistake in them, and the line for it.
const TYPED: &[(&str, &str)] = &[
    ("deposit 1,5 USDC", "1,5 is not a number: write digits with at most one point, as in 1234.5"),
    ("deposit -1 USDC", "-1 is not a number: write digits with at most one point, as in 1234.5"),
    ("deposit 0 USDC", "the amount is 0 USDC: give more than nothing"),
    ("deposit 1.0000001 USDC", "1.0000001 has 7 decimals, and USDC has 6: round it"),
    ("deposit 1 USDD", "there is no token USDD: did you mean USDC?"),
    ("deposit 1 DOGE", "there is no token DOGE: there is USDC, SOL, BTC, ETH"),
    ("deposit 99999999999999 USDC", "99999999999999 USDC is more than the program can count: use less"),
    ("trade SLO buy 1", "there is no market SLO: did you mean SOL?"),
    ("trade USDC buy 1", "there is no market USDC: there is SOL, BTC, ETH"),
    (
        "trade SOL buy 1 --limit abc",
        "abc is not a limit: a price is digits with at most one point, as in 64123.5",
    ),
    ("trade SOL sell 1 --slippage 101", "a slippage of 101 is no limit: use a smaller one"),
    ("trade SOL buy 1 --slippage x", "x is not a number: write digits with at most one point, as in 1234.5"),
    ("transfer 1 USDC --to 0", "account 0 can't pay itself: choose another --to"),
    ("open", "account 0 is open already: choose another --sub-account"),
    ("liquidate abc", "abc is not an address: write the 32 to 44 letters and digits of a Solana address"),
    ("pause --groups widraw", "there is no group widraw: did you mean withdraw?"),
    ("pause --for 1w", "1w is not a time span: write 90s, 30m, 4h or 2d"),
    (
        "propose role king 11111111111111111111111111111111",
        "there is no role king: there is governance, steward, guardian, fee-collector",
    ),
    (
        "propose parameter SOL.maintenace_margin 0.06",
        "there is no parameter of SOL called maintenace_margin: did you mean maintenance_margin?",
    ),
    (
        "propose parameter maintenance_margin 0.06",
        "maintenance_margin is not the name of a parameter: write SOL.maintenance_margin, clearinghouse.margin_call or pool.redeem_fee",
    ),
    (
        "propose parameter SOL.maintenance_margin 0.6",
        "SOL.maintenance_margin 0.6 is outside of its hard bounds, 0.005 to 0.5",
    ),
    ("propose parameter SOL.maintenance_margin 0.05", "SOL.maintenance_margin is 0.05 already: leave it out"),
    (
        "propose parameter SOL.maintenance_margin 0.06 BTC.maintenance_margin 0.06",
        "these parameters are not of one concern of one asset: propose them one after the other",
    ),
    (
        "propose parameter SOL.trading_fee 0.001 --ramp 2d",
        "--ramp is for margins and weights: these parameters change at once, leave it out",
    ),
    (
        "propose parameter SOL.trading_fee 0.001 SOL.size_min",
        "SOL.size_min has no value: write names and values in turn",
    ),
    (
        "propose parameter SOL.trading_fee 0.001 --valid 15d",
        "--valid 15d: a change can be executed for 14d at most",
    ),
    (
        "propose oracle SOL 11111111111111111111111111111111 --feed ab",
        "ab is not a feed: write its 64 hexadecimal digits",
    ),
    ("parameters xyz", "no parameter's name contains xyz: leave it out to see all"),
    (
        "history --since yesterday",
        "yesterday is not a time: write 2020-03-12, 2020-03-12T16:05:00Z or unix seconds",
    ),
];

#[test]
fn what_is_typed_wrong_is_said_to_be() {
    let stage = Stage::new("typed");
    stage.must("alice", "deposit 1000 USDC");
    let before = stage.accounts();
    for (command, expected) in TYPED {
        let yes =
            if command.starts_with("parameters") || command.starts_with("history") { "" } else { " --yes" };
        assert_eq!(
            line(&stage.run("alice", &format!("{command}{yes}"))),
            (2, (*expected).to_owned()),
            "{command}"
        );
    }
    assert!(stage.accounts() == before);
}

#[test]
fn what_is_missing_is_named() {
    let stage = Stage::new("missing");
    let (alice, poor) = (stage.alice.address(), Wallet::new("poor").address());
    let account = line(&stage.run("alice", "trade SOL buy 1 --yes"));
    assert_eq!(account, (5, format!("{alice} has no margin account 0 here: open it with `plimsoll open`")));
    let second = line(&stage.run("alice", "account --sub-account 7"));
    assert_eq!(
        second.1,
        format!("{alice} has no margin account 7 here: open it with `plimsoll open --sub-account 7`")
    );
    let tokens = line(&stage.run("alice", "deposit 10000.5 USDC --yes"));
    let expected = format!("the wallet {alice} holds 10,000 USDC, not 10,000.5 USDC: get 0.5 USDC more");
    assert_eq!(tokens, (5, expected));
    let lamports = line(&stage.run("poor", "open --yes"));
    let expected = format!("{poor} has too little SOL for the fee: send it some, and check the cluster");
    assert_eq!(lamports, (5, expected));
    let nobody = line(&stage.run("alice", &format!("account {NOBODY}")));
    assert_eq!(nobody, (5, format!("{NOBODY} is not a margin account: check the address")));
    let nothing = line(&stage.run("alice", &format!("account {alice}")));
    assert_eq!(nothing.0, 5);
    let place = stage.chain.with(|world| world.account_address(&Wallet::new("poor"), 4));
    let unknown = line(&stage.run("alice", &format!("call-margin {place} --yes")));
    let expected = format!("there is no margin account {place} here: `plimsoll accounts` lists a wallet's");
    assert_eq!(unknown, (5, expected));
}

#[test]
fn a_role_is_not_taken_by_asking() {
    let stage = Stage::new("roles");
    for (command, code) in [
        ("propose parameter pool.redeem_fee 0.002", "propose: NotGovernance (6002): "),
        ("tighten SOL.deposit_cap 1000", "tighten: NotSteward (6064): "),
        ("pause", "pause: NotGuardian (6065): "),
        ("accept-role guardian", "accept_role: NotNominee (6003): "),
    ] {
        let (exit, line) = line(&stage.run("alice", &format!("{command} --yes")));
        assert_eq!(exit, 1);
        assert!(line.starts_with(code), "{line}");
    }
}

#[test]
fn nobody_is_asked_with_yes_and_nothing_is_sent_without() {
    let stage = Stage::new("asked");
    let before = stage.accounts();
    let alone = stage.run("alice", "deposit 1 USDC");
    assert_eq!(alone.code, 6);
    assert_eq!(
        alone.err,
        "plimsoll: there is nobody to ask, and nothing was sent: add --yes to act without asking, or --dry-run to look only\n"
    );
    let no = stage.run_asked("alice", "deposit 1 USDC", Some(false));
    assert_eq!((no.code, no.err.as_str()), (6, "plimsoll: nothing was sent\n"));
    assert!(stage.accounts() == before);
    let yes = stage.run_asked("alice", "deposit 1 USDC", Some(true));
    assert_eq!((yes.code, yes.err.as_str()), (0, ""));
    assert!(yes.all.contains("\nSend it? [y/N] y\n"));
    // With --yes there is no question even where somebody could answer no.
    let unasked = stage.run_asked("alice", "deposit 1 USDC --yes", Some(false));
    assert_eq!(unasked.code, 0);
    assert!(!unasked.all.contains("[y/N]"));
}

#[test]
fn the_wrong_clearinghouse_or_cluster_is_said_to_be() {
    let stage = Stage::new("elsewhere");
    let house = stage.clearinghouse;
    let key = stage.keys.join("alice.json").display().to_string();
    let on_stage = |line: &str| run(&words(&line.replace("KEY", &key)), None, &|_, act| act(&stage.chain));
    let unnamed = line(&on_stage("plimsoll -u l markets"));
    assert_eq!(
        unnamed,
        (
            2,
            format!(
                "name the clearinghouse with --clearinghouse, --deployment or PLIMSOLL_CLEARINGHOUSE; on this cluster there is {house}"
            )
        )
    );
    let nowhere_near = Wallet::new("elsewhere").address();
    let wrong = line(&on_stage(&format!("plimsoll -u l --clearinghouse {nowhere_near} markets")));
    assert_eq!(
        wrong,
        (
            5,
            format!(
                "there is no clearinghouse {nowhere_near} on this cluster: choose the cluster with -u, or another clearinghouse"
            )
        )
    );
    let board = stage.chain.with(|world| world.board_address());
    let other = line(&on_stage(&format!("plimsoll -u l --clearinghouse {board} markets")));
    assert_eq!(other, (5, format!("{board} is not a clearinghouse of this program: check --clearinghouse")));
    let empty = Node { genesis: "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d", ..Node::default() };
    let absent =
        run(&words(&format!("plimsoll -u m --clearinghouse {house} markets")), None, &|_, act| act(&empty));
    assert_eq!(
        line(&absent),
        (5, "Plimsoll is not deployed on mainnet-beta: choose another one with -u".into())
    );
    let none = run(&words("plimsoll -u m markets"), None, &|_, act| act(&empty));
    assert_eq!(
        line(&none).1,
        "name the clearinghouse with --clearinghouse, --deployment or PLIMSOLL_CLEARINGHOUSE; there is none on mainnet-beta: choose the cluster with -u"
    );
    let silent = Node { is_silent: true, ..Node::default() };
    let silence =
        run(&words(&format!("plimsoll -u l --clearinghouse {house} markets")), None, &|_, act| act(&silent));
    assert_eq!(line(&silence), (3, "nobody answers".into()));
}

#[test]
fn files_that_are_missing_or_wrong_are_named() {
    let stage = Stage::new("files");
    let folder = stage.keys.display().to_string();
    std::fs::write(stage.keys.join("broken.json"), "[1, 2]").unwrap();
    std::fs::write(stage.keys.join("broken.yml"), "json_rpc_url: [1]").unwrap();
    let house = stage.clearinghouse;
    let at = |line: &str| {
        let line = line.replace("DIR", &folder).replace("HOUSE", &house.to_string());
        run(&words(&line), None, &|_, act| act(&stage.chain))
    };
    for (command, expected) in [
        (
            "plimsoll -C DIR/none.yml markets",
            "DIR/none.yml: No such file or directory (os error 2): name a configuration file that can be read with -C",
        ),
        (
            "plimsoll --deployment DIR/none.json markets",
            "DIR/none.json: No such file or directory (os error 2): start the local chain, or name its file",
        ),
        (
            "plimsoll --clearinghouse HOUSE -k DIR/none.json account",
            "there is no key file DIR/none.json: name one with -k, or create it with `solana-keygen new -o DIR/none.json`",
        ),
        (
            "plimsoll --clearinghouse HOUSE -k DIR/broken.json account",
            "DIR/broken.json is not a key file of Solana's tools: name one with -k",
        ),
        (
            "plimsoll --clearinghouse HOUSE -k usb://ledger open",
            "usb://ledger: only key files are supported: use --as ADDRESS with --dry-run, and sign what that prints",
        ),
        (
            "plimsoll --clearinghouse HOUSE account",
            "no wallet: name its key file with -k, or an address with --as",
        ),
    ] {
        assert_eq!(line(&at(command)), (5, expected.replace("DIR", &folder)), "{command}");
    }
    let (code, broken) = line(&at("plimsoll -C DIR/broken.yml markets"));
    assert!(
        broken.starts_with(&format!("{folder}/broken.yml is not a configuration of Solana's command line: ")),
        "{broken}"
    );
    assert_eq!(code, 5);
    let alice = stage.alice.address();
    let no_key = line(&at(&format!("plimsoll --clearinghouse HOUSE --as {alice} open --yes")));
    assert_eq!(
        no_key,
        (2, "--as acts without a key: add --dry-run, and sign what that prints elsewhere".into())
    );
    let both = line(&at(&format!("plimsoll --clearinghouse HOUSE --as {alice} -k DIR/alice.json account")));
    assert_eq!(both, (2, "--as and --keypair name two wallets: leave one of them out".into()));
    let level = line(&at("plimsoll --commitment sure markets"));
    assert_eq!(level, (2, "sure is not a commitment: use processed, confirmed or finalized".into()));
    let address = line(&at("plimsoll --clearinghouse l1 markets"));
    assert_eq!(address.0, 2);
}

#[test]
fn mistakes_are_objects_for_programs() {
    let stage = Stage::new("objects");
    let answer = stage.run("alice", "trade SLO buy 1 --yes -o json");
    assert_eq!(answer.out, "{\"error\":\"there is no market SLO: did you mean SOL?\",\"exit_code\":2}\n");
    assert_eq!(answer.code, 2);
    let said = |command: &str| line(&run(&words(command), None, &nowhere));
    assert_eq!(
        said("plimsoll markets --sub-account many"),
        (2, "invalid value 'many' for '--sub-account <NUMBER>': invalid digit found in string".into())
    );
    assert_eq!(
        said("plimsoll deposit"),
        (
            2,
            "the following required arguments were not provided: <AMOUNT> <TOKEN>; \
             usage: plimsoll deposit <AMOUNT> <TOKEN>"
                .into()
        )
    );
    assert_eq!(
        said("plimsoll market"),
        (
            2,
            "unrecognized subcommand 'market'; some similar subcommands exist: 'parameters', 'markets'; \
             usage: plimsoll [OPTIONS] <COMMAND>"
                .into()
        )
    );
    let help = run(&words("plimsoll --help"), None, &nowhere);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.contains("Exit codes:\n  0  done"));
    let bare = run(&words("plimsoll"), None, &nowhere);
    assert_eq!(bare.code, 2);
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&words(&format!("plimsoll completions {shell}")), None, &nowhere);
        assert!(script.out.contains("plimsoll") && script.out.contains("call-margin"));
    }
    let none = run(&words("plimsoll errors 5999"), None, &nowhere);
    let last = 5999 + PlimsollError::ALL.len();
    assert_eq!(
        line(&none),
        (
            2,
            format!(
                "5999 is not an error of this program: its codes are 6000 to {last}, and some from 2000 of its \
                 framework"
            )
        )
    );
    let near = run(&words("plimsoll errors InitalMargin"), None, &nowhere);
    assert_eq!(line(&near).1, "there is no error InitalMargin: did you mean InitialMargin?");
    let hex = run(&words("plimsoll errors 0x178f"), None, &nowhere);
    assert!(hex.out.starts_with("InitialMargin (6031): "), "{}", hex.out);
}

#[test]
fn a_transaction_nobody_knows_about_ends_differently_from_one_that_was_not_sent() {
    let stage = Stage::new("unsure");
    let key = stage.keys.join("alice.json").display().to_string();
    let command =
        format!("plimsoll -u l --clearinghouse {} -k {key} --priority-fee 0 open --yes", stage.clearinghouse);
    let lost = Lossy { inner: &stage.chain, keeps_silent: true };
    let (code, line) = last_line(&run(&words(&command), None, &|_, act| act(&lost)));
    assert_eq!(code, 4);
    assert!(line.contains(" may have landed, and may still land until block "), "{line}");
    assert!(line.ends_with(": look it up before you send it again"), "{line}");
    let refused = Lossy { inner: &stage.chain, keeps_silent: false };
    let (code, line) = last_line(&run(&words(&command), None, &|_, act| act(&refused)));
    assert_eq!((code, line.as_str()), (3, "not today"));
}

/// The code and the line of an action that has shown its preview.
fn last_line(answer: &Answer) -> (u8, String) {
    (answer.code, answer.err.trim_end().strip_prefix("plimsoll: ").unwrap().to_owned())
}

#[test]
fn the_file_of_a_deployment_names_clearinghouse_node_and_chain() {
    let stage = Stage::new("deployment");
    let file = stage.keys.join("localnet.json");
    let genesis = stage.chain.genesis_hash().unwrap().to_string();
    let house = stage.clearinghouse.to_string();
    let write = |genesis: &str| {
        let text = serde_json::json!({ "clearinghouse": house, "url": "http://node.example", "genesis_hash": genesis });
        std::fs::write(&file, text.to_string()).unwrap();
    };
    let command = format!("plimsoll --deployment {} markets -o json", file.display());
    let at = |command: &str, url: &str| {
        run(&words(command), None, &|settings, act| {
            assert_eq!(settings.url, url);
            act(&stage.chain)
        })
    };
    write(&genesis);
    assert_eq!(at(&command, "http://node.example").code, 0);
    assert_eq!(at(&format!("{command} -u l"), "l").code, 0);
    write("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d");
    let other = at(&command.replace(" -o json", ""), "http://node.example");
    let expected = "the file of the deployment describes another chain: start the local chain anew, or choose its node with -u";
    assert_eq!(line(&other), (5, expected.into()));
}
