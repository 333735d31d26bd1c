//! Types that occur in arguments.
//!
//! One that is also part of an account lies in the light program crate already and is used from there; the
//! others exist on chain only and are written out.
use super::{derives, docs, ident, mentions, rust_type};
use crate::idl::model::{Field, Idl, Shape, Type, Variant};
use std::collections::BTreeSet;
use std::fmt::Write;

/// # Errors
/// When an argument has a type that cannot be encoded.
pub fn module(idl: &Idl) -> Result<String, String> {
    let mut used = BTreeSet::new();
    for arg in idl.instructions.iter().flat_map(|entry| &entry.args) {
        reach(idl, &arg.ty, &mut used);
    }
    let mut shared = BTreeSet::new();
    for account in &idl.accounts {
        reach(idl, &Type::Defined(account.name.clone()), &mut shared);
    }
    let mut body = String::new();
    for name in used.intersection(&shared) {
        let _ = writeln!(body, "pub use plimsoll::state::{name};");
    }
    for name in &used {
        body += &definition(idl, name, shared.contains(name)).map_err(|e| format!("{name}: {e}"))?;
    }
    let mut text = String::from("//! The types that occur in arguments.\n");
    if !used.is_empty() {
        text += "use crate::encode::Encode;\n";
    }
    let address = |ty: &Type| mentions(ty, &|ty| *ty == Type::Address);
    if used.difference(&shared).any(|name| parts(idl, name).into_iter().any(address)) {
        text += "use solana_address::Address;\n";
    }
    Ok(text + "\n" + &body)
}

/// Whether a list of unknown length is anywhere in `ty`.
pub fn holds_list(idl: &Idl, ty: &Type) -> bool {
    match ty {
        Type::Vec(_) => true,
        Type::Option(inner) | Type::Array(inner, _) => holds_list(idl, inner),
        Type::Defined(name) => parts(idl, name).into_iter().any(|part| holds_list(idl, part)),
        _ => false,
    }
}

fn reach(idl: &Idl, ty: &Type, used: &mut BTreeSet<String>) {
    match ty {
        Type::Vec(inner) | Type::Option(inner) | Type::Array(inner, _) => reach(idl, inner, used),
        Type::Defined(name) if used.insert(name.clone()) => {
            parts(idl, name).into_iter().for_each(|part| reach(idl, part, used));
        }
        _ => {}
    }
}

/// The types of which `name` is made.
fn parts<'a>(idl: &'a Idl, name: &str) -> Vec<&'a Type> {
    match idl.types.get(name).map(|definition| &definition.shape) {
        Some(Shape::Struct(fields)) => fields.iter().map(|field| &field.ty).collect(),
        Some(Shape::Enum(variants)) => {
            variants.iter().flat_map(|v| &v.fields).map(|field| &field.ty).collect()
        }
        Some(Shape::Alias(ty)) => vec![ty],
        _ => Vec::new(),
    }
}

/// A type's declaration, unless it is `shared`, and how it is encoded.
fn definition(idl: &Idl, name: &str, shared: bool) -> Result<String, String> {
    let definition = &idl.types.get(name).ok_or("it is not defined")?;
    let (declaration, encode) = match &definition.shape {
        Shape::Struct(fields) => structure(name, fields)?,
        Shape::Enum(variants) => enumeration(name, variants)?,
        Shape::Alias(ty) => return Ok(format!("pub type {name} = {};\n\n", local(ty)?)),
        Shape::Opaque => return Err("it cannot be an argument".into()),
    };
    let head = docs("///", &definition.docs) + derives(idl, parts(idl, name));
    let declaration = if shared { String::new() } else { head + &declaration };
    Ok(format!(
        "{declaration}\n\nimpl Encode for {name} {{\nfn encode(&self, out: &mut Vec<u8>) {{\n{encode}}}\n}}\n\n"
    ))
}

/// A type as the module of types itself names it.
fn local(ty: &Type) -> Result<String, String> {
    Ok(rust_type(ty)?.replace("types::", ""))
}

fn structure(name: &str, fields: &[Field]) -> Result<(String, String), String> {
    let (mut text, mut encode) = (format!("pub struct {name} {{\n"), String::new());
    for field in fields {
        text += &docs("///", &field.docs);
        let _ = writeln!(text, "pub {}: {},", ident(&field.name), local(&field.ty)?);
        let _ = writeln!(encode, "self.{}.encode(out);", ident(&field.name));
    }
    Ok((text + "}", encode))
}

/// The tag is one byte, the variant's place in the list.
fn enumeration(name: &str, variants: &[Variant]) -> Result<(String, String), String> {
    let (mut text, mut arms) = (format!("pub enum {name} {{\n"), String::new());
    for (tag, variant) in variants.iter().enumerate() {
        text += &docs("///", &variant.docs);
        let names = variant.fields.iter().map(|field| binding(&field.name)).collect::<Vec<_>>().join(", ");
        let mut fields = String::new();
        for field in &variant.fields {
            let label = if is_tuple(field) { String::new() } else { format!("{}: ", ident(&field.name)) };
            let _ = write!(fields, "{label}{}, ", local(&field.ty)?);
        }
        let (declared, bound) = match variant.fields.first() {
            None => (String::new(), String::new()),
            Some(first) if is_tuple(first) => (format!("({fields})"), format!("({names})")),
            Some(_) => (format!("{{ {fields} }}"), format!("{{ {names} }}")),
        };
        let _ = writeln!(text, "{}{declared},", variant.name);
        let encode: String =
            variant.fields.iter().map(|field| format!("{}.encode(out);", binding(&field.name))).collect();
        let _ = writeln!(arms, "Self::{}{bound} => {{ out.push({tag}); {encode} }}", variant.name);
    }
    Ok((text + "}", format!("match self {{\n{arms}}}\n")))
}

fn is_tuple(field: &Field) -> bool {
    field.name.starts_with(|c: char| c.is_ascii_digit())
}

/// A field's name inside a pattern.
fn binding(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("field{name}") } else { ident(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idl::codegen::format;
    use serde_json::json;

    fn idl(types: serde_json::Value) -> Idl {
        let args = json!([{"name": "kind", "type": {"defined": {"name": "Kind"}}}]);
        Idl::parse(&json!({
            "address": "", "accounts": [], "events": [], "errors": [], "types": types,
            "instructions": [{"name": "a", "discriminator": [1], "accounts": [], "args": args}],
        }))
        .unwrap()
    }

    #[test]
    fn only_types_of_arguments_are_written() {
        let idl = idl(json!([
            {"name": "Kind", "docs": ["What."], "type": {"kind": "enum", "variants": [
                {"name": "None"},
                {"name": "Pair", "fields": ["u8", {"defined": {"name": "Inner"}}]},
                {"name": "Named", "fields": [{"name": "type", "type": "bool"}]}]}},
            {"name": "Inner", "type": {"kind": "struct", "fields": [{"name": "who", "type": "pubkey"}]}},
            {"name": "Unused", "type": {"kind": "struct", "fields": []}},
        ]));
        let text = format(&module(&idl).unwrap()).unwrap();
        for part in [
            "use solana_address::Address;\n",
            "/// What.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Kind {\n    None,\n    Pair(u8, Inner),\n",
            "Self::None => {\n                out.push(0);\n",
            "Self::Pair(field0, field1) => {\n                out.push(1);\n                field0.encode(out);\n",
            "Self::Named { r#type } => {\n                out.push(2);\n",
            "pub struct Inner {\n    pub who: Address,\n}",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
        assert!(!text.contains("Unused"));
    }

    #[test]
    fn a_type_that_is_part_of_an_account_is_not_declared_again() {
        let idl_types = json!([
            {"name": "Kind", "type": {"kind": "struct", "fields": [{"name": "who", "type": "pubkey"}]}},
            {"name": "Held", "type": {"kind": "struct", "fields": [
                {"name": "kinds", "type": {"array": [{"defined": {"name": "Kind"}}, 2]}}]}},
        ]);
        let mut idl = idl(idl_types);
        idl.accounts.push(crate::idl::model::Tagged { name: "Held".into(), discriminator: vec![1] });
        let text = format(&module(&idl).unwrap()).unwrap();
        assert!(text.contains("pub use plimsoll::state::Kind;\n"), "{text}");
        assert!(text.contains("self.who.encode(out);"), "{text}");
        assert!(!text.contains("struct") && !text.contains("Address"), "{text}");
    }

    #[test]
    fn a_type_with_parameters_is_refused() {
        let generic = json!([{"name": "Kind", "generics": [], "type": {"kind": "struct", "fields": []}}]);
        assert_eq!(module(&idl(generic)).unwrap_err(), "Kind: it cannot be an argument");
    }
}
