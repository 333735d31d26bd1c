//! The keeper of Plimsoll.
pub mod core;
pub mod secret;
