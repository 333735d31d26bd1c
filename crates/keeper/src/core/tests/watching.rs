//! What the core takes for true.
use super::*;
use plimsoll_client::program::oracle::pyth_pull::RECEIVER;

fn told(core: &mut Core, address: Address, slot: u64, data: &[u8]) {
    core.observe(Observation::Account { address, slot, owner: PROGRAM, data: data.to_vec() });
}

#[test]
fn older_news_never_replace_newer_ones() {
    let (mut world, keeper) = world();
    let alice = trader(&mut world, "alice", 1_000);
    let address = world.account_address(&alice, 0);
    let before = world.svm.account(&address).data;
    world.fund(&alice, 0, USDC, 500_000_000);
    let after = world.svm.account(&address).data;
    let mut core = core_of(&world, keeper, Policy::default());
    let shares = |core: &Core| core.account(&address).map(|(slot, state)| (slot, state.tokens[0].shares));

    told(&mut core, address, 1_010, &after);
    told(&mut core, address, 1_009, &before);
    assert_eq!(shares(&core), Some((1_010, 1_500_000_000)));
    assert_eq!(core.counters().stale, 1);
    assert_eq!(core.needs(0).accounts, [address], "some nodes name an older slot than that of their news");
    told(&mut core, address, 1_010, &after);
    assert_eq!(core.needs(0).accounts, []);
    told(&mut core, address, 1_009, &after);
    assert_eq!(core.needs(0).accounts, [], "what is known already needs no second look");
    core.observe(Observation::Gone { address, slot: 1_009 });
    assert_eq!(shares(&core), Some((1_010, 1_500_000_000)));
    assert_eq!(core.needs(0).accounts, [address]);
    core.observe(Observation::Gone { address, slot: 1_011 });
    told(&mut core, address, 1_010, &after);
    assert_eq!(shares(&core), None, "late news do not bring it back");
    told(&mut core, address, 1_012, &before);
    assert_eq!(shares(&core), Some((1_012, 1_000_000_000)), "news of an account that was opened again do");
    assert_eq!(core.needs(0).accounts, []);
    told(&mut core, address, 1_012, &after);
    assert_eq!(core.needs(0).accounts, [address], "nobody knows which of one slot came first");
    told(&mut core, address, 1_013, &after);
    assert_eq!(core.needs(0).accounts, []);
}

#[test]
fn what_a_snapshot_lacks_is_read_again_before_it_is_dropped() {
    let (mut world, keeper) = world();
    let alice = trader(&mut world, "alice", 1_000);
    let address = world.account_address(&alice, 0);
    let mut core = core_of(&world, keeper, Policy::default());
    core.observe(Observation::Clock { slot: 1_020, unix_time: world.svm.now() });
    core.observe(Observation::SnapshotBegun { slot: 1_020 });
    for (of, account) in world.svm.vm.get_program_accounts(&PROGRAM) {
        if of != address {
            told(&mut core, of, 1_020, &account.data);
        }
    }
    core.observe(Observation::SnapshotEnded);
    assert_eq!(core.account_count(), 2);
    assert_eq!(core.needs(0).accounts, [address]);
    core.observe(Observation::Gone { address, slot: 1_021 });
    assert_eq!(core.account_count(), 1);
    assert_eq!(core.needs(0).accounts, []);
}

#[test]
fn a_snapshot_is_wanted_at_first_after_a_gap_and_from_time_to_time() {
    let (world, keeper) = world();
    let policy = Policy { snapshot_ms: 1_000, ..Policy::default() };
    let mut core = Core::new(policy, keeper, world.clearinghouse);
    assert!(core.needs(0).snapshot);
    core = core_of(&world, keeper, policy);
    assert!(!core.needs(999).snapshot);
    assert!(core.needs(1_000).snapshot);
    core.observe(Observation::Gap);
    assert!(core.needs(0).snapshot);
    core.observe(Observation::SnapshotBegun { slot: 1_000 });
    assert!(!core.needs(0).snapshot, "one is being told");
    core.observe(Observation::SnapshotFailed);
    assert!(core.needs(0).snapshot);
}

#[test]
fn slots_and_heights_that_can_not_be_are_not_believed() {
    let (world, keeper) = world();
    let mut core = core_of(&world, keeper, Policy::default());
    let address = keeper.account;
    let data = world.svm.account(&address).data;
    told(&mut core, address, 1_512, &data);
    assert_eq!(core.counters().unbelieved, 0);
    told(&mut core, address, 1_513, &data);
    core.observe(Observation::Height { slot: 1_000, height: 1_001 });
    assert_eq!(core.counters().unbelieved, 2);
    assert_eq!(core.account(&address).map(|(slot, _)| slot), Some(1_512));
    core.observe(Observation::Clock { slot: 999, unix_time: i64::MAX });
    assert_eq!((core.slot(), core.unix_time()), (1_000, world.svm.now()));
}

#[test]
fn a_clock_that_jumps_is_believed_when_it_is_told_again() {
    let (world, keeper) = world();
    let mut core = core_of(&world, keeper, Policy::default());
    let now = world.svm.now();
    let mut told = |slot, unix_time| {
        core.observe(Observation::Clock { slot, unix_time });
        (core.slot(), core.unix_time() - now)
    };
    assert_eq!(told(1_512, now + 200), (1_512, 200));
    assert_eq!(told(u64::MAX, i64::MAX), (1_512, 200));
    assert_eq!(told(1_513, now + 201), (1_513, 201));
    assert_eq!(told(9_000, now + 3_000), (1_513, 201), "after an outage");
    assert_eq!(told(9_001, now + 3_001), (9_001, 3_001));
}

#[test]
fn nothing_that_is_told_makes_it_panic() {
    let (world, keeper) = world();
    let mut core = core_of(&world, keeper, Policy { duties: all(Mode::Service), ..Policy::default() });
    let mut noise = 1u64;
    let mut random = move || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise
    };
    let mut accounts = world.svm.vm.get_program_accounts(&PROGRAM);
    accounts.extend(world.assets[1..].iter().map(|asset| (asset.oracle, world.svm.account(&asset.oracle))));
    accounts.sort_by_key(|(address, _)| *address);
    for round in 0..3_000u64 {
        let (address, account) = &accounts[random() as usize % accounts.len()];
        let mut data = account.data.to_vec();
        for _ in 0..random() % 20 {
            let at = random() as usize % data.len();
            data[at] = random() as u8;
        }
        if random() % 10 == 0 {
            data.truncate(random() as usize % (data.len() + 1));
        }
        let owner = if random() % 10 == 0 { RECEIVER.into() } else { account.owner };
        core.observe(Observation::Account { address: *address, slot: 1_000 + round / 10, owner, data });
        core.plan(round * 100);
    }
    assert!(core.counters().taken > 1_000, "{:?}", core.counters());
}

fn all(mode: Mode) -> Duties {
    Duties {
        liquidate: mode,
        take_debt: mode,
        call_margin: mode,
        start_auction: mode,
        win_auction: mode,
        resolve: mode,
        settle_loss: mode,
        deleverage: mode,
        sweep: mode,
        refresh: mode,
        warm_up: mode,
    }
}
