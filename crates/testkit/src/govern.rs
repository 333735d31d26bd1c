//! What those in charge do: creating, changing, pausing.

use crate::svm::{Failure, Outcome};
use crate::world::{Wallet, World};
use plimsoll::params::{Change, CollateralParams, FieldChange, MarketParams, RoleHolders};
use plimsoll::state::{PendingChange, Role, WarmUp};
use plimsoll::terms::{Place, Terms};
use plimsoll_client::{addresses, changes, governance, instructions as ix};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;

/// Seconds after its wait for which changes proposed here can be executed.
pub const VALID_SECONDS: i64 = 86_400;

impl World {
    /// Who holds a role of this clearinghouse from the beginning.
    pub fn holder(&self, role: Role) -> Wallet {
        let name = &self.governance.name;
        match role {
            Role::Governance => Wallet::new(name),
            Role::Steward => Wallet::new(&format!("{name} steward")),
            Role::Guardian => Wallet::new(&format!("{name} guardian")),
            Role::FeeCollector => Wallet::new(&format!("{name} fee collector")),
        }
    }

    pub fn role_holders(&self) -> RoleHolders {
        RoleHolders {
            governance: self.governance.address(),
            steward: self.holder(Role::Steward).address(),
            guardian: self.holder(Role::Guardian).address(),
            fee_collector: self.holder(Role::FeeCollector).address(),
        }
    }

    pub fn create_clearinghouse_instruction(&self) -> Instruction {
        ix::create_clearinghouse::instruction(
            &ix::create_clearinghouse::Accounts {
                creator: self.governance.address(),
                settlement_mint: self.assets[0].mint,
                clearinghouse: self.clearinghouse,
                risk_board: self.board_address(),
                window: self.window_address(),
            },
            &ix::create_clearinghouse::Args { roles: self.role_holders(), terms: self.deployment.terms },
            &[],
        )
    }

    pub fn create_pool_instruction(&self) -> Instruction {
        ix::create_pool::instruction(
            &ix::create_pool::Accounts {
                governance: self.governance.address(),
                clearinghouse: self.clearinghouse,
                pool: self.pool_address(),
                share_mint: self.share_mint(),
                fund: self.fund_address(),
            },
            &ix::create_pool::Args { terms: self.deployment.pool },
            &[],
        )
    }

    pub fn launch_instruction(&self) -> Instruction {
        ix::launch::instruction(
            &ix::launch::Accounts {
                governance: self.governance.address(),
                clearinghouse: self.clearinghouse,
                risk_board: self.board_address(),
                pool: self.pool_address(),
            },
            &ix::launch::Args {},
            &[],
        )
    }

    pub fn launch(&mut self) -> Outcome {
        let launch = self.launch_instruction();
        self.govern(launch)
    }

    pub fn list_collateral(&mut self, asset: u8, params: CollateralParams) -> Outcome {
        let change = self.collateral_change(asset, params);
        self.enact(&change)
    }

    pub fn collateral_change(&self, asset: u8, params: CollateralParams) -> Change {
        Change::Collateral { asset, mint: self.assets[asset as usize].mint, params }
    }

    pub fn list_market(&mut self, asset: u8, params: MarketParams) -> Outcome {
        self.enact(&Change::Market { asset, params })
    }

    // --- changes --------------------------------------------------------------

    /// Where the next change will be.
    pub fn next_change(&self) -> Address {
        addresses::pending_change(&self.clearinghouse, self.clearinghouse_account().change_count)
    }

    pub fn pending(&self, change: &Address) -> PendingChange {
        self.svm.read(change)
    }

    /// Governance proposes a change that can be executed for a day after its wait.
    pub fn propose_instruction(&self, change: &Change) -> Instruction {
        let expires_at = self.svm.now() + self.wait_seconds(change) + VALID_SECONDS;
        self.propose_until(change, expires_at)
    }

    pub fn propose_until(&self, change: &Change, expires_at: i64) -> Instruction {
        let (governance, payer) = (self.governance.address(), self.svm.payer().pubkey());
        self.accounts_of(self.next_change(), change).propose(governance, payer, change, expires_at)
    }

    fn accounts_of(&self, change: Address, what: &Change) -> changes::Accounts {
        let asset = governance::Target::of(what).asset;
        changes::Accounts {
            clearinghouse: self.clearinghouse,
            change,
            market: self.has_market(asset).then(|| self.market_address(asset)),
            bank: self.assets.get(asset as usize).map(|_| self.bank_address(asset)),
        }
    }

    fn has_bank(&self, asset: u8) -> bool {
        self.board().rows.get(asset as usize).is_some_and(|row| row.is_collateral == 1)
    }

    fn has_market(&self, asset: u8) -> bool {
        self.board().rows.get(asset as usize).is_some_and(|row| row.is_market == 1)
    }

    /// Seconds that a change proposed now has to wait.
    pub fn wait_seconds(&self, change: &Change) -> i64 {
        governance::wait_seconds(&self.clearinghouse_account(), &self.board(), change)
    }

    /// Executes the change at `address`, whatever it is.
    pub fn execute_instruction(&self, address: Address, change: &Change) -> Instruction {
        let payer = self.svm.payer().pubkey();
        self.accounts_of(address, change).execute(payer, payer, change)
    }

    /// Proposes a change and executes it as soon as that is possible: at once before the launch,
    /// after its wait later.
    pub fn enact(&mut self, change: &Change) -> Outcome {
        self.try_enact(change).unwrap_or_else(|f| panic!("{change:?}: {f:#?}"))
    }

    /// # Errors
    /// When proposal or execution fails.
    pub fn try_enact(&mut self, change: &Change) -> Result<Outcome, Failure> {
        let key = self.governance.key.insecure_clone();
        let (address, wait) = (self.next_change(), self.wait_seconds(change));
        let propose = self.propose_instruction(change);
        if wait == 0 {
            let execute = self.execute_instruction(address, change);
            return self.send(&[propose, execute], &[&key]);
        }
        self.send(&[propose], &[&key])?;
        self.svm.advance(wait);
        let execute = self.execute_instruction(address, change);
        self.send(&[execute], &[])
    }

    pub fn cancel_instruction(&self, change: Address, by: &Wallet) -> Instruction {
        ix::cancel_change::instruction(
            &ix::cancel_change::Accounts {
                authority: by.address(),
                clearinghouse: self.clearinghouse,
                change,
                payer: self.svm.payer().pubkey(),
            },
            &ix::cancel_change::Args {},
            &[],
        )
    }

    /// The terms of a concern of an asset, as they are set now.
    pub fn terms(&self, concern: plimsoll::parameters::Concern, asset: u8) -> Terms {
        let (clearinghouse, board, pool) = (self.clearinghouse_account(), self.board(), self.pool());
        let row = &board.rows[asset as usize];
        let market = (row.is_market == 1).then(|| self.market(asset));
        let bank = (row.is_collateral == 1).then(|| self.bank(asset));
        let place = Place {
            asset,
            clearinghouse: &clearinghouse,
            board: &board,
            market: market.as_ref(),
            bank: bank.as_ref(),
            pool: Some(&pool),
        };
        Terms::read(&place, concern).unwrap_or_else(|e| panic!("{e:?}"))
    }

    /// The change that makes the terms of a concern of an asset `after`.
    pub fn terms_change(&self, asset: u8, after: &Terms, ramp_seconds: u32) -> Change {
        let before = self.terms(after.concern(), asset);
        Change::Parameters { asset, ramp_seconds, fields: governance::difference(&before, after) }
    }

    // --- roles ----------------------------------------------------------------

    pub fn accept_role_instruction(&self, nominee: &Wallet, role: Role) -> Instruction {
        ix::accept_role::instruction(
            &ix::accept_role::Accounts { nominee: nominee.address(), clearinghouse: self.clearinghouse },
            &ix::accept_role::Args { role: role as u8 },
            &[],
        )
    }

    pub fn tighten_instruction(&self, asset: u8, ramp_seconds: u32, fields: &[FieldChange]) -> Instruction {
        let board = self.board();
        let row = &board.rows[asset as usize];
        ix::tighten::instruction(
            &ix::tighten::Accounts {
                steward: self.holder(Role::Steward).address(),
                clearinghouse: self.clearinghouse,
                risk_board: self.board_address(),
                market: (row.is_market == 1).then(|| self.market_address(asset)),
                bank: (row.is_collateral == 1).then(|| self.bank_address(asset)),
            },
            &ix::tighten::Args { asset, ramp_seconds, fields: fields.to_vec() },
            &[],
        )
    }

    pub fn pause_instruction(&self, scope: u8, groups: u8, seconds: u32) -> Instruction {
        ix::pause::instruction(
            &ix::pause::Accounts {
                guardian: self.holder(Role::Guardian).address(),
                clearinghouse: self.clearinghouse,
                risk_board: self.board_address(),
            },
            &ix::pause::Args { scope, groups, seconds },
            &[],
        )
    }

    pub fn unpause_instruction(&self, scope: u8) -> Instruction {
        ix::unpause::instruction(
            &ix::unpause::Accounts {
                guardian: self.holder(Role::Guardian).address(),
                clearinghouse: self.clearinghouse,
                risk_board: self.board_address(),
            },
            &ix::unpause::Args { scope },
            &[],
        )
    }

    /// Warms up the bank and the market of an asset, as far as they wait for it.
    pub fn warm_up_instruction(&self, asset: u8) -> Instruction {
        ix::warm_up::instruction(
            &ix::warm_up::Accounts {
                risk_board: self.board_address(),
                bank: (self.has_bank(asset) && self.bank(asset).warm_up == WarmUp::Waiting as u8)
                    .then(|| self.bank_address(asset)),
                market: (self.has_market(asset) && self.market(asset).warm_up == WarmUp::Waiting as u8)
                    .then(|| self.market_address(asset)),
            },
            &ix::warm_up::Args {},
            &[],
        )
    }

    pub fn collect_fees_instruction(&self, asset: u8, amount: u64) -> Instruction {
        let collector = self.holder(Role::FeeCollector).address();
        ix::collect_fees::instruction(
            &ix::collect_fees::Accounts {
                fee_collector: collector,
                clearinghouse: self.clearinghouse,
                risk_board: self.board_address(),
                window: self.window_address(),
                market: self.market_address(asset),
                bank: self.bank_address(0),
                mint: self.assets[0].mint,
                destination: self.token_address(&collector, 0),
                vault: self.vault_address(0),
            },
            &ix::collect_fees::Args { amount },
            &[],
        )
    }
}
