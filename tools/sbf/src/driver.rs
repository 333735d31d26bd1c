//! `sbf-build CARGO-BUILD-ARGUMENTS...`
//!
//! Runs `cargo build --release` for the target `sbf-solana-solana` and copies every program of the
//! target directory to its folders `deploy/v0` and `deploy/v3`, by SBPF version.
use crate::compiler;
use crate::linker;
use crate::std_sources::{self, Sysroot, TARGET};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name under which this executable is the compiler, as far as cargo can see.
pub const COMPILER: &str = "sbf-rustc";
/// The name under which this executable is the linker.
pub const LINKER: &str = "sbf-linker";

struct Paths {
    rustc: String,
    cargo: String,
    cargo_home: String,
    /// what all projects of this user share: the edited standard library and the target's description
    shared: PathBuf,
    target: PathBuf,
}

pub fn run() -> Result<(), String> {
    let paths = paths()?;
    let version = output(Command::new(&paths.rustc).arg("-vV"))?;
    if !version.contains("LLVM version: 22.") {
        return Err(format!("{} must use LLVM 22 (Debian's rustc-web); it is\n{version}", paths.rustc));
    }
    let own_sysroot = output(Command::new(&paths.rustc).args(["--print", "sysroot"]))?;
    let sources = Path::new(&own_sysroot).join("lib/rustlib/src/rust/library");
    let sysroot = std_sources::prepare(&sources, &paths.shared, &version)?;
    remove_stale_programs(&paths.target)?;
    cargo_build(&paths, &sysroot)?;
    deploy(&paths.target)
}

fn paths() -> Result<Paths, String> {
    let variable = |name: &str, default: &str| env::var(name).unwrap_or(default.into());
    let home = variable("HOME", "/root");
    let target = std::path::absolute(variable("CARGO_TARGET_DIR", "target")).map_err(|e| e.to_string())?;
    Ok(Paths {
        rustc: variable("SBF_RUSTC", "/usr/bin/rustc"),
        cargo: variable("SBF_CARGO", "/usr/bin/cargo"),
        cargo_home: variable("CARGO_HOME", &format!("{home}/.cargo")),
        shared: variable("SBF_HOME", &format!("{home}/.cache/sbf-build")).into(),
        target,
    })
}

/// When this executable is not the one that linked the programs of a target directory, removes them, so
/// that cargo links them again.
fn remove_stale_programs(target: &Path) -> Result<(), String> {
    let release = target.join(TARGET).join("release");
    fs::create_dir_all(&release).map_err(|e| format!("{}: {e}", release.display()))?;
    let mut hasher = DefaultHasher::new();
    fs::read(env::current_exe().map_err(|e| e.to_string())?).map_err(|e| e.to_string())?.hash(&mut hasher);
    let (stamp, hash) = (release.join(".sbf-linker"), format!("{:016x}", hasher.finish()));
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&hash) {
        for program in programs(&release).into_iter().chain(programs(&release.join("deps"))) {
            fs::remove_file(&program).map_err(|e| format!("{}: {e}", program.display()))?;
        }
        fs::write(&stamp, hash).map_err(|e| format!("{}: {e}", stamp.display()))?;
    }
    Ok(())
}

/// Makes this executable known under another name, in a target directory.
fn install(target: &Path, role: &str) -> Result<PathBuf, String> {
    let executable = env::current_exe().map_err(|e| e.to_string())?;
    let link = target.join(role);
    if fs::read_link(&link).ok().as_ref() != Some(&executable) {
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&executable, &link).map_err(|e| format!("{}: {e}", link.display()))?;
    }
    Ok(link)
}

fn cargo_build(paths: &Paths, sysroot: &Sysroot) -> Result<(), String> {
    // No absolute paths in panic messages: the program does not depend on where it was built.
    let flags = format!(
        "--remap-path-prefix={}=library --remap-path-prefix={}= --cfg=sbf_revision=\"{}\" {}",
        sysroot.library.display(),
        env::current_dir().map_err(|e| e.to_string())?.display(),
        compiler::REVISION,
        env::var("SBF_RUSTFLAGS").unwrap_or_default()
    );
    let mut command = Command::new(&paths.cargo);
    command
        .args(["build", "--release", "-Zjson-target-spec", "-Zbuild-std=std,panic_abort"])
        .args(["-Zbuild-std-features=optimize_for_size", "--target"])
        .arg(&sysroot.target_spec)
        .args(env::args().skip(1))
        .env("CARGO_HOME", &paths.cargo_home)
        .env("RUSTC", &paths.rustc)
        .env("RUSTC_WRAPPER", install(&paths.target, COMPILER)?)
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", &sysroot.library)
        .env("RUSTFLAGS", flags.trim())
        .env("CARGO_TARGET_DIR", &paths.target)
        .env("CARGO_TARGET_SBF_SOLANA_SOLANA_LINKER", install(&paths.target, LINKER)?)
        // The linker optimizes the whole program; rustc's own LTO would drop helpers it needs.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let status = command.status().map_err(|e| format!("{}: {e}", paths.cargo))?;
    if status.success() { Ok(()) } else { Err("cargo build failed".into()) }
}

/// Copies the programs from cargo's folder to those of their versions.
fn deploy(target: &Path) -> Result<(), String> {
    let release = target.join(TARGET).join("release");
    for library in programs(&release) {
        let file = library.file_name().expect("a listed file has a name").to_string_lossy();
        let linked = release.join("deps").join(&*file);
        let program = file.strip_prefix("lib").unwrap_or(&file);
        for (version, from) in [("v0", linked.clone()), ("v3", linker::v3_path(&linked))] {
            let directory = target.join("deploy").join(version);
            fs::create_dir_all(&directory).map_err(|e| format!("{}: {e}", directory.display()))?;
            fs::copy(&from, directory.join(program)).map_err(|e| format!("{}: {e}", from.display()))?;
        }
    }
    Ok(())
}

/// The linked files (lib*.so) in a directory.
fn programs(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let name_fits = |path: &PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("lib") && name.ends_with(".so")
    };
    entries.map(|entry| entry.path()).filter(name_fits).collect()
}

/// What a command prints; it must succeed.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}
