//! The wallets of a local chain, each in a keypair file as `solana-keygen` writes it.

use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Lamports in a SOL.
pub const SOL: u64 = 1_000_000_000;

/// Who there is, and what each is given: whole SOL, and whole USDC, BTC, ETH and wrapped SOL.
pub struct Part {
    pub name: &'static str,
    pub purpose: &'static str,
    pub sol: u64,
    /// Symbol, and native units.
    pub tokens: &'static [(&'static str, u64)],
}

/// The operator comes first: it holds all roles and issues the tokens.
pub const PARTS: [Part; 5] = [
    Part {
        name: "operator",
        purpose: "created the clearinghouse, holds all roles, issues the tokens",
        sol: 100_000,
        tokens: &[],
    },
    Part {
        name: "payer",
        purpose: "the default of the CLI config: SOL and a little of every token",
        sol: 1_000,
        tokens: &[("USDC", 10_000_000_000), ("BTC", 10_000_000), ("ETH", 200_000_000), ("SOL", 10 * SOL)],
    },
    Part {
        name: "trader",
        purpose: "somebody who trades",
        sol: 1_000,
        tokens: &[
            ("USDC", 100_000_000_000),
            ("BTC", 100_000_000),
            ("ETH", 2_000_000_000),
            ("SOL", 100 * SOL),
        ],
    },
    Part {
        name: "keeper",
        purpose: "somebody who liquidates",
        sol: 1_000,
        tokens: &[("USDC", 10_000_000_000)],
    },
    Part {
        name: "provider",
        purpose: "has the pool's shares, and deposits that others borrow",
        sol: 1_000,
        tokens: &[
            ("USDC", 12_000_000_000_000),
            ("BTC", 2_000_000_000),
            ("ETH", 40_000_000_000),
            ("SOL", 20_000 * SOL),
        ],
    },
];

/// A wallet and where its key is.
pub struct Wallet {
    pub part: &'static Part,
    pub file: PathBuf,
    pub key: Keypair,
}

impl Wallet {
    pub fn address(&self) -> Address {
        self.key.pubkey()
    }
}

/// The wallets whose keys are in `folder`; those that are not there are made.
///
/// # Errors
/// When a file is no keypair, or can't be read or written.
pub fn open(folder: &Path) -> Result<Vec<Wallet>, String> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let wallet = |part: &'static Part| {
        let file = folder.join(format!("{}.json", part.name));
        let key = if file.exists() { read(&file)? } else { make(&file)? };
        Ok(Wallet { part, file, key })
    };
    PARTS.iter().map(wallet).collect()
}

fn read(file: &Path) -> Result<Keypair, String> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|e| format!("{shown}: {e}"))?;
    let bytes: Option<Vec<u8>> = serde_json::from_str(&text).ok();
    bytes.and_then(|bytes| Keypair::try_from(bytes.as_slice()).ok()).ok_or_else(|| {
        format!("{shown}: not a keypair (64 numbers, as solana-keygen writes them): remove the file to get a new one")
    })
}

fn make(file: &Path) -> Result<Keypair, String> {
    let key = Keypair::new();
    let text = serde_json::to_string(&key.to_bytes().to_vec()).map_err(|e| e.to_string())?;
    // For nobody else's eyes, as solana-keygen does it.
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let written = created.and_then(|mut created| created.write_all(text.as_bytes()));
    written.map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_are_made_once_and_found_again() {
        let folder = std::env::temp_dir().join(format!("plimsoll-wallets-{}", std::process::id()));
        let made: Vec<Address> = open(&folder).unwrap().iter().map(Wallet::address).collect();
        let found: Vec<Address> = open(&folder).unwrap().iter().map(Wallet::address).collect();
        assert_eq!(made.len(), PARTS.len());
        assert_eq!(made, found);
        let broken = folder.join("payer.json");
        fs::write(&broken, "[1, 2]").unwrap();
        let problem = open(&folder).err().unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(problem.starts_with(&format!("{}: not a keypair", broken.display())), "{problem}");
    }
}
