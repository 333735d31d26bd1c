//! `pause` and `unpause`: what the guardian stops for a while.
use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::Result;
use crate::names::{self, GROUPS, asset, groups_of};
use crate::number::{parse_span, span};
use plimsoll_client::instructions::{pause, unpause};
use plimsoll_client::program::state::ALL_ASSETS;

#[derive(Debug, clap::Args)]
pub struct Pause {
    /// Of which asset [default: of all]
    pub asset: Option<String>,
    /// What: deposit, withdraw, borrow, increase [default: all of it]
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    pub groups: Vec<String>,
    /// For how long, a day at most
    #[arg(long = "for", value_name = "TIME", default_value = "1d")]
    pub time: String,
}

#[derive(Debug, clap::Args)]
pub struct Unpause {
    /// Of which asset [default: what was paused of all]
    pub asset: Option<String>,
}

fn scope(desk: &Desk, name: Option<&str>) -> Result<(u8, String)> {
    let Some(name) = name else { return Ok((ALL_ASSETS, "everything".into())) };
    let asset = asset(desk.board(), name)?;
    Ok((asset, desk.symbol(asset)))
}

/// # Errors
/// When asset, group or time are none.
pub fn pause(desk: &Desk, args: &Pause) -> Result<Deed> {
    let (scope, name) = scope(desk, args.asset.as_deref())?;
    let every = GROUPS.iter().fold(0, |set, (_, group)| set | group);
    let mut groups = 0;
    for group in &args.groups {
        groups |= names::of(&GROUPS, group, "group")?;
    }
    let groups = if groups == 0 { every } else { groups };
    let seconds = parse_span(&args.time)?;
    let accounts = pause::Accounts {
        guardian: desk.wallet.address(),
        clearinghouse: desk.snapshot.address,
        risk_board: desk.board_address(),
    };
    Ok(Deed {
        title: format!("Pause {} of {name} for {}", groups_of(groups), span(seconds.into())),
        instructions: vec![pause::instruction(&accounts, &pause::Args { scope, groups, seconds }, &[])],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}

/// # Errors
/// When the asset is unknown.
pub fn unpause(desk: &Desk, args: &Unpause) -> Result<Deed> {
    let (scope, name) = scope(desk, args.asset.as_deref())?;
    let accounts = unpause::Accounts {
        guardian: desk.wallet.address(),
        clearinghouse: desk.snapshot.address,
        risk_board: desk.board_address(),
    };
    Ok(Deed {
        title: format!("Lift what is paused of {name}"),
        instructions: vec![unpause::instruction(&accounts, &unpause::Args { scope }, &[])],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
