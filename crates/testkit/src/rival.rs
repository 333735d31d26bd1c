//! A second deployment beside a first: whose accounts an attacker would pass off as the
//! first one's.

use crate::presets::{self, Listing};
use crate::world::{Wallet, World};
use plimsoll::params::Change;
use plimsoll_client::addresses;
use std::collections::BTreeMap;

impl World {
    /// A clearinghouse that `creator` governs in this world's SVM, of the same tokens and
    /// the same oracles: nothing but what it belongs to tells its accounts from this
    /// world's. `listings` are what this world lists.
    ///
    /// The SVM goes to the new world; swap the two `svm` fields to go on with this one.
    pub fn rival(&mut self, creator: &str, listings: &[Listing]) -> Self {
        let governance = Wallet::new(creator);
        let mut rival = Self {
            svm: std::mem::take(&mut self.svm),
            clearinghouse: addresses::clearinghouse(&governance.address()),
            governance,
            deployment: self.deployment,
            assets: vec![self.assets[0].clone()],
            check_invariants: self.check_invariants,
            seen: BTreeMap::new(),
        };
        rival.svm.set_lamports(rival.governance.address(), 1_000_000_000_000);
        rival.create();
        for (asset, listing) in self.assets[1..].iter().zip(listings) {
            rival.assets.push(asset.clone());
            rival.enact(&Change::Asset(presets::asset(listing, asset.oracle, asset.feed_id)));
            if let Some(collateral) = listing.collateral {
                rival.list_collateral(asset.index, collateral);
            }
            if let Some(market) = listing.market {
                rival.list_market(asset.index, market);
            }
        }
        rival.launched()
    }
}
