//! The log: one line per event, to standard error; what varies is in fields.
use crate::config::LogFormat;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::Subscriber;

/// Whether a filter can be used.
///
/// # Errors
/// What is wrong with it.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    // What libraries log is of interest only when somebody asks for it by name.
    let bare = text.parse::<tracing::level_filters::LevelFilter>();
    let directives = match bare {
        Ok(level) => format!("warn,plimsoll_keeper={level},tungstenite=error,solana_pubsub_client=error"),
        Err(_) => text.to_string(),
    };
    EnvFilter::try_new(directives).map_err(|e| e.to_string())
}

/// Starts logging. A second start has no effect.
///
/// # Errors
/// What is wrong with the filter.
pub fn start(text: &str, format: LogFormat) -> Result<(), String> {
    let subscriber = Subscriber::builder().with_env_filter(filter(text)?).with_writer(std::io::stderr);
    let subscriber = subscriber.with_ansi(false).with_target(false);
    // There may be one already, in tests.
    let _ = match format {
        LogFormat::Text => tracing::subscriber::set_global_default(subscriber.finish()),
        LogFormat::Json => {
            tracing::subscriber::set_global_default(subscriber.json().flatten_event(true).finish())
        }
    };
    Ok(())
}
