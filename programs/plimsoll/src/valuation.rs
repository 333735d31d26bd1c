//! From accounts to the risk crate: the health of a margin account, read off its
//! slots and the risk board. The program, the client and the tests use this.

use plimsoll_risk::health::{
    doubtful_perp_health, doubtful_token_health, health_factor_floor, perp_health, token_health, Health,
};
use plimsoll_risk::liquidation_price::{liquidation_price, Exposure};
use plimsoll_risk::policy::{self, Action, Trust};
use plimsoll_risk::{Price, Quantity, Quote};

use crate::error::PlimsollError;
use crate::state::{AssetRow, MarginState, PerpSlot, RiskBoard, TokenSlot};

/// Health of a token slot.
#[inline(always)]
pub fn token_slot_health(slot: &TokenSlot, row: &AssetRow) -> Result<Health, PlimsollError> {
    Ok(token_health(Quantity(slot.balance), &row.prices(), &row.collateral_risk())?)
}

/// Health of a position slot.
#[inline(always)]
pub fn perp_slot_health(slot: &PerpSlot, row: &AssetRow) -> Result<Health, PlimsollError> {
    Ok(perp_health(&slot.position(), row.price.get(), &row.perp_risk())?)
}

/// Health of an account at the board's prices, for an `action` on the asset `acted_on` at
/// unix time `now`. The price of that asset is taken as it is: whoever acts on it has to
/// look it up in the risk crate's policy. All others are judged by the policy for other
/// assets.
pub fn account_health(
    state: &MarginState,
    board: &RiskBoard,
    now: i64,
    action: Action,
    acted_on: u8,
) -> Result<Health, PlimsollError> {
    let trust = |asset: u8, row: &AssetRow| match asset == acted_on {
        true => Ok(Trust::Full),
        false => policy::check_other(&row.price_state(now), &row.price_limits(), action),
    };
    // The settlement token is worth its face: it needs no price.
    let mut health = Health::cash(state.settlement());
    for slot in state.tokens().iter().skip(1) {
        let row = board.row(slot.asset)?;
        let slot = match trust(slot.asset, row)? {
            Trust::Full => token_slot_health(slot, row)?,
            Trust::Doubtful => doubtful_token_health(Quantity(slot.balance), &row.prices())?,
        };
        health = health.plus(slot)?;
    }
    for slot in state.perps() {
        let row = board.row(slot.asset)?;
        let slot = match trust(slot.asset, row)? {
            Trust::Full => perp_slot_health(slot, row)?,
            Trust::Doubtful => doubtful_perp_health(&slot.position(), &row.prices())?,
        };
        health = health.plus(slot)?;
    }
    Ok(health)
}

/// Health at the board's prices, however old they are: for display, never to act on.
pub fn displayed_health(state: &MarginState, board: &RiskBoard) -> Result<Health, PlimsollError> {
    slot_healths(state, board).try_fold(Health::default(), |sum, slot| Ok(sum.plus(slot?)?))
}

/// The lending view of the account; see [`health_factor_floor`].
pub fn health_factor(state: &MarginState, board: &RiskBoard) -> Result<Option<i64>, PlimsollError> {
    let mut error = None;
    let factor = health_factor_floor(
        slot_healths(state, board).map_while(|slot| slot.map_err(|e| error = Some(e)).ok()),
    );
    match error {
        Some(e) => Err(e),
        None => Ok(factor?),
    }
}

fn slot_healths<'a>(
    state: &'a MarginState,
    board: &'a RiskBoard,
) -> impl Iterator<Item = Result<Health, PlimsollError>> + 'a {
    let cash = core::iter::once(Ok(Health::cash(state.settlement())));
    let tokens = state.tokens().iter().skip(1).map(|slot| token_slot_health(slot, board.row(slot.asset)?));
    let perps = state.perps().iter().map(|slot| perp_slot_health(slot, board.row(slot.asset)?));
    cash.chain(tokens).chain(perps)
}

/// The price of `asset` at which the account, of displayed health `health`, would
/// reach its maintenance line, all else unchanged.
pub fn asset_liquidation_price(
    state: &MarginState,
    board: &RiskBoard,
    health: &Health,
    asset: u8,
) -> Result<Option<Price>, PlimsollError> {
    let row = board.row(asset)?;
    let exposure = Exposure {
        prices: row.prices(),
        balance: state.balance(asset),
        collateral: row.collateral_risk(),
        position: state.position(asset),
        perp: row.perp_risk(),
    };
    Ok(liquidation_price(health, &exposure)?)
}

/// Free collateral: what could be withdrawn in settlement tokens or put behind new
/// positions, in micro-USD.
pub fn free_collateral(health: &Health) -> Quote {
    health.initial.or_zero()
}
