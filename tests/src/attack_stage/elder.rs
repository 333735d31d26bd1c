//! What the program of layout 0 would have left behind: a clearinghouse, and a market of the
//! attacked one.

use super::SHIB;
use super::governing::SPONSOR;
use bytemuck::Zeroable;
use plimsoll::migration::{ClearinghouseV0, MarketV0, RiskBoardHeadV0, RiskBoardV0};
use plimsoll::params::RoleHolders;
use plimsoll::state::{Clearinghouse, Market, RiskBoard};
use plimsoll_client::addresses;
use plimsoll_client::decode::Layout;
use plimsoll_client::instructions as ix;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;

/// Who governs the clearinghouse of layout 0 beside the world's own.
fn elder(world: &World) -> Wallet {
    Wallet::new(&format!("elder {}", world.governance.name))
}

/// Puts the accounts there. What reads every account of the program can't read these.
pub(super) fn leave_behind(world: &mut World) {
    let (elder, terms) = (elder(world).address(), presets::clearinghouse());
    let address = addresses::clearinghouse(&elder);
    let board_address = addresses::risk_board(&address);
    let clearinghouse = ClearinghouseV0 {
        creator: elder,
        governance: elder,
        risk_board: board_address,
        settlement_mint: world.assets[0].mint,
        ..ClearinghouseV0::zeroed()
    };
    let head = RiskBoardHeadV0 {
        clearinghouse: address,
        asset_count: 1,
        liquidation_target: terms.liquidation_target,
        margin_call: terms.margin_call,
        auction_delay_seconds: terms.auction_delay_seconds,
        auction_seconds: terms.auction_seconds,
        ..RiskBoardHeadV0::zeroed()
    };
    let market = MarketV0 { clearinghouse: world.clearinghouse, asset: SHIB, ..MarketV0::zeroed() };
    put::<Clearinghouse>(world, address, bytemuck::bytes_of(&clearinghouse));
    put::<RiskBoard>(world, board_address, bytemuck::bytes_of(&RiskBoardV0 { head, ..Zeroable::zeroed() }));
    put::<Market>(world, world.market_address(SHIB), bytemuck::bytes_of(&market));
}

/// Under the discriminator of the present layout `T`.
fn put<T: Layout>(world: &mut World, address: Address, body: &[u8]) {
    let data = [T::DISCRIMINATOR.as_slice(), body].concat();
    let lamports = world.svm.vm.minimum_balance_for_rent_exemption(data.len());
    let account = Account { lamports, data, owner: plimsoll::ID, executable: false, rent_epoch: u64::MAX };
    world.svm.set_account(address, account);
}

/// A valid call of each instruction that migrates, once [`leave_behind`] has been there.
pub fn migration_calls(world: &World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let (sponsor, governance) = (Wallet::new(SPONSOR).address(), elder(world).address());
    let clearinghouse = addresses::clearinghouse(&governance);
    let [steward, guardian, fee_collector] = [governance; 3];
    let migrate = ix::migrate_clearinghouse::instruction(
        &ix::migrate_clearinghouse::Accounts {
            governance,
            payer: sponsor,
            clearinghouse,
            risk_board: addresses::risk_board(&clearinghouse),
            window: addresses::outflow_window(&clearinghouse),
        },
        &ix::migrate_clearinghouse::Args {
            roles: RoleHolders { governance, steward, guardian, fee_collector },
            terms: presets::clearinghouse(),
        },
        &[],
    );
    let account = ix::migrate_account::instruction(
        &ix::migrate_account::Accounts {
            payer: sponsor,
            risk_board: world.board_address(),
            account: world.market_address(SHIB),
        },
        &ix::migrate_account::Args {},
        &[],
    );
    vec![(&ix::migrate_clearinghouse::SPEC, migrate), (&ix::migrate_account::SPEC, account)]
}
