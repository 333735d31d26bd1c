//! The SBPF executables, and the check of their jumps.
//!
//! A jump holds its distance, in instructions, in 16 bits. LLVM refuses a greater one, but `sbpf-linker`,
//! which inserts instructions and computes the distances anew, truncates it without a word: the program
//! would jump to the wrong place. Instead of finding every jump's true target again, the check proves
//! that no distance is too great: jumps stay inside their function, and in a function of at most 32,768
//! instructions every distance lies between -32,768 and 32,766. It looks at every function and every
//! jump of the final layout, and at the functions of the BPF object.
use super::codegen::STACK_FRAME_BYTES;
use crate::llvm::demangle;
use object::{Object, ObjectSymbol, SymbolKind};
use sbpf_assembler::{ASTNode, Program, ProgramLayout};
use sbpf_linker::byteparser::parse_bytecode;
use sbpf_linker::{OptimizationConfig, ProgramOptions, SbpfArch, SbpfLinkerError};
use std::collections::HashSet;
use std::env;

const SLOT_BYTES: u64 = 8;
/// The most instruction slots in which every jump fits into 16 bits.
const FUNCTION_SLOTS_MAX: u64 = 1 << 15;

/// A function's place, in bytes from the start of the code.
struct Function {
    symbol: String,
    start: u64,
    end: u64,
}

/// A jump's place and target, in bytes from the start of the code.
struct Jump {
    from: u64,
    to: u64,
}

/// Makes the executables of a BPF object, v0 and v3: choosing one is then not a rebuild of every crate.
///
/// # Errors
/// What `sbpf-linker` refuses, or the function whose jumps are not safe.
pub fn write(object: &[u8]) -> Result<[Vec<u8>; 2], String> {
    let functions = object_functions(object)?;
    check_sizes(&functions)?;
    let symbols = functions.into_iter().map(|function| function.symbol).collect();
    Ok([write_arch(object, SbpfArch::V0, &symbols)?, write_arch(object, SbpfArch::V3, &symbols)?])
}

fn write_arch(object: &[u8], arch: SbpfArch, symbols: &HashSet<String>) -> Result<Vec<u8>, String> {
    // SBF_PROFILE=1 keeps unreachable functions, so that addresses are those of the dumped object.
    let keep_all = env::var_os("SBF_PROFILE").is_some();
    let optimization = if keep_all { OptimizationConfig::disabled() } else { OptimizationConfig::enabled() };
    let options = ProgramOptions::new(optimization, arch, STACK_FRAME_BYTES);
    let layout = parse_bytecode(object, options).map_err(|e| SbpfLinkerError::format_errors(&e))?;
    let (functions, jumps) = layout_functions(&layout, symbols);
    check_sizes(&functions)?;
    check_jumps(&functions, &jumps)?;
    Ok(Program::from_parse_result(layout, None).emit_bytecode())
}

fn object_functions(object: &[u8]) -> Result<Vec<Function>, String> {
    let file = object::File::parse(object).map_err(|e| e.to_string())?;
    let functions =
        file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition());
    let place = |symbol: object::Symbol| Function {
        symbol: symbol.name().unwrap_or("?").into(),
        start: symbol.address(),
        end: symbol.address() + symbol.size(),
    };
    Ok(functions.map(place).collect())
}

/// The functions, in order, and the jumps of the final layout. Labels that are not function symbols
/// are inside functions.
fn layout_functions(layout: &ProgramLayout, symbols: &HashSet<String>) -> (Vec<Function>, Vec<Jump>) {
    let (mut functions, mut jumps) = (Vec::<Function>::new(), Vec::new());
    for node in layout.code_section.get_nodes() {
        match node {
            ASTNode::Label { label, offset } if symbols.contains(&label.name) => {
                functions.push(Function { symbol: label.name.clone(), start: *offset, end: *offset });
            }
            ASTNode::Instruction { instruction, offset } if instruction.is_jump() => {
                let distance = instruction.off.as_ref().and_then(|off| off.as_ref().right());
                let slots = i64::from(*distance.unwrap_or(&0)) + 1;
                jumps.push(Jump { from: *offset, to: offset.wrapping_add_signed(slots * SLOT_BYTES as i64) });
            }
            _ => {}
        }
    }
    functions.sort_by_key(|function| function.start);
    let ends: Vec<u64> = functions.iter().skip(1).map(|function| function.start).collect();
    for (function, end) in functions.iter_mut().zip(ends.into_iter().chain([layout.code_section.get_size()]))
    {
        function.end = end;
    }
    (functions, jumps)
}

fn check_sizes(functions: &[Function]) -> Result<(), String> {
    for function in functions {
        let slots = (function.end - function.start) / SLOT_BYTES;
        if slots > FUNCTION_SLOTS_MAX {
            return Err(format!(
                "`{}` has {slots} instructions; jumps reach only in functions of up to {FUNCTION_SLOTS_MAX}: \
                 split it, or keep the functions it calls apart with #[inline(never)]",
                demangle(&function.symbol)
            ));
        }
    }
    Ok(())
}

/// `functions` must be in order.
fn check_jumps(functions: &[Function], jumps: &[Jump]) -> Result<(), String> {
    for jump in jumps {
        let index = functions.partition_point(|function| function.start <= jump.from);
        let function = index.checked_sub(1).map(|index| &functions[index]);
        if !function.is_some_and(|function| (function.start..function.end).contains(&jump.to)) {
            let name = function.map_or("code before the first function".into(), |f| demangle(&f.symbol));
            return Err(format!(
                "`{name}`: the jump at {:#x} leaves the function, to {:#x}",
                jump.from, jump.to
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(symbol: &str, start: u64, slots: u64) -> Function {
        Function { symbol: symbol.into(), start, end: start + slots * SLOT_BYTES }
    }

    #[test]
    fn a_function_whose_jumps_could_be_too_long_is_named() {
        assert_eq!(check_sizes(&[function("fits", 0, FUNCTION_SLOTS_MAX)]), Ok(()));
        let error = check_sizes(&[function("fits", 0, 9), function("huge", 72, FUNCTION_SLOTS_MAX + 1)]);
        assert!(error.unwrap_err().starts_with("`huge` has 32769 instructions"));
    }

    #[test]
    fn the_longest_jumps_of_the_largest_function_fit_into_16_bits() {
        let (first, last) = (0, FUNCTION_SLOTS_MAX as i64 - 1);
        let distance = |from: i64, to: i64| to - from - 1;
        assert!(i16::try_from(distance(first, last)).is_ok());
        assert!(i16::try_from(distance(last, first)).is_ok());
        assert!(i16::try_from(distance(last + 1, first)).is_err());
    }

    #[test]
    fn a_jump_that_leaves_its_function_is_named() {
        let functions = [function("a", 0, 4), function("b", 32, 4)];
        assert_eq!(check_jumps(&functions, &[Jump { from: 0, to: 24 }, Jump { from: 56, to: 32 }]), Ok(()));
        for to in [24, 64, u64::MAX - 7] {
            let error = check_jumps(&functions, &[Jump { from: 40, to }]).unwrap_err();
            assert!(error.starts_with("`b`: the jump at 0x28 leaves"), "{error}");
        }
        assert!(check_jumps(&[], &[Jump { from: 0, to: 0 }]).is_err());
    }
}
