//! Memory: copies, fills and comparisons of all sizes, aligned and not, overlapping and not.
use super::hash;
use crate::Random;
use std::ptr;

pub fn overlapping(random: &mut Random) -> u64 {
    let (mut bytes, mut list) = ([0u8; 1500], vec![7u8; 700]);
    for index in 0..60 {
        let (length, from, to) =
            (random.below(500) as usize, random.below(900) as usize, random.below(900) as usize);
        bytes[from..from + length].fill(random.draw() as u8);
        bytes.copy_within(from..from + length, to);
        list[..length].copy_from_slice(&bytes[to..to + length]);
        list.insert(length, index as u8);
        list.truncate(700);
        if length.is_multiple_of(7) {
            list.rotate_left(length);
        }
        // Sound: all offsets are less than 900 + 500 + 20.
        unsafe {
            let word = bytes.as_ptr().add(length).cast::<u64>().read_unaligned();
            let wide = bytes.as_ptr().add(from + 1).cast::<u128>().read_unaligned();
            bytes[index + 3] ^= (word >> 40) as u8 ^ (wide >> 90) as u8;
            bytes.as_mut_ptr().add(to + 3).cast::<u32>().write_unaligned(word as u32);
            let copied = bytes.as_ptr().add(from).cast::<[u8; 24]>();
            ptr::copy(copied, bytes.as_mut_ptr().add(from + 5).cast(), 1);
        }
    }
    hash(&bytes[..]) ^ hash(&list)
}

pub fn comparison(random: &mut Random) -> u64 {
    let mut a: Vec<u8> = (0..400).map(|_| random.below(3) as u8).collect();
    let mut total = 0u64;
    for _ in 0..60 {
        let (length, from) = (random.below(100) as usize, random.below(100) as usize);
        let to = from + 100;
        let b = a[from..from + length].to_vec();
        a[to..to + length].copy_from_slice(&b);
        let changed = to + random.below(100) as usize;
        a[changed] = a[changed].wrapping_add(random.draw() as u8 & 1);
        let (x, y) = (&a[from..from + length], &a[to..to + length]);
        let order = x.cmp(y) as i8 as u64;
        let fixed = a[..32] == a[to..to + 32];
        let reversed = a[from..from + length] > a[changed..changed + length];
        total = total.rotate_left(4) ^ order ^ u64::from(x == y) << 9 ^ u64::from(fixed) << 10;
        total ^= u64::from(reversed) << 11 ^ u64::from(x.starts_with(&y[..length / 2])) << 12;
    }
    total ^ hash(&a)
}
