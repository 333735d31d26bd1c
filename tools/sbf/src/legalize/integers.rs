//! Integer multiplication, division and shifts.
//!
//! SBPF has 64-bit registers, no division of signed numbers and no product over 64 bits. LLVM would turn
//! the 128-bit operations into calls of compiler-builtins, which it then refuses for a result over 64
//! bits; signed division it refuses outright.
//!
//! - **65 to 128 bits**: operands are extended to 128 bits, by sign for signed division and by zeros
//!   otherwise, and a helper of `runtime` computes the 128-bit result, which is truncated. Truncation
//!   commutes with multiplication, and the extended quotient fits whenever the original is defined.
//! - **129 to 256 bits** (multiplication only; the core library uses it to print 128-bit numbers): the
//!   same by way of memory.
//! - **signed division up to 64 bits**: the operands' magnitudes are divided and the sign is put back:
//!   the quotient's is the exclusive or of the operands', the remainder's is the dividend's, as Rust and
//!   LLVM define them. With s the sign spread over the word, `(x ^ s) - s` is the magnitude, and also
//!   puts a sign back. The magnitude of the least number is itself, read as unsigned: correct.
//! - **wide shifts by a variable amount** call a helper; by a constant, the back end expands them.
//!   Funnel shifts (rotations) of 128 bits become two wide shifts, of which one is split into a shift by
//!   one and a shift by `127 - n`: together `128 - n` without ever shifting by the full width.
use super::{Legalizer, Role};
use crate::llvm::{self, Value, operand, replace, sys, type_of, width};
use sys::LLVMOpcode::{self, *};

impl Legalizer {
    pub(super) fn integer(&mut self, instruction: Value, op: LLVMOpcode) {
        let Some(bits) = width(type_of(instruction)) else {
            return self.problem_at(instruction, "vector arithmetic");
        };
        match bits {
            ..=64 if matches!(op, LLVMSDiv | LLVMSRem) => self.signed_division(instruction, op, bits),
            ..=64 => {}
            65..=128 => self.wide_arithmetic(instruction, op, bits),
            129..=256 if op == LLVMMul => self.widest_product(instruction, bits),
            _ => self.problem_at(instruction, &format!("{bits}-bit arithmetic")),
        }
    }

    fn signed_division(&mut self, instruction: Value, op: LLVMOpcode, bits: u32) {
        let ir = &self.ir;
        let extend = |value| ir.sext(value, ir.int(64));
        let sign = |value| ir.ashr(value, ir.constant(64, 63));
        let magnitude = |value, sign| ir.sub(ir.xor(value, sign), sign);
        let (a, b) = (extend(operand(instruction, 0)), extend(operand(instruction, 1)));
        let (sign_a, sign_b) = (sign(a), sign(b));
        let (a, b) = (magnitude(a, sign_a), magnitude(b, sign_b));
        let (result, sign) =
            if op == LLVMSDiv { (ir.udiv(a, b), ir.xor(sign_a, sign_b)) } else { (ir.urem(a, b), sign_a) };
        let result = magnitude(result, sign);
        replace(instruction, ir.trunc(result, ir.int(bits)));
    }

    fn wide_arithmetic(&mut self, instruction: Value, op: LLVMOpcode, bits: u32) {
        let signed = matches!(op, LLVMSDiv | LLVMSRem);
        let (a, b) = (operand(instruction, 0), operand(instruction, 1));
        let (a, b) = (self.extend_to_128(a, signed), self.extend_to_128(b, signed));
        let result = match (op, self.as_word(a), self.as_word(b)) {
            (LLVMMul, Some(a), Some(b)) => {
                self.wide_call(instruction, "__sbf_umulw", self.ir.void(), &[a, b]).0
            }
            _ => {
                let helper = match op {
                    LLVMMul => "__sbf_mul128",
                    LLVMUDiv => "__sbf_udiv128",
                    LLVMURem => "__sbf_urem128",
                    LLVMSDiv => "__sbf_sdiv128",
                    _ => "__sbf_srem128",
                };
                let ((a_low, a_high), (b_low, b_high)) = (self.ir.halves(a), self.ir.halves(b));
                self.wide_call(instruction, helper, self.ir.void(), &[a_low, a_high, b_low, b_high]).0
            }
        };
        replace(instruction, self.ir.trunc(result, self.ir.int(bits)));
    }

    fn widest_product(&mut self, instruction: Value, bits: u32) {
        let ty = self.ir.int(256);
        let [out, left, right] =
            [Role::Result, Role::Left, Role::Right].map(|r| self.stack(instruction, r, 4));
        for (index, memory) in [(0, left), (1, right)] {
            self.ir.store(self.ir.zext(operand(instruction, index), ty), memory, 8);
        }
        self.ir.call("__sbf_mul256", self.ir.void(), &[out, left, right]);
        let product = self.ir.load(ty, out, 8);
        replace(instruction, self.ir.trunc(product, self.ir.int(bits)));
    }

    pub(super) fn shift(&mut self, instruction: Value, op: LLVMOpcode) {
        let Some(bits) = width(type_of(instruction)) else {
            return self.problem_at(instruction, "vector arithmetic");
        };
        let (value, amount) = (operand(instruction, 0), operand(instruction, 1));
        if bits <= 64 || llvm::is_constant(amount) {
            return;
        }
        if bits > 128 {
            return self.problem_at(instruction, &format!("{bits}-bit arithmetic"));
        }
        let value = self.extend_to_128(value, op == LLVMAShr);
        let (low, high) = self.ir.halves(value);
        let amount = self.ir.trunc(amount, self.ir.int(64));
        let helper = match op {
            LLVMShl => "__sbf_shl128",
            LLVMLShr => "__sbf_lshr128",
            _ => "__sbf_ashr128",
        };
        let result = self.wide_call(instruction, helper, self.ir.void(), &[low, high, amount]).0;
        replace(instruction, self.ir.trunc(result, self.ir.int(bits)));
    }

    pub(super) fn funnel_shift(&mut self, call: Value, left: bool) {
        let Some(bits) = width(type_of(call)) else { return };
        let (a, b, amount) = (operand(call, 0), operand(call, 1), operand(call, 2));
        if bits <= 64 || llvm::is_constant(amount) {
            return;
        }
        if bits != 128 {
            return self.problem_at(call, &format!("a {bits}-bit funnel shift"));
        }
        let ir = &self.ir;
        let (one, mask) = (ir.constant(bits, 1), ir.constant(bits, 127));
        let amount = ir.and(amount, mask);
        let inverse = ir.xor(amount, mask);
        let result = if left {
            let rest = ir.lshr(ir.lshr(b, one), inverse);
            ir.or(ir.shl(a, amount), rest)
        } else {
            let rest = ir.shl(ir.shl(a, one), inverse);
            ir.or(ir.lshr(b, amount), rest)
        };
        replace(call, result);
    }

    /// The value itself when it has 128 bits.
    fn extend_to_128(&self, value: Value, signed: bool) -> Value {
        let ty = self.ir.int(128);
        if signed { self.ir.sext(value, ty) } else { self.ir.zext(value, ty) }
    }

    /// A 128-bit value as a 64-bit one, when it obviously is below 2^64: it was zero-extended, or
    /// masked (what LLVM makes of truncating and extending again), or shifted down by a word.
    fn as_word(&self, value: Value) -> Option<Value> {
        if let Some(source) = llvm::zero_extended(value) {
            return (width(type_of(source))? <= 64).then(|| self.ir.zext(source, self.ir.int(64)));
        }
        if let Some((op, left, right)) = llvm::binary_operation(value) {
            let constant = llvm::is_constant(right).then(|| self.ir.halves(right));
            let (low, high) = constant.map(|(low, high)| (llvm::constant(low), llvm::constant(high)))?;
            return match (op, low, high) {
                (LLVMAnd, Some(mask), Some(0)) => {
                    Some(self.ir.and(self.ir.halves(left).0, self.ir.constant(64, mask)))
                }
                (LLVMLShr, Some(64..), Some(0)) => Some(self.ir.halves(value).0),
                _ => None,
            };
        }
        let (low, high) = llvm::is_constant(value).then(|| self.ir.halves(value))?;
        (llvm::constant(high) == Some(0)).then_some(low)
    }
}
