//! A chain in this process: the compiled program in the testkit's SVM.

use std::io::Write;
use std::sync::Arc;

use plimsoll::oracle::OracleKind;
use plimsoll::params::OracleSource;
use plimsoll_testkit::chain::GENESIS_HASH;
use plimsoll_testkit::{Svm, SvmChain, Wallet, svm, tokens};
use solana_address::Address;

use crate::listings::Listings;
use crate::places::{AssetPlace, Places, Roles};
use crate::run::{End, Problem, Session, Signers};
use crate::show;
use crate::step::{Step, Wanted};

/// A fresh chain with the compiled program.
pub struct Local {
    pub chain: Arc<SvmChain<Svm>>,
}

impl Local {
    /// # Errors
    /// When the program has not been built.
    pub fn new() -> Result<Self, String> {
        let program = svm::program_path();
        if !program.is_file() {
            return Err(format!("{} is not there: run `cargo xtask build` first", program.display()));
        }
        Ok(Self { chain: Arc::new(SvmChain::new(Svm::new())) })
    }

    /// Does something with the SVM inside.
    pub fn with<T>(&self, act: impl FnOnce(&mut Svm) -> T) -> T {
        self.chain.with(act)
    }

    /// Mints and oracle addresses for all that is listed, and a wallet for every role.
    pub fn places(&self, listings: &Listings) -> Places {
        let mint = |symbol: &str, decimals| {
            let address = Wallet::new(&format!("mint {symbol}")).address();
            self.with(|svm| svm.set_account(address, tokens::mint(decimals, &Address::default())));
            address
        };
        let settlement_mint = mint(&listings.settlement.symbol, listings.settlement.decimals);
        let assets = listings.assets.iter().map(|asset| AssetPlace {
            symbol: asset.symbol.clone(),
            mint: mint(&asset.symbol, asset.decimals),
            source: OracleSource {
                oracle: Wallet::new(&format!("oracle {}", asset.symbol)).address(),
                feed_id: Wallet::new(&format!("feed {}", asset.symbol)).address().to_bytes(),
                kind: OracleKind::PythPull as u8,
                padding: [0; 3],
            },
        });
        let assets = assets.collect();
        let roles: Roles = vaults().map(|vault| Some(vault.address()));
        for vault in vaults() {
            self.with(|svm| svm.set_lamports(vault.address(), 1_000_000_000));
        }
        Places {
            file: "--local".into(),
            genesis_hash: GENESIS_HASH.to_string(),
            creator: None,
            settlement_mint,
            assets,
            roles,
        }
    }
}

/// Those who take the roles over on a chain in this process.
pub fn vaults() -> [Wallet; 4] {
    ["governance vault", "steward vault", "guardian vault", "fee vault"].map(Wallet::new)
}

/// All steps on a fresh chain, from nothing to the roles in other hands, time passing where something waits.
///
/// # Errors
/// Of the steps, or of the program.
pub fn bring_up(steps: &[Step], out: &mut dyn Write) -> Result<End, Problem> {
    let listings = steps.iter().find_map(|step| match &step.wanted {
        Wanted::Create(listings) => Some(listings),
        _ => None,
    });
    let listings =
        listings.ok_or_else(|| Problem::Input("there is no step of the kind create".to_string()))?;
    let local = Local::new().map_err(Problem::Input)?;
    let mut places = local.places(listings);
    let operator = Wallet::new("operator");
    local.with(|svm| svm.set_lamports(operator.address(), 10_000_000_000));
    places.creator = Some(operator.address());
    for step in steps {
        let mut end = local.run(step, steps, &places, &operator, out)?;
        if end == End::Left {
            local.pass_time(steps, &places, &operator, out)?;
            end = local.run(step, steps, &places, &operator, out)?;
        }
        if end == End::Left {
            for vault in vaults() {
                local.run(step, steps, &places, &vault, out)?;
            }
        }
    }
    local.session(steps, &places, &operator, false, out).overview()
}

impl Local {
    fn session<'a>(
        &'a self,
        steps: &'a [Step],
        places: &'a Places,
        signer: &Wallet,
        apply: bool,
        out: &'a mut dyn Write,
    ) -> Session<'a> {
        let signers = Signers { keypair: Some(signer.key.insecure_clone()), authority: None, apply };
        Session { chain: &*self.chain, time: &*self.chain, places, steps, signers, out }
    }

    fn run(
        &self,
        step: &Step,
        steps: &[Step],
        places: &Places,
        signer: &Wallet,
        out: &mut dyn Write,
    ) -> Result<End, Problem> {
        let told = writeln!(out, "\n$ migrate {} --apply --keypair \"{}\"", step.number, signer.name);
        told.map_err(|e| Problem::Refused(format!("can't write: {e}")))?;
        self.session(steps, places, signer, true, out).run(step)
    }

    /// Lets the longer of the waits pass.
    fn pass_time(
        &self,
        steps: &[Step],
        places: &Places,
        signer: &Wallet,
        out: &mut dyn Write,
    ) -> Result<(), Problem> {
        let view = self.session(steps, places, signer, false, out).view()?;
        let wait = view.found().map_err(Problem::Refused)?.clearinghouse.oracle_delay_seconds;
        self.with(|svm| svm.advance(wait.into()));
        writeln!(out, "\n({} pass)", show::span(wait.into())).map_err(|e| Problem::Refused(e.to_string()))
    }
}
