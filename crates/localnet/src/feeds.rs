//! What the oracles publish: the path's prices, with whatever somebody has done to them.

use crate::control::{Command, ONE};
use crate::prices::Path;
use plimsoll_demo::prices::{PRICE_EXPONENT, Quote, Symbol};
use plimsoll_testkit::pyth;
use serde::{Deserialize, Serialize};

/// How far commands may take a price from its path, millionths: a millionth to a million times.
const FACTOR: std::ops::RangeInclusive<u128> = 1..=1_000_000_000_000;

/// One oracle.
#[derive(Clone, Copy, Debug)]
struct Feed {
    /// Millionths of the path's price.
    factor: u128,
    /// Millionths of the price; `None` for what the path states.
    confidence: Option<u64>,
    is_stopped: bool,
    /// The last that was published.
    published: Option<pyth::Quote>,
}

/// All oracles.
pub struct Feeds {
    path: Path,
    speed: u64,
    feeds: [Feed; 3],
    /// Where the path is.
    at: [Quote; 3],
}

/// What an oracle does, for people and programs to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub symbol: String,
    pub is_stopped: bool,
    /// The last price published, in units of 10^`exponent` USD.
    pub price: i64,
    /// Half of its interval, in the same units.
    pub confidence: u64,
    pub exponent: i32,
    /// Unix seconds.
    pub publish_time: i64,
}

impl Feeds {
    /// Feeds at the beginning of a path, walked `speed` times as fast as time passes.
    pub fn new(mut path: Path, speed: u64) -> Self {
        let feed = Feed { factor: ONE.into(), confidence: None, is_stopped: false, published: None };
        let at = path.advance(0);
        Self { path, speed, feeds: [feed; 3], at }
    }

    /// Walks on for `milliseconds` of real time.
    pub fn pass(&mut self, milliseconds: u64) {
        self.at = self.path.advance(milliseconds.saturating_mul(self.speed));
    }

    /// What is to be published at a time: nothing of an oracle that is stopped, or has published at that time already.
    pub fn publish(&mut self, unix_time: i64) -> Vec<(Symbol, pyth::Quote)> {
        let mut quotes = Vec::new();
        for (symbol, feed) in Symbol::ALL.into_iter().zip(&mut self.feeds) {
            let is_due = feed.published.is_none_or(|last| last.publish_time < unix_time);
            if is_due && !feed.is_stopped {
                let quote = feed.quote(self.at[symbol as usize], unix_time);
                feed.published = Some(quote);
                quotes.push((symbol, quote));
            }
        }
        quotes
    }

    /// Does what a command says.
    ///
    /// # Errors
    /// When a price would leave the range in which it can be published; nothing has changed then.
    pub fn apply(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Jump(target, factor) => {
                let mut feeds = self.feeds;
                for symbol in Symbol::ALL.into_iter().filter(|symbol| target.includes(*symbol)) {
                    let feed = &mut feeds[symbol as usize];
                    feed.factor = within(symbol, feed.factor * u128::from(factor) / u128::from(ONE))?;
                }
                self.feeds = feeds;
            }
            Command::Set(symbol, price) => {
                let path = u128::from(self.at[symbol as usize].price);
                let factor = (u128::from(price) * u128::from(ONE)).div_ceil(path);
                self.feeds[symbol as usize].factor = within(symbol, factor)?;
            }
            Command::Widen(target, share) => {
                self.each(target, |feed| feed.confidence = Some(share));
            }
            Command::Stop(target) => self.each(target, |feed| feed.is_stopped = true),
            Command::Resume(target) => self.each(target, |feed| {
                (feed.is_stopped, feed.confidence) = (false, None);
            }),
            Command::Speed(speed) => self.speed = speed,
            Command::Status => (),
        }
        Ok(())
    }

    fn each(&mut self, target: crate::control::Target, change: impl Fn(&mut Feed)) {
        let feeds = Symbol::ALL.into_iter().zip(&mut self.feeds);
        feeds.filter(|(symbol, _)| target.includes(*symbol)).for_each(|(_, feed)| change(feed));
    }

    /// What each oracle does, those that have published.
    pub fn status(&self) -> Vec<Status> {
        let feeds = Symbol::ALL.into_iter().zip(&self.feeds);
        let status = feeds.filter_map(|(symbol, feed)| {
            let last = feed.published?;
            Some(Status {
                symbol: symbol.name().into(),
                is_stopped: feed.is_stopped,
                price: last.price,
                confidence: last.confidence,
                exponent: last.exponent,
                publish_time: last.publish_time,
            })
        });
        status.collect()
    }
}

fn within(symbol: Symbol, factor: u128) -> Result<u128, String> {
    if FACTOR.contains(&factor) {
        return Ok(factor);
    }
    Err(format!("{symbol}: the price would be over a million times its path's, or under a millionth of it"))
}

impl Feed {
    fn quote(&self, at: Quote, publish_time: i64) -> pyth::Quote {
        let scaled = |value: u64| u128::from(value) * self.factor / u128::from(ONE);
        // Above zero, and with room for its interval, or the program refuses to read it at all.
        let price = u64::try_from(scaled(at.price)).unwrap_or(u64::MAX).clamp(1, i64::MAX.unsigned_abs() / 2);
        let confidence = match self.confidence {
            None => u64::try_from(scaled(at.confidence)).unwrap_or(u64::MAX).min(price / 2),
            Some(share) => (u128::from(price) * u128::from(share) / u128::from(ONE)) as u64,
        };
        pyth::Quote { price: price.cast_signed(), confidence, exponent: PRICE_EXPONENT, publish_time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::Walk;

    const BTC: usize = Symbol::Btc as usize;
    const SOL: usize = Symbol::Sol as usize;

    fn feeds() -> Feeds {
        Feeds::new(Path::Walk(Walk::new(1)), 0)
    }

    fn told(feeds: &mut Feeds, line: &str) {
        feeds.apply(line.parse().unwrap()).unwrap();
    }

    #[test]
    fn every_feed_publishes_once_a_second() {
        let mut feeds = feeds();
        let first = feeds.publish(100);
        assert_eq!(first.len(), 3);
        let btc = pyth::Quote {
            price: 6_000_000_000_000,
            confidence: 6_000_000_000,
            exponent: -8,
            publish_time: 100,
        };
        assert_eq!(first[BTC], (Symbol::Btc, btc));
        assert_eq!(feeds.publish(100), []);
        assert_eq!(feeds.publish(99), []);
        assert_eq!(feeds.publish(101).len(), 3);
    }

    #[test]
    fn a_jump_stays_and_another_comes_on_top() {
        let mut feeds = feeds();
        told(&mut feeds, "jump SOL -30%");
        assert_eq!(feeds.publish(1)[SOL].1.price, 10_500_000_000);
        told(&mut feeds, "jump all +100%");
        let quotes = feeds.publish(2);
        assert_eq!((quotes[SOL].1.price, quotes[BTC].1.price), (21_000_000_000, 12_000_000_000_000));
        told(&mut feeds, "set SOL 75");
        assert_eq!(feeds.publish(3)[SOL].1.price, 7_500_000_000);
    }

    #[test]
    fn a_jump_out_of_range_changes_nothing() {
        let mut feeds = feeds();
        told(&mut feeds, "jump SOL 9000000%");
        let refused = feeds.apply("jump all 9000000%".parse().unwrap()).unwrap_err();
        assert!(refused.starts_with("SOL: the price would be over a million times"), "{refused}");
        assert_eq!(feeds.publish(1)[BTC].1.price, 6_000_000_000_000);
    }

    #[test]
    fn a_feed_can_be_widened_stopped_and_resumed() {
        let mut feeds = feeds();
        told(&mut feeds, "widen BTC 2%");
        let quotes = feeds.publish(1);
        assert_eq!((quotes[BTC].1.confidence, quotes[SOL].1.confidence), (120_000_000_000, 15_000_000));
        told(&mut feeds, "stop BTC");
        let symbols =
            |quotes: Vec<(Symbol, _)>| quotes.into_iter().map(|(symbol, _)| symbol).collect::<Vec<_>>();
        assert_eq!(symbols(feeds.publish(2)), [Symbol::Eth, Symbol::Sol]);
        let status = feeds.status();
        assert_eq!((status[BTC].is_stopped, status[BTC].publish_time), (true, 1));
        assert_eq!((status[SOL].is_stopped, status[SOL].publish_time), (false, 2));
        told(&mut feeds, "resume all");
        assert_eq!(feeds.publish(3)[BTC].1.confidence, 6_000_000_000);
    }

    #[test]
    fn speed_is_how_fast_the_path_is_walked() {
        let mut feeds = feeds();
        feeds.pass(60_000);
        assert_eq!(feeds.publish(1)[BTC].1.price, 6_000_000_000_000);
        told(&mut feeds, "speed 60");
        feeds.pass(1_000);
        let minute = Path::Walk(Walk::new(1)).advance(60_000)[BTC].price;
        assert_eq!(feeds.publish(2)[BTC].1.price, minute.cast_signed());
        assert_ne!(minute, 6_000_000_000_000);
    }
}
