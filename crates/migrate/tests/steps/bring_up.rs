//! From nothing to a launched deployment in other hands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll::params::Change;
use plimsoll::state::{Bank, Clearinghouse, LiquidityPool, Market, RiskBoard};
use plimsoll_client::addresses;
use plimsoll_client::chain::Chain;
use plimsoll_client::decode::DISCRIMINATOR_BYTES;
use plimsoll_migrate::local::{bring_up, vaults};
use plimsoll_migrate::run::{End, Problem, Signers};
use plimsoll_testkit::presets::Deployment;
use plimsoll_testkit::{Svm, Wallet, World, tokens};
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::stage::{Stage, listings, steps};

/// The same deployment, by the testkit.
fn world(stage: &mut Stage) -> World {
    let listings = listings();
    let deployment = Deployment {
        terms: listings.clearinghouse,
        pool: listings.pool,
        settlement: listings.settlement.collateral,
    };
    let mut world = World::deployed_by("governance", Svm::new(), deployment);
    stage.places.settlement_mint = world.assets[0].mint;
    for (listing, place) in listings.assets.iter().zip(&mut stage.places.assets) {
        let kind = plimsoll::oracle::OracleKind::PythPull;
        let index = world.add_asset(&listing.symbol, listing.decimals, kind, true);
        let asset = &world.assets[index as usize];
        place.mint = asset.mint;
        (place.source.oracle, place.source.feed_id) = (asset.oracle, asset.feed_id);
        world.enact(&Change::Asset(listing.params(place.source)));
        world.list_collateral(index, listing.collateral);
        world.list_market(index, listing.market);
    }
    for asset in &world.assets {
        stage.local.with(|svm| {
            svm.set_account(asset.mint, tokens::mint(asset.decimals, &world.governance.address()))
        });
    }
    world.launched()
}

#[test]
fn the_steps_alone_make_the_deployment_that_the_testkit_makes() {
    let mut stage = Stage::new();
    let world = world(&mut stage);
    for name in ["1", "2", "3", "4"] {
        let (end, text) = stage.apply(name);
        assert_eq!(end, Ok(End::Done), "{text}");
    }
    let (made, house) = (&stage, world.clearinghouse);
    assert_eq!(stage.house(), house);
    let mut clearinghouse: Clearinghouse = made.read(&house);
    let expected = world.clearinghouse_account();
    clearinghouse.roles = expected.roles;
    assert_eq!(bytemuck::bytes_of(&clearinghouse), bytemuck::bytes_of(&expected));
    let board: RiskBoard = made.read(&world.board_address());
    assert_eq!(bytemuck::bytes_of(&board), bytemuck::bytes_of(&world.board()));
    let pool: LiquidityPool = made.read(&world.pool_address());
    assert_eq!(bytemuck::bytes_of(&pool), bytemuck::bytes_of(&world.pool()));
    for asset in &world.assets {
        let bank: Bank = made.read(&world.bank_address(asset.index));
        assert_eq!(bytemuck::bytes_of(&bank), bytemuck::bytes_of(&world.bank(asset.index)));
        if asset.is_market {
            let market: Market = made.read(&world.market_address(asset.index));
            assert_eq!(bytemuck::bytes_of(&market), bytemuck::bytes_of(&world.market(asset.index)));
        }
    }
}

#[test]
fn a_second_run_does_nothing() {
    let mut stage = Stage::launched();
    let before = stage.accounts();
    for name in ["1", "2", "3", "4"] {
        let (end, text) = stage.apply(name);
        assert_eq!(end, Ok(End::Done));
        assert!(text.ends_with(": nothing to do\n"), "{text}");
    }
    assert_eq!(stage.accounts(), before);
}

#[test]
fn a_dry_run_sends_nothing_and_prints_transactions_that_do_it() {
    let mut stage = Stage::new();
    for name in ["1", "2", "3"] {
        let (before, step) = (stage.accounts(), stage.named(name));
        let (end, text) = stage.dry(&step);
        assert_eq!(end, Ok(End::Left));
        assert_eq!(stage.accounts(), before);
        let printed = |label: &str| -> Vec<String> {
            text.lines()
                .filter_map(|line| line.trim().strip_prefix(label))
                .map(|t| t.trim().to_string())
                .collect()
        };
        let (transactions, messages) = (printed("transaction "), printed("message "));
        assert_eq!(transactions.len(), messages.len());
        for (transaction, message) in transactions.iter().zip(messages) {
            let wire = STANDARD.decode(transaction).unwrap();
            assert!(wire.len() <= plimsoll_testkit::svm::TRANSACTION_BYTES_MAX);
            let mut transaction: Transaction = bincode::deserialize(&wire).unwrap();
            assert_eq!(bs58::decode(message).into_vec().unwrap(), transaction.message.serialize());
            assert_eq!(transaction.message.header.num_required_signatures, 1);
            let hash = stage.local.chain.latest_blockhash().unwrap().hash;
            transaction.sign(&[&stage.operator.key], hash);
            let signature = stage.local.chain.send(&transaction.into()).unwrap();
            let landed = stage.local.chain.transaction(&signature).unwrap().unwrap();
            assert_eq!(landed.error, None);
        }
        let (end, text) = stage.dry(&step);
        assert_eq!(end, Ok(End::Done), "{text}");
    }
}

#[test]
fn transactions_for_a_vault_are_paid_and_signed_by_it_alone() {
    let mut stage = Stage::new();
    let vault = addresses::associated_token_account(&stage.operator.address(), &plimsoll::ID);
    stage.places.creator = None;
    let signers = Signers { authority: Some(vault), ..Signers::default() };
    let (end, text) = stage.run(&stage.named("1"), signers);
    assert_eq!(end, Ok(End::Left));
    assert_eq!(text.matches(&format!("signs         {vault} (creator)")).count(), 2, "{text}");
    // Even with a keypair at hand what the vault signs is only printed.
    let stranger = Wallet::new("stranger");
    let signers =
        Signers { keypair: Some(stranger.key.insecure_clone()), authority: Some(vault), apply: true };
    let (end, text) = stage.run(&stage.named("1"), signers);
    assert_eq!(end, Ok(End::Left));
    assert_eq!(text.matches("   transaction   ").count(), 2, "{text}");
    assert!(stage.accounts().is_empty());
}

#[test]
fn from_nothing_to_roles_in_other_hands() {
    let mut out = Vec::new();
    assert_eq!(bring_up(&steps(), &mut out), Ok(End::Done));
    let text = String::from_utf8(out).unwrap();
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    assert!(last.iter().all(|line| line.ends_with("nothing to do")), "{last:?}");
    for vault in vaults() {
        assert!(text.contains(&format!("{} (nominee)", vault.key.pubkey())));
    }
}

#[test]
fn a_launch_waits_for_the_listings() {
    let mut stage = Stage::new();
    stage.apply("1").0.unwrap();
    let (end, _) = stage.apply("3");
    assert_eq!(end, Err(Problem::Input("0003_launch: 0002_list is not finished: apply 2 first".into())));
    stage.steps.retain(|step| step.number == 2);
    let step = steps().remove(1);
    let mut nowhere = Stage::new();
    let (end, _) = nowhere.apply_step(&step);
    assert!(matches!(end, Err(Problem::Input(text)) if text.contains("there is no clearinghouse of")));
}

/// Writes more capital into the pool's account.
fn add_capital(stage: &mut Stage, amount: i64) {
    let address = addresses::liquidity_pool(&stage.house());
    let mut account = stage.local.with(|svm| svm.account(&address));
    let mut pool: LiquidityPool = stage.read(&address);
    pool.unallocated += amount;
    pool.book_capital += amount;
    account.data[DISCRIMINATOR_BYTES..].copy_from_slice(bytemuck::bytes_of(&pool));
    stage.local.with(|svm| svm.set_account(address, account));
}

#[test]
fn each_market_gets_its_share_of_the_pool_and_drift_of_little_is_left() {
    let mut stage = Stage::launched();
    add_capital(&mut stage, 1_000_000_000);
    let (end, text) = stage.apply("4");
    assert_eq!(end, Ok(End::Done), "{text}");
    assert!(
        text.contains("BTC market: its share of the pool\n     capital  0 -> 400,000,000 micro-USD"),
        "{text}"
    );
    assert!(
        text.contains("SOL market: its share of the pool\n     capital  0 -> 50,000,000 micro-USD"),
        "{text}"
    );
    assert!(text.contains("(anyone)"), "{text}");
    assert_eq!(stage.sol().capital, 50_000_000);
    // A win of the pool's that is a ten-thousandth of a share.
    add_capital(&mut stage, 100_000);
    assert_eq!(stage.apply("4").0, Ok(End::Done));
    assert_eq!(stage.sol().capital, 50_000_000);
}
