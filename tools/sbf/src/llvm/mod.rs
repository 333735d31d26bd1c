//! LLVM's C interface, wrapped thinly.
//!
//! The wrappers are safe functions on raw pointers. That is sound under the rules of this crate: there
//! is one context, which is never freed, so that modules, types, constants and functions live until
//! the process ends; and a value is not used after it was erased.
mod builder;
mod module;

pub use bpf_linker::llvm_sys as sys;
pub use builder::Builder;
pub use module::{Machine, Module};

use std::ffi::{CStr, CString, c_char};
use sys::core::*;
use sys::prelude::*;

pub type Value = LLVMValueRef;
pub type Type = LLVMTypeRef;

/// The name of a value that has none.
const UNNAMED: *const c_char = c"".as_ptr();

/// # Panics
/// When the text holds a zero byte: all texts come from this crate or from LLVM.
pub fn c_string(text: &str) -> CString {
    CString::new(text).expect("a text without zero bytes")
}

/// Copies an LLVM message.
pub fn message(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

pub fn name(value: Value) -> String {
    let mut length = 0;
    let bytes = unsafe {
        let start = LLVMGetValueName2(value, &mut length);
        std::slice::from_raw_parts(start.cast(), length)
    };
    String::from_utf8_lossy(bytes).into_owned()
}

/// A function's or static's name as the program's author wrote it.
pub fn source_name(value: Value) -> String {
    demangle(&name(value))
}

pub fn demangle(symbol: &str) -> String {
    rustc_demangle::try_demangle(symbol).map_or(symbol.into(), |name| format!("{name:#}"))
}

pub fn is_declaration(value: Value) -> bool {
    unsafe { LLVMIsDeclaration(value) != 0 }
}

/// The bits of an integer type; None for every other type.
pub fn width(ty: Type) -> Option<u32> {
    let is_integer = type_kind(ty) == sys::LLVMTypeKind::LLVMIntegerTypeKind;
    is_integer.then(|| unsafe { LLVMGetIntTypeWidth(ty) })
}

pub fn type_kind(ty: Type) -> sys::LLVMTypeKind {
    unsafe { LLVMGetTypeKind(ty) }
}

pub fn type_of(value: Value) -> Type {
    unsafe { LLVMTypeOf(value) }
}

pub fn operand(instruction: Value, index: u32) -> Value {
    unsafe { LLVMGetOperand(instruction, index) }
}

pub fn opcode(instruction: Value) -> sys::LLVMOpcode {
    unsafe { LLVMGetInstructionOpcode(instruction) }
}

/// An integer constant's value when it has at most 64 bits, its low 64 bits otherwise.
pub fn constant(value: Value) -> Option<u64> {
    unsafe { (!LLVMIsAConstantInt(value).is_null()).then(|| LLVMConstIntGetZExtValue(value)) }
}

pub fn is_constant(value: Value) -> bool {
    unsafe { !LLVMIsAConstantInt(value).is_null() }
}

/// What a float comparison asks.
pub fn float_predicate(comparison: Value) -> sys::LLVMRealPredicate {
    unsafe { LLVMGetFCmpPredicate(comparison) }
}

/// What a zero-extension extends; None for other values.
pub fn zero_extended(value: Value) -> Option<Value> {
    let is_extension = unsafe { !LLVMIsAZExtInst(value).is_null() };
    is_extension.then(|| operand(value, 0))
}

/// Opcode and operands of a binary operation; None for other values.
pub fn binary_operation(value: Value) -> Option<(sys::LLVMOpcode, Value, Value)> {
    let is_binary = unsafe { !LLVMIsABinaryOperator(value).is_null() };
    is_binary.then(|| (opcode(value), operand(value, 0), operand(value, 1)))
}

/// The function an instruction is in.
pub fn function_of(instruction: Value) -> Value {
    unsafe { LLVMGetBasicBlockParent(LLVMGetInstructionParent(instruction)) }
}

/// All instructions of a function, in order. The list stays valid while instructions are replaced.
pub fn instructions(function: Value) -> Vec<Value> {
    let blocks = blocks(function).into_iter();
    blocks
        .flat_map(|block| chain(unsafe { LLVMGetFirstInstruction(block) }, LLVMGetNextInstruction))
        .collect()
}

pub fn blocks(function: Value) -> Vec<LLVMBasicBlockRef> {
    chain(unsafe { LLVMGetFirstBasicBlock(function) }, LLVMGetNextBasicBlock)
}

/// The name of the function that a call calls directly.
pub fn callee(call: Value) -> Option<String> {
    unsafe {
        let function = LLVMGetCalledValue(call);
        (!LLVMIsAFunction(function).is_null()).then(|| name(function))
    }
}

/// Puts `new` in the place of the instruction `old`.
pub fn replace(old: Value, new: Value) {
    unsafe { LLVMReplaceAllUsesWith(old, new) };
    erase(old);
}

pub fn erase(instruction: Value) {
    unsafe { LLVMInstructionEraseFromParent(instruction) }
}

/// Collects the attributes that one of LLVM's "get attributes" functions writes to an array.
pub fn attributes(count: u32, get: impl FnOnce(*mut LLVMAttributeRef)) -> Vec<LLVMAttributeRef> {
    let mut list = vec![std::ptr::null_mut(); count as usize];
    get(list.as_mut_ptr());
    list
}

/// Follows one of LLVM's linked lists.
fn chain<T>(first: *mut T, next: unsafe extern "C" fn(*mut T) -> *mut T) -> Vec<*mut T> {
    let (mut list, mut item) = (Vec::new(), first);
    while !item.is_null() {
        list.push(item);
        item = unsafe { next(item) };
    }
    list
}
