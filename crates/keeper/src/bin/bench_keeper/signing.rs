//! From an account that has sunk to the bytes of a transaction that liquidates it.
use std::collections::BTreeSet;

use bytemuck::Zeroable;
use plimsoll_client::program::state::{Clearinghouse, MarginState, OutflowWindow, SETTLEMENT_ASSET};
use plimsoll_client::snapshot::{AssetAccounts, Snapshot};
use plimsoll_client::transaction::{Draft, Limits, Version, wire};
use plimsoll_client::{addresses, instructions as ix, refresh};
use plimsoll_keeper::book::{Book, Sunk};
use solana_address::Address;
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::population::Population;

/// A keeper with all it knows of the clearinghouse.
pub struct Signing {
    snapshot: Snapshot,
    keypair: Keypair,
    keeper_account: Address,
}

impl Signing {
    pub fn new(population: &Population) -> Self {
        let clearinghouse = population.clearinghouse;
        let keypair = Keypair::new_from_array([7; 32]);
        let assets = population.banks.iter().map(|bank| {
            let market = population.markets.iter().find(|market| market.asset == bank.asset);
            AssetAccounts {
                bank: Some((addresses::bank(&clearinghouse, &bank.mint), *bank)),
                market: market.map(|market| (addresses::market(&clearinghouse, market.asset), *market)),
                oracle: None,
            }
        });
        let snapshot = Snapshot {
            slot: 0,
            unix_time: 0,
            address: clearinghouse,
            clearinghouse: Clearinghouse::zeroed(),
            board: population.board.clone(),
            window: OutflowWindow::zeroed(),
            pool: None,
            insurance: None,
            assets: assets.collect(),
        };
        let keeper_account = addresses::margin_account(&clearinghouse, &keypair.pubkey(), 0);
        Self { snapshot, keypair, keeper_account }
    }

    /// The bytes of a transaction that refreshes every price the account depends on and liquidates the position that
    /// is first in line, or takes stock of an account without positions.
    pub fn bytes(&self, book: &Book, sunk: &Sunk) -> Result<Vec<u8>, String> {
        let state = book.account(&sunk.address).ok_or("the account is not in the book")?;
        let refresh = refresh::instruction(&self.snapshot, &depends_on(&state));
        let board = addresses::risk_board(&self.snapshot.address);
        let action = match self.snapshot.assets[sunk.largest as usize].market {
            Some((market, _)) => ix::liquidate::instruction(
                &ix::liquidate::Accounts {
                    account: sunk.address,
                    keeper_account: self.keeper_account,
                    risk_board: board,
                    market,
                },
                &ix::liquidate::Args {},
                &[],
            ),
            None => ix::call_margin::instruction(
                &ix::call_margin::Accounts { account: sunk.address, risk_board: board },
                &ix::call_margin::Args {},
                &[],
            ),
        };
        let draft = Draft {
            payer: self.keypair.pubkey(),
            instructions: refresh.into_iter().chain([action]).collect(),
            version: Version::V0,
            limits: Limits { compute_units: 300_000, loaded_bytes: 1 << 20, price: 10_000 },
        };
        let transaction = draft.sign(Hash::new_from_array([9; 32]), &[&self.keypair]);
        Ok(wire(&transaction.map_err(|e| e.to_string())?))
    }
}

/// Assets whose price an account's health depends on.
fn depends_on(state: &MarginState) -> Vec<u8> {
    let tokens = state.tokens().iter().filter(|slot| slot.asset != SETTLEMENT_ASSET).map(|slot| slot.asset);
    let assets: BTreeSet<u8> = tokens.chain(state.perps().iter().map(|slot| slot.asset)).collect();
    assets.into_iter().collect()
}
