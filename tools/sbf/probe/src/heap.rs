//! The program's heap.
use std::alloc::{GlobalAlloc, Layout};

/// Where the runtime puts the heap, all zeros.
const START: u64 = 0x3_0000_0000;
const BYTES: u64 = 32 * 1024;

/// Hands out memory upwards and takes none back. The first word of the heap holds the next free
/// address, because a program has no writable statics.
struct Bump;

unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = START as *mut u64;
        let free = unsafe { *next }.max(START + 8);
        let start = free.next_multiple_of(layout.align() as u64);
        let end = start + layout.size() as u64;
        if end > START + BYTES {
            return std::ptr::null_mut();
        }
        unsafe { *next = end };
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump;
