//! The parts of an IDL that client code is made from, read and checked.
mod read;

use read::{each, error_codes, instruction, tagged, text, type_def};
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
