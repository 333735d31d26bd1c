//! A clearinghouse that is made up: sixteen assets beside the settlement token, each collateral and market, and as
//! many accounts as asked for. The same for the same seed.
//!
//! An account owns a median of 2,000 USD, half of them between 700 and 5,500 (log-normal, sigma 1.5), in settlement
//! tokens and three others; one in ten owes one of the three instead. It has four positions, six in ten of them
//! long, opened at a gross leverage of a median of 3 (log-normal, sigma 0.8, at most 18), of which every price has moved
//! since by 4% (one standard deviation). Whoever that has sunk is drawn again. So about one in a hundred is within
//! a percent of gross exposure of its line.
use bytemuck::Zeroable;
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_client::program::state::{
    AssetRow, Bank, MarginState, Market, RiskBoard, SETTLEMENT_ASSET, TierRow,
};
use plimsoll_client::program::valuation::displayed_health;
use plimsoll_client::risk::lending::Index;
use plimsoll_client::risk::{Position, Price, Quantity, Quote};
use solana_address::Address;

/// Assets beside the settlement token.
pub const ASSETS: u8 = 16;
/// Token balances and positions of an account, each.
const SLOTS: usize = 4;
/// Prices in USD and decimals, spread over what is traded.
const LISTED: [(f64, u8); ASSETS as usize] = [
    (98_000.0, 8),
    (3_400.0, 8),
    (210.0, 9),
    (650.0, 8),
    (2.3, 6),
    (0.9, 6),
    (17.0, 8),
    (0.000_021, 5),
    (33.0, 8),
    (5.2, 9),
    (1.1, 6),
    (240.0, 9),
    (0.35, 8),
    (78.0, 8),
    (12.0, 6),
    (0.004, 6),
];

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From zero to below one.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean zero, standard deviation one (Box and Muller, 1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    /// Different assets.
    fn assets<const N: usize>(&mut self) -> [u8; N] {
        let mut all: [u8; ASSETS as usize] = std::array::from_fn(|i| i as u8 + 1);
        for i in 0..N {
            let other = i + self.next() as usize % (all.len() - i);
            all.swap(i, other);
        }
        std::array::from_fn(|i| all[i])
    }
}

/// The clearinghouse, and whoever comes to it.
pub struct Population {
    pub clearinghouse: Address,
    pub board: Box<RiskBoard>,
    pub markets: Vec<Market>,
    pub banks: Vec<Bank>,
    pub dice: Dice,
}

impl Population {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let clearinghouse = address(&mut dice);
        let mut board = Box::new(RiskBoard::zeroed());
        board.clearinghouse = clearinghouse;
        board.asset_count = ASSETS as u32 + 1;
        board.liquidation_target = 1_250_000;
        board.margin_call = 1_150_000;
        board.rows[SETTLEMENT_ASSET as usize] = row(&mut dice, Price::ONE, 6, SETTLEMENT_ASSET);
        for (asset, (usd, decimals)) in (1..).zip(LISTED) {
            let price = Price::from_decimal((usd * 1e8) as u64, -8, decimals).expect("prices are in range");
            board.rows[asset as usize] = row(&mut dice, price, decimals, asset);
        }
        let markets = (1..=ASSETS).map(|asset| market(&board, asset)).collect();
        let banks = (0..=ASSETS).map(|asset| bank(&mut dice, &board, asset)).collect();
        Self { clearinghouse, board, markets, banks, dice }
    }

    pub fn address(&mut self) -> Address {
        address(&mut self.dice)
    }

    /// An account at today's prices, above maintenance.
    pub fn account(&mut self) -> MarginState {
        loop {
            let state = self.draw();
            if displayed_health(&state, &self.board).is_ok_and(|health| health.maintenance.0 >= 0) {
                return state;
            }
        }
    }

    fn draw(&mut self) -> MarginState {
        let dice = &mut self.dice;
        let mut state = MarginState::empty(self.clearinghouse, address(dice), 0);
        let equity = 2_000e6 * (1.5 * dice.normal()).exp();
        let tokens: [u8; SLOTS - 1] = dice.assets();
        let debt = (dice.share() < 0.1).then_some(tokens[0]);
        let settled = equity * (0.5 + if debt.is_some() { 0.25 } else { 0.0 });
        hold(&mut state, &self.board, SETTLEMENT_ASSET, settled);
        for asset in tokens {
            let worth = if debt == Some(asset) { -0.25 } else { 0.5 / (SLOTS - 1) as f64 } * equity;
            hold(&mut state, &self.board, asset, worth);
        }
        let gross = equity * (3.0 * (0.8 * dice.normal()).exp()).min(18.0);
        for asset in dice.assets::<SLOTS>() {
            let worth = gross / SLOTS as f64 * if dice.share() < 0.6 { 1.0 } else { -1.0 };
            let size = units(&self.board, asset, worth);
            let row = &self.board.rows[asset as usize];
            let value = row.perp_marks().of(size).value_floor(size).expect("positions are small");
            let entry = Quote((value.0 as f64 * (1.0 + 0.04 * dice.normal())) as i64);
            state.set_position(asset, Position { size, entry }).expect("there are slots enough");
        }
        state
    }

    /// Moves a price by so many millionths of itself; what has been charged stays.
    pub fn move_price(&mut self, asset: u8, millionths: i64) {
        let row = &mut self.board.rows[asset as usize];
        let price = row.price.get().0;
        let moved = price as i128 / 1_000_000 * millionths as i128;
        set_price(row, Price((price as i128 + moved) as u128));
        row.long_mark = (row.long_mark.get() + moved).into();
        row.short_mark = (row.short_mark.get() + moved).into();
    }
}

fn address(dice: &mut Dice) -> Address {
    let words: [[u8; 8]; 4] = std::array::from_fn(|_| dice.next().to_le_bytes());
    Address::new_from_array(*words.as_flattened().first_chunk().expect("four words are 32 bytes"))
}

/// Native units worth so many micro-USD.
fn units(board: &RiskBoard, asset: u8, worth: f64) -> Quantity {
    let price = board.rows[asset as usize].price.get();
    let units = price.quantity_floor(Quote(worth.abs() as i64)).unwrap_or_default().0.max(1);
    Quantity(if worth < 0.0 { -units } else { units })
}

fn hold(state: &mut MarginState, board: &RiskBoard, asset: u8, worth: f64) {
    state.set_shares(asset, units(board, asset, worth)).expect("there are slots enough");
}

fn set_price(row: &mut AssetRow, price: Price) {
    (row.price, row.slow_price) = (price.into(), price.into());
    row.deposit_mark = Index(row.supply_index).price_floor(price).unwrap_or(price).into();
    row.deposit_mark_low = row.deposit_mark;
}

fn row(dice: &mut Dice, price: Price, decimals: u8, asset: u8) -> AssetRow {
    let mut row = AssetRow::zeroed();
    let is_settlement = asset == SETTLEMENT_ASSET;
    row.decimals = decimals;
    row.oracle = address(dice);
    row.oracle_kind = if is_settlement { OracleKind::Settlement } else { OracleKind::PythPull } as u8;
    row.confidence = 500;
    (row.fresh_seconds, row.expiry_seconds) = (60, 3_600);
    row.use_until = i64::MAX;
    row.supply_index = Index::ONE.0 / 1_000 * (1_000 + dice.next() % 40);
    row.borrow_index = Index::ONE.0 / 1_000 * (1_000 + dice.next() % 80);
    set_price(&mut row, price);
    (row.is_collateral, row.is_market) = (1, !is_settlement as u8);
    let discount = if is_settlement { 0 } else { 50_000 + dice.next() as u32 % 150_000 };
    row.maintenance_asset_weight = 1_000_000 - discount;
    row.initial_asset_weight = 1_000_000 - discount * 3 / 2;
    row.maintenance_debt_weight = 1_000_000 + discount;
    row.initial_debt_weight = 1_000_000 + discount * 3 / 2;
    // Funding has charged either side up to half a percent.
    let charged = price.0 as i128 / 1_000 * (dice.next() % 11) as i128 - price.0 as i128 / 200;
    row.long_mark = (price.0 as i128 - charged).into();
    row.short_mark = (price.0 as i128 - charged / 2).into();
    row.maintenance_margin = 20_000 + dice.next() as u32 % 20_000;
    row.initial_margin = row.maintenance_margin * 2;
    (row.initial_profit_weight, row.maintenance_profit_weight) =
        if asset % 8 == 7 { (500_000, 900_000) } else { (1_000_000, 1_000_000) };
    row.tiers = [
        TierRow { from: 250_000_000_000, initial: 20_000, maintenance: 10_000 },
        TierRow { from: 1_000_000_000_000, initial: 40_000, maintenance: 20_000 },
        TierRow::NONE,
    ];
    row.bounty_reserve = 1_000_000;
    row
}

fn market(board: &RiskBoard, asset: u8) -> Market {
    let mut market = Market::zeroed();
    let interest = units(board, asset, 50e12).0;
    (market.clearinghouse, market.asset) = (board.clearinghouse, asset);
    (market.long_size, market.short_size) = (interest, interest / 10 * 9);
    market.terms.skew_scale = interest * 20;
    market.terms.size_min = 1;
    market.terms.full_close_notional = 100_000_000;
    market.terms.liquidation_penalty = 10_000;
    (market.terms.bounty_share, market.terms.bounty_share_max) = (300_000, 1_000_000);
    market.terms.bounty_seconds = 60;
    market
}

fn bank(dice: &mut Dice, board: &RiskBoard, asset: u8) -> Bank {
    let mut bank = Bank::zeroed();
    let row = &board.rows[asset as usize];
    (bank.clearinghouse, bank.mint, bank.asset) = (board.clearinghouse, address(dice), asset);
    (bank.supply_index, bank.borrow_index) = (row.supply_index, row.borrow_index);
    bank.terms.liquidation_bonus = 50_000;
    bank
}
