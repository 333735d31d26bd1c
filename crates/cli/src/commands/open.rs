//! `open`: a margin account of one's own.
use crate::act::{Deed, Watched};
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use crate::names::market;
use plimsoll_client::addresses::margin_account;
use plimsoll_client::instructions::open_account;
use solana_instruction::Instruction;

#[derive(Debug, clap::Args)]
pub struct Open {
    /// The only market it may have a position in [default: any]
    #[arg(long, value_name = "MARKET")]
    pub isolated: Option<String>,
}

/// # Errors
/// When it is open already, or there is no such market.
pub fn deed(desk: &Desk, args: &Open) -> Result<Deed> {
    let isolated = args.isolated.as_ref().map_or(Ok(0), |name| market(desk.board(), name))?;
    let (number, owner) = (desk.session.settings.sub_account, desk.wallet.address());
    let address = margin_account(&desk.snapshot.address, &owner, number);
    if desk.session.read_margin(&address)?.is_some() {
        return Err(Fault::usage(format!("account {number} is open already: choose another --sub-account")));
    }
    let only = args
        .isolated
        .as_ref()
        .map_or_else(String::new, |_| format!(", isolated to {}", desk.symbol(isolated)));
    Ok(Deed {
        title: format!("Open margin account {number}{only}"),
        instructions: vec![instruction(desk, number, isolated)],
        board: desk.snapshot.board.clone(),
        watched: vec![Watched::new(format!("Account {number}"), address)],
    })
}

/// The instruction that opens an account of the wallet.
pub fn instruction(desk: &Desk, number: u16, isolated_asset: u8) -> Instruction {
    let (clearinghouse, owner) = (desk.snapshot.address, desk.wallet.address());
    open_account::instruction(
        &open_account::Accounts {
            owner,
            clearinghouse,
            account: margin_account(&clearinghouse, &owner, number),
        },
        &open_account::Args { sub_account: number, isolated_asset },
        &[],
    )
}
