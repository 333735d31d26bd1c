//! Floating-point numbers.
//!
//! SBPF has none. Each operation becomes the call of the compiler-builtins function that LLVM itself
//! would call, were it not that its BPF back end refuses such calls. A comparison calls the function
//! whose result, compared with zero, has the predicate's value also for unordered operands (NaN): the
//! unordered predicates are the negations of the opposite ordered ones.
//!
//! Conversions to integers: compiler-builtins' saturate and give 0 for NaN. That is exactly Rust's `as`
//! (`llvm.fpto*i.sat`); the plain ones are undefined out of range. Narrower integers are clamped.
use super::Legalizer;
use crate::llvm::{self, Type, Value, operand, replace, sys, type_kind, type_of, width};
use sys::LLVMIntPredicate::{self, *};
use sys::LLVMOpcode::{self, *};
use sys::LLVMRealPredicate::*;
use sys::LLVMTypeKind::*;

/// The compiler-builtins functions that rewritten instructions may call.
pub fn float_helpers() -> impl Iterator<Item = String> {
    const NAMES: &str =
        "add_3 sub_3 mul_3 div_3 eq_2 ne_2 lt_2 le_2 gt_2 ge_2 unord_2 floatdi_ floatundi_ fix_di fixuns_di";
    let of_both = |name: &str| ["df", "sf"].map(|suffix| format!("__{}", name.replace('_', suffix)));
    NAMES.split(' ').flat_map(of_both).chain(["__extendsfdf2".into(), "__truncdfsf2".into()])
}

/// How compiler-builtins' names call a type.
fn suffix(ty: Type) -> Option<&'static str> {
    match type_kind(ty) {
        LLVMDoubleTypeKind => Some("df"),
        LLVMFloatTypeKind => Some("sf"),
        _ => None,
    }
}

impl Legalizer {
    pub(super) fn float(&mut self, instruction: Value, op: LLVMOpcode) {
        let (from, to) = (suffix(type_of(operand(instruction, 0))), suffix(type_of(instruction)));
        let rewritten = match (op, from, to) {
            (LLVMFAdd, _, Some(to)) => self.float_arithmetic(instruction, "add", to),
            (LLVMFSub, _, Some(to)) => self.float_arithmetic(instruction, "sub", to),
            (LLVMFMul, _, Some(to)) => self.float_arithmetic(instruction, "mul", to),
            (LLVMFDiv, _, Some(to)) => self.float_arithmetic(instruction, "div", to),
            (LLVMFCmp, Some(from), _) => self.float_comparison(instruction, from),
            (LLVMSIToFP | LLVMUIToFP, _, Some(to)) => self.integer_to_float(instruction, op, to),
            (LLVMFPToSI | LLVMFPToUI, Some(from), _) => {
                self.float_to_integer(instruction, op == LLVMFPToSI, from)
            }
            (LLVMFPExt, Some("sf"), Some("df")) => Some(self.float_call("__extendsfdf2", instruction)),
            (LLVMFPTrunc, Some("df"), Some("sf")) => Some(self.float_call("__truncdfsf2", instruction)),
            _ => None,
        };
        match rewritten {
            Some(value) => replace(instruction, value),
            None => self.problem_at(instruction, "a float operation that does not exist on chain"),
        }
    }

    fn float_call(&self, function: &str, conversion: Value) -> Value {
        self.ir.call(function, type_of(conversion), &[operand(conversion, 0)])
    }

    fn float_arithmetic(&self, instruction: Value, name: &str, suffix: &str) -> Option<Value> {
        let operands = [operand(instruction, 0), operand(instruction, 1)];
        Some(self.ir.call(&format!("__{name}{suffix}3"), type_of(instruction), &operands))
    }

    fn float_comparison(&self, comparison: Value, suffix: &str) -> Option<Value> {
        let operands = [operand(comparison, 0), operand(comparison, 1)];
        let test = |name: &str, predicate: LLVMIntPredicate| {
            let order = self.ir.call(&format!("__{name}{suffix}2"), self.ir.int(32), &operands);
            self.ir.icmp(predicate, order, self.ir.constant(32, 0))
        };
        Some(match llvm::float_predicate(comparison) {
            LLVMRealOEQ => test("eq", LLVMIntEQ),
            LLVMRealUNE => test("ne", LLVMIntNE),
            LLVMRealOLT => test("lt", LLVMIntSLT),
            LLVMRealOLE => test("le", LLVMIntSLE),
            LLVMRealOGT => test("gt", LLVMIntSGT),
            LLVMRealOGE => test("ge", LLVMIntSGE),
            LLVMRealULT => test("ge", LLVMIntSLT),
            LLVMRealULE => test("gt", LLVMIntSLE),
            LLVMRealUGT => test("le", LLVMIntSGT),
            LLVMRealUGE => test("lt", LLVMIntSGE),
            LLVMRealUNO => test("unord", LLVMIntNE),
            LLVMRealORD => test("unord", LLVMIntEQ),
            LLVMRealUEQ => self.ir.or(test("eq", LLVMIntEQ), test("unord", LLVMIntNE)),
            LLVMRealONE => self.ir.and(test("ne", LLVMIntNE), test("unord", LLVMIntEQ)),
            _ => return None,
        })
    }

    fn integer_to_float(&self, conversion: Value, op: LLVMOpcode, suffix: &str) -> Option<Value> {
        let value = operand(conversion, 0);
        width(type_of(value)).filter(|bits| *bits <= 64)?;
        let word = self.ir.int(64);
        let (value, unsigned) = match op {
            LLVMSIToFP => (self.ir.sext(value, word), ""),
            _ => (self.ir.zext(value, word), "un"),
        };
        Some(self.ir.call(&format!("__float{unsigned}di{suffix}"), type_of(conversion), &[value]))
    }

    fn float_to_integer(&self, conversion: Value, signed: bool, suffix: &str) -> Option<Value> {
        let bits = width(type_of(conversion)).filter(|bits| *bits <= 64)?;
        Some(self.ir.trunc(self.float_to_word(conversion, signed, suffix), self.ir.int(bits)))
    }

    fn float_to_word(&self, conversion: Value, signed: bool, suffix: &str) -> Value {
        let unsigned = if signed { "" } else { "uns" };
        let function = format!("__fix{unsigned}{suffix}di");
        self.ir.call(&function, self.ir.int(64), &[operand(conversion, 0)])
    }

    pub(super) fn saturating_conversion(&mut self, call: Value, signed: bool) {
        let bits = width(type_of(call)).filter(|bits| *bits <= 64);
        let (Some(bits), Some(suffix)) = (bits, suffix(type_of(operand(call, 0)))) else {
            return self.problem_at(call, "a float conversion that does not exist on chain");
        };
        let mut value = self.float_to_word(call, signed, suffix);
        let clamp = |value, predicate, limit| {
            let limit = self.ir.constant(64, limit);
            self.ir.select(self.ir.icmp(predicate, value, limit), limit, value)
        };
        if bits < 64 {
            let max = (1u64 << (bits - u32::from(signed))) - 1;
            value = clamp(value, if signed { LLVMIntSGT } else { LLVMIntUGT }, max);
            if signed {
                value = clamp(value, LLVMIntSLT, !max);
            }
        }
        replace(call, self.ir.trunc(value, self.ir.int(bits)));
    }
}
