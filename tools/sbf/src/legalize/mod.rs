//! Rewrites what LLVM 22's BPF back end cannot select into what it can.
//!
//! | module | what | becomes |
//! |---|---|---|
//! | [`integers`] | multiplication and division over 64 bits, signed division, variable wide shifts | helper calls, or unsigned division of magnitudes |
//! | [`overflow`] | overflow-checked multiplication | helper calls, or a check with a division |
//! | [`floats`] | float arithmetic, comparison, conversion | calls of compiler-builtins |
//! | [`memory`] | memory intrinsics too large to expand | calls that end in system calls |
//! | [`signatures`] | more than five argument registers, results over 64 bits | arguments and results in memory |
//!
//! What is rewritten nowhere and not selectable either (vectors, unwinding, integers over 256 bits) is
//! an error that names the function.
//!
//! Two rules hold for all of them. A rewrite gives, for every input on which the original is defined,
//! the same value; where the original is undefined or poison (division by zero, shifts past the width)
//! it may do anything, because rustc has put its own check before it. And no pass that recognizes idioms
//! runs afterwards, because it would bring back what was rewritten.
mod floats;
mod integers;
mod memory;
mod overflow;
mod signatures;
#[cfg(test)]
mod tests;

use crate::llvm::{self, Builder, Module, Type, Value, sys};
pub use floats::float_helpers;
use std::collections::{BTreeSet, HashMap};
use sys::LLVMOpcode::*;

pub struct Legalizer {
    ir: Builder,
    /// stack memory by function, role and size in words
    slots: HashMap<(Value, Role, usize), Value>,
    /// what cannot be rewritten
    problems: BTreeSet<String>,
}

/// What stack memory is for. Keeps apart the pieces that one call uses at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Role {
    Result,
    Arguments,
    Left,
    Right,
}

impl Legalizer {
    pub fn new(module: Module) -> Self {
        Self { ir: Builder::new(module), slots: HashMap::new(), problems: BTreeSet::new() }
    }

    pub fn into_problems(self) -> BTreeSet<String> {
        self.problems
    }

    /// Rewrites instructions. New functions are only declared: their definitions must be in the module
    /// already, or the program does not link.
    pub fn instructions(&mut self) {
        let functions = self.ir.module.functions();
        // The first round may leave wide shifts (from funnel shifts) for the second.
        for function in functions.iter().chain(&functions) {
            for instruction in llvm::instructions(*function) {
                self.instruction(*function, instruction);
            }
        }
    }

    fn instruction(&mut self, function: Value, instruction: Value) {
        self.ir.before(instruction);
        match llvm::opcode(instruction) {
            op @ (LLVMMul | LLVMUDiv | LLVMURem | LLVMSDiv | LLVMSRem) => self.integer(instruction, op),
            op @ (LLVMShl | LLVMLShr | LLVMAShr) => self.shift(instruction, op),
            LLVMCall => self.intrinsic(instruction),
            op @ (LLVMFAdd | LLVMFSub | LLVMFMul | LLVMFDiv | LLVMFRem | LLVMFCmp | LLVMFPToSI
            | LLVMFPToUI | LLVMSIToFP | LLVMUIToFP | LLVMFPTrunc | LLVMFPExt) => {
                self.float(instruction, op);
            }
            LLVMInvoke | LLVMLandingPad | LLVMResume => {
                self.problem(function, "unwinding (build with panic=abort)");
            }
            LLVMAtomicRMW | LLVMAtomicCmpXchg | LLVMFence => self.problem(function, "an atomic operation"),
            _ => {}
        }
    }

    fn intrinsic(&mut self, call: Value) {
        let Some(name) = llvm::callee(call) else { return };
        let any = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        if any(&["llvm.umul.with.overflow.", "llvm.smul.with.overflow."]) {
            self.overflow_multiplication(call, name.starts_with("llvm.smul"));
        } else if any(&["llvm.fshl.", "llvm.fshr."]) {
            self.funnel_shift(call, name.starts_with("llvm.fshl."));
        } else if any(&["llvm.memcpy.", "llvm.memmove.", "llvm.memset."]) {
            self.memory(call, &name);
        } else if any(&["llvm.fptoui.sat.", "llvm.fptosi.sat."]) {
            self.saturating_conversion(call, name.starts_with("llvm.fptosi"));
        }
    }

    fn problem(&mut self, function: Value, what: &str) {
        self.problems.insert(format!("{what} in function `{}`", llvm::source_name(function)));
    }

    fn problem_at(&mut self, instruction: Value, what: &str) {
        self.problem(llvm::function_of(instruction), what);
    }

    /// Stack memory of 64-bit words for the call being built before `at`. A call is done with its
    /// memory before the next one begins (arguments are read at the callee's start, results right
    /// after the call), so the calls of a function share it.
    fn stack(&mut self, at: Value, role: Role, words: usize) -> Value {
        let function = llvm::function_of(at);
        if let Some(memory) = self.slots.get(&(function, role, words)) {
            return *memory;
        }
        self.ir.at_start_of(function);
        let memory = self.ir.stack_words(words);
        self.ir.before(at);
        self.slots.insert((function, role, words), memory);
        memory
    }

    /// Calls a helper that writes a 128-bit result through its first argument. Returns the result and
    /// what the helper returns, which is of type `flag`.
    fn wide_call(&mut self, at: Value, helper: &str, flag: Type, arguments: &[Value]) -> (Value, Value) {
        let out = self.stack(at, Role::Result, 2);
        let flag = self.ir.call(helper, flag, &[&[out], arguments].concat());
        (self.ir.load(self.ir.int(128), out, 8), flag)
    }
}
