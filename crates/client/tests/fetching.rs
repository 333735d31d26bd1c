//! What is read of a deployment is what is there, and what is not there is said in one line.
use bytemuck::bytes_of;
use plimsoll_client::fetch::{self, FetchError};
use plimsoll_client::snapshot::{OracleAccount, Snapshot};
use plimsoll_client::{addresses, chain::Chain};
use plimsoll_testkit::{SvmChain, Wallet, World, presets, pyth, svm};
use solana_address::Address;

const BTC: u8 = 2;
const PRICE: i64 = 5_000_000_000_000;

fn chain() -> SvmChain {
    let mut world = World::standard();
    world.set_price(BTC, PRICE);
    SvmChain::new(world)
}

fn fetched(chain: &SvmChain) -> Snapshot {
    let clearinghouse = chain.with(|world| world.clearinghouse);
    Snapshot::fetch(chain, &clearinghouse).unwrap()
}

#[test]
fn a_snapshot_is_what_the_chain_has() {
    let chain = chain();
    let snapshot = fetched(&chain);
    assert_eq!(snapshot.slot, chain.block_height().unwrap().slot);
    let world = chain.into_inner();
    assert_eq!(snapshot.unix_time, svm::GENESIS + 1);
    assert_eq!(snapshot.address, world.clearinghouse);
    assert_eq!(bytes_of(&snapshot.clearinghouse), bytes_of(&world.clearinghouse_account()));
    assert_eq!(bytes_of(&*snapshot.board), bytes_of(&world.board()));
    assert_eq!(bytes_of(&snapshot.pool.unwrap()), bytes_of(&world.pool()));
    assert_eq!(bytes_of(&snapshot.insurance.unwrap()), bytes_of(&world.fund_account()));
    assert_eq!(snapshot.assets.len(), 4);
    for (asset, accounts) in (0u8..).zip(&snapshot.assets) {
        let (address, bank) = accounts.bank.unwrap();
        assert_eq!((address, bytes_of(&bank)), (world.bank_address(asset), bytes_of(&world.bank(asset))));
        let market = accounts.market.map(|(address, market)| (address, bytes_of(&market).to_vec()));
        let expected =
            (asset != 0).then(|| (world.market_address(asset), bytes_of(&world.market(asset)).to_vec()));
        assert_eq!(market, expected);
    }
    let oracle = world.svm.account(&world.assets[usize::from(BTC)].oracle);
    let expected = OracleAccount { owner: pyth::RECEIVER.into(), data: oracle.data };
    assert_eq!(snapshot.assets[usize::from(BTC)].oracle, Some(expected));
    // The settlement token has no oracle, and nobody has published a price of SOL yet.
    assert_eq!((&snapshot.assets[0].oracle, &snapshot.assets[1].oracle), (&None, &None));
}

#[test]
fn reading_again_sees_what_has_changed() {
    let chain = chain();
    let first = fetched(&chain);
    chain.with(|world| world.set_price(BTC, PRICE + 1));
    let second = first.again(&chain).unwrap();
    chain.with(|world| assert_eq!(bytes_of(&*second.board), bytes_of(&world.board())));
    assert_ne!(bytes_of(&*first.board), bytes_of(&*second.board));
}

#[test]
fn reading_again_finds_what_has_been_listed_since() {
    let world = World::bare().with(&presets::standard()[..1]);
    let chain = SvmChain::new(world);
    let first = fetched(&chain);
    chain.with(|world| {
        let listing = presets::standard()[1];
        let index = world.list_asset(&listing);
        world.list_collateral(index, listing.collateral.unwrap());
    });
    let accounts = chain.accounts(&first.places().list()).unwrap();
    assert_eq!(Snapshot::read(&first.places(), &accounts).err(), Some(FetchError::Changed));
    let second = first.again(&chain).unwrap();
    assert_eq!((first.assets.len(), second.assets.len()), (2, 3));
    assert!(second.assets[2].bank.is_some() && second.assets[2].market.is_none());
}

#[test]
fn what_is_not_there_is_named() {
    let chain = chain();
    let nowhere = Address::new_from_array([7; 32]);
    let missing = Snapshot::fetch(&chain, &nowhere).err().unwrap();
    assert_eq!(missing, FetchError::Nothing { what: "clearinghouse", address: nowhere });
    assert_eq!(
        missing.to_string(),
        format!("no clearinghouse at {nowhere}: check the address, and that this is the right cluster")
    );
    let wallet = chain.with(|world| world.wallet("alice").address());
    assert_eq!(
        fetch::margin_account(&chain, &wallet).err().unwrap().to_string(),
        format!(
            "{wallet} is no margin account: it belongs to {}, and not to the program {}",
            Address::default(),
            addresses::PROGRAM
        )
    );
    let board = chain.with(|world| world.board_address());
    assert_eq!(
        fetch::margin_account(&chain, &board).err().unwrap().to_string(),
        format!("{board}: expected MarginAccount, found RiskBoard: check the address")
    );
}

#[test]
fn accounts_of_another_release_are_refused() {
    let chain = chain();
    let clearinghouse = chain.with(|world| {
        let mut account = world.svm.account(&world.clearinghouse);
        let at = 8 + std::mem::offset_of!(plimsoll_client::program::state::Clearinghouse, layout_version);
        account.data[at..at + 4].copy_from_slice(&9u32.to_le_bytes());
        world.svm.set_account(world.clearinghouse, account);
        world.clearinghouse
    });
    assert_eq!(Snapshot::fetch(&chain, &clearinghouse).err(), Some(FetchError::Version { found: 9 }));
}

#[test]
fn margin_accounts_are_found_by_owner_and_by_clearinghouse() {
    let mut world = World::standard();
    let [alice, bob] = ["alice", "bob"].map(|name| world.wallet(name));
    let mut all =
        vec![world.open_account(&alice, 0), world.open_account(&alice, 5), world.open_account(&bob, 0)];
    let mut alices = all[..2].to_vec();
    all.sort();
    alices.sort();
    let house = world.clearinghouse;
    let mut rival = world.rival("rival", &presets::standard());
    let stranger = rival.open_account(&alice, 0);
    let chain = SvmChain::new(rival);
    let of = |house: &Address, owner: Option<&Wallet>| -> Vec<Address> {
        let owner = owner.map(Wallet::address);
        let found = fetch::margin_accounts(&chain, house, owner.as_ref()).unwrap();
        found.value.into_iter().map(|(address, _)| address).collect()
    };
    assert_eq!(of(&house, None), all);
    assert_eq!(of(&house, Some(&alice)), alices);
    assert_eq!(of(&chain.with(|world| world.clearinghouse), Some(&alice)), [stranger]);
    let state = fetch::margin_account(&chain, &alices[0]).unwrap().value;
    assert_eq!((state.owner, state.clearinghouse), (alice.address(), house));
}
