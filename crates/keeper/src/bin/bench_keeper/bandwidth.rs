//! What the machine's memory gives at most.
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// Far beyond any cache.
const WORDS: usize = 32 << 20;
const PASSES: usize = 7;

/// Bytes per second that so many threads read together from a buffer of 256 MB, the best of several passes.
pub fn measure(threads: usize) -> f64 {
    let words: Vec<u64> = (0..WORDS as u64).collect();
    let best = (0..PASSES).map(|_| pass(&words, threads)).min().unwrap_or(Duration::MAX);
    size_of_val(words.as_slice()) as f64 / best.as_secs_f64()
}

fn pass(words: &[u64], threads: usize) -> Duration {
    let started = Instant::now();
    thread::scope(|scope| {
        for part in words.chunks(words.len().div_ceil(threads)) {
            scope.spawn(move || black_box(sum(part)));
        }
    });
    started.elapsed()
}

/// In lanes, so that no addition waits for the one before.
fn sum(words: &[u64]) -> u64 {
    let mut lanes = [0u64; 16];
    for part in words.as_chunks::<16>().0 {
        for (lane, word) in lanes.iter_mut().zip(part) {
            *lane = lane.wrapping_add(*word);
        }
    }
    lanes.iter().fold(0, |sum, lane| sum.wrapping_add(*lane))
}
