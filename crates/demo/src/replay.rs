//! The replay: traders, providers and a keeper live through recorded prices, on the compiled program in an in-process SVM.
//!
//! At every point of the path the oracle accounts are written as Pyth's programs write them and refreshed, then the traders
//! react, then the keeper liquidates whatever is below its line, those with money take over debts and bid at auctions, and the
//! markets are settled with the insurance fund. The invariants are checked after every transaction.

mod cast;
mod chronicle;
mod closing;
mod crew;
mod deploy;
mod desk;
mod keeper;
mod ledger;
mod provider;
mod tape;
mod trader;
mod upkeep;

use plimsoll_testkit::svm;

use crate::calendar::DAY_SECONDS;
use crate::listings::Listings;
use crate::money;
use crate::prices::{self, PricePoint, PriceTable, Symbol};
use crate::report::{AccountSeries, MicroUsd, Observer, Tone, Trace};
use cast::Dice;
use crew::Crew;
use desk::Desk;
use keeper::Keeper;
use provider::Provider;
use tape::{Milestone, Tape};
use trader::Trader;

/// Every how many points an account is recorded even if nothing happened.
const SAMPLE_POINTS: usize = 6;

/// Replays `table` under `listings`; the same arguments give the same record.
///
/// # Errors
/// What the program must be given and was not: the compiled program, prices it can accept, amounts it can express.
///
/// # Panics
/// When an invariant of the program does not hold, or it can't be loaded.
pub fn run(
    table: &PriceTable,
    listings: &Listings,
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<Trace, String> {
    let program = svm::program_path();
    if !program.is_file() {
        return Err(format!("{} is not there: run `cargo xtask build` first", program.display()));
    }
    let walk = prices::walk(&table.points);
    let first = walk.points.first().ok_or("there are no prices")?;
    let mut desk = Desk::open(listings, first.time, observer)?;
    let mut replay = Replay::begin(&mut desk, seed)?;
    let total = walk.points.len();
    for (index, point) in walk.points.iter().enumerate() {
        replay.step(&mut desk, point, (index + 1, total))?;
        desk.progress(index + 1, total);
    }
    closing::settle(&mut desk, &mut replay.traders, &replay.keeper, &replay.crew, &replay.providers)?;
    replay.end(&desk, table, walk)
}

/// Everybody who takes part.
struct Replay {
    tape: Tape,
    traders: Vec<Trader>,
    keeper: Keeper,
    crew: Crew,
    providers: Vec<Provider>,
    day: i64,
}

impl Replay {
    fn begin(desk: &mut Desk, seed: u64) -> Result<Self, String> {
        desk.tell(
            Tone::Notice,
            "the program is deployed: USDC, BTC, ETH and SOL are collateral, the last three have markets"
                .to_string(),
        );
        let mut dice = Dice::new(seed);
        let traders = cast::traders(&mut dice).into_iter().map(|role| Trader::new(role, desk)).collect();
        let providers = cast::providers(&mut dice).into_iter();
        let providers = providers.map(|part| Provider::provide(part, desk)).collect::<Result<_, _>>()?;
        provider::rebalance(desk)?;
        let keeper = Keeper::new(desk)?;
        let crew = Crew::join(&mut dice, desk)?;
        Ok(Self { tape: Tape::default(), traders, keeper, crew, providers, day: desk.now / DAY_SECONDS })
    }

    fn step(
        &mut self,
        desk: &mut Desk,
        point: &PricePoint,
        (done, total): (usize, usize),
    ) -> Result<(), String> {
        desk.publish(point)?;
        for milestone in self.tape.take(point, (done, total)) {
            tell_milestone(desk, point, milestone);
        }
        if point.time / DAY_SECONDS != self.day {
            self.day = point.time / DAY_SECONDS;
            provider::rebalance(desk)?;
        }
        if done % SAMPLE_POINTS == 1 || done == total {
            self.traders.iter_mut().try_for_each(|trader| trader.record(desk))?;
        }
        self.traders.iter_mut().try_for_each(|trader| trader.act(desk, &self.tape))?;
        self.keeper.patrol(desk, &mut self.traders)?;
        self.crew.act(desk, &mut self.traders)?;
        upkeep::tend(desk, &mut self.traders)
    }

    fn end(self, desk: &Desk, table: &PriceTable, walk: prices::Walk) -> Result<Trace, String> {
        let ledger = ledger::close(
            desk,
            &ledger::Cast {
                traders: &self.traders,
                keeper: &self.keeper,
                crew: &self.crew,
                providers: &self.providers,
            },
        )?;
        let owed = self.traders.iter().map(|trader| trader.owes(desk));
        let owed = owed.collect::<Result<Vec<_>, _>>()?;
        let unpaid: i128 = owed.into_iter().flatten().map(|owed| owed.0).sum();
        let account = |trader: Trader| AccountSeries {
            name: trader.role.name.to_string(),
            role: trader.role.who.to_string(),
            owner: trader.wallet.address().to_string(),
            address: trader.account.to_string(),
            series: trader.series,
        };
        Ok(Trace {
            sources: table.sources.clone(),
            path: walk.told(),
            points: walk.points,
            accounts: self.traders.into_iter().map(account).collect(),
            liquidations: self.keeper.liquidations,
            happenings: desk.happenings.clone(),
            ledger,
            bad_debt: MicroUsd(self.keeper.bad_debt + unpaid),
            stories: desk.stories.clone(),
            transactions: desk.transactions,
        })
    }
}

fn tell_milestone(desk: &mut Desk, point: &PricePoint, milestone: Milestone) {
    let Milestone { symbol, quarters, high } = milestone;
    let usd = |price: u64| money::grouped(price.into(), 8, 2);
    let text = format!(
        "{symbol} is at {}, {}% below its high of {}",
        usd(point.quote(symbol).price),
        quarters * 25,
        usd(high)
    );
    desk.tell(Tone::Notice, text);
}

fn market_name(symbol: Symbol) -> String {
    format!("{symbol}-PERP")
}

/// What one whole coin cost when `size` native units cost `cost` micro-USD, rounded down.
fn price_of_one(cost: i64, size: i64, decimals: u8) -> MicroUsd {
    let (cost, size) = (i128::from(cost).abs(), i128::from(size).abs().max(1));
    MicroUsd(cost.saturating_mul(10i128.pow(decimals.into())) / size)
}
