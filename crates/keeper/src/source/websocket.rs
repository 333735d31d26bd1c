//! A node's subscriptions, over one websocket.
use super::feed::{Feed, News, Stream};
use super::gap::Gap;
use super::read::told;
use crate::secret::Secret;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};
use plimsoll_client::addresses::PROGRAM;
use plimsoll_client::chain::Commitment;
use plimsoll_client::decode::DISCRIMINATOR_BYTES;
use plimsoll_client::fetch::CLOCK;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::{PubsubClient, PubsubClientError};
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig};
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// News that may wait to be taken. More than a busy deployment has in a minute.
const WAITING_MAX: usize = 65_536;
/// How long it may take until all subscriptions stand.
const OPEN_TIMEOUT: Duration = Duration::from_secs(20);

/// Where to subscribe, and to what.
#[derive(Clone, Debug)]
pub struct Websocket {
    pub url: Secret,
    pub clearinghouse: Address,
    pub commitment: Commitment,
}

struct Open {
    news: Receiver<Result<News, Gap>>,
    /// Runs the connection; it ends when this is dropped.
    runtime: Option<Runtime>,
}

impl Feed for Websocket {
    fn open(&mut self, oracles: &[Address]) -> Result<Box<dyn Stream>, Gap> {
        let closed = |why: String| Gap::Closed(self.url.redact(&why));
        let builder =
            Builder::new_multi_thread().worker_threads(1).thread_name("websocket").enable_all().build();
        let runtime = builder.map_err(|e| closed(e.to_string()))?;
        let (sender, news) = sync_channel(WAITING_MAX);
        let (ready, opened) = sync_channel(1);
        let (this, oracles) = (self.clone(), oracles.to_vec());
        runtime.spawn(async move {
            let why = match this.pump(&oracles, &ready, &sender).await {
                Ok(gap) => gap,
                Err(error) => Gap::Closed(this.url.redact(&reason(&error))),
            };
            // Whoever waits for either of them learns why; nobody may be waiting any more.
            let _ = ready.try_send(Err(why.clone()));
            let _ = sender.try_send(Err(why));
        });
        let open = Open { news, runtime: Some(runtime) };
        match opened.recv_timeout(OPEN_TIMEOUT) {
            Ok(Ok(())) => Ok(Box::new(open)),
            Ok(Err(gap)) => Err(gap),
            Err(_) => Err(closed("no answer to the subscriptions".to_string())),
        }
    }
}

impl Websocket {
    /// Subscribes, says so, and passes on what comes until it ends.
    async fn pump(
        &self,
        oracles: &[Address],
        ready: &SyncSender<Result<(), Gap>>,
        news: &SyncSender<Result<News, Gap>>,
    ) -> Result<Gap, PubsubClientError> {
        let client = PubsubClient::new(self.url.expose()).await?;
        let mut all = self.subscribe(&client, oracles).await?;
        let _ = ready.try_send(Ok(()));
        while let Some(next) = all.next().await {
            match next {
                Some(next) => match news.try_send(Ok(next)) {
                    Ok(()) => {}
                    Err(TrySendError::Full(_)) => return Ok(Gap::Overflow),
                    Err(TrySendError::Disconnected(_)) => break,
                },
                // One of the subscriptions has ended: so has the connection.
                None => break,
            }
        }
        Ok(Gap::Closed("the node ended it".to_string()))
    }

    async fn subscribe<'a>(
        &self,
        client: &'a PubsubClient,
        oracles: &[Address],
    ) -> Result<SelectAll<BoxStream<'a, Option<News>>>, PubsubClientError> {
        let commitment = match self.commitment {
            Commitment::Processed => CommitmentConfig::processed(),
            Commitment::Confirmed => CommitmentConfig::confirmed(),
            Commitment::Finalized => CommitmentConfig::finalized(),
        };
        let account_config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(commitment),
            ..RpcAccountInfoConfig::default()
        };
        let of_clearinghouse = Memcmp::new_base58_encoded(DISCRIMINATOR_BYTES, self.clearinghouse.as_ref());
        let program_config = RpcProgramAccountsConfig {
            filters: Some(vec![RpcFilterType::Memcmp(of_clearinghouse)]),
            account_config: account_config.clone(),
            ..RpcProgramAccountsConfig::default()
        };
        let mut all = SelectAll::new();
        let (slots, _) = client.slot_subscribe().await?;
        all.push(ending(slots.map(|info| Some(News::Slot(info.slot))).boxed()));
        let (program, _) = client.program_subscribe(&PROGRAM, Some(program_config)).await?;
        let read = |address: &str, slot, account: UiAccount| {
            let address = address.parse().ok()?;
            Some(News::Account(told(address, slot, Some(account.to_account()?))))
        };
        let program = program.map(move |r| read(&r.value.pubkey, r.context.slot, r.value.account));
        all.push(ending(program.boxed()));
        for address in oracles.iter().chain([&CLOCK]) {
            let (account, _) = client.account_subscribe(address, Some(account_config.clone())).await?;
            let address = address.to_string();
            all.push(ending(account.map(move |r| read(&address, r.context.slot, r.value)).boxed()));
        }
        Ok(all)
    }
}

/// A stream that says when it ends. What can't be read is left out: the next snapshot brings it.
fn ending<'a>(stream: BoxStream<'a, Option<News>>) -> BoxStream<'a, Option<News>> {
    let read = stream.filter(|news| std::future::ready(news.is_some()));
    read.chain(futures_util::stream::once(std::future::ready(None))).boxed()
}

fn reason(error: &PubsubClientError) -> String {
    match error {
        PubsubClientError::ConnectionError(e) => format!("no connection: {e}"),
        PubsubClientError::SubscribeFailed { reason, .. } => format!("subscription refused: {reason}"),
        other => other.to_string(),
    }
}

impl Stream for Open {
    fn next(&mut self, timeout: Duration) -> Result<Option<News>, Gap> {
        match self.news.recv_timeout(timeout) {
            Ok(news) => news.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Gap::Overflow),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
