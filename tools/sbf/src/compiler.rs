//! `sbf-rustc`: what cargo calls in place of rustc, with rustc's path as its first argument.
//!
//! It makes what is compiled independent of where it is compiled. Cargo gives every crate an identity
//! (`-C metadata`) that holds the crate's path when it lies outside the workspace, as the standard library
//! and the risk crate do. The identity is part of every symbol's name, hence of the order of functions and
//! of what the optimizer does to them. Here it is made from the package's name, version and features.
//! Names of source files lose the directories before the package: the one of a registry is named after
//! the address that the package was fetched from.
use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::std_sources::TARGET;

/// Goes into every identity, and into the flags that cargo watches: another number makes it compile
/// everything again, which a change of this file needs.
pub const REVISION: u32 = 1;

/// What cargo tells a compiler about the package.
struct Package {
    name: String,
    version: String,
    /// its directory
    root: String,
}

/// Becomes rustc. Returns only when that fails.
pub fn run() -> Result<(), String> {
    let mut words = env::args().skip(1);
    let rustc = words.next().ok_or("cargo passes the compiler's path first")?;
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let package = Package {
        name: variable("CARGO_PKG_NAME"),
        version: variable("CARGO_PKG_VERSION"),
        root: variable("CARGO_MANIFEST_DIR"),
    };
    let words = rewrite(words.collect(), &package, Path::new(&variable("CARGO_HOME")));
    let error = Command::new(&rustc).args(words).exec();
    Err(format!("{rustc}: {error}"))
}

/// The arguments for rustc. Those for other targets (build scripts, macros) stay as they are: nothing of
/// theirs is linked into a program.
fn rewrite(mut words: Vec<String>, package: &Package, cargo_home: &Path) -> Vec<String> {
    let for_target = words.windows(2).any(|pair| pair[0] == "--target" && pair[1].contains(TARGET));
    let Some(metadata) = words.iter().position(|word| word.starts_with("metadata=")) else { return words };
    if !for_target {
        return words;
    }
    words[metadata] = format!("metadata={:016x}", identity(&words, package));
    let root = Path::new(&package.root);
    if let Some(registry) = root.parent().filter(|_| root.starts_with(cargo_home.join("registry/src"))) {
        words.push(format!("--remap-path-prefix={}/=", registry.display()));
    }
    words
}

/// Same package, same features: same identity. A program never links two such crates.
fn identity(words: &[String], package: &Package) -> u64 {
    let mut features: Vec<&String> = words.iter().filter(|word| word.starts_with("feature=")).collect();
    features.sort();
    let mut hasher = DefaultHasher::new();
    (REVISION, &package.name, &package.version, features).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(root: &str, metadata: &str, target: &str, version: &str, feature: &str) -> Vec<String> {
        let words = ["--crate-name", "risk", "--cfg", feature, "-C", metadata, "--target", target];
        let package = Package { name: "risk".into(), version: version.into(), root: root.into() };
        rewrite(words.map(String::from).to_vec(), &package, Path::new("/home/a/.cargo"))
    }

    const SPEC: &str = "/home/a/.cache/1/sbf-solana-solana.json";

    #[test]
    fn a_crate_is_the_same_wherever_it_lies() {
        let one = compiled("/home/a/risk", "metadata=01", SPEC, "1.0.0", "feature=\"x\"");
        let other = compiled("/srv/risk", "metadata=02", SPEC, "1.0.0", "feature=\"x\"");
        assert_eq!(one, other);
        assert!(one[5].starts_with("metadata=") && one[5].len() == 25, "{one:?}");
    }

    #[test]
    fn other_versions_and_other_features_are_other_crates() {
        let one = compiled("/risk", "metadata=01", SPEC, "1.0.0", "feature=\"x\"");
        let newer = compiled("/risk", "metadata=01", SPEC, "1.0.1", "feature=\"x\"");
        let larger = compiled("/risk", "metadata=01", SPEC, "1.0.0", "feature=\"y\"");
        assert!(one[5] != newer[5] && one[5] != larger[5] && newer[5] != larger[5]);
    }

    #[test]
    fn the_registry_directory_is_taken_out_of_file_names() {
        let root = "/home/a/.cargo/registry/src/index.example-0123/risk-1.0.0";
        let words = compiled(root, "metadata=01", SPEC, "1.0.0", "feature=\"x\"");
        let remap = "--remap-path-prefix=/home/a/.cargo/registry/src/index.example-0123/=";
        assert_eq!(words.last().unwrap(), remap);
    }

    #[test]
    fn other_targets_are_left_alone() {
        let words = compiled("/risk", "metadata=01", "x86_64-unknown-linux-gnu", "1.0.0", "feature=\"x\"");
        assert_eq!(words[5], "metadata=01");
        assert_eq!(words.len(), 8);
    }
}
