//! `cargo xtask setup`: installs what is missing, and nothing else.
use crate::shell;
use std::path::PathBuf;
use std::process::Command;

/// Debian's compiler. It has LLVM 22 as a shared library, which the SBF builder links, and sits
/// beside rustup's compiler, which stays the one for host code.
pub const RUSTC: &str = "/usr/bin/rustc";
pub const CARGO: &str = "/usr/bin/cargo";
/// Where the SBF builder is built.
pub const TOOL_TARGET_DIR: &str = "tools/sbf/target";
/// The Node part of the local chain, and the lock file that its packages were installed from.
const CHAIN_DIR: &str = "tools/localnet";
const CHAIN_STAMP: &str = "node_modules/.installed-lock.json";
const NODE_MAJOR_MIN: u32 = 20;

/// (Debian package, what is missing without it, a command that succeeds when it is there)
type Package = (&'static str, &'static str, fn() -> bool);
const PACKAGES: [Package; 6] = [
    ("rustc-web", "the compiler for on-chain code (LLVM 22)", has_rustc),
    ("cargo-web", "its cargo", has_cargo),
    ("rust-web-src", "the sources of its standard library", has_std_sources),
    ("gcc", "a C compiler for compression libraries in the test SVM", has_gcc),
    ("pkg-config", "finds OpenSSL", has_pkg_config),
    ("libssl-dev", "OpenSSL, which verifies secp256r1 signatures in the test SVM", has_openssl),
];

/// What to print.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Report {
    Everything,
    /// Nothing when nothing is to be done: set-up before another task.
    Changes,
}

/// Installs the missing Debian packages and builds the SBF builder.
///
/// # Errors
/// Without root, the exact commands to run. Otherwise what could not be installed or built.
pub fn run(report: Report) -> Result<(), String> {
    let missing: Vec<Package> = PACKAGES.into_iter().filter(|(_, _, present)| !present()).collect();
    for (package, purpose, _) in &missing {
        println!("setup: missing {package}: {purpose}");
    }
    if missing.is_empty() {
        if report == Report::Everything {
            println!("setup: all {} Debian packages are installed", PACKAGES.len());
        }
    } else {
        install(&missing)?;
    }
    build_tool(report)
}

/// Installs what the local chain runs in: the npm package that tools/localnet pins, unless it is there already.
///
/// # Errors
/// What is missing, or why npm could not install it.
pub fn chain(report: Report) -> Result<(), String> {
    if !has_node() {
        return Err(format!(
            "the local chain needs Node.js {NODE_MAJOR_MIN} or newer with npm, and this machine has none: install it from \
             https://nodejs.org or your distribution, then run this again"
        ));
    }
    let folder = shell::root().join(CHAIN_DIR);
    let (lock, installed) = (folder.join("package-lock.json"), folder.join(CHAIN_STAMP));
    let wanted = std::fs::read(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    if std::fs::read(&installed).is_ok_and(|found| found == wanted) {
        if report == Report::Everything {
            println!("setup: the local chain's npm package is installed");
        }
        return Ok(());
    }
    println!("setup: installing the local chain's npm package, {CHAIN_DIR}/node_modules");
    shell::run(shell::command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    // Written last: it says that the installation came to its end.
    std::fs::write(&installed, wanted).map_err(|e| format!("{}: {e}", installed.display()))
}

/// The SBF builder's executable; `run` has built it.
pub fn sbf_build() -> PathBuf {
    shell::root().join(TOOL_TARGET_DIR).join("release/sbf-build")
}

fn install(missing: &[Package]) -> Result<(), String> {
    let names: Vec<&str> = missing.iter().map(|(package, _, _)| *package).collect();
    let by_hand = format!(
        "run these commands, then this one again:\n  apt-get update\n  apt-get install --no-install-recommends {}",
        names.join(" ")
    );
    if shell::output(Command::new("apt-get").arg("--version")).is_none() {
        return Err(format!(
            "this machine has no apt-get; the SBF builder needs Debian's rustc-web (LLVM 22). On Debian, {by_hand}"
        ));
    }
    if shell::output(Command::new("id").arg("-u")).as_deref() != Some("0") {
        return Err(format!("packages are missing and only root can install them: {by_hand}"));
    }
    println!("setup: installing {}", names.join(" "));
    let apt = |args: &[&str]| {
        shell::run(
            Command::new("apt-get")
                .args(["-qq", "-o", "Dpkg::Use-Pty=0"])
                .args(args)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    apt(&["update"])?;
    // Never at the price of a package that is there: rustc-web excludes Debian's other compilers.
    let install = ["install", "-y", "--no-install-recommends", "--no-remove"];
    apt(&[&install, &names[..]].concat()).map_err(|e| {
        format!(
            "{e}\nif apt-get refuses because packages would have to be removed: rustc-web and cargo-web replace \
             Debian's rustc, cargo and rustup. Remove those, and install rustup from https://rustup.rs"
        )
    })?;
    match missing.iter().find(|(_, _, present)| !present()) {
        Some((package, purpose, _)) => {
            Err(format!("{package} was installed, but this is still missing: {purpose}"))
        }
        None => Ok(()),
    }
}

/// `v20.20.2`
fn has_node() -> bool {
    let version = shell::output(Command::new("node").arg("--version"));
    let major = version.and_then(|v| v.strip_prefix('v')?.split('.').next()?.parse::<u32>().ok());
    let has_npm = shell::output(Command::new("npm").arg("--version")).is_some();
    major.is_some_and(|major| major >= NODE_MAJOR_MIN) && has_npm
}

/// Builds tools/sbf with Debian's compiler; cargo rebuilds only what changed.
fn build_tool(report: Report) -> Result<(), String> {
    if !sbf_build().is_file() {
        println!("setup: building the SBF builder, tools/sbf (once, about two minutes)");
    }
    shell::run(
        shell::command(CARGO)
            .args(["build", "--release", "--locked", "--manifest-path", "tools/sbf/Cargo.toml"])
            .env("CARGO_TARGET_DIR", TOOL_TARGET_DIR)
            .env("RUSTC", RUSTC)
            .env_remove("RUSTFLAGS"),
    )?;
    if report == Report::Everything {
        println!("setup: the SBF builder is at {}", sbf_build().display());
    }
    Ok(())
}

fn has_rustc() -> bool {
    shell::output(Command::new(RUSTC).arg("-vV")).is_some_and(|v| v.contains("LLVM version: 22."))
}

fn has_cargo() -> bool {
    shell::output(Command::new(CARGO).arg("-V")).is_some()
}

fn has_std_sources() -> bool {
    let sysroot = shell::output(Command::new(RUSTC).args(["--print", "sysroot"]));
    sysroot.is_some_and(|s| PathBuf::from(s).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file())
}

fn has_gcc() -> bool {
    shell::output(Command::new("cc").arg("--version")).is_some()
}

fn has_pkg_config() -> bool {
    shell::output(Command::new("pkg-config").arg("--version")).is_some()
}

fn has_openssl() -> bool {
    shell::output(Command::new("pkg-config").args(["--exists", "openssl"])).is_some()
}
