//! The process around the core: settings, sources, notifications, start and stop.
mod config;
mod fake;
mod notify;
mod source;
mod stop;
