//! `/metrics` and `/healthz`.
use crate::monitor::Monitor;
use crate::time::Time;
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tiny_http::{Header, Request, Response, Server};
use tracing::warn;

/// How long to wait for a request before looking whether the keeper shall stop.
const PATIENCE: Duration = Duration::from_millis(200);
/// How Prometheus names its text form.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN_TYPE: &str = "text/plain; charset=utf-8";

/// A server that listens, and does not answer yet.
pub struct Listener(Server);

impl Listener {
    /// Listens at `address:port`; port 0 takes a free one.
    ///
    /// # Errors
    /// When that is not possible, in one line.
    pub fn bind(address: &str) -> Result<Self, String> {
        let wrong = |e| format!("metrics.listen = {address}: {e}: choose another port, or `off`");
        Server::http(address).map(Self).map_err(wrong)
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.server_addr().to_ip()
    }

    /// Answers until the keeper stops.
    pub fn run(&self, monitor: &Arc<Monitor>, time: &Arc<dyn Time>) {
        while !time.is_stopped() {
            match self.0.recv_timeout(PATIENCE) {
                Ok(Some(request)) => answer(request, monitor, time.now_ms()),
                Ok(None) => {}
                Err(error) => {
                    warn!(%error, "the metrics server can't listen: restart the keeper if this goes on");
                    time.wait(PATIENCE);
                }
            }
        }
    }
}

fn answer(request: Request, monitor: &Monitor, now_ms: u64) {
    let path = request.url().split('?').next().unwrap_or_default();
    let response = match path {
        "/metrics" => response(200, METRICS_TYPE, monitor.text(now_ms)),
        "/healthz" => match monitor.health(now_ms) {
            Ok(()) => response(200, PLAIN_TYPE, "ok\n".to_string()),
            Err(why) => response(503, PLAIN_TYPE, format!("{why}\n")),
        },
        _ => response(404, PLAIN_TYPE, "there are /metrics and /healthz\n".to_string()),
    };
    // Whoever asked may have gone.
    let _ = request.respond(response);
}

fn response(status: u16, kind: &str, body: String) -> Response<Cursor<Vec<u8>>> {
    let response = Response::from_string(body).with_status_code(status);
    match Header::from_bytes("content-type", kind) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Observation;
    use crate::time::Clock;

    fn get(address: SocketAddr, path: &str) -> (u16, String) {
        let agent =
            ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let mut response = agent.get(format!("http://{address}{path}")).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    #[test]
    fn health_and_metrics_are_served() {
        let monitor = Arc::new(Monitor::new(Duration::from_secs(3_600)));
        let clock = Arc::new(Clock::default());
        let time: Arc<dyn Time> = clock.clone();
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let address = listener.address().unwrap();
        let server = {
            let monitor = Arc::clone(&monitor);
            std::thread::spawn(move || listener.run(&monitor, &time))
        };
        let (status, body) = get(address, "/healthz");
        assert_eq!((status, body.as_str()), (503, "no snapshot yet: the node has not told all accounts\n"));
        monitor.heard(&[Observation::Clock { slot: 5, unix_time: 0 }, Observation::SnapshotEnded], 0);
        monitor.blockhash(0);
        assert_eq!(get(address, "/healthz"), (200, "ok\n".to_string()));
        let (status, body) = get(address, "/metrics?x=1");
        assert_eq!(status, 200);
        assert!(body.contains("\nplimsoll_keeper_slot 5\n"));
        assert_eq!(get(address, "/").0, 404);
        clock.stop();
        server.join().unwrap();
    }

    #[test]
    fn a_port_in_use_is_one_line_that_says_what_to_do() {
        let first = Listener::bind("127.0.0.1:0").unwrap();
        let address = first.address().unwrap().to_string();
        let problem = Listener::bind(&address).err().unwrap();
        assert!(problem.starts_with(&format!("metrics.listen = {address}: ")), "{problem}");
        assert!(problem.ends_with("choose another port, or `off`"), "{problem}");
    }
}
