//! Numbers as people write and read them. Inside, everything is an integer; a decimal number that does not
//! fit its unit exactly is an error, not rounded.
use crate::fault::{Fault, Result};
use jiff::Timestamp;
use plimsoll_client::risk::{Price, Quote, Ratio};
pub use plimsoll_client::words::{SHARE_DECIMALS, USD_DECIMALS, amount, time};

/// Decimals of a ratio: millionths.
const RATIO_DECIMALS: u8 = 6;
/// Decimals to which an exact price is written. A price is a binary fraction; this many give back any
/// price an oracle has stated.
const PRICE_DECIMALS: usize = 12;

/// `units` of a unit with `decimals` decimals, exactly: `1.5`.
pub fn exact(units: impl Into<i128>, decimals: u8) -> String {
    let (sign, whole, fraction) = split(units.into(), decimals);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// Money to the cent, rounded down, so that nobody is shown more than there is; amounts of less than a cent
/// in full.
pub fn money(amount: Quote) -> String {
    let micro = i128::from(amount.0);
    if micro != 0 && micro.abs() < 10_000 {
        return exact(micro, USD_DECIMALS);
    }
    let (sign, whole, fraction) = split(micro.div_euclid(10_000), 2);
    format!("{sign}{}.{fraction}", grouped(&whole))
}

/// A price in USD per whole token, to the nearest of the digits that matter.
pub fn price(price: Price, decimals: u8) -> String {
    let text = price_exact(price, decimals);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = match whole.len() {
        4.. => 2,
        2..=3 => 4,
        _ if whole != "0" => 5,
        _ => (fraction.len() - fraction.trim_start_matches('0').len() + 6).min(PRICE_DECIMALS),
    };
    let units = scaled(price, decimals).unwrap_or(u128::MAX);
    let unit = 10u128.pow((PRICE_DECIMALS - digits) as u32);
    let rounded = i128::try_from(units.saturating_add(unit / 2) / unit).unwrap_or(i128::MAX);
    let (_, whole, fraction) = split(rounded, digits as u8);
    let kept = fraction.trim_end_matches('0').len().max(2.min(fraction.len()));
    format!("{}.{}", grouped(&whole), &fraction[..kept])
}

/// A price in USD per whole token, to twelve decimals.
pub fn price_exact(price: Price, decimals: u8) -> String {
    match scaled(price, decimals).and_then(|units| i128::try_from(units).ok()) {
        Some(units) => exact(units, PRICE_DECIMALS as u8),
        None => "out of range".into(),
    }
}

/// A ratio as a percentage: `5%`.
pub fn percent(millionths: impl Into<i128>) -> String {
    format!("{}%", amount(millionths, RATIO_DECIMALS - 2))
}

/// A ratio as a percentage of at most two decimals, rounded down: for what changes all the time.
pub fn percent_floor(millionths: impl Into<i128>) -> String {
    format!("{}%", amount(millionths.into().div_euclid(100), 2))
}

/// A ratio as a number: `0.05`.
pub fn ratio(millionths: impl Into<i128>) -> String {
    exact(millionths, RATIO_DECIMALS)
}

/// A time span in its two largest units: `1d 4h`, `35s`.
pub fn span(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let mut left = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= length {
            parts.push(format!("{}{unit}", left / length));
            left %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0s".into() } else { format!("{sign}{}", parts.join(" ")) }
}

/// Reads a time: unix seconds, `2020-03-12`, or `2020-03-12T16:05:00Z`.
///
/// # Errors
/// When it is none of these.
pub fn parse_time(text: &str) -> Result<i64> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse::<Timestamp>().map(Timestamp::as_second).map_err(|_| {
        Fault::usage(format!("{text} is not a time: write 2020-03-12, 2020-03-12T16:05:00Z or unix seconds"))
    })
}

/// Reads a time span: seconds, or a number followed by `s`, `m`, `h` or `d`.
///
/// # Errors
/// When it is not one, or too long.
pub fn parse_span(text: &str) -> Result<u32> {
    let (number, unit) = match text.strip_suffix(|c: char| c.is_ascii_alphabetic()) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let unit = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        _ => None,
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = unit.filter(|_| digits).and_then(|unit| number.parse::<u32>().ok()?.checked_mul(unit));
    seconds.ok_or_else(|| Fault::usage(format!("{text} is not a time span: write 90s, 30m, 4h or 2d")))
}

/// Reads a decimal number as units of `decimals` decimals, exactly. `name` is what is counted.
///
/// # Errors
/// When it is not digits with at most one point, has more decimals than the unit, or is too large.
pub fn parse(text: &str, decimals: u8, name: &str) -> Result<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !(whole.is_empty() && fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && !text.ends_with('.');
    if !is_number {
        return Err(Fault::usage(format!(
            "{text} is not a number: write digits with at most one point, as in 1234.5"
        )));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(decimals) {
        return Err(Fault::usage(format!(
            "{text} has {} decimals, and {name} has {decimals}: round it",
            fraction.len()
        )));
    }
    let padded = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    let padded = padded.trim_start_matches('0');
    let units = if padded.is_empty() { Ok(0) } else { padded.parse::<u64>() };
    let fits = units.ok().filter(|units| i64::try_from(*units).is_ok());
    fits.ok_or_else(|| Fault::usage(format!("{text} {name} is more than the program can count: use less")))
}

/// Reads a percentage (`0.5` or `0.5%`) as millionths.
///
/// # Errors
/// As [`parse`]; a percentage has four decimals.
pub fn parse_percent(text: &str) -> Result<Ratio> {
    let units = parse(text.strip_suffix('%').unwrap_or(text), RATIO_DECIMALS - 2, "a percentage")?;
    u32::try_from(units).map(Ratio).map_err(|_| Fault::usage(format!("{text} is too large for a percentage")))
}

/// Sign, whole part and fraction of exactly `decimals` digits.
fn split(units: i128, decimals: u8) -> (&'static str, String, String) {
    let width = usize::from(decimals);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = width + 1);
    let (whole, fraction) = digits.split_at(digits.len() - width);
    (if units < 0 { "-" } else { "" }, whole.to_owned(), fraction.to_owned())
}

/// Digits with the thousands set apart.
fn grouped(whole: &str) -> String {
    whole.parse::<i128>().map_or_else(|_| whole.to_owned(), |whole| amount(whole, 0))
}

/// USD per whole token in units of 1e-12, to the nearest; `None` if it does not fit.
fn scaled(price: Price, decimals: u8) -> Option<u128> {
    const HALF: u128 = 1 << 63;
    let (whole, fraction) = (price.0 >> 64, price.0 & u128::from(u64::MAX));
    let native = 10u128.checked_pow(u32::from(decimals))?;
    let fine = 10u128.pow(PRICE_DECIMALS as u32 - u32::from(USD_DECIMALS));
    // The fraction in two steps, so that no product passes 128 bits.
    let tokens = fraction.checked_mul(native)?;
    let rest = (tokens & u128::from(u64::MAX)) * fine + HALF;
    let from_fraction = (tokens >> 64).checked_mul(fine)?.checked_add(rest >> 64)?;
    whole.checked_mul(native)?.checked_mul(fine)?.checked_add(from_fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_client::price as client_price;

    #[test]
    fn amounts_are_written_exactly() {
        assert_eq!(exact(1_500_000_000, 9), "1.5");
        assert_eq!(exact(-1, 6), "-0.000001");
        assert_eq!(exact(0, 6), "0");
        assert_eq!(exact(7, 0), "7");
        assert_eq!(amount(1_234_567_500_000i64, 6), "1,234,567.5");
        assert_eq!(amount(-100_000_000, 6), "-100");
    }

    #[test]
    fn money_is_rounded_down_to_the_cent() {
        assert_eq!(money(Quote(1_234_569_999)), "1,234.56");
        assert_eq!(money(Quote(-1_234_561_000)), "-1,234.57");
        assert_eq!(money(Quote(9_999)), "0.009999");
        assert_eq!(money(Quote(0)), "0.00");
        assert_eq!(money(Quote(1_000_000_000_000)), "1,000,000.00");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..10_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let (units, decimals) = (state >> (1 + state % 60), (state % 19) as u8);
            assert_eq!(parse(&exact(units, decimals), decimals, "it"), Ok(units), "{units} {decimals}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let line = |text, decimals| parse(text, decimals, "SOL").unwrap_err().line;
        for text in ["", ".", "1.", "-1", "+1", "1e3", "1,000", "1.2.3", "1 ", "one"] {
            assert_eq!(
                line(text, 9),
                format!("{text} is not a number: write digits with at most one point, as in 1234.5")
            );
        }
        assert_eq!(line("1.0000000001", 9), "1.0000000001 has 10 decimals, and SOL has 9: round it");
        assert_eq!(
            line("9223372036.854775808", 9),
            "9223372036.854775808 SOL is more than the program can count: use less"
        );
        assert_eq!(parse("9223372036.854775807", 9, "SOL"), Ok(i64::MAX as u64));
        assert_eq!(parse("1.50000000000000", 1, "x"), Ok(15));
        assert_eq!(parse(".5", 1, "x"), Ok(5));
        assert_eq!(parse("000", 6, "x"), Ok(0));
    }

    #[test]
    fn prices_give_back_what_was_stated() {
        for (text, decimals, shown) in [
            ("64123.5", 8, "64,123.50"),
            ("150.234567", 9, "150.2346"),
            ("1", 6, "1.00"),
            ("0.00002345678", 5, "0.0000234568"),
            ("9.87654321", 9, "9.87654"),
            ("999999.99", 8, "999,999.99"),
            ("0.5", 12, "0.50"),
        ] {
            let price_ = client_price::parse(text, decimals).unwrap();
            assert_eq!(price_exact(price_, decimals), text, "{decimals}");
            assert_eq!(price(price_, decimals), shown);
        }
    }

    #[test]
    fn ratios_and_spans_have_two_forms_at_most() {
        assert_eq!(
            (percent(50_000), percent(1_250_000), percent(-5)),
            ("5%".into(), "125%".into(), "-0.0005%".into())
        );
        assert_eq!((percent_floor(8_875_499), ratio(50_000)), ("887.54%".to_owned(), "0.05".to_owned()));
        assert_eq!([0, 35, 100_000, -90, 3_601].map(span), ["0s", "35s", "1d 3h", "-1m 30s", "1h 1s"]);
        assert_eq!(parse_span("4h"), Ok(14_400));
        assert_eq!(parse_span("15"), Ok(15));
        for text in ["", "h", "4w", "-1s", "99999999999d"] {
            let line = parse_span(text).unwrap_err().line;
            assert_eq!(line, format!("{text} is not a time span: write 90s, 30m, 4h or 2d"));
        }
        assert_eq!(parse_percent("0.5%"), Ok(Ratio(5_000)));
        assert_eq!(
            parse_percent("0.00001").unwrap_err().line,
            "0.00001 has 5 decimals, and a percentage has 4: round it"
        );
    }

    #[test]
    fn times_are_in_utc() {
        assert_eq!(time(1_583_971_200), "2020-03-12T00:00:00Z");
        for text in ["2020-03-12", "2020-03-12T00:00:00Z", "1583971200"] {
            assert_eq!(parse_time(text), Ok(1_583_971_200));
        }
        assert_eq!(
            parse_time("12 Mar").unwrap_err().line,
            "12 Mar is not a time: write 2020-03-12, 2020-03-12T16:05:00Z or unix seconds"
        );
    }
}
