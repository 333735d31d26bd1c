//! The steps against the compiled program.

mod bring_up;
mod changes;
mod listing;
mod node;
mod rpc;
mod stage;
