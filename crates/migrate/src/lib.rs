//! Brings a deployment up and changes it: steps that say what is wanted are compared with what the chain has, and the
//! difference becomes transactions.
//!
//! - [`listings`], [`section`], [`places`], [`step`]: what is wanted, as files.
//! - [`view`]: what is there.
//! - [`wanted`], [`plan`]: the transactions between the two.
//! - [`local`]: a chain in this process to try them on.
//! - [`run`], [`show`]: one run of the command, and what it prints.

pub mod args;
pub mod calendar;
pub mod listings;
pub mod local;
pub mod places;
pub mod plan;
pub mod run;
pub mod section;
pub mod show;
pub mod step;
pub mod view;
pub mod wanted;
