//! Builds instructions.
use super::{Module, Type, UNNAMED, Value, c_string, type_of};
use bpf_linker::llvm_sys as sys;
use sys::LLVMIntPredicate;
use sys::core::*;
use sys::prelude::*;

/// Inserts instructions before a place, see [`Builder::before`].
pub struct Builder {
    pub module: Module,
    reference: LLVMBuilderRef,
}

/// Methods for instructions with two operands of one type.
macro_rules! binary {
    ($($method:ident: $function:ident),* $(,)?) => {
        $(pub fn $method(&self, a: Value, b: Value) -> Value {
            unsafe { $function(self.reference, a, b, UNNAMED) }
        })*
    };
}

/// Methods for conversions to another type; a conversion to the same type yields the value itself.
macro_rules! conversion {
    ($($method:ident: $function:ident),* $(,)?) => {
        $(pub fn $method(&self, value: Value, to: Type) -> Value {
            unsafe { $function(self.reference, value, to, UNNAMED) }
        })*
    };
}

impl Builder {
    pub fn new(module: Module) -> Self {
        Self { module, reference: unsafe { LLVMCreateBuilderInContext(module.context) } }
    }

    binary! {
        sub: LLVMBuildSub, mul: LLVMBuildMul, udiv: LLVMBuildUDiv, urem: LLVMBuildURem,
        and: LLVMBuildAnd, or: LLVMBuildOr, xor: LLVMBuildXor,
        shl: LLVMBuildShl, lshr: LLVMBuildLShr, ashr: LLVMBuildAShr,
    }

    conversion! {
        trunc: LLVMBuildTrunc, zext: LLVMBuildZExt, sext: LLVMBuildSExt,
    }

    /// What is built next goes before this instruction.
    pub fn before(&self, instruction: Value) {
        unsafe { LLVMPositionBuilderBefore(self.reference, instruction) }
    }

    /// What is built next goes to the start of this function.
    pub fn at_start_of(&self, function: Value) {
        self.before(unsafe { LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(function)) });
    }

    pub fn int(&self, bits: u32) -> Type {
        unsafe { LLVMIntTypeInContext(self.module.context, bits) }
    }

    pub fn pointer(&self) -> Type {
        unsafe { LLVMPointerTypeInContext(self.module.context, 0) }
    }

    pub fn void(&self) -> Type {
        unsafe { LLVMVoidTypeInContext(self.module.context) }
    }

    pub fn structure(&self, fields: &mut [Type]) -> Type {
        unsafe { LLVMStructTypeInContext(self.module.context, fields.as_mut_ptr(), fields.len() as u32, 0) }
    }

    pub fn function_type(&self, result: Type, parameters: &mut [Type]) -> Type {
        unsafe { LLVMFunctionType(result, parameters.as_mut_ptr(), parameters.len() as u32, 0) }
    }

    pub fn constant(&self, bits: u32, value: u64) -> Value {
        unsafe { LLVMConstInt(self.int(bits), value, 0) }
    }

    pub fn icmp(&self, predicate: LLVMIntPredicate, a: Value, b: Value) -> Value {
        unsafe { LLVMBuildICmp(self.reference, predicate, a, b, UNNAMED) }
    }

    pub fn select(&self, condition: Value, then: Value, otherwise: Value) -> Value {
        unsafe { LLVMBuildSelect(self.reference, condition, then, otherwise, UNNAMED) }
    }

    /// `like` with its two fields replaced.
    pub fn pair(&self, like: Value, first: Value, second: Value) -> Value {
        unsafe {
            let pair = LLVMGetUndef(type_of(like));
            let pair = LLVMBuildInsertValue(self.reference, pair, first, 0, UNNAMED);
            LLVMBuildInsertValue(self.reference, pair, second, 1, UNNAMED)
        }
    }

    /// The low and the high 64 bits of a 128-bit value.
    pub fn halves(&self, value: Value) -> (Value, Value) {
        let high = self.lshr(value, self.constant(128, 64));
        (self.trunc(value, self.int(64)), self.trunc(high, self.int(64)))
    }

    pub fn load(&self, ty: Type, from: Value, alignment: u32) -> Value {
        unsafe {
            let load = LLVMBuildLoad2(self.reference, ty, from, UNNAMED);
            LLVMSetAlignment(load, alignment);
            load
        }
    }

    pub fn store(&self, value: Value, to: Value, alignment: u32) {
        unsafe { LLVMSetAlignment(LLVMBuildStore(self.reference, value, to), alignment) }
    }

    pub fn field(&self, structure: Type, pointer: Value, index: usize) -> Value {
        unsafe { LLVMBuildStructGEP2(self.reference, structure, pointer, index as u32, UNNAMED) }
    }

    /// Stack memory of 64-bit words.
    pub fn stack_words(&self, words: usize) -> Value {
        unsafe {
            let memory = LLVMBuildAlloca(self.reference, LLVMArrayType2(self.int(64), words as u64), UNNAMED);
            LLVMSetAlignment(memory, 8);
            memory
        }
    }

    pub fn return_void(&self) {
        unsafe { LLVMBuildRetVoid(self.reference) };
    }

    /// Calls a function by name; declares it if the module does not have it.
    pub fn call(&self, function: &str, result: Type, arguments: &[Value]) -> Value {
        let mut types: Vec<Type> = arguments.iter().map(|argument| type_of(*argument)).collect();
        let ty = self.function_type(result, &mut types);
        let value = self.module.function(function).unwrap_or_else(|| unsafe {
            LLVMAddFunction(self.module.reference, c_string(function).as_ptr(), ty)
        });
        self.call_value(ty, value, arguments)
    }

    pub fn call_value(&self, ty: Type, function: Value, arguments: &[Value]) -> Value {
        let mut arguments = arguments.to_vec();
        let (start, count) = (arguments.as_mut_ptr(), arguments.len() as u32);
        unsafe { LLVMBuildCall2(self.reference, ty, function, start, count, UNNAMED) }
    }
}
