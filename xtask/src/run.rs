//! The tasks that run what was built: demo, tests, benchmarks.
use crate::{build, setup, shell};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// # Errors
/// Whatever stopped the build or the demo.
pub fn demo(args: &[String]) -> Result<(), String> {
    build::run(&build::Options::default())?;
    shell::run_as_own(
        shell::command("cargo").args(["run", "--locked", "-p", "plimsoll-demo", "--"]).args(args),
    )
}

/// # Errors
/// Whatever stopped the build or the migration.
pub fn migrate(args: &[String]) -> Result<(), String> {
    if args.iter().any(|arg| arg == "--local") {
        build::run(&build::Options::default())?;
    }
    let migrate = ["run", "--quiet", "--locked", "-p", "plimsoll-migrate", "--"];
    shell::run_as_own(shell::command("cargo").args(migrate).args(args))
}

/// Runs a localnet until Ctrl-C, or has the one that runs do something.
///
/// # Errors
/// What is missing, or whatever stopped the build or the localnet.
pub fn localnet(args: &[String]) -> Result<(), String> {
    let starts = args.first().is_none_or(|first| first != "control")
        && !args.iter().any(|a| a == "--help" || a == "-h");
    if starts {
        setup::chain(setup::Report::Changes)?;
        build::run(&build::Options::default())?;
    }
    let localnet = ["run", "--quiet", "--locked", "-p", "plimsoll-localnet", "--"];
    shell::replace_by(shell::command("cargo").args(localnet).args(args))
}

/// # Errors
/// Whatever stopped the build, or what the benchmark found too slow.
pub fn bench_keeper(args: &[String]) -> Result<(), String> {
    let bench = ["run", "--release", "--locked", "-p", "plimsoll-keeper", "--bin", "bench-keeper", "--"];
    shell::run_as_own(shell::command("cargo").args(bench).args(args))
}

/// # Errors
/// Whatever stopped the build or the benchmark.
pub fn bench(args: &[String]) -> Result<(), String> {
    build::run(&build::Options::default())?;
    let bench = ["run", "--locked", "-p", "plimsoll-tests", "--bin", "bench", "--"];
    shell::run_as_own(shell::command("cargo").args(bench).args(args))
}

/// # Errors
/// Whatever stopped the build, or what the run broke.
pub fn soak(args: &[String]) -> Result<(), String> {
    build::run(&build::Options::default())?;
    let soak = ["run", "--locked", "-p", "plimsoll-tests", "--bin", "soak", "--"];
    shell::run_as_own(shell::command("cargo").args(soak).args(args))
}

/// The optional features of the keeper, as the workspace names them.
const KEEPER_FEATURES: &str = "plimsoll-keeper/bundles,plimsoll-keeper/grpc";

/// The tests of the program by name. A package asked for by itself would have what it depends on built anew, with
/// fewer features than the workspace's.
fn program_tests() -> Result<Vec<String>, String> {
    let folder = shell::root().join("tests/tests");
    let unreadable = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut args = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        args.extend(["--test".to_string(), name.into_owned()]);
    }
    Ok(args)
}

/// Runs all tests and prints their sum in a line of its own: `N passed, N failed`. The tests of the
/// program run twice, on its SBPF v0 and its v3 build; those of the keeper's optional features in a build that
/// has them.
///
/// # Errors
/// When a test failed or could not be built.
pub fn test(args: &[String]) -> Result<(), String> {
    setup::chain(setup::Report::Changes)?;
    build::run(&build::Options::default())?;
    build::probe()?;
    let host = ["test", "--locked", "--no-fail-fast"];
    let program = ["--manifest-path", "programs/Cargo.toml", "-p", "plimsoll"];
    let features = ["--workspace", "--features", KEEPER_FEATURES, "--test", "shell", "--"];
    let of_features = ["bundles::", "grpc::", "config::"];
    let tool = ["--release", "--manifest-path", "tools/sbf/Cargo.toml"];
    let mut runs = [
        ("host workspace", shell::command("cargo")),
        ("program's SBPF v3 build", shell::command("cargo")),
        ("program crate", shell::command("cargo")),
        ("keeper's optional features", shell::command("cargo")),
        ("SBF builder", shell::command(setup::CARGO)),
    ];
    for (_, command) in &mut runs {
        command.args(host);
    }
    runs[0].1.arg("--workspace").args(args);
    let v3 = shell::root().join(build::DEPLOY).join("v3/plimsoll.so");
    runs[1].1.arg("--workspace").args(program_tests()?).args(args).env("PLIMSOLL_PROGRAM", v3);
    runs[2].1.args(program);
    runs[3].1.args(features).args(of_features);
    runs[4].1.args(tool).env("RUSTC", setup::RUSTC).env("CARGO_TARGET_DIR", setup::TOOL_TARGET_DIR);

    let (mut sum, mut failures) = (Counts::default(), Vec::new());
    for (name, command) in &mut runs {
        println!("\n== {name}: {}", shell::line(command));
        let (counts, ok) = counted(command)?;
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        if !ok && counts.failed == 0 {
            sum.failed += 1;
            failures.push(format!("{name} did not build or did not run to its end"));
        } else if !ok {
            failures.push(format!("{name}: {} failed", counts.failed));
        }
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Runs a `cargo test`, passing its output on, and adds up its result lines.
fn counted(command: &mut Command) -> Result<(Counts, bool), String> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|e| format!("{}: {e}", shell::line(command)))?;
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
