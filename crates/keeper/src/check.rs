//! Whether everything is there that a keeper needs.
use crate::config::Config;
use crate::source::read::oracles;
use crate::source::{Chosen, chosen};
use plimsoll_client::addresses::{PROGRAM, margin_account, risk_board};
use plimsoll_client::chain::{Chain, ChainError};
use plimsoll_client::decode::decode;
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::instructions::open_account;
use plimsoll_client::prepare::prepare;
use plimsoll_client::program::state::{Clearinghouse, MarginState};
use plimsoll_client::send::{SendPolicy, Sender, SystemTime};
use plimsoll_client::transaction::Version;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::fmt;

/// Lamports with which a keeper can begin: rent of a margin account, and fees for a while.
const WALLET_LAMPORTS_MIN: u64 = 20_000_000;

/// What a check found: good, or in need of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub is_good: bool,
    /// One line.
    pub text: String,
}

impl Finding {
    fn good(text: String) -> Self {
        Self { is_good: true, text }
    }

    fn bad(text: String) -> Self {
        Self { is_good: false, text }
    }
}

/// A line, with its end.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  {}", if self.is_good { "ok     " } else { "missing" }, self.text)
    }
}

/// The address of the keeper's margin account.
pub fn keeper_account(config: &Config, wallet: &Address) -> Address {
    margin_account(&config.clearinghouse, wallet, config.sub_account)
}

/// Looks at everything, as far as a node can show it.
pub fn check(chain: &dyn Chain, config: &Config, wallet: &Address) -> Vec<Finding> {
    match look(chain, config, wallet) {
        Ok(findings) => findings,
        Err(error) => vec![Finding::bad(error.to_string())],
    }
}

fn look(chain: &dyn Chain, config: &Config, wallet: &Address) -> Result<Vec<Finding>, ChainError> {
    let genesis = chain.genesis_hash()?;
    let mut findings = vec![Finding::good(format!("node {}, genesis hash {genesis}", config.url))];
    let account = keeper_account(config, wallet);
    let board = risk_board(&config.clearinghouse);
    let found = chain.accounts(&[PROGRAM, config.clearinghouse, board, *wallet, account])?;
    let [program, clearinghouse, board, purse, margin] = found
        .value
        .try_into()
        .map_err(|_| ChainError::Strange(format!("{}: not an answer of a Solana node", config.url)))?;
    findings.push(match program {
        Some(_) => Finding::good(format!("program {PROGRAM}")),
        None => Finding::bad(format!("program {PROGRAM}: not on this cluster: is cluster.url right?")),
    });
    let address = config.clearinghouse;
    let is_clearinghouse = clearinghouse
        .is_some_and(|found| found.owner == PROGRAM && decode::<Clearinghouse>(&found.data).is_ok());
    findings.push(if is_clearinghouse {
        Finding::good(format!("clearinghouse {address}"))
    } else {
        Finding::bad(format!("clearinghouse {address}: there is none: set cluster.clearinghouse"))
    });
    let lamports = purse.map_or(0, |purse| purse.lamports);
    findings.push(if lamports >= WALLET_LAMPORTS_MIN {
        Finding::good(format!("wallet {wallet}, {lamports} lamports"))
    } else {
        Finding::bad(format!("wallet {wallet}, {lamports} lamports: send it at least {WALLET_LAMPORTS_MIN}"))
    });
    let is_open =
        margin.is_some_and(|found| found.owner == PROGRAM && decode::<MarginState>(&found.data).is_ok());
    findings.push(if is_open {
        Finding::good(format!("margin account {account}, number {}", config.sub_account))
    } else {
        Finding::bad(format!("margin account {account}: not there yet: open it with --open-account"))
    });
    findings.extend(subscriptions(config, board.as_ref().map(|board| board.data.as_slice())));
    Ok(findings)
}

fn subscriptions(config: &Config, board: Option<&[u8]>) -> Option<Finding> {
    let Chosen { mut feed, name, remedy } = chosen(config)?;
    Some(match feed.open(&oracles(board)) {
        Ok(_) => Finding::good(name),
        Err(gap) => Finding::bad(format!("{name}: {gap}: {remedy}")),
    })
}

/// Opens the keeper's margin account, unless it is there.
///
/// # Errors
/// When that does not work, in one line.
pub fn open(chain: &dyn Chain, config: &Config, keypair: &Keypair) -> Result<Finding, String> {
    let owner = keypair.pubkey();
    let account = keeper_account(config, &owner);
    let found = chain.accounts(&[account]).map_err(|e| e.to_string())?;
    if found.value.first().is_some_and(Option::is_some) {
        return Ok(Finding::good(format!("margin account {account} is open already")));
    }
    let accounts = open_account::Accounts { owner, clearinghouse: config.clearinghouse, account };
    let args = open_account::Args { sub_account: config.sub_account, isolated_asset: 0 };
    let instruction = open_account::instruction(&accounts, &args, &[]);
    let fees = fee_policy(config);
    let prepared =
        prepare(chain, owner, vec![instruction], Version::V0, &fees, &[]).map_err(|e| e.to_string())?;
    let sender = Sender { chain, time: &SystemTime::default(), policy: SendPolicy::default() };
    let receipt = sender.send(&prepared.draft, &[keypair]).map_err(|e| e.to_string())?;
    Ok(Finding::good(format!("margin account {account} opened by {}", receipt.signature)))
}

/// What is offered for a place in a block.
pub fn fee_policy(config: &Config) -> FeePolicy {
    FeePolicy {
        percentile: config.fee_percentile,
        floor: config.policy.unit_price_min,
        cap: config.policy.unit_price_max,
        ..FeePolicy::default()
    }
}
