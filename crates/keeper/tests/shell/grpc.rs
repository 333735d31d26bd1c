//! A Geyser service of the test's own, and what is heard of it.
use crate::fake::{FakeChain, FakeTime, address};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, poll_fn};
use plimsoll_client::addresses::PROGRAM;
use plimsoll_client::chain::Commitment;
use plimsoll_client::fetch::CLOCK;
use plimsoll_keeper::config::{GrpcConfig, SourceConfig};
use plimsoll_keeper::core::Observation;
use plimsoll_keeper::inbox::{Inbox, Input};
use plimsoll_keeper::monitor::Monitor;
use plimsoll_keeper::secret::Secret;
use plimsoll_keeper::source::driver::Driver;
use plimsoll_keeper::source::feed::{Feed, News, Stream};
use plimsoll_keeper::source::gap::Gap;
use plimsoll_keeper::source::grpc::Grpc;
use plimsoll_keeper::source::retry::Retry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use yellowstone_grpc_proto::geyser::geyser_server::{Geyser, GeyserServer};
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter::Filter;
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter_memcmp::Data;
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::*;
use yellowstone_grpc_proto::tonic::transport::Server;
use yellowstone_grpc_proto::tonic::transport::server::TcpIncoming;
use yellowstone_grpc_proto::tonic::{self, Request, Response, Status, Streaming};

/// Longer than anything here takes: whoever waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

type Update = Result<SubscribeUpdate, Status>;

/// A subscription as the service sees it.
struct Connection {
    token: Option<String>,
    requests: Receiver<SubscribeRequest>,
    /// The stream ends when this is dropped.
    updates: UnboundedSender<Update>,
}

/// Answers the first request of each subscription with `greeting`, and leaves the rest to the test.
struct Service {
    greeting: Vec<SubscribeUpdate>,
    /// Every subscription is refused with this.
    refusal: Option<Status>,
    connections: Sender<Connection>,
}

#[tonic::async_trait]
impl Geyser for Service {
    type SubscribeStream = BoxStream<'static, Update>;
    type SubscribeDeshredStream = BoxStream<'static, Result<SubscribeUpdateDeshred, Status>>;
    type SubscribeGossipStream = BoxStream<'static, Result<SubscribeUpdateGossip, Status>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let token = request.metadata().get("x-token").map(|token| token.to_str().unwrap().to_string());
        let (updates, mut sent) = unbounded_channel();
        let (heard, requests) = channel();
        let (greeting, greeter) = (self.greeting.clone(), updates.downgrade());
        self.connections.send(Connection { token, requests, updates }).unwrap();
        let mut asked = request.into_inner();
        tokio::spawn(async move {
            let mut greeting = greeting.into_iter();
            while let Some(Ok(request)) = asked.next().await {
                let _ = heard.send(request);
                for update in greeting.by_ref() {
                    if let Some(updates) = greeter.upgrade() {
                        let _ = updates.send(Ok(update));
                    }
                }
            }
        });
        Ok(Response::new(poll_fn(move |context| sent.poll_recv(context)).boxed()))
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_slot(&self, _: Request<GetSlotRequest>) -> Result<Response<GetSlotResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_version(
        &self,
        _: Request<GetVersionRequest>,
    ) -> Result<Response<GetVersionResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// A service on a port that was free, for as long as this is held.
struct Rig {
    feed: Grpc,
    connections: Receiver<Connection>,
    _runtime: Runtime,
}

impl Rig {
    fn new(greeting: Vec<SubscribeUpdate>, refusal: Option<Status>) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (sender, connections) = channel();
        let guard = runtime.enter();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = Secret::new(format!("http://{}", incoming.local_addr().unwrap()));
        let service = GeyserServer::new(Service { greeting, refusal, connections: sender });
        runtime.spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
        drop(guard);
        let service = GrpcConfig { url, token: Some(Secret::new("s3cret")) };
        let feed = Grpc { service, clearinghouse: address(1), commitment: Commitment::Confirmed };
        Self { feed, connections, _runtime: runtime }
    }

    /// With a subscription to the oracle 7 that has heard of slot 100.
    fn open() -> (Self, Box<dyn Stream>, Connection) {
        let mut rig = Self::new(vec![slot(100, SlotStatus::SlotConfirmed)], None);
        let mut stream = rig.feed.open(&[address(7)]).unwrap();
        // Nobody has to wait for it: what stands has brought something already.
        assert_eq!(stream.next(Duration::ZERO), Ok(Some(News::Slot(100))));
        let connection = rig.connections.recv_timeout(PATIENCE).unwrap();
        (rig, stream, connection)
    }
}

fn update(update: UpdateOneof) -> SubscribeUpdate {
    SubscribeUpdate { update_oneof: Some(update), ..SubscribeUpdate::default() }
}

fn slot(slot: u64, status: SlotStatus) -> SubscribeUpdate {
    update(UpdateOneof::Slot(SubscribeUpdateSlot { slot, status: status.into(), ..Default::default() }))
}

fn account(slot: u64, key: &[u8], lamports: u64, data: &[u8]) -> SubscribeUpdate {
    let account = SubscribeUpdateAccountInfo {
        pubkey: key.to_vec(),
        lamports,
        owner: PROGRAM.to_bytes().to_vec(),
        data: data.to_vec(),
        ..Default::default()
    };
    update(UpdateOneof::Account(SubscribeUpdateAccount {
        account: Some(account),
        slot,
        ..Default::default()
    }))
}

#[test]
fn the_clearinghouse_the_oracles_the_clock_and_the_slots_are_subscribed_to() {
    let (_rig, _stream, connection) = Rig::open();
    assert_eq!(connection.token.as_deref(), Some("s3cret"));
    let request = connection.requests.recv_timeout(PATIENCE).unwrap();
    let memcmp = SubscribeRequestFilterAccountsFilterMemcmp {
        offset: 8,
        data: Some(Data::Bytes(address(1).to_bytes().to_vec())),
    };
    let filter = SubscribeRequestFilterAccountsFilter { filter: Some(Filter::Memcmp(memcmp)) };
    let program = SubscribeRequestFilterAccounts {
        owner: vec![PROGRAM.to_string()],
        filters: vec![filter],
        ..Default::default()
    };
    let moving = SubscribeRequestFilterAccounts {
        account: vec![address(7).to_string(), CLOCK.to_string()],
        ..Default::default()
    };
    let slots = SubscribeRequestFilterSlots { filter_by_commitment: Some(true), interslot_updates: None };
    let expected = SubscribeRequest {
        accounts: [("program".to_string(), program), ("moving".to_string(), moving)].into(),
        slots: [("slots".to_string(), slots)].into(),
        commitment: Some(CommitmentLevel::Confirmed.into()),
        ..Default::default()
    };
    assert_eq!(request, expected);
}

#[test]
fn news_come_in_their_order_and_what_is_none_is_left_out() {
    let (_rig, mut stream, connection) = Rig::open();
    let mut clock = vec![0; 40];
    clock[32..].copy_from_slice(&1_700_000_000i64.to_le_bytes());
    for update in [
        account(101, &[9; 32], 5, b"data"),
        slot(102, SlotStatus::SlotProcessed),
        account(101, &[9; 31], 5, b"no address"),
        account(101, &CLOCK.to_bytes(), 1, &clock),
        slot(101, SlotStatus::SlotConfirmed),
        account(102, &[9; 32], 0, b""),
    ] {
        connection.updates.send(Ok(update)).unwrap();
    }
    for expected in [
        News::Account(Observation::Account {
            address: address(9),
            slot: 101,
            owner: PROGRAM,
            data: b"data".to_vec(),
        }),
        News::Account(Observation::Clock { slot: 101, unix_time: 1_700_000_000 }),
        News::Slot(101),
        News::Account(Observation::Gone { address: address(9), slot: 102 }),
    ] {
        assert_eq!(stream.next(PATIENCE), Ok(Some(expected)));
    }
    assert_eq!(stream.next(Duration::from_millis(1)), Ok(None));
}

#[test]
fn a_ping_is_answered() {
    let (_rig, mut stream, connection) = Rig::open();
    connection.requests.recv_timeout(PATIENCE).unwrap();
    connection.updates.send(Ok(update(UpdateOneof::Ping(SubscribeUpdatePing {})))).unwrap();
    // The connection runs only while somebody asks for news.
    let answer = (0..3_000).find_map(|_| {
        assert_eq!(stream.next(Duration::from_millis(10)), Ok(None));
        connection.requests.try_recv().ok()
    });
    let ping = Some(SubscribeRequestPing { id: 1 });
    assert_eq!(answer, Some(SubscribeRequest { ping, ..Default::default() }));
}

#[test]
fn an_end_or_an_error_closes_the_stream_in_one_line_without_the_token() {
    let (_rig, mut stream, connection) = Rig::open();
    drop(connection.updates);
    assert_eq!(stream.next(PATIENCE), Err(Gap::Closed("the service ended it".to_string())));

    let (_rig, mut stream, connection) = Rig::open();
    connection.updates.send(Err(Status::data_loss("s3cret\nlags"))).unwrap();
    assert_eq!(stream.next(PATIENCE), Err(Gap::Closed("DataLoss: (hidden) lags".to_string())));
}

#[test]
fn a_refusal_says_which_setting_is_wrong() {
    let mut rig = Rig::new(Vec::new(), Some(Status::unauthenticated("unknown token")));
    let refused = rig.feed.open(&[]).err();
    let why = "Unauthenticated: unknown token: is the token in grpc.token_file right?";
    assert_eq!(refused, Some(Gap::Closed(why.to_string())));
}

#[test]
fn a_service_that_is_not_there_or_speaks_no_tls_is_one_line() {
    let mut rig = Rig::new(Vec::new(), None);
    let plain = rig.feed.service.url.expose().to_string();
    for url in [plain.replace("http:", "https:"), "http://127.0.0.1:0".to_string()] {
        rig.feed.service.url = Secret::new(&url);
        let Some(Gap::Closed(why)) = rig.feed.open(&[]).err() else { panic!("{url} is open") };
        assert!(why.starts_with("no connection: transport error: "), "{why}");
        assert_eq!(why.lines().count(), 1, "{why}");
    }
}

#[test]
fn a_dropped_stream_is_a_gap_and_everything_is_subscribed_to_and_read_anew() {
    let Rig { feed, connections, _runtime } = Rig::new(vec![slot(100, SlotStatus::SlotConfirmed)], None);
    let wait = Duration::from_millis(400);
    let time = Arc::new(FakeTime::default());
    let monitor = Arc::new(Monitor::new(Duration::from_secs(15)));
    let (inbox, told) = Inbox::new();
    let mut driver = Driver {
        chain: Arc::new(FakeChain::new(&address(1), &[address(7)])),
        feed: Some(Box::new(feed)),
        clearinghouse: address(1),
        config: SourceConfig {
            poll_every: wait,
            heartbeat: PATIENCE,
            slots_skipped_max: 4,
            reconnect_min: wait,
            reconnect_max: wait,
        },
        inbox,
        snapshot_wanted: Arc::new(AtomicBool::new(false)),
        monitor: Arc::clone(&monitor),
        time: time.clone(),
        retry: Retry::new(wait, wait, 1),
        polls: 0,
    };
    let thread = std::thread::spawn(move || driver.run());
    // In any order.
    let until = |mut wanted: Vec<Observation>| {
        while !wanted.is_empty() {
            match told.recv_timeout(PATIENCE) {
                Ok(Input::News { observation, .. }) => wanted.retain(|wanted| *wanted != observation),
                Ok(_) => {}
                Err(_) => panic!("not told: {wanted:?}"),
            }
        }
    };
    let first = connections.recv_timeout(PATIENCE).unwrap();
    until(vec![Observation::SnapshotEnded]);
    drop(first);
    until(vec![Observation::Gap]);
    // Read once while there is no connection, and once when it stands.
    until(vec![Observation::SnapshotEnded]);
    let second = connections.recv_timeout(PATIENCE).unwrap();
    let key = address(9);
    second.updates.send(Ok(account(101, key.as_ref(), 5, b"data"))).unwrap();
    let heard = Observation::Account { address: key, slot: 101, owner: PROGRAM, data: b"data".to_vec() };
    until(vec![heard, Observation::SnapshotEnded]);
    let metrics = monitor.text(0);
    assert!(metrics.contains("plimsoll_keeper_gaps_total{kind=\"closed\"} 1\n"), "{metrics}");
    assert!(metrics.contains("plimsoll_keeper_reconnects_total 1\n"), "{metrics}");
    time.stopped.store(true, Ordering::SeqCst);
    drop(told);
    thread.join().unwrap();
}
