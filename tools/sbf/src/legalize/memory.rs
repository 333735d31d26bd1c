//! Memory intrinsics.
//!
//! The back end expands copies and fills of a small constant size to loads and stores, and would turn
//! all others into calls that it refuses. They become calls of `memmove` and `memset`, which `runtime`
//! defines by the runtime's system calls. `memmove` also serves for `memcpy`: the system call behind
//! `memcpy` refuses overlapping ranges, equal ones included, which LLVM's `memcpy` allows; both cost the
//! same. A move is never expanded: loads and stores one by one are wrong for overlapping ranges.
use super::Legalizer;
use crate::llvm::{self, Value, erase, operand};

/// The largest constant size left to the back end, in bytes: 8 bytes cost one load and one store, a
/// system call costs at least 10 compute units and the setting up of its arguments.
const INLINE_BYTES_MAX: u64 = 64;

impl Legalizer {
    pub(super) fn memory(&mut self, call: Value, name: &str) {
        let (to, from_or_byte, bytes) = (operand(call, 0), operand(call, 1), operand(call, 2));
        let small = llvm::constant(bytes).is_some_and(|bytes| bytes <= INLINE_BYTES_MAX);
        if small && !name.starts_with("llvm.memmove.") {
            return;
        }
        let ir = &self.ir;
        let bytes = ir.zext(bytes, ir.int(64));
        if name.starts_with("llvm.memset.") {
            let byte = ir.zext(from_or_byte, ir.int(32));
            ir.call("memset", ir.pointer(), &[to, byte, bytes]);
        } else {
            ir.call("memmove", ir.pointer(), &[to, from_or_byte, bytes]);
        }
        erase(call);
    }
}
