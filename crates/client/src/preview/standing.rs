//! How an account stands.
use super::Result;
use plimsoll::state::{MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll::valuation::{asset_liquidation_price, displayed_health, free_collateral, health_factor};
use plimsoll_risk::health::notional_ceil;
use plimsoll_risk::{Health, Price, Quantity, Quote};

/// A margin account before and after an action, each at the prices on the board at that time: the refreshes
/// that come first are in both.
#[derive(Clone, Debug)]
pub struct AccountChange {
    pub before: Standing,
    pub after: Standing,
}

/// How an account stands at the prices of a board.
#[derive(Clone)]
pub struct Standing {
    pub state: MarginState,
    pub health: Health,
    /// Equity over maintenance requirement in millionths, rounded down; `None` if nothing is required.
    /// Liquidated below one million.
    pub margin_ratio: Option<i64>,
    /// The lending view of the same; `None` if nothing is owed.
    pub health_factor: Option<i64>,
    /// Positions and debts over equity in millionths, rounded up; `None` if there is no equity for them.
    pub leverage: Option<u64>,
    /// Micro-USD that could be withdrawn or put behind new positions.
    pub free_collateral: Quote,
    /// For each asset but the settlement token that the account holds, owes or has a position in: the price
    /// at which it would reach its maintenance line, all else unchanged; `None` if no price would do that.
    pub liquidation_prices: Vec<(u8, Option<Price>)>,
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing")
            .field("tokens", &self.state.tokens())
            .field("perps", &self.state.perps())
            .field("cash", &self.state.cash)
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

impl Standing {
    /// At the board's prices, however old they are.
    ///
    /// # Errors
    /// [`AssetNotOnBoard`](plimsoll::error::PlimsollError::AssetNotOnBoard), and
    /// [`Overflow`](plimsoll::error::PlimsollError::Overflow) if a value does not fit its unit.
    pub fn of(state: &MarginState, board: &RiskBoard) -> Result<Self> {
        let health = displayed_health(state, board)?;
        let tokens = state.tokens().iter().filter(|slot| slot.asset != SETTLEMENT_ASSET);
        let perps = state.perps().iter().map(|slot| slot.asset);
        let mut assets: Vec<u8> = tokens.map(|slot| slot.asset).chain(perps).collect();
        assets.sort_unstable();
        assets.dedup();
        let price = |asset| Ok((asset, asset_liquidation_price(state, board, &health, asset)?));
        Ok(Self {
            state: *state,
            margin_ratio: health.margin_ratio_floor()?,
            health_factor: health_factor(state, board)?,
            leverage: leverage_ceil(&health, at_work(state, board)?),
            free_collateral: free_collateral(&health),
            liquidation_prices: assets.into_iter().map(price).collect::<Result<_>>()?,
            health,
        })
    }

    /// The price of an asset at which the account would reach its maintenance line, if there is one.
    pub fn liquidation_price(&self, asset: u8) -> Option<Price> {
        self.liquidation_prices.iter().find(|(of, _)| *of == asset).and_then(|(_, price)| *price)
    }
}

/// Micro-USD at work: the notional of positions, and everything owed, cash and settlement tokens taken as
/// one.
fn at_work(state: &MarginState, board: &RiskBoard) -> Result<i128> {
    let mut sum = 0;
    for slot in state.tokens() {
        let shares = Quantity(slot.shares);
        let worth = board.row(slot.asset)?.token_mark(shares)?.value_floor(shares)?;
        let cash = if slot.asset == SETTLEMENT_ASSET { state.cash } else { 0 };
        sum -= (i128::from(worth.0) + i128::from(cash)).min(0);
    }
    for slot in state.perps() {
        sum += i128::from(notional_ceil(Quantity(slot.size), board.row(slot.asset)?.price.get())?.0);
    }
    Ok(sum)
}

fn leverage_ceil(health: &Health, at_work: i128) -> Option<u64> {
    let equity = i128::from(health.equity.0);
    if equity <= 0 {
        return (at_work == 0).then_some(0);
    }
    u64::try_from((at_work * 1_000_000 + equity - 1) / equity).ok()
}
