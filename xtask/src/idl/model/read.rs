//! Reading the parts of an IDL; each error names the place.
use super::{Account, Field, Instruction, Result, Seed, Shape, Tagged, Type, TypeDef, Variant};
use serde_json::Value;
use std::collections::BTreeSet;

/// Types that Rust and the IDL name alike.
const PLAIN: [&str; 11] = ["bool", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"];

pub fn instruction(value: &Value) -> Result<Instruction> {
    Ok(Instruction {
        name: text(value, "name")?,
        docs: docs(value)?,
        discriminator: bytes(value, "discriminator")?,
        accounts: each(value, "accounts", account)?,
        args: each(value, "args", field)?,
        returns: value.get("returns").map(ty).transpose()?,
    })
}

fn account(value: &Value) -> Result<Account> {
    if value.get("accounts").is_some() {
        return Err("groups of accounts are not supported".into());
    }
    Ok(Account {
        name: text(value, "name")?,
        docs: docs(value)?,
        writable: flag(value, "writable"),
        signer: flag(value, "signer"),
        optional: flag(value, "optional"),
        address: value.get("address").and_then(Value::as_str).map(str::to_string),
        // An address derived by another program is not one of ours to list.
        seeds: match value.get("pda") {
            Some(pda) if pda.get("program").is_none() => Some(each(pda, "seeds", seed)?),
            _ => None,
        },
    })
}

fn seed(value: &Value) -> Result<Seed> {
    match text(value, "kind")?.as_str() {
        "const" => bytes(value, "value").map(Seed::Bytes),
        "account" => text(value, "path").map(Seed::Account),
        "arg" => text(value, "path").map(Seed::Arg),
        other => Err(format!("the seed kind `{other}` is not known")),
    }
}

pub fn tagged(value: &Value) -> Result<Tagged> {
    Ok(Tagged { name: text(value, "name")?, discriminator: bytes(value, "discriminator")? })
}

/// Each error has a code of its own and a message.
pub fn error_codes(idl: &Value) -> Result<()> {
    let mut codes = BTreeSet::new();
    for (code, name) in each(idl, "errors", |error| {
        text(error, "msg")?;
        let code = error["code"].as_u64().ok_or_else(|| format!("no code in {error}"))?;
        Ok((code, text(error, "name")?))
    })? {
        if !codes.insert(code) {
            return Err(format!("error code {code} is used twice, also by {name}"));
        }
    }
    Ok(())
}

pub fn type_def(value: &Value) -> Result<TypeDef> {
    let shape = &value["type"];
    let shape = match text(shape, "kind")?.as_str() {
        _ if value.get("generics").is_some() => Shape::Opaque,
        "struct" => Shape::Struct(fields(shape)?),
        "enum" => Shape::Enum(each(shape, "variants", variant)?),
        "type" => Shape::Alias(ty(&shape["alias"])?),
        _ => Shape::Opaque,
    };
    Ok(TypeDef { docs: docs(value)?, shape })
}

fn variant(value: &Value) -> Result<Variant> {
    Ok(Variant { name: text(value, "name")?, fields: fields(value)? })
}

/// The fields of a struct or a variant; none when it has no list of them.
fn fields(value: &Value) -> Result<Vec<Field>> {
    let Some(list) = value.get("fields") else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or_else(|| format!("the fields of {value} are not a list"))?;
    let tuple = |(at, entry)| Ok(Field { name: usize::to_string(&at), docs: Vec::new(), ty: ty(entry)? });
    match list.first() {
        Some(first) if first.get("name").is_some() => list.iter().map(field).collect(),
        _ => list.iter().enumerate().map(tuple).collect(),
    }
}

fn field(value: &Value) -> Result<Field> {
    let ty = ty(&value["type"]).map_err(|e| format!("{}: {e}", value["name"]))?;
    Ok(Field { name: text(value, "name")?, docs: docs(value)?, ty })
}

fn ty(value: &Value) -> Result<Type> {
    let inner = |key: &str| value.get(key);
    if let Some(name) = value.as_str() {
        return match PLAIN.iter().find(|plain| **plain == name) {
            Some(plain) => Ok(Type::Plain(plain)),
            None if name == "pubkey" => Ok(Type::Address),
            None if name == "bytes" => Ok(Type::Vec(Box::new(Type::Plain("u8")))),
            None => Err(format!("the type `{name}` is not supported")),
        };
    }
    if let Some(item) = inner("vec") {
        return Ok(Type::Vec(Box::new(ty(item)?)));
    }
    if let Some(item) = inner("option") {
        return Ok(Type::Option(Box::new(ty(item)?)));
    }
    if let Some([item, length]) = inner("array").and_then(Value::as_array).map(Vec::as_slice) {
        return match length.as_u64() {
            Some(length) => Ok(Type::Array(Box::new(ty(item)?), length)),
            None => Ok(Type::Generic(value.to_string())),
        };
    }
    match inner("defined").map(|defined| (defined.get("generics"), &defined["name"])) {
        Some((None, Value::String(name))) => Ok(Type::Defined(name.clone())),
        Some((Some(_), _)) => Ok(Type::Generic(value.to_string())),
        _ if inner("generic").is_some() => Ok(Type::Generic(value.to_string())),
        _ => Err(format!("the type {value} is not supported")),
    }
}

pub fn each<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Result<T>) -> Result<Vec<T>> {
    let list = value.get(key).and_then(Value::as_array).ok_or_else(|| format!("no list of {key}"))?;
    list.iter().map(|entry| read(entry).map_err(|e| format!("{key}: {}: {e}", entry["name"]))).collect()
}

pub fn text(value: &Value, key: &str) -> Result<String> {
    value
        .get(key)
        .and_then(Value::as_str)
        .map(str::to_string)
        .ok_or_else(|| format!("no text `{key}` in {value}"))
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn docs(value: &Value) -> Result<Vec<String>> {
    let Some(lines) = value.get("docs") else { return Ok(Vec::new()) };
    let lines = lines.as_array().ok_or_else(|| format!("the docs of {} are not a list", value["name"]))?;
    Ok(lines.iter().filter_map(Value::as_str).map(str::to_string).collect())
}

fn bytes(value: &Value, key: &str) -> Result<Vec<u8>> {
    let byte = |byte: &Value| byte.as_u64().and_then(|byte| u8::try_from(byte).ok());
    let list = value.get(key).and_then(Value::as_array);
    list.and_then(|list| list.iter().map(byte).collect())
        .ok_or_else(|| format!("no bytes `{key}` in {value}"))
}
