//! The keeper's command.
use plimsoll_client::rpc::Rpc;
use plimsoll_keeper::cli::{
    self, Action, EXIT_BROKEN, EXIT_DONE, EXIT_FAILED, EXIT_INPUT, EXIT_MISSING, EXIT_UNSETTLED, Refusal,
};
use plimsoll_keeper::config::{Config, printed};
use plimsoll_keeper::owner::{End, Mode};
use plimsoll_keeper::report::Report;
use plimsoll_keeper::run::{Parts, Problem, run};
use plimsoll_keeper::secret::read_keypair;
use plimsoll_keeper::sender::{Delivery, Node};
use plimsoll_keeper::time::{Clock, Time};
use plimsoll_keeper::{check, log};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::io::{Write, stdout};
use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{error, warn};

/// Whether a thread has panicked.
static IS_BROKEN: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os(), std::env::vars()) {
        Ok(invocation) => invocation,
        Err(Refusal::Usage(usage)) if !usage.use_stderr() => {
            print(&usage.to_string());
            return ExitCode::from(EXIT_DONE);
        }
        Err(Refusal::Usage(usage)) => return refuse(&[cli::one_line(&usage)]),
        Err(Refusal::Input(problems)) => return refuse(&problems),
    };
    let config = invocation.config;
    if invocation.action == Action::PrintConfig {
        print(&printed(&invocation.values));
        return ExitCode::from(EXIT_DONE);
    }
    let started = log::start(&config.log_filter, config.log_format);
    let keypair = started.and_then(|()| read_keypair("keeper.keypair", &config.keypair));
    let made = keypair.and_then(|keypair| {
        let chain = Rpc::new(config.url.expose(), config.commitment).map_err(|e| e.to_string())?;
        Ok((keypair, Arc::new(chain)))
    });
    let (keypair, chain) = match made {
        Ok(made) => made,
        Err(problem) => return refuse(&[problem]),
    };
    for warning in &config.warnings {
        warn!("{warning}");
    }
    if invocation.opens_account {
        match check::open(chain.as_ref(), &config, &keypair) {
            Ok(finding) => print(&finding.to_string()),
            Err(problem) => return ExitCode::from(refuse_with(&[problem], EXIT_MISSING)),
        }
    }
    ExitCode::from(match invocation.action {
        Action::Run { is_dry, is_once } => keep(&config, chain, keypair, Mode { is_dry, is_once }),
        Action::Check => look(&config, chain.as_ref(), &keypair),
        Action::PrintConfig => EXIT_DONE,
    })
}

fn keep(config: &Config, chain: Arc<Rpc>, keypair: Keypair, mode: Mode) -> u8 {
    let clock = Arc::new(Clock::default());
    if let Err(problem) = stop_on_signals(&clock) {
        eprintln!("error: {problem}");
        return EXIT_BROKEN;
    }
    let report = Arc::new(Report::default());
    let time: Arc<dyn Time> = clock;
    let parts = Parts {
        delivery: delivery(config, &chain, &keypair),
        chain,
        keypair: Arc::new(keypair),
        time,
        report: Arc::clone(&report),
    };
    let ended = run(config, &parts, mode);
    if mode.is_dry {
        print(&report.table());
    }
    let end = match ended {
        Ok(end) => end,
        Err(problem) => {
            let (Problem::Input(text) | Problem::Missing(text) | Problem::Broken(text)) = &problem;
            eprintln!("error: {text}");
            return match problem {
                Problem::Input(_) => EXIT_INPUT,
                Problem::Missing(_) => EXIT_MISSING,
                Problem::Broken(_) => EXIT_BROKEN,
            };
        }
    };
    if IS_BROKEN.load(Ordering::SeqCst) {
        return EXIT_BROKEN;
    }
    match end {
        End::Done => EXIT_DONE,
        End::Failed => EXIT_FAILED,
        End::Unsettled => EXIT_UNSETTLED,
        End::NoJournal => EXIT_BROKEN,
    }
}

#[cfg(feature = "bundles")]
fn delivery(config: &Config, chain: &Arc<Rpc>, keypair: &Keypair) -> Arc<dyn Delivery> {
    match &config.bundles {
        Some(bundles) => Arc::new(plimsoll_keeper::bundles::Bundles::new(bundles, keypair.pubkey())),
        None => Arc::new(Node(Arc::clone(chain))),
    }
}

#[cfg(not(feature = "bundles"))]
fn delivery(_: &Config, chain: &Arc<Rpc>, _: &Keypair) -> Arc<dyn Delivery> {
    Arc::new(Node(Arc::clone(chain)))
}

/// The first signal stops the keeper, the second ends the process: the journal is on disk at any time. A panic
/// in any thread stops it too: whoever runs it starts it anew.
fn stop_on_signals(clock: &Arc<Clock>) -> Result<(), String> {
    let stopping = Arc::clone(clock);
    let is_second = AtomicBool::new(false);
    let stop = move || {
        if is_second.swap(true, Ordering::SeqCst) {
            exit(EXIT_UNSETTLED.into());
        }
        stopping.stop();
    };
    ctrlc::set_handler(stop).map_err(|e| format!("signals can't be heard: {e}"))?;
    let broken = Arc::clone(clock);
    std::panic::set_hook(Box::new(move |panic| {
        error!(%panic, "a part of the keeper broke: it stops; please report this line");
        IS_BROKEN.store(true, Ordering::SeqCst);
        broken.stop();
    }));
    Ok(())
}

fn look(config: &Config, chain: &Rpc, keypair: &Keypair) -> u8 {
    let findings = check::check(chain, config, &keypair.pubkey());
    for finding in &findings {
        print(&finding.to_string());
    }
    if findings.iter().all(|finding| finding.is_good) { EXIT_DONE } else { EXIT_MISSING }
}

fn refuse(problems: &[String]) -> ExitCode {
    ExitCode::from(refuse_with(problems, EXIT_INPUT))
}

fn refuse_with(problems: &[String], code: u8) -> u8 {
    for problem in problems {
        eprintln!("error: {problem}");
    }
    code
}

/// To standard output; whoever reads it may have gone.
fn print(text: &str) {
    let _ = stdout().write_all(text.as_bytes());
}
