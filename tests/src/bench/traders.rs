//! Instructions of owners and keepers, on accounts with a given number of slots in use.

use super::figures::{Case, Figures};
use plimsoll::events::Liquidated;
use plimsoll::state::{Market, SETTLEMENT_ASSET};
use plimsoll::valuation::displayed_health;
use plimsoll_client::Event;
use plimsoll_risk::Health;
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::{Outcome, Wallet, World};
use solana_address::Address;

const MICRO: u64 = 1_000_000;
/// One token of each asset listed by `World::wide`.
const TOKEN: i64 = 1_000_000;
/// 10.00000019 USD: a price with a fraction in every fixed-point step.
const PRICE_E8: i64 = 10_0000_0019;

const MAIN: u16 = 0;
const UNENCUMBERED: u16 = 1;

/// The time for which an outflow's remains take most to compute.
const FADING_SECONDS: i64 = 300_000;

/// A trader whose account has `slots` tokens and `slots` positions, the last of them as
/// large as all others together, so that a liquidation of it can reach its target.
struct Scene {
    world: World,
    trader: Wallet,
    keeper_account: Address,
    slots: u8,
    /// Price of the last position's asset, in permille of its first.
    permille: i64,
}

/// Measures everything that can happen to an account with `slots` tokens and positions.
pub fn measure(figures: &mut Figures, slots: u8) {
    let mut scene = Scene::new(slots);
    scene.deposits(figures);
    scene.trades(figures);
    scene.withdrawals(figures);
    scene.views(figures);
    scene.liquidations(figures);
}

impl Scene {
    fn new(slots: u8) -> Self {
        let mut world = World::wide(16);
        let (provider, trader, keeper) =
            (world.wallet("provider"), world.wallet("trader"), world.wallet("keeper"));
        let keeper_account = world.open_account(&keeper, MAIN);
        let mut scene = Self { world, trader, keeper_account, slots, permille: 1_000 };
        scene.move_prices(1_000, 1_000);
        scene.world.capitalise(&provider, 2_000_000 * MICRO);
        for sub_account in [MAIN, UNENCUMBERED] {
            scene.world.open_account(&scene.trader, sub_account);
        }
        scene
    }

    /// The asset in the last position slot, which is found last.
    fn last_perp(&self) -> u8 {
        self.slots
    }

    /// The asset in the last token slot.
    fn last_token(&self) -> u8 {
        self.slots - 1
    }

    fn full(&self, name: &'static str) -> Case {
        Case::new(name, self.slots, self.slots)
    }

    fn tokens_only(&self, name: &'static str) -> Case {
        Case::new(name, self.slots, 0)
    }

    /// Brings the price of the last position's asset to `last` and all others to `others`
    /// permille of the first price, the slow prices close to them but not equal: a margin check
    /// then values each token twice.
    fn move_prices(&mut self, others: i64, last: i64) {
        self.world.svm.advance(300);
        for before in [1, 0] {
            let price = |asset| PRICE_E8 * (if asset == self.slots { last } else { others } - before) / 1_000;
            let prices: Vec<(u8, i64)> = (1..=16).map(|asset| (asset, price(asset))).collect();
            self.world.set_prices(&prices);
        }
    }

    /// Raises the last position's asset, which the account has sold, until `sunk`; the other
    /// positions are in profit, which takes more to value than a loss.
    fn sink(&mut self, sunk: impl Fn(&Health, &Market) -> bool) {
        for permille in (self.permille..2_000).step_by(10) {
            self.move_prices(990, permille);
            self.permille = permille;
            let health = displayed_health(&self.world.margin(&self.trader, MAIN), &self.world.board());
            if sunk(&health.expect("an account that can be valued"), &self.world.market(self.last_perp())) {
                return;
            }
        }
        panic!("the account does not sink");
    }

    fn deposits(&mut self, figures: &mut Figures) {
        let usdc = [(MAIN, 120 * (2 * self.slots as u64 - 1)), (UNENCUMBERED, 120)];
        for (sub_account, dollars) in usdc {
            self.world.fund(&self.trader, sub_account, SETTLEMENT_ASSET, dollars * MICRO);
            for asset in 1..self.last_token() {
                self.world.fund(&self.trader, sub_account, asset, TOKEN as u64 / 10);
            }
        }
        let asset = self.last_token();
        if asset != SETTLEMENT_ASSET {
            self.world.fund(&self.trader, MAIN, asset, TOKEN as u64 / 10);
            self.deposit(figures, self.tokens_only("opens a slot"), UNENCUMBERED, asset);
        }
        self.deposit(figures, self.tokens_only("into a slot"), UNENCUMBERED, asset);
    }

    fn deposit(&mut self, figures: &mut Figures, case: Case, sub_account: u16, asset: u8) {
        self.world.give(&self.trader, asset, TOKEN as u64 / 10);
        let deposit = self.world.deposit_instruction(&self.trader, sub_account, asset, TOKEN as u64 / 10);
        figures.record(case, &mut self.world, deposit, &[&self.trader]);
    }

    fn trades(&mut self, figures: &mut Figures) {
        for asset in 1..self.last_perp() {
            self.trade(MAIN, asset, -100 * TOKEN);
        }
        let size = -100 * TOKEN * self.slots as i64;
        for (name, size) in
            [("open", size / 2), ("increase", size / 2), ("reduce", -size / 2), ("close", -size / 2)]
        {
            let limit = if size > 0 { ANY_PRICE } else { 0 };
            let (trader, asset) = (&self.trader, self.last_perp());
            let trade = self.world.trade_instruction(trader, trader, MAIN, asset, (size, limit));
            figures.record(self.full(name), &mut self.world, trade, &[&self.trader]);
        }
        self.trade(MAIN, self.last_perp(), size);
    }

    fn trade(&mut self, sub_account: u16, asset: u8, size: i64) {
        self.world.trade(&self.trader, sub_account, asset, size).unwrap_or_else(|f| panic!("{f:#?}"));
    }

    fn withdrawals(&mut self, figures: &mut Figures) {
        let asset = self.last_token();
        self.deposit(figures, self.full("with positions"), MAIN, asset);
        let quarter = TOKEN as u64 / 40;
        for (case, from, to) in [
            (self.tokens_only("no margin check"), UNENCUMBERED, MAIN),
            (self.full("margin check"), MAIN, UNENCUMBERED),
        ] {
            let withdraw = self.world.withdraw_instruction(&self.trader, from, asset, quarter);
            figures.record(case, &mut self.world, withdraw, &[&self.trader]);
            let transfer = self.world.transfer_instruction(&self.trader, from, to, asset, quarter);
            figures.record(case, &mut self.world, transfer, &[&self.trader]);
        }
        self.world.svm.advance(FADING_SECONDS);
        let withdraw = self.world.withdraw_instruction(&self.trader, UNENCUMBERED, asset, quarter);
        figures.record(self.tokens_only("outflow fading"), &mut self.world, withdraw, &[&self.trader]);
        self.world.svm.advance(FADING_SECONDS);
        self.deposit(figures, self.tokens_only("outflow fading"), UNENCUMBERED, asset);
        self.move_prices(1_000, self.permille);
    }

    fn views(&mut self, figures: &mut Figures) {
        let view = self.world.view_instruction(self.world.account_address(&self.trader, MAIN));
        figures.record(self.full("view"), &mut self.world, view, &[]);
    }

    fn liquidations(&mut self, figures: &mut Figures) {
        let nothing = self.liquidate(figures, "lost race");
        assert!(nothing.events.is_empty(), "{:?}", nothing.events);

        self.sink(|health, _| health.maintenance.0 < 0);
        let part = liquidated(&self.liquidate(figures, "part of the position"));
        assert!(part.size_after < 0 && part.penalty > 0, "{part:?}");

        self.sink(|health, market| health.equity.0 < -market.insurance);
        let whole = liquidated(&self.liquidate(figures, "whole position, loss charged"));
        let charged = whole.loss_to_insurance > 0 && whole.loss_to_capital > 0;
        assert!(whole.size_after == 0 && charged, "{whole:?}");
    }

    fn liquidate(&mut self, figures: &mut Figures, name: &'static str) -> Outcome {
        let account = self.world.account_address(&self.trader, MAIN);
        let liquidate = self.world.liquidate_instruction(account, self.keeper_account, self.last_perp());
        figures.record(self.full(name), &mut self.world, liquidate, &[])
    }
}

fn liquidated(outcome: &Outcome) -> Liquidated {
    let [Event::Liquidated(event)] = outcome.events.as_slice() else { panic!("{:?}", outcome.events) };
    *event
}
