//! `trade`: buys or sells in a market.
use crate::act::{Deed, Watched};
use crate::desk::{Desk, HowMuch};
use crate::fault::{Fault, Result};
use crate::fresh::Fresh;
use crate::names::market;
use crate::number::{parse_percent, price};
use crate::session::Margin;
use crate::standing::unvalued;
use clap::ValueEnum;
use plimsoll_client::instructions::trade;
use plimsoll_client::price::parse as parse_price;
use plimsoll_client::program::state::Market;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::{Price, Quantity, Quote, Ratio};

#[derive(Debug, clap::Args)]
pub struct Trade {
    /// Which market
    pub market: String,
    pub side: Side,
    /// How much, in whole tokens; with --reduce, `all` of the position
    #[arg(allow_negative_numbers = true)]
    pub size: HowMuch,
    /// Worst price, USD per token
    #[arg(long, value_name = "PRICE", conflicts_with = "slippage")]
    pub limit: Option<String>,
    /// How much worse than what is shown the price may be
    #[arg(long, value_name = "PERCENT", default_value = "0.5")]
    pub slippage: String,
    /// Only makes a position smaller, never larger or its opposite
    #[arg(long)]
    pub reduce: bool,
    /// Trades in this account as its delegate [default: one's own]
    #[arg(long, value_name = "ADDRESS")]
    pub account: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    Buy,
    Sell,
}

/// # Errors
/// When market, size or limit are none, or the price of the market is not known.
pub fn deed(desk: &Desk, args: &Trade) -> Result<Deed> {
    let asset = market(desk.board(), &args.market)?;
    let (market_address, market) = desk.market(asset)?;
    let own = match &args.account {
        Some(address) => desk.session.margin(&desk.snapshot, address)?,
        None => desk.own()?,
    };
    let size = signed_size(desk, args, &own, asset)?;
    let fresh = desk.fresh(&[Purpose::Trade { account: &own.state, asset, size: size.0 }])?;
    let expected = expected_price(desk, &market, asset, size, &fresh)?;
    let limit = limit(desk, args, asset, expected)?;
    let trade = trade::instruction(
        &trade::Accounts {
            authority: desk.wallet.address(),
            account: own.address,
            risk_board: desk.board_address(),
            market: market_address,
        },
        &trade::Args { size: size.0, limit: limit.0 },
        &[],
    );
    let decimals = desk.row(asset).decimals;
    let (verb, bound) = if size.0 > 0 { ("Buy", "most") } else { ("Sell", "least") };
    Ok(Deed {
        title: format!(
            "{verb} {} at about {} USD, at {bound} {}",
            desk.shown(size.magnitude(), asset),
            price(expected, decimals),
            price(limit, decimals)
        ),
        instructions: fresh.then([trade]),
        board: fresh.board(),
        watched: vec![Watched::of(format!("Account {}", own.state.sub_account), &own)],
    })
}

/// Native units to trade: positive to buy. With --reduce no more than the position.
fn signed_size(desk: &Desk, args: &Trade, own: &Margin, asset: u8) -> Result<Quantity> {
    let position = own.state.position(asset).size;
    let symbol = desk.symbol(asset);
    let all = || match args.reduce {
        true => Ok(position.magnitude()),
        false => Err(Fault::usage("`all` is the size of a position: add --reduce to close it")),
    };
    let is_opposite = match args.side {
        Side::Buy => position.0 < 0,
        Side::Sell => position.0 > 0,
    };
    if args.reduce && !is_opposite {
        let (verb, side) = if args.side == Side::Buy { ("buying", "short") } else { ("selling", "long") };
        return Err(Fault::refused(format!(
            "account {} is not {side} in {symbol}, so {verb} would reduce nothing",
            own.state.sub_account
        )));
    }
    let wanted = desk.units(&args.size, asset, all)?;
    let size = if args.reduce { wanted.min(position.magnitude()) } else { wanted };
    let size = Quantity::from_magnitude(size).map_err(|overflow| unvalued(overflow.into()))?;
    match args.side {
        Side::Buy => Ok(size),
        Side::Sell => size.negated().map_err(|overflow| unvalued(overflow.into())),
    }
}

/// What a unit would cost on average, spread and impact included, the fee not.
fn expected_price(desk: &Desk, market: &Market, asset: u8, size: Quantity, fresh: &Fresh) -> Result<Price> {
    let row = &fresh.preview().snapshot().board.rows[usize::from(asset)];
    if row.refreshed_at == 0 {
        return Err(Fault::refused(format!(
            "{} has never had a price: `plimsoll oracles` says what its oracle lacks",
            desk.symbol(asset)
        )));
    }
    let cost = market.trade_terms(row).map_err(unvalued)?.cost_ceil(size);
    let cost: Quote = cost.map_err(|overflow| unvalued(overflow.into()))?;
    Ok(Price((u128::from(cost.magnitude()) << 64) / u128::from(size.magnitude())))
}

fn limit(desk: &Desk, args: &Trade, asset: u8, expected: Price) -> Result<Price> {
    if let Some(text) = &args.limit {
        return parse_price(text, desk.row(asset).decimals)
            .map_err(|error| Fault::usage(format!("{text} is not a limit: {error}")));
    }
    let slippage = parse_percent(&args.slippage)?;
    let limit = match args.side {
        Side::Buy => expected.raised_by(slippage),
        Side::Sell if slippage > Ratio::ONE => Err(plimsoll_client::risk::units::Overflow),
        Side::Sell => expected.lowered_by(slippage),
    };
    limit.map_err(|_| Fault::usage(format!("a slippage of {} is no limit: use a smaller one", args.slippage)))
}
