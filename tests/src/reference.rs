//! The engine's figures in plain 128-bit arithmetic: one multiplication and one
//! division per step, rounded as the documentation says. Written from the formulas and
//! apart from the risk crate, so that a test that compares the two checks both.

use plimsoll::state::{AssetRow, MarginState, Market, RiskBoard, TierRow};

/// Steps of a price of one micro-USD per native unit (Q64.64).
const ONE: i128 = 1 << 64;
const MILLION: i128 = 1_000_000;
/// An index of one native unit per share.
const INDEX_ONE: i128 = 1 << 48;

/// A price in steps, from units of 1e-8 USD per token of `decimals` decimals; rounded down.
pub fn price(price_e8: i64, decimals: u8) -> i128 {
    // micro-USD per native unit = price_e8 * 1e-8 * 1e6 / 10^decimals
    price_e8 as i128 * ONE / 10i128.pow(2 + decimals as u32)
}

/// `a / b` towards minus infinity, for a positive `b`.
pub fn floor(a: i128, b: i128) -> i128 {
    a.div_euclid(b)
}

/// `a / b` towards plus infinity, for a positive `b`.
pub fn ceil(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}

/// This many millionths of an amount, rounded down.
pub fn share_floor(millionths: u32, amount: i128) -> i128 {
    floor(amount * millionths as i128, MILLION)
}

/// This many millionths of an amount, rounded up.
pub fn share_ceil(millionths: u32, amount: i128) -> i128 {
    ceil(amount * millionths as i128, MILLION)
}

/// Value of `size` native units in micro-USD, rounded down.
pub fn value_floor(size: i64, price: i128) -> i128 {
    floor(size as i128 * price, ONE)
}

/// Value of `size` native units in micro-USD, rounded up.
pub fn value_ceil(size: i64, price: i128) -> i128 {
    ceil(size as i128 * price, ONE)
}

/// The steps of a row's oracle price.
pub fn oracle(row: &AssetRow) -> i128 {
    (row.price.high as i128) << 64 | row.price.low as i128
}

/// The steps of a row's slow price.
pub fn slow(row: &AssetRow) -> i128 {
    (row.slow_price.high as i128) << 64 | row.slow_price.low as i128
}

/// What a trade costs without fee: value at the oracle price, confidence spread, and
/// impact at the mean of the skew before and after; each rounded up.
pub fn cost(market: &Market, row: &AssetRow, size: i64) -> i128 {
    let value = value_ceil(size, oracle(row));
    let skew = market.long_size as i128 - market.short_size as i128;
    let impact = ceil(value * (2 * skew + size as i128), 2 * market.terms.skew_scale as i128);
    value + share_ceil(row.confidence, value.abs()) + impact
}

/// Trading fee and the part of it that goes to insurance.
pub fn fee(market: &Market, row: &AssetRow, size: i64) -> (i128, i128) {
    let fee = share_ceil(market.terms.trading_fee, value_ceil(size.abs(), oracle(row)));
    (fee, share_floor(market.terms.insurance_fee_share, fee))
}

/// The part of a trading fee that goes to the fee collector; the rest is capital.
pub fn protocol_fee(market: &Market, fee: i128) -> i128 {
    share_floor(market.terms.protocol_fee_share, fee)
}

/// A position: size, and what was paid for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub size: i128,
    pub entry: i128,
}

/// What a native unit of the longs and of the shorts has been charged so far, in steps.
pub fn charges(row: &AssetRow) -> [i128; 2] {
    [row.long_mark, row.short_mark].map(|mark| oracle(row) - mark.get())
}

/// The position after a trade where nothing has been charged, and what the trade realised.
pub fn traded(position: Position, size: i64, cost: i128) -> (Position, i128) {
    traded_charged(position, size, cost, [0, 0])
}

/// The position after a trade, and what the trade realised. A part that is closed takes
/// its share of the entry with it, rounded up. Entries are less what each unit had been charged
/// before, rounded up.
pub fn traded_charged(position: Position, size: i64, cost: i128, charges: [i128; 2]) -> (Position, i128) {
    let (held, delta) = (position.size, size as i128);
    let uncharged =
        |cost: i128, units: i128, side: i128| cost - floor(units * charges[usize::from(side < 0)], ONE);
    if held == 0 || held.signum() == delta.signum() {
        let entry = position.entry + uncharged(cost, delta, delta);
        return (Position { size: held + delta, entry }, 0);
    }
    if delta.abs() > held.abs() {
        let closing = ceil(cost * held.abs(), delta.abs());
        let opened = Position { size: held + delta, entry: uncharged(cost - closing, held + delta, delta) };
        return (opened, -uncharged(closing, -held, held) - position.entry);
    }
    let closed = ceil(position.entry * delta.abs(), held.abs());
    let entry = position.entry - closed;
    (Position { size: held + delta, entry }, -uncharged(cost, delta, held) - closed)
}

/// Equity, initial and maintenance health in micro-USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub equity: i128,
    pub initial: i128,
    pub maintenance: i128,
}

impl std::ops::Add for Health {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            equity: self.equity + other.equity,
            initial: self.initial + other.initial,
            maintenance: self.maintenance + other.maintenance,
        }
    }
}

impl Health {
    /// Cash: worth its face.
    pub fn cash(amount: i128) -> Self {
        Self { equity: amount, initial: amount, maintenance: amount }
    }

    /// Equity over maintenance requirement in millionths, rounded down.
    pub fn margin_ratio(&self) -> i128 {
        floor(self.equity * MILLION, self.equity - self.maintenance)
    }
}

/// Price of a share whose index is `index`, if a native unit costs `price`; rounded down.
fn share_price_floor(index: u64, price: i128) -> i128 {
    floor(price * index as i128, INDEX_ONE)
}

/// The same, rounded up.
fn share_price_ceil(index: u64, price: i128) -> i128 {
    ceil(price * index as i128, INDEX_ONE)
}

/// Health of a balance in shares: a deposit counts initially at the lower of the two prices,
/// a debt at the higher.
pub fn token_health(shares: i64, row: &AssetRow) -> Health {
    let (price, slow) = (oracle(row), slow(row));
    let (mark, cautious, initial, maintenance) = if shares < 0 {
        let mark = |price| share_price_ceil(row.borrow_index, price);
        (mark(price), mark(price.max(slow)), row.initial_debt_weight, row.maintenance_debt_weight)
    } else {
        let mark = |price| share_price_floor(row.supply_index, price);
        (mark(price), mark(price.min(slow)), row.initial_asset_weight, row.maintenance_asset_weight)
    };
    let value = value_floor(shares, mark);
    Health {
        equity: value,
        initial: share_floor(initial, value_floor(shares, cautious)),
        maintenance: share_floor(maintenance, value),
    }
}

/// Health of a position: profit by its weights, loss in full, margin on the notional with
/// what the brackets add to it, and the reserve for a bounty.
pub fn position_health(position: Position, row: &AssetRow) -> Health {
    let size = i64::try_from(position.size).expect("a size");
    let mark = if size < 0 { row.short_mark } else { row.long_mark };
    let pnl = value_floor(size, mark.get()) - position.entry;
    let counted = |weight: u32| if pnl > 0 { share_floor(weight, pnl) } else { pnl };
    let notional = value_ceil(size.abs(), oracle(row));
    let margin = |base: u32, surcharge: fn(&TierRow) -> u32| {
        let above = |tier: &TierRow| share_ceil(surcharge(tier), (notional - tier.from as i128).max(0));
        share_ceil(base, notional) + row.tiers.iter().map(above).sum::<i128>() + row.bounty_reserve as i128
    };
    Health {
        equity: pnl,
        initial: counted(row.initial_profit_weight) - margin(row.initial_margin, |tier| tier.initial),
        maintenance: counted(row.maintenance_profit_weight)
            - margin(row.maintenance_margin, |tier| tier.maintenance),
    }
}

/// Health of an account whose prices are all good.
pub fn health(account: &MarginState, board: &RiskBoard) -> Health {
    let row = |asset: u8| &board.rows[asset as usize];
    let tokens = account.tokens().iter().map(|t| token_health(t.shares, row(t.asset)));
    let positions = account
        .perps()
        .iter()
        .map(|p| position_health(Position { size: p.size as i128, entry: p.entry as i128 }, row(p.asset)));
    let cash = Health::cash(account.cash as i128);
    tokens.chain(positions).fold(cash, |sum, slot| sum + slot)
}
