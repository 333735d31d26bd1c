//! Reading a deployment from a node.
use crate::core::Observation;
use plimsoll_client::addresses::{PROGRAM, risk_board};
use plimsoll_client::chain::{Chain, Filter, Result};
use plimsoll_client::decode::{DISCRIMINATOR_BYTES, Layout, decode};
use plimsoll_client::fetch::{CLOCK, unix_time};
use plimsoll_client::program::state::{
    Bank, InsuranceFund, LiquidityPool, MarginState, Market, OutflowWindow, RiskBoard,
};
use solana_account::Account;
use solana_address::Address;
use std::collections::BTreeSet;

/// Where an account names its clearinghouse.
const CLEARINGHOUSE_AT: usize = DISCRIMINATOR_BYTES;

/// What is known of an account, as the core is told.
pub fn told(address: Address, slot: u64, account: Option<Account>) -> Observation {
    let Some(account) = account.filter(|account| account.lamports > 0) else {
        return Observation::Gone { address, slot };
    };
    if address == CLOCK
        && let Ok(unix_time) = unix_time(Some(&account))
    {
        return Observation::Clock { slot, unix_time };
    }
    Observation::Account { address, slot, owner: account.owner, data: account.data }
}

/// The accounts that the board's prices are read from, in order of address; none while there is no board.
pub fn oracles(board: Option<&[u8]>) -> Vec<Address> {
    let Some(Ok(board)) = board.map(decode::<RiskBoard>) else { return Vec::new() };
    let rows = board.rows.iter().take(board.asset_count as usize);
    let oracles: BTreeSet<Address> =
        rows.map(|row| row.oracle).filter(|oracle| *oracle != Address::default()).collect();
    oracles.into_iter().collect()
}

/// What moves all the time: clock, board and oracles, by address. The clock comes first, so that the slots
/// of the others are believed.
///
/// # Errors
/// When a node gives no answer.
pub fn read_moving(chain: &impl Chain, clearinghouse: &Address) -> Result<Moving> {
    let board = risk_board(clearinghouse);
    let found = chain.accounts(&[CLOCK, board])?;
    let data = found.value.get(1).and_then(Option::as_ref).map(|account| account.data.as_slice());
    let oracles = oracles(data);
    let mut observations: Vec<_> = told_all(&[CLOCK, board], found.slot, found.value);
    let prices = chain.accounts(&oracles)?;
    observations.extend(told_all(&oracles, prices.slot, prices.value));
    Ok(Moving { oracles, observations })
}

/// What moves all the time, as it is now.
#[derive(Clone, Debug)]
pub struct Moving {
    pub oracles: Vec<Address>,
    pub observations: Vec<Observation>,
}

/// Every account of the deployment, told as a snapshot: from its beginning to its end.
///
/// # Errors
/// When a node gives no answer; nothing is told then.
pub fn read_all(chain: &impl Chain, clearinghouse: &Address) -> Result<Vec<Observation>> {
    let moving = read_moving(chain, clearinghouse)?;
    let mut all = moving.observations;
    let own = chain.accounts(&[*clearinghouse])?;
    let mut accounts = told_all(&[*clearinghouse], own.slot, own.value);
    read_kind::<Bank>(chain, clearinghouse, &mut accounts)?;
    read_kind::<Market>(chain, clearinghouse, &mut accounts)?;
    read_kind::<LiquidityPool>(chain, clearinghouse, &mut accounts)?;
    read_kind::<InsuranceFund>(chain, clearinghouse, &mut accounts)?;
    read_kind::<OutflowWindow>(chain, clearinghouse, &mut accounts)?;
    let slot = read_kind::<MarginState>(chain, clearinghouse, &mut accounts)?;
    all.push(Observation::SnapshotBegun { slot });
    all.append(&mut accounts);
    all.push(Observation::SnapshotEnded);
    Ok(all)
}

fn read_kind<T: Layout>(
    chain: &impl Chain,
    clearinghouse: &Address,
    out: &mut Vec<Observation>,
) -> Result<u64> {
    let filter = Filter {
        discriminator: T::DISCRIMINATOR,
        length: T::LENGTH,
        address_at: Some((CLEARINGHOUSE_AT, *clearinghouse)),
    };
    let found = chain.program_accounts(&PROGRAM, &filter)?;
    let slot = found.slot;
    out.extend(found.value.into_iter().map(|(address, account)| told(address, slot, Some(account))));
    Ok(slot)
}

fn told_all(addresses: &[Address], slot: u64, accounts: Vec<Option<Account>>) -> Vec<Observation> {
    addresses.iter().zip(accounts).map(|(address, account)| told(*address, slot, account)).collect()
}
