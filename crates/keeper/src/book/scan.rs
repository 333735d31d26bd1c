//! Passes over many accounts, shared between threads.
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::columns::Columns;
use super::kernel::Table;

/// Accounts that a thread takes at a time from a pass over all of them.
const ROWS: usize = 16_384;
/// Fewer than twice as many are not worth a thread.
const SHARE: usize = 1_024;

/// Accounts that may be below the table's line, out of all.
pub fn below(columns: &Columns, table: &Table, threads: usize) -> Vec<u32> {
    let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
    for (shape, rows) in columns.shapes().iter().enumerate() {
        for from in (0..rows.len()).step_by(ROWS) {
            parts.push((shape, from..rows.len().min(from + ROWS)));
        }
    }
    let next = AtomicUsize::new(0);
    let pass = || {
        let mut found = Vec::new();
        while let Some((shape, rows)) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            columns.shapes()[*shape].screen(rows.clone(), table, &mut found);
        }
        found
    };
    let helpers = threads.min(parts.len()).saturating_sub(1);
    thread::scope(|scope| {
        let others: Vec<_> = (0..helpers).map(|_| scope.spawn(pass)).collect();
        let mut found = pass();
        for other in others {
            found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    })
}

/// What `find` makes of each account, in their order.
pub fn each<T: Send>(ids: &[u32], threads: usize, find: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let threads = threads.min(ids.len() / SHARE).max(1);
    let of = |ids: &[u32]| ids.iter().map(|id| find(*id)).collect::<Vec<T>>();
    if threads == 1 {
        return of(ids);
    }
    let mut parts = ids.chunks(ids.len().div_ceil(threads));
    let first = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let of = &of;
        let others: Vec<_> = parts.map(|part| scope.spawn(move || of(part))).collect();
        let mut all = of(first);
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    })
}
