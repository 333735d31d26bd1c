//! Where the keeper learns what is on the chain.
//!
//! A [`feed`] announces what changes; a snapshot, [`read`](mod@read) from a node while the feed already runs,
//! says what there is. A [`gap`] in the feed makes a snapshot due again. While there is no feed, the node is
//! polled. The [`driver`] does all that.
pub mod driver;
pub mod feed;
pub mod gap;
pub mod read;
pub mod retry;
pub mod websocket;
