//! `accounts`: all margin accounts of a wallet.
use crate::commands::account::{figures, leverage, margin_ratio};
use crate::config::address;
use crate::fault::Result;
use crate::names::symbol;
use crate::number::money;
use crate::render::{Page, Table};
use crate::session::Session;
use crate::standing::Standing;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub struct Accounts {
    /// A wallet [default: one's own]
    pub owner: Option<String>,
}

/// # Errors
/// When there is no answer.
pub fn page(session: &Session, args: &Accounts) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let owner = match &args.owner {
        Some(owner) => address(owner)?,
        None => session.settings.wallet()?.address(),
    };
    let mut table = Table::new(&[
        ">number",
        "account",
        "status",
        ">equity USD",
        ">margin ratio",
        ">leverage",
        ">positions",
        "isolated to",
    ]);
    let mut list = Vec::new();
    for margin in session.margins_of(&snapshot, &owner)? {
        let (state, standing) = (&margin.state, Standing::of(&margin.state, &snapshot.board)?);
        let isolated = (state.isolated_asset != 0).then(|| symbol(&snapshot.board, state.isolated_asset));
        let mut value = json!({
            "address": margin.address.to_string(),
            "sub_account": state.sub_account,
            "status": standing.status(state),
            "positions": state.perp_count,
            "isolated_to": isolated,
        });
        if let (Value::Object(all), Value::Object(figures)) = (&mut value, figures(&standing)) {
            all.extend(figures);
        }
        list.push(value);
        table.row([
            state.sub_account.to_string(),
            margin.address.to_string(),
            standing.status(state).into(),
            money(standing.health.equity),
            margin_ratio(&standing),
            leverage(&standing),
            state.perp_count.to_string(),
            isolated.unwrap_or_default(),
        ]);
    }
    let heading = match list.len() {
        0 => format!("{owner} has no margin account here: open one with `plimsoll open`"),
        _ => format!("Accounts of {owner}"),
    };
    Ok(Page::new(json!({ "owner": owner.to_string(), "accounts": list })).line(heading).table("", &table))
}
