//! Where the keeper learns what is on the chain.
//!
//! A [`feed`] announces what changes; a snapshot, [`read`](mod@read) from a node while the feed already runs,
//! says what there is. A [`gap`] in the feed makes a snapshot due again. While there is no feed, the node is
//! polled. The [`driver`] does all that.
use crate::config::Config;
use feed::Feed;

pub mod driver;
pub mod feed;
pub mod gap;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod read;
pub mod retry;
pub mod websocket;

/// The feed that the settings ask for.
pub struct Chosen {
    pub feed: Box<dyn Feed>,
    /// What it is and where, without secrets.
    pub name: String,
    /// What to do where it can't be opened.
    pub remedy: &'static str,
}

/// The feed that the settings ask for: a Geyser service before the node's websocket; `None` to poll only.
pub fn chosen(config: &Config) -> Option<Chosen> {
    let Config { clearinghouse, commitment, .. } = *config;
    #[cfg(feature = "grpc")]
    if let Some(service) = config.grpc.clone() {
        return Some(Chosen {
            name: format!("grpc {}", service.url),
            remedy: "set grpc.url and grpc.token_file, or leave them out",
            feed: Box::new(grpc::Grpc { service, clearinghouse, commitment }),
        });
    }
    let url = config.websocket.clone()?;
    Some(Chosen {
        name: format!("websocket {url}"),
        remedy: "set cluster.websocket, or switch it off",
        feed: Box::new(websocket::Websocket { url, clearinghouse, commitment }),
    })
}
