//! The memory functions that compiled code calls, by the runtime's system calls.
//!
//! `memcpy` moves: the system call `sol_memcpy_` refuses overlapping ranges, equal ones included, which
//! LLVM's copies allow.

unsafe extern "C" {
    fn sol_memmove_(to: *mut u8, from: *const u8, bytes: u64);
    fn sol_memset_(to: *mut u8, byte: u8, bytes: u64);
    fn sol_memcmp_(a: *const u8, b: *const u8, bytes: u64, order: *mut i32);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, bytes: u64) -> *mut u8 {
    unsafe { sol_memmove_(to, from, bytes) };
    to
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, bytes: u64) -> *mut u8 {
    unsafe { sol_memmove_(to, from, bytes) };
    to
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, bytes: u64) -> *mut u8 {
    unsafe { sol_memset_(to, byte as u8, bytes) };
    to
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, bytes: u64) -> i32 {
    let mut order = 0;
    unsafe { sol_memcmp_(a, b, bytes, &mut order) };
    order
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, bytes: u64) -> i32 {
    unsafe { memcmp(a, b, bytes) }
}
