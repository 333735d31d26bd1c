//! Tests of the compiled program; see `tests/`. Here is what they share.

pub mod attack_stage;
pub mod bench;
pub mod full;
pub mod layout_v0;
pub mod liquidating;
pub mod reference;
pub mod scene;
pub mod soak;
