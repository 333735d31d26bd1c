//! Overflow-checked multiplication (`llvm.umul.with.overflow`, `llvm.smul.with.overflow`).
//!
//! LLVM would expand the 64-bit checks by way of a 128-bit product and the 128-bit ones into a call that
//! it refuses. Up to 63 bits it computes in 64 bits by itself.
//!
//! - **128 bits, and 64 bits signed**: a helper of `runtime` returns the flag.
//! - **64 bits unsigned by a constant c > 0**: `a * c` overflows exactly when `a > max / c`.
//! - **64 bits unsigned**: with the wrapped product p and a > 0, p / a == b exactly when nothing was lost:
//!   if a * b < 2^64, p is the product and the division gives b; otherwise p = a * b - k * 2^64 with
//!   k >= 1, and p / a < b. With a == 0 there is no overflow, and the division is by 1 instead.
use super::Legalizer;
use crate::llvm::{self, Value, operand, replace, sys, type_of, width};
use sys::LLVMIntPredicate::*;

impl Legalizer {
    pub(super) fn overflow_multiplication(&mut self, call: Value, signed: bool) {
        let (a, b) = (operand(call, 0), operand(call, 1));
        let Some(bits) = width(type_of(a)) else { return };
        let (product, overflow) = match bits {
            128 => self.wide_checked_product(call, signed, a, b),
            64 if signed => {
                let flag = self.ir.call("__sbf_smulo64", self.ir.int(64), &[a, b]);
                let overflow = self.not_zero(flag);
                (self.ir.mul(a, b), overflow)
            }
            64 => self.checked_product(a, b),
            ..64 => return,
            _ => return self.problem_at(call, &format!("{bits}-bit overflow-checked multiplication")),
        };
        replace(call, self.ir.pair(call, product, overflow));
    }

    fn wide_checked_product(&mut self, call: Value, signed: bool, a: Value, b: Value) -> (Value, Value) {
        let ((a_low, a_high), (b_low, b_high)) = (self.ir.halves(a), self.ir.halves(b));
        let helper = if signed { "__sbf_smulo128" } else { "__sbf_umulo128" };
        let (product, flag) = self.wide_call(call, helper, self.ir.int(64), &[a_low, a_high, b_low, b_high]);
        (product, self.not_zero(flag))
    }

    fn checked_product(&self, a: Value, b: Value) -> (Value, Value) {
        let ir = &self.ir;
        let product = ir.mul(a, b);
        let factor = |value| llvm::constant(value).filter(|factor| *factor != 0);
        let by_constant = factor(b).map(|factor| (a, factor)).or(factor(a).map(|factor| (b, factor)));
        if let Some((value, factor)) = by_constant {
            return (product, ir.icmp(LLVMIntUGT, value, ir.constant(64, u64::MAX / factor)));
        }
        let zero = ir.constant(64, 0);
        let is_zero = ir.icmp(LLVMIntEQ, a, zero);
        let divisor = ir.select(is_zero, ir.constant(64, 1), a);
        let quotient = ir.udiv(product, divisor);
        let expected = ir.select(is_zero, zero, b);
        (product, ir.icmp(LLVMIntNE, quotient, expected))
    }

    fn not_zero(&self, flag: Value) -> Value {
        self.ir.icmp(LLVMIntNE, flag, self.ir.constant(64, 0))
    }
}
