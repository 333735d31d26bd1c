//! `cargo xtask build`: the on-chain program, target/deploy/plimsoll.so.
use crate::{setup, shell};
use std::fs;
use std::path::{Path, PathBuf};

const DEPLOY: &str = "target/deploy";
const TARGET_DIR: &str = "programs/target";

pub struct Options {
    /// SBPF version: "v0" or "v3"
    pub arch: String,
    pub toolchain: Toolchain,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// tools/sbf with Debian's compiler
    Debian,
    /// Solana's own `cargo build-sbf`
    Platform,
}

impl Default for Options {
    fn default() -> Self {
        Self { arch: "v0".into(), toolchain: Toolchain::Debian }
    }
}

impl Options {
    /// # Errors
    /// An argument that is unknown or lacks its value.
    pub fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            match (arg, args.next()) {
                ("--arch", Some(arch @ ("v0" | "v3"))) => options.arch = arch.into(),
                ("--arch", _) => return Err("--arch needs v0 or v3".into()),
                ("--toolchain", Some("debian")) => options.toolchain = Toolchain::Debian,
                ("--toolchain", Some("platform")) => options.toolchain = Toolchain::Platform,
                ("--toolchain", _) => return Err("--toolchain needs debian or platform".into()),
                _ => return Err(format!("unknown argument `{arg}` (see cargo xtask help)")),
            }
        }
        Ok(options)
    }
}

/// Builds the program; does the set-up first where it needs one.
///
/// # Errors
/// Whatever stopped the build.
pub fn run(options: &Options) -> Result<(), String> {
    match options.toolchain {
        Toolchain::Debian => {
            setup::run(setup::Report::Changes)?;
            sbf_build("programs/Cargo.toml", "plimsoll", &options.arch, "plimsoll.so")?;
        }
        Toolchain::Platform => platform(&options.arch)?,
    }
    let so = shell::root().join(DEPLOY).join("plimsoll.so");
    let bytes = fs::metadata(&so).map_err(|e| format!("{}: {e}", so.display()))?.len();
    println!("{DEPLOY}/plimsoll.so: {bytes} bytes, SBPF {}", options.arch);
    Ok(())
}

/// Builds one package with the project's own tool and puts it to target/deploy/`file`.
fn sbf_build(manifest: &str, package: &str, arch: &str, file: &str) -> Result<(), String> {
    let target_dir = shell::root().join(TARGET_DIR);
    shell::run(
        shell::command(setup::sbf_build())
            .args(["--arch", arch, "--locked", "--quiet", "--manifest-path", manifest, "-p", package])
            .env("CARGO_TARGET_DIR", &target_dir),
    )?;
    let built = target_dir.join("deploy").join(format!("{}.so", package.replace('-', "_")));
    copy(&built, &shell::root().join(DEPLOY).join(file))
}

fn platform(arch: &str) -> Result<(), String> {
    if shell::output(shell::command("cargo").args(["build-sbf", "--version"])).is_none() {
        return Err("`cargo build-sbf` is not installed. It comes with the Solana CLI: \
                    https://docs.anza.xyz/cli/install (then open a new shell, so that PATH has it). \
                    `cargo xtask build` without --toolchain needs no such installation."
            .into());
    }
    shell::run(shell::command("cargo").args([
        "build-sbf",
        "--manifest-path",
        "programs/plimsoll/Cargo.toml",
        "--sbf-out-dir",
        DEPLOY,
        "--arch",
        arch,
    ]))
}

/// Copies, unless the destination is equal already (so that its time stays).
fn copy(from: &Path, to: &PathBuf) -> Result<(), String> {
    let bytes = fs::read(from).map_err(|e| format!("{}: {e}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().expect("a file in a directory")).map_err(|e| e.to_string())?;
    fs::write(to, bytes).map_err(|e| format!("{}: {e}", to.display()))
}
