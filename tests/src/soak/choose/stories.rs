//! What takes many steps in a row, and seldom comes about from single draws: an account goes
//! under and is sold, or is ruined and wound up.

use super::keepers::all;
use super::{Chooser, Open, all_assets};
use crate::scene::{USD, USDC};
use crate::soak::stage::Stage;
use crate::soak::step::{Assets, Step};
use plimsoll::state::{MarginState, RiskBoard};
use plimsoll::valuation::displayed_health;
use plimsoll_risk::{Health, Quantity};

/// Longer than any hold, and than the delay of an auction.
const REST_SECONDS: u64 = 601;
/// By how much a slow price approaches the current one in that time, millionths.
const APPROACH: u32 = 300_000;
/// Most rests in a row: what is still diverged then is refused.
const RESTS_MAX: u32 = 8;
/// Most that one story moves a price by, millionths.
const MOVE_MAX: i64 = 800_000;

impl Chooser {
    /// A solvent account below maintenance is called, put up and sold; if there is none, a
    /// price first moves against somebody.
    pub(super) fn auction(&mut self, stage: &Stage) -> Option<Step> {
        let board = stage.world.board();
        let sunk = all(stage, |a| health(a, &board).is_some_and(|h| h.maintenance.0 < 0 && h.equity.0 > 0));
        let account = match self.random.one_of(&sunk) {
            Some(account) => account,
            None => {
                let account = self.leveraged(stage, &board)?;
                // Two thirds of what then separates it from ruin are left.
                let health = health(&account.state, &board)?;
                let loss = health.maintenance.0 + (health.equity.0 - health.maintenance.0) / 3;
                self.price_turns_against(&account.state, &board, loss)?;
                account
            }
        };
        let Open { who, sub, state } = account;
        let winner = self.winner(stage, &account)?;
        let short = health(&state, &board)?.initial.0.min(0).unsigned_abs();
        self.rest(stage, rests(&board));
        self.queue.push_back(Step::CallMargin { who, sub });
        self.rest(stage, 1);
        self.queue.push_back(Step::StartAuction { who, sub });
        let (winner, into) = (winner.who, winner.sub);
        let amount = 2 * short + 2_000 * USD as u64;
        self.queue.push_back(Step::Deposit { who: winner, sub: into, asset: USDC, amount });
        self.queue.push_back(Step::WinAuction { who, sub, winner, into, most: u64::MAX });
        self.queue.pop_front()
    }

    /// An account that owes tokens and more than it owns loses all it has to a keeper, and
    /// lenders or insurance bear the rest; if there is none, a price first moves against one.
    pub(super) fn wind_up(&mut self, stage: &Stage) -> Option<Step> {
        let board = stage.world.board();
        let owes = |a: &MarginState| a.tokens().iter().any(|token| token.shares < 0);
        let ruined = all(stage, |a| owes(a) && health(a, &board).is_some_and(|h| h.equity.0 < 0));
        let Open { who, sub, state } = match self.random.one_of(&ruined) {
            Some(account) => account,
            None => {
                let account = self.random.one_of(&all(stage, owes))?;
                let equity = health(&account.state, &board)?.equity.0;
                self.price_turns_against(&account.state, &board, equity + equity / 8)?;
                account
            }
        };
        self.rest(stage, rests(&board));
        let keeper = self.keeper();
        if (who, sub) == (keeper, 0) {
            self.queue.clear();
            return None;
        }
        let amount = 50_000 * USD as u64;
        self.queue.push_back(Step::Deposit { who: keeper, sub: 0, asset: USDC, amount });
        for position in state.perps() {
            self.queue.push_back(Step::Liquidate { who, sub, asset: position.asset, keeper });
        }
        self.queue.push_back(Step::BankCash { who, sub });
        let of_sign = |sign: i64| state.tokens().iter().filter(move |token| token.shares.signum() == sign);
        let debts: Vec<u8> = of_sign(-1).map(|token| token.asset).collect();
        for debt in &debts {
            for asset in of_sign(1).map(|token| token.asset) {
                let (debt, most) = (*debt, u64::MAX);
                if self.random.once_in(2) {
                    self.queue.push_back(Step::Receivership {
                        who,
                        sub,
                        debt,
                        asset,
                        most,
                        keeper,
                        order: 0,
                    });
                }
                self.queue.push_back(Step::LiquidateDebt { who, sub, debt, asset, most, keeper });
            }
        }
        if !self.random.once_in(3) {
            let who = self.provider();
            self.queue.push_back(Step::FundInsurance { who, amount: 5_000 * USD as u64 });
        }
        self.queue.extend(debts.into_iter().map(|debt| Step::Resolve { who, sub, debt }));
        self.queue.pop_front()
    }

    /// Somebody solvent who has more at stake than he owns.
    fn leveraged(&mut self, stage: &Stage, board: &RiskBoard) -> Option<Open> {
        let is_leveraged = |health: Health| {
            let required = health.maintenance_requirement().map_or(0, |required| required.0);
            health.maintenance.0 > 0 && health.equity.0 < 10 * required
        };
        self.random.one_of(&all(stage, |a| health(a, board).is_some_and(is_leveraged)))
    }

    /// The price of what an account has most at stake in moves so that it loses about `loss`
    /// micro-USD; `None` if that is too far.
    fn price_turns_against(&mut self, account: &MarginState, board: &RiskBoard, loss: i64) -> Option<()> {
        let value = |asset: u8, size: i64| {
            let price = board.rows[asset as usize].price.get();
            price.value_floor(Quantity(size)).map_or(0, |value| value.0)
        };
        let positions = account.perps().iter().map(|position| (position.asset, position.size));
        let tokens = account.tokens().iter().map(|token| (token.asset, token.shares));
        let stakes = positions.chain(tokens).filter(|(asset, _)| *asset != USDC);
        let stakes = stakes.map(|(asset, size)| (asset, value(asset, size)));
        let (asset, stake) = stakes.max_by_key(|(_, stake)| stake.abs()).filter(|(_, stake)| *stake != 0)?;
        let by = i64::try_from(loss as i128 * 1_000_000 / stake.unsigned_abs() as i128).ok()?;
        if self.halted.is_some_and(|(halted, _)| halted == asset) || !(0..=MOVE_MAX).contains(&by) {
            return None;
        }
        let step = self.prices[asset as usize] / 1_000_000 * by;
        self.moved(asset, if stake > 0 { -step } else { step });
        Some(())
    }

    /// Whoever could take an account over: nothing that he holds is opposite to it.
    fn winner(&mut self, stage: &Stage, sold: &Open) -> Option<Open> {
        let fits = |a: &MarginState| {
            let tokens = sold.state.tokens().iter().filter(|token| token.asset != USDC);
            let is_same = |one: i64, other: i64| one.signum() * other.signum() >= 0;
            tokens.into_iter().all(|token| is_same(token.shares, a.shares(token.asset).0))
                && sold.state.perps().iter().all(|p| is_same(p.size, a.position(p.asset).size.0))
                && a.isolated_asset == 0
        };
        let mut others = all(stage, fits);
        others.retain(|other| (other.who, other.sub) != (sold.who, sold.sub));
        self.random.one_of(&others)
    }

    /// Minutes pass in which prices stand still, and every row is brought up to date.
    fn rest(&mut self, stage: &Stage, times: u32) {
        let assets = all_assets(stage);
        for _ in 0..times {
            self.queue.push_back(Step::Wait { seconds: REST_SECONDS });
            for asset in &assets[1..] {
                let price = self.prices[*asset as usize];
                self.queue.push_back(Step::Quote { asset: *asset, price, confidence: 500, lag: 0 });
            }
            self.queue.push_back(Step::Refresh { assets: Assets(assets.clone()) });
        }
    }
}

fn health(account: &MarginState, board: &RiskBoard) -> Option<Health> {
    displayed_health(account, board).ok()
}

/// How many rests it takes for the slow prices to arrive: another two for a price that moves
/// in the story itself.
fn rests(board: &RiskBoard) -> u32 {
    let farthest = board.rows.iter().map(|row| row.divergence).max().unwrap_or(0);
    (2 + farthest / APPROACH).min(RESTS_MAX)
}
