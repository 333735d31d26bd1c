//! What an operator decides: a file, variables and flags, read into one [`Config`].
use crate::core::{Duties, Duty, Mode, Policy};
use crate::secret::{Secret, exposure, read_secret};
use layers::Values;
use plimsoll_client::chain::Commitment;
use plimsoll_client::rpc::{node_url, websocket_url};
use reader::Reader;
use solana_address::Address;
use std::path::PathBuf;
use std::time::Duration;

pub mod layers;
mod reader;
pub mod settings;
mod show;

pub use show::{example, printed};

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Everything decided, and checked as far as that is possible without a node.
#[derive(Clone, Debug)]
pub struct Config {
    pub url: Secret,
    /// `None` to poll only.
    pub websocket: Option<Secret>,
    pub clearinghouse: Address,
    pub commitment: Commitment,
    pub keypair: PathBuf,
    pub sub_account: u16,
    pub policy: Policy,
    pub journal: PathBuf,
    pub stop_wait: Duration,
    /// Of the priority fees paid of late, the one that is offered: as many percent were lower.
    pub fee_percentile: u8,
    pub sender: SenderConfig,
    pub source: SourceConfig,
    pub log_filter: String,
    pub log_format: LogFormat,
    /// `None` for no server.
    pub metrics: Option<String>,
    pub stale: Duration,
    pub notify: NotifyConfig,
    pub bundles: Option<BundleConfig>,
    /// Instead of the websocket.
    pub grpc: Option<GrpcConfig>,
    /// What the operator should know, a line each.
    pub warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderConfig {
    pub threads: usize,
    pub status_every: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceConfig {
    pub poll_every: Duration,
    pub heartbeat: Duration,
    pub slots_skipped_max: u64,
    pub reconnect_min: Duration,
    pub reconnect_max: Duration,
}

/// Whom to tell about which accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyConfig {
    pub accounts: Vec<Address>,
    pub repeat: Duration,
    pub webhook: Option<Secret>,
    pub discord: Option<Secret>,
    /// Token and chat.
    pub telegram: Option<(Secret, String)>,
}

/// A block engine, and what it is given for its trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleConfig {
    pub url: Secret,
    pub tip_account: Address,
    /// Lamports.
    pub tip: u64,
}

/// A service that streams accounts, and what it knows its customer by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcConfig {
    pub url: Secret,
    pub token: Option<Secret>,
}

impl GrpcConfig {
    /// `message` without secrets in it.
    pub fn redact(&self, message: &str) -> String {
        let message = self.url.redact(message);
        self.token.as_ref().map_or(message.clone(), |token| token.redact(&message))
    }
}

impl Config {
    /// Reads what was given.
    ///
    /// # Errors
    /// Every problem, a line each that says what to do.
    pub fn read(values: &Values) -> Result<Self, Vec<String>> {
        let mut reader = Reader::new(values);
        let mut warnings = Vec::new();
        let url = url(&mut reader, &mut warnings);
        let websocket = websocket(&mut reader, url.as_ref());
        let clearinghouse = required(&mut reader, "cluster.clearinghouse");
        let keypair = reader.path("keeper.keypair");
        match &keypair {
            Some(path) => warnings.extend(exposure("keeper.keypair", path)),
            None => reader.missing("keeper.keypair"),
        }
        let config = Self {
            url: url.unwrap_or_else(|| Secret::new("")),
            websocket,
            clearinghouse: clearinghouse.unwrap_or_default(),
            commitment: reader.choice(
                "cluster.commitment",
                &[
                    ("confirmed", Commitment::Confirmed),
                    ("processed", Commitment::Processed),
                    ("finalized", Commitment::Finalized),
                ],
            ),
            keypair: keypair.unwrap_or_default(),
            sub_account: u16::try_from(reader.number("keeper.sub_account", 0..=u64::from(u16::MAX)))
                .unwrap_or_default(),
            policy: policy(&mut reader),
            journal: reader.path("keeper.journal").unwrap_or_default(),
            stop_wait: reader.seconds("keeper.stop_seconds", 0..=600),
            fee_percentile: u8::try_from(reader.number("fees.percentile", 0..=100)).unwrap_or_default(),
            sender: SenderConfig {
                threads: usize::try_from(reader.number("sender.threads", 1..=64)).unwrap_or(1),
                status_every: reader.milliseconds("sender.status_ms", 50..=60_000),
            },
            source: source(&mut reader),
            log_filter: log_filter(&mut reader),
            log_format: reader.choice("log.format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]),
            metrics: listen(&mut reader),
            stale: reader.seconds("metrics.stale_seconds", 1..=3_600),
            notify: notify(&mut reader, &mut warnings),
            bundles: bundles(&mut reader),
            grpc: grpc(&mut reader, &mut warnings),
            warnings,
        };
        if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
    }
}

fn required(reader: &mut Reader, name: &str) -> Option<Address> {
    if reader.text(name).is_none() {
        reader.missing(name);
    }
    reader.address(name)
}

fn policy(reader: &mut Reader) -> Policy {
    const MONEY_MAX: u64 = 1_000_000_000_000;
    const UNIT_PRICE_MAX: u64 = 1_000_000_000;
    let mut money = |name| i64::try_from(reader.number(name, 0..=MONEY_MAX)).unwrap_or_default();
    let [profit_min, sol_price, sweep_min, take_debt_max] =
        ["keeper.profit_floor", "keeper.sol_price", "keeper.sweep_min", "keeper.take_debt_max"]
            .map(&mut money);
    let sol_asset = reader.text("keeper.sol_asset").map(|_| reader.number("keeper.sol_asset", 0..=21));
    let policy = Policy {
        duties: duties(reader),
        profit_min,
        sol_price,
        sol_asset: sol_asset.and_then(|asset| u8::try_from(asset).ok()),
        unit_price_min: reader.number("fees.floor", 0..=UNIT_PRICE_MAX),
        unit_price_max: reader.number("fees.cap", 0..=UNIT_PRICE_MAX),
        refresh_age_seconds: u32::try_from(reader.number("keeper.refresh_age_seconds", 0..=86_400))
            .unwrap_or_default(),
        sweep_min,
        take_debt_max,
        in_flight_max: usize::try_from(reader.number("keeper.in_flight_max", 1..=10_000)).unwrap_or(1),
        backoff_ms: reader.number("keeper.backoff_ms", 1..=60_000),
        backoff_ms_max: reader.number("keeper.backoff_ms_max", 1..=3_600_000),
        snapshot_ms: 1_000 * reader.number("source.snapshot_seconds", 1..=86_400),
        ..Policy::default()
    };
    if policy.unit_price_min > policy.unit_price_max {
        reader.wrong("fees.floor", "above fees.cap: raise the one or lower the other");
    }
    if policy.backoff_ms > policy.backoff_ms_max {
        reader.wrong("keeper.backoff_ms", "above keeper.backoff_ms_max: lower it");
    }
    policy
}

fn duties(reader: &mut Reader) -> Duties {
    let mut mode = |duty: Duty| {
        let choices = [("off", Mode::Off), ("profit", Mode::Profit), ("service", Mode::Service)];
        reader.choice(&format!("duties.{duty}"), &choices)
    };
    Duties {
        liquidate: mode(Duty::Liquidate),
        take_debt: mode(Duty::TakeDebt),
        call_margin: mode(Duty::CallMargin),
        start_auction: mode(Duty::StartAuction),
        win_auction: mode(Duty::WinAuction),
        resolve: mode(Duty::Resolve),
        settle_loss: mode(Duty::SettleLoss),
        deleverage: mode(Duty::Deleverage),
        sweep: mode(Duty::Sweep),
        refresh: mode(Duty::Refresh),
        warm_up: mode(Duty::WarmUp),
    }
}

fn url(reader: &mut Reader, warnings: &mut Vec<String>) -> Option<Secret> {
    let secret = secret(reader, "cluster.url_file", warnings);
    let (name, text) = match (reader.text("cluster.url"), secret) {
        (Some(_), Some(_)) => {
            reader.wrong("cluster.url", "cluster.url_file says it too: leave one of them out");
            return None;
        }
        (Some(url), None) => ("cluster.url", url.to_string()),
        (None, Some(secret)) => ("cluster.url_file", secret.expose().to_string()),
        (None, None) => {
            if reader.text("cluster.url_file").is_none() {
                reader.missing("cluster.url");
            }
            return None;
        }
    };
    match node_url(&text) {
        Ok(url) => Some(Secret::new(url)),
        Err(_) => {
            reader.wrong(name, "neither an http(s) address nor the name of a cluster");
            None
        }
    }
}

fn websocket(reader: &mut Reader, url: Option<&Secret>) -> Option<Secret> {
    match (reader.text("cluster.websocket"), url) {
        (Some("off"), _) | (Some("auto"), None) => None,
        (Some("auto"), Some(url)) => match websocket_url(url.expose()) {
            Ok(url) => Some(Secret::new(url)),
            Err(why) => {
                reader.wrong("cluster.websocket", &why);
                None
            }
        },
        (Some(text), _) if text.starts_with("ws://") || text.starts_with("wss://") => Some(Secret::new(text)),
        _ => {
            reader.wrong("cluster.websocket", "neither a ws(s) address, nor auto, nor off");
            None
        }
    }
}

fn source(reader: &mut Reader) -> SourceConfig {
    let source = SourceConfig {
        poll_every: reader.milliseconds("source.poll_ms", 50..=60_000),
        heartbeat: reader.milliseconds("source.heartbeat_ms", 500..=600_000),
        slots_skipped_max: reader.number("source.slots_skipped_max", 1..=100_000),
        reconnect_min: reader.milliseconds("source.reconnect_ms_min", 10..=60_000),
        reconnect_max: reader.milliseconds("source.reconnect_ms_max", 10..=600_000),
    };
    if source.reconnect_min > source.reconnect_max {
        reader.wrong("source.reconnect_ms_min", "above source.reconnect_ms_max: lower it");
    }
    source
}

fn log_filter(reader: &mut Reader) -> String {
    let text = reader.text("log.filter").unwrap_or("info").to_string();
    if let Err(why) = crate::log::filter(&text) {
        reader.wrong("log.filter", &why);
    }
    text
}

fn listen(reader: &mut Reader) -> Option<String> {
    let text = reader.text("metrics.listen").unwrap_or_default();
    if text == "off" {
        return None;
    }
    if text.parse::<std::net::SocketAddr>().is_err() {
        reader.wrong("metrics.listen", "neither address:port, such as 127.0.0.1:9464, nor off");
    }
    Some(text.to_string())
}

fn secret(reader: &mut Reader, name: &str, warnings: &mut Vec<String>) -> Option<Secret> {
    let path = reader.path(name)?;
    warnings.extend(exposure(name, &path));
    match read_secret(name, &path) {
        Ok(secret) => Some(secret),
        Err(problem) => {
            reader.problems.push(problem);
            None
        }
    }
}

fn notify(reader: &mut Reader, warnings: &mut Vec<String>) -> NotifyConfig {
    let token = secret(reader, "notify.telegram_token_file", warnings);
    let chat = reader.text("notify.telegram_chat").map(str::to_string);
    let telegram = match (token, chat) {
        (Some(token), Some(chat)) => Some((token, chat)),
        (Some(_), None) => {
            reader.missing("notify.telegram_chat");
            None
        }
        (None, Some(_)) if reader.text("notify.telegram_token_file").is_none() => {
            reader.missing("notify.telegram_token_file");
            None
        }
        (None, _) => None,
    };
    let config = NotifyConfig {
        accounts: reader.addresses("notify.accounts"),
        repeat: reader.seconds("notify.repeat_seconds", 1..=604_800),
        webhook: secret(reader, "notify.webhook_file", warnings),
        discord: secret(reader, "notify.discord_file", warnings),
        telegram,
    };
    let silent = config.webhook.is_none() && config.discord.is_none() && config.telegram.is_none();
    if !config.accounts.is_empty() && silent && reader.problems.is_empty() {
        reader.wrong(
            "notify.accounts",
            "nobody to tell: set notify.webhook_file, discord_file or telegram_token_file",
        );
    }
    config
}

fn bundles(reader: &mut Reader) -> Option<BundleConfig> {
    let tip = reader.number("bundles.tip", 1_000..=1_000_000_000);
    let url = reader.text("bundles.url")?;
    if !cfg!(feature = "bundles") {
        reader.wrong(
            "bundles.url",
            "this keeper was built without it: build with --features bundles, or leave it out",
        );
        return None;
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        reader.wrong("bundles.url", "not an http(s) address");
    }
    let tip_account = required(reader, "bundles.tip_account")?;
    Some(BundleConfig { url: Secret::new(url), tip_account, tip })
}

fn grpc(reader: &mut Reader, warnings: &mut Vec<String>) -> Option<GrpcConfig> {
    let Some(url) = reader.text("grpc.url") else {
        if reader.text("grpc.token_file").is_some() {
            reader.missing("grpc.url");
        }
        return None;
    };
    if !cfg!(feature = "grpc") {
        reader.wrong(
            "grpc.url",
            "this keeper was built without it: build with --features grpc, or leave it out",
        );
        return None;
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        reader.wrong("grpc.url", "not an http(s) address");
        return None;
    }
    let token = secret(reader, "grpc.token_file", warnings);
    #[cfg(feature = "grpc")]
    {
        if let Err(why) = crate::source::grpc::endpoint(url) {
            reader.wrong("grpc.url", &why);
        }
        if let Some(Err(why)) = token.as_ref().map(|token| crate::source::grpc::header(token.expose())) {
            reader.wrong("grpc.token_file", &why);
        }
    }
    Some(GrpcConfig { url: Secret::new(url), token })
}
