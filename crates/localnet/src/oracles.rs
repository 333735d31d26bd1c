//! The oracles' accounts.

use crate::deploy::Deployment;
use crate::node::Node;
use plimsoll_demo::prices::Symbol;
use plimsoll_testkit::pyth::{self, PullUpdate, RECEIVER};
use solana_account::Account;
use solana_address::Address;

/// Rent of the account, and more.
const LAMPORTS: u64 = 10_000_000;

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
