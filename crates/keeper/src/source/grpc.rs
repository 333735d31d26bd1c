//! A Geyser service, such as Yellowstone's, over gRPC: one stream for everything.
use super::feed::{Feed, News, Stream};
use super::gap::Gap;
use super::read::told;
use crate::config::GrpcConfig;
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use plimsoll_client::addresses::PROGRAM;
use plimsoll_client::chain::Commitment;
use plimsoll_client::decode::DISCRIMINATOR_BYTES;
use plimsoll_client::fetch::CLOCK;
use solana_account::Account;
use solana_address::Address;
use std::error::Error;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::timeout;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status, Streaming};
use yellowstone_grpc_proto::geyser::geyser_client::GeyserClient;
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter::Filter;
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter_memcmp::Data;
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::{
    CommitmentLevel, SlotStatus, SubscribeRequest, SubscribeRequestFilterAccounts,
    SubscribeRequestFilterAccountsFilter, SubscribeRequestFilterAccountsFilterMemcmp,
    SubscribeRequestFilterSlots, SubscribeRequestPing, SubscribeUpdate, SubscribeUpdateAccount,
};

/// How long it may take until the subscription stands.
const OPEN_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a quiet connection is tried, and how long an answer may take.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Requests that may wait to be sent: the subscription and an answer to a ping.
const REQUESTS_MAX: usize = 8;
/// The header that a service knows its customers by.
const TOKEN_HEADER: &str = "x-token";

/// Where to subscribe, and to what.
#[derive(Clone, Debug)]
pub struct Grpc {
    pub service: GrpcConfig,
    pub clearinghouse: Address,
    pub commitment: Commitment,
}

/// A subscription.
struct Subscription {
    status: SlotStatus,
    updates: Streaming<SubscribeUpdate>,
    requests: Sender<SubscribeRequest>,
}

/// A subscription that stands.
struct Open {
    service: GrpcConfig,
    subscription: Subscription,
    /// What came first, and showed that the subscription stands.
    first: Option<News>,
    /// Runs the connection, in the thread that asks for news and only while it does.
    runtime: Runtime,
}

/// The service at an address, which is not asked yet.
///
/// # Errors
/// When it is no address, in a few words.
pub fn endpoint(url: &str) -> Result<Endpoint, String> {
    let endpoint = Endpoint::from_shared(url.to_string()).map_err(|e| chain(&e))?;
    let endpoint = endpoint
        .connect_timeout(OPEN_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .http2_adaptive_window(true);
    if endpoint.uri().scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    endpoint.tls_config(ClientTlsConfig::new().with_webpki_roots()).map_err(|e| chain(&e))
}

/// The token as the header carries it.
///
/// # Errors
/// When it can't stand in a header, in a few words.
pub fn header(token: &str) -> Result<MetadataValue<Ascii>, String> {
    let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    let value = token.parse().ok().filter(|_| is_visible);
    let mut value: MetadataValue<Ascii> = value.ok_or("a token is made of visible ASCII characters")?;
    value.set_sensitive(true);
    Ok(value)
}

impl Feed for Grpc {
    fn open(&mut self, oracles: &[Address]) -> Result<Box<dyn Stream>, Gap> {
        let closed = |why: String| Gap::Closed(self.service.redact(&why));
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| closed(e.to_string()))?;
        let opened = runtime.block_on(async { timeout(OPEN_TIMEOUT, self.subscribe(oracles)).await });
        match opened {
            Ok(Ok((subscription, first))) => {
                let service = self.service.clone();
                Ok(Box::new(Open { service, subscription, first: Some(first), runtime }))
            }
            Ok(Err(why)) => Err(closed(why)),
            Err(_) => Err(closed("no answer to the subscription".to_string())),
        }
    }
}

impl Grpc {
    /// Subscribes, and waits for the first news: services answer before they have read what is wanted.
    async fn subscribe(&self, oracles: &[Address]) -> Result<(Subscription, News), String> {
        let token = self.service.token.as_ref().map(|token| header(token.expose())).transpose()?;
        let connection = endpoint(self.service.url.expose())?.connect().await;
        let connection = connection.map_err(|e| format!("no connection: {}", chain(&e)))?;
        let mut client = GeyserClient::with_interceptor(connection, move |mut request: Request<()>| {
            if let Some(token) = &token {
                request.metadata_mut().insert(TOKEN_HEADER, token.clone());
            }
            Ok(request)
        });
        let (requests, mut waiting) = channel(REQUESTS_MAX);
        requests.try_send(self.request(oracles)).map_err(|e| e.to_string())?;
        let answer = client.subscribe(poll_fn(move |context| waiting.poll_recv(context))).await;
        let updates = answer.map_err(|status| refusal(&status))?.into_inner();
        let status = match self.commitment {
            Commitment::Processed => SlotStatus::SlotProcessed,
            Commitment::Confirmed => SlotStatus::SlotConfirmed,
            Commitment::Finalized => SlotStatus::SlotFinalized,
        };
        let mut subscription = Subscription { status, updates, requests };
        let first = subscription.news().await?;
        Ok((subscription, first))
    }

    /// The accounts of the clearinghouse, the oracles, the clock and the slots.
    fn request(&self, oracles: &[Address]) -> SubscribeRequest {
        let of_clearinghouse = SubscribeRequestFilterAccountsFilterMemcmp {
            offset: DISCRIMINATOR_BYTES as u64,
            data: Some(Data::Bytes(self.clearinghouse.to_bytes().to_vec())),
        };
        let program = SubscribeRequestFilterAccounts {
            owner: vec![PROGRAM.to_string()],
            filters: vec![SubscribeRequestFilterAccountsFilter {
                filter: Some(Filter::Memcmp(of_clearinghouse)),
            }],
            ..SubscribeRequestFilterAccounts::default()
        };
        let moving = SubscribeRequestFilterAccounts {
            account: oracles.iter().chain([&CLOCK]).map(Address::to_string).collect(),
            ..SubscribeRequestFilterAccounts::default()
        };
        let slots = SubscribeRequestFilterSlots { filter_by_commitment: Some(true), interslot_updates: None };
        let commitment = match self.commitment {
            Commitment::Processed => CommitmentLevel::Processed,
            Commitment::Confirmed => CommitmentLevel::Confirmed,
            Commitment::Finalized => CommitmentLevel::Finalized,
        };
        SubscribeRequest {
            accounts: [("program".to_string(), program), ("moving".to_string(), moving)].into(),
            slots: [("slots".to_string(), slots)].into(),
            commitment: Some(commitment.into()),
            ..SubscribeRequest::default()
        }
    }
}

impl Subscription {
    /// Waits for the next news. What can't be read is left out: the next snapshot brings it.
    async fn news(&mut self) -> Result<News, String> {
        loop {
            let update = match self.updates.next().await {
                Some(Ok(update)) => update.update_oneof,
                Some(Err(status)) => return Err(refusal(&status)),
                None => return Err("the service ended it".to_string()),
            };
            match update {
                Some(UpdateOneof::Slot(slot)) if slot.status() == self.status => {
                    return Ok(News::Slot(slot.slot));
                }
                Some(UpdateOneof::Account(update)) => {
                    if let Some(news) = read(update) {
                        return Ok(news);
                    }
                }
                Some(UpdateOneof::Ping(_)) => {
                    // Where requests wait already, the service hears of us anyway.
                    let ping = Some(SubscribeRequestPing { id: 1 });
                    let _ = self.requests.try_send(SubscribeRequest { ping, ..SubscribeRequest::default() });
                }
                _ => {}
            }
        }
    }
}

impl Stream for Open {
    fn next(&mut self, patience: Duration) -> Result<Option<News>, Gap> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let subscription = &mut self.subscription;
        match self.runtime.block_on(async { timeout(patience, subscription.news()).await }) {
            Ok(Ok(news)) => Ok(Some(news)),
            Ok(Err(why)) => Err(Gap::Closed(self.service.redact(&why))),
            Err(_) => Ok(None),
        }
    }
}

fn read(update: SubscribeUpdateAccount) -> Option<News> {
    let found = update.account?;
    let address = Address::try_from(found.pubkey.as_slice()).ok()?;
    let account = Account {
        lamports: found.lamports,
        data: found.data,
        owner: Address::try_from(found.owner.as_slice()).ok()?,
        executable: found.executable,
        rent_epoch: found.rent_epoch,
    };
    Some(News::Account(told(address, update.slot, Some(account))))
}

/// What a service said, in one line.
fn refusal(status: &Status) -> String {
    let said = match status.message() {
        "" => status.code().to_string(),
        message => format!("{:?}: {}", status.code(), one_line(message)),
    };
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            format!("{said}: is the token in grpc.token_file right?")
        }
        _ => said,
    }
}

/// An error and what brought it about, in one line.
fn chain(error: &dyn Error) -> String {
    let mut texts = vec![one_line(&error.to_string())];
    let mut source = error.source();
    while let Some(error) = source {
        let text = one_line(&error.to_string());
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        source = error.source();
    }
    texts.join(": ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
