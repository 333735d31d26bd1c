//! What a node's refusals mean to the caller.
use super::url::shown;
use crate::chain::ChainError;
use solana_rpc_client_api::client_error::{Error, ErrorKind, reqwest};
use solana_rpc_client_api::custom_error as codes;
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use std::error::Error as _;

/// JSON-RPC's own codes.
const METHOD_NOT_FOUND: i64 = -32601;
const INTERNAL_ERROR: i64 = -32603;

/// Codes of a node that is busy or behind.
const PASSING: [i64; 9] = [
    INTERNAL_ERROR,
    codes::JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE,
    codes::JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET,
    codes::JSON_RPC_SERVER_ERROR_EPOCH_REWARDS_PERIOD_ACTIVE,
    codes::JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE,
    codes::JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED,
    codes::JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY,
    codes::JSON_RPC_SERVER_ERROR_NO_SLOT_HISTORY,
    codes::JSON_RPC_SERVER_ERROR_NO_SNAPSHOT,
];

/// What an error of the node at `url` means to the caller.
pub(super) fn chain_error(url: &str, error: Error) -> ChainError {
    let node = shown(url);
    match *error.kind {
        ErrorKind::Io(e) => {
            ChainError::Unavailable(format!("{node}: {e}: check the address and the network"))
        }
        ErrorKind::Reqwest(e) => transport(&node, &e),
        ErrorKind::Middleware(e) => ChainError::Unavailable(format!("{node}: {e}")),
        ErrorKind::RpcError(e) => answer(&node, e),
        ErrorKind::SerdeJson(e) => {
            ChainError::Strange(format!("{node}: not an answer of a Solana node: {e}"))
        }
        ErrorKind::TransactionError(error) => ChainError::Failed { error, logs: Vec::new() },
        ErrorKind::SigningError(e) => ChainError::Refused(format!("the transaction can't be signed: {e}")),
        ErrorKind::Custom(e) => ChainError::Strange(format!("{node}: {e}")),
    }
}

fn transport(node: &str, error: &reqwest::Error) -> ChainError {
    if let Some(status) = error.status() {
        let code = status.as_u16();
        return match code {
            401 | 403 => ChainError::Refused(format!(
                "{node} refuses this client ({code}): check the key in its address, or use another node"
            )),
            429 => ChainError::Unavailable(format!(
                "{node} answers no more for now ({code}): ask less often, or use a node of your own"
            )),
            400..=499 => {
                ChainError::Refused(format!("{node} answers {code}: is it the address of a Solana node?"))
            }
            _ => ChainError::Unavailable(format!("{node} answers {code}: try again, or use another node")),
        };
    }
    if error.is_decode() {
        return ChainError::Strange(format!("{node}: the answer is not JSON: is it the address of a node?"));
    }
    if error.is_timeout() {
        return ChainError::Unavailable(format!("{node} did not answer in time: try again, or another node"));
    }
    // The innermost cause says it best ("Connection refused"); the outer ones repeat the whole address.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause = if error.source().is_some() { cause.to_string() } else { "no connection".to_string() };
    ChainError::Unavailable(format!("{node}: {cause}: is it the address of a node, and does it answer?"))
}

fn answer(node: &str, error: RpcError) -> ChainError {
    match error {
        RpcError::RpcResponseError {
            data: RpcResponseErrorData::SendTransactionPreflightFailure(result),
            message,
            ..
        } => match result.err {
            Some(error) => ChainError::Failed { error: error.into(), logs: result.logs.unwrap_or_default() },
            None => ChainError::Refused(first_line(&message)),
        },
        RpcError::RpcResponseError { code: METHOD_NOT_FOUND, message, .. } => ChainError::Refused(format!(
            "{node} does not offer this ({}): use another node",
            first_line(&message)
        )),
        RpcError::RpcResponseError { code, message, .. } if PASSING.contains(&code) => {
            ChainError::Unavailable(format!("{node}: {}", first_line(&message)))
        }
        RpcError::RpcResponseError { message, .. } | RpcError::ForUser(message) => {
            ChainError::Refused(format!("{node}: {}", first_line(&message)))
        }
        RpcError::RpcRequestError(e) => ChainError::Strange(format!("{node}: {}", first_line(&e))),
        RpcError::ParseError(e) => {
            ChainError::Strange(format!("{node}: not an answer of a Solana node: expected {e}"))
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_rpc_client_api::response::RpcSimulateTransactionResult;
    use solana_transaction_error::TransactionError;

    fn response(code: i64, message: &str, data: RpcResponseErrorData) -> ChainError {
        let error = RpcError::RpcResponseError { code, message: message.to_string(), data };
        chain_error("https://node.example/key", ErrorKind::RpcError(error).into())
    }

    #[test]
    fn a_node_that_is_behind_may_answer_later() {
        let unhealthy = RpcResponseErrorData::NodeUnhealthy { num_slots_behind: Some(9) };
        assert_eq!(
            response(-32005, "Node is behind by 9 slots", unhealthy),
            ChainError::Unavailable("https://node.example: Node is behind by 9 slots".to_string())
        );
    }

    #[test]
    fn a_refusal_stays_one() {
        assert_eq!(
            response(-32602, "Invalid param: WrongSize\nmore", RpcResponseErrorData::Empty),
            ChainError::Refused("https://node.example: Invalid param: WrongSize".to_string())
        );
        assert_eq!(
            response(-32601, "Method not found", RpcResponseErrorData::Empty),
            ChainError::Refused(
                "https://node.example does not offer this (Method not found): use another node".to_string()
            )
        );
    }

    #[test]
    fn a_transaction_that_was_tried_first_comes_with_its_log() {
        let result = RpcSimulateTransactionResult {
            err: Some(TransactionError::AccountInUse.into()),
            logs: Some(vec!["Program log: no".to_string()]),
            accounts: None,
            units_consumed: None,
            loaded_accounts_data_size: None,
            return_data: None,
            inner_instructions: None,
            replacement_blockhash: None,
            fee: None,
            pre_balances: None,
            post_balances: None,
            pre_token_balances: None,
            post_token_balances: None,
            loaded_addresses: None,
        };
        let data = RpcResponseErrorData::SendTransactionPreflightFailure(result);
        let expected = ChainError::Failed {
            error: TransactionError::AccountInUse,
            logs: vec!["Program log: no".to_string()],
        };
        assert_eq!(response(-32002, "simulation failed", data), expected);
    }

    #[test]
    fn what_is_no_answer_of_a_node_is_strange() {
        let error = RpcError::RpcRequestError("RPC response is not a JSON object: 7".to_string());
        assert_eq!(
            chain_error("http://localhost:8899", ErrorKind::RpcError(error).into()),
            ChainError::Strange("http://localhost:8899: RPC response is not a JSON object: 7".to_string())
        );
    }
}
