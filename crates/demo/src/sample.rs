//! A record to draw and to test with: the bundled prices against a few invented accounts, under rules simple enough to see
//! through (maintenance 5% of notional, half of the position closed at each liquidation, penalty 1%, half of it bounty). Not the
//! program's rules.

use crate::money;
use crate::prices::{self, Symbol};
use crate::report::{
    AccountSample, AccountSeries, Happening, Ledger, LedgerRow, Liquidation, Mechanism, MicroUsd, Party,
    StoryLine, TokenLedger, Tone, Trace,
};

const USD: i128 = 1_000_000;
const DECIMALS: u8 = 8;
const UNIT: i128 = 100_000_000;
const PROVIDED: [(&str, i128); 2] = [("Pia", 400_000 * USD), ("Quentin", 100_000 * USD)];

struct Book {
    account: AccountSeries,
    symbol: Symbol,
    collateral: i128,
    /// Native units with [`DECIMALS`] decimals; below zero when short.
    size: i128,
    /// Micro-USD received for the position so far: equity is collateral + cash + size x price.
    cash: i128,
    closes_at: i64,
}

fn address(name: &str, kind: &str) -> String {
    format!("{kind}{name}1111111111111111111111111111111111111111").chars().take(44).collect()
}

fn book(name: &str, symbol: Symbol, collateral: i128, size: i128, price: i128, closes_at: i64) -> Book {
    let account = AccountSeries {
        name: name.to_string(),
        role: format!("trades {symbol}"),
        owner: address(name, "W"),
        address: address(name, "M"),
        series: Vec::new(),
    };
    Book { account, symbol, collateral: collateral * USD, size, cash: -size * price / UNIT, closes_at }
}

impl Book {
    fn equity(&self, price: i128) -> i128 {
        self.collateral + self.cash + self.size * price / UNIT
    }

    fn requirement(&self, price: i128) -> i128 {
        (self.size * price / UNIT).abs() / 20
    }

    fn sample(&mut self, time: i64, price: i128) {
        let (equity, requirement) = (self.equity(price), self.requirement(price));
        let ratio = (requirement > 0).then(|| (equity * 1_000_000).div_euclid(requirement) as i64);
        self.account.series.push(AccountSample {
            time,
            equity: MicroUsd(equity),
            maintenance_requirement: MicroUsd(requirement),
            margin_ratio_ppm: ratio,
            open: self.size != 0,
        });
    }

    fn close(&mut self, part: i128, price: i128) {
        self.cash += part * price / UNIT;
        self.size -= part;
    }

    fn liquidate(&mut self, time: i64, price: i128) -> Liquidation {
        let health_before = MicroUsd(self.equity(price) - self.requirement(price));
        let part = if self.equity(price) < 0 { self.size } else { self.size / 2 };
        let penalty = ((part * price / UNIT).abs() / 100).min(self.equity(price).max(0));
        self.close(part, price);
        self.cash -= penalty;
        Liquidation {
            time,
            account: self.account.address.clone(),
            market: format!("{}-PERP", self.symbol),
            symbol: self.symbol,
            size: part as i64,
            decimals: DECIMALS,
            price: MicroUsd(price),
            penalty: MicroUsd(penalty),
            bounty: MicroUsd(penalty / 2),
            health_before,
            health_after: MicroUsd(self.equity(price) - self.requirement(price)),
        }
    }
}

/// Six accounts through March 2020, two of them under water, with a ledger that adds up.
pub fn trace() -> Trace {
    let table = prices::bundled();
    let first = &table.points[0];
    let at = |symbol| first.quote(symbol).price_micro_usd();
    let (late, early) = (i64::MAX, first.time + 8 * 86_400);
    let mut books = [
        book("Ada", Symbol::Btc, 24_000, 4 * UNIT, at(Symbol::Btc), late),
        book("Bruno", Symbol::Btc, 13_000, 6 * UNIT, at(Symbol::Btc), late),
        book("Chiara", Symbol::Eth, 9_500, 90 * UNIT, at(Symbol::Eth), late),
        book("Dmitri", Symbol::Sol, 8_000, -1_500 * UNIT, at(Symbol::Sol), late),
        book("Emeka", Symbol::Eth, 3_000, 50 * UNIT, at(Symbol::Eth), early),
        book("Fatou & <Sons>", Symbol::Btc, 5_000, UNIT / 2, at(Symbol::Btc), late),
    ];
    let (mut liquidations, mut stories) = (Vec::new(), Vec::new());
    tell(
        &mut stories,
        first.time,
        Tone::Plain,
        "six traders deposit 62,500.00 USDC and open positions".to_string(),
    );
    for point in &table.points {
        for book in &mut books {
            let price = point.quote(book.symbol).price_micro_usd();
            if point.time >= book.closes_at && book.size != 0 {
                book.close(book.size, price);
            }
            book.sample(point.time, price);
            while book.size != 0 && book.equity(price) < book.requirement(price) {
                let liquidation = book.liquidate(point.time, price);
                let health = money::usdc(liquidation.health_before);
                tell(
                    &mut stories,
                    point.time,
                    Tone::Alarm,
                    format!("{} is liquidated, health {health}", book.account.name),
                );
                liquidations.push(liquidation);
                book.sample(point.time, price);
            }
        }
    }
    let happenings = liquidations.iter().map(happening).collect();
    let last = table.points.last().unwrap();
    let closing = books.each_ref().map(|book| book.equity(last.quote(book.symbol).price_micro_usd()));
    let bad_debt = closing.iter().map(|equity| (-equity).max(0)).sum();
    let ledger = Ledger { tokens: vec![usdc_ledger(&books, &closing, &liquidations), btc_ledger()] };
    let accounts = books.into_iter().map(|book| book.account).collect();
    let (points, sources) = (table.points, table.sources);
    let path = "Prices as recorded.".to_string();
    Trace {
        sources,
        path,
        points,
        accounts,
        liquidations,
        happenings,
        ledger,
        bad_debt: MicroUsd(bad_debt),
        stories,
        transactions: 12,
    }
}

fn happening(liquidation: &Liquidation) -> Happening {
    Happening {
        time: liquidation.time,
        mechanism: Mechanism::PartialLiquidation,
        address: liquidation.account.clone(),
        name: liquidation.market.clone(),
        amounts: vec![("penalty".to_string(), liquidation.penalty.0)],
        text: format!("{} & more", liquidation.market),
    }
}

fn tell(stories: &mut Vec<StoryLine>, time: i64, tone: Tone, text: String) {
    stories.push(StoryLine { time, tone, text });
}

fn ledger_row(party: Party, name: &str, came_in: i128, went_out: i128, left: i128) -> LedgerRow {
    LedgerRow { party, name: name.to_string(), address: address(name, "L"), came_in, went_out, left }
}

fn usdc_ledger(books: &[Book], closing: &[i128], liquidations: &[Liquidation]) -> TokenLedger {
    let bounties: i128 = liquidations.iter().map(|liquidation| liquidation.bounty.0).sum();
    let penalties: i128 = liquidations.iter().map(|liquidation| liquidation.penalty.0).sum();
    let insured = 20_000 * USD;
    let provided: i128 = PROVIDED.iter().map(|(_, amount)| amount).sum();
    let mut rows: Vec<LedgerRow> = books
        .iter()
        .zip(closing)
        .map(|(book, equity)| {
            let left = (*equity).max(0);
            let withdrawn = if left > 4_000 * USD { left / 2 } else { 0 };
            ledger_row(Party::Wallet, &book.account.name, book.collateral, withdrawn, left - withdrawn)
        })
        .collect();
    let traders: i128 = rows.iter().map(LedgerRow::gained).sum();
    rows.push(ledger_row(Party::Keeper, "Kofi", 100 * USD, bounties, 100 * USD));
    let pool = provided - traders - penalties;
    rows.push(ledger_row(Party::Pool, "liquidity pool", provided, 0, pool));
    for (name, amount) in PROVIDED {
        rows.push(ledger_row(Party::Provider, name, amount, 0, pool * amount / provided));
    }
    rows.push(ledger_row(Party::Insurance, "insurance fund", insured, 0, insured + penalties - bounties));
    let mut ledger = TokenLedger {
        symbol: "USDC".to_string(),
        decimals: money::USD_DECIMALS,
        vault: 0,
        rounding_max: 0,
        rows,
    };
    ledger.vault = ledger.totals().left;
    ledger
}

fn btc_ledger() -> TokenLedger {
    let rows = vec![ledger_row(Party::Wallet, "Ada", 2 * UNIT, UNIT / 2, 3 * UNIT / 2)];
    TokenLedger { symbol: "BTC".to_string(), decimals: DECIMALS, vault: 3 * UNIT / 2, rounding_max: 0, rows }
}
