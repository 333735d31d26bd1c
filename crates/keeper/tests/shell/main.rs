//! The process around the core: settings, sources, notifications, start and stop.
#[cfg(feature = "bundles")]
mod bundles;
mod config;
mod dashboard;
mod fake;
#[cfg(feature = "grpc")]
mod grpc;
mod notify;
mod source;
mod stop;
mod whole;
