//! The liquidations and the closing ledger. On a narrow screen each row becomes a card, whose cells are named by `data-label`.

use super::Escaped;
use crate::calendar;
use crate::money;
use crate::report::{Party, TokenLedger, Trace};

struct Cell {
    label: &'static str,
    text: String,
}

fn cell(label: &'static str, text: String) -> Cell {
    Cell { label, text }
}

/// The first `texts` columns are words, the others figures.
fn table(texts: usize, labels: &[&str], rows: &str) -> String {
    let heading = |(column, label): (usize, &&str)| {
        let class = if column < texts { "" } else { " class=\"figure\"" };
        format!("<th scope=\"col\"{class}>{label}</th>")
    };
    let headings: String = labels.iter().enumerate().map(heading).collect();
    format!("<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n")
}

fn row(class: &str, texts: usize, cells: &[Cell]) -> String {
    let drawn = |(column, cell): (usize, &Cell)| {
        let class = if column < texts { "" } else { " class=\"figure\"" };
        format!("<td data-label=\"{}\"{class}>{}</td>", cell.label, Escaped(&cell.text))
    };
    format!("<tr class=\"{class}\">{}</tr>\n", cells.iter().enumerate().map(drawn).collect::<String>())
}

/// Every rule that was at work, with what it is and what it did the first time.
pub fn mechanisms(trace: &Trace) -> String {
    let mut html = "<section>\n<h2>What the rules did</h2>\n".to_string();
    let seen = trace.mechanisms();
    if seen.is_empty() {
        html.push_str("<p>Nothing had to be done.</p>\n</section>\n");
        return html;
    }
    html.push_str("<p>Each rule when it was first at work, and how often it was in all.</p>\n");
    let labels = ["rule", "what it is", "first (UTC)", "the first time", "times"];
    let mut rows = String::new();
    for (first, times) in seen {
        let texts = [
            first.mechanism.name().to_string(),
            first.mechanism.explanation().to_string(),
            calendar::date_and_clock(first.time),
            first.text.clone(),
            times.to_string(),
        ];
        let cells: Vec<Cell> = labels.into_iter().zip(texts).map(|(label, text)| cell(label, text)).collect();
        rows.push_str(&row("rule", 4, &cells));
    }
    html.push_str(&table(4, &labels, &rows));
    html.push_str("</section>\n");
    html
}

/// Every liquidation in order; money rounded to the cent.
pub fn liquidations(trace: &Trace) -> String {
    let mut html = "<section>\n<h2>Liquidations</h2>\n".to_string();
    if trace.liquidations.is_empty() {
        html.push_str("<p>None.</p>\n</section>\n");
        return html;
    }
    html.push_str("<p>Money in USDC, rounded to the cent; health is maintenance health.</p>\n");
    let labels = [
        "time (UTC)",
        "account",
        "market",
        "closed",
        "price",
        "penalty",
        "bounty",
        "health before",
        "health after",
    ];
    let mut rows = String::new();
    for liquidation in &trace.liquidations {
        let size =
            money::tokens(i128::from(liquidation.size), liquidation.decimals, liquidation.symbol.name());
        let texts = [
            calendar::date_and_clock(liquidation.time),
            trace.account_name(&liquidation.account).to_string(),
            liquidation.market.clone(),
            size,
            money::cents(liquidation.price),
            money::cents(liquidation.penalty),
            money::cents(liquidation.bounty),
            money::cents(liquidation.health_before),
            money::cents(liquidation.health_after),
        ];
        let cells: Vec<Cell> = labels.into_iter().zip(texts).map(|(label, text)| cell(label, text)).collect();
        rows.push_str(&row("sunk", 3, &cells));
    }
    html.push_str(&table(3, &labels, &rows));
    html.push_str("</section>\n");
    html
}

/// One table for each token, exact.
pub fn ledger(trace: &Trace) -> String {
    let mut html =
        "<section>\n<h2>Closing ledger</h2>\n<p>Exact amounts. Gained inside: results, fees, ".to_string();
    html.push_str("penalties, bounties and transfers within the program. A provider's part is counted in the pool, not again in the total.</p>\n");
    for ledger in &trace.ledger.tokens {
        html.push_str(&format!("<h3>{}</h3>\n", Escaped(&ledger.symbol)));
        if ledger.rows.is_empty() {
            html.push_str("<p>Nobody brought any.</p>\n");
        } else {
            html.push_str(&token_table(ledger));
        }
        html.push_str(&verdict(ledger));
    }
    html.push_str("</section>\n");
    html
}

fn verdict(ledger: &TokenLedger) -> String {
    let class = if ledger.vault_equals_claims() { "good" } else { "bad" };
    format!("<p class=\"{class}\">{}</p>\n", Escaped(&ledger.verdict()))
}

fn token_table(ledger: &TokenLedger) -> String {
    let amounts = ledger.rows.iter().flat_map(|row| [row.came_in, row.went_out, row.left]);
    let places = money::places_needed(amounts.chain([ledger.vault]), ledger.decimals);
    let cells = |party: &str, name: &str, amounts: [i128; 4]| {
        let [came_in, went_out, gained, left] =
            amounts.map(|amount| money::grouped(amount, ledger.decimals, places));
        [
            cell("party", party.to_string()),
            cell("name", name.to_string()),
            cell("came in", came_in),
            cell("went out", went_out),
            cell("gained inside", gained),
            cell("left", left),
        ]
    };
    let mut rows = String::new();
    for line in &ledger.rows {
        let amounts = [line.came_in, line.went_out, line.gained(), line.left];
        let drawn = match line.party {
            Party::Provider => row("part", 2, &cells("of which", &line.name, amounts)),
            party => row("", 2, &cells(party.name(), &line.name, amounts)),
        };
        rows.push_str(&drawn);
    }
    let totals = ledger.totals();
    let sums = [totals.came_in, totals.went_out, totals.gained(), totals.left];
    rows.push_str(&row("total", 2, &cells("total", "all claims", sums)));
    let balance = money::grouped(ledger.vault, ledger.decimals, places);
    let empty = |label| cell(label, String::new());
    let vault = [
        cell("party", "vault".to_string()),
        cell("name", "token balance".to_string()),
        empty("came in"),
        empty("went out"),
        empty("gained inside"),
        cell("left", balance),
    ];
    rows.push_str(&row("total", 2, &vault));
    table(2, &["party", "name", "came in", "went out", "gained inside", "left"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_ledger_shows_every_native_unit() {
        let mut trace = sample::trace();
        trace.ledger.tokens[0].rows[0].left += 1;
        let exact = money::grouped(trace.ledger.tokens[0].rows[0].left, 6, 6);
        let html = ledger(&trace);
        assert!(html.contains(&format!("<td data-label=\"left\" class=\"figure\">{exact}</td>")));
        assert!(html.contains("VAULT DIFFERS: by"));
    }

    #[test]
    fn a_calm_replay_says_that_nobody_was_liquidated() {
        let mut trace = sample::trace();
        trace.liquidations.clear();
        assert!(liquidations(&trace).contains("<p>None.</p>"));
    }
}
