//! `cargo xtask build`: the on-chain program, target/deploy/plimsoll.so. The project's own route makes
//! both SBPF versions at once, target/deploy/v0 and target/deploy/v3; `--arch` chooses which of them
//! becomes plimsoll.so.
use crate::{setup, shell};
use std::fs;

/// Where built programs are.
pub const DEPLOY: &str = "target/deploy";
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
    let so = format!("{DEPLOY}/plimsoll.so");
    match options.toolchain {
        Toolchain::Debian => {
            setup::run(setup::Report::Changes)?;
            sbf_build("programs/Cargo.toml", "plimsoll")?;
            copy(&format!("{DEPLOY}/{}/plimsoll.so", options.arch), &so)?;
        }
        Toolchain::Platform => platform(&options.arch)?,
    }
    let bytes = fs::metadata(shell::root().join(&so)).map_err(|e| format!("{so}: {e}"))?.len();
    println!("{so}: {bytes} bytes, SBPF {}", options.arch);
    Ok(())
}

/// Builds the program that tests the SBF builder. Set-up must have been done.
///
/// # Errors
/// Whatever stopped the build.
pub fn probe() -> Result<(), String> {
    sbf_build("tools/sbf/probe/Cargo.toml", "sbf-probe")
}

/// Builds one package with the project's own tool, to target/deploy/v0 and target/deploy/v3.
fn sbf_build(manifest: &str, package: &str) -> Result<(), String> {
    shell::run(
        shell::command(setup::sbf_build())
            .args(["--locked", "--manifest-path", manifest, "-p", package])
            .env("CARGO_TARGET_DIR", shell::root().join(TARGET_DIR)),
    )?;
    let file = format!("{}.so", package.replace('-', "_"));
    for version in ["v0", "v3"] {
        copy(&format!("{TARGET_DIR}/deploy/{version}/{file}"), &format!("{DEPLOY}/{version}/{file}"))?;
    }
    Ok(())
}

fn platform(arch: &str) -> Result<(), String> {
    if shell::output(shell::command("cargo").args(["build-sbf", "--version"])).is_none() {
        return Err("`cargo build-sbf` is not installed. It comes with the Solana CLI: \
                    https://docs.anza.xyz/cli/install (then open a new shell, so that PATH has it). \
                    `cargo xtask build` without --toolchain needs no such installation."
            .into());
    }
    let manifest = "programs/plimsoll/Cargo.toml";
    let arguments = ["build-sbf", "--manifest-path", manifest, "--sbf-out-dir", DEPLOY, "--arch", arch];
    shell::run(shell::command("cargo").args(arguments))
}

/// Copies, unless the destination is equal already (so that its time stays). Paths are relative to the
/// root.
fn copy(from: &str, to: &str) -> Result<(), String> {
    let bytes = fs::read(shell::root().join(from)).map_err(|e| format!("{from}: {e}"))?;
    let to_path = shell::root().join(to);
    if fs::read(&to_path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::create_dir_all(to_path.parent().expect("a file is in a directory"))
        .map_err(|e| format!("{to}: {e}"))?;
    fs::write(&to_path, bytes).map_err(|e| format!("{to}: {e}"))
}
