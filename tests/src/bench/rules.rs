//! Instructions on a full account with every rule switched on: brackets, concentration,
//! volatility, funding, lending, debts, and two different prices for every token.

use super::figures::{Case, Figures};
use plimsoll::state::{Role, SETTLEMENT_ASSET};
use plimsoll::valuation::displayed_health;
use plimsoll_client::Event;
use plimsoll_risk::Health;
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::{Outcome, Wallet, World};

const MICRO: u64 = 1_000_000;
/// One token of each asset listed by `World::wide_full`.
const TOKEN: i64 = 1_000_000;
/// 10.00000019 USD: a price with a fraction in every fixed-point step.
const PRICE_E8: i64 = 10_0000_0019;
const SLOTS: u8 = 16;
/// The token that is owed, the last that fits beside the settlement token.
const DEBT: u8 = SLOTS - 1;
/// The asset of the largest position.
const LAST: u8 = SLOTS;

struct Scene {
    world: World,
    trader: Wallet,
    keeper: Wallet,
    permille: i64,
}

/// Measures what can happen to such an account.
pub fn measure(figures: &mut Figures) {
    let mut scene = Scene::new();
    scene.owner(figures);
    scene.keepers(figures);
    scene.debts(figures);
    scene.auction(figures);
    scene.refreshes(figures);
}

fn case(name: &'static str) -> Case {
    Case::new(name, SLOTS, SLOTS)
}

impl Scene {
    fn new() -> Self {
        let mut world = World::wide_full(SLOTS as usize);
        let names = ["provider", "lender", "trader", "keeper"];
        let [provider, lender, trader, keeper] = names.map(|name| world.wallet(name));
        let mut scene = Self { world, trader, keeper, permille: 1_000 };
        scene.move_prices(1_000, 1_000);
        scene.world.capitalise(&provider, 2_000_000 * MICRO);
        for who in [&lender, &scene.trader, &scene.keeper] {
            scene.world.open_account(who, 0);
        }
        scene.world.fund(&lender, 0, SETTLEMENT_ASSET, 1_000_000 * MICRO);
        scene.world.fund(&lender, 0, DEBT, 1_000 * MICRO);
        let trader = Wallet::new("trader");
        scene.fill(&trader, 1_300);
        let keeper = Wallet::new("keeper");
        scene.fill(&keeper, 100_000);
        scene
    }

    /// Gives an account all its tokens, one of them as a debt.
    fn fill(&mut self, who: &Wallet, dollars: u64) {
        self.world.fund(who, 0, SETTLEMENT_ASSET, dollars * MICRO);
        for asset in 1..DEBT {
            self.world.fund(who, 0, asset, TOKEN as u64 / 10);
        }
        self.world.give(who, DEBT, 0);
        let borrow = self.world.withdraw_instruction(who, 0, DEBT, TOKEN as u64);
        self.world.must(borrow, who);
    }

    /// Brings the price of the last position's asset to `last` and all others to `others`
    /// permille of the first price, the slow prices close to them but not equal.
    fn move_prices(&mut self, others: i64, last: i64) {
        self.world.svm.advance(300);
        for before in [1, 0] {
            let price = |asset| PRICE_E8 * (if asset == LAST { last } else { others } - before) / 1_000;
            let prices: Vec<(u8, i64)> = (1..=SLOTS).map(|asset| (asset, price(asset))).collect();
            self.world.set_prices(&prices);
        }
        self.world.refresh(&[SETTLEMENT_ASSET]).expect("a refresh");
    }

    fn health(&self) -> Health {
        displayed_health(&self.world.margin(&self.trader, 0), &self.world.board()).expect("a health")
    }

    fn sink(&mut self, sunk: impl Fn(&Health) -> bool) {
        for permille in (self.permille..3_000).step_by(10) {
            self.move_prices(995, permille);
            self.permille = permille;
            if sunk(&self.health()) {
                return;
            }
        }
        panic!("the account does not sink: {:?}", self.health());
    }

    fn owner(&mut self, figures: &mut Figures) {
        for asset in 1..LAST {
            for who in ["trader", "keeper"].map(Wallet::new) {
                self.world.trade(&who, 0, asset, -12 * TOKEN).unwrap_or_else(|f| panic!("{f:#?}"));
            }
        }
        let keeper = Wallet::new("keeper");
        self.world.trade(&keeper, 0, LAST, -12 * TOKEN).unwrap_or_else(|f| panic!("{f:#?}"));
        // Volatility beyond what is calm, and funding that has been charged.
        self.move_prices(1_000, 1_000);
        self.world.svm.advance(3_600);
        self.move_prices(985, 985);
        for (name, size) in [
            ("every rule: open", -40),
            ("every rule: increase", -40),
            ("every rule: reduce", 40),
            ("every rule: close", 40),
        ] {
            self.trade(figures, name, size * TOKEN);
        }
        self.world.trade(&self.trader, 0, LAST, -80 * TOKEN).unwrap_or_else(|f| panic!("{f:#?}"));
        self.world.give(&self.trader, 1, 0);
        let withdraw = self.world.withdraw_instruction(&self.trader, 0, 1, TOKEN as u64 / 40);
        figures.record(case("every rule: withdraw"), &mut self.world, withdraw, &[&self.trader]);
        let borrow = self.world.withdraw_instruction(&self.trader, 0, DEBT, TOKEN as u64 / 40);
        figures.record(case("every rule: borrow"), &mut self.world, borrow, &[&self.trader]);
        self.move_prices(985, 985);
        let withdraw = self.world.withdraw_instruction(&self.trader, 0, 1, TOKEN as u64 / 40);
        figures.record(
            case("every rule: withdraw, outflow fading"),
            &mut self.world,
            withdraw,
            &[&self.trader],
        );
        let collector = self.world.holder(Role::FeeCollector);
        self.world.give(&collector, SETTLEMENT_ASSET, 0);
        let collect = self.world.collect_fees_instruction(LAST, 1);
        figures.record(Case::new("outflow fading", 0, 0), &mut self.world, collect, &[&collector]);
    }

    /// Rows whose price moved, with skew, funding, open interest and loans.
    fn refreshes(&mut self, figures: &mut Figures) {
        let assets: Vec<u8> = (1..=10).collect();
        for (count, name) in [(1, "1 row, every rule"), (10, "10 rows, every rule")] {
            self.world.svm.advance(20);
            assets.iter().for_each(|asset| self.world.publish(*asset, PRICE_E8 * (980 - count) / 1_000));
            figures.record_refresh(name, &mut self.world, &assets[..count as usize]);
        }
    }

    fn trade(&mut self, figures: &mut Figures, name: &'static str, size: i64) {
        let limit = if size > 0 { ANY_PRICE } else { 0 };
        let trade = self.world.trade_instruction(&self.trader, &self.trader, 0, LAST, (size, limit));
        figures.record(case(name), &mut self.world, trade, &[&self.trader]);
    }

    fn keepers(&mut self, figures: &mut Figures) {
        let account = self.world.account_address(&self.trader, 0);
        self.sink(|health| health.maintenance.0 < 0);
        let call = self.world.call_margin_instruction(account);
        figures.record(case("every rule"), &mut self.world, call, &[]);
        let keeper = self.world.account_address(&self.keeper, 0);
        let liquidate = self.world.liquidate_instruction(account, keeper, LAST);
        let outcome =
            figures.record(case("every rule: part of the position"), &mut self.world, liquidate, &[]);
        let [Event::Liquidated(event)] = outcome.events.as_slice() else { panic!("{outcome:#?}") };
        assert!(event.size_after < 0 && event.bounty > 0, "{event:?}");
    }

    fn debts(&mut self, figures: &mut Figures) {
        let account = self.world.account_address(&self.trader, 0);
        self.sink(|health| health.maintenance.0 < 0);
        let take_over = |world: &World, keeper: &Wallet, most: u64| {
            world.liquidate_debt_instruction(keeper, account, (DEBT, SETTLEMENT_ASSET), most)
        };
        let part = take_over(&self.world, &self.keeper, TOKEN as u64 / 100);
        figures.record(case("every rule: takeover"), &mut self.world, part, &[&self.keeper]);
    }

    fn auction(&mut self, figures: &mut Figures) {
        let account = self.world.account_address(&self.trader, 0);
        self.sink(|health| health.maintenance.0 < 0);
        self.world.send(&[self.world.call_margin_instruction(account)], &[]).expect("a call");
        self.move_prices(995, self.permille);
        self.move_prices(995, self.permille);
        let start = self.world.start_auction_instruction(account);
        figures.record(case("every rule"), &mut self.world, start, &[]);
        self.move_prices(995, self.permille);
        let win = self.world.win_auction_instruction(&self.keeper, 0, account, u64::MAX);
        let outcome: Outcome =
            figures.record(case("every rule, both accounts full"), &mut self.world, win, &[&self.keeper]);
        assert!(matches!(outcome.events.as_slice(), [Event::AuctionWon(_)]), "{outcome:#?}");
    }
}
