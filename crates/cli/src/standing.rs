//! How an account stands at the prices of a board: what `account` shows, and what actions show before and
//! after. All of it from the program's own valuation.
use crate::fault::{Fault, Result};
use crate::names::symbol;
use plimsoll_client::preview::Standing as Figures;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{AssetRow, MarginState, PerpSlot, RiskBoard, TokenSlot};
use plimsoll_client::risk::health::{notional_ceil, perp_health};
use plimsoll_client::risk::liquidation::is_called;
use plimsoll_client::risk::price::SignedPrice;
use plimsoll_client::risk::{Price, Quantity, Quote, Ratio};
use std::ops::Deref;

/// An account as it stands: the client's figures, and what is shown besides.
pub struct Standing {
    figures: Figures,
    /// What positions have realised and no bank holds yet; negative is owed.
    pub cash: Quote,
    pub balances: Vec<Balance>,
    pub positions: Vec<Held>,
    pub is_called: bool,
}

impl Deref for Standing {
    type Target = Figures;

    fn deref(&self) -> &Figures {
        &self.figures
    }
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
        let figures = Figures::of(state, board)?;
        let balances = state.tokens().iter().map(|slot| Balance::of(slot, board.row(slot.asset)?));
        let positions = state.perps().iter().map(|slot| Held::of(slot, board.row(slot.asset)?));
        Ok(Self {
            cash: Quote(state.cash),
            balances: balances.collect::<core::result::Result<_, PlimsollError>>()?,
            positions: positions.collect::<core::result::Result<_, PlimsollError>>()?,
            is_called: is_called(&figures.health, Ratio(board.margin_call))?,
            figures,
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

/// Which side a position is on.
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
