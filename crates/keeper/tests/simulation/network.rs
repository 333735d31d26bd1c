//! What lies between the keeper and the chain: notifications that come late, twice, in any order or never, and
//! nodes that are behind, busy or wrong.
use crate::random::Random;
use crate::scene::Moment;
use plimsoll_keeper::core::Observation;
use solana_address::Address;
use std::collections::VecDeque;

/// Moments that a node can be behind by.
const LAG_MAX: usize = 8;

struct Delivery {
    due: u32,
    order: u64,
    observation: Observation,
}

#[derive(Default)]
pub struct Network {
    /// The latest is the last.
    moments: VecDeque<Moment>,
    post: Vec<Delivery>,
    /// Until this tick nobody answers.
    pub outage_until: u32,
}

impl Network {
    /// The chain has moved on: those who are subscribed are told what has changed, more or less.
    pub fn advance(&mut self, moment: Moment, tick: u32, faulty: Option<&mut Random>) {
        let changes = self.moments.back().map_or_else(Vec::new, |before| changes(before, &moment));
        match faulty {
            None => self.post.extend(changes.into_iter().map(|observation| Delivery {
                due: tick,
                order: 0,
                observation,
            })),
            Some(random) => {
                for observation in changes {
                    self.post_badly(observation, tick, random);
                }
            }
        }
        self.moments.push_back(moment);
        while self.moments.len() > LAG_MAX {
            self.moments.pop_front();
        }
    }

    fn post_badly(&mut self, observation: Observation, tick: u32, random: &mut Random) {
        if random.chance(150) {
            if random.chance(300) {
                self.post.push(Delivery {
                    due: tick + 2,
                    order: random.next(),
                    observation: Observation::Gap,
                });
            }
            return;
        }
        let copies = if random.chance(150) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = if random.chance(300) { random.within(1, 6) as u32 } else { 0 };
            let delivery =
                Delivery { due: tick + delay, order: random.next(), observation: observation.clone() };
            self.post.push(delivery);
        }
    }

    /// What arrives now.
    pub fn arriving(&mut self, tick: u32) -> Vec<Observation> {
        let (mut due, later): (Vec<Delivery>, Vec<Delivery>) =
            std::mem::take(&mut self.post).into_iter().partition(|delivery| delivery.due <= tick);
        self.post = later;
        due.sort_by_key(|delivery| (delivery.due, delivery.order));
        due.into_iter().map(|delivery| delivery.observation).collect()
    }

    /// The chain as a node sees it that is asked now: `None` if it does not answer.
    pub fn node(&self, tick: u32, faulty: Option<&mut Random>) -> Option<Moment> {
        let Some(random) = faulty else { return self.moments.back().cloned() };
        if tick < self.outage_until || random.chance(150) {
            return None;
        }
        let lag = if random.chance(300) { random.within(0, LAG_MAX as i64) as usize } else { 0 };
        let index = self.moments.len().saturating_sub(1 + lag);
        self.moments.get(index).cloned()
    }

    /// As [`node`](Self::node), but one that may answer with what has been, as of the slot that is: whether it
    /// does.
    pub fn liar(&self, tick: u32, random: &mut Random) -> Option<(Moment, bool)> {
        let moment = self.node(tick, Some(random))?;
        let (Some(latest), Some(oldest)) = (self.moments.back(), self.moments.front()) else {
            return Some((moment, false));
        };
        if !random.chance(50) {
            return Some((moment, false));
        }
        Some((Moment { accounts: oldest.accounts.clone(), ..latest.clone() }, true))
    }

    pub fn is_out(&self, tick: u32) -> bool {
        tick < self.outage_until
    }

    /// What a node answers when it is asked for a snapshot.
    pub fn snapshot(moment: &Moment, faulty: Option<&mut Random>) -> Vec<Observation> {
        let mut told = vec![Observation::SnapshotBegun { slot: moment.slot }];
        let all = moment.accounts.keys().map(|address| read(moment, address));
        let Some(random) = faulty else {
            told.extend(all);
            told.push(Observation::SnapshotEnded);
            return told;
        };
        let omits = random.chance(300);
        told.extend(all.filter(|_| !(omits && random.chance(200))));
        if random.chance(100) {
            told.truncate(random.within(1, told.len() as i64) as usize);
            told.push(Observation::SnapshotFailed);
        } else {
            told.push(Observation::SnapshotEnded);
        }
        told
    }
}

/// An account as a node knows it.
pub fn read(moment: &Moment, address: &Address) -> Observation {
    let (address, slot) = (*address, moment.slot);
    match moment.accounts.get(&address) {
        Some(account) => {
            Observation::Account { address, slot, owner: account.owner, data: account.data.clone() }
        }
        None => Observation::Gone { address, slot },
    }
}

fn changes(before: &Moment, after: &Moment) -> Vec<Observation> {
    let changed =
        after.accounts.iter().filter(|(address, account)| before.accounts.get(address) != Some(account));
    let gone = before.accounts.keys().filter(|address| !after.accounts.contains_key(address));
    changed.map(|(address, _)| address).chain(gone).map(|address| read(after, address)).collect()
}
