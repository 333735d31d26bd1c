//! The end of the story: liquidations, the closing ledger, and whether it adds up.

use super::style::{Ink, Style};
use super::table::Table;
use crate::calendar;
use crate::money;
use crate::report::{Party, TokenLedger, Trace};

/// All of it, each line ended. Ledger amounts are exact; money in the liquidation table is rounded to the cent.
pub fn render(trace: &Trace, style: Style) -> String {
    let mut text = heading(style, "What the rules did");
    text.push_str(&mechanisms(trace, style));
    text.push_str(&heading(style, "Liquidations"));
    text.push_str(&note(
        style,
        "USDC, rounded to the cent; health is equity less the maintenance requirement",
    ));
    text.push_str(&liquidations(trace, style));
    text.push_str(&heading(style, "What came in, went out, and is left"));
    text.push_str(&note(
        style,
        "came in and went out: tokens that the token program moved between a wallet and the vault",
    ));
    text.push_str(&note(
        style,
        "left: what the program owes, open positions at the last price; all amounts are exact",
    ));
    for ledger in &trace.ledger.tokens {
        text.push_str(&heading(style, &format!("Closing ledger, {}", ledger.symbol)));
        if ledger.rows.is_empty() {
            text.push_str("  nobody brought any\n");
        } else {
            text.push_str(&token_table(ledger, style));
        }
        text.push_str(&verdict(ledger, style));
    }
    text.push_str(&heading(style, "Prices"));
    for source in &trace.sources {
        text.push_str(&format!("  {}  {}\n", source.symbol, source.text));
    }
    text.push_str(&format!("\n{}\n", summary(trace, style)));
    text
}

fn note(style: Style, text: &str) -> String {
    format!("  {}\n", style.paint(Ink::Faint, text))
}

fn heading(style: Style, title: &str) -> String {
    format!("\n{}\n", style.paint(Ink::Strong, title))
}

fn mechanisms(trace: &Trace, style: Style) -> String {
    let seen = trace.mechanisms();
    if seen.is_empty() {
        return "  nothing had to be done\n".to_string();
    }
    let mut table = Table::new(2, ["first (UTC)", "rule", "times"]);
    for (first, times) in seen {
        let cells =
            [calendar::date_and_clock(first.time), first.mechanism.name().to_string(), times.to_string()];
        table.row(Ink::Plain, cells);
    }
    table.render(style)
}

fn liquidations(trace: &Trace, style: Style) -> String {
    if trace.liquidations.is_empty() {
        return "  none\n".to_string();
    }
    let headings = [
        "time (UTC)",
        "account",
        "market",
        "size",
        "price",
        "penalty",
        "bounty",
        "health before",
        "health after",
    ];
    let mut table = Table::new(3, headings);
    for liquidation in &trace.liquidations {
        let cells = [
            calendar::date_and_clock(liquidation.time),
            trace.account_name(&liquidation.account).to_string(),
            liquidation.market.clone(),
            money::tokens(i128::from(liquidation.size), liquidation.decimals, liquidation.symbol.name()),
            money::cents(liquidation.price),
            money::cents(liquidation.penalty),
            money::cents(liquidation.bounty),
            money::cents(liquidation.health_before),
            money::cents(liquidation.health_after),
        ];
        table.row(Ink::Plain, cells);
    }
    table.render(style)
}

fn token_table(ledger: &TokenLedger, style: Style) -> String {
    let amounts = ledger.rows.iter().flat_map(|row| [row.came_in, row.went_out, row.left]);
    let places = money::places_needed(amounts.chain([ledger.vault]), ledger.decimals);
    let shown = |amount: i128| money::grouped(amount, ledger.decimals, places);
    let mut table = Table::new(2, ["", "name", "came in", "went out", "gained inside", "left"]);
    for row in &ledger.rows {
        let (ink, party, name) = match row.party {
            Party::Provider => (Ink::Faint, "", format!("of which {}", row.name)),
            party => (Ink::Plain, party.name(), row.name.clone()),
        };
        table.row(ink, cells(party, name, [row.came_in, row.went_out, row.gained(), row.left].map(shown)));
    }
    table.rule();
    let totals = ledger.totals();
    let sums = [totals.came_in, totals.went_out, totals.gained(), totals.left].map(shown);
    table.row(Ink::Strong, cells("total", String::new(), sums));
    let blank = String::new;
    table.row(Ink::Strong, cells("vault", blank(), [blank(), blank(), blank(), shown(ledger.vault)]));
    table.render(style)
}

fn cells(party: &str, name: String, amounts: [String; 4]) -> [String; 6] {
    let [came_in, went_out, gained, left] = amounts;
    [party.to_string(), name, came_in, went_out, gained, left]
}

fn verdict(ledger: &TokenLedger, style: Style) -> String {
    let ink = if ledger.vault_equals_claims() { Ink::Good } else { Ink::Alarm };
    format!("  {}\n", style.paint(ink, &ledger.verdict()))
}

fn summary(trace: &Trace, style: Style) -> String {
    let liquidations = trace.liquidations.len();
    let accounts = trace.accounts_liquidated();
    let losses = if trace.bad_debt.0 == 0 {
        style.paint(Ink::Good, "no bad debt")
    } else {
        style.paint(Ink::Notice, &format!("bad debt {}", money::usdc(trace.bad_debt)))
    };
    let is_exact = trace.ledger.tokens.iter().all(|ledger| ledger.surplus() == 0);
    let vaults = if trace.vault_equals_claims() {
        let exactly = if is_exact { "vaults hold exactly what is owed" } else { "vaults hold what is owed" };
        style.paint(Ink::Good, exactly)
    } else {
        style.paint(Ink::Alarm, "VAULTS DO NOT HOLD WHAT IS OWED")
    };
    let transactions = money::grouped(trace.transactions as i128, 0, 0);
    format!(
        "{transactions} transactions, every invariant checked after each; {liquidations} liquidations of {accounts} accounts, \
         {losses}, {vaults}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::MicroUsd;
    use crate::sample;

    #[test]
    fn every_party_and_the_vault_line_are_printed() {
        let text = render(&sample::trace(), Style::PLAIN);
        for name in ["Ada", "Bruno", "Kofi", "liquidity pool", "of which Pia", "insurance fund", "total"] {
            assert!(text.contains(name), "{name}");
        }
        assert_eq!(text.matches("  vaults hold exactly what is owed\n").count(), 2);
        assert!(text.contains("derived from BTC"));
    }

    #[test]
    fn a_vault_that_differs_is_called_out_with_the_difference() {
        let mut trace = sample::trace();
        trace.ledger.tokens[1].vault -= 1;
        let text = render(&trace, Style::PLAIN);
        assert!(text.contains(
            "VAULT DIFFERS: by -0.00000001 BTC from what is owed, by -0.00000001 BTC from what was moved"
        ));
        assert!(text.ends_with("VAULTS DO NOT HOLD WHAT IS OWED\n"));
    }

    #[test]
    fn a_ledger_shows_every_native_unit() {
        let mut trace = sample::trace();
        trace.ledger.tokens[0].rows[0].left += 1;
        let exact = money::grouped(trace.ledger.tokens[0].rows[0].left, 6, 6);
        assert!(render(&trace, Style::PLAIN).contains(&exact));
    }

    #[test]
    fn bad_debt_is_told_and_its_absence_too() {
        let mut trace = sample::trace();
        trace.bad_debt = MicroUsd(1_230_000);
        assert!(render(&trace, Style::PLAIN).contains("bad debt 1.23 USDC"));
        trace.bad_debt = MicroUsd(0);
        assert!(render(&trace, Style::PLAIN).contains("no bad debt"));
    }

    #[test]
    fn a_calm_replay_says_that_nobody_was_liquidated() {
        let mut trace = sample::trace();
        trace.liquidations.clear();
        let text = render(&trace, Style::PLAIN);
        assert!(text.contains("\nLiquidations\n") && text.contains("\n  none\n"), "{text}");
    }
}
