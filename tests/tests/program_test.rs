//! The main flow through `solana-program-test`: the same program, transactions and accounts in a
//! bank with every feature on, and the same balances in the end.
//!
//! The flow runs in the world of all other tests, which keeps a journal of it. The bank does
//! what the journal says: so no account list is written twice, and every transaction must end as
//! it did there.

use plimsoll_client::addresses::TOKEN_PROGRAM;
use plimsoll_client::{Event, logs};
use plimsoll_testkit::journal::Step;
use plimsoll_testkit::svm::{Svm, program_path};
use plimsoll_testkit::{World, presets};
use plimsoll_tests::scene::settlement;
use solana_account::{Account, AccountSharedData};
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_sdk_ids::bpf_loader;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;

const USDC: u8 = 0;
const MICRO: u64 = 1_000_000;

/// Creates, lists, refreshes, deposits, trades, crashes, liquidates, withdraws and redeems; one
/// withdrawal is refused.
fn main_flow() -> World {
    let mut world = World::created_by("governance", Svm::recorded()).with(&presets::standard()).launched();
    let (sol, btc, eth) = (world.asset("SOL"), world.asset("BTC"), world.asset("ETH"));
    world.set_prices(&[(sol, 15_0000_0000), (btc, 8_000_0000_0000), (eth, 200_0000_0000)]);
    let (provider, alice, bob) = (world.wallet("provider"), world.wallet("alice"), world.wallet("bob"));
    let keeper = world.wallet("keeper");
    world.capitalise(&provider, 1_000_000 * MICRO);
    let account = world.open_account(&alice, 0);
    world.open_account(&bob, 0);
    let keeper_account = world.open_account(&keeper, 0);
    world.fund(&alice, 0, USDC, 9_000 * MICRO);
    world.fund(&alice, 0, sol, 20_000_000_000);
    world.fund(&bob, 0, USDC, 5_000 * MICRO);
    world.trade(&alice, 0, btc, 10_0000_0000).expect("alice buys");
    world.trade(&bob, 0, eth, -50_0000_0000).expect("bob sells");

    let all = world.withdraw_instruction(&alice, 0, USDC, 9_000 * MICRO);
    world.send(&[all], &[&alice.key]).expect_err("margin is needed");
    world.set_prices(&[(sol, 14_0000_0000), (btc, 7_400_0000_0000), (eth, 190_0000_0000)]);
    let outcome = world.liquidate(account, keeper_account, btc).expect("the crash sinks alice");
    assert!(matches!(outcome.events[..], [Event::Liquidated(_)]), "{:?}", outcome.events);

    world.trade(&bob, 0, eth, 50_0000_0000).expect("bob buys back");
    for (wallet, amount) in
        [(&bob, settlement(&world.margin(&bob, 0))), (&keeper, settlement(&world.margin(&keeper, 0)))]
    {
        world.give(wallet, USDC, 0);
        let withdraw = world.withdraw_instruction(wallet, 0, USDC, amount.unsigned_abs());
        world.must(withdraw, wallet);
    }
    let redeem = world.redeem_instruction(&provider, 10_000 * MICRO, 1);
    world.must(redeem, &provider);
    world
}

#[tokio::test]
async fn a_bank_with_all_features_ends_with_the_same_balances() {
    let mut world = main_flow();
    let journal = world.svm.journal.take().expect("the world was recorded");
    let mut context = bank().await;
    for (number, step) in journal.into_iter().enumerate() {
        match step {
            Step::Account(address, account) => {
                context.set_account(&address, &AccountSharedData::from(account))
            }
            Step::Time(unix_time) => set_time(&mut context, unix_time).await,
            Step::Transaction { instructions, signers, result } => {
                let again = send(&mut context, &instructions, &signers).await;
                assert_eq!(again, result, "step {number}");
            }
        }
    }
    let mut compared = 0;
    for owner in [plimsoll::ID, TOKEN_PROGRAM] {
        for (address, expected) in world.svm.vm.get_program_accounts(&owner) {
            let account = context.banks_client.get_account(address).await.expect("the bank answers");
            let account = account.unwrap_or_else(|| panic!("no account at {address}"));
            assert_eq!((account.owner, account.lamports), (expected.owner, expected.lamports), "{address}");
            assert_eq!(account.data, expected.data, "{address}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} accounts compared");
}

/// A bank with the compiled program.
async fn bank() -> ProgramTestContext {
    let mut test = ProgramTest::default();
    // It has switched on the log of everything the runtime does.
    log::set_max_level(log::LevelFilter::Off);
    let data = std::fs::read(program_path()).expect("the program has been built");
    let program =
        Account { lamports: 10_000_000_000, data, owner: bpf_loader::ID, executable: true, rent_epoch: 0 };
    test.add_account(plimsoll::ID, program);
    test.start_with_context().await
}

async fn set_time(context: &mut ProgramTestContext, unix_time: i64) {
    let mut clock: Clock = context.banks_client.get_sysvar().await.expect("the bank has a clock");
    clock.unix_timestamp = unix_time;
    context.set_sysvar(&clock);
}

/// Sends a transaction under a blockhash of its own: some are sent more than once.
async fn send(
    context: &mut ProgramTestContext,
    instructions: &[Instruction],
    signers: &[Keypair],
) -> Result<Vec<Event>, TransactionError> {
    let blockhash = context.get_new_latest_blockhash().await.expect("the bank makes blockhashes");
    let signers: Vec<&Keypair> = signers.iter().collect();
    let payer = signers[0].pubkey();
    let transaction = Transaction::new_signed_with_payer(instructions, Some(&payer), &signers, blockhash);
    let done =
        context.banks_client.process_transaction_with_metadata(transaction).await.expect("the bank answers");
    done.result?;
    let log = done.metadata.expect("a transaction that was processed has metadata").log_messages;
    Ok(logs::events(log.iter().map(String::as_str)).events)
}
