//! What keepers and rescuers do, as instructions.

use crate::world::{Wallet, World};
use plimsoll::state::SETTLEMENT_ASSET;
use plimsoll_client::instructions as ix;
use solana_address::Address;
use solana_instruction::Instruction;

impl World {
    pub fn call_margin_instruction(&self, account: Address) -> Instruction {
        ix::call_margin::instruction(
            &ix::call_margin::Accounts { account, risk_board: self.board_address() },
            &ix::call_margin::Args {},
            &[],
        )
    }

    /// A keeper takes over a debt and collateral of `account` into his first margin account.
    pub fn liquidate_debt_instruction(
        &self,
        keeper: &Wallet,
        account: Address,
        (debt, asset): (u8, u8),
        repaid_max: u64,
    ) -> Instruction {
        ix::liquidate_debt::instruction(
            &ix::liquidate_debt::Accounts {
                keeper: keeper.address(),
                keeper_account: self.account_address(keeper, 0),
                account,
                risk_board: self.board_address(),
                debt_bank: self.bank_address(debt),
                asset_bank: self.bank_address(asset),
            },
            &ix::liquidate_debt::Args { repaid_max },
            &[],
        )
    }

    pub fn start_receivership_instruction(
        &self,
        keeper: &Wallet,
        account: Address,
        (debt, asset): (u8, u8),
        repaid_max: u64,
    ) -> Instruction {
        ix::start_receivership::instruction(
            &ix::start_receivership::Accounts {
                window: self.window_address(),
                keeper: keeper.address(),
                account,
                risk_board: self.board_address(),
                debt_bank: self.bank_address(debt),
                asset_bank: self.bank_address(asset),
                asset_mint: self.assets[asset as usize].mint,
                destination: self.token_address(&keeper.address(), asset),
                asset_vault: self.vault_address(asset),
            },
            &ix::start_receivership::Args { repaid_max },
            &[],
        )
    }

    pub fn end_receivership_instruction(&self, keeper: &Wallet, debt: u8) -> Instruction {
        ix::end_receivership::instruction(
            &ix::end_receivership::Accounts {
                keeper: keeper.address(),
                debt_bank: self.bank_address(debt),
                mint: self.assets[debt as usize].mint,
                keeper_tokens: self.token_address(&keeper.address(), debt),
                vault: self.vault_address(debt),
            },
            &ix::end_receivership::Args {},
            &[],
        )
    }

    pub fn start_auction_instruction(&self, account: Address) -> Instruction {
        ix::start_auction::instruction(
            &ix::start_auction::Accounts { account, risk_board: self.board_address() },
            &ix::start_auction::Args {},
            &[],
        )
    }

    /// The winner takes `account` over into one of his sub-accounts.
    pub fn win_auction_instruction(
        &self,
        winner: &Wallet,
        sub_account: u16,
        account: Address,
        price_max: u64,
    ) -> Instruction {
        ix::win_auction::instruction(
            &ix::win_auction::Accounts {
                winner: winner.address(),
                winner_account: self.account_address(winner, sub_account),
                account,
                risk_board: self.board_address(),
                bank: self.bank_address(SETTLEMENT_ASSET),
            },
            &ix::win_auction::Args { price_max },
            &[],
        )
    }

    pub fn settle_loss_instruction(&self, account: Address, asset: u8) -> Instruction {
        ix::settle_loss::instruction(
            &ix::settle_loss::Accounts {
                account,
                risk_board: self.board_address(),
                market: self.market_address(asset),
            },
            &ix::settle_loss::Args {},
            &[],
        )
    }

    pub fn bank_cash_instruction(&self, account: Address) -> Instruction {
        ix::bank_cash::instruction(
            &ix::bank_cash::Accounts {
                account,
                risk_board: self.board_address(),
                bank: self.bank_address(SETTLEMENT_ASSET),
            },
            &ix::bank_cash::Args {},
            &[],
        )
    }

    pub fn deleverage_instruction(&self, asset: u8) -> Instruction {
        ix::deleverage::instruction(
            &ix::deleverage::Accounts {
                risk_board: self.board_address(),
                market: self.market_address(asset),
                pool: self.pool_address(),
                fund: self.fund_address(),
            },
            &ix::deleverage::Args {},
            &[],
        )
    }

    pub fn resolve_bankruptcy_instruction(&self, account: Address, debt: u8) -> Instruction {
        ix::resolve_bankruptcy::instruction(
            &ix::resolve_bankruptcy::Accounts {
                account,
                risk_board: self.board_address(),
                bank: self.bank_address(debt),
                fund: self.fund_address(),
            },
            &ix::resolve_bankruptcy::Args {},
            &[],
        )
    }

    pub fn sweep_insurance_instruction(&self, asset: u8) -> Instruction {
        ix::sweep_insurance::instruction(
            &ix::sweep_insurance::Accounts { market: self.market_address(asset), fund: self.fund_address() },
            &ix::sweep_insurance::Args {},
            &[],
        )
    }

    pub fn fund_insurance_instruction(&self, donor: &Wallet, amount: u64) -> Instruction {
        ix::fund_insurance::instruction(
            &ix::fund_insurance::Accounts {
                donor: donor.address(),
                fund: self.fund_address(),
                bank: self.bank_address(SETTLEMENT_ASSET),
                mint: self.assets[SETTLEMENT_ASSET as usize].mint,
                donor_tokens: self.token_address(&donor.address(), SETTLEMENT_ASSET),
                vault: self.vault_address(SETTLEMENT_ASSET),
            },
            &ix::fund_insurance::Args { amount },
            &[],
        )
    }
}
