//! What the program did, in one line each.
use plimsoll_client::program::events;
use plimsoll_client::program::state::FixedPrice;
use plimsoll_client::risk::Price;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{Event, words};
use plimsoll_testkit::{SvmChain, World, svm};
use solana_address::Address;

const USDC: u8 = 0;
const SOL: u8 = 1;
const BTC: u8 = 2;

/// What an action did, told with names and without.
fn told(world: World, act: impl FnOnce(&mut World) -> Vec<Event>) -> (World, [Vec<String>; 2]) {
    let mut world = world;
    let events = act(&mut world);
    let chain = SvmChain::new(world);
    let snapshot = Snapshot::fetch(&chain, &chain.with(|world| world.clearinghouse)).unwrap();
    let tell = |snapshot| events.iter().map(|event| words::event(event, snapshot)).collect();
    let both = [tell(Some(&snapshot)), tell(None)];
    (chain.into_inner(), both)
}

#[test]
fn a_trade_in_words() {
    let mut world = World::standard();
    world.set_price(BTC, 6_000_000_000_000);
    let provider = world.wallet("provider");
    world.capitalise(&provider, 1_000_000_000_000);
    let alice = world.wallet("alice");
    let account = world.open_account(&alice, 0);
    let (bank, market) = (world.bank_address(USDC), world.market_address(BTC));
    let (world, [named, bare]) = told(world, |world| world.fund(&alice, 0, USDC, 10_000_500_000).events);
    assert_eq!(named, [format!("account {account} deposited 10,000.5 USDC")]);
    assert_eq!(bare, [format!("account {account} deposited 10,000,500,000 native units of bank {bank}")]);

    let (world, [named, bare]) = told(world, |world| world.trade(&alice, 0, BTC, 10_000_000).unwrap().events);
    assert_eq!(
        named,
        [format!("account {account} bought 0.1 BTC for 6,003.03 USD, fee 3 USD; its position is 0.1 BTC")]
    );
    assert_eq!(
        bare,
        [format!(
            "account {account} bought 10,000,000 native units of market {market} for 6,003.03 USD, fee 3 USD; \
             its position is 10,000,000 native units of market {market}"
        )]
    );
    let (_, [named, _]) = told(world, |world| world.trade(&alice, 0, BTC, -10_000_000).unwrap().events);
    assert_eq!(
        named,
        [format!(
            "account {account} sold 0.1 BTC for 5,997.03 USD, fee 3 USD, realised -6 USD; its position is 0 BTC"
        )]
    );
}

#[test]
fn prices_in_words() {
    let mut world = World::standard();
    world.set_price(SOL, 15_012_345_678);
    let (_, [named, bare]) = told(world, |world| {
        world.svm.advance(1);
        world.publish(SOL, 15_012_345_678);
        let mut events = world.refresh(&[USDC, SOL]).unwrap().events;
        events.extend(world.refresh(&[SOL]).unwrap().events);
        events
    });
    assert_eq!(
        named,
        [
            "USDC was brought up to date",
            "SOL is at 150.123457 USD, published 2020-03-12T00:00:02Z",
            "SOL keeps its price: The row already holds a price at least as new. Nothing to do, or post a newer \
             update.",
        ]
    );
    assert_eq!(bare[1], "asset 1 is at 0 USD per native unit, published 2020-03-12T00:00:02Z");
}

#[test]
fn governance_in_words() {
    let clearinghouse = Address::new_from_array([1; 32]);
    let by = Address::new_from_array([2; 32]);
    let paused = |scope, groups| {
        let until = svm::GENESIS + 3_600;
        words::event(&Event::Paused(events::Paused { clearinghouse, by, until, scope, groups }), None)
    };
    assert_eq!(
        paused(255, 9),
        format!("deposits, larger positions of every asset are paused until 2020-03-12T01:00:00Z, by {by}")
    );
    assert!(paused(3, 2).starts_with("withdrawals of asset 3 are paused until"));
    let proposed = events::ChangeProposed {
        clearinghouse,
        change: by,
        ready_at: svm::GENESIS,
        expires_at: i64::MAX,
        id: 7,
        kind: 5,
        asset: 1,
        padding: [0; 2],
    };
    assert_eq!(
        words::event(&Event::ChangeProposed(proposed), None),
        "change 7 of parameters was proposed: it can be executed from 2020-03-12T00:00:00Z until unix time \
         9223372036854775807"
    );
    let nominated = events::RoleNominated { clearinghouse, nominee: by, role: 2 };
    let line = words::event(&Event::RoleNominated(nominated), None);
    assert_eq!(line, format!("{by} may accept the role of guardian"));
    let burned = events::RoleNominated { nominee: Address::default(), ..nominated };
    let line = words::event(&Event::RoleNominated(burned), None);
    assert_eq!(line, "nobody holds the role of guardian any more");
}

#[test]
fn any_event_is_one_line() {
    for (name, discriminator) in plimsoll_client::events::ALL {
        for byte in [0, 1, 0x7f, 0xff] {
            let decoded = (0..1_024).find_map(|length| {
                let data = [&discriminator[..], &vec![byte; length]].concat();
                Event::decode(&data).ok()
            });
            let line = words::event(&decoded.expect(name), None);
            assert!(!line.is_empty() && !line.contains('\n'), "{name}: {line:?}");
        }
    }
}

#[test]
fn amounts_are_exact() {
    let cases = [
        (0, 6, "0"),
        (1, 6, "0.000001"),
        (-1_500_000, 6, "-1.5"),
        (1_234_567_890_000, 6, "1,234,567.89"),
        (999, 0, "999"),
        (1_000, 0, "1,000"),
        (i128::from(i64::MIN), 0, "-9,223,372,036,854,775,808"),
    ];
    for (units, decimals, text) in cases {
        assert_eq!(words::amount(units, decimals), text);
    }
    assert_eq!(FixedPrice::from(Price::ONE), FixedPrice { low: 0, high: 1 });
}
