//! A transaction brings the prices it needs, and no others.
use plimsoll_client::program::oracle::Refusal;
use plimsoll_client::program::state::MarginState;
use plimsoll_client::refresh::{self, LANDING_SECONDS, Purpose};
use plimsoll_client::risk::policy::Action;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{Event, fetch};
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::pyth::Quote;
use plimsoll_testkit::{SvmChain, Wallet, World};

const NOTHING: [u8; 0] = [];
const USDC: u8 = 0;
const SOL: u8 = 1;
const BTC: u8 = 2;
/// Its oracle is a legacy one.
const ETH: u8 = 3;
const PRICES: [(u8, i64); 3] = [(SOL, 15_000_000_000), (BTC, 6_000_000_000_000), (ETH, 300_000_000_000)];
/// Seconds of age up to which a price may increase risk.
const FRESH: i64 = 30;
/// Up to which it may be used at all.
const EXPIRY: i64 = 120;

/// Alice has USDC and SOL and is long BTC; the pool stands against her. All prices are of this second.
fn world() -> (World, Wallet) {
    let mut world = World::standard();
    world.set_prices(&PRICES);
    let provider = world.wallet("provider");
    world.capitalise(&provider, 1_000_000_000_000);
    let alice = world.wallet("alice");
    world.open_account(&alice, 0);
    world.fund(&alice, 0, USDC, 10_000_000_000);
    world.fund(&alice, 0, SOL, 10_000_000_000);
    world.trade(&alice, 0, BTC, 10_000_000).unwrap();
    (world, alice)
}

/// What an action needs of an account.
type Read = for<'a> fn(&'a MarginState) -> Purpose<'a>;

struct Scene {
    chain: SvmChain,
    alice: Wallet,
}

impl Scene {
    fn new() -> Self {
        let (world, alice) = world();
        Self { chain: SvmChain::new(world), alice }
    }

    fn snapshot(&self) -> Snapshot {
        let clearinghouse = self.chain.with(|world| world.clearinghouse);
        Snapshot::fetch(&self.chain, &clearinghouse).unwrap()
    }

    fn account(&self) -> MarginState {
        let address = self.chain.with(|world| world.account_address(&self.alice, 0));
        fetch::margin_account(&self.chain, &address).unwrap().value
    }

    /// Time passes, and then the oracles of `assets` publish.
    fn later(&self, seconds: i64, assets: &[u8]) {
        self.chain.pass(u32::try_from(seconds).unwrap());
        self.chain.with(|world| {
            for (asset, price) in PRICES.iter().filter(|(asset, _)| assets.contains(asset)) {
                world.publish(*asset, *price);
            }
        });
    }

    /// The rows that buying ETH needs.
    fn for_eth(&self) -> Vec<u8> {
        let (snapshot, account) = (self.snapshot(), self.account());
        let purpose = Purpose::Trade { account: &account, asset: ETH, size: 1_000 };
        refresh::needed(&snapshot, &[purpose], snapshot.unix_time)
    }

    fn needed(&self, purpose: Read) -> Vec<u8> {
        let (snapshot, account) = (self.snapshot(), self.account());
        refresh::needed(&snapshot, &[purpose(&account)], snapshot.unix_time)
    }
}

#[test]
fn fresh_prices_are_left_alone() {
    let scene = Scene::new();
    scene.later(FRESH - LANDING_SECONDS, &[SOL, BTC, ETH]);
    assert_eq!(scene.for_eth(), NOTHING);
}

#[test]
fn a_price_that_will_be_too_old_when_it_lands_is_too_old() {
    let scene = Scene::new();
    scene.later(FRESH - LANDING_SECONDS + 1, &[SOL, BTC, ETH]);
    assert_eq!(scene.for_eth(), [SOL, BTC, ETH]);
}

#[test]
fn only_rows_with_news_are_brought() {
    let scene = Scene::new();
    scene.later(FRESH + 1, &[BTC]);
    assert_eq!(scene.for_eth(), [BTC]);
}

#[test]
fn what_the_account_does_not_hold_is_nobodys_business() {
    let scene = Scene::new();
    scene.later(FRESH + 1, &[SOL, BTC, ETH]);
    let reduce: Read = |account| Purpose::Trade { account, asset: BTC, size: -1_000 };
    let increase: Read = |account| Purpose::Trade { account, asset: BTC, size: 1_000 };
    assert_eq!(scene.needed(increase), [SOL, BTC]);
    // Whoever reduces needs no fresh price, only one that has not expired.
    assert_eq!(scene.needed(reduce), NOTHING);
    scene.later(EXPIRY, &[SOL, BTC, ETH]);
    assert_eq!(scene.needed(reduce), [SOL, BTC]);
}

#[test]
fn a_withdrawal_without_risk_needs_no_price() {
    let scene = Scene::new();
    scene.later(FRESH + 1, &[SOL, BTC, ETH]);
    let some: Read = |account| Purpose::Withdraw { account, asset: USDC, amount: 1 };
    assert_eq!(scene.needed(some), [SOL, BTC]);

    let bob = scene.chain.with(|world| {
        let bob = world.wallet("bob");
        world.open_account(&bob, 0);
        world.fund(&bob, 0, USDC, 10_000_000_000);
        world.fund(&bob, 0, SOL, 10_000_000_000);
        bob
    });
    let scene = Scene { alice: bob, ..scene };
    let all: Read = |account| Purpose::Withdraw { account, asset: USDC, amount: 10_000_000_000 };
    assert_eq!(scene.needed(all), NOTHING);
    // Beyond the balance it would be a loan, which has to know its interest.
    let borrow: Read = |account| Purpose::Withdraw { account, asset: USDC, amount: 10_000_000_001 };
    assert_eq!(scene.needed(borrow), [USDC, SOL]);
}

#[test]
fn a_liquidation_takes_what_has_not_expired() {
    let scene = Scene::new();
    let liquidate: Read = |account| Purpose::Account { account, asset: BTC, action: Action::Liquidate };
    scene.later(EXPIRY - LANDING_SECONDS, &[SOL, BTC, ETH]);
    assert_eq!(scene.needed(liquidate), NOTHING);
    scene.later(1, &[SOL, BTC, ETH]);
    assert_eq!(scene.needed(liquidate), [SOL, BTC]);
}

#[test]
fn the_pool_depends_on_markets_with_open_interest() {
    let scene = Scene::new();
    scene.later(FRESH + 1, &[SOL, BTC, ETH]);
    assert_eq!(scene.needed(|_| Purpose::Pool), [BTC]);
    assert_eq!(scene.needed(|_| Purpose::Row { asset: ETH, action: Action::Increase }), [ETH]);
}

#[test]
fn purposes_share_their_rows() {
    let scene = Scene::new();
    scene.later(FRESH + 1, &[SOL, BTC, ETH]);
    let (snapshot, account) = (scene.snapshot(), scene.account());
    let trade = |asset| Purpose::Trade { account: &account, asset, size: 1_000 };
    let both = [trade(ETH), trade(BTC), Purpose::Pool];
    assert_eq!(refresh::needed(&snapshot, &both, snapshot.unix_time), [SOL, BTC, ETH]);
}

#[test]
fn whoever_wants_the_newest_price_gets_it() {
    let scene = Scene::new();
    let all = [USDC, SOL, BTC, ETH];
    let newer = |scene: &Scene| {
        let snapshot = scene.snapshot();
        refresh::newer(&snapshot, &all, snapshot.unix_time)
    };
    assert_eq!(newer(&scene), NOTHING);
    scene.later(1, &[SOL, ETH]);
    assert_eq!(newer(&scene), [SOL, ETH]);
}

#[test]
fn a_row_that_would_refuse_the_price_says_why() {
    let scene = Scene::new();
    scene.later(1, &[]);
    let refusal = |act: &dyn Fn(&mut World, i64)| {
        let now = scene.chain.with(|world| world.svm.now());
        scene.chain.with(|world| act(world, now));
        refresh::reading(&scene.snapshot(), BTC, now).unwrap_err()
    };
    let quote = |confidence, publish_time| Quote { price: 6_000_000, confidence, exponent: -2, publish_time };
    assert_eq!(refusal(&|world, now| world.publish_quote(BTC, quote(1, now - 1))), Refusal::NotNewer);
    assert_eq!(refusal(&|world, now| world.publish_quote(BTC, quote(1, now + 31))), Refusal::FromTheFuture);
    // 1% and no more.
    assert_eq!(refusal(&|world, now| world.publish_quote(BTC, quote(60_001, now))), Refusal::TooUncertain);
    let now = scene.chain.with(|world| world.svm.now());
    scene.chain.with(|world| world.publish_quote(BTC, quote(60_000, now)));
    assert_eq!(refresh::reading(&scene.snapshot(), BTC, now).unwrap().mantissa, 6_000_000);
    assert_eq!(refresh::reading(&scene.snapshot(), USDC, now), Err(Refusal::FixedPrice));
    assert_eq!(refresh::reading(&scene.snapshot(), 9, now), Err(Refusal::WrongAddress));
}

#[test]
fn what_is_needed_is_what_the_program_takes() {
    let scene = Scene::new();
    scene.later(FRESH + 1, &[SOL, BTC, ETH]);
    let rows = scene.for_eth();
    let instruction = refresh::instruction(&scene.snapshot(), &rows).unwrap();
    let outcome = scene.chain.with(|world| {
        let expected = world.refresh_instruction(&rows);
        assert_eq!(instruction, expected);
        let trade = world.trade_instruction(&scene.alice, &scene.alice, 0, ETH, (10_000_000, ANY_PRICE));
        let without = world.send(std::slice::from_ref(&trade), &[&scene.alice.key]).unwrap_err();
        assert_eq!(without.plimsoll().map(|e| format!("{e:?}")).as_deref(), Some("PriceAgeing"));
        world.send(&[instruction, trade], &[&scene.alice.key]).unwrap()
    });
    let refreshed = outcome.events.iter().filter(|event| matches!(event, Event::PriceRefreshed(_)));
    assert_eq!((refreshed.count(), outcome.events.len()), (3, 4));
    assert_eq!(refresh::instruction(&scene.snapshot(), &[]), None);
}
