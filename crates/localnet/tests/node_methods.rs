//! What Solana's tools ask of a node, asked of the chain that a localnet is, through Solana's own clients.

mod harness;

use harness::{Localnet, wait};
use plimsoll_client::addresses::{self, PROGRAM, TOKEN_PROGRAM};
use plimsoll_client::chain::{Chain, Commitment, Filter};
use plimsoll_client::decode::Layout;
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::instructions as ix;
use plimsoll_client::program::state::Bank;
use plimsoll_client::transaction::{Draft, Limits, Version};
use serde_json::json;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubsub_client::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcTransactionLogsConfig, RpcTransactionLogsFilter,
};
use solana_signer::Signer;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// Opens a margin account.
fn open(localnet: &Localnet, owner: &Keypair, sub_account: u16) -> Instruction {
    let (owner, clearinghouse) = (owner.pubkey(), localnet.clearinghouse());
    let account = addresses::margin_account(&clearinghouse, &owner, sub_account);
    let accounts = ix::open_account::Accounts { owner, clearinghouse, account };
    ix::open_account::instruction(&accounts, &ix::open_account::Args { sub_account, isolated_asset: 0 }, &[])
}

fn draft(payer: &Keypair, instruction: Instruction, version: Version) -> Draft {
    Draft { payer: payer.pubkey(), instructions: vec![instruction], version, limits: Limits::UNLIMITED }
}

fn has_landed(localnet: &Localnet, signature: solana_signature::Signature, commitment: Commitment) -> bool {
    let statuses = localnet.node.rpc.statuses(&[signature]).unwrap().value;
    statuses[0].as_ref().is_some_and(|status| status.commitment >= commitment)
}

#[test]
fn a_node_answers_as_solanas_tools_expect() {
    let localnet = Localnet::start();
    let rpc = &localnet.node.rpc;
    let call = |method: &str, params| localnet.node.call(method, &params).unwrap();
    assert_eq!(call("getHealth", json!([])), "ok");
    assert_eq!(rpc.genesis_hash().unwrap().to_string(), localnet.summary.genesis_hash);

    let mint: Address = localnet.asset("USDC").mint.parse().unwrap();
    let found = rpc.accounts(&[mint, Address::new_from_array([9; 32])]).unwrap().value;
    assert_eq!(found[0].as_ref().map(|account| account.owner), Some(TOKEN_PROGRAM));
    assert_eq!(found[1], None);

    let length = size_of::<Bank>() + Bank::DISCRIMINATOR.len();
    let filter = Filter { discriminator: Bank::DISCRIMINATOR, length, address_at: None };
    assert_eq!(rpc.program_accounts(&PROGRAM, &filter).unwrap().value.len(), 4);
    let house_at = Bank::DISCRIMINATOR.len();
    let of_house = Filter { address_at: Some((house_at, localnet.clearinghouse())), ..filter };
    assert_eq!(rpc.program_accounts(&PROGRAM, &of_house).unwrap().value.len(), 4);
    let of_nobody = Filter { address_at: Some((house_at, mint)), ..filter };
    assert_eq!(rpc.program_accounts(&PROGRAM, &of_nobody).unwrap().value.len(), 0);

    let blockhash = rpc.latest_blockhash().unwrap();
    let height = rpc.block_height().unwrap().value;
    assert!((height + 100..=height + 150).contains(&blockhash.last_valid_block_height));
    let valid = |hash: String| {
        call("isBlockhashValid", json!([hash, { "commitment": "processed" }]))["value"].as_bool()
    };
    assert_eq!(valid(blockhash.hash.to_string()), Some(true));
    assert_eq!(valid(Address::new_from_array([9; 32]).to_string()), Some(false));
    // The deployment was set up at the least price that is offered.
    assert!(rpc.priority_fees(&[mint]).unwrap().iter().all(|paid| *paid == FeePolicy::default().floor));

    let to = Address::new_from_array([8; 32]);
    let signature = rpc.airdrop(&to, 1_000_000).unwrap();
    assert!(wait(SOON, || has_landed(&localnet, signature, Commitment::Confirmed)));
    assert_eq!(call("getBalance", json!([to.to_string()]))["value"], 1_000_000);
}

#[test]
fn transactions_are_tried_sent_found_and_refused() {
    let localnet = Localnet::start();
    let rpc = &localnet.node.rpc;
    let payer = localnet.wallet("payer");
    let account = addresses::margin_account(&localnet.clearinghouse(), &payer.pubkey(), 0);

    let first = draft(&payer, open(&localnet, &payer, 0), Version::V0);
    let hash = rpc.latest_blockhash().unwrap().hash;
    let tried = rpc.simulate(&first.unsigned(hash).unwrap(), &[account]).unwrap();
    assert_eq!((tried.error, tried.accounts[0].as_ref().map(|account| account.owner)), (None, Some(PROGRAM)));
    assert!(tried.compute_units > 0 && !tried.logs.is_empty());

    let signature = rpc.send(&first.sign(hash, &[&payer]).unwrap()).unwrap();
    assert!(wait(SOON, || has_landed(&localnet, signature, Commitment::Confirmed)));
    let landed = rpc.transaction(&signature).unwrap().unwrap();
    assert_eq!((landed.error, landed.fee), (None, 5_000));
    assert_eq!(landed.logs, tried.logs);
    let history = rpc.history(&account, None, 10).unwrap();
    assert_eq!(history.iter().map(|landed| landed.signature).collect::<Vec<_>>(), [signature]);
    assert!(wait(SOON, || has_landed(&localnet, signature, Commitment::Finalized)));

    // The larger format, too.
    let second = draft(&payer, open(&localnet, &payer, 1), Version::V1);
    let hash = rpc.latest_blockhash().unwrap().hash;
    let signature = rpc.send(&second.sign(hash, &[&payer]).unwrap()).unwrap();
    assert!(wait(SOON, || has_landed(&localnet, signature, Commitment::Confirmed)));

    // One with a blockhash that never was is taken from those who want no look at it, and never lands.
    let lost = draft(&payer, open(&localnet, &payer, 2), Version::V0);
    let signature = rpc.send(&lost.sign(Hash::new_from_array([9; 32]), &[&payer]).unwrap()).unwrap();
    let height = rpc.block_height().unwrap().value;
    assert!(wait(SOON, || rpc.block_height().unwrap().value > height + 3));
    assert_eq!(rpc.statuses(&[signature]).unwrap().value, [None]);
}

#[test]
fn subscribers_hear_of_slots_accounts_programs_and_logs() {
    let localnet = Localnet::start();
    let url = localnet.summary.ws_url.as_str();
    let processed = Some(CommitmentConfig::processed());
    let account = RpcAccountInfoConfig { commitment: processed, ..RpcAccountInfoConfig::default() };
    let oracle: Address = localnet.asset("SOL").oracle.as_ref().unwrap().parse().unwrap();

    let (slots_end, slots) = PubsubClient::slot_subscribe(url).unwrap();
    let (oracle_end, oracles) = PubsubClient::account_subscribe(url, &oracle, Some(account.clone())).unwrap();
    let config = RpcProgramAccountsConfig { account_config: account, ..RpcProgramAccountsConfig::default() };
    let (program_end, program) = PubsubClient::program_subscribe(url, &PROGRAM, Some(config)).unwrap();
    let mentions = RpcTransactionLogsFilter::Mentions(vec![PROGRAM.to_string()]);
    let logs_config = RpcTransactionLogsConfig { commitment: processed };
    let (logs_end, logs) = PubsubClient::logs_subscribe(url, mentions, logs_config).unwrap();

    let slot = slots.recv_timeout(SOON).unwrap().slot;
    assert!(slots.recv_timeout(SOON).unwrap().slot > slot);
    localnet.control("jump SOL +1%");
    assert_eq!(oracles.recv_timeout(SOON).unwrap().value.owner.len(), 43);

    let payer = localnet.wallet("payer");
    let sent = localnet.node.send(vec![open(&localnet, &payer, 0)], &payer).unwrap();
    let account = addresses::margin_account(&localnet.clearinghouse(), &payer.pubkey(), 0);
    assert_eq!(program.recv_timeout(SOON).unwrap().value.pubkey, account.to_string());
    let told = logs.recv_timeout(SOON).unwrap().value;
    assert_eq!((told.signature, told.err), (sent.signature.to_string(), None));
    // Their end would be waited for, until each has heard something once more.
    std::mem::forget((slots_end, oracle_end, program_end, logs_end));
}
