//! `propose`: what governance wants to change.
use super::changes::described;
use super::parameters::{decimals, terms};
use crate::act::Deed;
use crate::config::address;
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use crate::names::{self, ROLES, asset, parse_parameter};
use crate::number::{parse, parse_span, span};
use clap::Subcommand;
use plimsoll_client::addresses::pending_change;
use plimsoll_client::changes::Accounts;
use plimsoll_client::governance::{Target, field, wait_seconds};
use plimsoll_client::program::bounds::{CHANGE_VALID_SECONDS_MAX, RAMP_SECONDS_MIN};
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_client::program::parameters::Parameter;
use plimsoll_client::program::params::{Change, FieldChange, OracleSource};
use plimsoll_client::program::terms::concern_of;
use solana_address::Address;

#[derive(Debug, clap::Args)]
pub struct Propose {
    #[command(subcommand)]
    pub what: What,
    /// For how long after its wait it can be executed
    #[arg(long, global = true, value_name = "TIME", default_value = "7d")]
    pub valid: String,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Parameters of one concern: SOL.maintenance_margin 0.06
    Parameter(Parameters),
    /// Who takes a role over
    Role {
        /// governance, steward, guardian or fee-collector
        role: String,
        /// Whose key, or `nobody`, for good
        holder: String,
    },
    /// Where the price of an asset comes from
    Oracle {
        /// Which asset
        asset: String,
        /// The account that prices are read from
        oracle: String,
        /// Its feed, 64 hexadecimal digits; for a price update of Pyth
        #[arg(long, value_name = "FEED")]
        feed: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub struct Parameters {
    /// Names and values in turn, as `plimsoll parameters` shows them: ratios as 0.06, amounts in whole tokens
    #[arg(required = true, num_args = 2.., value_names = ["NAME", "VALUE"])]
    pub pairs: Vec<String>,
    /// Time in which margins and weights move to their new values [default: 1d for those]
    #[arg(long, value_name = "TIME")]
    pub ramp: Option<String>,
}

/// # Errors
/// When what is named does not exist, or a value does not fit.
pub fn deed(desk: &Desk, args: &Propose) -> Result<Deed> {
    let change = match &args.what {
        What::Parameter(parameters) => {
            let (asset, ramp_seconds, fields) = amended(desk, parameters)?;
            Change::Parameters { asset, ramp_seconds, fields }
        }
        What::Role { role, holder } => nomination(desk, role, holder)?,
        What::Oracle { asset, oracle, feed } => source(desk, asset, oracle, feed.as_deref())?,
    };
    let valid = i64::from(parse_span(&args.valid)?);
    if !(1..=CHANGE_VALID_SECONDS_MAX).contains(&valid) {
        let most = span(CHANGE_VALID_SECONDS_MAX);
        return Err(Fault::usage(format!(
            "--valid {}: a change can be executed for {most} at most",
            args.valid
        )));
    }
    let (snapshot, governance) = (&desk.snapshot, desk.wallet.address());
    let wait = wait_seconds(&snapshot.clearinghouse, &snapshot.board, &change);
    let number = snapshot.clearinghouse.change_count;
    let accounts = accounts(desk, pending_change(&snapshot.address, number), Target::of(&change).asset);
    let propose = accounts.propose(governance, governance, &change, snapshot.unix_time + wait + valid);
    let wait = if wait == 0 { "at once".into() } else { format!("in {}", span(wait)) };
    Ok(Deed {
        title: format!(
            "Propose change {number}, which may be executed {wait}\n  {}",
            described(&change, snapshot).join("\n  ")
        ),
        instructions: vec![propose],
        board: snapshot.board.clone(),
        watched: Vec::new(),
    })
}

/// The accounts of a change of an asset.
pub fn accounts(desk: &Desk, change: Address, asset: u8) -> Accounts {
    let of_asset = desk.snapshot.assets.get(usize::from(asset));
    Accounts {
        clearinghouse: desk.snapshot.address,
        change,
        market: of_asset.and_then(|accounts| accounts.market).map(|(address, _)| address),
        bank: of_asset.and_then(|accounts| accounts.bank).map(|(address, _)| address),
    }
}

/// Asset, ramp and fields of parameters as typed, each with the value it has now.
///
/// # Errors
/// When a name is unknown, a value does not fit, or they are of several concerns.
pub fn amended(desk: &Desk, args: &Parameters) -> Result<(u8, u32, Vec<FieldChange>)> {
    if !args.pairs.len().is_multiple_of(2) {
        let last = args.pairs.last().map_or("", String::as_str);
        return Err(Fault::usage(format!("{last} has no value: write names and values in turn")));
    }
    let mut assets = Vec::new();
    let mut fields = Vec::new();
    for pair in args.pairs.chunks_exact(2) {
        let (asset, field) = one(desk, &pair[0], &pair[1])?;
        assets.push(asset);
        fields.push(field);
    }
    fields.sort_by_key(|field| field.parameter);
    let is_one = assets.windows(2).all(|pair| pair[0] == pair[1]);
    let concern = concern_of(&fields).ok().filter(|_| is_one);
    let concern = concern.ok_or_else(|| {
        Fault::usage("these parameters are not of one concern of one asset: propose them one after the other")
    })?;
    let ramp = match (&args.ramp, concern.is_ramped()) {
        (Some(text), true) => parse_span(text)?,
        (None, true) => RAMP_SECONDS_MIN,
        (None, false) => 0,
        (Some(_), false) => {
            return Err(Fault::usage(
                "--ramp is for margins and weights: these parameters change at once, leave it out",
            ));
        }
    };
    Ok((assets[0], ramp, fields))
}

fn one(desk: &Desk, name: &str, value: &str) -> Result<(u8, FieldChange)> {
    let (asset, id) = parse_parameter(desk.board(), name)?;
    let parameter = Parameter::get(id).map_err(crate::standing::unvalued)?;
    let row = desk.row(asset);
    let units = parse(value, decimals(parameter, row), name)?;
    let after = i64::try_from(units).unwrap_or(i64::MAX);
    if !(parameter.min..=parameter.max).contains(&after) {
        let bound = |bound| crate::number::exact(bound, decimals(parameter, row));
        let (min, max) = (bound(parameter.min), bound(parameter.max));
        return Err(Fault::usage(format!("{name} {value} is outside of its hard bounds, {min} to {max}")));
    }
    let terms = terms(&desk.snapshot, asset, parameter.concern)
        .ok_or_else(|| Fault::usage(format!("{name} is not set: its asset has no such bank or market")))?;
    let before = parameter.read(terms.bytes());
    if before == after {
        return Err(Fault::usage(format!("{name} is {value} already: leave it out")));
    }
    Ok((asset, field(id, before, after)))
}

fn nomination(desk: &Desk, role: &str, holder: &str) -> Result<Change> {
    let role = names::of(&ROLES, role, "role")?;
    let after = if holder == "nobody" { Address::default() } else { address(holder)? };
    Ok(Change::Role { role: role as u8, before: desk.snapshot.clearinghouse.role(role).holder, after })
}

fn source(desk: &Desk, name: &str, oracle: &str, feed: Option<&str>) -> Result<Change> {
    let asset = asset(desk.board(), name)?;
    let (kind, feed_id) = match feed {
        Some(feed) => (OracleKind::PythPull, hex(feed)?),
        None => (OracleKind::PythLegacy, [0; 32]),
    };
    let after = OracleSource { oracle: address(oracle)?, feed_id, kind: kind as u8, padding: [0; 3] };
    Ok(Change::Oracle { asset, before: desk.row(asset).source(), after })
}

fn hex(text: &str) -> Result<[u8; 32]> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let wrong = || Fault::usage(format!("{text} is not a feed: write its 64 hexadecimal digits"));
    if digits.len() != 64 || !digits.is_ascii() {
        return Err(wrong());
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
    }
    Ok(bytes)
}
