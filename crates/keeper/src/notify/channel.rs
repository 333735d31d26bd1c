//! Whom to tell, and in which form.
use super::watch::Notice;
use crate::secret::Secret;
use crate::time::Time;
use serde_json::{Value, json};
use std::time::Duration;

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Waits between attempts; one attempt more than waits.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// Where Telegram's bots are.
const TELEGRAM: &str = "https://api.telegram.org";

/// An address that takes notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Takes the notice as JSON.
    Webhook(Secret),
    /// A Discord webhook.
    Discord(Secret),
    /// A Telegram bot and the chat it writes to.
    Telegram { url: Secret, chat: String },
}

impl Target {
    /// The bot with this token.
    pub fn telegram(token: &Secret, chat: &str) -> Self {
        let url = Secret::new(format!("{TELEGRAM}/bot{}/sendMessage", token.expose()));
        Self::Telegram { url, chat: chat.to_string() }
    }

    fn url(&self) -> &Secret {
        match self {
            Self::Webhook(url) | Self::Discord(url) | Self::Telegram { url, .. } => url,
        }
    }

    fn body(&self, notice: &Notice) -> Value {
        match self {
            Self::Webhook(_) => {
                let figures =
                    notice.figures.iter().map(|(name, value)| (format!("{name}_micro_usd"), json!(value)));
                json!({
                    "account": notice.account.to_string(),
                    "kind": notice.kind.name(),
                    "text": notice.text(),
                    "signature": notice.signature.to_string(),
                    "slot": notice.slot,
                    "unix_time": notice.unix_time,
                    "figures": Value::Object(figures.collect()),
                })
            }
            // Nobody is to be paged by what a text happens to contain.
            Self::Discord(_) => json!({ "content": notice.text(), "allowed_mentions": { "parse": [] } }),
            Self::Telegram { chat, .. } => json!({ "chat_id": chat, "text": notice.text() }),
        }
    }
}

/// A target and the means to reach it.
pub struct Channel {
    target: Target,
    agent: ureq::Agent,
}

impl Channel {
    pub fn new(target: Target) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("plimsoll-keeper/", env!("CARGO_PKG_VERSION")));
        Self { target, agent: config.build().into() }
    }

    /// As metrics and logs call it.
    pub fn name(&self) -> &'static str {
        match self.target {
            Target::Webhook(_) => "webhook",
            Target::Discord(_) => "discord",
            Target::Telegram { .. } => "telegram",
        }
    }

    /// Sends a notice; tries again, a bounded number of times, where that may help.
    ///
    /// # Errors
    /// Why it did not arrive, in one line without the address.
    pub fn send(&self, notice: &Notice, time: &dyn Time) -> Result<(), String> {
        let body = self.target.body(notice).to_string();
        let mut waits = WAITS.iter();
        loop {
            let (problem, may_pass) = match self.post(&body) {
                Ok(200..=299) => return Ok(()),
                Ok(status) => (format!("the answer was status {status}"), status == 429 || status >= 500),
                Err(error) => (self.target.url().redact(&error.to_string()), true),
            };
            match waits.next() {
                Some(wait) if may_pass && !time.wait(*wait) => {}
                _ => return Err(problem),
            }
        }
    }

    fn post(&self, body: &str) -> Result<u16, ureq::Error> {
        let request = self.agent.post(self.target.url().expose()).header("content-type", "application/json");
        Ok(request.send(body)?.status().as_u16())
    }
}
