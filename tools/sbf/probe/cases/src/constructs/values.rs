//! Values: enums, copies, layouts, cells.
use super::{hash, mix};
use crate::Random;
use std::cell::{Cell, OnceCell, RefCell};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

#[derive(Clone, Copy, Hash, PartialEq, Debug)]
enum Mixed {
    Nothing,
    Wide(i128),
    Fields { x: u64, y: i128, z: u8 },
    Small(u8),
}

#[inline(never)]
fn mixed(kind: u64, wide: i128) -> Mixed {
    match kind % 4 {
        0 => Mixed::Nothing,
        1 => Mixed::Wide(wide),
        2 => Mixed::Fields { x: kind, y: !wide, z: kind as u8 },
        _ => Mixed::Small(kind as u8),
    }
}

#[inline(never)]
fn fallible(a: i128, b: u64) -> Result<(u64, i128), Mixed> {
    if b.is_multiple_of(3) { Err(mixed(b, a)) } else { Ok((b, a.wrapping_add(1))) }
}

#[inline(never)]
fn propagating(a: i128, b: u64) -> Result<i128, Mixed> {
    let (x, y) = fallible(a, b)?;
    let (p, q) = fallible(y, x / 2)?;
    Ok(q ^ i128::from(p))
}

pub fn enums(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..12 {
        let (a, b) = (random.wide() as i128, random.word());
        mix(&mut total, &mixed(b, a));
        mix(&mut total, &propagating(a, b));
        mix(&mut total, &format!("{:?}", mixed(b >> 3, a)));
    }
    total
}

#[derive(Clone, Copy, Hash)]
#[repr(C)]
struct Big {
    words: [u64; 11],
    wide: i128,
    bytes: [u8; 37],
    short: u16,
}

#[inline(never)]
fn change(mut big: Big, n: u64) -> Big {
    big.words[(n % 11) as usize] ^= n;
    big.bytes[(n % 37) as usize] += 1;
    big.wide -= 1;
    big
}

pub fn copies(random: &mut Random) -> u64 {
    let mut big = Big { words: [random.draw(); 11], wide: random.signed(126), bytes: [3; 37], short: 9 };
    for _ in 0..20 {
        big = change(big, random.draw());
    }
    let three = [big; 3];
    hash(&three.to_vec()) ^ hash(&three[1])
}

#[inline(never)]
fn pick<'a>(words: &'a [u64], n: usize, other: Option<&'a u64>) -> Option<&'a u64> {
    words.get(n).or(other)
}

pub fn niches(random: &mut Random) -> u64 {
    let words: Vec<u64> = (0..8).map(|_| random.word()).collect();
    let mut total = 0;
    for _ in 0..20 {
        let (n, other) = (random.below(12) as usize, random.below(9) as usize);
        mix(&mut total, &pick(&words, n, words.get(other)));
        let non_zero = NonZeroU64::new(random.word());
        mix(&mut total, &non_zero.map(|value| value.leading_zeros()));
        let nested: Option<Option<bool>> = [None, Some(None), Some(Some(true)), Some(Some(false))][n % 4];
        mix(&mut total, &(nested, nested.flatten()));
    }
    total
}

#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Packed {
    a: u8,
    b: u128,
    c: u32,
    d: u64,
    e: [u16; 3],
}

#[inline(never)]
fn read_packed(packed: &Packed) -> (u128, u64) {
    let (b, c, d, e) = (packed.b, packed.c, packed.d, packed.e);
    (b ^ u128::from(d), u64::from(c) ^ u64::from(e[2]) ^ u64::from(packed.a))
}

pub fn packed(random: &mut Random) -> u64 {
    let (mut values, mut total) = (Vec::new(), 0);
    for _ in 0..10 {
        let (a, c) = (random.draw() as u8, random.draw() as u32);
        values.push(Packed { a, b: random.wide(), c, d: random.word(), e: [1, 2, a.into()] });
    }
    for (index, packed) in values.iter_mut().enumerate() {
        packed.d ^= index as u64;
        packed.b = packed.b.wrapping_add(1);
        mix(&mut total, &read_packed(packed));
    }
    total
}

pub fn alignment(random: &mut Random) -> u64 {
    let mut heap: Vec<u128> = Vec::new();
    let odd = Box::new(1u8);
    for index in 0..20 {
        heap.push(random.wide() ^ index);
    }
    let boxed: Box<(u8, i128, u32)> = Box::new((*odd, random.wide() as i128, 7));
    let stack: [(u8, u128); 4] = std::array::from_fn(|index| (index as u8, random.wide()));
    assert!((heap.as_ptr() as usize).is_multiple_of(align_of::<u128>()), "heap");
    assert!((&raw const stack as usize).is_multiple_of(align_of::<u128>()), "stack");
    hash(&heap) ^ hash(&*boxed) ^ hash(&stack)
}

pub fn cells(random: &mut Random) -> u64 {
    let (a, b, flag) = (AtomicU64::new(random.draw()), AtomicU32::new(5), AtomicBool::new(false));
    a.fetch_add(random.draw(), Ordering::SeqCst);
    a.fetch_xor(9, Ordering::AcqRel);
    b.fetch_max(77, Ordering::Relaxed);
    let before = a.compare_exchange(a.load(Ordering::Acquire), 12345, Ordering::SeqCst, Ordering::Relaxed);
    let failed = a.compare_exchange(1, 2, Ordering::SeqCst, Ordering::Relaxed);
    b.swap(b.load(Ordering::Relaxed) + 1, Ordering::Release);
    let was = flag.swap(true, Ordering::SeqCst);
    let (once, cell, shared) = (OnceCell::new(), Cell::new(7u128), RefCell::new(vec![1u8]));
    let x = *once.get_or_init(|| random.draw());
    cell.set(cell.replace(random.wide()) ^ cell.get());
    shared.borrow_mut().extend([x as u8; 9]);
    let borrowed = shared.borrow();
    let refused = shared.try_borrow_mut().is_err();
    let atomics = (a.load(Ordering::SeqCst), b.load(Ordering::SeqCst), flag.load(Ordering::SeqCst), was);
    hash(&(before, failed, atomics)) ^ hash(&(x, cell.get(), refused, &*borrowed))
}
