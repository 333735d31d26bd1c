//! Where tokens, oracles and roles are on one cluster: a file beside the steps, such as `mainnet-beta.toml`.

use plimsoll::oracle::OracleKind;
use plimsoll::params::OracleSource;
use plimsoll::state::ROLES;
use serde::Deserialize;
use solana_address::Address;

use crate::listings::one_line;

/// Who shall hold each role, by its number; `None` leaves it where it is.
pub type Roles = [Option<Address>; ROLES];

/// Names of the roles, by their number.
pub const ROLE_NAMES: [&str; ROLES] = ["governance", "steward", "guardian", "fee collector"];

/// All addresses of one deployment that are not derived.
#[derive(Clone, Debug)]
pub struct Places {
    /// The file they come from, for messages.
    pub file: String,
    /// What tells its cluster from others.
    pub genesis_hash: String,
    /// Who created the clearinghouse; whoever signs, if it is not there yet.
    pub creator: Option<Address>,
    pub settlement_mint: Address,
    pub assets: Vec<AssetPlace>,
    /// Who takes the roles over at the end.
    pub roles: Roles,
}

#[derive(Clone, Debug)]
pub struct AssetPlace {
    pub symbol: String,
    pub mint: Address,
    pub source: OracleSource,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    genesis_hash: String,
    creator: Option<String>,
    settlement: Settlement,
    asset: Vec<Asset>,
    roles: Option<RoleEntries>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settlement {
    mint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    symbol: String,
    mint: String,
    oracle: String,
    oracle_kind: Kind,
    feed_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    PythPull,
    PythLegacy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntries {
    governance: Option<String>,
    steward: Option<String>,
    guardian: Option<String>,
    fee_collector: Option<String>,
}

/// Reads an address; `what` names it in the error.
///
/// # Errors
/// When it is none.
pub fn address(what: &str, text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| format!("{what} = {text}: not an address (32 bytes in base 58)"))
}

impl Places {
    /// Reads such a file.
    ///
    /// # Errors
    /// What is wrong with it, in one line that begins with `name`.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        Self::read(name, text).map_err(|problem| format!("{name}: {problem}"))
    }

    fn read(name: &str, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| one_line(&error))?;
        if file.version != 1 {
            return Err(format!("version = {}: this runner reads version 1", file.version));
        }
        let optional =
            |what: &str, text: &Option<String>| text.as_ref().map(|text| address(what, text)).transpose();
        let roles = match &file.roles {
            None => [None; ROLES],
            Some(r) => [
                optional("roles.governance", &r.governance)?,
                optional("roles.steward", &r.steward)?,
                optional("roles.guardian", &r.guardian)?,
                optional("roles.fee_collector", &r.fee_collector)?,
            ],
        };
        Ok(Self {
            file: name.to_string(),
            genesis_hash: file.genesis_hash,
            creator: optional("creator", &file.creator)?,
            settlement_mint: address("settlement.mint", &file.settlement.mint)?,
            assets: file.asset.iter().map(asset).collect::<Result<_, _>>()?,
            roles,
        })
    }

    /// Where an asset is.
    ///
    /// # Errors
    /// When the file does not say.
    pub fn asset(&self, symbol: &str) -> Result<&AssetPlace, String> {
        let place = self.assets.iter().find(|asset| asset.symbol == symbol);
        place.ok_or_else(|| {
            format!("{}: no [[asset]] with symbol = \"{symbol}\": add its mint and oracle", self.file)
        })
    }
}

fn asset(entry: &Asset) -> Result<AssetPlace, String> {
    let what = |field: &str| format!("asset {}, {field}", entry.symbol);
    let (kind, feed_id) = match (entry.oracle_kind, &entry.feed_id) {
        (Kind::PythPull, Some(text)) => {
            (OracleKind::PythPull, feed(text).ok_or_else(|| what("feed_id: expected 64 hexadecimal digits"))?)
        }
        (Kind::PythLegacy, None) => (OracleKind::PythLegacy, [0; 32]),
        (Kind::PythPull, None) => return Err(what("feed_id is missing: a pyth-pull oracle has one")),
        (Kind::PythLegacy, Some(_)) => {
            return Err(what("feed_id: a pyth-legacy oracle has none, leave it out"));
        }
    };
    Ok(AssetPlace {
        symbol: entry.symbol.clone(),
        mint: address(&what("mint"), &entry.mint)?,
        source: OracleSource {
            oracle: address(&what("oracle"), &entry.oracle)?,
            feed_id,
            kind: kind as u8,
            padding: [0; 3],
        },
    })
}

fn feed(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_address::address;

    const MAINNET: &str = include_str!("../../../migrations/mainnet-beta.toml");
    /// Pyth's program that keeps one price account per feed and shard.
    const PUSH_ORACLE: Address = address!("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");

    #[test]
    fn oracles_on_mainnet_are_the_accounts_that_pyth_derives_from_their_feeds() {
        let places = Places::parse("mainnet-beta.toml", MAINNET).unwrap();
        assert_eq!(places.assets.len(), 3);
        for asset in &places.assets {
            let shard = 0u16.to_le_bytes();
            let (derived, _) = Address::find_program_address(&[&shard, &asset.source.feed_id], &PUSH_ORACLE);
            assert_eq!(derived, asset.source.oracle, "{}", asset.symbol);
        }
    }

    #[test]
    fn bad_entries_get_one_line_that_says_where() {
        for (from, to, what) in [
            ("version = 1", "version = 2", "x: version = 2: this runner reads version 1"),
            ("mint = \"EPj", "mint = \"0", "settlement.mint = 0"),
            ("feed_id = \"e6", "feed_id = \"zz", "asset BTC, feed_id: expected 64 hexadecimal digits"),
            ("oracle_kind = \"pyth-pull\"", "oracle_kind = \"pyth-legacy\"", "a pyth-legacy oracle has none"),
            ("genesis_hash", "genesis", "unknown field `genesis`"),
        ] {
            assert!(MAINNET.contains(from), "{from}");
            let problem = Places::parse("x", &MAINNET.replacen(from, to, 1)).unwrap_err();
            assert!(problem.contains(what), "{problem}");
            assert_eq!(problem.lines().count(), 1, "{problem}");
        }
    }
}
