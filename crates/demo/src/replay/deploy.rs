//! The world of a replay: the compiled program, deployed with the project's own listings.

use plimsoll::oracle::OracleKind;
use plimsoll::params::{Change, OracleSource};
use plimsoll_testkit::presets::Deployment;
use plimsoll_testkit::{Svm, World};

use crate::listings::Listings;
use crate::prices::Symbol;
use crate::report::UnixTime;

/// Creates the clearinghouse and its pool at unix time `now`, lists every asset as collateral and market, and launches. From
/// then on interest and funding are counted.
///
/// # Errors
/// When the listings are not of what there are prices for.
pub fn world(listings: &Listings, now: UnixTime) -> Result<World, String> {
    check(listings)?;
    let mut svm = Svm::new();
    svm.set_time(now);
    let deployment = Deployment {
        terms: listings.clearinghouse,
        pool: listings.pool,
        settlement: listings.settlement.collateral,
    };
    let mut world = World::deployed_by("governance", svm, deployment);
    for listing in &listings.assets {
        // One of the older kind, which Pyth's publishers write on chain themselves, so that both are at work.
        let kind = if listing.symbol == "ETH" { OracleKind::PythLegacy } else { OracleKind::PythPull };
        let index = world.add_asset(&listing.symbol, listing.decimals, kind, true);
        let asset = &world.assets[index as usize];
        let source =
            OracleSource { oracle: asset.oracle, feed_id: asset.feed_id, kind: kind as u8, padding: [0; 3] };
        world.enact(&Change::Asset(listing.params(source)));
        world.list_collateral(index, listing.collateral);
        world.list_market(index, listing.market);
    }
    Ok(world.launched())
}

fn check(listings: &Listings) -> Result<(), String> {
    if (listings.settlement.symbol.as_str(), listings.settlement.decimals) != ("USDC", 6) {
        return Err("settlement: the demo settles in USDC, which has 6 decimals".to_string());
    }
    for symbol in Symbol::ALL {
        if listings.assets.iter().all(|asset| asset.symbol != symbol.name()) {
            return Err(format!("asset {symbol}: there are recorded prices for it, but it is not listed"));
        }
    }
    let unknown = listings.assets.iter().find(|asset| Symbol::from_name(&asset.symbol).is_none());
    unknown
        .map_or(Ok(()), |asset| Err(format!("asset {}: there are no recorded prices for it", asset.symbol)))
}
