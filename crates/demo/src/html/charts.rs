//! What the panels show: a price each, then an account each.

use std::collections::BTreeMap;

use super::Escaped;
use super::axis;
use super::panel::{Marker, Panel, Point};
use crate::calendar::{self, UnixTime};
use crate::money;
use crate::prices::{PriceSource, Symbol};
use crate::report::{AccountSeries, Liquidation, Trace};

/// The ratios that are drawn, as powers of two: each doubling takes the same height, the maintenance line is at 0, and what lies
/// outside is drawn at the edge. Equity below zero has no logarithm and belongs to the lower edge.
const RATIO_POWERS: (i32, i32) = (-2, 5);
const MAINTENANCE_POWER: f64 = 0.0;

/// The price of each symbol on its own scale, with the liquidations in its market.
pub fn prices(trace: &Trace) -> String {
    let mut html =
        "<section>\n<h2>Prices</h2>\n<p>USD for one coin, as the oracle accounts published them.</p>\n"
            .to_string();
    html.push_str("<ul class=\"legend\"><li class=\"key-line\">price</li>");
    html.push_str("<li class=\"key-marker\">liquidation in this market</li></ul>\n<div class=\"panels\">\n");
    if let Some(period) = trace.period() {
        for symbol in Symbol::ALL {
            html.push_str(&price_figure(trace, symbol, period));
        }
    }
    html.push_str("</div>\n<h3>Where the prices come from</h3>\n");
    html.push_str(&format!("<p class=\"faint\">{}</p>\n<dl class=\"sources\">\n", Escaped(&trace.path)));
    for source in &trace.sources {
        html.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", source.symbol, Escaped(&source.text)));
    }
    html.push_str("</dl>\n</section>\n");
    html
}

fn badge(sources: &[PriceSource], symbol: Symbol) -> &'static str {
    match sources.iter().find(|source| source.symbol == symbol) {
        Some(source) if source.derived => "<span class=\"badge derived\">derived from BTC</span>",
        Some(source) if source.text.starts_with("recorded") => "<span class=\"badge\">recorded</span>",
        _ => "<span class=\"badge\">as given</span>",
    }
}

fn price_figure(trace: &Trace, symbol: Symbol, period: (UnixTime, UnixTime)) -> String {
    let usd = |micro: i128| micro as f64 / 1e6;
    let line: Vec<Point> = trace
        .points
        .iter()
        .map(|point| (point.time, Some(usd(point.quote(symbol).price_micro_usd()))))
        .collect();
    let values = || line.iter().filter_map(|(_, value)| *value);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let ticks = axis::value_ticks(low, high, 4.0);
    let step = ticks[1] - ticks[0];
    let sunk = trace.liquidations.iter().filter(|liquidation| liquidation.symbol == symbol);
    let markers = grouped(trace, sunk, |liquidation| usd(liquidation.price.0));
    let panel = Panel {
        description: &format!("Price of {symbol} in USD over time"),
        period,
        range: (ticks[0], ticks[ticks.len() - 1]),
        ticks: ticks.iter().map(|value| (*value, axis::value_label(*value, step))).collect(),
        threshold: None,
        line,
        markers,
    };
    format!("<figure>\n<h3>{symbol} {}</h3>\n{}</figure>\n", badge(&trace.sources, symbol), panel.svg())
}

/// Each account's margin ratio against the maintenance line.
pub fn margin_ratios(trace: &Trace) -> String {
    let mut html = "<section>\n<h2>Margin ratios</h2>\n".to_string();
    html.push_str("<p>Equity divided by the maintenance requirement. Below 1 an account may be liquidated. ");
    html.push_str("Each doubling takes the same height; ratios past the upper or lower edge, negative equity included, ");
    html.push_str(
        "are drawn at the edge. Each account is shown over the time in which it had something open.</p>\n",
    );
    html.push_str("<ul class=\"legend\"><li class=\"key-line\">margin ratio</li>");
    html.push_str("<li class=\"key-threshold\">maintenance line</li>");
    html.push_str("<li class=\"key-marker\">liquidation</li></ul>\n<div class=\"panels\">\n");
    if let Some(period) = trace.period() {
        for account in &trace.accounts {
            html.push_str(&account_figure(trace, account, open_period(account, period)));
        }
    }
    html.push_str("</div>\n</section>\n");
    html
}

/// From the first to the last time at which something was open, with a little room on both sides; all of `period` when nothing
/// ever was.
fn open_period(account: &AccountSeries, period: (UnixTime, UnixTime)) -> (UnixTime, UnixTime) {
    let mut open = account.series.iter().filter(|sample| sample.margin_ratio_ppm.is_some());
    let Some(first) = open.next().map(|sample| sample.time) else { return period };
    let last = open.next_back().map_or(first, |sample| sample.time);
    let room = ((last - first) / 20).max(3_600);
    ((first - room).max(period.0), (last + room).min(period.1))
}

fn account_figure(trace: &Trace, account: &AccountSeries, period: (UnixTime, UnixTime)) -> String {
    let drawn = |ppm: Option<i64>| ppm.map(power_of_two);
    let line: Vec<Point> =
        account.series.iter().map(|sample| (sample.time, drawn(sample.margin_ratio_ppm))).collect();
    let (low, high) = RATIO_POWERS;
    let sunk: Vec<&Liquidation> =
        trace.liquidations.iter().filter(|liquidation| liquidation.account == account.address).collect();
    let markers = grouped(trace, sunk.iter().copied(), |liquidation| value_before(&line, liquidation.time));
    let panel = Panel {
        description: &format!("Margin ratio of {} over time, maintenance line at 1", account.name),
        period,
        range: (f64::from(low), f64::from(high)),
        ticks: (low..=high).map(|power| (f64::from(power), ratio_label(power))).collect(),
        threshold: Some(MAINTENANCE_POWER),
        line,
        markers,
    };
    let note = account_note(account, sunk.len());
    format!(
        "<figure>\n<h3>{} <span class=\"note\">{note}</span></h3>\n<p class=\"faint\">{}</p>\n{}</figure>\n",
        Escaped(&account.name),
        Escaped(&account.role),
        panel.svg()
    )
}

/// Logarithm to base 2 of a ratio in millionths; the lower edge for zero and less.
fn power_of_two(ppm: i64) -> f64 {
    if ppm > 0 { (ppm as f64 / 1e6).log2() } else { f64::from(RATIO_POWERS.0) }
}

fn ratio_label(power: i32) -> String {
    let ratio = 2f64.powi(power);
    match power {
        power if power == RATIO_POWERS.0 => format!("≤ {ratio}"),
        power if power == RATIO_POWERS.1 => format!("≥ {ratio}"),
        _ => ratio.to_string(),
    }
}

fn account_note(account: &AccountSeries, liquidations: usize) -> String {
    let lowest = account.series.iter().filter_map(|sample| sample.margin_ratio_ppm).min();
    let lowest =
        lowest.map_or("nothing ever open".to_string(), |ppm| format!("lowest {}", money::ratio(ppm)));
    match liquidations {
        0 => lowest,
        1 => format!("{lowest}, liquidated once"),
        times => format!("{lowest}, liquidated {times} times"),
    }
}

/// The line's value when `time` came, before anything was done about it.
fn value_before(line: &[Point], time: UnixTime) -> f64 {
    let reached = line.iter().take_while(|(at, _)| *at < time).count();
    let at_time = line.get(reached).filter(|(at, _)| *at == time).and_then(|(_, value)| *value);
    let earlier = || line[..reached].iter().rev().find_map(|(_, value)| *value);
    at_time.or_else(earlier).unwrap_or(MAINTENANCE_POWER)
}

/// One marker for each time, which tells of all that happened then.
fn grouped<'a>(
    trace: &Trace,
    liquidations: impl Iterator<Item = &'a Liquidation>,
    value: impl Fn(&Liquidation) -> f64,
) -> Vec<Marker> {
    let mut markers: BTreeMap<UnixTime, Marker> = BTreeMap::new();
    for liquidation in liquidations {
        let time = liquidation.time;
        let new = || Marker {
            time,
            value: value(liquidation),
            tooltip: format!("{} UTC", calendar::date_and_clock(time)),
        };
        let marker = markers.entry(time).or_insert_with(new);
        marker.tooltip.push('\n');
        marker.tooltip.push_str(&told(trace, liquidation));
    }
    markers.into_values().collect()
}

fn told(trace: &Trace, liquidation: &Liquidation) -> String {
    format!(
        "{}, {}: {} closed at {}, penalty {}, bounty {}, health {} to {}",
        trace.account_name(&liquidation.account),
        liquidation.market,
        money::tokens(i128::from(liquidation.size), liquidation.decimals, liquidation.symbol.name()),
        money::usdc(liquidation.price),
        money::usdc(liquidation.penalty),
        money::usdc(liquidation.bounty),
        money::usdc(liquidation.health_before),
        money::usdc(liquidation.health_after),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{AccountSample, MicroUsd};
    use crate::sample;

    #[test]
    fn a_marker_stands_where_the_account_sank_not_where_it_was_lifted_to() {
        let line = [(10, Some(2.0)), (20, Some(0.9)), (20, Some(1.3)), (30, None), (40, None)];
        assert_eq!(value_before(&line, 20), 0.9);
        assert_eq!(value_before(&line, 25), 1.3);
        assert_eq!(value_before(&line, 30), 1.3);
        assert_eq!(value_before(&line, 5), MAINTENANCE_POWER);
    }

    #[test]
    fn an_account_is_shown_while_it_has_something_open() {
        let sample = |time, ratio| AccountSample {
            time,
            equity: MicroUsd(1),
            maintenance_requirement: MicroUsd(1),
            margin_ratio_ppm: ratio,
            open: ratio.is_some(),
        };
        let mut account = sample::trace().accounts.remove(0);
        let hours = |hours: i64| 3_600 * hours;
        account.series = [(0, None), (hours(10), Some(1)), (hours(50), Some(1)), (hours(90), None)]
            .map(|(time, ratio)| sample(time, ratio))
            .to_vec();
        let period = (0, hours(100));
        assert_eq!(open_period(&account, period), (hours(8), hours(52)));
        assert_eq!(open_period(&account, (hours(9), hours(51))), (hours(9), hours(51)));
        account.series.truncate(1);
        assert_eq!(open_period(&account, period), period);
    }

    #[test]
    fn ratios_are_drawn_as_powers_of_two_with_negative_equity_at_the_edge() {
        assert_eq!(power_of_two(1_000_000), MAINTENANCE_POWER);
        assert_eq!(power_of_two(8_000_000), 3.0);
        assert_eq!(power_of_two(0), -2.0);
        assert_eq!(power_of_two(-12_000_000), -2.0);
        let labels = [-2, -1, 0, 3, 5].map(ratio_label);
        assert_eq!(labels, ["≤ 0.25", "0.5", "1", "8", "≥ 32"]);
    }

    #[test]
    fn liquidations_at_one_time_share_a_marker_that_tells_of_all() {
        let trace = sample::trace();
        let markers = grouped(&trace, trace.liquidations.iter(), |_| 1.0);
        let told: usize = markers.iter().map(|marker| marker.tooltip.lines().count() - 1).sum();
        assert_eq!(told, trace.liquidations.len());
        assert!(markers.len() < trace.liquidations.len());
    }
}
