//! The world of a replay: the compiled program, deployed with the project's own listings.

use plimsoll_testkit::presets::Deployment;
use plimsoll_testkit::{Svm, World};

use crate::listings::Listings;
use crate::report::UnixTime;

/// Creates the clearinghouse and its pool at unix time `now`, and lists every asset as collateral and market. From then on
/// interest and funding are counted.
pub fn world(listings: &Listings, now: UnixTime) -> World {
    let mut svm = Svm::new();
    svm.set_time(now);
    let deployment = Deployment {
        params: listings.clearinghouse_params(),
        redeem_fee: listings.clearinghouse.redeem_fee,
        settlement: listings.settlement_params(),
    };
    let mut world = World::deployed_by("governance", svm, deployment);
    for listing in &listings.assets {
        let index = world.add_asset(&listing.symbol, listing.decimals, listing.oracle_kind(), true);
        let asset = &world.assets[index as usize];
        let list = world.list_asset_instruction(listing.params(asset.oracle, asset.feed_id));
        world.govern(list);
        world.list_collateral(index, listing.collateral_params());
        world.list_market(index, listing.market_params());
    }
    world
}
