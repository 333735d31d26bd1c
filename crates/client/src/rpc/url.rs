//! Which node: the names that Solana's tools know, and where a node's websocket is.
use solana_rpc_client_api::client_error::reqwest::Url;

/// The clusters that Solana's tools know by name, each by its long and its short one.
const MONIKERS: [(&str, &str, &str); 4] = [
    ("mainnet-beta", "m", "https://api.mainnet-beta.solana.com"),
    ("testnet", "t", "https://api.testnet.solana.com"),
    ("devnet", "d", "https://api.devnet.solana.com"),
    ("localhost", "l", "http://localhost:8899"),
];

/// The address of a node: `text` itself if it is one, else that of the cluster it names.
///
/// # Errors
/// When it is neither; one line that says what to give.
pub fn node_url(text: &str) -> Result<String, String> {
    if let Some((.., url)) = MONIKERS.iter().find(|(long, short, _)| text == *long || text == *short) {
        return Ok((*url).to_string());
    }
    let is_address = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match Url::parse(text) {
        Ok(url) if is_address(&url) => Ok(text.to_string()),
        _ => {
            let names = MONIKERS.map(|(long, short, _)| format!("{long} ({short})")).join(", ");
            Err(format!("{text:?} is no cluster: give an http:// or https:// address, or one of {names}"))
        }
    }
}

/// Where the websocket of the node at `url` is, by the convention of Solana's tools: the same host, and the
/// next port if one is given.
///
/// # Errors
/// When `url` is not the address of a node; one line that says what to give.
pub fn websocket_url(url: &str) -> Result<String, String> {
    let url = node_url(url)?;
    let wrong = || format!("{}: its websocket can't be told from it: give its address too", shown(&url));
    let mut socket = Url::parse(&url).map_err(|_| wrong())?;
    let scheme = if socket.scheme() == "https" { "wss" } else { "ws" };
    socket.set_scheme(scheme).map_err(|()| wrong())?;
    if let Some(port) = socket.port() {
        let next = port.checked_add(1).ok_or_else(wrong)?;
        socket.set_port(Some(next)).map_err(|()| wrong())?;
    }
    Ok(socket.to_string())
}

/// A node's address as it may be shown: without path and query, which often hold a secret key.
pub fn shown(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return "the node".to_string() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_solanas_tools() {
        for (name, url) in [
            ("mainnet-beta", "https://api.mainnet-beta.solana.com"),
            ("m", "https://api.mainnet-beta.solana.com"),
            ("d", "https://api.devnet.solana.com"),
            ("t", "https://api.testnet.solana.com"),
            ("l", "http://localhost:8899"),
            ("https://node.example/key", "https://node.example/key"),
        ] {
            assert_eq!(node_url(name), Ok(url.to_string()));
        }
        assert_eq!(
            node_url("main"),
            Err("\"main\" is no cluster: give an http:// or https:// address, or one of mainnet-beta (m), \
                 testnet (t), devnet (d), localhost (l)"
                .to_string())
        );
        assert!(node_url("ftp://node.example").is_err());
    }

    #[test]
    fn the_websocket_is_at_the_next_port() {
        for (url, socket) in [
            ("l", "ws://localhost:8900/"),
            ("m", "wss://api.mainnet-beta.solana.com/"),
            ("https://node.example/v1?key=3", "wss://node.example/v1?key=3"),
            ("http://10.0.0.1:9000", "ws://10.0.0.1:9001/"),
        ] {
            assert_eq!(websocket_url(url), Ok(socket.to_string()));
        }
        assert_eq!(
            websocket_url("http://10.0.0.1:65535"),
            Err("http://10.0.0.1:65535: its websocket can't be told from it: give its address too"
                .to_string())
        );
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(shown("https://user:pass@node.example:1234/key?api=7"), "https://node.example:1234");
        assert_eq!(shown("http://localhost:8899"), "http://localhost:8899");
    }
}
