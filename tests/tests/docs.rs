//! Tables in the documentation are made from the program: these tests fail when they
//! differ. `UPDATE_DOCS=1 cargo test -p plimsoll-tests --test docs` writes them anew.

use plimsoll::bounds::{self, Bound};
use plimsoll::error::{ERROR_CODE_FIRST, PlimsollError};
use plimsoll::oracle::Refusal;
use std::fmt::Write;
use std::path::PathBuf;

#[test]
fn parameters_md_lists_every_bound() {
    let mut table = String::from("| parameter | unit | from | to | meaning |\n|---|---|---|---|---|\n");
    for Bound { name, unit, min, max, meaning } in bounds::ALL {
        writeln!(table, "| {name} | {unit} | {min} | {max} | {meaning} |").expect("a string");
    }
    check("parameters.md", &table);
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
