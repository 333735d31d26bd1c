//! Language constructs. Each case computes one word from a seed.
//!
//! The functions are kept apart with `#[inline(never)]`: what is tested is how they call each other.
mod calls;
mod collections;
mod memory;
mod numbers;
mod values;

use crate::Random;
use core::hash::{Hash, Hasher};

type Case = fn(&mut Random) -> u64;

const CASES: [(&str, Case); 24] = [
    ("recursion with eight arguments", calls::recursion),
    ("trait objects", calls::trait_objects),
    ("function pointers in a table", calls::function_table),
    ("closures in boxes", calls::closures),
    ("mutual recursion with a wide result", calls::mutual_recursion),
    ("narrow arguments beyond the fifth", calls::narrow_arguments),
    ("large results", calls::large_results),
    ("C structures by value", calls::c_structures),
    ("enums and results", values::enums),
    ("copies of large values", values::copies),
    ("optional references and niches", values::niches),
    ("unaligned and packed fields", values::packed),
    ("alignment of 16 bytes", values::alignment),
    ("cells and atomics", values::cells),
    ("overlapping memory", memory::overlapping),
    ("comparison of memory", memory::comparison),
    ("ordered maps, queues, heaps", collections::ordered),
    ("hash maps", collections::hashed),
    ("sorting and searching", collections::sorting),
    ("iterators", collections::iterators),
    ("text", collections::text),
    ("jumps and lookup tables", numbers::jumps),
    ("floats", numbers::floats),
    ("rare integer methods", numbers::integers),
];

/// The cases' names, in the order of their numbers.
pub fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(name, _)| *name)
}

/// # Panics
/// When there is no such case, and where a case itself overflows: natively and on chain alike.
pub fn run(number: usize, seed: u64) -> u64 {
    CASES[number].1(&mut Random::new(seed))
}

/// FNV-1a: the standard library's hashers are not the same everywhere.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    value.hash(&mut hasher);
    hasher.finish()
}

/// Adds a value's hash to a running one.
fn mix<T: Hash + ?Sized>(total: &mut u64, value: &T) {
    *total = total.rotate_left(5) ^ hash(value);
}
