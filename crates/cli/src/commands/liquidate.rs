//! `liquidate`: a position, or a debt, of an account below maintenance.
use crate::act::{Deed, Watched};
use crate::desk::{Desk, HowMuch};
use crate::fault::{Fault, Result};
use crate::fresh::Fresh;
use crate::names::{market, token};
use crate::session::Margin;
use crate::standing::{Standing, unvalued};
use plimsoll_client::instructions::{liquidate, liquidate_debt};
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::program::valuation::assess;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::policy::Action;

#[derive(Debug, clap::Args)]
pub struct Liquidate {
    /// The account below maintenance
    pub account: String,
    /// Which position [default: the one that comes first]
    pub market: Option<String>,
    /// Takes over a debt of this token instead
    #[arg(long, value_name = "TOKEN", requires = "collateral", conflicts_with = "market")]
    pub debt: Option<String>,
    /// And this token for it
    #[arg(long, value_name = "TOKEN", requires = "debt")]
    pub collateral: Option<String>,
    /// Most of the debt that is repaid, in whole tokens
    #[arg(
        long,
        value_name = "AMOUNT",
        requires = "debt",
        default_value = "all",
        allow_negative_numbers = true
    )]
    pub amount: HowMuch,
}

/// # Errors
/// When there is nothing to liquidate, or the wallet has no account for the bounty.
pub fn deed(desk: &Desk, args: &Liquidate) -> Result<Deed> {
    let account = desk.session.margin(&desk.snapshot, &args.account)?;
    let keeper = desk.own()?;
    if account.address == keeper.address {
        return Err(Fault::usage("an account can't liquidate itself: deposit, or reduce its positions"));
    }
    let (what, fresh, instruction) = match (&args.debt, &args.collateral) {
        (Some(debt), Some(collateral)) => of_debt(desk, args, (&account, &keeper), (debt, collateral))?,
        _ => of_position(desk, args.market.as_deref(), &account, &keeper)?,
    };
    require_sunk(&account, &fresh)?;
    Ok(Deed {
        title: format!("Liquidate {what} of {}", account.address),
        instructions: fresh.then([instruction]),
        board: fresh.board(),
        watched: vec![
            Watched::of(format!("Account {}", account.address), &account),
            Watched::of(format!("Own account {}", keeper.state.sub_account), &keeper),
        ],
    })
}

type Step = (String, Fresh, solana_instruction::Instruction);

fn of_position(desk: &Desk, name: Option<&str>, account: &Margin, keeper: &Margin) -> Result<Step> {
    let acted_on = name.map_or(Ok(SETTLEMENT_ASSET), |name| market(desk.board(), name))?;
    let state = &account.state;
    let fresh =
        desk.fresh(&[Purpose::Account { account: state, asset: acted_on, action: Action::Liquidate }])?;
    let first =
        || assess(state, &fresh.board(), desk.snapshot.unix_time, Action::Liquidate, SETTLEMENT_ASSET);
    let asset = match name {
        Some(_) => acted_on,
        None => first().map_err(unvalued)?.largest,
    };
    if asset == SETTLEMENT_ASSET {
        return Err(Fault::refused(format!(
            "{} has no position whose price can be used: for its debts use --debt and --collateral",
            account.address
        )));
    }
    let instruction = liquidate::instruction(
        &liquidate::Accounts {
            account: account.address,
            keeper_account: keeper.address,
            risk_board: desk.board_address(),
            market: desk.market(asset)?.0,
        },
        &liquidate::Args {},
        &[],
    );
    Ok((format!("the position in {}", desk.symbol(asset)), fresh, instruction))
}

fn of_debt(desk: &Desk, args: &Liquidate, of: (&Margin, &Margin), tokens: (&str, &str)) -> Result<Step> {
    let (account, keeper) = of;
    let (debt, collateral) = (token(desk.board(), tokens.0)?, token(desk.board(), tokens.1)?);
    let fresh = desk.fresh(&[
        Purpose::Account { account: &account.state, asset: debt, action: Action::Liquidate },
        Purpose::Account { account: &keeper.state, asset: debt, action: Action::Increase },
        Purpose::Row { asset: collateral, action: Action::Increase },
    ])?;
    let repaid_max = desk.units(&args.amount, debt, || Ok(u64::MAX))?;
    let instruction = liquidate_debt::instruction(
        &liquidate_debt::Accounts {
            keeper: desk.wallet.address(),
            keeper_account: keeper.address,
            account: account.address,
            risk_board: desk.board_address(),
            debt_bank: desk.bank(debt)?.0,
            asset_bank: desk.bank(collateral)?.0,
        },
        &liquidate_debt::Args { repaid_max },
        &[],
    );
    let what = format!("a debt in {} against {}", desk.symbol(debt), desk.symbol(collateral));
    Ok((what, fresh, instruction))
}

/// # Errors
/// When the account is not below maintenance at the prices that will be found.
fn require_sunk(account: &Margin, fresh: &Fresh) -> Result<()> {
    if Standing::of(&account.state, &fresh.board())?.health.maintenance.0 < 0 {
        return Ok(());
    }
    Err(Fault::refused(format!(
        "{} is not below maintenance: there is nothing to liquidate",
        account.address
    )))
}
