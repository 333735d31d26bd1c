//! Attacks by those in charge: mallory holds roles of the clearinghouse, and takes from the
//! honest what he can. What he can't get before a wait is over is asserted to be nothing; what
//! he can get afterwards, to be no more than `docs/threat-model.md` says.

mod bounds;
mod guardian;
mod listings;
mod moves;
mod notice;
mod oracles;
mod stage;
mod stale;
mod steward;
mod waits;
#[allow(dead_code, reason = "not all of what other searches measure")]
#[path = "../attacks/wealth.rs"]
mod wealth;
