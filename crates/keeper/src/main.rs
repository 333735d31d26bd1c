//! The keeper of Plimsoll.
fn main() {}
