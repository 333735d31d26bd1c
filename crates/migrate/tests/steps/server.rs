//! An HTTP server that answers JSON-RPC calls.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    /// One whose calls are answered by what `make` makes in the server's thread.
    pub fn start<F: FnMut(&Value) -> Value>(make: impl FnOnce() -> F + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        thread::spawn(move || {
            let mut respond = make();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let call = read(&stream);
                let text = respond(&call).to_string();
                heard.lock().unwrap().push(call);
                let length = text.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                stream.write_all(format!("{head}{text}").as_bytes()).unwrap();
            }
        });
        Self { url, asked }
    }

    /// The methods that were called, in order.
    pub fn methods(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|call| call["method"].as_str().unwrap().to_string()).collect()
    }
}

fn read(stream: &TcpStream) -> Value {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}
