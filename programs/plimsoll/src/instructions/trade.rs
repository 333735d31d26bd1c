use anchor_lang::prelude::*;
use plimsoll_risk::health::notional_ceil;
use plimsoll_risk::loss::LossSplit;
use plimsoll_risk::trade::within_limit;
use plimsoll_risk::{Position, Price, Quantity, Quote, Ratio};

use super::loss::bear_loss;
use crate::error::PlimsollError;
use crate::events::Traded;
use crate::guard::{Change, GuardedMarginAccount};
use crate::settle::initial_margin;
use crate::state::{groups, AssetRow, Market, RiskBoard, WarmUp};

#[derive(Accounts)]
pub struct Trade {
    #[account(
        constraint = *authority.address() == account.owner || *authority.address() == account.delegate
            @ PlimsollError::NotOwnerOrDelegate,
    )]
    pub authority: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

/// What a trade did.
struct Fill {
    position: Position,
    cost: Quote,
    realised: Quote,
    fee: Quote,
    fee_to_insurance: Quote,
    fee_to_protocol: Quote,
    cash: Quote,
    loss: LossSplit,
}

impl Trade {
    /// Buys (`size` > 0) or sells `size` native units against the market's pool, at no
    /// worse than `limit` per native unit.
    ///
    /// Reducing a position needs a price that is not expired; anything else needs fresh
    /// ones, room under the open interest cap, capital behind it, and initial margin as the
    /// market's open interest stands with this trade.
    pub fn run(&mut self, size: i64, limit: u128) -> Result<()> {
        require!(size != 0, PlimsollError::ZeroAmount);
        require!(self.account.may_trade(self.market.asset), PlimsollError::IsolatedAccount);
        let now = Clock::get()?.unix_timestamp;
        let (delta, asset) = (Quantity(size), self.market.asset);
        let before = self.account.position(asset);
        let reduces = before.is_reduced_by(delta);
        let what = if reduces { Change::reducing(asset) } else { Change::increasing(asset) };

        let (board, market) = (&*self.risk_board, &mut *self.market);
        if !reduces {
            board.check_open(asset, groups::INCREASE, now)?;
            require!(market.terms.reduce_only == 0, PlimsollError::ReduceOnly);
            require!(market.warm_up == WarmUp::Done as u8, PlimsollError::WarmingUp);
        }
        market.accrue_funding(now)?;
        let fill = self.account.guarded(board, now, what, |book| {
            let row = book.row(asset)?;
            let mut fill = execute(market, row, &before, delta, Price(limit))?;
            if !reduces {
                check_capacity(market, row)?;
            }
            let mut risk = row.perp_risk();
            if !reduces {
                let live = initial_margin(market, &market.margin_at(now), row.volatility_multiplier)?;
                risk.initial_margin = Ratio(live.max(row.initial_margin));
            }
            book.replace_position(asset, fill.position, &risk)?;
            book.settle(fill.realised.minus(fill.fee).map_err(PlimsollError::from)?)?;
            if reduces {
                // Whoever owes more than he has may close, not keep a part at others' cost.
                let keeps_position = fill.position.size != Quantity::ZERO;
                require!(book.health().equity.0 >= 0 || !keeps_position, PlimsollError::NoImprovement);
                fill.loss = bear_loss(book, market, fill.realised)?;
            }
            fill.cash = book.cash();
            Ok(fill)
        })?;

        emit!(Traded {
            account: *self.account.account().address(),
            authority: *self.authority.address(),
            market: *self.market.address(),
            oracle_price: self.risk_board.row(asset)?.price,
            size,
            cost: fill.cost.0,
            realised: fill.realised.0,
            fee: fill.fee.0,
            fee_to_insurance: fill.fee_to_insurance.0,
            fee_to_protocol: fill.fee_to_protocol.0,
            size_after: fill.position.size.0,
            entry_after: fill.position.entry.0,
            cash_after: fill.cash.0,
            loss_to_insurance: fill.loss.from_insurance.0,
            loss_to_capital: fill.loss.from_capital.0,
        });
        Ok(())
    }
}

/// Prices the trade and books the market's side of it.
fn execute(
    market: &mut Market,
    row: &AssetRow,
    before: &Position,
    delta: Quantity,
    limit: Price,
) -> Result<Fill> {
    let cost = market.trade_terms(row)?.cost_ceil(delta).map_err(PlimsollError::from)?;
    require!(within_limit(delta, cost, limit), PlimsollError::LimitPrice);
    let execution = before.traded(delta, cost, &row.perp_marks()).map_err(PlimsollError::from)?;
    let left = execution.position.size.magnitude();
    require!(left == 0 || left >= market.terms.size_min.unsigned_abs(), PlimsollError::PositionTooSmall);

    let notional = notional_ceil(delta, row.price.get()).map_err(PlimsollError::from)?;
    let fee = Ratio(market.terms.trading_fee).of_ceil(notional).map_err(PlimsollError::from)?;
    let share = |of: u32| Ratio(of).of_floor(fee).map_err(PlimsollError::from);
    let fee_to_insurance = share(market.terms.insurance_fee_share)?;
    let fee_to_protocol = share(market.terms.protocol_fee_share)?;
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
    require!(
        market.open_interest().larger_side().0 <= market.terms.open_interest_max,
        PlimsollError::OpenInterestCap
    );
    require!(market.reserved_capital(row)?.0 <= market.capital, PlimsollError::MarketCapital);
    Ok(())
}
