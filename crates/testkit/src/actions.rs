//! What people do: each action as an instruction, and as a transaction that must succeed.

use crate::svm::{Failure, Outcome};
use crate::tokens;
use crate::world::{Wallet, World};
use plimsoll::state::SETTLEMENT_ASSET;
use plimsoll_client::instructions as ix;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;

/// No limit on the price of a purchase.
pub const ANY_PRICE: u128 = plimsoll_risk::Price::MAX.0;

impl World {
    pub fn open_account_instruction(&self, owner: &Wallet, sub_account: u16) -> Instruction {
        self.open_isolated_instruction(owner, sub_account, 0)
    }

    /// Of an account that is isolated to one market; zero for none.
    pub fn open_isolated_instruction(&self, owner: &Wallet, sub_account: u16, asset: u8) -> Instruction {
        ix::open_account::instruction(
            &ix::open_account::Accounts {
                owner: owner.address(),
                clearinghouse: self.clearinghouse,
                account: self.account_address(owner, sub_account),
            },
            &ix::open_account::Args { sub_account, isolated_asset: asset },
            &[],
        )
    }

    /// Opens an account that is isolated to one market, and returns its address.
    pub fn open_isolated(&mut self, owner: &Wallet, sub_account: u16, asset: u8) -> Address {
        let instruction = self.open_isolated_instruction(owner, sub_account, asset);
        self.must(instruction, owner);
        self.account_address(owner, sub_account)
    }

    /// Opens an account and returns its address.
    pub fn open_account(&mut self, owner: &Wallet, sub_account: u16) -> Address {
        let instruction = self.open_account_instruction(owner, sub_account);
        self.must(instruction, owner);
        self.account_address(owner, sub_account)
    }

    pub fn close_account_instruction(&self, owner: &Wallet, sub_account: u16) -> Instruction {
        ix::close_account::instruction(
            &ix::close_account::Accounts {
                owner: owner.address(),
                account: self.account_address(owner, sub_account),
            },
            &ix::close_account::Args {},
            &[],
        )
    }

    pub fn set_delegate_instruction(
        &self,
        owner: &Wallet,
        sub_account: u16,
        delegate: Address,
    ) -> Instruction {
        ix::set_delegate::instruction(
            &ix::set_delegate::Accounts {
                owner: owner.address(),
                account: self.account_address(owner, sub_account),
            },
            &ix::set_delegate::Args { delegate },
            &[],
        )
    }

    pub fn deposit_instruction(
        &self,
        owner: &Wallet,
        sub_account: u16,
        asset: u8,
        amount: u64,
    ) -> Instruction {
        ix::deposit::instruction(
            &ix::deposit::Accounts {
                risk_board: self.board_address(),
                owner: owner.address(),
                account: self.account_address(owner, sub_account),
                bank: self.bank_address(asset),
                mint: self.assets[asset as usize].mint,
                owner_tokens: self.token_address(&owner.address(), asset),
                vault: self.vault_address(asset),
            },
            &ix::deposit::Args { amount },
            &[],
        )
    }

    /// Gives the wallet tokens and deposits them.
    pub fn fund(&mut self, owner: &Wallet, sub_account: u16, asset: u8, amount: u64) -> Outcome {
        self.give(owner, asset, amount);
        let instruction = self.deposit_instruction(owner, sub_account, asset, amount);
        self.must(instruction, owner)
    }

    pub fn withdraw_instruction(
        &self,
        owner: &Wallet,
        sub_account: u16,
        asset: u8,
        amount: u64,
    ) -> Instruction {
        ix::withdraw::instruction(
            &ix::withdraw::Accounts {
                window: self.window_address(),
                owner: owner.address(),
                account: self.account_address(owner, sub_account),
                risk_board: self.board_address(),
                bank: self.bank_address(asset),
                mint: self.assets[asset as usize].mint,
                destination: self.token_address(&owner.address(), asset),
                vault: self.vault_address(asset),
            },
            &ix::withdraw::Args { amount },
            &[],
        )
    }

    pub fn transfer_instruction(
        &self,
        owner: &Wallet,
        from: u16,
        to: u16,
        asset: u8,
        amount: u64,
    ) -> Instruction {
        ix::transfer::instruction(
            &ix::transfer::Accounts {
                owner: owner.address(),
                from: self.account_address(owner, from),
                to: self.account_address(owner, to),
                risk_board: self.board_address(),
                bank: self.bank_address(asset),
            },
            &ix::transfer::Args { amount },
            &[],
        )
    }

    /// A trade by `authority` in an account of `owner`; `limit` in Q64.64.
    pub fn trade_instruction(
        &self,
        authority: &Wallet,
        owner: &Wallet,
        sub_account: u16,
        asset: u8,
        (size, limit): (i64, u128),
    ) -> Instruction {
        ix::trade::instruction(
            &ix::trade::Accounts {
                authority: authority.address(),
                account: self.account_address(owner, sub_account),
                risk_board: self.board_address(),
                market: self.market_address(asset),
            },
            &ix::trade::Args { size, limit },
            &[],
        )
    }

    /// Trades at any price.
    ///
    /// # Errors
    /// When the transaction fails.
    pub fn trade(
        &mut self,
        owner: &Wallet,
        sub_account: u16,
        asset: u8,
        size: i64,
    ) -> Result<Outcome, Failure> {
        let limit = if size > 0 { ANY_PRICE } else { 0 };
        let instruction = self.trade_instruction(owner, owner, sub_account, asset, (size, limit));
        self.send(&[instruction], &[&owner.key])
    }

    pub fn liquidate_instruction(&self, account: Address, keeper_account: Address, asset: u8) -> Instruction {
        ix::liquidate::instruction(
            &ix::liquidate::Accounts {
                account,
                keeper_account,
                risk_board: self.board_address(),
                market: self.market_address(asset),
            },
            &ix::liquidate::Args {},
            &[],
        )
    }

    /// # Errors
    /// When the transaction fails.
    pub fn liquidate(&mut self, account: Address, keeper: Address, asset: u8) -> Result<Outcome, Failure> {
        let instruction = self.liquidate_instruction(account, keeper, asset);
        self.send(&[instruction], &[])
    }

    /// All markets, in the order the pool's instructions want them.
    pub fn market_metas(&self) -> Vec<AccountMeta> {
        let markets = self.assets.iter().filter(|a| a.is_market);
        markets.map(|a| AccountMeta::new_readonly(self.market_address(a.index), false)).collect()
    }

    /// A wallet's token account for pool shares, created empty if it is not there.
    pub fn share_account(&mut self, owner: &Wallet) -> Address {
        let mint = self.share_mint();
        let address = plimsoll_client::addresses::associated_token_account(&owner.address(), &mint);
        if self.svm.vm.get_account(&address).is_none() {
            self.svm.set_account(address, tokens::account(&mint, &owner.address(), 0));
        }
        address
    }

    pub fn provide_instruction(&mut self, provider: &Wallet, amount: u64, shares_min: u64) -> Instruction {
        let provider_shares = self.share_account(provider);
        ix::provide_liquidity::instruction(
            &ix::provide_liquidity::Accounts {
                provider: provider.address(),
                pool: self.pool_address(),
                risk_board: self.board_address(),
                bank: self.bank_address(SETTLEMENT_ASSET),
                mint: self.assets[0].mint,
                provider_tokens: self.token_address(&provider.address(), SETTLEMENT_ASSET),
                vault: self.vault_address(SETTLEMENT_ASSET),
                share_mint: self.share_mint(),
                provider_shares,
            },
            &ix::provide_liquidity::Args { amount, shares_min },
            &self.market_metas(),
        )
    }

    pub fn redeem_instruction(&mut self, provider: &Wallet, shares: u64, amount_min: u64) -> Instruction {
        let provider_shares = self.share_account(provider);
        ix::redeem_liquidity::instruction(
            &ix::redeem_liquidity::Accounts {
                window: self.window_address(),
                provider: provider.address(),
                pool: self.pool_address(),
                risk_board: self.board_address(),
                bank: self.bank_address(SETTLEMENT_ASSET),
                mint: self.assets[0].mint,
                destination: self.token_address(&provider.address(), SETTLEMENT_ASSET),
                vault: self.vault_address(SETTLEMENT_ASSET),
                share_mint: self.share_mint(),
                provider_shares,
            },
            &ix::redeem_liquidity::Args { shares, amount_min },
            &self.market_metas(),
        )
    }

    pub fn rebalance_instruction(&self, asset: u8) -> Instruction {
        ix::rebalance::instruction(
            &ix::rebalance::Accounts {
                pool: self.pool_address(),
                risk_board: self.board_address(),
                market: self.market_address(asset),
            },
            &ix::rebalance::Args {},
            &[],
        )
    }

    /// Gives a wallet settlement tokens, provides them, and rebalances every market.
    pub fn capitalise(&mut self, provider: &Wallet, amount: u64) {
        self.give(provider, SETTLEMENT_ASSET, amount);
        let provide = self.provide_instruction(provider, amount, 0);
        self.must(provide, provider);
        let markets: Vec<u8> = self.assets.iter().filter(|a| a.is_market).map(|a| a.index).collect();
        for asset in markets {
            let rebalance = self.rebalance_instruction(asset);
            self.send(&[rebalance], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
        }
    }

    pub fn view_instruction(&self, account: Address) -> Instruction {
        ix::view_account::instruction(
            &ix::view_account::Accounts { account, risk_board: self.board_address() },
            &ix::view_account::Args {},
            &[],
        )
    }

    /// Sends an instruction that `signer` signs, if it needs that, and that must succeed.
    ///
    /// # Panics
    /// If it fails.
    pub fn must(&mut self, instruction: Instruction, signer: &Wallet) -> Outcome {
        let signers: &[&Keypair] = if signer.signs(&instruction) { &[&signer.key] } else { &[] };
        self.send(&[instruction], signers).unwrap_or_else(|f| panic!("{f:#?}"))
    }
}
