//! The command: reads its arguments and files, and runs.

use std::io::{Write, stdout};
use std::process::ExitCode;

use plimsoll_client::chain::Commitment;
use plimsoll_client::rpc::Rpc;
use plimsoll_client::send::SystemTime;
use plimsoll_migrate::args::{self, Args, Command, EXIT_DONE, EXIT_INPUT, EXIT_LEFT, EXIT_REFUSED};
use plimsoll_migrate::local;
use plimsoll_migrate::places::Places;
use plimsoll_migrate::run::{End, Problem, Session, Signers};
use plimsoll_migrate::step;
use solana_keypair::Keypair;
use std::path::Path;

fn main() -> ExitCode {
    let end = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => write!(stdout(), "{}", args::HELP)
            .map(|()| End::Done)
            .map_err(|e| Problem::Refused(format!("can't write: {e}"))),
        Ok(Command::Run(args)) => run(&args),
        Err(problem) => Err(Problem::Input(problem)),
    };
    ExitCode::from(match end {
        Ok(End::Done) => EXIT_DONE,
        Ok(End::Left) => EXIT_LEFT,
        Err(problem) => {
            let (Problem::Input(text) | Problem::Refused(text)) = &problem;
            eprintln!("error: {text}");
            if matches!(problem, Problem::Input(_)) { EXIT_INPUT } else { EXIT_REFUSED }
        }
    })
}

fn run(args: &Args) -> Result<End, Problem> {
    let steps = step::read_all(&args.steps).map_err(Problem::Input)?;
    if args.local {
        return local::bring_up(&steps, &mut stdout().lock());
    }
    let shown = args.addresses.display().to_string();
    let text = std::fs::read_to_string(&args.addresses)
        .map_err(|e| Problem::Input(format!("{shown}: {e}: name the file with --addresses")))?;
    let places = Places::parse(&shown, &text).map_err(Problem::Input)?;
    let keypair = args.keypair.as_deref().map(keypair).transpose().map_err(Problem::Input)?;
    let url = args.url.as_deref().unwrap_or_default();
    let rpc = Rpc::new(url, Commitment::Confirmed).map_err(|e| Problem::Input(format!("--url: {e}")))?;
    let mut session = Session {
        chain: &rpc,
        time: &SystemTime::default(),
        places: &places,
        steps: &steps,
        signers: Signers { keypair, authority: args.authority, apply: args.apply },
        out: &mut stdout().lock(),
    };
    let step = args.step.as_deref().map(|name| session.step(name)).transpose()?;
    session.check_cluster()?;
    match (step, args.cancel) {
        (Some(step), _) => session.run(&step),
        (None, Some(id)) => session.cancel(id),
        (None, None) => session.overview(),
    }
}

/// A keypair from a file as solana-keygen writes it.
fn keypair(path: &Path) -> Result<Keypair, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("{shown}: {e}: name the keypair with --keypair"))?;
    let bytes: Option<Vec<u8>> = serde_json::from_str(&text).ok();
    let keypair = bytes.and_then(|bytes| Keypair::try_from(bytes.as_slice()).ok());
    keypair
        .ok_or_else(|| format!("{shown}: not a keypair: expected 64 numbers, as solana-keygen writes them"))
}
