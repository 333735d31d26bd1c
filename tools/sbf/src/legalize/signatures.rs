//! Function signatures.
//!
//! SBPF passes arguments in five registers and returns one. LLVM's BPF back end refuses functions with
//! more argument registers and results over 64 bits. Each such function, and each call of such a
//! function type (calls through pointers included), is changed alike:
//!
//! - a result over 64 bits is written through a pointer, passed as the new first argument, to the
//!   caller's stack;
//! - when the arguments (that pointer included) need more than five registers, those that fit into four
//!   stay, and the others are stored in a structure on the caller's stack, whose address is the fifth.
//!
//! It is sound because the new type is a function of the old type alone: caller and callee agree without
//! seeing each other, and so do pointers to functions. The callee loads all packed arguments at its
//! start, and the caller loads the result right after the call, so the memory is free for the next call.
//! Attributes are copied where they stay true: dropping one is always sound, keeping one is not, if it
//! says that the function touches no memory. Forms that cannot be changed (functions of the system,
//! guaranteed tail calls, arguments passed as copies in memory) are errors.
use super::{Legalizer, Role};
use crate::llvm::{self, Type, Value, blocks, instructions, is_declaration, name, operand, replace, sys};
use sys::LLVMOpcode::LLVMRet;
use sys::LLVMTypeKind::*;
use sys::core::*;
use sys::prelude::*;
use sys::target::*;

const ARGUMENT_REGISTERS: usize = 5;

/// How a function type changes.
struct Plan {
    result: Type,
    parameters: Vec<Type>,
    /// so many parameters stay in registers
    kept: usize,
    /// the result goes through a pointer
    indirect_result: bool,
    /// the structure of the other parameters
    packed: Option<Type>,
    /// the new function type
    new: Type,
}

impl Legalizer {
    /// Changes every definition and call whose type does not fit.
    pub fn signatures(&mut self) {
        self.slots.clear(); // passes since the last rewrite may have removed some
        let functions = self.ir.module.functions();
        for function in &functions {
            drop_struct_return(*function);
        }
        for call in functions.iter().flat_map(|function| instructions(*function)) {
            if let Some(plan) = called_type(call).and_then(|ty| self.plan(ty)) {
                self.change_call(call, &plan);
            }
        }
        for function in functions {
            let plan = self.plan(unsafe { LLVMGlobalGetValueType(function) });
            let Some(plan) = plan.filter(|_| !name(function).starts_with("llvm.")) else { continue };
            if is_declaration(function) {
                self.problem(function, "more than five argument registers");
            }
            self.change_function(function, &plan);
        }
    }

    fn plan(&self, ty: Type) -> Option<Plan> {
        if unsafe { LLVMIsFunctionVarArg(ty) != 0 } {
            return None;
        }
        let result = unsafe { LLVMGetReturnType(ty) };
        let mut parameters = vec![std::ptr::null_mut(); unsafe { LLVMCountParamTypes(ty) } as usize];
        unsafe { LLVMGetParamTypes(ty, parameters.as_mut_ptr()) };
        let indirect_result = registers(result) > 1;
        let mut used = usize::from(indirect_result);
        let needed = used + parameters.iter().map(|ty| registers(*ty)).sum::<usize>();
        if !indirect_result && needed <= ARGUMENT_REGISTERS {
            return None;
        }
        let mut kept = parameters.len();
        if needed > ARGUMENT_REGISTERS {
            let over = |ty: &Type| {
                used += registers(*ty);
                used > ARGUMENT_REGISTERS - 1
            };
            kept = parameters.iter().position(over).expect("more are needed than there are");
        }
        let ir = &self.ir;
        let mut rest = parameters[kept..].to_vec();
        let packed = (!rest.is_empty()).then(|| ir.structure(&mut rest));
        let mut new = Vec::from_iter(indirect_result.then(|| ir.pointer()));
        new.extend(&parameters[..kept]);
        new.extend(packed.map(|_| ir.pointer()));
        let new = ir.function_type(if indirect_result { ir.void() } else { result }, &mut new);
        Some(Plan { result, parameters, kept, indirect_result, packed, new })
    }

    fn change_call(&mut self, call: Value, plan: &Plan) {
        if unsafe { LLVMGetTailCallKind(call) } == sys::LLVMTailCallKind::LLVMTailCallKindMustTail {
            return self.problem_at(call, "a guaranteed tail call");
        }
        if call_passes_copies(call, plan) {
            return self.problem_at(call, "an argument passed as a copy in memory");
        }
        self.ir.before(call);
        let out = plan.indirect_result.then(|| self.stack(call, Role::Result, self.words(plan.result)));
        let mut arguments = Vec::from_iter(out);
        arguments.extend((0..plan.kept).map(|n| operand(call, n as u32)));
        if let Some(packed) = plan.packed {
            let memory = self.stack(call, Role::Arguments, self.words(packed));
            for n in plan.kept..plan.parameters.len() {
                let field = self.ir.field(packed, memory, n - plan.kept);
                self.ir.store(operand(call, n as u32), field, self.alignment(plan.parameters[n]));
            }
            arguments.push(memory);
        }
        let new = self.ir.call_value(plan.new, unsafe { LLVMGetCalledValue(call) }, &arguments);
        unsafe { LLVMSetInstructionCallConv(new, LLVMGetInstructionCallConv(call)) };
        copy_attributes(
            plan,
            |at| call_attributes(call, at),
            |at, attribute| unsafe { LLVMAddCallSiteAttribute(new, at, attribute) },
        );
        let result = out.map(|out| self.ir.load(plan.result, out, self.alignment(plan.result)));
        replace(call, result.unwrap_or(new));
    }

    fn change_function(&mut self, old: Value, plan: &Plan) {
        let symbol = llvm::c_string(&name(old));
        let new = unsafe {
            LLVMSetValueName2(old, c"".as_ptr(), 0);
            let new = LLVMAddFunction(self.ir.module.reference, symbol.as_ptr(), plan.new);
            LLVMSetLinkage(new, LLVMGetLinkage(old));
            LLVMSetFunctionCallConv(new, LLVMGetFunctionCallConv(old));
            new
        };
        copy_attributes(
            plan,
            |at| function_attributes(old, at),
            |at, attribute| unsafe { LLVMAddAttributeAtIndex(new, at, attribute) },
        );
        if !is_declaration(old) {
            move_body(self.ir.module.context, old, new);
            self.take_arguments(old, new, plan);
            if plan.indirect_result {
                self.return_through_memory(new, plan);
            }
        }
        unsafe {
            LLVMReplaceAllUsesWith(old, new);
            LLVMDeleteFunction(old);
        }
    }

    /// Replaces the old function's parameters by the new one's.
    fn take_arguments(&self, old: Value, new: Value, plan: &Plan) {
        let skip = u32::from(plan.indirect_result);
        let substitute = |n: usize, value| unsafe {
            LLVMReplaceAllUsesWith(LLVMGetParam(old, n as u32), value);
        };
        for n in 0..plan.kept {
            substitute(n, unsafe { LLVMGetParam(new, n as u32 + skip) });
        }
        self.ir.at_start_of(new);
        let Some(packed) = plan.packed else { return };
        let memory = unsafe { LLVMGetParam(new, skip + plan.kept as u32) };
        for n in plan.kept..plan.parameters.len() {
            let field = self.ir.field(packed, memory, n - plan.kept);
            let ty = plan.parameters[n];
            substitute(n, self.ir.load(ty, field, self.alignment(ty)));
        }
    }

    fn return_through_memory(&self, function: Value, plan: &Plan) {
        for instruction in instructions(function) {
            if llvm::opcode(instruction) == LLVMRet {
                self.ir.before(instruction);
                let out = unsafe { LLVMGetParam(function, 0) };
                self.ir.store(operand(instruction, 0), out, self.alignment(plan.result));
                self.ir.return_void();
                llvm::erase(instruction);
            }
        }
    }

    /// A type's alignment in stack memory, which is aligned to 8 bytes only.
    fn alignment(&self, ty: Type) -> u32 {
        unsafe { LLVMABIAlignmentOfType(self.layout(), ty).min(8) }
    }

    /// A type's size in 64-bit words.
    fn words(&self, ty: Type) -> usize {
        unsafe { (LLVMABISizeOfType(self.layout(), ty) as usize).div_ceil(8) }
    }

    fn layout(&self) -> LLVMTargetDataRef {
        unsafe { LLVMGetModuleDataLayout(self.ir.module.reference) }
    }
}

/// The registers that a value of this type takes.
fn registers(ty: Type) -> usize {
    match llvm::type_kind(ty) {
        LLVMVoidTypeKind => 0,
        LLVMIntegerTypeKind => unsafe { LLVMGetIntTypeWidth(ty) }.div_ceil(64) as usize,
        LLVMStructTypeKind => {
            let fields = unsafe { LLVMCountStructElementTypes(ty) };
            (0..fields).map(|n| registers(unsafe { LLVMStructGetTypeAtIndex(ty, n) })).sum()
        }
        LLVMArrayTypeKind => unsafe { LLVMGetArrayLength2(ty) as usize * registers(LLVMGetElementType(ty)) },
        _ => 1,
    }
}

/// The function type of a call, unless it calls an intrinsic or assembly.
fn called_type(instruction: Value) -> Option<Type> {
    unsafe {
        let is_call = !LLVMIsACallInst(instruction).is_null();
        if !is_call || llvm::callee(instruction).is_some_and(|name| name.starts_with("llvm.")) {
            return None;
        }
        let is_assembly = !LLVMIsAInlineAsm(LLVMGetCalledValue(instruction)).is_null();
        (!is_assembly).then(|| LLVMGetCalledFunctionType(instruction))
    }
}

/// The back end refuses the attribute `sret`, which changes nothing about the code.
fn drop_struct_return(function: Value) {
    let kind = attribute_kind("sret");
    unsafe {
        LLVMRemoveEnumAttributeAtIndex(function, 1, kind);
        for instruction in instructions(function) {
            if !LLVMIsACallInst(instruction).is_null() {
                LLVMRemoveCallSiteEnumAttribute(instruction, 1, kind);
            }
        }
    }
}

fn move_body(context: LLVMContextRef, from: Value, to: Value) {
    unsafe {
        // A function without blocks has no place to move one to.
        let place = LLVMAppendBasicBlockInContext(context, to, c"".as_ptr());
        let mut last = place;
        for block in blocks(from) {
            LLVMMoveBasicBlockAfter(block, last);
            last = block;
        }
        LLVMDeleteBasicBlock(place);
    }
}

fn function_attributes(function: Value, at: u32) -> Vec<LLVMAttributeRef> {
    let count = unsafe { LLVMGetAttributeCountAtIndex(function, at) };
    llvm::attributes(count, |list| unsafe { LLVMGetAttributesAtIndex(function, at, list) })
}

fn call_attributes(call: Value, at: u32) -> Vec<LLVMAttributeRef> {
    let count = unsafe { LLVMGetCallSiteAttributeCount(call, at) };
    llvm::attributes(count, |list| unsafe { LLVMGetCallSiteAttributes(call, at, list) })
}

/// Whether an argument is passed by value in memory: that is part of how a call works, and would be
/// lost with the attribute.
fn call_passes_copies(call: Value, plan: &Plan) -> bool {
    let kind = attribute_kind("byval");
    let arguments = 1..=plan.parameters.len() as u32;
    arguments
        .into_iter()
        .any(|at| call_attributes(call, at).into_iter().any(|attribute| is_kind(attribute, kind)))
}

/// Copies the attributes that stay true, to where their subject now is. `memory(...)` and its kin do
/// not: arguments now are memory.
fn copy_attributes(
    plan: &Plan,
    get: impl Fn(u32) -> Vec<LLVMAttributeRef>,
    mut add: impl FnMut(u32, LLVMAttributeRef),
) {
    let dropped = ["memory", "returned", "speculatable", "allocsize", "allockind"].map(attribute_kind);
    let mut copy = |from: u32, to: u32| {
        for attribute in get(from) {
            if !dropped.iter().any(|kind| is_kind(attribute, *kind)) {
                add(to, attribute);
            }
        }
    };
    copy(sys::LLVMAttributeFunctionIndex, sys::LLVMAttributeFunctionIndex);
    if !plan.indirect_result {
        copy(sys::LLVMAttributeReturnIndex, sys::LLVMAttributeReturnIndex);
    }
    for n in 1..=plan.kept as u32 {
        copy(n, n + u32::from(plan.indirect_result));
    }
}

fn attribute_kind(name: &str) -> u32 {
    unsafe { LLVMGetEnumAttributeKindForName(name.as_ptr().cast(), name.len()) }
}

fn is_kind(attribute: LLVMAttributeRef, kind: u32) -> bool {
    unsafe {
        let has_kind = LLVMIsEnumAttribute(attribute) != 0 || LLVMIsTypeAttribute(attribute) != 0;
        has_kind && LLVMGetEnumAttributeKind(attribute) == kind
    }
}
