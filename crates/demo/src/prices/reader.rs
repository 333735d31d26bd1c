//! From the bytes of a price file to its points, or to all that is wrong with it.

use super::decimal::{self, DecimalError};
use super::{DEFAULT_CONFIDENCE_BPS, PRICE_EXPONENT, PricePoint, Problems, Quote, Symbol, UnixTime};

const HEADER: [&str; 4] = ["unix_time", "symbol", "price", "confidence"];
const PLACES: u32 = PRICE_EXPONENT.unsigned_abs();
/// The year 2100: later times are most likely milliseconds.
const TIME_MAX: UnixTime = 4_102_444_800;

struct Row {
    line: usize,
    time: UnixTime,
    symbol: Symbol,
    quote: Quote,
}

/// Checks the whole file before it gives out anything.
///
/// # Errors
/// Every malformed row, in the order of the file; only when all rows are sound, what the file as a whole lacks.
pub fn read(bytes: &[u8]) -> Result<Vec<PricePoint>, Problems> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut problems = Problems::default();
    let mut lines =
        bytes.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    let Some((header, header_line)) = lines.next() else {
        problems.add(None, format!("the file is empty: expected a header `{}`", HEADER[..3].join(",")));
        return Err(problems);
    };
    let Some(columns) = header_columns(header) else {
        let text = String::from_utf8_lossy(header.trim_ascii());
        let text: String = text.chars().take(60).collect();
        let what = format!(
            "header `{text}`: expected `unix_time,symbol,price` or `unix_time,symbol,price,confidence`"
        );
        problems.add(Some(header_line), what);
        return Err(problems);
    };
    let mut rows: Vec<Row> = Vec::new();
    for (text, line) in lines {
        match row(text, line, columns).and_then(|row| in_order(&rows, row)) {
            Ok(row) => rows.push(row),
            Err(faults) => faults.into_iter().for_each(|what| problems.add(Some(line), what)),
        }
    }
    if problems.shown.is_empty() {
        check_whole(&rows, &mut problems);
    }
    if problems.shown.is_empty() { Ok(points(&rows)) } else { Err(problems) }
}

fn fields(line: &[u8]) -> Option<Vec<&str>> {
    Some(std::str::from_utf8(line).ok()?.split(',').map(|field| unquoted(field.trim())).collect())
}

fn unquoted(field: &str) -> &str {
    field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(field)
}

/// How many columns the header announces, if it is one of the two allowed.
fn header_columns(line: &[u8]) -> Option<usize> {
    let names = fields(line)?;
    let known = names.len() >= 3 && HEADER.starts_with(&names);
    known.then_some(names.len())
}

/// One row by itself, with everything that is wrong with it.
fn row(text: &[u8], line: usize, columns: usize) -> Result<Row, Vec<String>> {
    let Some(fields) = fields(text) else {
        return Err(vec!["not UTF-8 text: expected plain digits, a symbol and commas".to_string()]);
    };
    if fields.len() != columns {
        let expected = HEADER[..columns].join(",");
        return Err(vec![format!("{} fields: expected {columns}, as in `{expected}`", fields.len())]);
    }
    let mut faults = Vec::new();
    let mut keep = |fault: String| faults.push(fault);
    let time = time(fields[0]).map_err(&mut keep).ok();
    let symbol = symbol(fields[1]).map_err(&mut keep).ok();
    let price = price(fields[2]).map_err(&mut keep).ok();
    let given = fields.get(3).copied().filter(|text| !text.is_empty());
    let confidence = price.and_then(|price| confidence(given, price).map_err(&mut keep).ok());
    match (time, symbol, price, confidence) {
        (Some(time), Some(symbol), Some(price), Some(confidence)) => {
            Ok(Row { line, time, symbol, quote: Quote { price, confidence } })
        }
        _ => Err(faults),
    }
}

fn time(text: &str) -> Result<UnixTime, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(time) if digits && (1..=TIME_MAX).contains(&time) => Ok(time),
        Ok(time) if digits && time > TIME_MAX => {
            Err(format!("unix_time `{text}`: later than the year 2100, expected seconds, not milliseconds"))
        }
        _ => Err(format!("unix_time `{text}`: expected whole seconds since 1970, such as 1583971200")),
    }
}

fn symbol(text: &str) -> Result<Symbol, String> {
    let allowed = Symbol::ALL.map(Symbol::name).join(", ");
    Symbol::from_name(text).ok_or_else(|| format!("symbol `{text}`: expected one of {allowed}"))
}

fn price(text: &str) -> Result<u64, String> {
    match decimal::parse(text, PLACES) {
        Ok(0) => Err(format!("price `{text}`: is zero, expected more")),
        Ok(price) if price > i64::MAX as u64 => {
            Err(format!("price `{text}`: too large for an oracle's message"))
        }
        Ok(price) => Ok(price),
        Err(error) => Err(format!("price `{text}`: {}", decimal_fault(error))),
    }
}

fn confidence(given: Option<&str>, price: u64) -> Result<u64, String> {
    let Some(text) = given else {
        // The product of a price that fits an i64 needs 128 bits; the smallest prices leave no room for a unit of confidence.
        let product = u128::from(price) * u128::from(DEFAULT_CONFIDENCE_BPS);
        return Ok((product.div_ceil(10_000) as u64).min(price - 1));
    };
    match decimal::parse(text, PLACES) {
        Ok(confidence) if confidence < price => Ok(confidence),
        Ok(_) => Err(format!("confidence `{text}`: expected less than the price")),
        Err(error) => Err(format!("confidence `{text}`: {}", decimal_fault(error))),
    }
}

fn decimal_fault(error: DecimalError) -> &'static str {
    match error {
        DecimalError::Malformed => "expected a plain decimal, such as 7934.58",
        DecimalError::Negative => "is negative",
        DecimalError::TooPrecise => "expected at most 8 decimals",
        DecimalError::TooLarge => "too large",
    }
}

/// A row may stand at or after the time of the last sound row, and only once for each time and symbol.
fn in_order(rows: &[Row], row: Row) -> Result<Row, Vec<String>> {
    let Some(last) = rows.last() else { return Ok(row) };
    if row.time < last.time {
        let what = format!(
            "unix_time {} is earlier than {} on line {}: expected rows sorted by time",
            row.time, last.time, last.line
        );
        return Err(vec![what]);
    }
    let same_time = rows.iter().rev().take_while(|earlier| earlier.time == row.time);
    match same_time.into_iter().find(|earlier| earlier.symbol == row.symbol) {
        Some(earlier) => Err(vec![format!(
            "second {} price at {}: the first is on line {}",
            row.symbol, row.time, earlier.line
        )]),
        None => Ok(row),
    }
}

fn check_whole(rows: &[Row], problems: &mut Problems) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        problems
            .add(None, "no prices after the header: expected at least two times for each symbol".to_string());
        return;
    };
    for symbol in Symbol::ALL {
        let earliest = rows.iter().find(|row| row.symbol == symbol);
        match earliest {
            None => problems.add(None, format!("no {symbol} price: expected rows for BTC, ETH and SOL")),
            Some(row) if row.time > first.time => {
                let what = format!(
                    "the first {symbol} price: expected one at the file's first time, {}",
                    first.time
                );
                problems.add(Some(row.line), what);
            }
            Some(_) => (),
        }
    }
    if first.time == last.time {
        problems.add(None, format!("only one time, {}: expected at least two", first.time));
    }
}

fn points(rows: &[Row]) -> Vec<PricePoint> {
    let mut quotes = [rows[0].quote; 3];
    let same_time = rows.chunk_by(|a, b| a.time == b.time);
    let publish = |group: &[Row]| {
        for row in group {
            quotes[row.symbol as usize] = row.quote;
        }
        PricePoint { time: group[0].time, quotes }
    };
    same_time.map(publish).collect()
}

#[cfg(test)]
mod tests {
    use super::super::PROBLEMS_SHOWN_MAX;
    use super::*;

    const SOUND: &str = "unix_time,symbol,price\n10,BTC,7934.58\n10,ETH,194.1\n10,SOL,0.5\n20,BTC,4800\n";

    /// What is wrong, as `line: text`, with 0 for the file as a whole.
    fn faults(text: &str) -> Vec<(usize, String)> {
        let problems = read(text.as_bytes()).unwrap_err();
        assert_eq!(problems.more, 0);
        problems.shown.into_iter().map(|problem| (problem.line.unwrap_or(0), problem.what)).collect()
    }

    #[track_caller]
    fn assert_fault(text: &str, line: usize, what: &str) {
        let faults = faults(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].0, line);
        assert!(faults[0].1.contains(what), "{:?} lacks {what:?}", faults[0].1);
    }

    #[test]
    fn sound_rows_become_exact_integers_and_old_prices_are_published_again() {
        let points = read(SOUND.as_bytes()).unwrap();
        assert_eq!(points.len(), 2);
        assert_eq!(points[0].quote(Symbol::Btc).price, 793_458_000_000);
        assert_eq!((points[1].time, points[1].quote(Symbol::Btc).price), (20, 480_000_000_000));
        assert_eq!(points[1].quote(Symbol::Eth), points[0].quote(Symbol::Eth));
    }

    #[test]
    fn a_missing_confidence_is_ten_basis_points_rounded_up() {
        let points = read(SOUND.as_bytes()).unwrap();
        assert_eq!(points[0].quote(Symbol::Btc).confidence, 793_458_000);
        assert_eq!(confidence(None, 1_001), Ok(2));
        assert_eq!(confidence(None, 1), Ok(0));
        let text =
            "unix_time,symbol,price,confidence\n10,BTC,100,0.25\n10,ETH,100,\n10,SOL,100,0\n20,SOL,1,0.5\n";
        let points = read(text.as_bytes()).unwrap();
        let confidences = points[0].quotes.map(|quote| quote.confidence);
        assert_eq!(confidences, [25_000_000, 10_000_000, 0]);
    }

    #[test]
    fn line_ends_blank_lines_quotes_and_a_byte_order_mark_do_not_matter() {
        let dressed = format!("\u{feff}{}", SOUND.replace("BTC", " \"BTC\" ").replace('\n', "\r\n\r\n"));
        assert_eq!(read(dressed.as_bytes()).unwrap(), read(SOUND.as_bytes()).unwrap());
        assert_fault(&format!("{SOUND}\n\n30,BTC,x\n"), 8, "price `x`");
    }

    #[test]
    fn every_malformed_field_is_reported_with_its_line() {
        for (row, what) in [
            ("30,BTC,", "price ``: expected a plain decimal"),
            ("30,BTC,0.0", "is zero"),
            ("30,BTC,-1", "is negative"),
            ("30,BTC,1e4", "expected a plain decimal, such as 7934.58"),
            ("30,BTC,0.123456789", "at most 8 decimals"),
            ("30,BTC,92233720368.54775808", "too large for an oracle's message"),
            ("30,BTC,999999999999999999999", "too large"),
            ("30,DOGE,1", "symbol `DOGE`: expected one of BTC, ETH, SOL"),
            ("30,btc,1", "symbol `btc`: expected one of BTC, ETH, SOL"),
            ("x,BTC,1", "expected whole seconds since 1970"),
            ("0,BTC,1", "expected whole seconds since 1970"),
            ("+30,BTC,1", "expected whole seconds since 1970"),
            ("1583971200000,BTC,1", "not milliseconds"),
            ("30,BTC", "2 fields: expected 3"),
            ("30,BTC,1,1", "4 fields: expected 3"),
            ("15,BTC,1", "unix_time 15 is earlier than 20 on line 5"),
            ("20,BTC,1", "second BTC price at 20: the first is on line 5"),
        ] {
            assert_fault(&format!("{SOUND}{row}\n"), 6, what);
        }
    }

    #[test]
    fn a_confidence_must_be_a_decimal_below_its_price() {
        let head = "unix_time,symbol,price,confidence\n";
        for (field, what) in
            [("1", "less than the price"), ("-0.1", "is negative"), ("wide", "plain decimal")]
        {
            assert_fault(&format!("{head}10,BTC,1,{field}\n"), 2, what);
        }
    }

    #[test]
    fn all_faults_of_all_rows_are_collected() {
        let text = format!("{SOUND}a,DOGE,0\n30,BTC,1\n5,ETH,1\n");
        let lines: Vec<usize> = faults(&text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [6, 6, 6, 8]);
    }

    #[test]
    fn past_twenty_problems_the_rest_are_counted() {
        let text = format!("{SOUND}{}", "30,BTC,x\n".repeat(25));
        let problems = read(text.as_bytes()).unwrap_err();
        assert_eq!((problems.shown.len(), problems.more), (PROBLEMS_SHOWN_MAX, 5));
        assert!(problems.to_string().ends_with("and 5 more\n"));
    }

    #[test]
    fn bytes_that_are_not_text_are_reported_by_line() {
        let mut bytes = SOUND.as_bytes().to_vec();
        bytes.extend(b"30,BTC,\xff\n");
        let problems = read(&bytes).unwrap_err();
        assert_eq!(problems.shown[0].line, Some(6));
        assert!(read(&[0, 159, 146, 150]).is_err());
    }

    #[test]
    fn a_wrong_or_missing_header_is_reported_alone() {
        assert_fault("10,BTC,1\n", 1, "header `10,BTC,1`: expected `unix_time,symbol,price`");
        assert_fault("\ntime,symbol,price\n", 2, "header");
        assert_fault("unix_time,symbol\n", 1, "header");
        assert_fault("unix_time,symbol,price,confidence,extra\n", 1, "header");
        assert_fault(" \n\n", 0, "the file is empty");
        assert_fault("", 0, "the file is empty");
    }

    #[test]
    fn a_file_must_have_all_symbols_from_its_first_time_and_two_times() {
        assert_fault("unix_time,symbol,price\n", 0, "no prices after the header");
        assert_fault(&SOUND.replace("10,SOL,0.5\n", ""), 0, "no SOL price");
        assert_fault(
            &SOUND.replace("10,SOL,0.5\n", "20,SOL,0.5\n"),
            4,
            "expected one at the file's first time, 10",
        );
        assert_fault(&SOUND.replace("20,BTC,4800\n", ""), 0, "only one time, 10");
    }
}
