//! How every action goes: it is tried, shown, asked about, sent, and told about.
use crate::args::Output;
use crate::commands::account::{figures, leverage, margin_ratio};
use crate::config::Wallet;
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use crate::number::{amount, exact, money, price};
use crate::render::{Page, Table};
use crate::session::{Margin, no_answer};
use crate::standing::{Standing, exposed};
use crate::told::{failure_line, told};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plimsoll_client::decode::decode;
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::logs;
use plimsoll_client::prepare::{PrepareError, Prepared, prepare};
use plimsoll_client::program::state::{MarginState, RiskBoard};
use plimsoll_client::risk::{Price, Quantity, Quote};
use plimsoll_client::send::{Receipt, SendError, SendPolicy, Sender};
use plimsoll_client::transaction::{Version, wire};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;

use crate::names::symbol;
use crate::terminal::Terminal;

/// Lamports for each signature of a transaction; all of them have one.
const SIGNATURE_FEE: u64 = 5_000;
const SOL_DECIMALS: u8 = 9;

/// What a command wants to do.
pub struct Deed {
    /// In words, one line.
    pub title: String,
    pub instructions: Vec<Instruction>,
    /// The prices to show the account before at: those that the action itself will find.
    pub board: Box<RiskBoard>,
    pub watched: Vec<Watched>,
}

/// A margin account that is shown before and after.
pub struct Watched {
    name: String,
    address: Address,
    before: Option<MarginState>,
}

impl Watched {
    /// One that is not there yet.
    pub fn new(name: String, address: Address) -> Self {
        Self { name, address, before: None }
    }

    pub fn of(name: String, margin: &Margin) -> Self {
        Self { name, address: margin.address, before: Some(margin.state) }
    }
}

/// An account before and after an action.
struct Pair {
    name: String,
    address: Address,
    before: Option<(MarginState, Standing)>,
    after: Option<(MarginState, Standing)>,
}

/// What an action would do.
struct Preview {
    prepared: Prepared,
    pairs: Vec<Pair>,
    told: Vec<String>,
}

/// Tries, shows, asks, sends, tells.
///
/// # Errors
/// When it would fail or fails, nobody confirms it, or it is not known what became of it.
pub fn perform(desk: &Desk, deed: &Deed, terminal: &mut dyn Terminal) -> Result<()> {
    let settings = desk.session.settings;
    let preview = preview(desk, deed)?;
    let page = preview_page(desk, deed, &preview);
    if settings.dry_run {
        return dry_run(desk, &preview, page, terminal);
    }
    let Wallet::Key(key) = &desk.wallet else {
        return Err(Fault::usage(
            "--as acts without a key: add --dry-run, and sign what that prints elsewhere",
        ));
    };
    match settings.output {
        Output::Table => terminal.say(&page.text()),
        Output::Json if !settings.yes => terminal.note(&page.text()),
        Output::Json => {}
    }
    confirm(settings.yes, terminal)?;
    let receipt = send(desk, &preview.prepared, key)?;
    let done = done_page(desk, &page, &receipt);
    match settings.output {
        Output::Table => terminal.say(&format!("\n{}", done.text())),
        Output::Json => terminal.say(&format!("{:#}", done.json)),
    }
    Ok(())
}

fn preview(desk: &Desk, deed: &Deed) -> Result<Preview> {
    let mut wanted: Vec<Address> = deed.watched.iter().map(|watched| watched.address).collect();
    wanted.push(desk.board_address());
    let prepared = prepared(desk, deed.instructions.clone(), &wanted)?;
    let accounts = &prepared.simulation.accounts;
    // Some nodes do not show what is only read.
    let board_after = match prepared.draft.writable().contains(&desk.board_address()) {
        true => read_board(accounts.last())?,
        false => deed.board.clone(),
    };
    let mut pairs = Vec::new();
    for (watched, after) in deed.watched.iter().zip(accounts) {
        let after = after.as_ref().and_then(|account| decode::<MarginState>(&account.data).ok());
        let standing = |state: Option<MarginState>, board: &RiskBoard| {
            state.map(|state| Ok((state, Standing::of(&state, board)?))).transpose()
        };
        pairs.push(Pair {
            name: watched.name.clone(),
            address: watched.address,
            before: standing(watched.before, &deed.board)?,
            after: standing(after, &board_after)?,
        });
    }
    let logged = logs::events(prepared.simulation.logs.iter().map(String::as_str));
    let told = told(&logged.events, &desk.snapshot);
    Ok(Preview { prepared, pairs, told })
}

/// Tries instructions for the wallet, and makes a transaction of them.
fn prepared(desk: &Desk, instructions: Vec<Instruction>, wanted: &[Address]) -> Result<Prepared> {
    let sending = desk.session.settings.sending;
    let usual = FeePolicy::default();
    let policy = match sending.priority_fee {
        Some(0) => FeePolicy::NONE,
        Some(price) => FeePolicy { percentile: 0, floor: price, cap: price, total_max: u64::MAX },
        None => FeePolicy { cap: sending.priority_fee_max.unwrap_or(usual.cap), ..usual },
    };
    let version = if sending.transaction_version == 1 { Version::V1 } else { Version::V0 };
    prepare(desk.session.chain, desk.wallet.address(), instructions, version, &policy, wanted).map_err(
        |error| match error {
            PrepareError::Build(error) => Fault::refused(error.to_string()),
            PrepareError::Chain(error) => no_answer(error),
            PrepareError::WouldFail(failure) => failure_line(&failure, &desk.snapshot),
        },
    )
}

/// The board in the answer of a simulation.
fn read_board(account: Option<&Option<Account>>) -> Result<Box<RiskBoard>> {
    let board = account.and_then(Option::as_ref).and_then(|account| decode(&account.data).ok());
    board.map(Box::new).ok_or_else(|| {
        Fault::no_answer(
            "the node does not say what accounts would be like afterwards: use another one with -u",
        )
    })
}

fn preview_page(desk: &Desk, deed: &Deed, preview: &Preview) -> Page {
    let draft = &preview.prepared.draft;
    let fee = SIGNATURE_FEE + draft.limits.priority_fee();
    let accounts: Vec<Value> = preview.pairs.iter().map(pair_json).collect();
    let json = json!({
        "action": deed.title,
        "accounts": accounts,
        "expected": preview.told,
        "fee_sol": exact(fee, SOL_DECIMALS),
        "compute_units": preview.prepared.simulation.compute_units,
    });
    let mut page = Page::new(json).line(deed.title.clone());
    for pair in &preview.pairs {
        page = page.table(&pair.name, &pair_table(pair, desk.board()));
    }
    if !preview.told.is_empty() {
        page = page.line(format!("What would happen\n  {}", preview.told.join("\n  ")));
    }
    page.line(format!("Fee at most {} SOL", amount(fee, SOL_DECIMALS)))
}

fn pair_table(pair: &Pair, board: &RiskBoard) -> Table {
    let mut table = Table::new(&["", ">before", ">after"]);
    let standings = [&pair.before, &pair.after].map(|side| side.as_ref().map(|(_, standing)| standing));
    let mut row = |name: &str, of: &dyn Fn(&Standing) -> String| {
        let [before, after] = standings.map(|side| side.map_or_else(|| "-".into(), of));
        table.row([name.to_owned(), before, after]);
    };
    row("Equity USD", &|s| money(s.health.equity));
    row("Margin ratio", &margin_ratio);
    row("Leverage", &leverage);
    row("Free collateral USD", &|s| money(s.free_collateral));
    let shown: Vec<&Standing> = standings.iter().flatten().copied().collect();
    if shown.iter().any(|standing| standing.cash != Quote::ZERO) {
        row("Cash USD", &|s| money(s.cash));
    }
    for (asset, name) in exposed(board, &shown) {
        let decimals = board.rows[usize::from(asset)].decimals;
        let show = |price_: Option<Price>| price_.map_or_else(|| "none".into(), |p| price(p, decimals));
        row(&format!("{name} liquidation price"), &|s| show(s.liquidation_price(asset)));
    }
    for (asset, name) in rows_of(board, &shown) {
        let decimals = board.rows[usize::from(asset)].decimals;
        let units = |of: Quantity| amount(of.0, decimals);
        let (held, position) = (|s: &Standing| held(s, asset), |s: &Standing| position(s, asset));
        if shown.iter().any(|s| held(s).0 != 0) {
            row(&format!("{name} balance"), &|s| units(held(s)));
        }
        if shown.iter().any(|s| position(s).0 != 0) {
            row(&format!("{name} position"), &|s| units(position(s)));
        }
    }
    table
}

/// Assets that any of the standings has a balance or a position of.
fn rows_of(board: &RiskBoard, standings: &[&Standing]) -> Vec<(u8, String)> {
    let balances = standings.iter().flat_map(|s| s.balances.iter().map(|b| b.asset));
    let positions = standings.iter().flat_map(|s| s.positions.iter().map(|p| p.asset));
    let mut assets: Vec<u8> = balances.chain(positions).collect();
    assets.sort_unstable();
    assets.dedup();
    assets.into_iter().map(|asset| (asset, symbol(board, asset))).collect()
}

fn held(standing: &Standing, asset: u8) -> Quantity {
    standing.balances.iter().find(|b| b.asset == asset).map_or(Quantity::ZERO, |b| b.units)
}

fn position(standing: &Standing, asset: u8) -> Quantity {
    standing.positions.iter().find(|p| p.asset == asset).map_or(Quantity::ZERO, |p| p.size)
}

fn pair_json(pair: &Pair) -> Value {
    let side = |side: &Option<(MarginState, Standing)>| {
        side.as_ref().map_or(Value::Null, |(state, standing)| {
            let mut figures = figures(standing);
            figures["status"] = standing.status(state).into();
            figures
        })
    };
    json!({
        "name": pair.name,
        "address": pair.address.to_string(),
        "before": side(&pair.before),
        "after": side(&pair.after),
    })
}

fn dry_run(desk: &Desk, preview: &Preview, mut page: Page, terminal: &mut dyn Terminal) -> Result<()> {
    let blockhash = desk.session.chain.latest_blockhash().map_err(no_answer)?.hash;
    let unsigned = preview.prepared.draft.unsigned(blockhash).map_err(|e| Fault::refused(e.to_string()))?;
    let bytes = BASE64_STANDARD.encode(wire(&unsigned));
    page.json["dry_run"] = true.into();
    page.json["transaction"] = bytes.clone().into();
    let page = page.line(format!("Nothing was sent. The transaction, unsigned, in base64:\n{bytes}"));
    crate::answer(&page, desk.session.settings.output, terminal);
    Ok(())
}

fn confirm(yes: bool, terminal: &mut dyn Terminal) -> Result<()> {
    if yes {
        return Ok(());
    }
    match terminal.ask("\nSend it?") {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::unconfirmed("nothing was sent")),
        None => Err(Fault::unconfirmed(
            "there is nobody to ask, and nothing was sent: add --yes to act without asking, or --dry-run to look only",
        )),
    }
}

fn send(desk: &Desk, prepared: &Prepared, key: &Keypair) -> Result<Receipt> {
    let commitment = desk.session.settings.commitment.max(SendPolicy::default().commitment);
    let policy = SendPolicy { commitment, ..SendPolicy::default() };
    let sender = Sender { chain: desk.session.chain, time: desk.session.time, policy };
    sender.send(&prepared.draft, &[key]).map_err(|error| match error {
        SendError::Build(error) => Fault::refused(error.to_string()),
        SendError::NotSent(error) => no_answer(error),
        SendError::Failed(failure) => {
            let mut fault = failure_line(&failure, &desk.snapshot);
            if let Some(signature) = failure.signature {
                fault.line = format!("{} (the transaction {signature} failed; its fee is paid)", fault.line);
            }
            fault
        }
        SendError::Expired { .. } => Fault::no_answer(error.to_string()),
        SendError::Unknown { .. } => Fault::unsure(error.to_string()),
    })
}

fn done_page(desk: &Desk, preview: &Page, receipt: &Receipt) -> Page {
    let events = told(&receipt.events, &desk.snapshot);
    let mut json = preview.json.clone();
    json["dry_run"] = false.into();
    json["signature"] = receipt.signature.to_string().into();
    json["slot"] = receipt.slot.into();
    json["fee_sol"] = exact(receipt.fee, SOL_DECIMALS).into();
    json["compute_units"] = receipt.compute_units.into();
    json["events"] = events.clone().into();
    let fee = amount(receipt.fee, SOL_DECIMALS);
    let mut page =
        Page::new(json).line(format!("Done in slot {}, fee {fee} SOL\n{}", receipt.slot, receipt.signature));
    if !events.is_empty() {
        page = page.line(format!("What happened\n  {}", events.join("\n  ")));
    }
    if !receipt.is_complete {
        page = page.line("The node did not give the whole log: there may have been more. `plimsoll account` shows how it stands.");
    }
    page
}
