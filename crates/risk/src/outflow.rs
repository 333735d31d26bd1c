//! How much may leave a bank, and all banks together, in a time.
//!
//! What has left is remembered and fades: after `t` seconds `e^(-t / day)` of it is left. An
//! outflow is refused if the sum would pass the limit. As the sum never shrinks faster than
//! by `sum * t / day`, in any `T` seconds at most `limit * (1 + T / day)` leaves, in however
//! many steps, beyond what comes in meanwhile and is taken off again.
//!
//! What comes in is taken off what has left its bank, never below zero: an inflow makes no
//! room for later beyond the limit. Only what comes in and goes out again within the same
//! second is no outflow at all ([`BankOutflow::passing`]); else a flash loan, deposited and
//! withdrawn, would fill a limit for nothing.
//!
//! Of the total an inflow takes off its part of what the same bank has [`counted`] in it.
//! All sums fade by the same factor whatever the limits and whatever else is in them, so the
//! total is at any time the sum of what the banks count in it. Hence a bank that gives back
//! can't erase what others took, and nobody keeps the total up by moving the same tokens in
//! and out: both would be possible if a sum leaked at a fixed speed, which the parts of it
//! don't share in proportion.
//!
//! What is held against a limit is rounded up at each update, so a bank's limit should be a
//! million native units or more: updated every second, some 86,400 of them never fade.
//!
//! [`counted`]: BankOutflow::counted

/// Seconds in which what has left fades to `1 / e`, and over which a limit may leave once more.
pub const WINDOW_SECONDS: u64 = 86_400;

/// Seconds after which nothing is left of any `u64`.
const FADED_SECONDS: u64 = 1 << 22;

/// One, as a factor of 63 binary places.
const ONE: u64 = 1 << 63;

/// `e^(-2^k / 86,400)` for `k` from 0 to 21, rounded up.
const KEPT_AFTER_POWERS: [u64; 22] = [
    0x7fff_9ee9_024f_47ab,
    0x7fff_3dd2_4e43_6bf7,
    0x7ffe_7ba5_c319_6b01,
    0x7ffc_f750_2076_26d4,
    0x7ff9_eeb2_a9c1_b5b6,
    0x7ff3_ddae_f51a_3ae6,
    0x7fe7_bc84_6299_c1f9,
    0x7fcf_7da2_3722_6a72,
    0x7f9f_0da6_b962_3fcd,
    0x7f3e_64ba_c388_3d82,
    0x7e7d_ee4c_8034_a810,
    0x7d00_690b_c576_bc34,
    0x7a12_cd2b_53e1_38a0,
    0x746b_d9dd_94f1_c2a1,
    0x69e3_d5c1_4f3e_018d,
    0x5799_603a_b49d_4a24,
    0x3bf3_3698_2235_c2a6,
    0x1c14_0475_a074_853f,
    0x0628_c514_db1c_e4d5,
    0x004b_df76_5105_dd5e,
    0x0000_2cf9_64c5_a28e,
    0x0000_0000_0fcd_5b33,
];

const DIGIT_BITS: usize = 6;
const DIGITS: usize = 4;

/// What is left after `digit * 64^place` seconds: three multiplications for any time.
static KEPT_AFTER_DIGITS: [[u64; 1 << DIGIT_BITS]; DIGITS] = kept_after_digits();

const fn kept_after_digits() -> [[u64; 1 << DIGIT_BITS]; DIGITS] {
    let mut table = [[ONE; 1 << DIGIT_BITS]; DIGITS];
    let mut power = 0;
    while power < KEPT_AFTER_POWERS.len() {
        let (place, bit) = (power / DIGIT_BITS, 1 << (power % DIGIT_BITS));
        let mut digit = 0;
        while digit < table[place].len() {
            if digit & bit != 0 {
                table[place][digit] = times_ceil(table[place][digit], KEPT_AFTER_POWERS[power]);
            }
            digit += 1;
        }
        power += 1;
    }
    table
}

/// More than all roundings of a factor come to, in its last place.
const KEPT_ERROR: u64 = 64;

/// `amount * factor`, rounded up; `factor` at most [`ONE`].
#[inline(always)]
const fn times_ceil(amount: u64, factor: u64) -> u64 {
    ((amount as u128 * factor as u128 + (ONE - 1) as u128) >> 63) as u64
}

/// The same, rounded down.
#[inline(always)]
const fn times_floor(amount: u64, factor: u64) -> u64 {
    ((amount as u128 * factor as u128) >> 63) as u64
}

/// `a * b / c`, rounded down, for `b <= c`; no 128-bit division where the product fits.
#[inline(always)]
fn part_floor(a: u64, b: u64, c: u64) -> u64 {
    match a.checked_mul(b) {
        Some(product) => product.checked_div(c).unwrap_or(0),
        None => (a as u128 * b as u128 / c as u128) as u64,
    }
}

/// What is left after `seconds`, rounded up by less than [`KEPT_ERROR`].
#[inline(always)]
fn kept_ceil(seconds: u64) -> u64 {
    if seconds >= FADED_SECONDS {
        return 0;
    }
    let digit = |place: usize| (seconds >> (place * DIGIT_BITS)) as usize & ((1 << DIGIT_BITS) - 1);
    let mut kept = KEPT_AFTER_DIGITS[0][digit(0)];
    for (place, table) in KEPT_AFTER_DIGITS.iter().enumerate().skip(1) {
        if digit(place) != 0 {
            kept = times_ceil(kept, table[digit(place)]);
        }
    }
    kept
}

/// What may leave at once, and again in every [`WINDOW_SECONDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A bank, in native units.
    pub bank: u64,
    /// All banks, in micro-USD.
    pub total: u64,
}

/// What has left a bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BankOutflow {
    /// Native units that have left, net of what came back; what is left of them, rounded up.
    pub taken: u64,
    /// What of them is in the total, in micro-USD, rounded down.
    pub counted: u64,
    /// What came back and is to be taken off the total, in micro-USD, rounded down.
    pub refund: u64,
    /// Native units that came in during the very second `at`, beyond what was taken.
    pub passing: u64,
    /// Unix time at which this holds.
    pub at: i64,
}

/// What has left all banks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TotalOutflow {
    /// Micro-USD that have left, net of what was refunded; what is left of them, rounded up.
    pub taken: u64,
    /// Unix time at which this holds.
    pub at: i64,
}

/// How much may leave instead of what was asked for, or when that may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Native units that may leave now, rounded down.
    pub room: u64,
    /// Unix time from which what was asked for may leave, if nothing else leaves before;
    /// `None` if it is more than a limit and never may in one go.
    pub open_at: Option<i64>,
}

impl BankOutflow {
    /// As it is at `now`; unchanged if the clock has gone back.
    #[inline(always)]
    pub fn at(self, now: i64) -> Self {
        if now <= self.at {
            return self;
        }
        if self.taken == 0 && self.counted == 0 && self.refund == 0 {
            return Self { at: now, ..Self::default() };
        }
        let kept = kept_ceil(now.abs_diff(self.at));
        let surely_kept = kept.saturating_sub(KEPT_ERROR);
        let refund = if self.refund == 0 { 0 } else { times_floor(self.refund, surely_kept) };
        Self {
            taken: times_ceil(self.taken, kept),
            counted: times_floor(self.counted, surely_kept),
            refund,
            passing: 0,
            at: now,
        }
    }

    /// After `amount` native units have come in: what has left falls by them, what of it is
    /// in the total in proportion.
    #[inline(always)]
    pub fn after_inflow(self, amount: u64, now: i64) -> Self {
        let bank = self.at(now);
        let back = amount.min(bank.taken);
        let refund =
            if back == bank.taken { bank.counted } else { part_floor(bank.counted, back, bank.taken) };
        Self {
            taken: bank.taken - back,
            counted: bank.counted - refund,
            refund: bank.refund.saturating_add(refund),
            passing: bank.passing.saturating_add(amount - back),
            at: bank.at,
        }
    }
}

impl TotalOutflow {
    /// As it is at `now`; unchanged if the clock has gone back.
    #[inline(always)]
    pub fn at(self, now: i64) -> Self {
        if now <= self.at {
            return self;
        }
        Self { taken: times_ceil(self.taken, kept_ceil(now.abs_diff(self.at))), at: now }
    }
}

/// An outflow about to be counted.
struct Step {
    /// Both as they are now, what was to be refunded taken off.
    bank: BankOutflow,
    total: TotalOutflow,
    /// What counts: native units and micro-USD, rounded up.
    amount: u64,
    value: u64,
}

impl Step {
    #[inline(always)]
    fn new(bank: BankOutflow, total: TotalOutflow, amount: u64, value: u64, now: i64) -> Self {
        // Both to the same time, even if the clock has gone back since one of them was there.
        let now = now.max(bank.at).max(total.at);
        let (mut bank, mut total) = (bank.at(now), total.at(now));
        total.taken = total.taken.saturating_sub(bank.refund);
        bank.refund = 0;
        let passing = bank.passing.min(amount);
        bank.passing -= passing;
        let passing_value = if passing == 0 { 0 } else { part_floor(value, passing, amount) };
        Self { bank, total, amount: amount - passing, value: value - passing_value }
    }

    #[inline(always)]
    fn fits(&self, limits: &Limits) -> bool {
        let fits = |taken: u64, more: u64, limit: u64| more == 0 || more <= limit.saturating_sub(taken);
        fits(self.bank.taken, self.amount, limits.bank) && fits(self.total.taken, self.value, limits.total)
    }

    #[inline(always)]
    fn counted(self) -> (BankOutflow, TotalOutflow) {
        let Self { mut bank, mut total, amount, value } = self;
        bank.taken = bank.taken.saturating_add(amount);
        bank.counted = bank.counted.saturating_add(value);
        total.taken = total.taken.saturating_add(value);
        (bank, total)
    }
}

/// Counts `amount` native units worth `value` micro-USD that leave at `now`, whatever the
/// limits; what does not fit a `u64` stays at its largest.
#[inline(always)]
pub fn after_outflow(
    bank: BankOutflow,
    total: TotalOutflow,
    amount: u64,
    value: u64,
    now: i64,
) -> (BankOutflow, TotalOutflow) {
    Step::new(bank, total, amount, value, now).counted()
}

/// Counts `amount` native units worth `value` micro-USD that are to leave at `now`, if both
/// limits allow it. What does not count (see [`BankOutflow::passing`]) is always allowed.
#[inline(always)]
pub fn check(
    bank: BankOutflow,
    total: TotalOutflow,
    amount: u64,
    value: u64,
    now: i64,
    limits: &Limits,
) -> Result<(BankOutflow, TotalOutflow), Refused> {
    let step = Step::new(bank, total, amount, value, now);
    if step.fits(limits) {
        return Ok(step.counted());
    }
    let room = room(&step, limits, amount, value);
    Err(Refused { room, open_at: open_at(bank, total, amount, value, now, limits) })
}

/// Native units that fit, rounded down.
#[cold]
fn room(step: &Step, limits: &Limits, amount: u64, value: u64) -> u64 {
    let bank = limits.bank.saturating_sub(step.bank.taken);
    let total = limits.total.saturating_sub(step.total.taken);
    let worth = (total as u128 * amount as u128).checked_div(value as u128).unwrap_or(u128::MAX);
    let passing = amount - step.amount;
    passing.saturating_add(worth.min(bank as u128) as u64)
}

/// The first second after `now` in which `amount` fits, by search.
#[cold]
fn open_at(
    bank: BankOutflow,
    total: TotalOutflow,
    amount: u64,
    value: u64,
    now: i64,
    limits: &Limits,
) -> Option<i64> {
    if amount > limits.bank || value > limits.total {
        return None;
    }
    let mut closed = now.max(bank.at).max(total.at);
    let mut open = closed.saturating_add(FADED_SECONDS as i64);
    while open.saturating_sub(closed) > 1 {
        let middle = closed.midpoint(open);
        let fits = Step::new(bank, total, amount, value, middle).fits(limits);
        *(if fits { &mut open } else { &mut closed }) = middle;
    }
    Some(open)
}
