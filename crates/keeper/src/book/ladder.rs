//! Triggers of accounts, by price.

/// Bits of a price below its leading one that tell buckets apart: each is 0.02% to 0.05% wide.
const STEPS_BITS: u32 = 11;
const STEPS: usize = 1 << STEPS_BITS;
/// Powers of two that a price in micro-USD per native unit may lie between: a Q64.64 number below 2^128 and not
/// below 2^-64.
const OCTAVES: usize = 128;
/// Exponent of 2^-64 as a floating point number carries it.
const LOWEST_EXPONENT: u64 = 1023 - 64;
/// The highest rung.
pub const TOP: u32 = (OCTAVES * STEPS) as u32 - 1;

/// The rung of a price; a higher price is never on a lower one.
pub fn rung(price: f64) -> u32 {
    let lowest = LOWEST_EXPONENT << STEPS_BITS;
    let rung = (price.max(0.0).to_bits() >> (f64::MANTISSA_DIGITS - 1 - STEPS_BITS)).saturating_sub(lowest);
    rung.min(TOP as u64) as u32
}

/// Entries on rungs, to be taken from the top.
pub struct Ladder {
    /// Buckets of an octave, made when first needed.
    octaves: Vec<Option<Box<[Vec<u32>]>>>,
    /// No entry is above.
    top: u32,
    len: usize,
    /// Entries after which it is time to sort out those that no longer count.
    crowded: usize,
}

/// As many entries are never crowded.
const CROWDED_MIN: usize = 1024;
/// A bucket that has been emptied keeps room for this many.
const KEPT: usize = 32;

impl Ladder {
    /// Without entries.
    pub fn new() -> Self {
        Self { octaves: (0..OCTAVES).map(|_| None).collect(), top: 0, len: 0, crowded: CROWDED_MIN }
    }

    /// Puts an entry on a rung.
    pub fn push(&mut self, rung: u32, entry: u32) {
        let octave = self.octaves[(rung >> STEPS_BITS) as usize]
            .get_or_insert_with(|| (0..STEPS).map(|_| Vec::new()).collect());
        octave[rung as usize % STEPS].push(entry);
        self.top = self.top.max(rung);
        self.len += 1;
    }

    /// Takes all entries from a rung on upwards.
    pub fn take(&mut self, from: u32, out: &mut Vec<u32>) {
        let first = (from >> STEPS_BITS) as usize;
        for octave in first..=(self.top >> STEPS_BITS) as usize {
            let Some(buckets) = &mut self.octaves[octave] else { continue };
            let lowest = if octave == first { from as usize % STEPS } else { 0 };
            for bucket in &mut buckets[lowest..] {
                self.len -= bucket.len();
                out.extend_from_slice(bucket);
                bucket.clear();
                bucket.shrink_to(KEPT);
            }
        }
        self.top = self.top.min(from);
    }

    /// Whether entries that no longer count may be most of all there are.
    pub fn is_crowded(&self) -> bool {
        self.len >= self.crowded
    }

    /// Keeps the entries that count.
    pub fn sort_out(&mut self, counts: impl Fn(u32) -> bool) {
        for bucket in self.octaves.iter_mut().flatten().flat_map(|octave| octave.iter_mut()) {
            bucket.retain(|entry| counts(*entry));
            bucket.shrink_to(KEPT.max(bucket.len()));
        }
        self.len = self.octaves.iter().flatten().flat_map(|octave| octave.iter()).map(Vec::len).sum();
        self.crowded = CROWDED_MIN.max(2 * self.len);
    }

    /// Bytes in use.
    pub fn memory_bytes(&self) -> usize {
        let buckets = self.octaves.iter().flatten().flat_map(|octave| octave.iter());
        let used: usize =
            buckets.map(|bucket| size_of::<Vec<u32>>() + bucket.capacity() * size_of::<u32>()).sum();
        used + OCTAVES * size_of::<Option<Box<[Vec<u32>]>>>()
    }
}
