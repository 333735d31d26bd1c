//! What the program did, or why it would not, in words.
use crate::fault::Fault;
use crate::names::symbol;
use crate::number::{amount, time};
use plimsoll_client::error::{PlimsollError, code, explain};
use plimsoll_client::failure::Failure;
use plimsoll_client::program::oracle::Refusal;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{Event, logs, words};
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

/// Code with which the system and the token program say that somebody has too little.
const TOO_LITTLE: u32 = 1;

/// Events, a line each.
pub fn told(events: &[Event], snapshot: &Snapshot) -> Vec<String> {
    events.iter().map(|event| words::event(event, Some(snapshot))).collect()
}

/// The line for an error that the program would give.
pub fn refused(error: PlimsollError) -> Fault {
    let explained = explain(code(error)).map(|explained| explained.to_string());
    Fault::refused(explained.unwrap_or_else(|| error.message().into()))
}

/// The line for a transaction that fails, with what its log says besides.
pub fn failure_line(failure: &Failure, snapshot: &Snapshot) -> Fault {
    let logged = logs::events(failure.logs.iter().map(String::as_str));
    let mut notes: Vec<String> = logged.events.iter().filter_map(|event| note(event, snapshot)).collect();
    if failure.plimsoll().is_some_and(is_about_a_price) {
        notes.push("`plimsoll oracles` shows which, and why".into());
    }
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    let line = format!("{failure}{notes}");
    match &failure.error {
        TransactionError::AccountNotFound
        | TransactionError::InsufficientFundsForFee
        | TransactionError::InvalidAccountForFee
        | TransactionError::InsufficientFundsForRent { .. }
        | TransactionError::ProgramAccountNotFound => Fault::missing(line),
        TransactionError::InstructionError(_, InstructionError::Custom(TOO_LITTLE)) => Fault::missing(line),
        TransactionError::BlockhashNotFound => Fault::no_answer(line),
        _ => Fault::refused(line),
    }
}

fn is_about_a_price(error: PlimsollError) -> bool {
    use PlimsollError::{PriceAgeing, PriceDiverged, PriceExpired, PriceOffParity, PriceUncertain};
    matches!(error, PriceExpired | PriceAgeing | PriceUncertain | PriceDiverged | PriceOffParity)
}

/// What an event in the log of a failed transaction says about the failure.
fn note(event: &Event, snapshot: &Snapshot) -> Option<String> {
    match event {
        Event::RefreshRefused(refused) => {
            let asset = u8::try_from(refused.asset).ok()?;
            let reason = u8::try_from(refused.reason).ok().and_then(|code| Refusal::try_from(code).ok())?;
            let reason = reason.message().split('.').next().unwrap_or_default().to_lowercase();
            Some(format!("{} was not refreshed: {reason}", symbol(&snapshot.board, asset)))
        }
        Event::OutflowRefused(refused) => {
            let banks = (0u8..).zip(&snapshot.assets);
            let mut of =
                banks.filter(|(_, accounts)| accounts.bank.is_some_and(|(bank, _)| bank == refused.bank));
            let asset = of.next()?.0;
            let row = &snapshot.board.rows[usize::from(asset)];
            let shown =
                |units: u64| format!("{} {}", amount(units, row.decimals), symbol(&snapshot.board, asset));
            let when = match refused.open_at {
                i64::MAX => "what was asked for can never leave in one go".into(),
                at => format!("{} may from {}", shown(refused.asked), time(at)),
            };
            Some(format!("{} may leave now; {when}", shown(refused.room)))
        }
        _ => None,
    }
}
