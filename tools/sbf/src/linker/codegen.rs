//! LLVM's BPF back end, set up for the virtual machine, and its messages.
use crate::driver::LINKER;
use crate::llvm::{self, Machine, Module, demangle, instructions, message, source_name, sys};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_void};
use std::sync::Once;
use sys::core::*;
use sys::prelude::*;

/// Bytes of a stack frame.
pub const STACK_FRAME_BYTES: i32 = 4096;

/// A context with the BPF back end.
pub struct Target {
    pub context: LLVMContextRef,
    pub machine: Machine,
    /// Messages of error severity. The context holds a pointer to this list, hence the allocation.
    errors: *mut Vec<String>,
}

impl Target {
    pub fn new(cpu: &str, features: &str) -> Result<Self, String> {
        initialize();
        let errors = Box::into_raw(Box::<Vec<String>>::default());
        let context = unsafe { LLVMContextCreate() };
        unsafe { LLVMContextSetDiagnosticHandler(context, Some(collect), errors.cast()) };
        Ok(Self { context, machine: Machine::new(cpu, features)?, errors })
    }

    /// An empty module.
    pub fn module(&self) -> Module {
        let module = Module::new(self.context);
        self.machine.adopt(module);
        module
    }

    /// Generates a BPF object.
    ///
    /// # Errors
    /// What the back end refuses, by function. A jump over too great a distance ends the process, see
    /// [`fatal`].
    pub fn object(&self, module: Module) -> Result<Vec<u8>, String> {
        let largest = module.functions().into_iter().max_by_key(|function| instructions(*function).len());
        LARGEST_FUNCTION.set(largest.map(source_name).unwrap_or_default());
        let object = self.machine.object(module)?;
        let errors: BTreeSet<String> = unsafe { &*self.errors }.iter().map(|e| explain(e)).collect();
        if errors.is_empty() {
            return Ok(object);
        }
        Err(format!("code generation:\n  {}", Vec::from_iter(errors).join("\n  ")))
    }
}

/// Sets LLVM up, once for the process.
fn initialize() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let stack = llvm::c_string(&format!("-bpf-stack-size={STACK_FRAME_BYTES}"));
        // The two "disable" options are for the kernel's verifier, which is not here.
        let options: [&CStr; 4] =
            [c"sbf-linker", &stack, c"-bpf-disable-serialize-icmp", c"-bpf-disable-avoid-speculation"];
        let options = options.map(CStr::as_ptr);
        unsafe {
            sys::target::LLVMInitializeBPFTarget();
            sys::target::LLVMInitializeBPFTargetMC();
            sys::target::LLVMInitializeBPFTargetInfo();
            sys::target::LLVMInitializeBPFAsmPrinter();
            sys::error_handling::LLVMInstallFatalErrorHandler(Some(fatal));
            sys::support::LLVMParseCommandLineOptions(options.len() as i32, options.as_ptr(), c"".as_ptr());
        }
    });
}

thread_local! {
    static LARGEST_FUNCTION: Cell<String> = const { Cell::new(String::new()) };
}

/// Says what ended the process: LLVM calls this before it exits. It knows no function for a jump over
/// more than 16 bits of distance; only a huge function has one, so the largest is named.
extern "C" fn fatal(reason: *const c_char) {
    let reason = message(reason);
    eprint!("{LINKER}: error: LLVM: {reason}");
    if reason.contains("Branch target out of insn range") {
        let function = LARGEST_FUNCTION.take();
        eprint!(
            " in a function with too many instructions; the largest is `{function}`: split it, or keep the \
             functions it calls apart with #[inline(never)]"
        );
    }
    eprintln!();
}

extern "C" fn collect(diagnostic: LLVMDiagnosticInfoRef, errors: *mut c_void) {
    unsafe {
        let text = LLVMGetDiagInfoDescription(diagnostic);
        if LLVMGetDiagInfoSeverity(diagnostic) == sys::LLVMDiagnosticSeverity::LLVMDSError {
            (*errors.cast::<Vec<String>>()).push(message(text));
        }
        LLVMDisposeMessage(text);
    }
}

/// The back end's words for its limits, in ours.
fn explain(error: &str) -> String {
    let symbol = error.split("in function ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("?");
    let function = demangle(symbol);
    if error.contains("BPF stack limit") {
        return format!(
            "`{function}` needs more than {STACK_FRAME_BYTES} bytes of stack: Box large values, or keep the \
             functions it calls apart with #[inline(never)]"
        );
    }
    if let Some(rest) = error.split("built-in function '").nth(1) {
        let missing = rest.split('\'').next().unwrap_or("?");
        return format!("`{function}` needs `{missing}`, which does not exist on chain (floats?)");
    }
    error.trim().to_string()
}
