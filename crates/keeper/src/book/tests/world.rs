//! Boards with every rule and accounts near their line, from a seed.
use bytemuck::Zeroable;
use plimsoll_client::program::state::{ASSETS_MAX, AssetRow, MarginState, RiskBoard, TierRow};
use plimsoll_client::program::valuation::assess;
use plimsoll_client::risk::lending::Index;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::risk::{Position, Price, Quantity, Quote};
use solana_address::Address;

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `from` to below `to`.
    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from) as u64) as i64
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: i64) -> bool {
        self.within(0, times) == 0
    }
}

/// What the program says: maintenance health, if it can be told.
pub fn maintenance(state: &MarginState, board: &RiskBoard) -> Option<i64> {
    let mut board = Box::new(*board);
    for row in &mut board.rows {
        (row.liquidate_from, row.use_until) = (i64::MIN, i64::MAX);
    }
    Some(assess(state, &board, 0, Action::Liquidate, 0).ok()?.health.maintenance.0)
}

pub fn address(number: u64) -> Address {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&Dice(number).next().to_le_bytes());
    bytes[24..].copy_from_slice(&number.to_le_bytes());
    bytes.into()
}

pub fn board(dice: &mut Dice, assets: u32) -> Box<RiskBoard> {
    let mut board = Box::new(RiskBoard::zeroed());
    board.asset_count = assets;
    board.liquidation_target = 1_100_000;
    board.margin_call = dice.within(1_000_000, 1_500_000) as u32;
    for asset in 0..(assets as usize).min(ASSETS_MAX) {
        board.rows[asset] = row(dice, asset == 0);
    }
    board
}

fn row(dice: &mut Dice, is_settlement: bool) -> AssetRow {
    let mut row = AssetRow::zeroed();
    // From 2^-20 micro-USD per native unit (a token of many decimals) to 2^20.
    let price = if is_settlement {
        Price::ONE
    } else {
        let octave = dice.within(44, 84) as u32;
        Price(1 << octave | (dice.next() as u128) << 64 >> (128 - octave))
    };
    row.supply_index = Index::ONE.0 + dice.within(0, 1 << 46) as u64;
    row.borrow_index = Index::ONE.0 + dice.within(0, 1 << 47) as u64;
    set_parameters(dice, &mut row);
    set_price(&mut row, price);
    for mark in [&mut row.long_mark, &mut row.short_mark] {
        // Haircuts and funding may have charged more than the price.
        let charged = dice.within(-1_500, 1_500) as i128 * (price.0 / 1_000) as i128;
        *mark = (mark.get() - if dice.once_in(2) { charged } else { charged / 100 }).into();
    }
    row
}

/// Weights, margins, brackets and reserve.
pub fn set_parameters(dice: &mut Dice, row: &mut AssetRow) {
    let weights = [0, 500_000, 850_000, 950_000, 1_000_000];
    row.maintenance_asset_weight = weights[dice.within(0, 5) as usize];
    row.maintenance_debt_weight = 1_000_000 + dice.within(0, 500_000) as u32;
    row.maintenance_margin = dice.within(5_000, 500_000) as u32;
    row.maintenance_profit_weight = [0, 20_000, 300_000, 900_000, 1_000_000][dice.within(0, 5) as usize];
    row.bounty_reserve = dice.within(0, 10_000_000);
    let surcharge = [0, 10_000, 250_000][dice.within(0, 3) as usize];
    let tier = |from: i64| TierRow { from, initial: surcharge, maintenance: surcharge };
    let from = dice.within(1, 1_000_000_000_000);
    row.tiers = [tier(from), tier(from.saturating_mul(dice.within(1, 10))), TierRow::NONE];
    if dice.once_in(3) {
        row.tiers[1] = TierRow::NONE;
    }
}

/// A new price; what is charged and the indices stay.
pub fn set_price(row: &mut AssetRow, price: Price) {
    let moved = price.0 as i128 - row.price.get().0 as i128;
    row.price = price.into();
    row.slow_price = price.into();
    row.long_mark = (row.long_mark.get() + moved).into();
    row.short_mark = (row.short_mark.get() + moved).into();
    row.deposit_mark = Index(row.supply_index).price_floor(price).unwrap().into();
    row.deposit_mark_low = row.deposit_mark;
}

/// Moves a price by so many millionths.
pub fn move_price(row: &mut AssetRow, millionths: i64) {
    let price = row.price.get().0;
    let step = (price / 1_000_000) as i128 * millionths as i128;
    set_price(row, Price((price as i128 + step).clamp(1 << 34, 1 << 100) as u128));
}

/// An account with up to `most` tokens and positions, close to its line more often than not.
pub fn account(dice: &mut Dice, board: &RiskBoard, most: i64) -> MarginState {
    let assets = board.asset_count.min(ASSETS_MAX as u32) as i64;
    let mut state = MarginState::empty(address(1), address(dice.next()), dice.next() as u16);
    if dice.once_in(8) {
        state.delegate = address(dice.next());
    }
    (state.called_at, state.sunk_at) = (dice.within(0, 2), dice.within(0, 1_000));
    state.sunk_at *= dice.within(0, 2);
    let units = |dice: &mut Dice, asset: u8| {
        let value = 1i64 << dice.within(10, 40);
        let units = board.rows[asset as usize].price.get().quantity_floor(Quote(value)).unwrap_or_default();
        Quantity(if dice.once_in(2) { -units.0 } else { units.0 })
    };
    // One slot is the settlement token's, whether it is drawn or not.
    for _ in 0..dice.within(0, most - 1) {
        let asset = dice.within(0, assets) as u8;
        let shares = units(dice, asset);
        state.set_shares(asset, shares).unwrap();
    }
    for _ in 0..dice.within(0, most) {
        let asset = dice.within(1, assets) as u8;
        let size = units(dice, asset);
        let value = board.rows[asset as usize].price.get().value_floor(size).unwrap();
        let entry = Quote(value.0 / 100 * dice.within(50, 150));
        state.set_position(asset, Position { size, entry }).unwrap();
    }
    if let Some(health) = maintenance(&state, board) {
        let gross = state.perps().iter().map(|p| p.entry.abs()).sum::<i64>() / 100 + 1_000;
        // To within a micro-USD of the line, to within a percent, or well above it.
        let above = match dice.within(0, 6) {
            0 => dice.within(-1, 2),
            1..4 => dice.within(-gross / 20, gross),
            _ => dice.within(0, gross * 100),
        };
        state.cash = above - health;
    }
    state
}
