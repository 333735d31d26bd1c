//! Tests of the compiled program; see `tests/`.
