//! The standard library's collections, sorting, iterators and text.
use super::{hash, mix};
use crate::Random;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};

pub fn ordered(random: &mut Random) -> u64 {
    let (mut map, mut set) = (BTreeMap::new(), BTreeSet::new());
    let (mut queue, mut heap) = (VecDeque::new(), BinaryHeap::new());
    for index in 0..60u64 {
        let key = random.below(100);
        map.insert(key, format!("{index}-{key}"));
        queue.push_front(key);
        heap.push(i128::from(random.draw()) * 3);
        set.insert((key as u8, index % 3));
        if index.is_multiple_of(5) {
            map.remove(&(key / 2));
            queue.pop_back();
            heap.pop();
        }
    }
    let range = map.range(20..70).map(|(key, text)| key ^ text.len() as u64).sum::<u64>();
    hash(&map) ^ hash(&queue) ^ hash(&heap.into_sorted_vec()) ^ hash(&set) ^ range
}

pub fn hashed(random: &mut Random) -> u64 {
    let (mut map, mut set) = (HashMap::new(), HashSet::new());
    for index in 0..100u64 {
        *map.entry(random.below(40)).or_insert(0u64) += index;
        set.insert(random.below(30).to_string());
    }
    map.retain(|key, _| key % 7 != 3);
    let mut entries: Vec<(u64, u64)> = map.iter().map(|(key, value)| (*key, *value)).collect();
    entries.sort_unstable();
    let mut texts: Vec<&String> = set.iter().collect();
    texts.sort();
    hash(&entries) ^ hash(&texts) ^ map.get(&8).copied().unwrap_or(0)
}

pub fn sorting(random: &mut Random) -> u64 {
    let mut rows: Vec<(u64, i128, u8)> =
        (0..120).map(|_| (random.below(9), random.wide() as i128, random.draw() as u8)).collect();
    rows.sort();
    let sorted = hash(&rows);
    rows.sort_by_key(|row| row.2 & 7);
    let stable = hash(&rows);
    rows.sort_unstable_by(|x, y| y.1.cmp(&x.1).then(x.2.cmp(&y.2)).then(x.0.cmp(&y.0)));
    rows.dedup_by_key(|row| row.2);
    rows.retain(|row| row.0 != 4);
    let mut words: Vec<u64> = rows.iter().map(|row| row.0 ^ u64::from(row.2)).collect();
    words.sort_unstable();
    let place = words.binary_search(&5).unwrap_or_else(|place| place) as u64;
    let sum = rows.iter().map(|row| row.1 >> 9).sum::<i128>() as u64;
    sorted ^ stable.rotate_left(1) ^ hash(&rows) ^ hash(&words) ^ place ^ sum
}

pub fn iterators(random: &mut Random) -> u64 {
    let words: Vec<u64> = (0..50).map(|_| random.below(1000)).collect();
    let sum: u128 = words.iter().map(|word| u128::from(*word) * 1_000_000_000_000).sum();
    let product: i128 = words.iter().take(7).map(|word| i128::from(*word) - 500).product();
    let zipped: Vec<(usize, u64)> = words
        .chunks(3)
        .zip(words.windows(2))
        .enumerate()
        .filter(|(index, _)| index % 2 == 0)
        .map(|(index, (chunk, window))| (index, chunk.iter().sum::<u64>() ^ window[0]))
        .collect();
    let (large, small): (Vec<u64>, Vec<u64>) = words.iter().partition(|word| **word > 400);
    let folded = words.iter().fold((0u64, 1i128, 0u8), |(x, y, z), word| {
        (x ^ word, y.wrapping_mul(i128::from(*word) | 1), z.wrapping_add(*word as u8))
    });
    let stepped: Vec<&u64> = words.iter().rev().step_by(3).skip_while(|word| **word > 3).collect();
    let mut total = hash(&(sum, product, folded));
    mix(&mut total, &zipped);
    mix(&mut total, &(large, small));
    mix(&mut total, &stepped);
    mix(&mut total, &words.iter().flat_map(|word| [word % 3, word / 7]).max_by_key(|word| word ^ 5));
    total
}

pub fn text(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..6 {
        let (a, b) = (random.wide(), random.word());
        let signed = a as i128;
        let numbers =
            format!("{a} {signed} {b:#x} {:08} {:>5}|{:<7}|{:+}", b as u16, b as u8, b as i8, b as i16);
        let text = format!("{numbers} {:?}", (b as i32, "q\"\n"));
        let mut words = text.split(' ');
        assert!(words.next().and_then(|word| word.parse().ok()) == Some(a), "u128");
        assert!(words.next().and_then(|word| word.parse().ok()) == Some(signed), "i128");
        mix(&mut total, text.as_str());
        mix(&mut total, &text.to_uppercase());
        mix(&mut total, &text.chars().rev().collect::<String>());
        mix(&mut total, &("12x".parse::<u8>().is_err(), "-170".parse::<i64>().ok()));
        total ^= match text.len() % 5 {
            0 => "zero".len() as u64,
            1 => 77,
            2 => text.find('9').map_or(1, |place| place as u64),
            _ => text.matches('1').count() as u64,
        };
    }
    total
}
