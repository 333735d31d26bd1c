//! The oracles' accounts.

use crate::deploy::Deployment;
use crate::node::Node;
use plimsoll_client::program::oracle::PriceSource;
use plimsoll_client::program::oracle::pyth_pull::PythPull;
use plimsoll_demo::prices::{PRICE_EXPONENT, Symbol};
use plimsoll_testkit::pyth::{self, PullUpdate, RECEIVER};
use solana_account::Account;
use solana_address::Address;

/// Rent of the account, and more.
const LAMPORTS: u64 = 10_000_000;

/// The prices that the oracles on the chain published last, in units of 1e-8 USD; those that are there.
///
/// # Errors
/// When an asset has no oracle, or the chain does not answer.
pub fn read(deployment: &Deployment, node: &Node) -> Result<Vec<(Symbol, u64)>, String> {
    let mut prices = Vec::new();
    for symbol in Symbol::ALL {
        let source = deployment.oracle(symbol.name())?.source;
        let data = node.data(&source.oracle)?.unwrap_or_default();
        let reading = PythPull::read(&RECEIVER, &source.feed_id, &data);
        let price = reading.ok().filter(|reading| reading.exponent == PRICE_EXPONENT);
        let price = price.map(|reading| reading.mantissa).filter(|price| *price > 0);
        prices.extend(price.map(|price| (symbol, price)));
    }
    Ok(prices)
}

/// Writes what the oracles publish into their accounts, as Pyth's own program would.
///
/// # Errors
/// When an asset has no oracle, or the chain refuses.
pub fn write(quotes: &[(Symbol, pyth::Quote)], deployment: &Deployment, node: &Node) -> Result<(), String> {
    for (symbol, quote) in quotes {
        let source = deployment.oracle(symbol.name())?.source;
        let account = Account {
            lamports: LAMPORTS,
            data: pyth::pull_account(&PullUpdate::new(source.feed_id, *quote)),
            owner: Address::new_from_array(RECEIVER),
            executable: false,
            rent_epoch: u64::MAX,
        };
        node.set_account(&source.oracle, &account)?;
    }
    Ok(())
}
