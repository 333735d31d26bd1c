//! A world to test Plimsoll in: the compiled program and the real token program in an
//! in-process SVM with mainnet's features, wallets with tokens, oracle accounts whose
//! prices a test sets, and the invariants, checked after every transaction.

pub mod actions;
pub mod chain;
pub mod diff;
mod govern;
pub mod invariants;
pub mod journal;
pub mod node;
pub mod presets;
pub mod pyth;
mod rescue;
pub mod rival;
pub mod scene;
pub mod svm;
pub mod tokens;
pub mod world;

pub use chain::SvmChain;
pub use diff::{Diff, Snapshot};
pub use node::Node;
pub use svm::{Failure, Outcome, Svm};
pub use world::{Wallet, World};
