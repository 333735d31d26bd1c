//! Prices written as decimal numbers.
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

#[cfg(test)]
mod tests {
    use super::*;

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
