//! `cargo xtask bench`: prints what each instruction costs, compares it with the bars and the
//! committed snapshot, and writes `target/bench.json`.

use plimsoll_tests::bench::figures::Figures;
use plimsoll_tests::bench::snapshot::{self, Difference};
use plimsoll_tests::bench::{self, bars};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask bench              measure, compare with the snapshot and the bars
cargo xtask bench --check      the same; fail if a figure rose by more than 2% or is above its bar
cargo xtask bench --update     make the figures the new snapshot";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Show,
    Check,
    Update,
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl Iterator<Item = String>) -> Result<(), String> {
    let mut mode = Mode::Show;
    for arg in args {
        mode = match arg.as_str() {
            "--check" => Mode::Check,
            "--update" => Mode::Update,
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(());
            }
            _ => return Err(format!("unknown argument `{arg}`\n\n{HELP}")),
        };
    }
    let figures = bench::measure();
    print_rows(&figures);
    let above = print_bars(&figures);
    write(&figures, &output_path())?;
    if mode == Mode::Update {
        return write(&figures, &snapshot_path());
    }
    let differences = snapshot::differences(&read(&snapshot_path())?, &figures);
    print_differences(&differences);
    if mode == Mode::Check { check(&differences, &above) } else { Ok(()) }
}

/// Every failure in one message.
fn check(differences: &[Difference], above: &[String]) -> Result<(), String> {
    let risen: Vec<String> =
        differences.iter().filter(|d| d.is_failure()).map(Difference::to_string).collect();
    let mut failures = Vec::new();
    if !risen.is_empty() {
        let advice = "if that is wanted: `cargo xtask bench --update`, and commit the snapshot";
        failures.push(format!("worse than the snapshot allows:\n  {}\n{advice}", risen.join("\n  ")));
    }
    if !above.is_empty() {
        failures.push(format!("above the bar:\n  {}", above.join("\n  ")));
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn print_rows(figures: &Figures) {
    println!(
        "{:<52} {:>9} {:>9} {:>9} {:>6}",
        "instruction (tokens + positions)", "units", "per row", "accounts", "bytes"
    );
    for row in &figures.rows {
        let per_row = row.compute_units_per_row.map(|units| units.to_string()).unwrap_or_default();
        println!(
            "{:<52} {:>9} {:>9} {:>9} {:>6}",
            snapshot::title(row),
            row.compute_units,
            per_row,
            row.accounts,
            row.transaction_bytes
        );
    }
}

/// Returns what is above its bar.
fn print_bars(figures: &Figures) -> Vec<String> {
    println!("\n{:<52} {:>9} {:>9}", "bar", "at most", "is");
    let mut above = Vec::new();
    for bar in bars::ALL {
        let is = bar.figure(figures).map_or("nothing".into(), |figure| figure.to_string());
        let verdict = if bar.holds(figures) { "pass" } else { "FAIL" };
        println!("{:<52} {:>9} {:>9} {verdict}", bar.name, bar.ceiling, is);
        if !bar.holds(figures) {
            above.push(format!("{}: {is}, the bar is {}", bar.name, bar.ceiling));
        }
    }
    above
}

fn print_differences(differences: &[Difference]) {
    println!("\nagainst the snapshot: {}", if differences.is_empty() { "no difference" } else { "" });
    for difference in differences {
        println!("  {}{difference}", if difference.is_failure() { "FAIL " } else { "" });
    }
}

fn read(path: &Path) -> Result<Figures, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(figures: &Figures, path: &Path) -> Result<(), String> {
    let text = serde_json::to_string_pretty(figures).expect("figures are plain data") + "\n";
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    println!("\nwritten: {}", path.display());
    Ok(())
}

fn output_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("bench.json")
}

fn snapshot_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench.snapshot.json")
}
