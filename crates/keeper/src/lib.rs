//! The keeper of Plimsoll.
pub mod secret;
