//! The keeper of Plimsoll.
pub mod book;
pub mod core;
pub mod secret;
