//! Those in charge: what is proposed, executed, tightened, paused and collected; and days that
//! pass until a change is ready.

use super::{Chooser, all_assets};
use crate::scene::USDC;
use crate::soak::charter::Proposal;
use crate::soak::stage::{FIRST_PRICES, ROLES, Stage};
use crate::soak::step::{Assets, Step};
use plimsoll::parameters::{ALL, Concern, Parameter, Tightens};
use plimsoll::params::Change;
use plimsoll::state::{ALL_ASSETS, Role, WarmUp};
use plimsoll_client::governance::parameter_id;

/// The shortest ramp within bounds.
const RAMP_SECONDS_MIN: u32 = 86_400;
/// Nearly a day: the history of a price has no gap.
const DAY_SECONDS: u64 = 80_000;
/// Longest pause.
const PAUSE_SECONDS_MAX: u64 = 86_400;

/// What governance moves to and fro without a ramp: nothing that the way out of
/// `settle.rs` counts on (holds, slow prices), and nothing that would end the run.
const MOVED: &[(Concern, &str)] = &[
    (Concern::Clearinghouse, "margin_call"),
    (Concern::Clearinghouse, "change_delay_seconds"),
    (Concern::Clearinghouse, "outflow_max"),
    (Concern::Pool, "redeem_fee"),
    (Concern::Price, "fresh_seconds"),
    (Concern::Price, "confidence_max"),
    (Concern::Bank, "deposit_cap"),
    (Concern::Bank, "borrow_cap"),
    (Concern::Bank, "debt_min"),
    (Concern::Bank, "outflow_max"),
    (Concern::Bank, "utilisation_max"),
    (Concern::Bank, "rate_at_full"),
    (Concern::Bank, "reserve_share"),
    (Concern::Bank, "liquidation_bonus"),
    (Concern::Market, "open_interest_max"),
    (Concern::Market, "trading_fee"),
    (Concern::Market, "protocol_fee_share"),
    (Concern::Market, "reserve_ratio"),
    (Concern::Market, "capital_weight"),
    (Concern::Market, "reduce_only"),
    (Concern::Market, "insurance_tranche"),
    (Concern::Market, "funding_rate_max_per_day"),
];

impl Chooser {
    /// A role passes to somebody, or sometimes to nobody, who accepts once that may be done;
    /// or somebody tries to accept what was not offered.
    pub(super) fn hand_over(&mut self, stage: &Stage) -> Option<Step> {
        let (who, role) = (self.anybody(stage), self.random.one_of(&ROLES)?);
        let clearinghouse = stage.world.clearinghouse_account();
        let nominated = (0..stage.people()).filter_map(|who| {
            let role = ROLES
                .into_iter()
                .find(|role| clearinghouse.role(*role).nominee == stage.wallet(who).address());
            Some((who, role?))
        });
        let nominated: Vec<(u8, Role)> = nominated.collect();
        if let Some((who, role)) = self.random.one_of(&nominated).filter(|_| !self.random.once_in(8)) {
            return Some(Step::Accept { who, role: role as u8 });
        }
        if self.random.once_in(4) {
            return Some(Step::Accept { who, role: role as u8 });
        }
        let is_burned = role != Role::Governance && self.random.once_in(8);
        Some(Step::ProposeRole { role: role as u8, who: if is_burned { u8::MAX } else { who } })
    }

    /// Governance proposes to list another asset, or what is listed as collateral or market.
    pub(super) fn list(&mut self, stage: &Stage) -> Option<Step> {
        let (board, first) = (stage.world.board(), 1 + FIRST_PRICES.len() as u8);
        let pends = |of: &dyn Fn(&Change) -> bool| stage.pending().any(|(_, p)| of(&p.change));
        for asset in first..board.asset_count as u8 {
            let row = &board.rows[asset as usize];
            let is_same = |its: &u8| *its == asset;
            if row.is_collateral == 0
                && !pends(&|c| matches!(c, Change::Collateral { asset, .. } if is_same(asset)))
            {
                return Some(Step::ProposeCollateral { asset });
            }
            if row.is_market == 0 && !pends(&|c| matches!(c, Change::Market { asset, .. } if is_same(asset)))
            {
                return Some(Step::ProposeMarket { asset });
            }
        }
        let is_due = !pends(&|c| matches!(c, Change::Asset(_))) && stage.next_listing().is_some();
        is_due.then_some(Step::ProposeAsset {})
    }

    /// Governance would send a market's margins on their way, within bounds.
    pub(super) fn propose_margin(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.market(&stage.world.board())?;
        let maintenance = 45_000 + 1_000 * self.random.below(40) as u32;
        let initial = 2 * maintenance;
        Some(Step::ProposeMargin { asset, initial, maintenance, seconds: self.ramp_seconds() })
    }

    /// Governance would send a token's weights on their way, within bounds.
    pub(super) fn propose_weights(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.collateral(&stage.world.board()).filter(|asset| *asset != USDC)?;
        let maintenance = 800_000 + 1_000 * self.random.below(100) as u32;
        let initial = maintenance - 1_000 * self.random.below(200) as u32;
        Some(Step::ProposeWeights { asset, initial, maintenance, seconds: self.ramp_seconds() })
    }

    /// Mostly the shortest that there may be.
    fn ramp_seconds(&mut self) -> u32 {
        if self.random.once_in(4) { 2 * RAMP_SECONDS_MIN } else { RAMP_SECONDS_MIN }
    }

    /// Governance would move a parameter: mostly back to where it was at first, and mostly what
    /// stops a market altogether.
    pub(super) fn propose_terms(&mut self, stage: &Stage) -> Option<Step> {
        let stopped = stage.markets().into_iter().find(|market| market.terms.reduce_only == 1);
        if let Some(market) = stopped.filter(|_| !self.random.once_in(4)) {
            let parameter = parameter_id(Concern::Market, "reduce_only").ok()?;
            return Some(Step::ProposeTerms { asset: market.asset, parameter, value: 0 });
        }
        let (concern, name) = self.random.one_of(MOVED)?;
        let parameter = parameter_id(concern, name).ok()?;
        let asset = self.place(stage, concern)?;
        let (its, now) = (Parameter::get(parameter).ok()?, value(stage, asset, parameter)?);
        let first = stage.first.value(asset, parameter).filter(|first| *first != now);
        let value = match first {
            Some(first) if !self.random.once_in(3) => first,
            _ if its.max == 1 => 1 - now,
            _ if self.random.once_in(2) => now.saturating_add(self.part_of(now, 3)),
            _ => now.saturating_sub(self.part_of(now, 3)),
        };
        // A longer wait is enough of a change; much longer ones would end all others.
        let max = if name == "change_delay_seconds" { its.min + its.min / 4 } else { its.max };
        Some(Step::ProposeTerms { asset, parameter, value: value.clamp(its.min, max) })
    }

    pub(super) fn propose_oracle(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.collateral(&stage.world.board()).filter(|asset| *asset != USDC)?;
        Some(Step::ProposeOracle { asset })
    }

    /// An asset that has terms of this concern.
    fn place(&mut self, stage: &Stage, concern: Concern) -> Option<u8> {
        let board = stage.world.board();
        match concern {
            Concern::Clearinghouse | Concern::Pool => Some(USDC),
            Concern::Price => self.collateral(&board).filter(|asset| *asset != USDC),
            Concern::Bank | Concern::Weights => self.collateral(&board),
            Concern::Market | Concern::Margin => self.market(&board),
        }
    }

    /// A positive part of a value, up to one `of`-th of it.
    fn part_of(&mut self, value: i64, of: u64) -> i64 {
        1 + self.random.below((value.unsigned_abs() / of).max(1)) as i64
    }

    /// Somebody executes a change, mostly one that is ready.
    pub(super) fn execute(&mut self, stage: &Stage) -> Option<Step> {
        let ready = ready(stage, stage.world.svm.now());
        let any: Vec<u32> = stage.pending().map(|(id, _)| id).collect();
        let id = if self.random.once_in(4) { self.random.one_of(&any) } else { self.random.one_of(&ready) };
        Some(Step::Execute { id: id? })
    }

    /// Anybody cancels a change that has expired; or governance or the guardian, sometimes
    /// somebody else, another one.
    pub(super) fn cancel(&mut self, stage: &Stage) -> Option<Step> {
        let now = stage.world.svm.now();
        let expired = stage.pending().find(|(_, proposal)| proposal.expires_at() < now);
        if let Some((id, _)) = expired {
            return Some(Step::Cancel { who: self.anybody(stage), id });
        }
        let any: Vec<u32> = stage.pending().map(|(id, _)| id).collect();
        let role = if self.random.once_in(2) { Role::Governance } else { Role::Guardian };
        let who = stage.holder(role).filter(|_| !self.random.once_in(4));
        let who = who.unwrap_or_else(|| self.anybody(stage));
        Some(Step::Cancel { who, id: self.random.one_of(&any)? })
    }

    /// While changes wait some days pass, in which no price comes in; or a week in which prices
    /// come in once a day, while something new gathers a history. What has become ready is
    /// mostly executed.
    pub(super) fn days_pass(&mut self, stage: &Stage) -> Option<Step> {
        let (warming, assets, mut now) = (warming(stage), all_assets(stage), stage.world.svm.now());
        let last = stage.pending().map(|(_, proposal)| proposal.ready_at()).max();
        let missing = last.map_or(0, |ready_at| (ready_at - now).max(0) as u64);
        let waits = match (warming.is_empty(), missing) {
            (false, _) => vec![DAY_SECONDS; 8],
            (true, 0) => return None,
            (true, missing) => vec![missing],
        };
        for seconds in waits {
            now += seconds as i64;
            self.queue.push_back(Step::Wait { seconds });
            for asset in &assets[1..] {
                let quote = self.quote(*asset, 15);
                self.queue.push_back(quote);
            }
            self.queue.push_back(Step::Refresh { assets: Assets(assets.clone()) });
            for id in ready(stage, now) {
                let step = Step::Execute { id };
                if !self.random.once_in(8) && !self.queue.contains(&step) {
                    self.queue.push_back(step);
                }
            }
        }
        self.queue.extend(warming.into_iter().map(|asset| Step::WarmUp { asset }));
        self.queue.pop_front()
    }

    pub(super) fn warm_up(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.random.one_of(&warming(stage)).filter(|_| !self.random.once_in(8));
        Some(Step::WarmUp { asset: asset.or_else(|| self.collateral(&stage.world.board()))? })
    }

    /// The steward moves a parameter, mostly in the direction that tightens and not too far.
    pub(super) fn tighten(&mut self, stage: &Stage) -> Option<Step> {
        let any = self.random.once_in(10);
        let is_his = |id: &u8| any || ALL[*id as usize].tightens != Tightens::Waits;
        let may: Vec<u8> = (0..ALL.len() as u8).filter(is_his).collect();
        let parameter = self.random.one_of(&may)?;
        let its = Parameter::get(parameter).ok()?;
        if its.max == 1 && !self.random.once_in(3) {
            return None;
        }
        let asset = self.place(stage, its.concern)?;
        let now = value(stage, asset, parameter)?;
        let part = if self.random.once_in(8) { 2 } else { 4 };
        let by = self.part_of(now, part);
        let is_higher = (its.tightens == Tightens::Higher) != self.random.once_in(8);
        let by = if is_higher { by } else { -by };
        let value = now.saturating_add(by).clamp(its.min, its.max);
        let seconds = if its.concern.is_ramped() { self.ramp_seconds() } else { 0 };
        (value != now).then_some(Step::Tighten { asset, parameter, value, seconds })
    }

    /// The guardian pauses something of one asset or of all, mostly for minutes; then some
    /// try what is paused.
    pub(super) fn pause(&mut self, stage: &Stage) -> Option<Step> {
        let scope = if self.random.once_in(4) { ALL_ASSETS } else { self.collateral(&stage.world.board())? };
        let groups = 1 + self.random.below(15) as u8;
        let most = if self.random.once_in(4) { PAUSE_SECONDS_MAX } else { PAUSE_SECONDS_MAX / 48 };
        for _ in 0..6 {
            let draw = self.random.one_of(&[Self::deposit, Self::withdraw, Self::borrow, Self::trade]);
            let step = draw?(self, stage);
            self.queue.extend(step);
        }
        Some(Step::Pause { scope, groups, seconds: 1 + self.random.below(most) as u32 })
    }

    pub(super) fn unpause(&mut self, stage: &Stage) -> Option<Step> {
        let (board, now) = (stage.world.board(), stage.world.svm.now());
        let rows = (0..board.asset_count as u8).map(|asset| (asset, board.rows[asset as usize].paused_until));
        let paused = rows.chain([(ALL_ASSETS, board.paused_until)]).filter(|(_, until)| now < *until);
        let paused: Vec<u8> = paused.map(|(scope, _)| scope).collect();
        Some(Step::Unpause { scope: self.random.one_of(&paused)? })
    }

    /// The fee collector takes some or all of a market's fees, now and then more.
    pub(super) fn collect_fees(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.market(&stage.world.board())?;
        let fees = stage.world.market(asset).protocol_fees as u64;
        let amount = match self.random.below(6) {
            0 => fees + 1,
            1 | 2 => fees.max(1),
            _ => self.random.size(fees),
        };
        Some(Step::CollectFees { asset, amount })
    }
}

/// The value of a parameter as it is set.
fn value(stage: &Stage, asset: u8, parameter: u8) -> Option<i64> {
    let its = Parameter::get(parameter).ok()?;
    Some(its.read(stage.world.terms(its.concern, asset).bytes()))
}

/// The changes that can be executed at a time.
fn ready(stage: &Stage, at: i64) -> Vec<u32> {
    let is_ready = |proposal: &Proposal| (proposal.ready_at()..=proposal.expires_at()).contains(&at);
    stage.pending().filter(|(_, proposal)| is_ready(proposal)).map(|(id, _)| id).collect()
}

/// Assets whose bank does not count yet, or whose market can't be traded yet.
fn warming(stage: &Stage) -> Vec<u8> {
    let (board, waiting) = (stage.world.board(), WarmUp::Waiting as u8);
    let is_warming = |asset: &u8| {
        let row = &board.rows[*asset as usize];
        row.is_collateral == 1 && stage.world.bank(*asset).warm_up == waiting
            || row.is_market == 1 && stage.world.market(*asset).warm_up == waiting
    };
    (0..board.asset_count as u8).filter(is_warming).collect()
}
