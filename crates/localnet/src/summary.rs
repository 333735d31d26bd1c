//! What a localnet consists of: `localnet.json` for programs, a few lines for people, and a config for Solana's tools.

use crate::deploy::Deployment;
use crate::wallets::Wallet;
use plimsoll_client::addresses;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE: &str = "localnet.json";

/// Where everything of a running localnet is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub version: u32,
    /// The process to stop.
    pub process: u32,
    pub url: String,
    pub ws_url: String,
    pub control_url: String,
    pub genesis_hash: String,
    pub program: String,
    pub clearinghouse: String,
    /// By their row of the risk board; the settlement token first.
    pub assets: Vec<Asset>,
    pub wallets: BTreeMap<String, WalletPlace>,
    /// For `solana -C`.
    pub cli_config: PathBuf,
    /// For `plimsoll-keeper --config`.
    pub keeper_config: PathBuf,
    /// For `cargo xtask migrate --addresses`.
    pub addresses: PathBuf,
}

/// A token, and where it is traded and priced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    pub index: u8,
    pub symbol: String,
    pub decimals: u8,
    pub mint: String,
    pub bank: String,
    /// `None` of the settlement token.
    pub market: Option<String>,
    pub oracle: Option<String>,
    /// In hexadecimal digits.
    pub feed_id: Option<String>,
}

/// A wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletPlace {
    pub address: String,
    pub keypair: PathBuf,
}

/// Where a running localnet can be reached.
pub struct Urls {
    pub rpc: String,
    pub websocket: String,
    pub control: String,
}

const VERSION: u32 = 1;

impl Summary {
    /// Of a deployment; `folder` is where its files are.
    ///
    /// # Errors
    /// When an asset has no address.
    pub fn new(
        deployment: &Deployment,
        wallets: &[Wallet],
        urls: Urls,
        folder: &Path,
    ) -> Result<Self, String> {
        let house = &deployment.clearinghouse;
        let asset = |token: crate::deploy::Token| {
            let source =
                (token.index > 0).then(|| deployment.oracle(&token.symbol)).transpose()?.map(|a| a.source);
            Ok(Asset {
                index: token.index,
                bank: addresses::bank(house, &token.mint).to_string(),
                market: source.map(|_| addresses::market(house, token.index).to_string()),
                oracle: source.map(|source| source.oracle.to_string()),
                feed_id: source.map(|source| hex(&source.feed_id)),
                symbol: token.symbol,
                decimals: token.decimals,
                mint: token.mint.to_string(),
            })
        };
        let wallets = wallets.iter().map(|wallet| {
            let place = WalletPlace { address: wallet.address().to_string(), keypair: wallet.file.clone() };
            (wallet.part.name.to_string(), place)
        });
        Ok(Self {
            version: VERSION,
            process: std::process::id(),
            url: urls.rpc,
            ws_url: urls.websocket,
            control_url: urls.control,
            genesis_hash: deployment.places.genesis_hash.clone(),
            program: addresses::PROGRAM.to_string(),
            clearinghouse: house.to_string(),
            assets: deployment.tokens()?.into_iter().map(asset).collect::<Result<_, String>>()?,
            wallets: wallets.collect(),
            cli_config: folder.join("cli.yml"),
            keeper_config: folder.join("keeper.toml"),
            addresses: folder.join("addresses.toml"),
        })
    }

    /// That of the localnet in a folder.
    ///
    /// # Errors
    /// When none runs there.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).map_err(|e| {
            format!(
                "{}: {e}: start `cargo xtask localnet` first, or name its folder with --dir",
                path.display()
            )
        })?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Writes all files, and takes the keeper's journal away: what it sent to an earlier chain can't land on
    /// this one.
    ///
    /// # Errors
    /// When one can't be written.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let json = serde_json::to_string_pretty(self).map_err(|e| e.to_string())?;
        // If there is none, so much the better.
        let _ = fs::remove_file(self.journal());
        for (path, text) in [
            (self.cli_config.clone(), self.config()),
            (self.keeper_config.clone(), self.keeper()),
            (self.addresses.clone(), self.places()),
            // Last: whoever waits for it finds the others.
            (folder.join(FILE), json),
        ] {
            fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    }

    /// Takes `localnet.json` away: nothing runs any more.
    pub fn remove(folder: &Path) {
        // If it is gone already, so much the better.
        let _ = fs::remove_file(folder.join(FILE));
    }

    fn keypair(&self, name: &str) -> String {
        self.wallets.get(name).map(|place| place.keypair.display().to_string()).unwrap_or_default()
    }

    /// A config as Solana's command-line tools read it.
    fn config(&self) -> String {
        let (url, websocket, keypair) = (&self.url, &self.ws_url, self.keypair("payer"));
        format!(
            "json_rpc_url: {url}\nwebsocket_url: {websocket}\nkeypair_path: {keypair}\naddress_labels: {{}}\ncommitment: confirmed\n"
        )
    }

    /// A keeper's config for the wallet of that name; it liquidates what has nothing left to pay a bounty with, too,
    /// as nobody else will.
    fn keeper(&self) -> String {
        let (url, websocket, clearinghouse) = (&self.url, &self.ws_url, &self.clearinghouse);
        let (keypair, journal) = (self.keypair("keeper"), self.journal());
        let journal = journal.display();
        format!(
            "[cluster]\nurl = \"{url}\"\nwebsocket = \"{websocket}\"\nclearinghouse = \"{clearinghouse}\"\n\n[keeper]\nkeypair = \"{keypair}\"\njournal = \"{journal}\"\n\n[duties]\nliquidate = \"service\"\n"
        )
    }

    fn journal(&self) -> PathBuf {
        self.keeper_config.with_extension("journal")
    }

    /// The addresses in the form of `migrations/`.
    fn places(&self) -> String {
        let operator = self.wallets.get("operator").map(|place| place.address.as_str()).unwrap_or_default();
        let mint = self.assets.first().map(|asset| asset.mint.as_str()).unwrap_or_default();
        let genesis_hash = &self.genesis_hash;
        let mut text = format!(
            "version = 1\ngenesis_hash = \"{genesis_hash}\"\ncreator = \"{operator}\"\n\n[settlement]\nmint = \"{mint}\"\n"
        );
        for asset in &self.assets {
            let (Some(oracle), Some(feed_id)) = (&asset.oracle, &asset.feed_id) else { continue };
            let (symbol, mint) = (&asset.symbol, &asset.mint);
            let entry = format!(
                "\n[[asset]]\nsymbol = \"{symbol}\"\nmint = \"{mint}\"\noracle = \"{oracle}\"\noracle_kind = \"pyth-pull\"\nfeed_id = \"{feed_id}\"\n"
            );
            text.push_str(&entry);
        }
        text
    }

    /// What people want to know first.
    pub fn told(&self, folder: &Path) -> String {
        let mut text = String::new();
        let mut line = |label: &str, what: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {label:14} {what}");
        };
        line("JSON-RPC", &self.url);
        line("websocket", &self.ws_url);
        line("control", &self.control_url);
        line("program", &self.program);
        line("clearinghouse", &self.clearinghouse);
        for asset in &self.assets {
            let market = asset.market.as_ref().map(|market| format!(", market {market}")).unwrap_or_default();
            line(&asset.symbol, &format!("mint {}{market}", asset.mint));
        }
        for (name, place) in &self.wallets {
            line(name, &format!("{}  {}", place.address, place.keypair.display()));
        }
        line("all of this", &folder.join(FILE).display().to_string());
        text.push_str("\nTry, from another terminal:\n");
        let (config, keeper) = (self.cli_config.display(), self.keeper_config.display());
        let deployment = folder.join(FILE);
        let deployment = deployment.display();
        for command in [
            format!("solana -C {config} balance"),
            format!("cargo run -p plimsoll-cli -- -C {config} --deployment {deployment} markets"),
            format!("cargo run -p plimsoll-keeper --bin plimsoll-keeper -- --config {keeper} --open-account"),
            format!("cargo run -p plimsoll-keeper --bin plimsoll-keeper -- --config {keeper}"),
            format!("cargo xtask localnet control --dir {} jump SOL -30%", folder.display()),
        ] {
            let _ = writeln!(text, "  {command}");
        }
        text
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
