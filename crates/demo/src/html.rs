//! The replay as one HTML page that needs nothing else: every rule that was at work, prices, margin ratios, liquidations, and
//! the closing ledger.
//!
//! Drawing is the one place with floats: they place pixels and never feed back into a figure.

mod axis;
mod charts;
mod panel;
mod tables;

use std::fmt::{Display, Write};

use crate::calendar;
use crate::money;
use crate::prices::Symbol;
use crate::report::{Tone, Trace};

const STYLE: &str = include_str!("html/style.css");

/// The whole page. It loads nothing, so it can be kept and sent; the same record gives the same bytes.
pub fn render(trace: &Trace) -> String {
    let mut page = String::new();
    let period = trace.period().map_or_else(String::new, |(first, last)| {
        format!("{} to {}", calendar::long_date(first), calendar::long_date(last))
    });
    let title = format!("Plimsoll demo, {period}");
    page.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str(
        "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n",
    );
    page.push_str(&format!(
        "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        Escaped(&title)
    ));
    page.push_str(&format!(
        "<h1>A replay through the margin engine</h1>\n<p class=\"lead\">{period}, UTC</p>\n"
    ));
    page.push_str(&tiles(trace));
    page.push_str(&tables::mechanisms(trace));
    page.push_str(&charts::prices(trace));
    page.push_str(&charts::margin_ratios(trace));
    page.push_str(&tables::liquidations(trace));
    page.push_str(&tables::ledger(trace));
    page.push_str(&story(trace));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Text that can stand in an element or an attribute, whatever it holds.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}

/// The four figures to see first.
fn tiles(trace: &Trace) -> String {
    let bitcoin = trace.points.iter().map(|point| (point.quote(Symbol::Btc), point.time));
    let lowest = bitcoin.min_by_key(|(quote, _)| quote.price);
    let low = lowest.map_or(("-".to_string(), String::new()), |(quote, time)| {
        (
            money::grouped(quote.price_micro_usd(), money::USD_DECIMALS, 2),
            format!("USD, {}", calendar::day_and_month(time)),
        )
    });
    let (verdict, class) = if trace.vault_equals_claims() {
        ("what is owed".to_string(), "good")
    } else {
        ("NOT what is owed".to_string(), "bad")
    };
    let accounts = format!("of {} accounts", trace.accounts_liquidated());
    let debt_class = if trace.bad_debt.0 == 0 { "good" } else { "bad" };
    let tiles = [
        ("Lowest BTC price", low.0, low.1, ""),
        ("Liquidations", trace.liquidations.len().to_string(), accounts, ""),
        ("Bad debt", money::cents(trace.bad_debt), "USDC beyond what accounts owned".to_string(), debt_class),
        ("Vaults hold", verdict, "compared to the last native unit".to_string(), class),
    ];
    let tile = |(label, value, note, class): (&str, String, String, &str)| {
        format!(
            "<div class=\"tile\"><dt>{label}</dt><dd class=\"{class}\">{value}</dd><dd class=\"note\">{note}</dd></div>\n"
        )
    };
    format!("<dl class=\"tiles\">\n{}</dl>\n", tiles.map(tile).concat())
}

fn story(trace: &Trace) -> String {
    let mut text = "<section>\n<details>\n<summary>The story, line by line</summary>\n<ol class=\"story\">\n"
        .to_string();
    for line in &trace.stories {
        let class = match line.tone {
            Tone::Plain => "plain",
            Tone::Notice => "notice",
            Tone::Explained => "explained",
            Tone::Alarm => "alarm",
        };
        let time = calendar::date_and_clock(line.time);
        text.push_str(&format!("<li class=\"{class}\"><time>{time}</time> {}</li>\n", Escaped(&line.text)));
    }
    text.push_str("</ol>\n</details>\n</section>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::MicroUsd;
    use crate::sample;

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        let page = render(&sample::trace());
        for hook in ["http:", "https:", "src=", "url(", "@import", "<script", "<iframe", "<object"] {
            assert!(!page.contains(hook), "{hook}");
        }
    }

    #[test]
    fn names_can_not_become_markup() {
        let page = render(&sample::trace());
        assert!(page.contains("Fatou &amp; &lt;Sons&gt;"));
        assert!(!page.contains("<Sons>"));
    }

    #[test]
    fn every_account_has_a_panel_and_every_liquidation_a_row() {
        let trace = sample::trace();
        let page = render(&trace);
        for account in &trace.accounts {
            assert!(page.contains(&format!("<h3>{}", Escaped(&account.name))), "{}", account.name);
        }
        assert_eq!(page.matches("<svg").count(), 3 + trace.accounts.len());
        assert_eq!(page.matches("class=\"sunk\"").count(), trace.liquidations.len());
    }

    #[test]
    fn derived_prices_are_labelled_where_they_are_drawn() {
        let page = render(&sample::trace());
        assert_eq!(page.matches("<span class=\"badge derived\">derived from BTC</span>").count(), 2);
        assert_eq!(page.matches("<span class=\"badge\">recorded</span>").count(), 1);
    }

    #[test]
    fn the_verdict_follows_the_ledger() {
        let mut trace = sample::trace();
        trace.bad_debt = MicroUsd(0);
        assert!(render(&trace).contains("<dd class=\"good\">what is owed</dd>"));
        trace.ledger.tokens[0].vault += 1;
        let page = render(&trace);
        assert!(page.contains("<dd class=\"bad\">NOT what is owed</dd>"));
        assert!(!page.contains("<dd class=\"good\">what is owed"));
    }

    #[test]
    fn an_empty_record_still_makes_a_page() {
        let mut trace = sample::trace();
        (trace.points, trace.accounts, trace.liquidations, trace.stories) = Default::default();
        assert!(render(&trace).ends_with("</html>\n"));
    }

    #[test]
    fn the_same_record_gives_the_same_bytes() {
        assert_eq!(render(&sample::trace()), render(&sample::trace()));
    }
}
