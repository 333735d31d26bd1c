//! Runs the program's IDL tests and puts their output together.
//!
//! Anchor's macros emit one unit test per part of the IDL; each prints its part between
//! `--- IDL begin <kind> ---` and `--- IDL end <kind> ---`.
use crate::shell;
use serde_json::{Map, Value, json};

const TESTS: &str = "__anchor_private_print_idl";
const PROGRAM: [&str; 4] = ["--manifest-path", "programs/Cargo.toml", "-p", "plimsoll"];

/// Compiles and runs the IDL tests; their output.
///
/// # Errors
/// When they do not compile or run; what the compiler says goes to this process's stderr.
pub fn print() -> Result<String, String> {
    let mut command = shell::command("cargo");
    command.args(["test", "--quiet", "--locked", "--lib"]).args(PROGRAM).args([
        "--features",
        "idl-build",
        TESTS,
    ]);
    command.args(["--", "--show-output", "--test-threads=1"]).stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(|e| format!("{}: {e}", shell::line(&command)))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|e| format!("the IDL tests printed what is not UTF-8: {e}"))
    } else {
        Err(format!("{} ({})", shell::line(&command), output.status))
    }
}

/// The program's version. Anchor's macros print a constant in its place.
///
/// # Errors
/// When cargo does not know the package.
pub fn version() -> Result<String, String> {
    let mut command = shell::command("cargo");
    command.args(["pkgid", "--locked"]).args(PROGRAM);
    let id = shell::output(&mut command).ok_or_else(|| shell::line(&command))?;
    match id.rsplit(['#', '@']).next() {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => Ok(version.to_string()),
        _ => Err(format!("no version in the package id `{id}`")),
    }
}

/// One IDL from the printed sections: lists sorted by name, errors by code, equal type definitions merged.
///
/// # Errors
/// When a section is cut off, not JSON, missing, or two definitions of one name differ.
pub fn assemble(printed: &str, version: &str) -> Result<Value, String> {
    let mut idl: Option<Map<String, Value>> = None;
    let mut address = None;
    let (mut events, mut errors, mut constants, mut types) = (vec![], vec![], vec![], vec![]);
    for (kind, body) in split(printed)? {
        match kind {
            "address" => address = Some(body.trim().to_string()),
            "const" => constants.push(parse(kind, &body)?),
            "errors" => errors.extend(list(parse(kind, &body)?)?),
            "event" => {
                let mut event = object(parse(kind, &body)?)?;
                types.extend(list(event.remove("types").unwrap_or_default())?);
                events.push(event.remove("event").ok_or("an event section without an event")?);
            }
            "program" => idl = Some(object(parse(kind, &body)?)?),
            _ => return Err(format!("the IDL section `{kind}` is not known")),
        }
    }
    let mut idl = idl.ok_or("no program section: is the feature `idl-build` passed on to anchor-lang?")?;
    types.extend(list(idl.remove("types").unwrap_or_default())?);
    errors.sort_by_key(|error| error["code"].as_u64());
    let by_name = |list: Vec<Value>| sorted_by_name(list).map(Value::Array);
    for name in ["instructions", "accounts"] {
        let entries = list(idl.remove(name).unwrap_or_default())?;
        idl.insert(name.into(), by_name(entries)?);
    }
    idl.insert("address".into(), Value::String(address.ok_or("no address section")?));
    idl.insert("constants".into(), by_name(constants)?);
    idl.insert("errors".into(), Value::Array(errors));
    idl.insert("events".into(), by_name(events)?);
    idl.insert("types".into(), by_name(types)?);
    idl.get_mut("metadata").ok_or("no metadata")?["version"] = json!(version);
    Ok(Value::Object(idl))
}

/// The sections in the order they were printed: kind and body.
fn split(printed: &str) -> Result<Vec<(&str, String)>, String> {
    let mut sections = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in printed.lines() {
        open = match (marker(line, "begin"), open) {
            (Some(kind), None) => Some((kind, Vec::new())),
            (Some(_), Some((kind, _))) => return Err(format!("the IDL section `{kind}` does not end")),
            (None, None) => None,
            (None, Some((kind, body))) if marker(line, "end") == Some(kind) => {
                sections.push((kind, body.join("\n")));
                None
            }
            (None, Some((kind, mut body))) => {
                body.push(line);
                Some((kind, body))
            }
        };
    }
    match open {
        Some((kind, _)) => Err(format!("the IDL section `{kind}` does not end")),
        None => Ok(sections),
    }
}

fn marker<'a>(line: &'a str, what: &str) -> Option<&'a str> {
    line.strip_prefix("--- IDL ")?.strip_prefix(what)?.strip_prefix(' ')?.strip_suffix(" ---")
}

fn parse(kind: &str, body: &str) -> Result<Value, String> {
    serde_json::from_str(body).map_err(|e| format!("the IDL section `{kind}` is not JSON: {e}"))
}

fn list(value: Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => Ok(list),
        other => Err(format!("an IDL section holds {other} where a list belongs")),
    }
}

fn object(value: Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(map) => Ok(map),
        other => Err(format!("an IDL section holds {other} where an object belongs")),
    }
}

/// Sorts by `name` and merges equal entries.
fn sorted_by_name(mut entries: Vec<Value>) -> Result<Vec<Value>, String> {
    entries.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    entries.dedup();
    match entries.windows(2).find(|pair| pair[0]["name"] == pair[1]["name"]) {
        Some(pair) => Err(format!("two different definitions are named {}", pair[0]["name"])),
        None => Ok(entries),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"
running 4 tests
--- IDL begin address ---
11111111111111111111111111111112
--- IDL end address ---
--- IDL begin program ---
{"address":"","metadata":{"name":"x","version":"0.1.0","spec":"0.1.0"},
 "instructions":[{"name":"b"},{"name":"a"}],"accounts":[],"types":[{"name":"T"},{"name":"E"}]}
--- IDL end program ---
--- IDL begin errors ---
[{"code":6001,"name":"Second"},{"code":6000,"name":"First"}]
--- IDL end errors ---
--- IDL begin event ---
{"event":{"name":"E"},"types":[{"name":"E"}]}
--- IDL end event ---
test result: ok. 4 passed
"#;

    #[test]
    fn sections_become_one_sorted_idl() {
        let idl = assemble(PRINTED, "1.2.3").unwrap();
        assert_eq!(idl["address"], "11111111111111111111111111111112");
        assert_eq!(idl["metadata"], json!({"name": "x", "version": "1.2.3", "spec": "0.1.0"}));
        assert_eq!(idl["instructions"], json!([{"name": "a"}, {"name": "b"}]));
        assert_eq!(idl["types"], json!([{"name": "E"}, {"name": "T"}]));
        assert_eq!(idl["errors"][0]["name"], "First");
        assert_eq!(idl["events"], json!([{"name": "E"}]));
    }

    #[test]
    fn the_order_of_the_sections_does_not_matter() {
        let (head, tail) = PRINTED.split_at(PRINTED.find("--- IDL begin errors").unwrap());
        assert_eq!(assemble(&format!("{tail}{head}"), "1"), assemble(PRINTED, "1"));
    }

    #[test]
    fn a_section_that_does_not_end_is_refused() {
        let cut = PRINTED.replace("--- IDL end event ---", "");
        assert_eq!(assemble(&cut, "1").unwrap_err(), "the IDL section `event` does not end");
        let cut = PRINTED.replace("--- IDL end program ---", "");
        assert_eq!(assemble(&cut, "1").unwrap_err(), "the IDL section `program` does not end");
    }

    #[test]
    fn no_sections_is_an_error() {
        assert!(assemble("running 0 tests", "1").unwrap_err().contains("idl-build"));
    }

    #[test]
    fn two_definitions_of_one_name_are_refused() {
        let twice = PRINTED.replace(r#"[{"name":"E"}]"#, r#"[{"name":"E","docs":["other"]}]"#);
        assert_eq!(assemble(&twice, "1").unwrap_err(), "two different definitions are named \"E\"");
    }
}
