//! Whole programs, given in LLVM's assembly language.
use super::*;

pub fn target() -> Target {
    Target::new("v2", "+allows-misaligned-mem-access").expect("LLVM has a BPF back end")
}

fn link(text: &str) -> Result<[Vec<u8>; 2], String> {
    let target = target();
    let module = load(&target, &[]).expect("the runtime links");
    module.link(Module::parse_text(target.context, text).expect("valid text"), "text").expect("links");
    executable::write(&compile(&target, module, &Dump(None))?)
}

fn error(text: &str) -> String {
    link(text).expect_err("the program must be refused")
}

#[test]
fn a_program_becomes_two_executables_of_their_versions() {
    let [v0, v3] = link("define i64 @entrypoint(ptr %p) { ret i64 0 }").unwrap();
    let (magic, flags) = (b"\x7fELF", 48);
    assert_eq!((&v0[..4], v0[flags]), (&magic[..], 0));
    assert_eq!((&v3[..4], v3[flags]), (&magic[..], 3));
}

#[test]
fn atomic_operations_become_plain_ones() {
    let text = "define i64 @entrypoint(ptr %p) {
        %old = atomicrmw add ptr %p, i64 1 seq_cst
        fence acquire
        %pair = cmpxchg ptr %p, i64 1, i64 2 acq_rel monotonic
        %value = extractvalue { i64, i1 } %pair, 0
        %sum = add i64 %old, %value
        ret i64 %sum }";
    assert!(link(text).is_ok());
}

#[test]
fn what_does_not_exist_on_chain_is_named() {
    for (text, expected) in [
        (
            "@counter = global i64 0
             define i64 @entrypoint(ptr %p) {
               %v = load volatile i64, ptr @counter store volatile i64 %v, ptr @counter ret i64 0 }",
            "writable static `counter`",
        ),
        (
            "@elsewhere = external constant i64
             define i64 @entrypoint(ptr %p) { %v = load i64, ptr @elsewhere ret i64 %v }",
            "undefined static `elsewhere`",
        ),
        (
            "declare i64 @getpid()
             define i64 @entrypoint(ptr %p) { %v = call i64 @getpid() ret i64 %v }",
            "undefined function `getpid`",
        ),
        (
            "declare i64 @sol_six(i64, i64, i64, i64, i64, i64)
             define i64 @entrypoint(ptr %p) {
               %v = call i64 @sol_six(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6) ret i64 %v }",
            "more than five argument registers in function `sol_six`",
        ),
        (
            "declare double @llvm.sqrt.f64(double)
             define double @root(double %a) noinline { %r = call double @llvm.sqrt.f64(double %a) ret double %r }
             define i64 @entrypoint(ptr %p) {
               %a = load double, ptr %p %r = call double @root(double %a) store double %r, ptr %p ret i64 0 }",
            "`root` needs `sqrt`, which does not exist on chain",
        ),
        (
            "declare void @sol_log_(ptr, i64)
             define i64 @entrypoint(ptr %p) {
               %a = alloca [5000 x i8] call void @sol_log_(ptr %a, i64 5000) ret i64 0 }",
            "`entrypoint` needs more than 4096 bytes of stack",
        ),
    ] {
        let error = error(text);
        assert!(error.contains(expected), "expected {expected}, got {error}");
    }
}

#[test]
fn a_library_without_entrypoint_is_not_a_program() {
    let module = load(&target(), &[]).unwrap();
    assert!(module.function(ENTRYPOINT).is_none());
}

/// A function that jumps over so many stores of one instruction each.
fn jumps_over(stores: usize) -> String {
    let body = "store volatile i64 %a, ptr %p\n".repeat(stores);
    format!(
        "define void @huge(ptr %p, i64 %a) noinline {{
           %c = icmp eq i64 %a, 7
           br i1 %c, label %end, label %body
         body:
           {body} br label %end
         end:
           ret void }}
         define i64 @entrypoint(ptr %p) {{
           %a = load i64, ptr %p
           call void @huge(ptr %p, i64 %a)
           ret i64 0 }}"
    )
}

#[test]
fn a_jump_of_the_greatest_distance_is_linked() {
    assert!(link(&jumps_over(32_700)).is_ok());
}

#[test]
fn a_function_whose_jump_is_too_long_is_refused_by_name() {
    // LLVM ends the process.
    let this = env::current_exe().expect("a test has an executable");
    let links = ["--exact", "linker::tests::links_a_jump_that_is_too_long", "--ignored", "--nocapture"];
    let output = std::process::Command::new(this).args(links).output().expect("it starts");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{message}");
    assert!(message.contains("too many instructions; the largest is `huge`"), "{message}");
}

#[test]
#[ignore = "ends the process: a_function_whose_jump_is_too_long_is_refused_by_name runs it in its own"]
fn links_a_jump_that_is_too_long() {
    let _ = link(&jumps_over(33_000));
}

#[test]
fn options_of_rustc_are_understood() {
    let words = "--export-symbols s --cpu v3 a.o -L dir b.rlib --cpu-features +x -o out.so -O3 --debug";
    let arguments = parse(words.split(' ').map(String::from)).unwrap();
    assert_eq!(arguments.inputs, [PathBuf::from("a.o"), PathBuf::from("b.rlib")]);
    assert_eq!(arguments.output, PathBuf::from("out.so"));
    assert_eq!((arguments.cpu.as_str(), arguments.features.as_str()), ("v3", "+x"));
    assert!(parse(["-o".to_string()].into_iter()).is_err());
}
