//! `cargo xtask idl`: the interface description of the program, and the client code made from it.
//!
//! The account lists, discriminators, argument encodings and errors exist once, in the program. Anchor's
//! macros print them as sections of JSON when the program's unit tests run with the feature `idl-build`;
//! [`sections`] collects those into one IDL (specification 0.1.0), [`model`] reads and checks it, and
//! [`codegen`] writes the generated part of the client crate.
mod codegen;
mod json;
mod model;
mod sections;

use crate::shell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const IDL: &str = "idl/plimsoll.json";
const GENERATED: &str = "crates/client/src/generated";

/// Writes the IDL and the generated client code; with `--check` only compares them with what is there.
///
/// # Errors
/// When the program does not compile, its IDL is inconsistent, or `--check` finds a difference.
pub fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(format!("usage: cargo xtask idl [--check] (got `{}`)", args.join(" "))),
    };
    let idl = sections::assemble(&sections::print()?, &sections::version()?)?;
    let mut files = BTreeMap::from([(PathBuf::from(IDL), json::pretty(&idl))]);
    for (name, text) in codegen::client(&model::Idl::parse(&idl)?)? {
        files.insert(Path::new(GENERATED).join(name), codegen::format(&text)?);
    }
    if check { compare(&shell::root(), &files) } else { write(&shell::root(), &files) }
}

/// Brings `idl/` and the generated folder to exactly `files`, touching only what differs.
fn write(root: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), String> {
    let mut changed = false;
    for stale in stale(root, files)? {
        changed = true;
        std::fs::remove_file(root.join(&stale)).map_err(|e| format!("{}: {e}", stale.display()))?;
        println!("removed {}", stale.display());
    }
    for (path, text) in files {
        let target = root.join(path);
        if std::fs::read_to_string(&target).is_ok_and(|old| old == *text) {
            continue;
        }
        changed = true;
        let folder = target.parent().expect("every generated file lies in a folder");
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&target, text))
            .map_err(|e| format!("{}: {e}", path.display()))?;
        println!("wrote {}", path.display());
    }
    if !changed {
        println!("{IDL} and the generated files were up to date");
    }
    Ok(())
}

/// Fails with the first difference of each file that is not what the program now says.
fn compare(root: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), String> {
    let mut drift = Vec::new();
    for (path, text) in files {
        match std::fs::read_to_string(root.join(path)) {
            Ok(old) if old == *text => {}
            Ok(old) => drift.push(format!("{}: {}", path.display(), first_difference(&old, text))),
            Err(e) => drift.push(format!("{}: {e}", path.display())),
        }
    }
    drift.extend(stale(root, files)?.iter().map(|path| format!("{}: no longer generated", path.display())));
    if drift.is_empty() {
        println!("{IDL} and {} generated files agree with the program", files.len() - 1);
        return Ok(());
    }
    Err(format!(
        "the program has changed; run `cargo xtask idl` and commit what it writes\n  {}",
        drift.join("\n  ")
    ))
}

/// Files in the generated folder that are not among `files`, relative to `root`.
fn stale(root: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(GENERATED)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry.map_err(|e| format!("{}: {e}", folder.display()))?;
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if !files.contains_key(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn first_difference(old: &str, new: &str) -> String {
    let differs = |(_, (a, b)): &(usize, (Option<&str>, Option<&str>))| a != b;
    let length = old.lines().count().max(new.lines().count());
    let lines = |text| str::lines(text).map(Some).chain(std::iter::repeat(None));
    match lines(old).zip(lines(new)).take(length).enumerate().find(differs) {
        Some((at, (was, is))) => {
            let shown =
                |line: Option<&str>| line.map_or("nothing".into(), |line| format!("`{}`", line.trim()));
            format!("line {} is {}, should be {}", at + 1, shown(was), shown(is))
        }
        None => "only the line ends differ".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("plimsoll-idl-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        root
    }

    #[test]
    fn what_was_written_compares_equal_and_drift_is_named() {
        let root = scratch("drift");
        let generated = Path::new(GENERATED).join("mod.rs");
        let mut files = BTreeMap::from([
            (PathBuf::from(IDL), "{\n}\n".to_string()),
            (generated.clone(), "a\nb\n".into()),
        ]);
        write(&root, &files).unwrap();
        compare(&root, &files).unwrap();

        std::fs::write(root.join(GENERATED).join("old.rs"), "").unwrap();
        files.insert(generated.clone(), "a\nc\n".into());
        let message = compare(&root, &files).unwrap_err();
        assert!(message.contains("mod.rs: line 2 is `b`, should be `c`"), "{message}");
        assert!(message.contains("old.rs: no longer generated"), "{message}");

        write(&root, &files).unwrap();
        compare(&root, &files).unwrap();
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_missing_last_line_is_a_difference() {
        assert_eq!(first_difference("a\n", "a\nb\n"), "line 2 is nothing, should be `b`");
        assert_eq!(first_difference("a", "a\n"), "only the line ends differ");
    }

    #[test]
    fn unknown_arguments_are_refused() {
        assert!(run(&["--chekc".into()]).unwrap_err().contains("usage"));
    }
}
