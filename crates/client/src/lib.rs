//! Client of Plimsoll: everything a program outside the chain needs to talk to the one on it.
//!
//! # Reading
//!
//! A [`Snapshot`](snapshot::Snapshot) is a deployment as it was in one slot: clearinghouse, risk board, banks, markets,
//! oracles, pool. Margin accounts are read beside it. What they are worth is the program's own valuation
//! ([`program::valuation`]), and the math the program's own math ([`risk`]): nothing is computed twice.
//!
//! # Acting
//!
//! 1. [`instructions`] builds an instruction from the accounts it takes, which [`addresses`] derives.
//! 2. [`refresh`] says which prices the transaction has to bring along: those that would be too old for what is
//!    about to be done, and no others.
//! 3. [`preview`] says what it would do, to the unit, without a chain.
//! 4. [`prepare`] tries the transaction, and gives it its limits and a priority fee.
//! 5. [`send`] signs it, broadcasts it until it has landed, and signs it anew only when it can't land any more.
//! 6. [`words`] says what the program did, [`failure`] why it would not.
//!
//! ```
//! # #[cfg(feature = "chain")]
//! # mod example {
//! use plimsoll_client::chain::Chain;
//! use plimsoll_client::refresh::{self, Purpose};
//! use plimsoll_client::send::{SendPolicy, Sender, SystemTime};
//! use plimsoll_client::snapshot::Snapshot;
//! use plimsoll_client::{addresses, fees, fetch, instructions as ix, prepare, transaction, words};
//! use solana_keypair::{Keypair, Signer};
//! # use solana_address::Address;
//!
//! /// Closes the position of `wallet` in an asset at any price.
//! fn close(
//!     chain: &dyn Chain,
//!     clearinghouse: Address,
//!     wallet: &Keypair,
//!     asset: u8,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let snapshot = Snapshot::fetch(chain, &clearinghouse)?;
//!     let owner = wallet.pubkey();
//!     let account = addresses::margin_account(&clearinghouse, &owner, 0);
//!     let state = fetch::margin_account(chain, &account)?.value;
//!
//!     let size = -state.position(asset).size.0;
//!     let limit = if size > 0 { u128::MAX } else { 0 };
//!     let trade = ix::trade::instruction(
//!         &ix::trade::Accounts {
//!             authority: owner,
//!             account,
//!             risk_board: addresses::risk_board(&clearinghouse),
//!             market: addresses::market(&clearinghouse, asset),
//!         },
//!         &ix::trade::Args { size, limit },
//!         &[],
//!     );
//!     let purpose = Purpose::Trade { account: &state, asset, size };
//!     let rows = refresh::needed(&snapshot, &[purpose], snapshot.unix_time);
//!     let instructions = refresh::instruction(&snapshot, &rows).into_iter().chain([trade]).collect();
//!
//!     let (version, offer) = (transaction::Version::V0, fees::FeePolicy::default());
//!     let prepared = prepare::prepare(chain, owner, instructions, version, &offer, &[])?;
//!     let sender = Sender { chain, time: &SystemTime::default(), policy: SendPolicy::default() };
//!     let receipt = sender.send(&prepared.draft, &[wallet])?;
//!     for event in &receipt.events {
//!         println!("{}", words::event(event, Some(&snapshot)));
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! The crate's examples do each of these things, one per flow: against a node if `PLIMSOLL_URL` names one, else against
//! a chain in their own process.
//!
//! # Features
//!
//! - `chain`: [`chain`], what is asked of a chain, whatever stands behind it, and all that works over one:
//!   [`fetch`], [`fees`], [`transaction`], [`prepare`], [`send`], [`failure`]. No network.
//! - `rpc`: [`rpc`], a node by JSON-RPC.
//!
//! Without either: layouts, instructions, decoding, events.
//!
//! # The rest
//!
//! - [`decode`]: accounts and return data, as the layouts the program itself uses.
//! - [`logs`]: the program's events, from the log of a transaction.
//! - [`error`]: what an error code means.
//! - [`changes`], [`governance`]: how a change is proposed and executed, what it concerns and alters.
//! - [`price`]: prices as decimal numbers; [`tokens`]: token accounts.
//! - [`program`]: the program crate without its on-chain part: layouts, parameters, limits, valuation.
pub mod addresses;
#[cfg(feature = "chain")]
pub mod chain;
pub mod changes;
pub mod decode;
pub mod encode;
pub mod error;
#[cfg(feature = "chain")]
pub mod failure;
#[cfg(feature = "chain")]
pub mod fees;
#[cfg(feature = "chain")]
pub mod fetch;
mod generated;
pub mod governance;
pub mod logs;
#[cfg(feature = "chain")]
pub mod prepare;
pub mod preview;
pub mod price;
pub mod refresh;
#[cfg(feature = "rpc")]
pub mod rpc;
#[cfg(feature = "chain")]
pub mod send;
pub mod snapshot;
pub mod spec;
pub mod tokens;
#[cfg(feature = "chain")]
pub mod transaction;
pub mod words;

pub use generated::events::Event;
pub use generated::{accounts, events, instructions};
pub use plimsoll as program;
pub use plimsoll_risk as risk;
