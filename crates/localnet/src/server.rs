//! The control endpoint: HTTP on 127.0.0.1. `GET /` tells what the oracles do, `POST /` takes a command as plain text.

use crate::control::Command;
use crate::feeds::Status;
use std::net::Ipv4Addr;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tiny_http::{Header, Method, Request, Response, Server};

/// A command is one short line.
const BODY_BYTES_MAX: u64 = 1_000;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// A command, and where the answer to it goes.
pub struct Asked {
    pub command: Command,
    pub answer: Sender<Result<Vec<Status>, String>>,
}

/// Serves on a port, zero for any, from a thread of its own; returns the address. Commands go to `asked`.
///
/// # Errors
/// When the port is in use.
pub fn serve(port: u16, asked: impl Fn(Asked) + Send + 'static) -> Result<String, String> {
    let server = Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|e| {
        format!("port {port}: {e}: stop the program that uses it (another localnet?), or choose another with --control-port")
    })?;
    let url = format!("http://{}", server.server_addr());
    std::thread::spawn(move || {
        for mut request in server.incoming_requests() {
            let (code, body) = match answer(&mut request, &asked) {
                Ok(statuses) => (200, serde_json::to_string(&statuses).unwrap_or_default()),
                Err(problem) => (400, serde_json::json!({ "error": problem }).to_string()),
            };
            let json = Header::from_bytes("content-type", "application/json").expect("a header");
            // Whoever has hung up needs no answer.
            let _ = request.respond(Response::from_string(body).with_status_code(code).with_header(json));
        }
    });
    Ok(url)
}

fn answer(request: &mut Request, asked: &impl Fn(Asked)) -> Result<Vec<Status>, String> {
    let command = match request.method() {
        Method::Get => Command::Status,
        Method::Post => {
            let mut line = String::new();
            let body = std::io::Read::take(request.as_reader(), BODY_BYTES_MAX);
            std::io::Read::read_to_string(&mut { body }, &mut line).map_err(|e| e.to_string())?;
            line.parse().map_err(|e: crate::control::BadCommand| e.to_string())?
        }
        method => return Err(format!("{method}: GET tells what the oracles do, POST takes a command")),
    };
    let (sender, receiver) = channel();
    asked(Asked { command, answer: sender });
    receiver.recv_timeout(ANSWER_TIMEOUT).map_err(|_| "the localnet is stopping".to_string())?
}

/// Asks the endpoint at `url` to do what a line says.
///
/// # Errors
/// When nobody answers, or the command is refused.
pub fn ask(url: &str, line: &str) -> Result<Vec<Status>, String> {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER_TIMEOUT));
    let agent: ureq::Agent = config.build().into();
    let post = || agent.post(url).send(line)?.body_mut().read_to_string();
    let text = post().map_err(|e| format!("{url}: {e}: is the localnet running?"))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| format!("{url}: {e}"))?;
    if let Some(problem) = value["error"].as_str() {
        return Err(problem.into());
    }
    serde_json::from_value(value).map_err(|e| format!("{url}: {e}"))
}
