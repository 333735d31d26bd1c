//! Settings: who wins, and what is said of mistakes.
use plimsoll_client::chain::Commitment;
use plimsoll_keeper::cli::{Action, Invocation, Refusal, parse};
use plimsoll_keeper::config::settings::SETTINGS;
use plimsoll_keeper::config::{LogFormat, example, printed};
use plimsoll_keeper::core::{Duty, Mode};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const ADDRESS: &str = "8KPnMdyTyKDvJiuALWwpY7QKejjZX9ge3ynqeGB61oTR";

/// A directory of its own for a test, with a settings file in it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str, settings: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("plimsoll-config-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let place = Self(directory);
        place.put("keeper.toml", settings);
        place
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        path.display().to_string()
    }

    fn file(&self) -> String {
        self.0.join("keeper.toml").display().to_string()
    }

    fn parse(&self, flags: &[&str], environment: &[(&str, &str)]) -> Result<Invocation, Refusal> {
        let file = self.file();
        let all = ["plimsoll-keeper", "--config", &file].into_iter().chain(flags.iter().copied());
        let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        parse(all.map(OsString::from), environment)
    }

    fn problems(&self, flags: &[&str], environment: &[(&str, &str)]) -> Vec<String> {
        let file = self.file();
        match self.parse(flags, environment) {
            Err(Refusal::Input(problems)) => {
                problems.iter().map(|problem| problem.replace(&file, "FILE")).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn least() -> String {
    format!("[cluster]\nurl = \"localhost\"\nclearinghouse = \"{ADDRESS}\"\n[keeper]\nkeypair = \"k.json\"\n")
}

#[test]
fn three_settings_are_enough_and_the_rest_have_defaults() {
    let place = Place::new("least", &least());
    let Invocation { action, config, .. } = place.parse(&[], &[]).unwrap();
    assert_eq!(action, Action::Run { is_dry: false, is_once: false });
    assert_eq!(config.url.expose(), "http://localhost:8899");
    assert_eq!(config.websocket.as_ref().unwrap().expose(), "ws://localhost:8900/");
    assert_eq!(config.clearinghouse.to_string(), ADDRESS);
    assert_eq!(config.commitment, Commitment::Confirmed);
    assert_eq!(config.policy, plimsoll_keeper::core::Policy::default());
    assert_eq!(config.metrics.as_deref(), Some("127.0.0.1:9464"));
    assert_eq!(config.log_format, LogFormat::Text);
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let place =
        Place::new("precedence", &format!("{}stop_seconds = 1\n[fees]\nfloor = 1\ncap = 100\n", least()));
    let environment = [("PLIMSOLL_KEEPER_FEES_FLOOR", "2"), ("PLIMSOLL_KEEPER_FEES_CAP", "200")];
    let config =
        place.parse(&["--fees-cap", "300", "--duties-liquidate", "off"], &environment).unwrap().config;
    assert_eq!(config.stop_wait, Duration::from_secs(1));
    assert_eq!(config.policy.unit_price_min, 2);
    assert_eq!(config.policy.unit_price_max, 300);
    assert_eq!(config.policy.duties.mode(Duty::Liquidate), Mode::Off);
}

#[test]
fn the_environment_can_name_the_file() {
    let place = Place::new("named", &least());
    let environment = [("PLIMSOLL_KEEPER_CONFIG".to_string(), place.file())];
    let invocation = parse([OsString::from("plimsoll-keeper"), "--once".into()], environment).unwrap();
    assert_eq!(invocation.action, Action::Run { is_dry: false, is_once: true });
    assert_eq!(invocation.config.clearinghouse.to_string(), ADDRESS);
}

#[test]
fn all_mistakes_are_told_at_once_each_with_what_to_do() {
    let settings = "url = \"x\"\n[cluster]\nclearinghuose = \"x\"\ncommitment = \"maybe\"\n[fee]\ncap = 1\n[fees]\n\
                    floor = \"many\"\ncap = [\"1\"]\n[duties]\nliquidate = \"often\"\n[notify]\naccounts = [\"x\"]\n";
    let place = Place::new("mistakes", settings);
    let environment =
        [("PLIMSOLL_KEEPER_LOG_FORMTA", "json"), ("PLIMSOLL_KEEPER_METRICS_LISTEN", "9464"), ("PATH", "/")];
    let problems = place.problems(&["--keeper-sub-account", "70000"], &environment);
    let expected = [
        "FILE: cluster.clearinghuose is not known: take it out, or write cluster.clearinghouse",
        "FILE: [fee] is not known: take it out, or write fees",
        "FILE: fees.cap: write one number or string: highest priority fee, micro-lamports per compute unit",
        "FILE: url stands in no [section]: move it into its section, or write url",
        "PLIMSOLL_KEEPER_LOG_FORMTA is not known: unset it, or write PLIMSOLL_KEEPER_LOG_FORMAT",
        "cluster.url is missing: set it in the file, or --cluster-url: node: http(s) address, or the name of a cluster, \
         such as devnet",
        "cluster.clearinghouse is missing: set it in the file, or --cluster-clearinghouse: address of the clearinghouse \
         to keep",
        "keeper.keypair is missing: set it in the file, or --keeper-keypair: file of the key that signs and pays, as \
         solana-keygen writes it",
        "FILE: cluster.commitment = maybe: write one of confirmed, processed, finalized: how settled what is acted upon \
         must be: processed, confirmed, finalized",
        "--keeper-sub-account = 70000: not a whole number from 0 to 65535: number of the keeper's margin account, which \
         earns the bounties",
        "FILE: duties.liquidate = often: write one of off, profit, service: close positions of accounts below \
         maintenance: off, profit, service",
        "FILE: fees.floor = many: not a whole number from 0 to 1000000000: least priority fee, micro-lamports per \
         compute unit",
        "PLIMSOLL_KEEPER_METRICS_LISTEN = 9464: neither address:port, such as 127.0.0.1:9464, nor off: address of \
         /metrics and /healthz; off: none",
        "FILE: notify.accounts = x: x is not an address (32 bytes in base 58): margin accounts to notify about",
    ];
    for line in expected {
        assert!(problems.iter().any(|problem| problem == line), "{line}\nis not in\n{}", problems.join("\n"));
    }
    assert_eq!(problems.len(), expected.len(), "{}", problems.join("\n"));
    assert!(problems.iter().all(|problem| problem.lines().count() == 1));
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (more, problem) in [
        (
            "[fees]\nfloor = 9\ncap = 8\n",
            "FILE: fees.floor = 9: above fees.cap: raise the one or lower the other: least priority fee, micro-lamports \
             per compute unit",
        ),
        (
            "[bundles]\nurl = \"https://engine.example\"\n",
            "FILE: bundles.url = https://engine.example: this keeper was built without it: build with --features bundles, \
             or leave it out: block engine to send bundles to, http(s); needs a build with the feature bundles",
        ),
        (
            "[grpc]\nurl = \"https://geyser.example\"\n",
            "FILE: grpc.url = https://geyser.example: this keeper was built without it: build with --features grpc, or \
             leave it out: Geyser service that streams accounts, http(s), instead of the websocket; needs a build with the \
             feature grpc",
        ),
        (
            "[grpc]\ntoken_file = \"token\"\n",
            "grpc.url is missing: set it in the file, or --grpc-url: Geyser service that streams accounts, http(s), instead \
             of the websocket; needs a build with the feature grpc",
        ),
        (
            "[notify]\ntelegram_chat = 5\n",
            "notify.telegram_token_file is missing: set it in the file, or --notify-telegram-token-file: file that holds \
             the token of a Telegram bot",
        ),
        ("[cluster2]\n", "FILE: [cluster2] is not known: take it out, or write cluster"),
        (
            "[fees\n",
            "FILE: line 6: unclosed table, expected `]`: write it as TOML, as in keeper.example.toml",
        ),
    ] {
        let is_built = |name, feature| more.starts_with(&format!("[{name}]\nurl")) && feature;
        if is_built("bundles", cfg!(feature = "bundles")) || is_built("grpc", cfg!(feature = "grpc")) {
            continue;
        }
        let place = Place::new("together", &format!("{}{more}", least()));
        let problems = place.problems(&[], &[]);
        assert_eq!(problems.first().map(String::as_str), Some(problem), "{problems:?}");
    }
}

#[test]
fn secrets_come_from_files_and_are_not_printed() {
    let place = Place::new("secrets", "");
    let url = place.put("url", "https://node.example/?api-key=s3cret\n");
    let token = place.put("token", "12:s3cret\n");
    let settings = format!(
        "[cluster]\nurl_file = \"{url}\"\nwebsocket = \"wss://node.example/s3cret\"\nclearinghouse = \"{ADDRESS}\"\n[keeper]\n\
         keypair = \"k.json\"\n[notify]\naccounts = [\"{ADDRESS}\"]\ntelegram_token_file = \"{token}\"\ntelegram_chat = \"-5\"\n"
    );
    place.put("keeper.toml", &settings);
    let Invocation { values, config, .. } = place.parse(&[], &[]).unwrap();
    assert_eq!(config.url.expose(), "https://node.example/?api-key=s3cret");
    let (found, chat) = config.notify.telegram.clone().unwrap();
    assert_eq!((found.expose(), chat.as_str()), ("12:s3cret", "-5"));
    let shown = printed(&values);
    assert!(shown.contains("websocket = \"wss://node.example/(hidden)\"\n"), "{shown}");
    assert!(!shown.contains("s3cret") && !format!("{config:?}").contains("s3cret"));
}

#[cfg(feature = "grpc")]
#[test]
fn a_geyser_service_and_its_token_are_checked_before_they_are_used() {
    let place = Place::new("grpc", "");
    let token = place.put("token", "s3cret\n");
    let settings = |url: &str| format!("{}[grpc]\nurl = \"{url}\"\ntoken_file = \"{token}\"\n", least());
    place.put("keeper.toml", &settings("https://geyser.example:443"));
    let config = place.parse(&[], &[]).unwrap().config;
    let service = config.grpc.clone().unwrap();
    assert_eq!(service.url.expose(), "https://geyser.example:443");
    assert_eq!(service.token.as_ref().unwrap().expose(), "s3cret");
    let chosen = plimsoll_keeper::source::chosen(&config).unwrap();
    assert_eq!(chosen.name, "grpc https://geyser.example:443");
    assert!(!format!("{config:?}").contains("s3cret"));

    place.put("token", "s3crét\n");
    let problem = format!(
        "FILE: grpc.token_file = {token}: a token is made of visible ASCII characters: file that holds the token that the \
         service wants, if it wants one"
    );
    assert_eq!(place.problems(&[], &[]), [problem]);
    place.put("token", "s3cret\n");
    for (url, why) in
        [("geyser.example:443", "not an http(s) address"), ("https://", "invalid URI: empty string")]
    {
        place.put("keeper.toml", &settings(url));
        let problem = format!(
            "FILE: grpc.url = {url}: {why}: Geyser service that streams accounts, http(s), instead of the websocket; \
             needs a build with the feature grpc"
        );
        assert_eq!(place.problems(&[], &[]), [problem]);
    }
}

#[test]
fn the_printed_settings_are_a_file_that_says_the_same() {
    let place = Place::new("printed", &format!("{}[duties]\nsweep = \"off\"\n", least()));
    let first = place.parse(&["--fees-floor", "7"], &[]).unwrap();
    place.put("keeper.toml", &printed(&first.values));
    let second = place.parse(&[], &[]).unwrap();
    assert_eq!(second.config.policy, first.config.policy);
    assert_eq!(printed(&second.values), printed(&first.values));
}

#[test]
fn the_example_holds_every_setting_and_is_what_the_keeper_makes() {
    let text = include_str!("../../keeper.example.toml");
    assert_eq!(text, example());
    for setting in SETTINGS {
        assert!(text.contains(&format!("# {}\n", setting.help)), "{}", setting.name());
    }
}

#[test]
fn an_unknown_flag_is_one_line_with_the_nearest_known_one() {
    let place = Place::new("flag", &least());
    let Err(Refusal::Usage(error)) = place.parse(&["--fees-flor", "1"], &[]) else { panic!("taken") };
    let line = "unexpected argument '--fees-flor' found: did you mean --fees-floor? --help lists all";
    assert_eq!(plimsoll_keeper::cli::one_line(&error), line);
}

#[test]
fn an_account_is_opened_before_a_check_and_never_in_a_run() {
    let place = Place::new("open", &least());
    for flags in [&["--open-account"] as &[&str], &["--open-account", "--check"]] {
        let invocation = place.parse(flags, &[]).unwrap();
        assert_eq!((invocation.action, invocation.opens_account), (Action::Check, true));
    }
    let invocation = place.parse(&["--check"], &[]).unwrap();
    assert_eq!((invocation.action, invocation.opens_account), (Action::Check, false));
    for flags in [["--open-account", "--dry-run"], ["--open-account", "--once"], ["--check", "--once"]] {
        assert!(matches!(place.parse(&flags, &[]), Err(Refusal::Usage(_))));
    }
}
