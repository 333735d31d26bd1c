//! Symbols and attributes of the whole program.
use crate::llvm::{self, Module, Value, is_declaration, name, source_name, sys};
use std::collections::{BTreeSet, HashSet};
use sys::core::*;

/// Which of a function's text attributes to drop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Strip {
    /// those that tie it to the compiler invocation it came from
    Compiler,
    /// all: it was compiled for another target
    All,
}

pub fn strip_debug_info(module: Module) {
    unsafe { sys::debuginfo::LLVMStripModuleDebugInfo(module.reference) };
}

pub fn strip_attributes(module: Module, strip: Strip) {
    // "no-builtins" goes because the runtime has memcpy and its kin.
    const COMPILER: [&[u8]; 3] = [b"no-builtins", b"target-cpu", b"target-features"];
    let at = sys::LLVMAttributeFunctionIndex;
    for function in module.functions() {
        let count = unsafe { LLVMGetAttributeCountAtIndex(function, at) };
        let attributes =
            llvm::attributes(count, |list| unsafe { LLVMGetAttributesAtIndex(function, at, list) });
        for attribute in attributes {
            unsafe {
                if LLVMIsStringAttribute(attribute) == 0 {
                    continue;
                }
                let mut length = 0;
                let key = LLVMGetStringAttributeKind(attribute, &mut length);
                let text = std::slice::from_raw_parts(key.cast::<u8>(), length as usize);
                if strip == Strip::All || COMPILER.contains(&text) {
                    LLVMRemoveStringAttributeAtIndex(function, at, key, length);
                }
            }
        }
    }
}

/// Makes every definition internal but those to keep.
pub fn internalize(module: Module, keep: &HashSet<String>) {
    for value in all(module) {
        let name = name(value);
        if is_declaration(value) || name.starts_with("llvm.") || keep.contains(&name) {
            continue;
        }
        unsafe {
            LLVMSetLinkage(value, sys::LLVMLinkage::LLVMInternalLinkage);
            LLVMSetVisibility(value, sys::LLVMVisibility::LLVMDefaultVisibility);
            sys::comdat::LLVMSetComdat(value, std::ptr::null_mut());
        }
    }
}

fn all(module: Module) -> impl Iterator<Item = Value> {
    module.functions().into_iter().chain(module.statics()).chain(module.aliases())
}

/// What does not exist on chain. Undefined functions become system calls, so their names must be such;
/// a program's statics are read-only.
pub fn unsupported(module: Module) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for function in module.functions().into_iter().filter(|function| is_declaration(*function)) {
        let name = name(function);
        let is_system_call = name.starts_with("sol_") || name == "abort";
        let is_used = unsafe { !LLVMGetFirstUse(function).is_null() };
        if is_used && !is_system_call && !name.starts_with("llvm.") {
            found.insert(format!("undefined function `{}`", source_name(function)));
        }
    }
    for value in module.statics().into_iter().filter(|value| !name(*value).starts_with("llvm.")) {
        if is_declaration(value) {
            found.insert(format!("undefined static `{}`", source_name(value)));
        } else if unsafe { LLVMIsGlobalConstant(value) == 0 } {
            found.insert(format!("writable static `{}`", source_name(value)));
        }
    }
    found
}
