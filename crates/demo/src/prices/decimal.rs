//! Decimal text to integers, without floats.

/// Why a field is not a usable decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalError {
    Malformed,
    Negative,
    TooPrecise,
    TooLarge,
}

/// `text` x 10^`places`, exactly. The grammar is digits, then optionally a point and more digits: no sign but a leading minus
/// (reported as [`DecimalError::Negative`]), no exponent, no separators. Digits past `places` must be zero.
pub fn parse(text: &str, places: u32) -> Result<u64, DecimalError> {
    if let Some(magnitude) = text.strip_prefix('-') {
        return Err(parse(magnitude, places).map_or(DecimalError::Malformed, |_| DecimalError::Negative));
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(DecimalError::Malformed),
        Some(parts) => parts,
        None => (text, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = places.checked_sub(fraction.len() as u32).ok_or(DecimalError::TooPrecise)?;
    let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', missing as usize));
    digits
        .map(|byte| u64::from(byte - b'0'))
        .try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(digit))
        .ok_or(DecimalError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_exact_integers() {
        for (text, value) in [
            ("7934.58", 793_458_000_000),
            ("0.1", 10_000_000),
            ("0.00000001", 1),
            ("0.000000010000", 1),
            ("007", 700_000_000),
            ("0", 0),
            ("184467440737.09551615", u64::MAX),
        ] {
            assert_eq!(parse(text, 8), Ok(value), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        use DecimalError::{Malformed, Negative, TooLarge, TooPrecise};
        let malformed = [
            "", ".", "1.", ".5", "1e3", "+1", "1_000", "1.2.3", " 1", "NaN", "inf", "0x10", "--1", "-", "٣",
            "1,5",
        ];
        for text in malformed {
            assert_eq!(parse(text, 8), Err(Malformed), "{text}");
        }
        assert_eq!(parse("-5", 8), Err(Negative));
        assert_eq!(parse("0.000000001", 8), Err(TooPrecise));
        assert_eq!(parse("184467440737.09551616", 8), Err(TooLarge));
        assert_eq!(parse(&"9".repeat(400), 8), Err(TooLarge));
    }
}
