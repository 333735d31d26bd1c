//! The tests of the risk crate, in one binary.
//!
//! | module | holds |
//! |---|---|
//! | [`reference`] | the documented formulas again, in exact rationals |
//! | [`inputs`] | what the tests are fed: edges, wide ranges, listable markets |
//! | [`agreement`] | crate against reference |
//! | [`laws`] | properties that no reference is needed for |

mod agreement;
mod inputs;
mod laws;
mod reference;
