//! The tasks that run what was built: demo, tests, benchmarks.
use crate::{build, setup, shell};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// # Errors
/// Whatever stopped the build or the demo.
pub fn demo(args: &[String]) -> Result<(), String> {
    build::run(&build::Options::default())?;
    shell::run(shell::command("cargo").args(["run", "--quiet", "--locked", "-p", "plimsoll-demo", "--"]).args(args))
}

/// # Errors
/// Whatever stopped the build or the benchmark.
pub fn bench(args: &[String]) -> Result<(), String> {
    build::run(&build::Options::default())?;
    let bench = ["run", "--quiet", "--locked", "-p", "plimsoll-tests", "--bin", "bench", "--"];
    shell::run(shell::command("cargo").args(bench).args(args))
}

/// Runs the tests of all workspaces and prints their sum in a line of its own: `N passed, N failed`.
///
/// # Errors
/// When a test failed or could not be built.
pub fn test(args: &[String]) -> Result<(), String> {
    build::run(&build::Options::default())?;
    let program = ["test", "--locked", "--manifest-path", "programs/Cargo.toml", "-p", "plimsoll"];
    let tool = ["test", "--release", "--locked", "--manifest-path", "tools/sbf/Cargo.toml"];
    let mut runs = [
        ("host workspace", shell::command("cargo")),
        ("program", shell::command("cargo")),
        ("SBF builder", shell::command(setup::CARGO)),
    ];
    runs[0].1.args(["test", "--locked", "--workspace", "--no-fail-fast"]).args(args);
    runs[1].1.args(program).args(["--no-default-features", "--no-fail-fast"]);
    runs[2].1.args(tool).env("RUSTC", setup::RUSTC).env("CARGO_TARGET_DIR", "tools/sbf/target");

    let (mut sum, mut failures) = (Counts::default(), Vec::new());
    for (name, command) in &mut runs {
        println!("\n== tests of the {name}: {}", shell::line(command));
        let (counts, ok) = counted(command)?;
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        if !ok {
            failures.push(format!("the {name}: {}", if counts.failed == 0 { "did not build or run" } else { "failed" }));
        }
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    if failures.is_empty() { Ok(()) } else { Err(format!("tests of {}", failures.join("; "))) }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Runs a `cargo test`, passing its output on, and adds up its result lines.
fn counted(command: &mut Command) -> Result<(Counts, bool), String> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|e| format!("{}: {e}", shell::line(command)))?;
    let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut counts = Counts::default();
    for line in output.lines() {
        let line = line.map_err(|e| e.to_string())?;
        println!("{line}");
        if let Some(result) = parse(&line) {
            counts.passed += result.passed;
            counts.failed += result.failed;
        }
    }
    Ok((counts, child.wait().map_err(|e| e.to_string())?.success()))
}

/// `test result: ok. 3 passed; 0 failed; ...`
fn parse(line: &str) -> Option<Counts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut fields = counts.split("; ");
    let passed = fields.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = fields.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Counts { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted_and_others_are_not() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(parse(line), Some(Counts { passed: 12, failed: 3 }));
        assert_eq!(parse("test state::tests::layout ... ok"), None);
    }
}
