//! How an account stands at the prices of a board: what `account` shows, and what actions show before and
//! after. All of it from the program's own valuation.
use crate::fault::{Fault, Result};
use crate::names::symbol;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{
    AssetRow, MarginState, PerpSlot, RiskBoard, SETTLEMENT_ASSET, TokenSlot,
};
use plimsoll_client::program::valuation::{
    asset_liquidation_price, displayed_health, free_collateral, health_factor,
};
use plimsoll_client::risk::health::{Health, notional_ceil, perp_health};
use plimsoll_client::risk::liquidation::is_called;
use plimsoll_client::risk::price::SignedPrice;
use plimsoll_client::risk::{Price, Quantity, Quote, Ratio};

/// An account as it stands.
pub struct Standing {
    pub health: Health,
    /// Equity over maintenance requirement in millionths, rounded down; `None` if nothing is required.
    pub margin_ratio: Option<i64>,
    /// The lending view of the same; `None` if nothing is owed.
    pub health_factor: Option<i64>,
    /// Positions and debts over equity in millionths, rounded up; `None` without equity.
    pub leverage: Option<u64>,
    pub free_collateral: Quote,
    /// What positions have realised and no bank holds yet; negative is owed.
    pub cash: Quote,
    pub balances: Vec<Balance>,
    pub positions: Vec<Held>,
    /// By asset: at what price the account would reach its maintenance line, all else unchanged.
    pub liquidation_prices: Vec<(u8, Option<Price>)>,
    pub is_called: bool,
}

/// A token balance.
pub struct Balance {
    pub asset: u8,
    /// Native units; negative is owed.
    pub units: Quantity,
    /// Micro-USD at the oracle price, rounded down.
    pub value: Quote,
}

/// A position.
pub struct Held {
    pub asset: u8,
    /// Native units; negative is short.
    pub size: Quantity,
    /// Oracle price at which closing would leave neither profit nor loss, what it has been charged so far
    /// included; `None` where that is no positive price.
    pub break_even: Option<Price>,
    /// Micro-USD at the oracle price, rounded up.
    pub notional: Quote,
    /// Unrealised, funding and haircuts included, rounded down.
    pub profit: Quote,
    pub requirement: Quote,
}

/// The line for an account that can't be valued.
pub fn unvalued(error: PlimsollError) -> Fault {
    Fault::refused(format!("the account can't be valued: {}", error.message()))
}

impl Standing {
    /// At the board's prices, however old they are.
    ///
    /// # Errors
    /// When a value does not fit its unit.
    pub fn of(state: &MarginState, board: &RiskBoard) -> Result<Self> {
        Self::valued(state, board).map_err(unvalued)
    }

    fn valued(state: &MarginState, board: &RiskBoard) -> core::result::Result<Self, PlimsollError> {
        let health = displayed_health(state, board)?;
        let balances = state.tokens().iter().map(|slot| Balance::of(slot, board.row(slot.asset)?));
        let balances = balances.collect::<core::result::Result<Vec<_>, PlimsollError>>()?;
        let positions = state.perps().iter().map(|slot| Held::of(slot, board.row(slot.asset)?));
        let positions = positions.collect::<core::result::Result<Vec<_>, PlimsollError>>()?;
        let exposed = balances.iter().filter(|b| b.asset != SETTLEMENT_ASSET).map(|b| b.asset);
        let mut assets: Vec<u8> = exposed.chain(positions.iter().map(|p| p.asset)).collect();
        assets.sort_unstable();
        assets.dedup();
        let price = |asset| Ok((asset, asset_liquidation_price(state, board, &health, asset)?));
        Ok(Self {
            margin_ratio: health.margin_ratio_floor()?,
            health_factor: health_factor(state, board)?,
            leverage: leverage_ceil(&health, state.cash, &balances, &positions),
            free_collateral: free_collateral(&health),
            cash: Quote(state.cash),
            liquidation_prices: assets
                .into_iter()
                .map(price)
                .collect::<core::result::Result<_, PlimsollError>>()?,
            is_called: is_called(&health, Ratio(board.margin_call))?,
            health,
            balances,
            positions,
        })
    }

    /// In a word.
    pub fn status(&self, state: &MarginState) -> &'static str {
        if state.auction_at != 0 {
            "up for auction"
        } else if self.health.maintenance.0 < 0 {
            "below maintenance"
        } else if self.is_called {
            "margin call"
        } else {
            "healthy"
        }
    }

    /// At what price of an asset the account would reach its maintenance line.
    pub fn liquidation_price(&self, asset: u8) -> Option<Price> {
        self.liquidation_prices.iter().find(|(of, _)| *of == asset).and_then(|(_, price)| *price)
    }
}

impl Balance {
    fn of(slot: &TokenSlot, row: &AssetRow) -> core::result::Result<Self, PlimsollError> {
        let units = row.native_units(Quantity(slot.shares))?;
        Ok(Self { asset: slot.asset, units, value: row.price.get().value_floor(units)? })
    }
}

impl Held {
    fn of(slot: &PerpSlot, row: &AssetRow) -> core::result::Result<Self, PlimsollError> {
        let (position, marks) = (slot.position(), row.perp_marks());
        let health = perp_health(&position, &marks, &row.perp_risk())?;
        let charged = marks.charged(position.size)?;
        Ok(Self {
            asset: slot.asset,
            size: position.size,
            break_even: break_even(position.entry, position.size, charged),
            notional: notional_ceil(position.size, row.price.get())?,
            profit: marks.of(position.size).value_floor(position.size)?.minus(position.entry)?,
            requirement: health.maintenance_requirement()?,
        })
    }
}

/// `entry / size + charged`, where that is a positive price.
fn break_even(entry: Quote, size: Quantity, charged: SignedPrice) -> Option<Price> {
    let per_unit = (i128::from(entry.0) << 64).checked_div(i128::from(size.0))?;
    u128::try_from(per_unit.checked_add(charged.0)?).ok().filter(|price| *price > 0).map(Price)
}

/// What is at work, over equity: the notional of positions and everything owed.
fn leverage_ceil(health: &Health, cash: i64, balances: &[Balance], positions: &[Held]) -> Option<u64> {
    let owed = |value: i64| i128::from(value).min(0).abs();
    let debts: i128 = balances
        .iter()
        .map(|balance| match balance.asset {
            // Cash and settlement tokens are one.
            SETTLEMENT_ASSET => owed(balance.value.0.saturating_add(cash)),
            _ => owed(balance.value.0),
        })
        .sum();
    let at_work = debts + positions.iter().map(|held| i128::from(held.notional.0)).sum::<i128>();
    let equity = i128::from(health.equity.0);
    if equity <= 0 {
        return (at_work == 0).then_some(0);
    }
    u64::try_from((at_work * 1_000_000 + equity - 1) / equity).ok()
}

/// What of an account is called: `SOL long`, `USDC`.
pub fn side(size: Quantity) -> &'static str {
    if size.0 < 0 { "short" } else { "long" }
}

/// The symbols of all assets that two standings have liquidation prices for.
pub fn exposed(board: &RiskBoard, standings: &[&Standing]) -> Vec<(u8, String)> {
    let all = standings.iter().flat_map(|standing| &standing.liquidation_prices);
    let mut assets: Vec<u8> = all.map(|(asset, _)| *asset).collect();
    assets.sort_unstable();
    assets.dedup();
    assets.into_iter().map(|asset| (asset, symbol(board, asset))).collect()
}
