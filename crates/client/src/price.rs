//! Prices written as decimal numbers.
use crate::words::{USD_DECIMALS, amount};
use plimsoll_risk::Price;
use std::fmt;

/// Why a text is not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceError {
    /// Not digits with at most one point between them.
    Malformed,
    /// Zero, or more digits or a larger or smaller value than a [`Price`] holds.
    OutOfRange,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "a price is digits with at most one point, as in 64123.5",
            Self::OutOfRange => "the price is zero or does not fit the fixed-point format",
        })
    }
}

impl std::error::Error for PriceError {}

/// The price of an asset of `decimals` decimals from USD per whole token, such as `64123.5`. Rounded down,
/// by less than one part in 2^31 ([`Price::from_decimal`]).
///
/// # Errors
/// When the text is not a decimal number, or its value not one that a [`Price`] can hold.
pub fn parse(usd_per_token: &str, decimals: u8) -> Result<Price, PriceError> {
    let (whole, fraction) = usd_per_token.split_once('.').unwrap_or((usd_per_token, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || usd_per_token.ends_with('.') {
        return Err(PriceError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    let mantissa = format!("{whole}{fraction}").parse().map_err(|_| PriceError::OutOfRange)?;
    let exponent = i32::try_from(fraction.len()).map_err(|_| PriceError::OutOfRange)?;
    Price::from_decimal(mantissa, -exponent, decimals).map_err(|_| PriceError::OutOfRange)
}

/// A price of an asset of `decimals` decimals as USD per whole token, such as `64,123.5`. Rounded to
/// the nearest micro-USD: for reading only.
pub fn format(price: Price, decimals: u8) -> String {
    let unit = 10u128.checked_pow(decimals.into()).unwrap_or(u128::MAX);
    let (whole, fraction) = (price.0 >> 64, price.0 & u128::from(u64::MAX));
    let nearest = fraction.saturating_mul(unit).saturating_add(1 << 63) >> 64;
    let micro_usd = whole.saturating_mul(unit).saturating_add(nearest);
    amount(i128::try_from(micro_usd).unwrap_or(i128::MAX), USD_DECIMALS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_written_per_whole_token() {
        let of = |text, decimals| format(parse(text, decimals).unwrap(), decimals);
        assert_eq!([of("64123.5", 8), of("1", 6), of("0.25", 9)], ["64,123.5", "1", "0.25"]);
        assert_eq!([of("0.1", 9), of("0.0000004", 6), of("0.0000006", 6)], ["0.1", "0", "0.000001"]);
        assert_eq!(format(Price::MAX, 18), "1,099,511,627,776,000,000,000,000");
    }

    #[test]
    fn one_dollar_of_a_six_decimal_token_is_one() {
        for text in ["1", "1.0", "01.000000"] {
            assert_eq!(parse(text, 6), Ok(Price::ONE), "{text}");
        }
    }

    #[test]
    fn the_point_moves_the_exponent() {
        assert_eq!(
            parse("64123.5", 8),
            Price::from_decimal(641_235, -1, 8).map_err(|_| PriceError::OutOfRange)
        );
        assert_eq!(parse("100", 8), Ok(Price(Price::ONE.0)));
        assert_eq!(parse("0.000001", 5), Price::from_decimal(1, -6, 5).map_err(|_| PriceError::OutOfRange));
    }

    #[test]
    fn what_is_not_a_decimal_number_is_malformed() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.2.3", " 1"] {
            assert_eq!(parse(text, 6), Err(PriceError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn values_beyond_the_format_are_out_of_range() {
        for text in ["0", "0.000000000000001", "99999999999999999999", "18446744073709551615"] {
            assert_eq!(parse(text, 6), Err(PriceError::OutOfRange), "{text}");
        }
    }
}
