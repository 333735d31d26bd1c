//! `cargo xtask verify`: is the program on chain the one that this source gives?
//!
//! docs/verification.md says what the answer proves. [`image`] finds the program in what a chain stores,
//! [`rpc`] fetches that from a node.
mod image;
mod rpc;

use crate::{build, setup, shell};
use image::{Comparison, Image, Kind};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask verify [--arch v0|v3 | --build FILE.so] [--against FILE | --url URL --program ADDRESS]";
/// The exit code of an answer that is no: an error has [`ERROR`].
const DIFFERENT: u8 = 1;
const ERROR: u8 = 2;

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    arch: Option<String>,
    /// what to compare, instead of building it
    build: Option<PathBuf>,
    against: Option<PathBuf>,
    url: Option<String>,
    program: Option<String>,
}

/// What was found, as lines to print, and whether it is what was looked for.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    lines: Vec<String>,
    verified: bool,
}

/// Exit code 0: equal, or nothing to compare with; 1: different; 2: no answer could be given.
pub fn run(args: &[String]) -> ExitCode {
    match verify(args) {
        Ok(report) => {
            println!("{}", report.lines.join("\n"));
            if report.verified { ExitCode::SUCCESS } else { DIFFERENT.into() }
        }
        Err(message) => {
            eprintln!("error: {message}");
            ERROR.into()
        }
    }
}

fn verify(args: &[String]) -> Result<Report, String> {
    let options = Options::parse(args)?;
    // Before the build: what can't be fetched needs none.
    let deployed = match (&options.against, &options.url, &options.program) {
        (Some(file), None, None) => {
            let data = fs::read(file).map_err(|e| format!("--against {}: {e}", file.display()))?;
            Some((data, file.display().to_string()))
        }
        (None, Some(url), Some(program)) => {
            Some((rpc::deployed(url, program)?, format!("{program} on {url}")))
        }
        (None, None, None) => None,
        (Some(_), _, _) => return Err(format!("--against excludes --url and --program\n{USAGE}")),
        _ => return Err(format!("--url and --program go together\n{USAGE}")),
    };
    let image = match &deployed {
        Some((data, source)) => Some(image::parse(data).map_err(|e| format!("{source}: {e}"))?),
        None => None,
    };
    let (local, name) = options.local()?;
    let mut report = Report { lines: vec![described("local", &name, &local)], verified: true };
    if options.build.is_none() {
        // Another compiler gives another program.
        report.lines.extend(
            shell::output(Command::new(setup::RUSTC).arg("-V"))
                .map(|version| format!("  built by {version}")),
        );
    }
    if let (Some(image), Some((_, source))) = (image, &deployed) {
        report.compare(&local, &image, source);
    }
    Ok(report)
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let known = ["--arch", "--build", "--against", "--url", "--program"].contains(&arg.as_str());
            let value = args.next().filter(|_| known).ok_or_else(|| {
                let problem = if known { "needs a value" } else { "is not known" };
                format!("{arg} {problem}\n{USAGE}")
            })?;
            match arg.as_str() {
                "--arch" => options.arch = Some(value.clone()),
                "--build" => options.build = Some(value.into()),
                "--against" => options.against = Some(value.into()),
                "--url" => options.url = Some(value.clone()),
                _ => options.program = Some(value.clone()),
            }
        }
        Ok(options)
    }

    /// The bytes of the local program, and their file.
    fn local(&self) -> Result<(Vec<u8>, String), String> {
        let file = match (&self.build, &self.arch) {
            (Some(_), Some(_)) => {
                return Err(format!("--build is one program: --arch chooses none\n{USAGE}"));
            }
            (Some(file), None) => file.clone(),
            (None, arch) => {
                let arch = arch.as_deref().unwrap_or("v0");
                let arch = build::Options::parse(&["--arch".into(), arch.into()])?.arch;
                // Every build makes both versions.
                build::run(&build::Options::default())?;
                shell::root().join(build::DEPLOY).join(arch).join("plimsoll.so")
            }
        };
        let name = file.strip_prefix(shell::root()).unwrap_or(&file).display().to_string();
        let bytes = fs::read(&file).map_err(|e| format!("{name}: {e}"))?;
        match image::parse(&bytes) {
            Ok(Image { kind: Kind::Program, .. }) => Ok((bytes, name)),
            _ => Err(format!("{name}: not a program (an ELF file)")),
        }
    }
}

impl Report {
    fn compare(&mut self, local: &[u8], image: &Image, source: &str) {
        self.lines.push(described(&image.kind.to_string(), source, image.elf));
        self.lines.extend(image.kind.notes());
        let comparison = image::compare(local, image.elf);
        self.verified = comparison == Comparison::Equal;
        self.lines.push(match comparison {
            Comparison::Equal => format!("verified: {source} is this build, sha256 {}", hash(local)),
            Comparison::DifferentFrom(offset) => {
                format!("different: the first differing byte is at offset {offset}")
            }
        });
    }
}

fn described(what: &str, source: &str, elf: &[u8]) -> String {
    let (stored, unpadded) = (elf.len(), image::unpadded(elf).len());
    format!(
        "{what}: {source}\n  {stored} bytes, {unpadded} without the zero bytes at the end; sha256 of those:\n  {}",
        hash(elf)
    )
}

/// SHA-256, in hexadecimal digits, of a program without the zero bytes at its end: the chain adds some.
/// `solana-verify` has the same convention.
fn hash(elf: &[u8]) -> String {
    Sha256::digest(image::unpadded(elf)).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A file that is removed at the end of the test.
    struct File(PathBuf);

    impl File {
        fn new(name: &str, bytes: &[u8]) -> Self {
            let path = std::env::temp_dir().join(format!("plimsoll-verify-{}-{name}", std::process::id()));
            fs::write(&path, bytes).unwrap();
            Self(path)
        }

        fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn checked(name: &str, local: &[u8], deployed: &[u8]) -> Result<Report, String> {
        let (local, deployed) = (File::new(&format!("{name}.so"), local), File::new(name, deployed));
        let args =
            ["--build", local.path().to_str().unwrap(), "--against", deployed.path().to_str().unwrap()];
        verify(&args.map(String::from))
    }

    const LOCAL: &[u8] = b"\x7fELF program\0\0";
    /// `printf '\x7fELF program' | sha256sum`
    const HASH: &str = "45097f6a663c462c74713f58fec5812b00cf94d8a89672da8ea431f006944066";

    #[test]
    fn a_padded_dump_is_verified_with_the_hash_of_the_unpadded_program() {
        let report = checked("padded", LOCAL, &[LOCAL, &[0; 100]].concat()).unwrap();
        assert!(report.verified);
        let last = report.lines.last().unwrap();
        assert!(last.starts_with("verified: ") && last.ends_with(&format!("sha256 {HASH}")), "{last}");
        assert!(
            report.lines[0].contains("14 bytes, 12 without") && report.lines[0].ends_with(HASH),
            "{report:?}"
        );
    }

    #[test]
    fn a_different_dump_is_reported_with_both_hashes_and_the_offset() {
        let report = checked("different", LOCAL, b"\x7fELF pro9ram\0\0").unwrap();
        assert!(!report.verified);
        assert!(report.lines[0].contains(HASH) && !report.lines[1].contains(HASH), "{report:?}");
        assert_eq!(report.lines.last().unwrap(), "different: the first differing byte is at offset 8");
    }

    #[test]
    fn what_is_no_program_is_an_error_that_names_the_file() {
        let error = checked("text", LOCAL, b"hello").unwrap_err();
        assert!(error.contains("plimsoll-verify") && error.contains("solana program dump"), "{error}");
        let error = checked("no-local", b"hello", LOCAL).unwrap_err();
        assert!(error.ends_with("no-local.so: not a program (an ELF file)"), "{error}");
    }

    #[test]
    fn arguments_that_do_not_fit_together_are_refused() {
        for (args, problem) in [
            (&["--url", "devnet"][..], "--url and --program go together"),
            (&["--program", "x"], "--url and --program go together"),
            (&["--against", "/dev/null", "--url", "devnet"], "--against excludes --url"),
            (&["--against"], "--against needs a value"),
            (&["--aganst", "x"], "--aganst is not known"),
            (&["--build", "x", "--arch", "v0"], "--build is one program"),
            (&["--arch", "v9"], "--arch needs v0 or v3"),
        ] {
            let error = verify(&args.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap_err();
            assert!(error.starts_with(problem), "{args:?}: {error}");
        }
    }
}
