//! `cargo xtask <task>`: every task of the project, from set-up to benchmarks.
//!
//! Each task first does whatever it needs: `cargo xtask demo` on a fresh machine installs the
//! compiler, builds the tool chain, builds the program and runs the demo.
mod build;
mod idl;
mod run;
mod setup;
mod shell;
mod verify;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask setup                      install what the build needs (Debian packages, the SBF builder), and what
                                       the local chain needs (an npm package)
cargo xtask build [--arch v0|v3]       build target/deploy/plimsoll.so
            [--toolchain debian|platform]
                                       debian: the project's own route (default)
                                       platform: Solana's cargo build-sbf, where it is installed
cargo xtask demo [ARGS]                replay a recorded crash; `demo --help` lists the arguments
cargo xtask test [ARGS]                run every test; ARGS go to cargo test of the host workspace
cargo xtask bench [--check | --update] measure compute units; --check compares with the snapshot, --update
                                       makes the figures the new one
cargo xtask soak [--steps N] [--seed S]
                                       a long random run; a failure is shrunk to a short script
                 [--script FILE]       replay such a script
cargo xtask idl [--check]              write idl/plimsoll.json; --check only compares
cargo xtask verify [--arch v0|v3]      build the program and print its hash
            [--against FILE]           compare with a dump of a deployed program, or with the data of its
                                       ProgramData account or of a buffer
            [--url URL --program ADDRESS]
                                       compare with what a node has; URL may be mainnet-beta, devnet,
                                       testnet or localhost
            [--build FILE]             compare FILE instead of building
                                       exit code: 0 equal, 1 different, 2 no answer
cargo xtask migrate [ARGS]             bring a deployment up, or change it; `migrate --help` lists the arguments
cargo xtask localnet [OPTIONS]         a complete local deployment on port 8899, until Ctrl-C: chain, program,
                                       oracles with moving prices, wallets, liquidity; `localnet --help`
                     control COMMAND   have its oracles do something: `localnet control jump SOL -30%`
cargo xtask bench-keeper [ARGS]        measure the keeper's book at a million accounts
cargo xtask help                       this text";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let task = args.next().unwrap_or_else(|| "help".into());
    let args: Vec<String> = args.collect();
    if task == "verify" {
        return verify::run(&args);
    }
    match dispatch(&task, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: &str, args: &[String]) -> Result<(), String> {
    match task {
        "setup" => {
            setup::run(setup::Report::Everything).and_then(|()| setup::chain(setup::Report::Everything))
        }
        "build" => build::run(&build::Options::parse(args)?),
        "demo" => run::demo(args),
        "test" => run::test(args),
        "bench" => run::bench(args),
        "soak" => run::soak(args),
        "idl" => idl::run(args),
        "migrate" => run::migrate(args),
        "localnet" => run::localnet(args),
        "bench-keeper" => run::bench_keeper(args),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown task `{task}`\n\n{HELP}")),
    }
}
