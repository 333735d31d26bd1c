//! Code that is compiled natively and for the chain; its results must be equal.
//!
//! [`operations`] covers arithmetic: every operation on many random and edge inputs, each input being
//! the same for all. [`constructs`] covers the language: one function for each construct that the back
//! end or the linker could break.
pub mod constructs;
pub mod operations;
mod random;

pub use random::Random;
