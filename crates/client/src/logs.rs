//! The program's events, from the log of a transaction.
use crate::decode::DecodeError;
use crate::generated::events::Event;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEvents {
    /// The program's events, in the order in which they happened.
    pub events: Vec<Event>,
    /// Data the program logged that are no event known here: the program is newer than this client.
    pub unknown: Vec<DecodeError>,
    /// The runtime cut the log off: events may be missing, and the accounts must be read instead.
    pub is_truncated: bool,
}

/// Reads the events that the program itself logged. Lines of other programs are passed over, whatever they
/// say: anyone can log the same bytes. In a transaction that failed, nothing of it has happened.
pub fn events<'a>(log: impl IntoIterator<Item = &'a str>) -> LogEvents {
    let program = plimsoll::ID.to_string();
    let mut found = LogEvents::default();
    // The programs that are running, the innermost last.
    let mut running: Vec<&str> = Vec::new();
    for line in log {
        if line == "Log truncated" {
            found.is_truncated = true;
        } else if let Some(data) = line.strip_prefix("Program data: ") {
            if running.last() == Some(&program.as_str()) {
                match event(data) {
                    Ok(event) => found.events.push(event),
                    Err(e) => found.unknown.push(e),
                }
            }
        } else if let Some((id, what)) = line.strip_prefix("Program ").and_then(|rest| rest.split_once(' ')) {
            // `Program log: ...` and the like are a program's words, not the runtime's.
            if id.ends_with(':') {
                continue;
            }
            if what.starts_with("invoke [") {
                running.push(id);
            } else if running.last() == Some(&id) && (what == "success" || what.starts_with("failed")) {
                running.pop();
            }
        }
    }
    found
}

/// The parts of one data line, put together.
fn event(line: &str) -> Result<Event, DecodeError> {
    let mut data = Vec::new();
    for part in line.split(' ') {
        BASE64_STANDARD.decode_vec(part, &mut data).map_err(|_| DecodeError::NotBase64)?;
    }
    Event::decode(&data)
}
