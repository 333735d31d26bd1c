use plimsoll_risk::health::notional_ceil;
use plimsoll_risk::loss::LossSplit;
use plimsoll_risk::trade::within_limit;
use plimsoll_risk::{Position, Price, Quantity, Quote, Ratio};

use super::loss::bear_loss;
use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::{Book, Change, MarginGuard};
use crate::settle::initial_margin;
use crate::state::{groups, AssetRow, Market, RiskBoard, WarmUp};

/// What a trade did, in micro-USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The position afterwards.
    pub position: Position,
    /// Paid for what was bought; negative: received for what was sold.
    pub cost: Quote,
    /// Profit (negative: loss) of what was closed.
    pub realised: Quote,
    pub fee: Quote,
    /// Parts of the fee.
    pub fee_to_insurance: Quote,
    pub fee_to_protocol: Quote,
    /// The account's cash afterwards.
    pub cash: Quote,
    /// What the account could not pay, by who bore it.
    pub loss: LossSplit,
}

/// Buys (`size` > 0) or sells `size` native units against the market's pool, at no
/// worse than `limit` per native unit.
///
/// Reducing a position needs a price that is not expired; anything else needs fresh
/// ones, room under the open interest cap, capital behind it, and initial margin as the
/// market's open interest stands with this trade.
///
/// # Errors
/// [`ZeroAmount`](PlimsollError::ZeroAmount), [`IsolatedAccount`](PlimsollError::IsolatedAccount),
/// [`Paused`](PlimsollError::Paused), [`ReduceOnly`](PlimsollError::ReduceOnly),
/// [`WarmingUp`](PlimsollError::WarmingUp), [`LimitPrice`](PlimsollError::LimitPrice),
/// [`PositionTooSmall`](PlimsollError::PositionTooSmall),
/// [`OpenInterestCap`](PlimsollError::OpenInterestCap),
/// [`MarketCapital`](PlimsollError::MarketCapital), and what the price policy and the margin rule
/// refuse.
#[inline(always)]
pub fn trade(
    mut account: MarginGuard,
    board: &RiskBoard,
    market: &mut Market,
    delta: Quantity,
    limit: Price,
    now: i64,
) -> Result<Fill> {
    require(delta.0 != 0, PlimsollError::ZeroAmount)?;
    let asset = market.asset;
    require(account.may_trade(asset), PlimsollError::IsolatedAccount)?;
    let before = account.position(asset);
    let reduces = before.is_reduced_by(delta);
    let what = if reduces { Change::reducing(asset) } else { Change::increasing(asset) };
    if !reduces {
        board.check_open(asset, groups::INCREASE, now)?;
        require(market.terms.reduce_only == 0, PlimsollError::ReduceOnly)?;
        require(market.warm_up == WarmUp::Done as u8, PlimsollError::WarmingUp)?;
    }
    market.accrue_funding(now)?;
    account.guarded(board, now, what, |book| {
        let row = book.row(asset)?;
        let mut fill = execute(market, row, &before, delta, limit)?;
        let mut risk = row.perp_risk();
        if !reduces {
            check_capacity(market, row)?;
            let live = initial_margin(market, &market.margin_at(now), row.volatility_multiplier)?;
            risk.initial_margin = Ratio(live.max(row.initial_margin));
        }
        book.replace_position(asset, fill.position, &risk)?;
        book.settle(fill.realised.minus(fill.fee)?)?;
        if reduces {
            fill.loss = settle_reduced(book, market, &fill)?;
        }
        fill.cash = book.cash();
        Ok(fill)
    })
}

/// Whoever owes more than he has may close, not keep a part at others' cost; the market bears
/// what he can't pay.
#[inline(always)]
fn settle_reduced(book: &mut Book, market: &mut Market, fill: &Fill) -> Result<LossSplit> {
    let keeps_position = fill.position.size != Quantity::ZERO;
    require(book.health().equity.0 >= 0 || !keeps_position, PlimsollError::NoImprovement)?;
    bear_loss(book, market, fill.realised)
}

/// Prices the trade and books the market's side of it.
fn execute(
    market: &mut Market,
    row: &AssetRow,
    before: &Position,
    delta: Quantity,
    limit: Price,
) -> Result<Fill> {
    let cost = market.trade_terms(row)?.cost_ceil(delta)?;
    require(within_limit(delta, cost, limit), PlimsollError::LimitPrice)?;
    let execution = before.traded(delta, cost, &row.perp_marks())?;
    let left = execution.position.size.magnitude();
    require(left == 0 || left >= market.terms.size_min.unsigned_abs(), PlimsollError::PositionTooSmall)?;

    let fee = Ratio(market.terms.trading_fee).of_ceil(notional_ceil(delta, row.price.get())?)?;
    let fee_to_insurance = Ratio(market.terms.insurance_fee_share).of_floor(fee)?;
    let fee_to_protocol = Ratio(market.terms.protocol_fee_share).of_floor(fee)?;
    market.replace_position(before, &execution.position)?;
    market.pay(execution.realised)?;
    market.collect(fee, fee_to_insurance, fee_to_protocol)?;
    Ok(Fill {
        position: execution.position,
        cost,
        realised: execution.realised,
        fee,
        fee_to_insurance,
        fee_to_protocol,
        cash: Quote::ZERO,
        loss: LossSplit::default(),
    })
}

/// A trade that adds risk leaves open interest within its cap and backed by capital.
fn check_capacity(market: &Market, row: &AssetRow) -> Result<()> {
    let interest = market.open_interest().larger_side().0;
    require(interest <= market.terms.open_interest_max, PlimsollError::OpenInterestCap)?;
    require(market.reserved_capital(row)?.0 <= market.capital, PlimsollError::MarketCapital)
}
