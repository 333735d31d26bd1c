//! What each rewrite leaves behind. That the values are right is tested in the virtual machine.
use super::*;
use crate::linker::tests::target;

/// The module's text after all rewrites, and what could not be rewritten.
fn legalized(text: &str) -> (String, Vec<String>) {
    let target = target();
    let module = Module::parse_text(target.context, text).expect("valid text");
    target.machine.adopt(module);
    let mut legalizer = Legalizer::new(module);
    legalizer.instructions();
    legalizer.signatures();
    module.verify("legalization").expect("a valid module");
    (module.text(), Vec::from_iter(legalizer.into_problems()))
}

/// Legalizes a function `f`; returns its lines.
fn rewritten(text: &str) -> String {
    let (text, problems) = legalized(text);
    assert_eq!(problems, [""; 0]);
    text
}

fn assert_has(text: &str, present: &[&str], absent: &[&str]) {
    for part in present {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    for part in absent {
        assert!(!text.contains(part), "`{part}` is left in\n{text}");
    }
}

#[test]
fn wide_multiplication_and_division_call_helpers() {
    for (op, helper) in [
        ("mul", "__sbf_mul128"),
        ("udiv", "__sbf_udiv128"),
        ("urem", "__sbf_urem128"),
        ("sdiv", "__sbf_sdiv128"),
        ("srem", "__sbf_srem128"),
    ] {
        for bits in [65, 96, 128] {
            let text = rewritten(&format!(
                "define i64 @f(i{bits} %a, i{bits} %b) {{
                   %r = {op} i{bits} %a, %b
                   %t = trunc i{bits} %r to i64
                   ret i64 %t }}"
            ));
            assert_has(&text, &[&format!("call void @{helper}(")], &[&format!("= {op} ")]);
        }
    }
}

#[test]
fn operands_of_odd_widths_are_extended_as_their_operation_reads_them() {
    for (op, extension) in
        [("mul", "zext"), ("udiv", "zext"), ("srem", "sext"), ("lshr", "zext"), ("ashr", "sext")]
    {
        let text = rewritten(&format!(
            "define i64 @f(i96 %a, i96 %b) {{
               %r = {op} i96 %a, %b
               %t = trunc i96 %r to i64
               ret i64 %t }}"
        ));
        assert_has(&text, &[&format!("= {extension} i96 %a to i128")], &[&format!("= {op} i96")]);
    }
}

#[test]
fn products_of_zero_extended_words_take_the_short_helper() {
    let text = rewritten(
        "define i64 @f(i64 %a, i32 %b) {
           %x = zext i64 %a to i128
           %y = zext i32 %b to i128
           %p = mul i128 %x, %y
           %q = mul i128 %p, 1000000
           %z = mul i128 %x, 1000000
           %s = xor i128 %q, %z
           %t = trunc i128 %s to i64
           ret i64 %t }",
    );
    assert_eq!(text.matches("call void @__sbf_umulw(").count(), 2, "{text}");
    assert_eq!(text.matches("call void @__sbf_mul128(").count(), 1, "{text}");
}

#[test]
fn products_of_words_cut_out_of_wide_values_take_the_short_helper() {
    let text = rewritten(
        "define i64 @f(i128 %a, i128 %b) {
           %low = and i128 %a, 18446744073709551615
           %high = lshr i128 %b, 64
           %p = mul i128 %low, %high
           %wide = and i128 %a, 18446744073709551616
           %more = lshr i128 %b, 63
           %q = mul i128 %wide, %more
           %s = xor i128 %p, %q
           %t = trunc i128 %s to i64
           ret i64 %t }",
    );
    assert_eq!(text.matches("call void @__sbf_umulw(").count(), 1, "{text}");
    assert_eq!(text.matches("call void @__sbf_mul128(").count(), 1, "{text}");
}

#[test]
fn signed_division_becomes_unsigned() {
    for (op, bits) in [("sdiv", 8), ("srem", 16), ("sdiv", 32), ("srem", 64)] {
        let text = rewritten(&format!(
            "define i{bits} @f(i{bits} %a, i{bits} %b) {{ %r = {op} i{bits} %a, %b ret i{bits} %r }}"
        ));
        assert_has(&text, &[&format!("= u{} i64", &op[1..])], &["= sdiv", "= srem"]);
    }
}

#[test]
fn wide_shifts_by_variables_call_helpers_and_by_constants_stay() {
    let text = rewritten(
        "declare i128 @llvm.fshl.i128(i128, i128, i128)
         declare i128 @llvm.fshr.i128(i128, i128, i128)
         define i64 @f(i128 %a, i128 %n) {
           %l = shl i128 %a, %n
           %r = ashr i128 %l, 65
           %t = trunc i128 %r to i64
           ret i64 %t }",
    );
    assert_has(&text, &["@__sbf_shl128(", "ashr i128 %"], &["shl i128"]);
}

/// The value of `%r` in the first round of rewriting, when shifts are still instructions.
fn funnel_shift(direction: char) -> String {
    let target = target();
    let text = format!(
        "declare i128 @llvm.fsh{direction}.i128(i128, i128, i128)
         define i128 @f(i128 %a, i128 %b, i128 %n) {{
           %r = call i128 @llvm.fsh{direction}.i128(i128 %a, i128 %b, i128 %n)
           ret i128 %r }}"
    );
    let module = Module::parse_text(target.context, &text).expect("valid text");
    let function = module.function("f").expect("it is there");
    let mut legalizer = Legalizer::new(module);
    legalizer.instruction(function, llvm::instructions(function)[0]);
    let text = module.text();
    let body = text.split_once("{\n").and_then(|(_, rest)| rest.split_once('}')).expect("a body").0;
    Vec::from_iter(body.lines().map(str::trim)).join("; ")
}

#[test]
fn funnel_shifts_become_two_shifts_that_never_reach_the_width() {
    assert_eq!(
        funnel_shift('l'),
        "%1 = and i128 %n, 127; %2 = xor i128 %1, 127; %3 = lshr i128 %b, 1; %4 = lshr i128 %3, %2; \
         %5 = shl i128 %a, %1; %6 = or i128 %5, %4; ret i128 %6"
    );
    assert_eq!(
        funnel_shift('r'),
        "%1 = and i128 %n, 127; %2 = xor i128 %1, 127; %3 = shl i128 %a, 1; %4 = shl i128 %3, %2; \
         %5 = lshr i128 %b, %1; %6 = or i128 %5, %4; ret i128 %6"
    );
}

#[test]
fn overflow_checks_call_helpers_or_divide() {
    let check = |kind: &str, bits: u32, b: &str| {
        rewritten(&format!(
            "declare {{ i{bits}, i1 }} @llvm.{kind}mul.with.overflow.i{bits}(i{bits}, i{bits})
             define i1 @f(i{bits} %a, i{bits} %b) {{
               %r = call {{ i{bits}, i1 }} @llvm.{kind}mul.with.overflow.i{bits}(i{bits} %a, i{bits} {b})
               %o = extractvalue {{ i{bits}, i1 }} %r, 1
               ret i1 %o }}"
        ))
    };
    assert_has(&check("u", 128, "%b"), &["call i64 @__sbf_umulo128("], &[]);
    assert_has(&check("s", 128, "%b"), &["call i64 @__sbf_smulo128("], &[]);
    assert_has(&check("s", 64, "%b"), &["call i64 @__sbf_smulo64("], &[]);
    assert_has(&check("u", 64, "%b"), &["udiv i64"], &["call { i64, i1 }"]);
    assert_has(&check("u", 64, "1000000"), &["icmp ugt i64 %a, 18446744073709"], &["udiv"]);
    assert_has(&check("u", 64, "0"), &["udiv i64"], &[]);
    assert_has(&check("u", 32, "%b"), &["call { i32, i1 } @llvm.umul"], &[]);
}

#[test]
fn large_copies_become_calls_and_small_ones_stay() {
    let text = rewritten(
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
         declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
         declare void @llvm.memset.p0.i32(ptr, i8, i32, i1)
         define void @f(ptr %a, ptr %b, i64 %n, i32 %m) {
           call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 64, i1 false)
           call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 65, i1 false)
           call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 %n, i1 false)
           call void @llvm.memmove.p0.p0.i64(ptr %a, ptr %b, i64 8, i1 false)
           call void @llvm.memset.p0.i32(ptr %a, i8 1, i32 %m, i1 false)
           ret void }",
    );
    assert_eq!(text.matches("call ptr @memmove(").count(), 3, "{text}");
    assert_eq!(text.matches("call ptr @memset(ptr %a, i32 1, i64").count(), 1, "{text}");
    assert_eq!(text.matches("call void @llvm.").count(), 1, "{text}");
}

#[test]
fn float_operations_become_calls() {
    let text = rewritten(
        "declare i8 @llvm.fptosi.sat.i8.f64(double)
         define i8 @f(double %a, float %b, i64 %n) {
           %c = fpext float %b to double
           %d = fadd double %a, %c
           %e = uitofp i64 %n to double
           %o = fcmp ult double %d, %e
           %g = select i1 %o, double %d, double %e
           %r = call i8 @llvm.fptosi.sat.i8.f64(double %g)
           ret i8 %r }",
    );
    let calls = ["@__extendsfdf2(", "@__adddf3(", "@__floatundidf(", "@__gedf2(", "@__fixdfdi("];
    assert_has(&text, &calls, &["fadd", "fcmp", "uitofp", "call i8 @llvm"]);
    assert_has(&text, &["icmp sgt i64", ", i64 127", "icmp slt i64", ", i64 -128"], &[]);
}

#[test]
fn six_arguments_and_wide_results_go_through_memory() {
    let text = rewritten(
        "define i128 @f(i8 zeroext %a, i64 %b, i128 %c, i16 %d, ptr %e) {
           %x = zext i16 %d to i128
           %y = add i128 %x, %c
           ret i128 %y }
         define i64 @g(ptr %pointer) {
           %r = call i128 @f(i8 zeroext 1, i64 2, i128 3, i16 4, ptr %pointer)
           %s = call i128 %pointer(i8 zeroext 1, i64 2, i128 3, i16 4, ptr %pointer)
           %t = add i128 %r, %s
           %u = trunc i128 %t to i64
           ret i64 %u }",
    );
    // result pointer, %a and %b stay in registers; %c would be the fourth and fifth
    assert_has(&text, &["define void @f(ptr %0, i8 zeroext %1, i64 %2, ptr %3)"], &["ret i128"]);
    assert_eq!(text.matches("call void @f(ptr %").count(), 1, "{text}");
    assert_eq!(text.matches("call void %pointer(ptr %").count(), 1, "{text}");
    assert_eq!(text.matches("store i128 3").count(), 2, "{text}");
}

#[test]
fn signatures_that_fit_stay() {
    let text = "define i64 @f(i64 %a, i128 %b, ptr %c, i1 %d) { ret i64 %a }";
    assert_has(&rewritten(text), &["define i64 @f(i64 %a, i128 %b, ptr %c, i1 %d)"], &[]);
}

#[test]
fn attributes_about_memory_are_dropped_where_arguments_move_to_memory() {
    let text = rewritten(
        "define i128 @f(ptr nonnull %p, i64 returned %n) nounwind memory(none) { ret i128 0 }
         define i64 @g(i64 returned %n) memory(none) { ret i64 %n }",
    );
    assert_has(&text, &["@f(ptr %0, ptr nonnull %1, i64 %2) #1", "attributes #1 = { nounwind }"], &[]);
    assert_has(&text, &["@g(i64 returned %n) #0", "attributes #0 = { memory(none) }"], &[]);
}

#[test]
fn what_cannot_be_rewritten_is_named_with_its_function() {
    for (text, problem) in [
        (
            "define <2 x i64> @f(<2 x i64> %a) { %r = mul <2 x i64> %a, %a ret <2 x i64> %r }",
            "vector arithmetic",
        ),
        ("define i512 @f(i512 %a) { %r = mul i512 %a, %a ret i512 %r }", "512-bit arithmetic"),
        ("define i256 @f(i256 %a) { %r = udiv i256 %a, %a ret i256 %r }", "256-bit arithmetic"),
        ("define void @f(ptr %p) { fence seq_cst ret void }", "an atomic operation"),
        (
            "define double @f(double %a) { %r = frem double %a, %a ret double %r }",
            "a float operation that does not exist on chain",
        ),
        (
            "define i128 @f(double %a) { %r = fptosi double %a to i128 ret i128 %r }",
            "a float operation that does not exist on chain",
        ),
        (
            "declare i128 @llvm.fptosi.sat.i128.f64(double)
             define i64 @f(double %a) {
               %r = call i128 @llvm.fptosi.sat.i128.f64(double %a)
               %t = trunc i128 %r to i64
               ret i64 %t }",
            "a float conversion that does not exist on chain",
        ),
        (
            "declare void @g(ptr byval([9 x i64]), i64, i64, i64, i64, i64)
             define void @f(ptr %p) {
               call void @g(ptr byval([9 x i64]) %p, i64 1, i64 2, i64 3, i64 4, i64 5) ret void }",
            "an argument passed as a copy in memory",
        ),
        (
            "define i128 @f(i64 %a) { %r = musttail call i128 @f(i64 %a) ret i128 %r }",
            "a guaranteed tail call",
        ),
    ] {
        let problems = legalized_problems(text);
        assert!(problems.contains(&format!("{problem} in function `f`")), "{problems:?}");
    }
}

/// Like [`legalized`], without a look at the module, which may be invalid.
fn legalized_problems(text: &str) -> Vec<String> {
    let target = target();
    let module = Module::parse_text(target.context, text).expect("valid text");
    target.machine.adopt(module);
    let mut legalizer = Legalizer::new(module);
    legalizer.instructions();
    legalizer.signatures();
    Vec::from_iter(legalizer.into_problems())
}
