//! The parts of an IDL that client code is made from, read and checked.
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub struct Idl {
    pub instructions: Vec<Instruction>,
    pub accounts: Vec<Tagged>,
    pub events: Vec<Tagged>,
    pub types: BTreeMap<String, TypeDef>,
    /// Names of the types that accounts are made of, themselves included.
    pub in_accounts: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Instruction {
    pub name: String,
    pub docs: Vec<String>,
    pub discriminator: Vec<u8>,
    pub accounts: Vec<Account>,
    pub args: Vec<Field>,
    pub returns: Option<Type>,
}

/// An account of an instruction.
#[derive(Debug)]
pub struct Account {
    pub name: String,
    pub docs: Vec<String>,
    pub writable: bool,
    pub signer: bool,
    pub optional: bool,
    pub address: Option<String>,
    pub seeds: Option<Vec<Seed>>,
}

/// A seed of a program-derived address.
#[derive(Debug, PartialEq, Eq)]
pub enum Seed {
    Bytes(Vec<u8>),
    Account(String),
    Arg(String),
}

/// An account type or an event: a name and the bytes its data begin with.
#[derive(Debug)]
pub struct Tagged {
    pub name: String,
    pub discriminator: Vec<u8>,
}

#[derive(Debug)]
pub struct TypeDef {
    pub docs: Vec<String>,
    pub shape: Shape,
}

#[derive(Debug)]
pub enum Shape {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
    Alias(Type),
    /// A type with parameters or a form that is read from bytes only; it can't be an argument.
    Opaque,
}

#[derive(Debug)]
pub struct Variant {
    pub name: String,
    pub fields: Vec<Field>,
}

/// A named field; the fields of a tuple are named `0`, `1`, ...
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub docs: Vec<String>,
    pub ty: Type,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A type that Rust and the IDL name alike.
    Plain(&'static str),
    Address,
    Vec(Box<Type>),
    Option(Box<Type>),
    Array(Box<Type>, u64),
    Defined(String),
    /// A type with parameters, in the IDL's own words.
    Generic(String),
}

const PLAIN: [&str; 11] = ["bool", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"];

type Result<T> = std::result::Result<T, String>;

impl Idl {
    /// # Errors
    /// What is missing, of the wrong kind, ambiguous or not defined, and where.
    pub fn parse(idl: &Value) -> Result<Self> {
        let mut parsed = Self {
            instructions: each(idl, "instructions", instruction)?,
            accounts: each(idl, "accounts", tagged)?,
            events: each(idl, "events", tagged)?,
            types: each(idl, "types", |ty| Ok((text(ty, "name")?, type_def(ty)?)))?.into_iter().collect(),
            in_accounts: BTreeSet::new(),
        };
        let roots =
            parsed.accounts.iter().map(|account| Type::Defined(account.name.clone())).collect::<Vec<_>>();
        parsed.in_accounts = parsed.reach(&roots);
        parsed.check()?;
        error_codes(idl)?;
        Ok(parsed)
    }

    /// Names of all types that `roots` are made of.
    pub fn reach<'a>(&self, roots: impl IntoIterator<Item = &'a Type>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Type> = Vec::new();
        for root in roots {
            open.push(root);
            while let Some(ty) = open.pop() {
                match ty {
                    Type::Vec(inner) | Type::Option(inner) | Type::Array(inner, _) => open.push(inner),
                    Type::Defined(name) if found.insert(name.clone()) => open.extend(self.parts(name)),
                    _ => {}
                }
            }
        }
        found
    }

    /// The types of which the type `name` is made.
    fn parts(&self, name: &str) -> Vec<&Type> {
        match self.types.get(name).map(|definition| &definition.shape) {
            Some(Shape::Struct(fields)) => fields.iter().map(|field| &field.ty).collect(),
            Some(Shape::Enum(variants)) => {
                variants.iter().flat_map(|variant| &variant.fields).map(|field| &field.ty).collect()
            }
            Some(Shape::Alias(ty)) => vec![ty],
            _ => Vec::new(),
        }
    }

    /// Whether a list of unknown length is anywhere in `ty`.
    pub fn holds_list(&self, ty: &Type) -> bool {
        match ty {
            Type::Vec(_) => true,
            Type::Option(inner) | Type::Array(inner, _) => self.holds_list(inner),
            Type::Defined(name) => self.parts(name).into_iter().any(|part| self.holds_list(part)),
            _ => false,
        }
    }

    fn check(&self) -> Result<()> {
        let ours = self.instructions.iter().map(|i| (i.name.as_str(), i.discriminator.as_slice()));
        unambiguous("instructions", ours)?;
        unambiguous("accounts", self.accounts.iter().map(|a| (a.name.as_str(), a.discriminator.as_slice())))?;
        unambiguous("events", self.events.iter().map(|e| (e.name.as_str(), e.discriminator.as_slice())))?;
        for instruction in &self.instructions {
            let fields = instruction.args.iter().map(|arg| &arg.ty).chain(&instruction.returns);
            fields
                .into_iter()
                .try_for_each(|ty| self.defined(ty).map_err(|e| format!("{}: {e}", instruction.name)))?;
        }
        let tagged = self.accounts.iter().chain(&self.events);
        tagged.map(|tagged| Type::Defined(tagged.name.clone())).try_for_each(|ty| self.defined(&ty))
    }

    fn defined(&self, ty: &Type) -> Result<()> {
        match ty {
            Type::Defined(name) if !self.types.contains_key(name) => {
                Err(format!("the type {name} is not defined"))
            }
            Type::Vec(inner) | Type::Option(inner) | Type::Array(inner, _) => self.defined(inner),
            _ => Ok(()),
        }
    }
}

/// Refuses discriminators that are empty, all zero, or of which one begins another.
fn unambiguous<'a>(what: &str, tagged: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<()> {
    let mut seen: Vec<(&str, &[u8])> = Vec::new();
    for (name, tag) in tagged {
        if tag.iter().all(|byte| *byte == 0) {
            return Err(format!("{what}: the discriminator of {name} is empty or zero"));
        }
        if let Some((other, _)) = seen.iter().find(|(_, old)| old.starts_with(tag) || tag.starts_with(old)) {
            return Err(format!("{what}: {name} and {other} cannot be told apart by their discriminators"));
        }
        seen.push((name, tag));
    }
    Ok(())
}

fn instruction(value: &Value) -> Result<Instruction> {
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

fn tagged(value: &Value) -> Result<Tagged> {
    Ok(Tagged { name: text(value, "name")?, discriminator: bytes(value, "discriminator")? })
}

/// Each error has a code of its own and a message.
fn error_codes(idl: &Value) -> Result<()> {
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

fn type_def(value: &Value) -> Result<TypeDef> {
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

fn each<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Result<T>) -> Result<Vec<T>> {
    let list = value.get(key).and_then(Value::as_array).ok_or_else(|| format!("no list of {key}"))?;
    list.iter().map(|entry| read(entry).map_err(|e| format!("{key}: {}: {e}", entry["name"]))).collect()
}

fn text(value: &Value, key: &str) -> Result<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn idl() -> Value {
        json!({
            "address": "11111111111111111111111111111112",
            "instructions": [{
                "name": "open", "docs": ["Opens."], "discriminator": [1, 2],
                "accounts": [
                    {"name": "owner", "signer": true, "writable": true},
                    {"name": "account", "pda": {"seeds": [
                        {"kind": "const", "value": [97]}, {"kind": "account", "path": "owner"},
                        {"kind": "arg", "path": "index"}]}},
                    {"name": "foreign", "pda": {"seeds": [], "program": {"kind": "const", "value": [0]}}},
                ],
                "args": [{"name": "index", "type": "u16"}, {"name": "list", "type": {"vec": {"defined": {"name": "T"}}}}],
            }],
            "accounts": [], "events": [{"name": "T", "discriminator": [3]}],
            "errors": [{"code": 6000, "name": "Zero", "msg": "is zero"}],
            "types": [{"name": "T", "type": {"kind": "struct", "fields": [
                {"name": "a", "type": {"array": ["pubkey", 2]}}, {"name": "b", "type": {"option": "bool"}}]}}],
        })
    }

    #[test]
    fn an_idl_is_read() {
        let idl = Idl::parse(&idl()).unwrap();
        let open = &idl.instructions[0];
        assert_eq!((open.name.as_str(), open.docs[0].as_str()), ("open", "Opens."));
        assert!(open.accounts[0].signer && open.accounts[0].writable && !open.accounts[0].optional);
        let seeds = vec![Seed::Bytes(vec![97]), Seed::Account("owner".into()), Seed::Arg("index".into())];
        assert_eq!(open.accounts[1].seeds.as_ref(), Some(&seeds));
        assert_eq!(open.accounts[2].seeds, None);
        assert_eq!(open.args[1].ty, Type::Vec(Box::new(Type::Defined("T".into()))));
        let Shape::Struct(fields) = &idl.types["T"].shape else { panic!() };
        assert_eq!(fields[0].ty, Type::Array(Box::new(Type::Address), 2));
        assert_eq!(fields[1].ty, Type::Option(Box::new(Type::Plain("bool"))));
    }

    #[test]
    fn a_type_that_is_not_defined_is_named() {
        let mut idl = idl();
        idl["types"] = json!([]);
        assert_eq!(Idl::parse(&idl).unwrap_err(), "open: the type T is not defined");
    }

    #[test]
    fn ambiguous_discriminators_are_refused() {
        let mut idl = idl();
        idl["accounts"] =
            json!([{"name": "A", "discriminator": [7]}, {"name": "B", "discriminator": [7, 8]}]);
        assert_eq!(
            Idl::parse(&idl).unwrap_err(),
            "accounts: B and A cannot be told apart by their discriminators"
        );
        idl["accounts"] = json!([{"name": "A", "discriminator": [0, 0]}]);
        assert!(Idl::parse(&idl).unwrap_err().contains("empty or zero"));
    }

    #[test]
    fn a_code_used_by_two_errors_is_refused() {
        let mut idl = idl();
        idl["errors"] = json!([{"code": 1, "name": "A", "msg": ""}, {"code": 1, "name": "B", "msg": ""}]);
        assert!(Idl::parse(&idl).unwrap_err().contains("used twice"));
    }

    #[test]
    fn floats_are_refused_with_the_place() {
        let mut idl = idl();
        idl["instructions"][0]["args"][0]["type"] = json!("f64");
        let message = Idl::parse(&idl).unwrap_err();
        assert_eq!(
            message,
            "instructions: \"open\": args: \"index\": \"index\": the type `f64` is not supported"
        );
    }
}
