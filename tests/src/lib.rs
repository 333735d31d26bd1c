//! Tests of the compiled program; see `tests/`. Here is what they share.

pub mod attack_stage;
pub mod bench;
pub mod full;
pub mod liquidating;
pub mod reference;
pub mod scene;
pub mod soak;
