//! What a listing is checked for, when it is proposed and when it is executed.

use crate::bounds;
use crate::error::{require, PlimsollError};
use crate::params::{AssetParams, CollateralParams, MarketParams};
use crate::state::{LiquidityPool, RiskBoard, ASSETS_MAX, SETTLEMENT_ASSET};

/// There is a free row, and what the asset stands for is on the board.
pub(super) fn check_asset_listing(board: &RiskBoard, params: &AssetParams) -> Result<(), PlimsollError> {
    bounds::check_asset(params)?;
    require((board.asset_count as usize) < ASSETS_MAX, PlimsollError::BoardFull)?;
    if params.price.parity_ratio != 0 {
        let decimals = board.row(params.parity_asset)?.decimals;
        require(decimals == params.decimals, PlimsollError::DecimalsMismatch)?;
    }
    Ok(())
}

/// The settlement token, and no other, is always worth its face. What stands for another asset
/// is valued at the lower of two prices: as a debt that would be too little.
pub(super) fn check_collateral_listing(
    board: &RiskBoard,
    asset: u8,
    is_settlement_mint: bool,
    params: &CollateralParams,
) -> Result<(), PlimsollError> {
    bounds::check_collateral(params)?;
    let row = board.row(asset)?;
    require(row.is_collateral == 0, PlimsollError::AlreadyListed)?;
    require(is_settlement_mint == (asset == SETTLEMENT_ASSET), PlimsollError::ForeignAccount)?;
    if is_settlement_mint {
        let w = &params.weights;
        let all = [w.initial_asset, w.initial_debt, w.maintenance_debt];
        require(all == [1_000_000; 3], PlimsollError::ParameterOutOfBounds)?;
    }
    let may_be_owed = params.terms.borrow_cap != 0;
    require(row.parity_ratio == 0 || !may_be_owed, PlimsollError::ParameterOutOfBounds)
}

/// The low price of a wrapped or staked asset would be a bargain for shorts.
pub(super) fn check_market_listing(
    board: &RiskBoard,
    pool: &LiquidityPool,
    asset: u8,
    params: &MarketParams,
) -> Result<(), PlimsollError> {
    let row = board.row(asset)?;
    require(asset != SETTLEMENT_ASSET, PlimsollError::SettlementHasNoMarket)?;
    require(row.is_market == 0, PlimsollError::AlreadyListed)?;
    require(row.parity_ratio == 0, PlimsollError::ParameterOutOfBounds)?;
    bounds::check_market(params, row.confidence_limit, board.liquidation_target)?;
    let weights = pool.capital_weights + params.terms.capital_weight;
    require(weights <= bounds::CAPITAL_WEIGHTS_MAX, PlimsollError::ParameterOutOfBounds)
}
