//! Amounts as people read them: `1,234.56 USDC`.

use crate::report::MicroUsd;

/// Decimals of the settlement token, and of [`MicroUsd`].
pub const USD_DECIMALS: u8 = 6;

/// `amount` x 10^-`decimals` with thousands separators and `places` decimals, rounded to nearest, halves away from zero: for
/// reading only. Exact when `places >= decimals`.
pub fn grouped(amount: i128, decimals: u8, places: u8) -> String {
    let magnitude = amount.unsigned_abs();
    let scaled = if places >= decimals {
        magnitude.saturating_mul(10u128.pow(u32::from(places - decimals)))
    } else {
        let unit = 10u128.pow(u32::from(decimals - places));
        magnitude / unit + u128::from(magnitude % unit >= unit.div_ceil(2))
    };
    let unit = 10u128.pow(u32::from(places));
    let mut text = String::new();
    if amount < 0 && scaled > 0 {
        text.push('-');
    }
    let whole = (scaled / unit).to_string();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if places > 0 {
        text.push_str(&format!(".{:0width$}", scaled % unit, width = usize::from(places)));
    }
    text
}

/// The fewest decimals, but at least two, that show every amount exactly.
pub fn places_needed(amounts: impl IntoIterator<Item = i128>, decimals: u8) -> u8 {
    let needed = |amount: i128| {
        let (mut rest, mut places) = (amount, decimals);
        while places > 0 && rest % 10 == 0 {
            (rest, places) = (rest / 10, places - 1);
        }
        places
    };
    amounts.into_iter().map(needed).max().unwrap_or(0).max(2)
}

/// A token amount, exact, with no more decimals than it needs: `0.5 BTC`.
pub fn tokens(amount: i128, decimals: u8, symbol: &str) -> String {
    let text = grouped(amount, decimals, decimals);
    let shown = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{shown} {symbol}")
}

/// Dollars and cents without a unit: `1,234.56`.
pub fn cents(value: MicroUsd) -> String {
    grouped(value.0, USD_DECIMALS, 2)
}

/// Settlement tokens, rounded to the cent for reading: `1,234.56 USDC`.
pub fn usdc(value: MicroUsd) -> String {
    format!("{} USDC", cents(value))
}

/// A ratio in millionths with two decimals, rounded down, so that what is below 1 never reads as 1: `0.99`.
pub fn ratio(ppm: i64) -> String {
    grouped(i128::from(ppm).div_euclid(10_000), 2, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_and_signs_kept() {
        assert_eq!(usdc(MicroUsd(1_234_560_000)), "1,234.56 USDC");
        assert_eq!(usdc(MicroUsd(-1_234_567_890_000)), "-1,234,567.89 USDC");
        assert_eq!(usdc(MicroUsd(0)), "0.00 USDC");
        assert_eq!(cents(MicroUsd(999_999_999_999)), "1,000,000.00");
    }

    #[test]
    fn rounding_is_to_nearest_with_halves_away_from_zero() {
        for (micro, text) in
            [(4_999, "0.00"), (5_000, "0.01"), (-5_000, "-0.01"), (-4_999, "0.00"), (14_999, "0.01")]
        {
            assert_eq!(cents(MicroUsd(micro)), text);
        }
    }

    #[test]
    fn enough_places_show_every_native_unit() {
        assert_eq!(grouped(1_000_000_000_001, 6, 6), "1,000,000.000001");
        assert_eq!(grouped(123, 0, 2), "123.00");
        assert_eq!(places_needed([1_000_000, 1_500_000], 6), 2);
        assert_eq!(places_needed([1_000_000, 1_500_001], 6), 6);
        assert_eq!(places_needed([0], 6), 2);
        assert_eq!(grouped(i128::MIN, 6, 6), "-170,141,183,460,469,231,731,687,303,715,884.105728");
    }

    #[test]
    fn token_amounts_drop_only_needless_zeros() {
        assert_eq!(tokens(50_000_000, 8, "BTC"), "0.5 BTC");
        assert_eq!(tokens(10_000_000_000, 8, "BTC"), "100 BTC");
        assert_eq!(tokens(-1, 9, "SOL"), "-0.000000001 SOL");
        assert_eq!(tokens(100, 0, "LOT"), "100 LOT");
    }
}
