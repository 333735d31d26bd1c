//! Stale approvals: a signature given once is no use later, and a change does what it said when
//! it was proposed, or nothing.

use crate::stage::{ALL_ROLES, DAY, LONG_WAIT, Stage, WAIT};
use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::error::PlimsollError;
use plimsoll::parameters::Concern;
use plimsoll::params::{Change, PoolTerms, RoleHolders};
use plimsoll::state::Role;
use plimsoll_client::addresses;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_client::instructions as ix;
use plimsoll_testkit::presets::{self, Deployment};
use plimsoll_testkit::{Failure, Snapshot, Svm, Wallet, World};
use plimsoll_tests::scene::{BTC, USD, USDC};
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

const SYSTEM: Address = address!("11111111111111111111111111111111");
const RECENT_BLOCKHASHES: Address = address!("SysvarRecentB1ockHashes11111111111111111111");
const RENT: Address = address!("SysvarRent111111111111111111111111111111111");
/// Bytes of a nonce account, and where in them the nonce is.
const NONCE_BYTES: u64 = 80;
const NONCE_AT: usize = 40;

/// An instruction of the system program: its number and arguments.
fn system(number: u32, arguments: &[u8], accounts: Vec<AccountMeta>) -> Instruction {
    let data = [&number.to_le_bytes(), arguments].concat();
    Instruction { program_id: SYSTEM, accounts, data }
}

/// Creates a nonce account that `authority` advances.
fn create_nonce(world: &mut World, authority: &Keypair) -> Address {
    let (nonce, payer) = (Keypair::new_from_array([9; 32]), world.svm.payer().pubkey());
    let create = [&10_000_000u64.to_le_bytes()[..], &NONCE_BYTES.to_le_bytes(), SYSTEM.as_ref()].concat();
    let initialize = vec![
        AccountMeta::new(nonce.pubkey(), false),
        AccountMeta::new_readonly(RECENT_BLOCKHASHES, false),
        AccountMeta::new_readonly(RENT, false),
    ];
    let both = [
        system(0, &create, vec![AccountMeta::new(payer, true), AccountMeta::new(nonce.pubkey(), true)]),
        system(6, authority.pubkey().as_ref(), initialize),
    ];
    world.svm.send(&both, &[&nonce]).expect("a nonce account");
    nonce.pubkey()
}

fn advance(nonce: Address, authority: &Keypair) -> Instruction {
    system(
        4,
        &[],
        vec![
            AccountMeta::new(nonce, false),
            AccountMeta::new_readonly(RECENT_BLOCKHASHES, false),
            AccountMeta::new_readonly(authority.pubkey(), true),
        ],
    )
}

/// Sends an instruction in a transaction whose blockhash is the durable nonce: signed now, it
/// could be sent at any time.
fn send_durably(
    world: &mut World,
    nonce: Address,
    authority: &Keypair,
    instruction: &Instruction,
    signer: &Keypair,
) -> Result<(), Option<PlimsollError>> {
    let stored = world.svm.account(&nonce).data;
    let blockhash: [u8; 32] = stored[NONCE_AT..NONCE_AT + 32].try_into().expect("a nonce");
    let payer = world.svm.payer().insecure_clone();
    let all = [advance(nonce, authority), instruction.clone()];
    let message = Message::new(&all, Some(&payer.pubkey()));
    let mut signers = vec![&payer, authority];
    if signer.pubkey() != authority.pubkey()
        && instruction.accounts.iter().any(|m| m.pubkey == signer.pubkey())
    {
        signers.push(signer);
    }
    let transaction = Transaction::new(&signers, message, blockhash.into());
    world.svm.vm.expire_blockhash();
    match world.svm.vm.send_transaction(transaction) {
        Ok(_) => Ok(()),
        Err(failed) => Err(Failure { error: failed.err, logs: failed.meta.logs }.plimsoll()),
    }
}

/// A change of the parameter from one value to another.
fn change_of(concern: Concern, asset: u8, name: &str, before: i64, after: i64) -> Change {
    let fields = vec![field(parameter_id(concern, name).expect("a parameter"), before, after)];
    Change::Parameters { asset, ramp_seconds: 0, fields }
}

fn redeem_fee(before: i64, after: i64) -> Change {
    change_of(Concern::Pool, 0, "redeem_fee", before, after)
}

#[test]
fn attack_a_signature_of_a_role_that_never_expires() {
    let mut stage = Stage::new(&ALL_ROLES);
    let heir = stage.world.wallet("heir");
    let guardian = stage.world.holder(Role::Guardian);
    let handover =
        Change::Role { role: Role::Guardian as u8, before: guardian.address(), after: heir.address() };
    stage.enact(&handover);
    let fee = redeem_fee(1_000, 0);
    let waiting = stage.propose(&fee);
    let pause = stage.world.pause_instruction(u8::MAX, 1, 60);
    stage.send(pause);
    stage.world.trade(&stage.mallory, 0, BTC, 1_000_000).expect("a trade with a fee");
    let world = &mut stage.world;
    let governance = world.holder(Role::Governance);
    let reduce_only = field(parameter_id(Concern::Market, "reduce_only").expect("a parameter"), 0, 1);
    let signed = [
        (world.propose_instruction(&redeem_fee(1_000, 10_000)), Role::Governance),
        (world.cancel_instruction(waiting, &governance), Role::Governance),
        (world.cancel_instruction(waiting, &guardian), Role::Guardian),
        (world.tighten_instruction(BTC, 0, &[reduce_only]), Role::Steward),
        (world.pause_instruction(u8::MAX, 2, 60), Role::Guardian),
        (world.unpause_instruction(u8::MAX), Role::Guardian),
        (world.collect_fees_instruction(BTC, 1), Role::FeeCollector),
    ];
    let mut signed: Vec<(Instruction, Keypair)> =
        signed.into_iter().map(|(i, role)| (i, world.holder(role).key)).collect();
    signed.push((world.accept_role_instruction(&heir, Role::Guardian), heir.key));

    let authority = Keypair::new_from_array([8; 32]);
    world.svm.set_lamports(authority.pubkey(), 1_000_000_000);
    let nonce = create_nonce(world, &authority);
    let launch = (world.launch_instruction(), governance.key);
    for (instruction, key) in signed.iter().chain([&launch]) {
        let before = Snapshot::take(&world.svm);
        let refused = send_durably(world, nonce, &authority, instruction, key);
        assert_eq!(refused, Err(Some(PlimsollError::DurableNonce)), "{instruction:?}");
        // The runtime keeps the nonce advanced and the fee paid; the program changes nothing.
        before.diff(&world.svm).without_fee().except(&[nonce]).assert_nothing();
    }
    // The same instructions go through without the nonce; and with it, what no role signs.
    let deposit = world.deposit_instruction(&stage.mallory, 0, USDC, USD as u64);
    let durable = send_durably(world, nonce, &authority, &deposit, &stage.mallory.key);
    assert_eq!(durable, Ok(()), "a nonce that works");
    for (instruction, key) in &signed {
        let snapshot = Snapshot::take(&world.svm);
        world.svm.send(std::slice::from_ref(instruction), &[key]).unwrap_or_else(|f| panic!("{f:#?}"));
        snapshot.restore(&mut world.svm);
    }
}

/// Nor can the pool be created by a signature that never expires.
#[test]
fn attack_creating_the_pool_by_a_durable_nonce() {
    let mut world = World::bare();
    let founder = world.wallet("founder");
    let clearinghouse = addresses::clearinghouse(&founder.address());
    let [governance, steward, guardian, fee_collector] = [founder.address(); 4];
    let create = ix::create_clearinghouse::instruction(
        &ix::create_clearinghouse::Accounts {
            creator: governance,
            settlement_mint: world.assets[0].mint,
            clearinghouse,
            risk_board: addresses::risk_board(&clearinghouse),
            window: addresses::outflow_window(&clearinghouse),
        },
        &ix::create_clearinghouse::Args {
            roles: RoleHolders { governance, steward, guardian, fee_collector },
            terms: presets::clearinghouse(),
        },
        &[],
    );
    world.must(create, &founder);
    let pool = addresses::liquidity_pool(&clearinghouse);
    let create_pool = ix::create_pool::instruction(
        &ix::create_pool::Accounts {
            governance,
            clearinghouse,
            pool,
            share_mint: addresses::share_mint(&pool),
            fund: addresses::insurance_fund(&clearinghouse),
        },
        &ix::create_pool::Args { terms: PoolTerms { redeem_fee: presets::REDEEM_FEE } },
        &[],
    );
    let authority = Keypair::new_from_array([8; 32]);
    world.svm.set_lamports(authority.pubkey(), 1_000_000_000);
    let nonce = create_nonce(&mut world, &authority);
    let before = Snapshot::take(&world.svm);
    let refused = send_durably(&mut world, nonce, &authority, &create_pool, &founder.key);
    assert_eq!(refused, Err(Some(PlimsollError::DurableNonce)));
    before.diff(&world.svm).without_fee().except(&[nonce]).assert_nothing();
    world.must(create_pool, &founder);
}

#[test]
fn attack_a_proposal_signed_long_ago() {
    let mut stage = Stage::new(&[Role::Governance]);
    let change = redeem_fee(1_000, 10_000);
    // As it was signed: to be executed within two weeks after its wait.
    let propose = stage.world.propose_until(&change, stage.world.svm.now() + WAIT + DAY);
    stage.pass(DAY);
    let failure = stage.try_send(&[propose]).unwrap_err();
    assert_eq!(failure.plimsoll(), Some(PlimsollError::ExpiryOutOfRange));
    // Nor can it be signed for later than that.
    let propose = stage.world.propose_until(&change, stage.world.svm.now() + WAIT + 14 * DAY + 1);
    assert_eq!(stage.try_send(&[propose]).unwrap_err().plimsoll(), Some(PlimsollError::ExpiryOutOfRange));
    // One that has waited too long is void.
    let at = stage.propose(&change);
    stage.pass(WAIT + DAY + 1);
    let execute = stage.world.execute_instruction(at, &change);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeExpired));
}

#[test]
fn attack_a_change_from_before_the_launch() {
    let mut world = World::bare();
    let (key, change) = (world.governance.key.insecure_clone(), redeem_fee(1_000, 10_000));
    let (at, now) = (world.next_change(), world.svm.now());
    let propose = world.propose_until(&change, now + 14 * DAY);
    world.send(&[propose], &[&key]).expect("a proposal");
    world.launch();
    for seconds in [0, WAIT, LONG_WAIT] {
        world.svm.advance(seconds);
        let execute = world.execute_instruction(at, &change);
        let refused = world.send(&[execute], &[]).unwrap_err();
        assert_eq!(refused.plimsoll(), Some(PlimsollError::ChangeStale));
    }
    let launch = world.launch_instruction();
    assert_eq!(world.send(&[launch], &[&key]).unwrap_err().plimsoll(), Some(PlimsollError::AlreadyLaunched));
}

#[test]
fn attack_a_change_of_what_has_changed_meanwhile() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward]);
    // The steward has tightened what was to be loosened.
    let cap = stage.world.bank(USDC).terms.deposit_cap as i64;
    let more = change_of(Concern::Bank, USDC, "deposit_cap", cap, 2 * cap);
    let at = stage.propose(&more);
    let Change::Parameters { mut fields, .. } = more.clone() else { unreachable!() };
    fields[0].after = cap / 2;
    let tighten = stage.world.tighten_instruction(USDC, 0, &fields);
    stage.send(tighten);
    stage.pass(WAIT);
    let execute = stage.world.execute_instruction(at, &more);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeStale));
    // Somebody else holds the role that was to be handed over.
    let guardian = stage.world.holder(Role::Guardian).address();
    let heirs = ["first heir", "second heir"].map(|name| stage.world.wallet(name));
    let hand_to =
        |before, heir: &Wallet| Change::Role { role: Role::Guardian as u8, before, after: heir.address() };
    let [first, second] = [hand_to(guardian, &heirs[0]), hand_to(guardian, &heirs[1])];
    let (first_at, second_at) = (stage.propose(&first), stage.propose(&second));
    stage.pass(LONG_WAIT);
    stage.execute(first_at, &first);
    let accept = stage.world.accept_role_instruction(&heirs[0], Role::Guardian);
    stage.world.must(accept, &heirs[0]);
    let execute = stage.world.execute_instruction(second_at, &second);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeStale));
    // A second nomination replaces the first.
    let third = hand_to(heirs[0].address(), &heirs[1]);
    let burn =
        Change::Role { role: Role::Guardian as u8, before: heirs[0].address(), after: Address::default() };
    stage.enact_all(&[third, burn]);
    let accept = stage.world.accept_role_instruction(&heirs[1], Role::Guardian);
    let refused = stage.world.send(&[accept], &[&heirs[1].key]).unwrap_err();
    assert_eq!(refused.plimsoll(), Some(PlimsollError::NotNominee));
    let pause = stage.world.pause_instruction(u8::MAX, 1, 60);
    let old = Wallet::new("governance guardian");
    assert_eq!(
        stage.world.send(&[pause], &[&old.key]).unwrap_err().plimsoll(),
        Some(PlimsollError::NotGuardian)
    );
}

#[test]
fn attack_shortening_the_wait() {
    let mut deployment = Deployment::default();
    deployment.terms.change_delay_seconds = 10 * DAY as u32;
    deployment.terms.oracle_delay_seconds = 10 * DAY as u32;
    let mut world =
        World::deployed_by("governance", Svm::new(), deployment).with(&presets::standard()).launched();
    let key = world.governance.key.insecure_clone();
    let delay = |after: i64| change_of(Concern::Clearinghouse, 0, "change_delay_seconds", 10 * DAY, after);
    let too_short = world.propose_instruction(&delay(2 * DAY - 1));
    let refused = world.send(&[too_short], &[&key]).unwrap_err();
    assert_eq!(refused.plimsoll(), Some(PlimsollError::ParameterOutOfBounds));

    let (shorten, fee) = (delay(2 * DAY), redeem_fee(1_000, 10_000));
    let shorten_at = world.next_change();
    let propose = world.propose_instruction(&shorten);
    world.send(&[propose], &[&key]).expect("a proposal");
    world.svm.advance(9 * DAY);
    let fee_at = world.next_change();
    let propose = world.propose_instruction(&fee);
    world.send(&[propose], &[&key]).expect("a proposal");
    let executed = |world: &mut World, at, change: &Change| {
        let execute = world.execute_instruction(at, change);
        world.send(&[execute], &[]).map(|_| ()).map_err(|f| f.plimsoll())
    };
    let waits = Err(Some(PlimsollError::ChangeWaits));
    world.svm.advance(DAY - 1);
    assert_eq!(executed(&mut world, shorten_at, &shorten), waits, "the old wait, for itself too");
    world.svm.advance(1);
    assert_eq!(executed(&mut world, shorten_at, &shorten), Ok(()));
    // What was proposed a day before still waits for nine days more.
    for _ in 0..9 {
        assert_eq!(executed(&mut world, fee_at, &fee), waits);
        world.svm.advance(DAY);
    }
    assert_eq!(executed(&mut world, fee_at, &fee), Ok(()));
}

/// A nomination lapses two weeks after it took effect; another one waits anew.
#[test]
fn attack_accepting_a_role_years_later() {
    let mut stage = Stage::new(&[Role::Governance]);
    let guardian = stage.world.holder(Role::Guardian);
    let mallory = stage.mallory.address();
    let change = Change::Role { role: Role::Guardian as u8, before: guardian.address(), after: mallory };
    stage.enact(&change);
    let accept = |stage: &mut Stage| {
        let accept = stage.world.accept_role_instruction(&stage.mallory, Role::Guardian);
        stage.try_send(&[accept]).map(|_| ()).map_err(|failure| failure.plimsoll())
    };
    for seconds in [CHANGE_VALID_SECONDS_MAX + 1, 365 * DAY] {
        stage.world.svm.advance(seconds);
        assert_eq!(accept(&mut stage), Err(Some(PlimsollError::ChangeExpired)));
    }
    let pause = stage.world.pause_instruction(u8::MAX, 1, 60);
    stage.world.must(pause, &guardian);
    let at = stage.propose(&change);
    stage.pass(LONG_WAIT - 1);
    let execute = stage.world.execute_instruction(at, &change);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeWaits));
    assert_eq!(accept(&mut stage), Err(Some(PlimsollError::ChangeExpired)));
    stage.pass(1);
    stage.execute(at, &change);
    stage.world.svm.advance(CHANGE_VALID_SECONDS_MAX);
    assert_eq!(accept(&mut stage), Ok(()), "in the last second");
}

/// Whoever was nominated before the launch can't accept after it.
#[test]
fn attack_a_nomination_from_before_the_launch() {
    let mut world = World::bare();
    let mallory = world.wallet("mallory");
    for role in ALL_ROLES {
        let before = world.holder(role).address();
        world.enact(&Change::Role { role: role as u8, before, after: mallory.address() });
    }
    world.launch();
    for role in ALL_ROLES {
        let accept = world.accept_role_instruction(&mallory, role);
        let refused = world.send(&[accept], &[&mallory.key]).unwrap_err();
        assert_eq!(refused.plimsoll(), Some(PlimsollError::NotNominee), "{role:?}");
    }
}
