//! The keeper of Plimsoll.
