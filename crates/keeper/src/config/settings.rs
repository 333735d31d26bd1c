//! Every setting of the keeper: one table, from which file, environment, flags and help are read.

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One value.
    One,
    /// A list: an array in the file, separated by commas elsewhere.
    Many,
}

/// One setting. In the file it is `key` in the table `[section]`, in the environment
/// `PLIMSOLL_KEEPER_SECTION_KEY`, among the flags `--section-key`.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub section: &'static str,
    pub key: &'static str,
    pub takes: Takes,
    /// What is used where nobody says anything; `None` where somebody must, or where nothing is a choice.
    pub default: Option<&'static str>,
    /// What it is, with its unit.
    pub help: &'static str,
}

const fn one(
    section: &'static str,
    key: &'static str,
    default: Option<&'static str>,
    help: &'static str,
) -> Setting {
    Setting { section, key, takes: Takes::One, default, help }
}

const fn many(
    section: &'static str,
    key: &'static str,
    default: Option<&'static str>,
    help: &'static str,
) -> Setting {
    Setting { section, key, takes: Takes::Many, default, help }
}

/// All of them, in the order in which they are shown.
pub const SETTINGS: &[Setting] = &[
    one("cluster", "url", None, "node: http(s) address, or the name of a cluster, such as devnet"),
    one(
        "cluster",
        "url_file",
        None,
        "file that holds the node's address, where that contains a key; instead of url",
    ),
    one("cluster", "websocket", Some("auto"), "ws(s) address; auto: derived from the node's; off: poll only"),
    one("cluster", "clearinghouse", None, "address of the clearinghouse to keep"),
    one(
        "cluster",
        "commitment",
        Some("confirmed"),
        "how settled what is acted upon must be: processed, confirmed, finalized",
    ),
    one("keeper", "keypair", None, "file of the key that signs and pays, as solana-keygen writes it"),
    one(
        "keeper",
        "sub_account",
        Some("0"),
        "number of the keeper's margin account, which earns the bounties",
    ),
    one(
        "keeper",
        "profit_floor",
        Some("0"),
        "least that an action for profit must earn after its fees, micro-USD",
    ),
    one(
        "keeper",
        "sol_price",
        Some("200000000"),
        "what a SOL is worth where the board does not say, micro-USD",
    ),
    one("keeper", "sol_asset", None, "row of the board that says what a SOL is worth"),
    one(
        "keeper",
        "refresh_age_seconds",
        Some("60"),
        "age from which a price is refreshed for those who need it",
    ),
    one(
        "keeper",
        "sweep_min",
        Some("1000000"),
        "surplus of a market's insurance that is worth a sweep, micro-USD",
    ),
    one(
        "keeper",
        "take_debt_max",
        Some("1000000000"),
        "most that is repaid in one takeover of a debt, micro-USD",
    ),
    one("keeper", "in_flight_max", Some("64"), "transactions whose fate is not known yet, at most"),
    one("keeper", "backoff_ms", Some("500"), "wait after an action failed, ms; doubles"),
    one("keeper", "backoff_ms_max", Some("60000"), "longest such wait, ms"),
    one(
        "keeper",
        "journal",
        Some("plimsoll-keeper.journal"),
        "file of what is in flight, read again after a restart",
    ),
    one("keeper", "stop_seconds", Some("30"), "how long to wait for confirmations when stopped"),
    one(
        "duties",
        "liquidate",
        Some("profit"),
        "close positions of accounts below maintenance: off, profit, service",
    ),
    one(
        "duties",
        "take_debt",
        Some("off"),
        "take over debts and collateral, into the keeper's own account: off, profit, service",
    ),
    one(
        "duties",
        "call_margin",
        Some("service"),
        "raise and clear margin calls, note who sinks: off, profit, service",
    ),
    one("duties", "start_auction", Some("service"), "put accounts up for auction: off, profit, service"),
    one(
        "duties",
        "win_auction",
        Some("off"),
        "take over accounts at auction, into the keeper's own: off, profit, service",
    ),
    one("duties", "resolve", Some("service"), "strike out debts that nobody can pay: off, profit, service"),
    one(
        "duties",
        "settle_loss",
        Some("service"),
        "turn losses on paper into cash where a market needs it: off, profit, service",
    ),
    one("duties", "deleverage", Some("service"), "make markets solvent: off, profit, service"),
    one("duties", "sweep", Some("service"), "settle markets with the insurance fund: off, profit, service"),
    one(
        "duties",
        "refresh",
        Some("service"),
        "bring prices up to date that others need: off, profit, service",
    ),
    one("duties", "warm_up", Some("service"), "let new assets begin to count: off, profit, service"),
    one(
        "fees",
        "percentile",
        Some("75"),
        "priority fee: this percentile of what was paid of late for the same accounts",
    ),
    one("fees", "floor", Some("1000"), "least priority fee, micro-lamports per compute unit"),
    one("fees", "cap", Some("1000000"), "highest priority fee, micro-lamports per compute unit"),
    one("sender", "threads", Some("2"), "threads that sign and send"),
    one("sender", "status_ms", Some("500"), "how often the transactions in flight are asked after, ms"),
    one(
        "source",
        "poll_ms",
        Some("1000"),
        "how often prices are asked for, ms; without websocket at every tenth time all accounts",
    ),
    one(
        "source",
        "snapshot_seconds",
        Some("300"),
        "how often everything is read anew, whatever was announced meanwhile",
    ),
    one(
        "source",
        "heartbeat_ms",
        Some("5000"),
        "no new slot for this long is a gap: everything is read anew, ms",
    ),
    one("source", "slots_skipped_max", Some("32"), "a jump by more slots than this is a gap"),
    one(
        "source",
        "reconnect_ms_min",
        Some("250"),
        "first wait before a lost connection is tried again, ms; doubles",
    ),
    one("source", "reconnect_ms_max", Some("30000"), "longest such wait, ms"),
    one(
        "log",
        "filter",
        Some("info"),
        "what is logged: error, warn, info, debug, trace, or a filter as tracing knows it",
    ),
    one("log", "format", Some("text"), "text or json"),
    one("metrics", "listen", Some("127.0.0.1:9464"), "address of /metrics and /healthz; off: none"),
    one("metrics", "stale_seconds", Some("15"), "data older than this are unhealthy"),
    many("notify", "accounts", None, "margin accounts to notify about"),
    one("notify", "repeat_seconds", Some("3600"), "the same news of an account is told again after this"),
    one("notify", "webhook_file", None, "file that holds an address to post JSON to"),
    one("notify", "discord_file", None, "file that holds the address of a Discord webhook"),
    one("notify", "telegram_token_file", None, "file that holds the token of a Telegram bot"),
    one("notify", "telegram_chat", None, "number of the Telegram chat that the bot writes to"),
    one(
        "bundles",
        "url",
        None,
        "block engine to send bundles to, http(s); needs a build with the feature bundles",
    ),
    one("bundles", "tip_account", None, "address that the tip goes to"),
    one("bundles", "tip", Some("10000"), "tip of a bundle, lamports"),
    one(
        "grpc",
        "url",
        None,
        "Geyser service that streams accounts, http(s), instead of the websocket; needs a build with the feature grpc",
    ),
    one("grpc", "token_file", None, "file that holds the token that the service wants, if it wants one"),
];

impl Setting {
    /// As it is named in the file and in messages.
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}_{}", self.section.to_uppercase(), self.key.to_uppercase())
    }

    /// The flag that sets it, without dashes in front.
    pub fn flag(&self) -> String {
        format!("{}-{}", self.section, self.key).replace('_', "-")
    }
}

/// What the keeper's variables begin with.
pub const PREFIX: &str = "PLIMSOLL_KEEPER_";

/// The name in `known` that `given` was probably meant to be; `None` if none is near.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|name| (strsim::levenshtein(given, name), name));
    let near = near.filter(|(letters, _)| *letters <= given.len().div_ceil(3));
    near.min_by_key(|(letters, _)| *letters).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_far_ones_are_not() {
        let known = ["fees.cap", "fees.floor", "sender.threads"];
        assert_eq!(nearest("fees.flor", known), Some("fees.floor"));
        assert_eq!(nearest("fees.cab", known), Some("fees.cap"));
        assert_eq!(nearest("speed", known), None);
    }

    #[test]
    fn names_are_written_by_one_rule() {
        let setting = SETTINGS.iter().find(|setting| setting.key == "url_file").unwrap();
        assert_eq!(setting.name(), "cluster.url_file");
        assert_eq!(setting.variable(), "PLIMSOLL_KEEPER_CLUSTER_URL_FILE");
        assert_eq!(setting.flag(), "cluster-url-file");
    }
}
