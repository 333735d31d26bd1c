//! Where the program's accounts are: all of them are derived from what they belong to.
use plimsoll::seeds;
use solana_address::{Address, address};

/// The program.
pub const PROGRAM: Address = plimsoll::ID;
/// The SPL token program.
pub const TOKEN_PROGRAM: Address = address!("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// The program that gives every wallet one token account per mint.
pub const ASSOCIATED_TOKEN_PROGRAM: Address = address!("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// The clearinghouse that `creator` created.
pub fn clearinghouse(creator: &Address) -> Address {
    derive(&[seeds::CLEARINGHOUSE, creator.as_ref()])
}

/// The prices and risk parameters of a clearinghouse.
pub fn risk_board(clearinghouse: &Address) -> Address {
    derive(&[seeds::RISK_BOARD, clearinghouse.as_ref()])
}

/// The bank of a collateral mint.
pub fn bank(clearinghouse: &Address, mint: &Address) -> Address {
    derive(&[seeds::BANK, clearinghouse.as_ref(), mint.as_ref()])
}

/// The token account that holds a bank's tokens.
pub fn vault(bank: &Address) -> Address {
    derive(&[seeds::VAULT, bank.as_ref()])
}

/// The market of an asset, by its row on the risk board.
pub fn market(clearinghouse: &Address, asset: u8) -> Address {
    derive(&[seeds::MARKET, clearinghouse.as_ref(), &[asset]])
}

/// A margin account: an owner has one per sub-account number.
pub fn margin_account(clearinghouse: &Address, owner: &Address, sub_account: u16) -> Address {
    derive(&[seeds::MARGIN_ACCOUNT, clearinghouse.as_ref(), owner.as_ref(), &sub_account.to_le_bytes()])
}

/// The liquidity pool of a clearinghouse.
pub fn liquidity_pool(clearinghouse: &Address) -> Address {
    derive(&[seeds::LIQUIDITY_POOL, clearinghouse.as_ref()])
}

/// The shared insurance fund of a clearinghouse.
pub fn insurance_fund(clearinghouse: &Address) -> Address {
    derive(&[seeds::INSURANCE_FUND, clearinghouse.as_ref()])
}

/// What has left all banks of a clearinghouse lately.
pub fn outflow_window(clearinghouse: &Address) -> Address {
    derive(&[seeds::OUTFLOW_WINDOW, clearinghouse.as_ref()])
}

/// The change of that number that governance has proposed.
pub fn pending_change(clearinghouse: &Address, id: u32) -> Address {
    derive(&[seeds::PENDING_CHANGE, clearinghouse.as_ref(), &id.to_le_bytes()])
}

/// The mint of a liquidity pool's shares.
pub fn share_mint(liquidity_pool: &Address) -> Address {
    derive(&[seeds::SHARE_MINT, liquidity_pool.as_ref()])
}

/// The token account that `wallet` has by default for `mint`, a mint of the SPL token program.
pub fn associated_token_account(wallet: &Address, mint: &Address) -> Address {
    let seeds = [wallet.as_ref(), TOKEN_PROGRAM.as_ref(), mint.as_ref()];
    Address::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM).0
}

fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &PROGRAM).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Seed;
    use std::collections::BTreeSet;

    #[test]
    fn distinct_things_have_distinct_addresses() {
        let [a, b] = [Address::new_from_array([1; 32]), Address::new_from_array([2; 32])];
        let all = [
            clearinghouse(&a),
            clearinghouse(&b),
            risk_board(&a),
            bank(&a, &b),
            bank(&b, &a),
            vault(&a),
            market(&a, 0),
            market(&a, 1),
            market(&b, 0),
            margin_account(&a, &b, 0),
            margin_account(&a, &b, 1),
            margin_account(&a, &b, 256),
            margin_account(&b, &a, 0),
            liquidity_pool(&a),
            insurance_fund(&a),
            outflow_window(&a),
            pending_change(&a, 0),
            pending_change(&a, 1),
            pending_change(&b, 0),
            share_mint(&a),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|address| !address.is_on_curve()));
    }

    /// An address that stands for the account called `name`.
    fn stand_in(name: &str) -> Address {
        let mut bytes = [0; 32];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Address::new_from_array(bytes)
    }

    /// Where this module says that an instruction's account is, given stand-ins for the others.
    fn expected(account: &str) -> Address {
        let [clearinghouse_, pool, owner] = ["clearinghouse", "pool", "owner"].map(stand_in);
        match account {
            "clearinghouse" => clearinghouse(&stand_in("creator")),
            "risk_board" => risk_board(&clearinghouse_),
            "bank" => bank(&clearinghouse_, &stand_in("mint")),
            "fund" => insurance_fund(&clearinghouse_),
            "vault" => vault(&stand_in("bank")),
            "account" => margin_account(&clearinghouse_, &owner, 0x0201),
            "pool" => liquidity_pool(&clearinghouse_),
            "share_mint" => share_mint(&pool),
            "window" => outflow_window(&clearinghouse_),
            other => panic!("this module does not know the account {other}"),
        }
    }

    #[test]
    fn the_program_derives_the_same_addresses() {
        let mut checked = BTreeSet::new();
        for spec in crate::instructions::ALL {
            for account in spec.accounts {
                let Some(seeds) = account.seeds else { continue };
                let seeds: Vec<Vec<u8>> = seeds
                    .iter()
                    .map(|seed| match seed {
                        Seed::Bytes(bytes) => bytes.to_vec(),
                        Seed::Account(name) => stand_in(name).as_ref().to_vec(),
                        Seed::Arg("sub_account") => vec![1, 2],
                        Seed::Arg(other) => panic!("{}: no example for the argument {other}", spec.name),
                    })
                    .collect();
                let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
                assert_eq!(derive(&seeds), expected(account.name), "{}: {}", spec.name, account.name);
                checked.insert(account.name);
            }
        }
        // The market's seeds are not in the interface description: it can't express a lone byte.
        let all = [
            "account",
            "bank",
            "clearinghouse",
            "fund",
            "pool",
            "risk_board",
            "share_mint",
            "vault",
            "window",
        ];
        assert_eq!(checked, BTreeSet::from(all));
    }
}
