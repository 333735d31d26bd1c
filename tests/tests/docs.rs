//! Tables in the documentation are made from the program: these tests fail when they
//! differ. `UPDATE_DOCS=1 cargo test -p plimsoll-tests --test docs` writes them anew.

use plimsoll::bounds::CONSTANTS;
use plimsoll::error::{ERROR_CODE_FIRST, PlimsollError};
use plimsoll::oracle::Refusal;
use plimsoll::parameters::{ALL, Concern, Parameter, Tightens};
use std::fmt::Write;
use std::path::PathBuf;

/// What the parameters of a concern are, and the heading of their table.
const CONCERNS: [(Concern, &str); 7] = [
    (Concern::Clearinghouse, "Clearinghouse"),
    (Concern::Pool, "Liquidity pool"),
    (Concern::Price, "Price of an asset"),
    (Concern::Bank, "Bank of a token"),
    (Concern::Weights, "Weights of a token (by ramp)"),
    (Concern::Market, "Market"),
    (Concern::Margin, "Margin of a market (by ramp)"),
];

#[test]
fn parameters_md_lists_every_parameter_and_constant() {
    let mut text = String::new();
    for (concern, title) in CONCERNS {
        let head = "| id | parameter | unit | from | to | steward | meaning |\n|---|---|---|---|---|---|---|";
        writeln!(text, "## {title}\n\n{head}").expect("a string");
        for (id, parameter) in ALL.iter().enumerate().filter(|(_, p)| p.concern == concern) {
            let Parameter { name, unit, min, max, meaning, tightens, .. } = parameter;
            let steward = match tightens {
                Tightens::Lower => "lowers",
                Tightens::Higher => "raises",
                Tightens::Waits => "-",
            };
            writeln!(text, "| {id} | `{name}` | {unit} | {min} | {max} | {steward} | {meaning} |")
                .expect("a string");
        }
        text.push('\n');
    }
    text += "## Constants of the program\n\n| constant | value | unit | meaning |\n|---|---|---|---|\n";
    for (name, value, unit, meaning) in CONSTANTS {
        writeln!(text, "| `{name}` | {value} | {unit} |{meaning} |").expect("a string");
    }
    check("parameters.md", &text);
}

#[test]
fn errors_md_lists_every_error() {
    let mut table = String::from("| code | name | what to do |\n|---|---|---|\n");
    for (code, error) in (ERROR_CODE_FIRST..).zip(PlimsollError::ALL) {
        writeln!(table, "| {code} | {error:?} | {} |", error.message()).expect("a string");
    }
    table += "\n## Refusals of a refresh\n\nA row that is refused keeps its price; the event `RefreshRefused` says why.\n\n\
              | reason | name | what to do |\n|---|---|---|\n";
    for refusal in Refusal::ALL {
        writeln!(table, "| {} | {refusal:?} | {} |", *refusal as u8, refusal.message()).expect("a string");
    }
    check("errors.md", &table);
}

/// Compares what stands below the marker line of a document with `generated`.
fn check(file: &str, generated: &str) {
    const MARKER: &str = "<!-- generated from the program below this line -->\n\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (head, tail) = text.split_once(MARKER).unwrap_or_else(|| panic!("{file} has no marker line"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{MARKER}{generated}")).expect("the document can be written");
    } else {
        assert_eq!(tail, generated, "{file}: run UPDATE_DOCS=1 cargo test -p plimsoll-tests --test docs");
    }
}
