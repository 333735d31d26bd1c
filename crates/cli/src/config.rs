//! Which node, which wallet, which clearinghouse: flags first, then the environment, then the configuration
//! of Solana's own command line.
use crate::args::{Args, Output, Sending};
use crate::fault::{Fault, Result};
use plimsoll_client::chain::Commitment;
use serde::Deserialize;
use solana_address::Address;
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;
use std::path::{Path, PathBuf};

/// Where Solana's command line sends things when nobody has configured it.
const DEFAULT_URL: &str = "https://api.mainnet-beta.solana.com";

/// What the command line has to know of this machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The home folder.
    pub home: Option<PathBuf>,
}

/// What of Solana's configuration file matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SolanaConfig {
    json_rpc_url: Option<String>,
    keypair_path: Option<String>,
    commitment: Option<String>,
}

/// What a local deployment says of itself.
#[derive(Debug, Default, Deserialize)]
struct Deployment {
    clearinghouse: String,
    url: Option<String>,
    genesis_hash: Option<String>,
}

/// Everything that is the same for all commands.
#[derive(Clone, Debug)]
pub struct Settings {
    /// An address, or the name of a cluster.
    pub url: String,
    pub commitment: Commitment,
    pub output: Output,
    pub clearinghouse: Option<Address>,
    /// Genesis hash of the only chain that the clearinghouse is on, where that is known.
    pub genesis_hash: Option<String>,
    pub sub_account: u16,
    pub dry_run: bool,
    pub yes: bool,
    pub sending: Sending,
    keypair: Option<PathBuf>,
    /// Whose name the command acts in, where that is not the key's.
    acting: Option<Address>,
}

/// Whose signature an action needs.
pub enum Wallet {
    Key(Keypair),
    /// A wallet whose key is elsewhere: for a dry run.
    Watched(Address),
}

impl Wallet {
    pub fn address(&self) -> Address {
        match self {
            Self::Key(key) => key.pubkey(),
            Self::Watched(address) => *address,
        }
    }
}

impl Settings {
    /// # Errors
    /// When a file that was named is not there or not readable, or an address is none.
    pub fn read(args: &Args, machine: &Machine) -> Result<Self> {
        let default = machine.home.as_ref().map(|home| home.join(".config/solana/cli/config.yml"));
        let config = match (&args.config, default) {
            (Some(path), _) => solana_config(path)?,
            (None, Some(path)) if path.exists() => solana_config(&path)?,
            _ => SolanaConfig::default(),
        };
        let keypair = args.keypair.clone().or_else(|| config.keypair_path.map(PathBuf::from));
        let keypair =
            keypair.or_else(|| machine.home.as_ref().map(|home| home.join(".config/solana/id.json")));
        let commitment = args.commitment.as_deref().or(config.commitment.as_deref());
        let acting = args.acting.as_deref().map(address).transpose()?;
        if acting.is_some() && args.keypair.is_some() {
            return Err(Fault::usage("--as and --keypair name two wallets: leave one of them out"));
        }
        let deployment = deployment(args)?;
        let named = args.clearinghouse.as_ref().or(deployment.as_ref().map(|file| &file.clearinghouse));
        let clearinghouse = named.map(|text| address(text)).transpose()?;
        let (url, genesis_hash) = deployment.map_or((None, None), |file| (file.url, file.genesis_hash));
        Ok(Self {
            url: args.url.clone().or(url).or(config.json_rpc_url).unwrap_or_else(|| DEFAULT_URL.into()),
            commitment: commitment.map_or(Ok(Commitment::default()), parse_commitment)?,
            output: args.output,
            clearinghouse,
            genesis_hash,
            sub_account: args.sub_account,
            dry_run: args.dry_run,
            yes: args.yes,
            sending: args.sending,
            keypair,
            acting,
        })
    }

    /// The wallet that is looked at, or that an action is tried for.
    ///
    /// # Errors
    /// When there is no key file, or it holds no key.
    pub fn wallet(&self) -> Result<Wallet> {
        if let Some(address) = self.acting {
            return Ok(Wallet::Watched(address));
        }
        let Some(path) = &self.keypair else {
            return Err(Fault::missing("no wallet: name its key file with -k, or an address with --as"));
        };
        if path.to_str().is_some_and(|path| path.starts_with("usb://") || path.starts_with("prompt")) {
            let what = path.display();
            return Err(Fault::missing(format!(
                "{what}: only key files are supported: use --as ADDRESS with --dry-run, and sign what that prints"
            )));
        }
        if !path.exists() {
            let what = path.display();
            return Err(Fault::missing(format!(
                "there is no key file {what}: name one with -k, or create it with `solana-keygen new -o {what}`"
            )));
        }
        let wrong = |_| {
            Fault::missing(format!(
                "{} is not a key file of Solana's tools: name one with -k",
                path.display()
            ))
        };
        read_keypair_file(path).map(Wallet::Key).map_err(wrong)
    }
}

/// Reads an address.
///
/// # Errors
/// When it is none.
pub fn address(text: &str) -> Result<Address> {
    text.parse().map_err(|_| {
        Fault::usage(format!(
            "{text} is not an address: write the 32 to 44 letters and digits of a Solana address"
        ))
    })
}

/// The file of a deployment, unless the clearinghouse is named by itself.
fn deployment(args: &Args) -> Result<Option<Deployment>> {
    let Some(path) = args.deployment.as_ref().filter(|_| args.clearinghouse.is_none()) else {
        return Ok(None);
    };
    let what = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Fault::missing(format!("{what}: {e}: start the local chain, or name its file")))?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|e| Fault::missing(format!("{what} does not describe a deployment: {e}")))
}

fn solana_config(path: &Path) -> Result<SolanaConfig> {
    let what = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| {
        Fault::missing(format!("{what}: {e}: name a configuration file that can be read with -C"))
    })?;
    serde_yaml_ng::from_str(&text)
        .map_err(|e| Fault::missing(format!("{what} is not a configuration of Solana's command line: {e}")))
}

fn parse_commitment(text: &str) -> Result<Commitment> {
    match text {
        "processed" | "recent" => Ok(Commitment::Processed),
        "confirmed" | "single" | "singleGossip" => Ok(Commitment::Confirmed),
        "finalized" | "max" | "root" => Ok(Commitment::Finalized),
        _ => Err(Fault::usage(format!("{text} is not a commitment: use processed, confirmed or finalized"))),
    }
}
