//! `errors`: what an error code of the program means.
use crate::args::Code;
use crate::fault::{Fault, Result};
use crate::names::suggestion;
use crate::render::{Page, Table};
use plimsoll_client::error::{Explained, PlimsollError, code, explain};
use serde_json::{Value, json};

/// # Errors
/// When the program has no such error.
pub fn page(args: &Code) -> Result<Page> {
    let Some(text) = &args.code else { return Ok(all()) };
    let found = explained(text)?;
    Ok(Page::new(json(&found)).line(found.to_string()))
}

fn json(found: &Explained) -> Value {
    json!({ "code": found.code, "name": found.name, "message": found.message })
}

fn every() -> impl Iterator<Item = Explained> {
    PlimsollError::ALL.iter().filter_map(|error| explain(code(*error)))
}

fn all() -> Page {
    let mut table = Table::new(&[">code", "name", "meaning"]);
    for found in every() {
        table.row([found.code.to_string(), found.name.clone(), found.message.into()]);
    }
    Page::new(every().map(|found| json(&found)).collect()).table("", &table)
}

fn explained(text: &str) -> Result<Explained> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    if let Some(number) = number {
        return explain(number).ok_or_else(|| {
            Fault::usage(format!(
                "{text} is not an error of this program: its codes are {} to {}, and some from 2000 of its framework",
                code(PlimsollError::Overflow),
                every().map(|found| found.code).max().unwrap_or_default(),
            ))
        });
    }
    if let Some(found) = every().find(|found| found.name.eq_ignore_ascii_case(text)) {
        return Ok(found);
    }
    let names: Vec<String> = every().map(|found| found.name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = suggestion(text, &names);
    let near = if near.ends_with('?') { near } else { "`plimsoll errors` lists them".into() };
    Err(Fault::usage(format!("there is no error {text}: {near}")))
}
