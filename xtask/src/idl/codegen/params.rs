//! How the defined types that occur in arguments are encoded.
use super::{home, ident};
use crate::idl::model::{Field, Idl, Shape, Variant};
use std::fmt::Write;

/// # Errors
/// When an argument has a type that cannot be encoded.
pub fn module(idl: &Idl) -> Result<String, String> {
    let used = idl.reach(idl.instructions.iter().flat_map(|entry| &entry.args).map(|arg| &arg.ty));
    let mut text = String::from("//! How what occurs in arguments is encoded: field by field, in order.\n");
    text += if used.is_empty() { "" } else { "use crate::encode::Encode;\n" };
    for name in &used {
        text += &encoding(idl, name).map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(text)
}

fn encoding(idl: &Idl, name: &str) -> Result<String, String> {
    let body = match &idl.types.get(name).ok_or("it is not defined")?.shape {
        Shape::Struct(fields) => structure(fields),
        Shape::Enum(variants) => enumeration(variants),
        Shape::Alias(_) => return Ok(String::new()),
        Shape::Opaque => return Err("it cannot be an argument".into()),
    };
    let out = if body.is_empty() { "_out" } else { "out" };
    let home = home(idl, name);
    Ok(format!(
        "\nimpl Encode for {home}::{name} {{\nfn encode(&self, {out}: &mut Vec<u8>) {{\n{body}}}\n}}\n"
    ))
}

fn structure(fields: &[Field]) -> String {
    fields.iter().map(|field| format!("self.{}.encode(out);\n", ident(&field.name))).collect()
}

/// The tag is one byte, the variant's place in the list.
fn enumeration(variants: &[Variant]) -> String {
    let mut arms = String::new();
    for (tag, variant) in variants.iter().enumerate() {
        let names: Vec<String> = variant.fields.iter().map(|field| binding(&field.name)).collect();
        let bound = match variant.fields.first() {
            None => String::new(),
            Some(first) if is_position(&first.name) => format!("({})", names.join(", ")),
            Some(_) => format!("{{ {} }}", names.join(", ")),
        };
        let encode: String = names.iter().map(|name| format!("{name}.encode(out);")).collect();
        let _ = writeln!(arms, "Self::{}{bound} => {{ out.push({tag}); {encode} }}", variant.name);
    }
    format!("match self {{\n{arms}}}\n")
}

fn is_position(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// A field's name inside a pattern.
fn binding(name: &str) -> String {
    if is_position(name) { format!("field{name}") } else { ident(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idl::codegen::format;
    use serde_json::json;

    fn idl(types: serde_json::Value) -> Idl {
        let args = json!([{"name": "kind", "type": {"defined": {"name": "Kind"}}}]);
        Idl::parse(&json!({
            "address": "", "accounts": [{"name": "Held", "discriminator": [1]}], "events": [], "errors": [],
            "instructions": [{"name": "a", "discriminator": [1], "accounts": [], "args": args}], "types": types,
        }))
        .unwrap()
    }

    #[test]
    fn types_of_arguments_are_encoded_where_they_live() {
        let idl = idl(json!([
            {"name": "Kind", "docs": ["What."], "type": {"kind": "enum", "variants": [
                {"name": "None"},
                {"name": "Pair", "fields": ["u8", {"defined": {"name": "Inner"}}]},
                {"name": "Named", "fields": [{"name": "type", "type": "bool"}]}]}},
            {"name": "Inner", "type": {"kind": "struct", "fields": [{"name": "who", "type": "pubkey"}]}},
            {"name": "Held", "type": {"kind": "struct", "fields": [
                {"name": "inner", "type": {"array": [{"defined": {"name": "Inner"}}, 2]}}]}},
        ]));
        let text = format(&module(&idl).unwrap()).unwrap();
        for part in [
            "impl Encode for plimsoll::params::Kind {",
            "Self::None => {\n                out.push(0);\n",
            "Self::Pair(field0, field1) => {\n                out.push(1);\n                field0.encode(out);\n",
            "Self::Named { r#type } => {\n                out.push(2);\n",
            "impl Encode for plimsoll::state::Inner {",
            "        self.who.encode(out);\n",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
        assert!(!text.contains("Held"));
    }

    #[test]
    fn a_type_with_parameters_is_refused() {
        let held = json!({"name": "Held", "type": {"kind": "struct"}});
        let kind = json!({"name": "Kind", "generics": [], "type": {"kind": "struct"}});
        assert_eq!(module(&idl(json!([held, kind]))).unwrap_err(), "Kind: it cannot be an argument");
    }
}
