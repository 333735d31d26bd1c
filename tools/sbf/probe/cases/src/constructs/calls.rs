//! Calls: more arguments than registers, wide results, indirect calls, recursion.
use super::{hash, mix};
use crate::Random;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn eight(a: u64, b: u64, c: i128, d: u32, e: u64, sum: &mut u64, g: u8, depth: u64) -> u64 {
    *sum = sum.wrapping_add(a ^ u64::from(g));
    if depth == 0 {
        return a.wrapping_mul(b) ^ c as u64 ^ u64::from(d) ^ e;
    }
    let (d, wide) = (d.wrapping_add(7), c.wrapping_mul(3));
    let x = eight(b, e, wide, d, a.wrapping_add(depth), sum, g.wrapping_add(1), depth - 1);
    x.rotate_left(7) ^ eight(e, a, c.wrapping_sub(1), d, b, sum, g ^ 0x55, depth / 3)
}

pub fn recursion(random: &mut Random) -> u64 {
    let mut sum = 0;
    let wide = random.signed(120);
    eight(random.draw(), random.draw(), wide, 1, random.draw(), &mut sum, 3, 9) ^ sum
}

trait Shape {
    fn wide(&self, a: i128, b: i128, c: u64) -> i128;
    fn many(&mut self, words: [u64; 3], d: u64, e: u64, f: u64, g: i128) -> (u64, i128);
    fn pair(&self, text: &str, bytes: &[u8]) -> (usize, u8);
    fn option(&self, x: i128) -> Option<i128>;
}

struct Plain(u64);

struct Owning {
    key: i128,
    bytes: Vec<u8>,
}

impl Shape for Plain {
    #[inline(never)]
    fn wide(&self, a: i128, b: i128, c: u64) -> i128 {
        a.wrapping_mul(b).wrapping_add(i128::from(c) + i128::from(self.0))
    }

    #[inline(never)]
    fn many(&mut self, [a, b, c]: [u64; 3], d: u64, e: u64, f: u64, g: i128) -> (u64, i128) {
        self.0 ^= a;
        (a ^ b.wrapping_mul(c) ^ d ^ e ^ f, g ^ i128::from(self.0))
    }

    #[inline(never)]
    fn pair(&self, text: &str, bytes: &[u8]) -> (usize, u8) {
        (text.len() + bytes.len(), bytes.last().copied().unwrap_or(3))
    }

    #[inline(never)]
    fn option(&self, x: i128) -> Option<i128> {
        x.checked_mul(i128::from(self.0))
    }
}

impl Shape for Owning {
    #[inline(never)]
    fn wide(&self, a: i128, b: i128, c: u64) -> i128 {
        (a ^ b ^ self.key) / (i128::from(c) | 1)
    }

    #[inline(never)]
    fn many(&mut self, [a, b, c]: [u64; 3], d: u64, e: u64, f: u64, g: i128) -> (u64, i128) {
        self.key += g & 0xff;
        self.bytes.push(a as u8);
        (f.wrapping_sub(e) | d & c ^ b, self.key.wrapping_mul(g))
    }

    #[inline(never)]
    fn pair(&self, text: &str, bytes: &[u8]) -> (usize, u8) {
        (text.bytes().filter(|byte| bytes.contains(byte)).count(), self.bytes.len() as u8)
    }

    #[inline(never)]
    fn option(&self, x: i128) -> Option<i128> {
        (x & 1 == 0).then(|| x.wrapping_sub(self.key))
    }
}

pub fn trait_objects(random: &mut Random) -> u64 {
    let owning = Owning { key: random.signed(119), bytes: vec![1, 2] };
    let mut shapes: Vec<Box<dyn Shape>> =
        vec![Box::new(Plain(random.draw())), Box::new(owning), Box::new(Plain(5))];
    let mut total = 0;
    for index in 0..9 {
        let shape = &mut shapes[random.below(3) as usize];
        mix(&mut total, &shape.wide(random.signed(128), random.signed(128), random.draw()));
        let words = [random.draw(), random.draw(), 3];
        mix(&mut total, &shape.many(words, index, random.draw(), random.draw(), random.signed(125)));
        mix(&mut total, &shape.pair("hello, world", b"lo"));
        mix(&mut total, &shape.option(random.signed(58)));
    }
    total
}

type Seven = fn(u64, u64, u64, u64, u64, u64, i128) -> i128;

#[inline(never)]
fn seven_xor(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: i128) -> i128 {
    i128::from(a ^ b ^ c ^ d ^ e ^ f) + (g >> 1)
}

#[inline(never)]
fn seven_and(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: i128) -> i128 {
    i128::from(a & b | c & d | e & f) ^ g
}

#[inline(never)]
fn seven_product(a: u64, b: u64, _: u64, _: u64, _: u64, f: u64, g: i128) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b)) % (i128::from(f) | 1) - (g >> 2)
}

static TABLE: [Seven; 3] = [seven_xor, seven_and, seven_product];

pub fn function_table(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..10 {
        let function = TABLE[random.below(3) as usize];
        let [a, b, c, d, e] = [(); 5].map(|()| random.draw());
        mix(&mut total, &function(a, b, c, d, e, random.draw() >> 1, random.signed(127)));
    }
    total
}

type Boxed = Box<dyn Fn(u64, u64, i128, u64) -> i128>;

pub fn closures(random: &mut Random) -> u64 {
    let (key, sum) = (random.signed(126), Rc::new(Cell::new(0u64)));
    let (sum0, sum1) = (sum.clone(), sum.clone());
    let functions: Vec<Boxed> = vec![
        Box::new(move |a, b, x, y| {
            sum0.set(sum0.get().wrapping_add(a));
            key ^ i128::from(a & b) ^ x ^ i128::from(y)
        }),
        Box::new(move |a, b, x, y| {
            sum1.set(sum1.get() ^ b);
            (key >> 3).wrapping_mul(x).wrapping_add(i128::from(a ^ y) - i128::from(b))
        }),
    ];
    let (shared, mut total) = (RefCell::new(vec![1u64]), 0);
    for index in 0..8u64 {
        let function = &functions[random.below(2) as usize];
        mix(&mut total, &function(random.draw(), random.draw(), random.signed(120), index));
        shared.borrow_mut().push(total);
    }
    let shared = hash(&*shared.borrow());
    total ^ sum.get() ^ shared
}

#[inline(never)]
fn ping(depth: u32, a: i128, b: u64, log: &mut Vec<u64>) -> i128 {
    if depth == 0 {
        return a;
    }
    log.push(b);
    pong(depth - 1, b, a.wrapping_mul(3), log, (1, 2)) ^ 1
}

#[inline(never)]
fn pong(depth: u32, b: u64, a: i128, log: &mut Vec<u64>, pair: (u64, u64)) -> i128 {
    if depth == 0 {
        return !a;
    }
    log.push(pair.0 + pair.1);
    ping(depth - 1, a.wrapping_sub(1), b ^ pair.0, log).wrapping_add(5)
}

pub fn mutual_recursion(random: &mut Random) -> u64 {
    let mut log = Vec::new();
    let result = ping(30, random.signed(119), random.draw(), &mut log);
    hash(&result) ^ hash(&log)
}

/// Everything from `e` on goes through memory: each type must keep its sign and width.
#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn narrow(a: u8, b: i16, c: bool, d: char, e: i8, f: u16, g: i32, h: bool, i: Option<u8>, j: &str) -> i64 {
    let flags = i64::from(c) << 50 | i64::from(h) << 51;
    let first = i64::from(a) + i64::from(b) * 3 + i64::from(d as u32) + flags;
    let second = i64::from(e) * 5 - i64::from(f) + i64::from(g) * 7 - i64::from(i.unwrap_or(9));
    first ^ second.rotate_left(9) ^ j.len() as i64
}

pub fn narrow_arguments(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..20 {
        let (x, y) = (random.word(), random.word());
        let letter = char::from_u32(x as u32 & 0xffff).unwrap_or('?');
        let optional = (y & 4 != 0).then_some(y as u8);
        let (text, flag) = (&"plimsoll"[..(x & 7) as usize], x & 1 == 0);
        let result =
            narrow(x as u8, y as i16, flag, letter, y as i8, x as u16, y as i32, y & 2 == 0, optional, text);
        mix(&mut total, &result);
    }
    total
}

type Large = ([u64; 3], Option<i128>, u8);

#[inline(never)]
fn large(a: u64, b: i128) -> Large {
    ([a, !a, a.rotate_left(3)], b.checked_mul(3), a as u8)
}

#[inline(never)]
fn larger(a: u64, b: i128, small: Large) -> Result<(Large, Large), (i128, u64)> {
    if a.is_multiple_of(5) { Err((b, a)) } else { Ok((small, large(a ^ 1, b.wrapping_add(1)))) }
}

pub fn large_results(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..12 {
        let (a, b) = (random.word(), random.wide() as i128);
        mix(&mut total, &larger(a, b, large(a, b)));
    }
    total
}

#[derive(Clone, Copy, Hash)]
#[repr(C)]
struct Small {
    a: u32,
    b: u8,
}

#[derive(Clone, Copy, Hash)]
#[repr(C)]
struct Wide {
    a: u64,
    b: [u16; 9],
    c: i128,
}

#[inline(never)]
extern "C" fn exchange(small: Small, wide: Wide, c: i128, d: u8, e: Small, f: u64) -> Wide {
    let b = wide.b.map(|word| word ^ u16::from(small.b) ^ u16::from(d));
    Wide { a: wide.a ^ u64::from(small.a) ^ f, b, c: wide.c.wrapping_sub(c) ^ i128::from(e.a) }
}

pub fn c_structures(random: &mut Random) -> u64 {
    let mut wide = Wide { a: random.draw(), b: [random.draw() as u16; 9], c: random.wide() as i128 };
    for _ in 0..12 {
        let small = Small { a: random.draw() as u32, b: random.draw() as u8 };
        wide = exchange(small, wide, random.signed(128), random.draw() as u8, small, random.draw());
    }
    hash(&wide)
}
