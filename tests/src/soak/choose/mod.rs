//! What to do next: drawn from random numbers and from how the world is now.
//!
//! A step is drawn with all its numbers: "liquidate somebody who has sunk" becomes
//! "liquidate person 3's account 0 in BTC". So a script needs no chooser to be replayed.

mod govern;
mod keepers;
mod others;
mod prices;
mod stories;
mod traders;

use super::random::Random;
use super::stage::{FIRST_PRICES, KEEPERS, NEW_ASSETS, SUB_ACCOUNTS, Stage, TRADERS};
use super::step::Step;
use crate::scene::E8;
use plimsoll::state::{AssetRow, MarginState, RiskBoard};
use std::collections::VecDeque;

/// Draws a step; `None` if there is nothing of its kind to do now.
type Draw = fn(&mut Chooser, &Stage) -> Option<Step>;

/// How often each is drawn, relative to the others.
const DRAWS: &[(u64, Draw)] = &[
    (120, Chooser::price_moves),
    (40, Chooser::prices_move_on),
    (2, Chooser::oracle_halts),
    (14, Chooser::storm),
    (15, Chooser::refresh),
    (6, Chooser::wait),
    (220, Chooser::trade),
    (110, Chooser::deposit),
    (80, Chooser::withdraw),
    (50, Chooser::transfer),
    (110, Chooser::borrow),
    (160, Chooser::liquidate),
    (40, Chooser::call_margin),
    (60, Chooser::liquidate_debt),
    (140, Chooser::receivership),
    (40, Chooser::start_auction),
    (60, Chooser::win_auction),
    (20, Chooser::auction),
    (60, Chooser::settle_loss),
    (15, Chooser::bank_cash),
    (30, Chooser::deleverage),
    (40, Chooser::resolve),
    (30, Chooser::wind_up),
    (6, Chooser::sweep),
    (3, Chooser::fund_insurance),
    (7, Chooser::settle_all),
    (30, Chooser::provide),
    (25, Chooser::redeem),
    (30, Chooser::rebalance),
    (25, Chooser::open),
    (25, Chooser::leave),
    (15, Chooser::set_delegate),
    (20, Chooser::view),
    (5, Chooser::donate),
    (14, Chooser::hand_over),
    (40, Chooser::list),
    (6, Chooser::propose_margin),
    (6, Chooser::propose_weights),
    (20, Chooser::propose_terms),
    (6, Chooser::propose_oracle),
    (16, Chooser::execute),
    (6, Chooser::cancel),
    (16, Chooser::days_pass),
    (4, Chooser::warm_up),
    (12, Chooser::tighten),
    (12, Chooser::pause),
    (40, Chooser::unpause),
    (10, Chooser::collect_fees),
    (6, Chooser::found),
];

/// Draws the steps of a run.
pub struct Chooser {
    random: Random,
    /// By asset, in 1e-8 USD.
    prices: Vec<i64>,
    /// An oracle that publishes nothing, and until when.
    halted: Option<(u8, i64)>,
    /// An account that is being emptied to be closed.
    leaving: Option<(u8, u16)>,
    /// Steps that follow from one drawn before.
    queue: VecDeque<Step>,
}

/// A margin account that is open.
#[derive(Clone, Copy)]
struct Open {
    who: u8,
    sub: u16,
    state: MarginState,
}

impl Chooser {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            prices: first_prices(),
            halted: None,
            leaving: None,
            queue: VecDeque::new(),
        }
    }

    /// The next step.
    pub fn choose(&mut self, stage: &Stage) -> Step {
        loop {
            if let Some(step) = self.queue.pop_front() {
                return step;
            }
            let sum: u64 = DRAWS.iter().map(|(weight, _)| weight).sum();
            let mut at = self.random.below(sum);
            let draw = DRAWS.iter().find(|(weight, _)| {
                let is_here = at < *weight;
                at = at.saturating_sub(*weight);
                is_here
            });
            let (_, draw) = draw.expect("the weights' sum bounds the number");
            if let Some(step) = draw(self, stage) {
                return step;
            }
        }
    }

    // --- whom and what --------------------------------------------------------

    fn trader(&mut self) -> u8 {
        TRADERS.start + self.random.below(TRADERS.len() as u64) as u8
    }

    fn keeper(&mut self) -> u8 {
        KEEPERS.start + self.random.below(KEEPERS.len() as u64) as u8
    }

    fn anybody(&mut self, stage: &Stage) -> u8 {
        self.random.below(stage.people() as u64) as u8
    }

    fn account(&mut self, stage: &Stage) -> Option<Open> {
        let who = if self.random.once_in(30) { self.keeper() } else { self.trader() };
        let subs: Vec<u16> = SUB_ACCOUNTS.filter(|sub| stage.account(who, *sub).is_some()).collect();
        let sub = self.random.one_of(&subs)?;
        Some(Open { who, sub, state: stage.account(who, sub)? })
    }

    /// An asset that is collateral and has a price.
    fn collateral(&mut self, board: &RiskBoard) -> Option<u8> {
        let assets = assets_with(board, |row| row.is_collateral != 0);
        self.random.one_of(&assets)
    }

    /// An asset that has a market and a price.
    fn market(&mut self, board: &RiskBoard) -> Option<u8> {
        let assets = assets_with(board, |row| row.is_market != 0);
        self.random.one_of(&assets)
    }
}

fn assets_with(board: &RiskBoard, role: impl Fn(&AssetRow) -> bool) -> Vec<u8> {
    let rows = board.rows.iter().take(board.asset_count as usize).enumerate();
    rows.filter(|(_, row)| role(row) && row.price.get().0 > 0).map(|(asset, _)| asset as u8).collect()
}

fn all_assets(stage: &Stage) -> Vec<u8> {
    (0..stage.world.assets.len() as u8).collect()
}

/// The tokens in an account, in native units.
fn held(account: &MarginState) -> Vec<(u8, u64)> {
    let tokens = account.tokens().iter().filter(|token| token.shares > 0);
    tokens.map(|token| (token.asset, token.shares as u64)).collect()
}

/// About this many micro-USD in native units at the row's price.
fn native(micro_usd: i64, row: &AssetRow) -> u64 {
    u64::try_from(((micro_usd as u128) << 64) / row.price.get().0).unwrap_or(u64::MAX)
}

/// Where the price of each asset begins, 1e-8 USD.
fn first_prices() -> Vec<i64> {
    let first = FIRST_PRICES.iter().map(|(_, price)| *price);
    let new = NEW_ASSETS.iter().map(|_| 40 * E8);
    std::iter::once(E8).chain(first).chain(new).collect()
}
