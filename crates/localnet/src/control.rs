//! What can be done to the oracles while the chain runs: one line of text per command.

use plimsoll_demo::prices::Symbol;
use std::fmt;

/// Millionths in one.
pub const ONE: u64 = 1_000_000;
/// A path is walked at most this much faster than time passes.
pub const SPEED_MAX: u64 = 100_000;

/// The commands, for whoever asks or mistypes.
pub const HELP: &str = "\
jump SYMBOL PERCENT    move a price by so much, at once and for good: jump SOL -30%
set SYMBOL PRICE       move a price to so many USD: set BTC 48000
widen SYMBOL PERCENT   state a confidence interval of so much of the price: widen ETH 2%
stop SYMBOL            publish nothing any more: the price grows old
resume SYMBOL          publish again, with the usual confidence interval
speed N                walk the path N times as fast as time passes; 0 holds prices where they are
status                 what the oracles publish

SYMBOL is BTC, ETH, SOL, or all (not for set).";

/// A change to the feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Multiply by so many millionths.
    Jump(Target, u64),
    /// A price, in units of 1e-8 USD.
    Set(Symbol, u64),
    /// A confidence interval, millionths of the price.
    Widen(Target, u64),
    Stop(Target),
    Resume(Target),
    Speed(u64),
    Status,
}

/// Whose feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    One(Symbol),
    All,
}

impl Target {
    pub fn includes(self, symbol: Symbol) -> bool {
        self == Self::All || self == Self::One(symbol)
    }
}

/// Why a line is not a command, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCommand(String);

impl fmt::Display for BadCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Command {
    type Err = BadCommand;

    fn from_str(line: &str) -> Result<Self, BadCommand> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["jump", symbol, percent] => {
                let by = signed_percent(percent)?;
                let factor = i64::try_from(ONE).unwrap_or(i64::MAX) + by;
                match u64::try_from(factor) {
                    Ok(factor) if factor > 0 => Ok(Self::Jump(target(symbol)?, factor)),
                    _ => Err(BadCommand(format!(
                        "jump {symbol} {percent}: a price can't fall by 100% or more"
                    ))),
                }
            }
            ["set", symbol, price] => Ok(Self::Set(symbol_of(symbol)?, usd(price)?)),
            ["widen", symbol, percent] => match u64::try_from(signed_percent(percent)?) {
                Ok(share) if share < ONE => Ok(Self::Widen(target(symbol)?, share)),
                _ => Err(BadCommand(format!("widen {symbol} {percent}: give 0% to less than 100%"))),
            },
            ["stop", symbol] => Ok(Self::Stop(target(symbol)?)),
            ["resume", symbol] => Ok(Self::Resume(target(symbol)?)),
            ["speed", speed] => match speed.parse() {
                Ok(speed) if speed <= SPEED_MAX => Ok(Self::Speed(speed)),
                _ => Err(BadCommand(format!("speed {speed}: give a whole number from 0 to {SPEED_MAX}"))),
            },
            ["status"] => Ok(Self::Status),
            _ => Err(BadCommand(format!(
                "`{line}` is no command: there are jump, set, widen, stop, resume, speed and status, as in `jump SOL -30%`"
            ))),
        }
    }
}

fn target(text: &str) -> Result<Target, BadCommand> {
    if text.eq_ignore_ascii_case("all") { Ok(Target::All) } else { symbol_of(text).map(Target::One) }
}

fn symbol_of(text: &str) -> Result<Symbol, BadCommand> {
    let found = Symbol::ALL.into_iter().find(|symbol| symbol.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        BadCommand(format!("there is no feed {text}: there are BTC, ETH, SOL, and all of them"))
    })
}

/// Millionths from a text like `-30%` or `2.5`.
fn signed_percent(text: &str) -> Result<i64, BadCommand> {
    let bad =
        || BadCommand(format!("{text}: give a percentage such as -30% or 2.5%, with at most four decimals"));
    let plain = text.strip_suffix('%').unwrap_or(text);
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let millionths = decimal(digits, 4).filter(|value| *value <= 100_000 * ONE).ok_or_else(bad)?;
    Ok(sign * millionths.cast_signed())
}

/// A price in units of 1e-8 USD.
fn usd(text: &str) -> Result<u64, BadCommand> {
    decimal(text, 8).filter(|price| (1..=i64::MAX.unsigned_abs()).contains(price)).ok_or_else(|| {
        BadCommand(format!("{text}: give a price in USD such as 48000 or 3.25, with at most eight decimals"))
    })
}

/// `text` times ten to the `places`; `None` unless it is a plain decimal number that fits.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || fraction.len() > places {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let sol = Target::One(Symbol::Sol);
        for (line, command) in [
            ("jump SOL -30%", Command::Jump(sol, 700_000)),
            ("  jump sol +2.5 ", Command::Jump(sol, 1_025_000)),
            ("jump all -99.9999%", Command::Jump(Target::All, 1)),
            ("set BTC 48000.5", Command::Set(Symbol::Btc, 4_800_050_000_000)),
            ("widen ETH 2%", Command::Widen(Target::One(Symbol::Eth), 20_000)),
            ("stop all", Command::Stop(Target::All)),
            ("resume SOL", Command::Resume(sol)),
            ("speed 0", Command::Speed(0)),
            ("speed 100000", Command::Speed(100_000)),
            ("status", Command::Status),
        ] {
            assert_eq!(line.parse(), Ok(command), "{line}");
        }
    }

    #[test]
    fn anything_else_gets_one_line_that_says_what_to_do() {
        for (line, what) in [
            ("", "`` is no command: there are jump,"),
            ("crash SOL", "is no command"),
            ("jump SOL", "is no command"),
            ("jump DOGE 1%", "there is no feed DOGE: there are BTC"),
            ("jump SOL -100%", "can't fall by 100% or more"),
            ("jump SOL 1.00001%", "with at most four decimals"),
            ("jump SOL --1%", "give a percentage"),
            ("jump SOL 1e3", "give a percentage"),
            ("jump SOL 99999999999999999999%", "give a percentage"),
            ("set all 5", "there is no feed all"),
            ("set BTC 0", "give a price in USD"),
            ("set BTC -5", "give a price in USD"),
            ("set BTC 92233720369", "give a price in USD"),
            ("widen ETH 100%", "give 0% to less than 100%"),
            ("widen ETH -1%", "give 0% to less than 100%"),
            ("speed 100001", "give a whole number from 0 to 100000"),
            ("speed -1", "give a whole number"),
        ] {
            let message = line.parse::<Command>().unwrap_err().to_string();
            assert!(message.contains(what), "{line}: {message}");
            assert_eq!(message.lines().count(), 1);
        }
    }
}
