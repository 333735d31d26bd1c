//! Time and the wish to stop, as what runs in threads sees them: tests have a time of their own.
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A clock that does not go back, and a wait that ends early when the keeper shall stop.
pub trait Time: Send + Sync {
    /// Microseconds since some moment.
    fn now_us(&self) -> u64;

    /// Milliseconds since that moment.
    fn now_ms(&self) -> u64 {
        self.now_us() / 1_000
    }

    /// Waits for a while; `true` if the keeper shall stop, at once if it knows so already.
    fn wait(&self, duration: Duration) -> bool;

    /// Whether the keeper shall stop.
    fn is_stopped(&self) -> bool {
        self.wait(Duration::ZERO)
    }
}

/// This machine's clock.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Default for Clock {
    fn default() -> Self {
        Self { start: Instant::now(), stopped: Mutex::new(false), changed: Condvar::new() }
    }
}

impl Clock {
    /// Tells everybody to stop.
    pub fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
}

impl Time for Clock {
    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn wait(&self, duration: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(stopped, duration, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_stop_ends_every_wait() {
        let clock = Arc::new(Clock::default());
        assert!(!clock.is_stopped());
        let waiting = {
            let clock = Arc::clone(&clock);
            std::thread::spawn(move || clock.wait(Duration::from_secs(3_600)))
        };
        clock.stop();
        assert!(waiting.join().unwrap());
        assert!(clock.is_stopped());
    }
}
