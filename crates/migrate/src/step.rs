//! The steps: numbered files that say what is wanted.

use std::path::Path;

use plimsoll::bounds::{CHANGE_VALID_SECONDS_MAX, check_ramp};
use plimsoll::parameters::Concern;
use plimsoll::state::LAYOUT_VERSION;
use serde::Deserialize;
use toml::Table;

use crate::listings::{self, Listings, one_line};
use crate::section::{Section, name};

/// Version of the steps' form.
const VERSION: u32 = 1;
/// Time to execute a change in, unless the step says otherwise: ten days. What a multisig takes to sign the proposal
/// comes off it.
const VALID_SECONDS: i64 = 864_000;

/// A step as its file describes it.
#[derive(Clone, Debug)]
pub struct Step {
    /// `0001_create`
    pub name: String,
    pub number: u32,
    /// Seconds after its wait in which a change can be executed.
    pub valid_seconds: i64,
    pub wanted: Wanted,
}

/// What a step wants.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The clearinghouse and the pool, with these terms.
    Create(Box<Listings>),
    /// Every asset with its bank and its market.
    List { listings: Box<Listings>, ramp_seconds: u32 },
    /// Open for money.
    Launch,
    /// Each market's share of the pool's capital.
    Allocate,
    /// The roles held by those whom the addresses name.
    Roles,
    /// Some parameters of what is listed.
    Parameters { parts: Vec<Part>, ramp_seconds: u32 },
}

/// Some parameters of one asset, or (`symbol` is `None`) of the whole deployment.
#[derive(Clone, Debug)]
pub struct Part {
    pub symbol: Option<String>,
    pub sections: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    layout_version: u32,
    kind: Kind,
    /// Beside this file.
    listings: Option<String>,
    ramp_seconds: Option<u32>,
    valid_seconds: Option<i64>,
    clearinghouse: Option<Table>,
    pool: Option<Table>,
    #[serde(default)]
    asset: Vec<Asset>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Create,
    List,
    Launch,
    Allocate,
    Roles,
    Parameters,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    symbol: String,
    price: Option<Table>,
    weights: Option<Table>,
    bank: Option<Table>,
    market: Option<Table>,
    margin: Option<Table>,
}

/// The steps in a directory, in the order of their numbers.
///
/// # Errors
/// What is wrong with a file, in one line that begins with its name.
pub fn read_all(directory: &Path) -> Result<Vec<Step>, String> {
    let shown = directory.display();
    let entries = std::fs::read_dir(directory)
        .map_err(|e| format!("{shown}: {e}: name the steps' directory with --steps"))?;
    let mut steps = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| format!("{shown}: {e}"))?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let number = stem.split_once('_').filter(|(digits, _)| digits.len() == 4);
        let number = number.and_then(|(digits, _)| digits.parse().ok());
        let (Some(number), true) = (number, path.extension().is_some_and(|e| e == "toml")) else { continue };
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let beside = |file: &str| {
            let path = directory.join(file);
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
        };
        steps.push(parse(&stem, number, &text, &beside).map_err(|e| format!("{stem}.toml: {e}"))?);
    }
    steps.sort_by_key(|step| step.number);
    if let Some(twice) = steps.windows(2).find(|pair| pair[0].number == pair[1].number) {
        return Err(format!("{} and {} have the same number", twice[0].name, twice[1].name));
    }
    if steps.is_empty() {
        return Err(format!("{shown}: no steps (files like 0001_create.toml) in it"));
    }
    Ok(steps)
}

/// One step; `beside` reads the files that it points at.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn parse(
    stem: &str,
    number: u32,
    text: &str,
    beside: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Step, String> {
    let file: File = toml::from_str(text).map_err(|error| one_line(&error))?;
    if file.version != VERSION {
        return Err(format!("version = {}: this runner reads version {VERSION}", file.version));
    }
    if file.layout_version != LAYOUT_VERSION {
        return Err(format!(
            "layout_version = {}, and this runner is for accounts of version {LAYOUT_VERSION}: use the release that the step comes from",
            file.layout_version
        ));
    }
    let valid_seconds = file.valid_seconds.unwrap_or(VALID_SECONDS);
    if !(1..=CHANGE_VALID_SECONDS_MAX).contains(&valid_seconds) {
        return Err(format!(
            "valid_seconds = {valid_seconds} is outside of 1 to {CHANGE_VALID_SECONDS_MAX} seconds"
        ));
    }
    let wanted = wanted(file, beside)?;
    Ok(Step { name: stem.to_string(), number, valid_seconds, wanted })
}

fn wanted(file: File, beside: &dyn Fn(&str) -> Result<String, String>) -> Result<Wanted, String> {
    let is_listed = matches!(file.kind, Kind::Create | Kind::List);
    let has_parts = file.clearinghouse.is_some() || file.pool.is_some() || !file.asset.is_empty();
    if is_listed != file.listings.is_some() {
        return Err("listings = \"FILE\" belongs to the kinds create and list, and only to them".to_string());
    }
    if has_parts != (file.kind == Kind::Parameters) {
        return Err(
            "parameters belong to the kind parameters, which has at least one, and only to it".to_string()
        );
    }
    let ramp_seconds = file.ramp_seconds.unwrap_or(plimsoll::bounds::RAMP_SECONDS_MIN);
    check_ramp(ramp_seconds).map_err(|_| {
        let (min, max) = (plimsoll::bounds::RAMP_SECONDS_MIN, plimsoll::bounds::RAMP_SECONDS_MAX);
        format!("ramp_seconds = {ramp_seconds} is outside of {min} to {max} seconds")
    })?;
    let listings = match &file.listings {
        None => None,
        Some(name) => Some(Box::new(listings::parse(&beside(name)?).map_err(|e| format!("{name}: {e}"))?)),
    };
    Ok(match (file.kind, listings) {
        (Kind::Create, Some(listings)) => Wanted::Create(listings),
        (Kind::List, Some(listings)) => Wanted::List { listings, ramp_seconds },
        (Kind::Launch, _) => Wanted::Launch,
        (Kind::Allocate, _) => Wanted::Allocate,
        (Kind::Roles, _) => Wanted::Roles,
        _ => Wanted::Parameters { parts: parts(&file)?, ramp_seconds },
    })
}

fn parts(file: &File) -> Result<Vec<Part>, String> {
    let whole = [(Concern::Clearinghouse, &file.clearinghouse), (Concern::Pool, &file.pool)];
    let mut parts = vec![Part { symbol: None, sections: sections("deployment", &whole)? }];
    for asset in &file.asset {
        let place = format!("asset {}", asset.symbol);
        let tables = [
            (Concern::Price, &asset.price),
            (Concern::Bank, &asset.bank),
            (Concern::Weights, &asset.weights),
            (Concern::Market, &asset.market),
            (Concern::Margin, &asset.margin),
        ];
        parts.push(Part { symbol: Some(asset.symbol.clone()), sections: sections(&place, &tables)? });
    }
    Ok(parts)
}

fn sections(place: &str, tables: &[(Concern, &Option<Table>)]) -> Result<Vec<Section>, String> {
    let named = tables.iter().filter_map(|(concern, table)| Some((*concern, table.as_ref()?)));
    named
        .map(|(concern, table)| Section::read(&format!("{place}, {}", name(concern)), concern, table))
        .collect()
}
