//! Running other programs.
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository's root directory.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_path_buf()
}

/// A command that runs in the root directory. What the running `cargo xtask` put into the environment
/// about itself is taken out: it is wrong for another tool chain.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env_remove("LD_LIBRARY_PATH").env_remove("CARGO");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end with this process's input and output.
///
/// # Errors
/// The command line, when it cannot start or does not succeed.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{}: {e}", line(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ({status})", line(command))) }
}

/// Runs a command like [`run`], and ends this process with its exit code if it does not succeed: it
/// has said why itself.
///
/// # Errors
/// The command line, when it cannot start or was killed.
pub fn run_as_own(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{}: {e}", line(command)))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => std::process::exit(code),
        None => Err(format!("{} ({status})", line(command))),
    }
}

/// Makes this process the command: signals to this one reach it, and whoever waits for this one waits for it.
///
/// # Errors
/// The command line, when it cannot start.
pub fn replace_by(command: &mut Command) -> Result<(), String> {
    let problem = command.exec();
    Err(format!("{}: {problem}", line(command)))
}

/// What a command prints, or None when it cannot start or does not succeed.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// A command as one would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
