//! Modules, and the machine that code is generated for.
use super::{Value, c_string, chain, message};
use bpf_linker::llvm_sys as sys;
use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::null_mut;
use sys::core::*;
use sys::prelude::*;
use sys::target_machine::*;

/// A compilation unit.
#[derive(Clone, Copy)]
pub struct Module {
    pub context: LLVMContextRef,
    pub reference: LLVMModuleRef,
}

impl Module {
    pub fn new(context: LLVMContextRef) -> Self {
        let reference = unsafe { LLVMModuleCreateWithNameInContext(c"program".as_ptr(), context) };
        Self { context, reference }
    }

    /// # Errors
    /// Bitcode that this LLVM cannot read; `file` is for the message.
    pub fn parse_bitcode(context: LLVMContextRef, bitcode: &[u8], file: &str) -> Result<Self, String> {
        let mut reference = null_mut();
        let failed = unsafe {
            let (start, length) = (bitcode.as_ptr().cast(), bitcode.len());
            let buffer = LLVMCreateMemoryBufferWithMemoryRange(start, length, c"input".as_ptr(), 0);
            let failed = sys::bit_reader::LLVMParseBitcodeInContext2(context, buffer, &mut reference);
            LLVMDisposeMemoryBuffer(buffer);
            failed != 0
        };
        if failed {
            return Err(format!("{file}: unreadable bitcode (compiled by a newer LLVM?)"));
        }
        Ok(Self { context, reference })
    }

    /// # Errors
    /// Text that is not LLVM's assembly language.
    #[cfg(test)]
    pub fn parse_text(context: LLVMContextRef, text: &str) -> Result<Self, String> {
        let (mut reference, mut error) = (null_mut(), null_mut());
        let text = c_string(text);
        let failed = unsafe {
            let length = text.as_bytes().len();
            let buffer = LLVMCreateMemoryBufferWithMemoryRange(text.as_ptr(), length, c"text".as_ptr(), 1);
            let failed = sys::ir_reader::LLVMParseIRInContext2(context, buffer, &mut reference, &mut error);
            LLVMDisposeMemoryBuffer(buffer);
            failed != 0
        };
        if failed { Err(message(error)) } else { Ok(Self { context, reference }) }
    }

    /// Moves everything of `other` into this module.
    pub fn link(&self, other: Module, file: &str) -> Result<(), String> {
        let failed = unsafe { sys::linker::LLVMLinkModules2(self.reference, other.reference) != 0 };
        if failed { Err(format!("{file}: cannot link")) } else { Ok(()) }
    }

    pub fn functions(&self) -> Vec<Value> {
        chain(unsafe { LLVMGetFirstFunction(self.reference) }, LLVMGetNextFunction)
    }

    pub fn statics(&self) -> Vec<Value> {
        chain(unsafe { LLVMGetFirstGlobal(self.reference) }, LLVMGetNextGlobal)
    }

    pub fn aliases(&self) -> Vec<Value> {
        chain(unsafe { LLVMGetFirstGlobalAlias(self.reference) }, LLVMGetNextGlobalAlias)
    }

    pub fn function(&self, name: &str) -> Option<Value> {
        let function = unsafe { LLVMGetNamedFunction(self.reference, c_string(name).as_ptr()) };
        (!function.is_null()).then_some(function)
    }

    /// # Errors
    /// LLVM's own words about what is malformed.
    pub fn verify(&self, after: &str) -> Result<(), String> {
        use sys::analysis::*;
        let mut text = null_mut();
        let action = LLVMVerifierFailureAction::LLVMReturnStatusAction;
        let failed = unsafe { LLVMVerifyModule(self.reference, action, &mut text) != 0 };
        if failed { Err(format!("invalid module after {after}: {}", message(text))) } else { Ok(()) }
    }

    /// Writes LLVM's assembly language to a file.
    pub fn write_text(&self, path: &Path) {
        let mut error = null_mut();
        let path = c_string(&path.to_string_lossy());
        unsafe { LLVMPrintModuleToFile(self.reference, path.as_ptr(), &mut error) };
    }

    #[cfg(test)]
    pub fn text(&self) -> String {
        message(unsafe { LLVMPrintModuleToString(self.reference) })
    }
}

/// LLVM's BPF back end, set up for one processor.
pub struct Machine {
    reference: LLVMTargetMachineRef,
    layout: CString,
}

impl Machine {
    pub fn new(cpu: &str, features: &str) -> Result<Self, String> {
        use sys::target::*;
        let (mut target, mut error) = (null_mut(), null_mut());
        unsafe {
            if LLVMGetTargetFromTriple(c"bpfel".as_ptr(), &mut target, &mut error) != 0 {
                return Err(message(error));
            }
            let reference = LLVMCreateTargetMachine(
                target,
                c"bpfel".as_ptr(),
                c_string(cpu).as_ptr(),
                c_string(features).as_ptr(),
                LLVMCodeGenOptLevel::LLVMCodeGenLevelAggressive,
                LLVMRelocMode::LLVMRelocStatic,
                LLVMCodeModel::LLVMCodeModelDefault,
            );
            let layout = LLVMCopyStringRepOfTargetData(LLVMCreateTargetDataLayout(reference));
            Ok(Self { reference, layout: CStr::from_ptr(layout).to_owned() })
        }
    }

    /// Declares a module to be for this machine.
    pub fn adopt(&self, module: Module) {
        unsafe {
            LLVMSetTarget(module.reference, c"bpfel".as_ptr());
            LLVMSetDataLayout(module.reference, self.layout.as_ptr());
        }
    }

    /// Runs passes given in the words of LLVM's `opt -passes=`.
    pub fn run_passes(&self, module: Module, passes: &str) -> Result<(), String> {
        use sys::transforms::pass_builder::*;
        unsafe {
            let options = LLVMCreatePassBuilderOptions();
            // The virtual machine has no vectors.
            LLVMPassBuilderOptionsSetLoopVectorization(options, 0);
            LLVMPassBuilderOptionsSetSLPVectorization(options, 0);
            LLVMPassBuilderOptionsSetLoopInterleaving(options, 0);
            let error = LLVMRunPasses(module.reference, c_string(passes).as_ptr(), self.reference, options);
            LLVMDisposePassBuilderOptions(options);
            if error.is_null() {
                return Ok(());
            }
            Err(format!("{passes}: {}", message(sys::error::LLVMGetErrorMessage(error))))
        }
    }

    /// Generates a BPF object. The back end reports a program's mistakes through the context's
    /// diagnostic handler and goes on; they are not this function's errors.
    pub fn object(&self, module: Module) -> Result<Vec<u8>, String> {
        let (mut buffer, mut error) = (null_mut(), null_mut());
        let kind = LLVMCodeGenFileType::LLVMObjectFile;
        unsafe {
            let (machine, module) = (self.reference, module.reference);
            if LLVMTargetMachineEmitToMemoryBuffer(machine, module, kind, &mut error, &mut buffer) != 0 {
                return Err(message(error));
            }
            let (start, length) = (LLVMGetBufferStart(buffer).cast::<u8>(), LLVMGetBufferSize(buffer));
            let object = std::slice::from_raw_parts(start, length).to_vec();
            LLVMDisposeMemoryBuffer(buffer);
            Ok(object)
        }
    }
}
