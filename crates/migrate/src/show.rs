//! Differences, times and spans in words.

use plimsoll::parameters::{ALL, Tightens};
use plimsoll::params::FieldChange;
use plimsoll::terms::Terms;

use crate::calendar;

/// Characters of a line of listed parameters.
const WIDTH: usize = 100;

/// `1,234,567`
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// One line per parameter: `initial_margin  200,000 -> 250,000 millionths  tightens`.
pub fn fields(fields: &[FieldChange]) -> Vec<String> {
    let rows: Vec<[String; 3]> = fields
        .iter()
        .map(|field| {
            let parameter = &ALL[field.parameter as usize];
            let moved = format!("{} -> {} {}", grouped(field.before), grouped(field.after), parameter.unit);
            [parameter.name.to_string(), moved, direction(field).to_string()]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (names, moves) = (width(0), width(1));
    rows.iter()
        .map(|[name, moved, direction]| format!("{name:names$}  {moved:moves$}  {direction}"))
        .collect()
}

fn direction(field: &FieldChange) -> &'static str {
    let parameter = &ALL[field.parameter as usize];
    match parameter.tightens {
        Tightens::Waits => "neither tightens nor loosens",
        _ if parameter.is_tightened(field.before, field.after) => "tightens",
        _ => "loosens",
    }
}

/// All parameters of some terms, several on a line.
pub fn listed(title: &str, terms: &Terms) -> Vec<String> {
    let named = ALL.iter().filter(|parameter| parameter.concern == terms.concern());
    let mut lines = vec![format!("{title}:")];
    for parameter in named {
        let entry = format!(" {} {}", parameter.name, grouped(parameter.read(terms.bytes())));
        let line = lines.last_mut().expect("there is a first line");
        if line.len() + entry.len() > WIDTH {
            lines.push(format!("  {entry}"));
        } else {
            line.push_str(&entry);
        }
        lines.last_mut().expect("there is a line").push(',');
    }
    if let Some(line) = lines.last_mut() {
        line.pop();
    }
    lines
}

/// `2020-03-12 16:05 UTC`
pub fn time(unix_time: i64) -> String {
    format!("{} UTC", calendar::date_and_clock(unix_time))
}

/// `2 days`, `1 day 3 hours`, `5 minutes`: the two largest units.
pub fn span(seconds: i64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let mut rest = seconds.max(0);
    let mut words = Vec::new();
    for (unit, length) in units {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            words.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    words.truncate(2);
    if words.is_empty() { "0 seconds".to_string() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll::parameters::Concern;
    use plimsoll_client::governance::{field, parameter_id};

    #[test]
    fn a_difference_names_parameter_unit_values_and_direction() {
        let of = |concern, name, before, after| field(parameter_id(concern, name).unwrap(), before, after);
        let changed = [
            of(Concern::Bank, "deposit_cap", 1_000_000, 2_000_000),
            of(Concern::Bank, "debt_min", 5, 7),
            of(Concern::Bank, "utilisation_max", 900_000, 800_000),
        ];
        assert_eq!(
            fields(&changed),
            [
                "deposit_cap      1,000,000 -> 2,000,000 native units  loosens",
                "debt_min         5 -> 7 native units                  neither tightens nor loosens",
                "utilisation_max  900,000 -> 800,000 millionths        tightens",
            ]
        );
    }

    #[test]
    fn numbers_and_spans_are_read_easily() {
        assert_eq!([0, 999, 1_000, -1_234_567].map(grouped), ["0", "999", "1,000", "-1,234,567"]);
        assert_eq!(
            [0, 59, 172_800, 97_200, 86_460].map(span),
            ["0 seconds", "59 seconds", "2 days", "1 day 3 hours", "1 day 1 minute"]
        );
    }
}
