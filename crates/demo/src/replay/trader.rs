//! A trader: enters when the role says so, then reacts to the state of the account.

mod loan;

use plimsoll::events::Traded;
use plimsoll::state::{MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::Event;
use plimsoll_risk::{Health, Price, Ratio};
use plimsoll_testkit::Wallet;
use plimsoll_testkit::actions::ANY_PRICE;
use solana_address::Address;

use super::cast::{Reaction, Role, Stake};
use super::desk::{self, Desk};
use super::tape::Tape;
use crate::money;
use crate::report::{AccountSample, MicroUsd, Tone};

/// A trade's price may be this far from the oracle's.
const SLIPPAGE: Ratio = Ratio(20_000);

/// Decimals of coins in the story.
const PLACES: u8 = 4;

const REACTIONS_MAX: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// Has deposited and opened so many of its positions.
    Opening(usize),
    /// Has opened all of them.
    Invested,
}

pub struct Trader {
    pub role: Role,
    pub wallet: Wallet,
    pub account: Address,
    pub series: Vec<AccountSample>,
    stage: Stage,
    /// How often each reaction has been used.
    used: [u8; REACTIONS_MAX],
    /// The last refusal told, so that a trader who tries again and again is told of once.
    refusal: Option<String>,
    /// What has been borrowed and neither paid back nor taken over, without interest, micro-USD.
    pub principal: u64,
}

impl Trader {
    pub fn new(role: Role, desk: &mut Desk) -> Self {
        let wallet = desk.world.wallet(role.name);
        let account = desk.world.account_address(&wallet, 0);
        Self {
            role,
            wallet,
            account,
            series: Vec::new(),
            stage: Stage::Waiting,
            used: [0; REACTIONS_MAX],
            refusal: None,
            principal: 0,
        }
    }

    /// Does what the role does at this moment.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub fn act(&mut self, desk: &mut Desk, tape: &Tape) -> Result<(), String> {
        if self.stage == Stage::Waiting && tape.calls_for(self.role.entry) {
            self.fund(desk)?;
        }
        match self.stage {
            Stage::Waiting => Ok(()),
            Stage::Opening(opened) => self.open(desk, opened),
            Stage::Invested => self.react(desk),
        }
    }

    // --- entering -------------------------------------------------------------------------------------------------------------

    fn fund(&mut self, desk: &mut Desk) -> Result<(), String> {
        let (asset, amount) = match self.role.stake {
            Stake::Usdc(amount) => (SETTLEMENT_ASSET, amount),
            Stake::Coin(symbol, value) => {
                let asset = desk.asset(symbol);
                (asset, coins(value, desk, asset))
            }
        };
        let (amount, reserve) = (amount.unsigned_abs(), self.role.reserve.unsigned_abs());
        desk.world.give(&self.wallet, asset, amount);
        desk.world.give(&self.wallet, SETTLEMENT_ASSET, reserve);
        let open = desk.world.open_account_instruction(&self.wallet, 0);
        let deposit = desk.world.deposit_instruction(&self.wallet, 0, asset, amount);
        let sent = desk.send(&self.wallet, open).and_then(|_| desk.send(&self.wallet, deposit));
        let text =
            format!("{} {}; deposits {}", self.role.name, self.role.who, told_amount(desk, asset, amount));
        match sent {
            Ok(_) => desk.tell(Tone::Plain, text),
            Err(refused) => desk.tell(Tone::Notice, format!("{text}, and is refused: {refused}")),
        }
        self.stage = Stage::Opening(0);
        self.record(desk)
    }

    /// Borrows, and opens the positions that are still missing; what is refused is tried again at the next price.
    fn open(&mut self, desk: &mut Desk, opened: usize) -> Result<(), String> {
        if self.role.borrows > 0 && self.principal == 0 && !self.borrow(desk)? {
            return Ok(());
        }
        for (index, (symbol, leverage)) in self.role.positions.clone().into_iter().enumerate().skip(opened) {
            let asset = desk.asset(symbol);
            let notional = self.thousandths(leverage) / 1_000;
            let size = coins(i64::try_from(notional).unwrap_or(i64::MAX), desk, asset);
            let Some(trade) = self.trade(desk, asset, size) else { return Ok(()) };
            let side = if size > 0 { "long" } else { "short" };
            let text = format!(
                "{} goes {side} {} at {}, fee {}",
                self.role.name,
                told_amount(desk, asset, size.unsigned_abs()),
                money::cents(trade_price(&trade, desk.decimals(asset))),
                money::usdc(MicroUsd(trade.fee.into())),
            );
            self.tell_with_ratio(desk, text, None)?;
            self.stage = Stage::Opening(index + 1);
        }
        self.stage = Stage::Invested;
        Ok(())
    }

    /// Value of the stake when it was put in, micro-USD.
    fn stake(&self) -> i64 {
        match self.role.stake {
            Stake::Usdc(value) | Stake::Coin(_, value) => value,
        }
    }

    /// `share` times the stake.
    fn thousandths(&self, share: i64) -> i128 {
        i128::from(share) * i128::from(self.stake())
    }

    // --- reacting -------------------------------------------------------------------------------------------------------------

    fn react(&mut self, desk: &mut Desk) -> Result<(), String> {
        for (index, reaction) in self.role.reactions.iter().enumerate().take(REACTIONS_MAX) {
            let Some(state) = desk.margin(&self.account) else { return Ok(()) };
            let board = desk.board();
            let health = desk::health(&state, &board)?;
            let is_below = |line: i64| ratio(&state, &health).is_some_and(|ratio| ratio < line);
            match *reaction {
                Reaction::TopUp { below, times } if is_below(below) && self.used[index] < times => {
                    self.used[index] += 1;
                    self.top_up(desk, &health)?;
                }
                Reaction::Halve { below, times } if is_below(below) && self.used[index] < times => {
                    self.used[index] += 1;
                    self.reduce(desk, &state, 2, "cuts the risk in half")?;
                }
                Reaction::Stop { below } if is_below(below) => self.reduce(desk, &state, 1, "gets out")?,
                Reaction::TakeProfit { share }
                    if profit(&state, &board) * 1_000 >= self.thousandths(share) =>
                {
                    self.reduce(desk, &state, 1, "takes profit")?;
                }
                Reaction::Repay if state.perp_count == 0 => self.repay(desk, &state)?,
                _ => (),
            }
        }
        Ok(())
    }

    fn top_up(&mut self, desk: &mut Desk, before: &Health) -> Result<(), String> {
        let held = desk.world.wallet_balance(&self.wallet, SETTLEMENT_ASSET);
        let amount = held.min(self.stake().unsigned_abs() / 4);
        if amount > 0 && self.deposit(desk, amount) {
            let text = format!("{} tops up {}", self.role.name, told_amount(desk, SETTLEMENT_ASSET, amount));
            self.tell_with_ratio(desk, text, before.margin_ratio_floor().ok().flatten())?;
        }
        Ok(())
    }

    /// Pays back what the account owes, as far as the wallet can.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub fn repay(&mut self, desk: &mut Desk, state: &MarginState) -> Result<(), String> {
        let owed = desk.holds(state, SETTLEMENT_ASSET)?.min(0).unsigned_abs();
        let interest = self.told_interest(desk, owed);
        let amount = owed.min(desk.world.wallet_balance(&self.wallet, SETTLEMENT_ASSET));
        if amount > 0 && self.deposit(desk, amount) {
            let (paid, owed) =
                (told_amount(desk, SETTLEMENT_ASSET, amount), told_amount(desk, SETTLEMENT_ASSET, owed));
            let text = if paid == owed {
                format!("{} pays back the {owed} that were owed{interest}", self.role.name)
            } else {
                format!("{} pays back {paid} of {owed} that are owed", self.role.name)
            };
            desk.tell(Tone::Plain, text);
            self.record(desk)?;
        }
        Ok(())
    }

    fn deposit(&mut self, desk: &mut Desk, amount: u64) -> bool {
        let deposit = desk.world.deposit_instruction(&self.wallet, 0, SETTLEMENT_ASSET, amount);
        match desk.send(&self.wallet, deposit) {
            Ok(_) => true,
            Err(refused) => {
                self.tell_refusal(desk, "deposit", refused.to_string());
                false
            }
        }
    }

    /// Closes one in `parts` of every position, and says why.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub fn reduce(
        &mut self,
        desk: &mut Desk,
        state: &MarginState,
        parts: i64,
        why: &str,
    ) -> Result<(), String> {
        for slot in state.perps() {
            let closed = slot.size / parts;
            if closed == 0 {
                continue;
            }
            let before = ratio(state, &desk.health(state)?);
            let Some(trade) = self.trade(desk, slot.asset, -closed) else { continue };
            let text = format!(
                "{} {why}: {} {} at {}, {} {}",
                self.role.name,
                if closed > 0 { "sells" } else { "buys" },
                told_amount(desk, slot.asset, closed.unsigned_abs()),
                money::cents(trade_price(&trade, desk.decimals(slot.asset))),
                if trade.realised < 0 { "losing" } else { "gaining" },
                money::usdc(MicroUsd(i128::from(trade.realised).abs())),
            );
            self.tell_with_ratio(desk, text, before)?;
        }
        Ok(())
    }

    // --- all of it ------------------------------------------------------------------------------------------------------------

    /// Trades within the slippage; a refusal is told once.
    fn trade(&mut self, desk: &mut Desk, asset: u8, size: i64) -> Option<Traded> {
        let oracle = desk.row(asset).price.get();
        let limit = if size > 0 { oracle.raised_by(SLIPPAGE) } else { oracle.lowered_by(SLIPPAGE) };
        let any = if size > 0 { Price(ANY_PRICE) } else { Price(0) };
        let limit = limit.unwrap_or(any).0;
        let trade = desk.world.trade_instruction(&self.wallet, &self.wallet, 0, asset, (size, limit));
        match desk.send(&self.wallet, trade) {
            Ok(outcome) => {
                self.refusal = None;
                outcome.events.iter().find_map(|event| match event {
                    Event::Traded(traded) => Some(*traded),
                    _ => None,
                })
            }
            Err(refused) => {
                let what = if size > 0 { "buy" } else { "sell" };
                self.tell_refusal(
                    desk,
                    &format!("{what} {}", told_amount(desk, asset, size.unsigned_abs())),
                    refused.to_string(),
                );
                None
            }
        }
    }

    fn tell_refusal(&mut self, desk: &mut Desk, what: &str, why: String) {
        if self.refusal.as_ref() != Some(&why) {
            desk.tell(Tone::Notice, format!("{} wants to {what}, and is refused: {why}", self.role.name));
            self.refusal = Some(why);
        }
    }

    /// Tells `text`, and what it made of the margin ratio that was `before`.
    fn tell_with_ratio(&mut self, desk: &mut Desk, text: String, before: Option<i64>) -> Result<(), String> {
        self.record(desk)?;
        let after = self.series.last().and_then(|sample| sample.margin_ratio_ppm);
        let ratios: Vec<String> = [before, after].into_iter().flatten().map(money::ratio).collect();
        let text = match after {
            Some(_) => format!("{text}; margin ratio {}", ratios.join(" to ")),
            None => text,
        };
        desk.tell(Tone::Plain, text);
        Ok(())
    }

    /// What the account owes beyond its collateral and the result of its positions.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub fn owes(&self, desk: &Desk) -> Result<Option<MicroUsd>, String> {
        let Some(state) = desk.margin(&self.account) else { return Ok(None) };
        let equity = i128::from(desk.health(&state)?.equity.0);
        Ok((equity < 0).then_some(MicroUsd(-equity)))
    }

    /// Adds a sample of the account as it is now, unless the last one is the same.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub fn record(&mut self, desk: &Desk) -> Result<(), String> {
        let Some(state) = desk.margin(&self.account) else { return Ok(()) };
        let health = desk.health(&state)?;
        let requirement = health.maintenance_requirement().map_err(|_| overflow())?;
        let sample = AccountSample {
            time: desk.now,
            equity: MicroUsd(health.equity.0.into()),
            maintenance_requirement: MicroUsd(requirement.0.into()),
            margin_ratio_ppm: ratio(&state, &health),
            open: state.perp_count > 0,
        };
        if self.series.last() != Some(&sample) {
            self.series.push(sample);
        }
        Ok(())
    }
}

/// The margin ratio in millionths; `None` for an account that stands behind nothing, whatever its collateral is discounted by.
pub fn ratio(state: &MarginState, health: &Health) -> Option<i64> {
    if state.is_unencumbered() { None } else { health.margin_ratio_floor().ok().flatten() }
}

/// Unrealised profit of all positions at the board's prices; zero where a price is out of range.
fn profit(state: &MarginState, board: &RiskBoard) -> i128 {
    let of = |slot: &plimsoll::state::PerpSlot| {
        let value = board.rows[slot.asset as usize].price.get().value_floor(slot.position().size).ok()?;
        Some(i128::from(value.0) - i128::from(slot.entry))
    };
    state.perps().iter().filter_map(of).sum()
}

/// Native units of `asset` that are worth `value` micro-USD on the board, cut to three significant digits.
fn coins(value: i64, desk: &Desk, asset: u8) -> i64 {
    // The price is Q64.64: value / price in two steps, so that nothing overflows.
    let price = desk.row(asset).price.get().0.max(1);
    let magnitude = u128::from(value.unsigned_abs());
    let units = ((magnitude << 63) / price).saturating_mul(2);
    let mut unit = 1u128;
    while units / unit >= 1_000 {
        unit *= 10;
    }
    let units = i64::try_from(units / unit * unit).unwrap_or(i64::MAX);
    if value < 0 { -units } else { units }
}

/// What a trade cost, for one whole coin.
fn trade_price(trade: &Traded, decimals: u8) -> MicroUsd {
    super::price_of_one(trade.cost, trade.size, decimals)
}

/// An amount of an asset as people read it, coins to four decimals.
pub fn told_amount(desk: &Desk, asset: u8, amount: u64) -> String {
    if asset == SETTLEMENT_ASSET {
        money::usdc(MicroUsd(amount.into()))
    } else {
        let (decimals, places) = (desk.decimals(asset), desk.decimals(asset).min(PLACES));
        // Rounded for reading, but never to nothing.
        let unit = 10i128.pow(u32::from(decimals - places));
        let (amount, symbol) = (i128::from(amount), &desk.world.assets[asset as usize].symbol);
        let (amount, decimals) =
            if amount < unit { (amount, decimals) } else { ((amount + unit / 2) / unit, places) };
        money::tokens(amount, decimals, symbol)
    }
}

fn overflow() -> String {
    plimsoll::error::PlimsollError::Overflow.message().to_string()
}
