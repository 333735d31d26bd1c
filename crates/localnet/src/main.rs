//! A complete local deployment of Plimsoll.
fn main() {}
