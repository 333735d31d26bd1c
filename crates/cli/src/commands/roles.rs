//! `roles`: who may do what.
use crate::fault::Result;
use crate::names::{ROLES, groups_of, rows, symbol_of};
use crate::number::{span, time};
use crate::render::{Page, Table};
use crate::session::Session;
use serde_json::{Value, json};
use solana_address::Address;

/// # Errors
/// When there is no answer.
pub fn page(session: &Session) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let (clearinghouse, board, now) = (&snapshot.clearinghouse, &snapshot.board, snapshot.unix_time);
    let mut table = Table::new(&["role", "holder", "nominated", "may accept until"]);
    let mut list = Vec::new();
    for (name, role) in ROLES {
        let state = clearinghouse.role(role);
        let known = |address: Address| (address != Address::default()).then(|| address.to_string());
        let nominee = known(state.nominee).filter(|_| now <= state.accept_until);
        let until = nominee.as_ref().map(|_| time(state.accept_until));
        table.row([
            name.into(),
            known(state.holder).unwrap_or_else(|| "nobody".into()),
            nominee.clone().unwrap_or_default(),
            until.clone().unwrap_or_default(),
        ]);
        list.push(
            json!({ "role": name, "holder": known(state.holder), "nominee": nominee, "accept_until": until }),
        );
    }
    let everything = [("everything".to_owned(), board.paused_groups, board.paused_until)];
    let assets = rows(board).map(|(_, row)| (symbol_of(row), row.paused_groups, row.paused_until));
    let pauses: Vec<_> = everything.into_iter().chain(assets).filter(|(.., until)| now < *until).collect();
    let paused: Vec<Value> = pauses
        .iter()
        .map(|(scope, groups, until)| json!({ "scope": scope, "groups": groups_of(*groups), "until": time(*until) }))
        .collect();
    let mut pause_table = Table::new(&["paused", "groups", "until"]);
    for (scope, groups, until) in &pauses {
        pause_table.row([scope.clone(), groups_of(*groups), time(*until)]);
    }
    let waits = (clearinghouse.change_delay_seconds, clearinghouse.oracle_delay_seconds);
    let json = json!({
        "clearinghouse": snapshot.address.to_string(),
        "is_launched": board.is_launched == 1,
        "roles": list,
        "pauses": paused,
        "change_delay_seconds": waits.0,
        "oracle_delay_seconds": waits.1,
    });
    let facts = [
        ("Clearinghouse", snapshot.address.to_string()),
        ("Launched", if board.is_launched == 1 { "yes" } else { "not yet: it takes no money" }.into()),
        ("Changes wait", span(waits.0.into())),
        ("Oracles, new collateral and the guardian wait", span(waits.1.into())),
    ];
    Ok(Page::new(json).facts(&facts).table("Roles", &table).table("Pauses", &pause_table))
}
