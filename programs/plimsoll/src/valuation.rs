//! From accounts to the risk crate: the health of a margin account, read off its
//! slots and the risk board. The program, the client and the tests use this.

use plimsoll_risk::health::{
    doubtful_perp_health, doubtful_token_health, health_factor_floor, perp_health, perp_health_inline,
    perp_maintenance_inline, token_health, token_health_inline, token_maintenance_inline, Health,
};
use plimsoll_risk::liquidation_price::{liquidation_price, Exposure};
use plimsoll_risk::policy::{self, Action, Trust};
use plimsoll_risk::{Price, Quantity, Quote, Ratio};

use crate::error::PlimsollError;
use crate::state::{AssetRow, MarginState, PerpSlot, RiskBoard, TokenSlot};

/// Health of a token slot.
fn token_slot_health(slot: &TokenSlot, row: &AssetRow) -> Result<Health, PlimsollError> {
    let shares = Quantity(slot.shares);
    Ok(token_health(shares, &row.token_marks(shares)?, &row.collateral_risk())?)
}

/// Health of a position slot.
fn perp_slot_health(slot: &PerpSlot, row: &AssetRow) -> Result<Health, PlimsollError> {
    Ok(perp_health(&slot.position(), &row.perp_marks(), &row.perp_risk())?)
}

/// What an account is worth, and what is to be known about that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// For an action that the margin rule judges by maintenance alone, initial health repeats
    /// maintenance health.
    pub health: Health,
    /// Whether every price counted as usual: no benefit of the doubt was given.
    pub is_certain: bool,
    /// Asset of the position with the largest maintenance requirement, of those whose price
    /// counted; zero if there is none.
    pub largest: u8,
}

/// Assesses an account at the board's prices, for an `action` on the asset `acted_on` at
/// unix time `now`. The price of that asset is taken as it is: whoever acts on it has to
/// look it up in the risk crate's policy. All others are judged by the policy for other
/// assets.
pub fn assess(
    state: &MarginState,
    board: &RiskBoard,
    now: i64,
    action: Action,
    acted_on: u8,
) -> Result<Assessment, PlimsollError> {
    if action >= Action::Increase {
        assess_as::<true>(state, board, now, action, acted_on)
    } else {
        assess_as::<false>(state, board, now, action, acted_on)
    }
}

/// [`assess`] with initial health or without, compiled for each: what differs is asked in
/// every slot.
#[inline(never)]
fn assess_as<const IS_INITIAL: bool>(
    state: &MarginState,
    board: &RiskBoard,
    now: i64,
    action: Action,
    acted_on: u8,
) -> Result<Assessment, PlimsollError> {
    // The deadlines know two kinds of action.
    let kind = if IS_INITIAL { Action::Increase } else { Action::Liquidate };
    let trust = |asset: u8, row: &AssetRow| match asset == acted_on || row.deadlines().allow_other(now, kind)
    {
        true => Ok(Trust::Full),
        false => policy::check_other(&row.price_state(now), &row.price_limits(), action),
    };
    let mut health = Health::cash(Quote(state.cash));
    let (mut is_certain, mut largest, mut requirement_max) = (true, 0, i64::MIN);
    for slot in state.tokens().iter().filter(|slot| slot.shares != 0) {
        let (row, shares) = (board.row(slot.asset)?, Quantity(slot.shares));
        if IS_INITIAL && !row.knows_interest(shares, now) {
            return Err(PlimsollError::PriceAgeing);
        }
        let slot = match trust(slot.asset, row)? {
            Trust::Full if IS_INITIAL => {
                token_health_inline(shares, &row.token_marks(shares)?, &row.collateral_risk())?
            }
            Trust::Full => token_maintenance_inline(shares, row.token_mark(shares)?, &row.collateral_risk())?,
            Trust::Doubtful => {
                is_certain = false;
                doubtful_token_health(shares, row.doubtful_mark(shares)?)?
            }
        };
        add::<IS_INITIAL>(&mut health, &slot)?;
    }
    for slot in state.perps() {
        let row = board.row(slot.asset)?;
        let part = match trust(slot.asset, row)? {
            Trust::Full => {
                let (position, marks, risk) = (slot.position(), row.perp_marks(), row.perp_risk());
                let mut part = match IS_INITIAL {
                    true => perp_health_inline(&position, &marks, &risk)?,
                    false => perp_maintenance_inline(&position, &marks, &risk)?,
                };
                if IS_INITIAL && action == Action::Withdraw {
                    part.initial = without_profit(&part, row)?;
                }
                let requirement = part.maintenance_requirement()?.0;
                if requirement > requirement_max {
                    (requirement_max, largest) = (requirement, slot.asset);
                }
                part
            }
            Trust::Doubtful => {
                is_certain = false;
                doubtful_perp_health(&slot.position(), &row.perp_marks(), row.slow_price.get())?
            }
        };
        add::<IS_INITIAL>(&mut health, &part)?;
    }
    if !IS_INITIAL {
        health.initial = health.maintenance;
    }
    Ok(Assessment { health, is_certain, largest })
}

/// Adds a slot, its initial health only where that is asked for.
#[inline(always)]
fn add<const IS_INITIAL: bool>(health: &mut Health, slot: &Health) -> Result<(), PlimsollError> {
    health.equity = health.equity.plus(slot.equity)?;
    if IS_INITIAL {
        health.initial = health.initial.plus(slot.initial)?;
    }
    health.maintenance = health.maintenance.plus(slot.maintenance)?;
    Ok(())
}

/// The initial health of a position whose profit counts for nothing: what is withdrawn has
/// been realised.
#[inline(always)]
fn without_profit(position: &Health, row: &AssetRow) -> Result<Quote, PlimsollError> {
    let profit = position.equity.or_zero();
    if profit == Quote::ZERO {
        return Ok(position.initial);
    }
    Ok(position.initial.minus(Ratio(row.initial_profit_weight).of_floor(profit)?)?)
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

/// Health by what is held and owed: cash and settlement tokens are one.
fn slot_healths<'a>(
    state: &'a MarginState,
    board: &'a RiskBoard,
) -> impl Iterator<Item = Result<Health, PlimsollError>> + 'a {
    let mut tokens = state.tokens().iter().map(|slot| token_slot_health(slot, board.row(slot.asset)?));
    let settlement = tokens.next().unwrap_or(Ok(Health::default()));
    let settlement = settlement.and_then(|slot| Ok(slot.plus(Health::cash(Quote(state.cash)))?));
    let perps = state.perps().iter().map(|slot| perp_slot_health(slot, board.row(slot.asset)?));
    core::iter::once(settlement).chain(tokens).chain(perps)
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
    let shares = state.shares(asset);
    let exposure = Exposure {
        balance: row.native_units(shares)?,
        token: token_health(shares, &row.token_marks(shares)?, &row.collateral_risk())?,
        collateral: row.collateral_risk(),
        position: state.position(asset),
        marks: row.perp_marks(),
        perp: row.perp_risk(),
    };
    Ok(liquidation_price(health, &exposure)?)
}

/// Free collateral: what could be withdrawn in settlement tokens or put behind new
/// positions, in micro-USD.
pub fn free_collateral(health: &Health) -> Quote {
    health.initial.or_zero()
}
