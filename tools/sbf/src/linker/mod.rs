//! `sbf-linker`: from the bitcode of all crates to the SBPF executables.
//!
//! 1. **Link**: all crates, the standard library and the helpers of `runtime` become one module.
//! 2. **Optimize** it as one program: everything but `entrypoint` is internal. Atomic operations become
//!    plain ones first, which is sound where there is one thread and no interrupt.
//! 3. **Legalize** ([`crate::legalize`]).
//! 4. **Check** that nothing is left that does not exist on chain ([`symbols`]).
//! 5. **Generate** BPF code with stack frames of 4,096 bytes ([`codegen`]).
//! 6. **Write** the SBPF executables, v0 and v3, and check their jumps ([`executable`]).
mod codegen;
mod executable;
mod symbols;
#[cfg(test)]
pub mod tests;

use crate::legalize::{Legalizer, float_helpers};
use crate::llvm::{Machine, Module, is_declaration, name};
use codegen::Target;
use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Helpers for what the virtual machine has no instruction for (src/runtime, compiled by build.rs).
const RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.bc"));
const ENTRYPOINT: &str = "entrypoint";
/// Removes what legalization left unused. After it has begun, no pass may run that recognizes idioms
/// (instcombine): it would bring back what was rewritten.
const CLEAN_UP: &str = "always-inline,globaldce,function(sroa,early-cse,dce)";

struct Arguments {
    inputs: Vec<PathBuf>,
    output: PathBuf,
    cpu: String,
    features: String,
}

/// Where to write the module after each step (`SBF_DUMP`), for debugging.
struct Dump(Option<PathBuf>);

pub fn run() -> Result<(), String> {
    let arguments = parse(env::args().skip(1))?;
    let dump = Dump(env::var_os("SBF_DUMP").map(PathBuf::from));
    let target = Target::new(&arguments.cpu, &arguments.features)?;
    let module = load(&target, &arguments.inputs)?;
    let is_program = module.function(ENTRYPOINT).is_some_and(|function| !is_declaration(function));
    // A dependency may also declare itself a shared library: cargo links it, nobody uses it.
    let [v0, v3] =
        if is_program { executable::write(&compile(&target, module, &dump)?)? } else { Default::default() };
    for (path, bytes) in [(arguments.output.clone(), v0), (v3_path(&arguments.output), v3)] {
        fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Where the v3 program goes when the v0 one is at `output`.
pub fn v3_path(output: &Path) -> PathBuf {
    output.with_extension("v3.so")
}

/// Reads rustc's command line. Options that mean nothing here are left out.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments =
        Arguments { inputs: Vec::new(), output: PathBuf::new(), cpu: "v2".into(), features: String::new() };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "-o" => arguments.output = value()?.into(),
            "--cpu" => arguments.cpu = value()?,
            "--cpu-features" => arguments.features = value()?,
            "--export-symbols" | "-L" => drop(value()?),
            option if option.starts_with('-') => {}
            input => arguments.inputs.push(input.into()),
        }
    }
    Ok(arguments)
}

/// Links the runtime and all bitcode among the files, archives included, into one module.
fn load(target: &Target, files: &[PathBuf]) -> Result<Module, String> {
    let module = target.module();
    let runtime = Module::parse_bitcode(target.context, RUNTIME, "runtime.bc")?;
    target.machine.adopt(runtime);
    symbols::strip_attributes(runtime, symbols::Strip::All);
    module.link(runtime, "runtime.bc")?;
    for path in files {
        let file = path.display().to_string();
        let data = fs::read(path).map_err(|e| format!("{file}: {e}"))?;
        if data.starts_with(b"!<arch>") {
            let archive =
                object::read::archive::ArchiveFile::parse(&*data).map_err(|e| format!("{file}: {e}"))?;
            for member in archive.members() {
                let data =
                    member.and_then(|member| member.data(&*data)).map_err(|e| format!("{file}: {e}"))?;
                link_bitcode(module, data, &file)?;
            }
        } else {
            link_bitcode(module, &data, &file)?;
        }
    }
    Ok(module)
}

/// Links data that is bitcode; leaves other data (metadata, symbol lists) out.
fn link_bitcode(module: Module, data: &[u8], file: &str) -> Result<(), String> {
    if !(data.starts_with(b"BC\xC0\xDE") || data.starts_with(b"\xDE\xC0\x17\x0B")) {
        return Ok(());
    }
    module.link(Module::parse_bitcode(module.context, data, file)?, file)
}

/// Names that must survive until legalization, which calls them.
fn helpers(target: &Target) -> Result<HashSet<String>, String> {
    let runtime = Module::parse_bitcode(target.context, RUNTIME, "runtime.bc")?;
    let defined = runtime.functions().into_iter().filter(|function| !is_declaration(*function)).map(name);
    Ok(defined.chain(float_helpers()).chain([ENTRYPOINT.into()]).collect())
}

/// From a linked module to a BPF object.
fn compile(target: &Target, module: Module, dump: &Dump) -> Result<Vec<u8>, String> {
    let machine = &target.machine;
    symbols::strip_debug_info(module);
    symbols::strip_attributes(module, symbols::Strip::Compiler);
    symbols::internalize(module, &helpers(target)?);
    machine.run_passes(module, "globaldce,lower-atomic")?;
    dump.module(module, "1-linked.ll");
    machine.run_passes(module, "default<O2>,globaldce")?;
    dump.module(module, "2-optimized.ll");
    legalize(machine, module)?;
    dump.module(module, "3-legalized.ll");
    let object = target.object(module)?;
    dump.bytes(&object, "4-object.o")?;
    Ok(object)
}

fn legalize(machine: &Machine, module: Module) -> Result<(), String> {
    let mut legalizer = Legalizer::new(module);
    legalizer.instructions();
    symbols::internalize(module, &HashSet::from([ENTRYPOINT.into()]));
    machine.run_passes(module, CLEAN_UP)?;
    legalizer.signatures();
    module.verify("legalization")?;
    machine.run_passes(module, CLEAN_UP)?;
    let mut problems = legalizer.into_problems();
    problems.extend(symbols::unsupported(module));
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("the program uses\n  {}", Vec::from_iter(problems).join("\n  ")))
}

impl Dump {
    fn module(&self, module: Module, file: &str) {
        if let Some(directory) = &self.0 {
            let _ = fs::create_dir_all(directory);
            module.write_text(&directory.join(file));
        }
    }

    fn bytes(&self, bytes: &[u8], file: &str) -> Result<(), String> {
        let Some(directory) = &self.0 else { return Ok(()) };
        fs::write(directory.join(file), bytes).map_err(|e| format!("{}: {e}", directory.display()))
    }
}
