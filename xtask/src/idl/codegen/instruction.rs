//! One module per instruction: its specification, accounts, arguments and builder.
use super::{docs, ident, rust_type};
use crate::idl::model::{Account, Idl, Instruction, Seed};
use std::fmt::Write;

/// The module that lists all instructions.
pub fn list(idl: &Idl) -> String {
    let mut text = String::from("//! The instructions of the program, one module each.\n");
    for entry in &idl.instructions {
        let _ = writeln!(text, "pub mod {};", entry.name);
    }
    let specs: String = idl.instructions.iter().map(|entry| format!("&{}::SPEC, ", entry.name)).collect();
    let count = idl.instructions.len();
    text + "use crate::spec::InstructionSpec;\n\n/// Every instruction, by name.\n"
        + &format!("pub static ALL: [&InstructionSpec; {count}] = [{specs}];\n")
}

/// # Errors
/// When an argument has a type that cannot be encoded.
pub fn module(idl: &Idl, entry: &Instruction) -> Result<String, String> {
    let mut text = docs("//!", &entry.docs);
    if entry.docs.is_empty() {
        let _ = writeln!(text, "//! The instruction `{}`.", entry.name);
    }
    text += "use crate::generated::prelude::*;\n\n";
    text += &spec(entry);
    text += &accounts(entry);
    text += &args(idl, entry)?;
    text += "/// The instruction: the accounts the program expects, then `remaining`.\n\
             pub fn instruction(accounts: &Accounts, args: &Args, remaining: &[AccountMeta]) -> Instruction {\n\
             SPEC.instruction(accounts.metas(), args, remaining)\n}\n";
    Ok(text)
}

fn spec(entry: &Instruction) -> String {
    let mut text = format!(
        "/// What the program says about this instruction.\npub static SPEC: InstructionSpec = InstructionSpec {{\n\
         name: {:?},\ndiscriminator: &{:?},\naccounts: &[\n",
        entry.name, entry.discriminator
    );
    for account in &entry.accounts {
        let _ = write!(text, "AccountSpec::new({:?})", account.name);
        for (set, call) in [
            (account.writable, ".writable()"),
            (account.signer, ".signer()"),
            (account.optional, ".optional()"),
        ] {
            text += if set { call } else { "" };
        }
        if let Some(address) = fixed(account) {
            let _ = write!(text, ".at(address!({address:?}))");
        }
        if let Some(seeds) = &account.seeds {
            let seeds = seeds.iter().map(seed).collect::<Vec<_>>().join(", ");
            let _ = write!(text, ".derived(&[{seeds}])");
        }
        text += ",\n";
    }
    text + "],\n};\n\n"
}

fn seed(seed: &Seed) -> String {
    match seed {
        Seed::Bytes(bytes) => format!("Seed::Bytes(b\"{}\")", bytes.escape_ascii()),
        Seed::Account(name) => format!("Seed::Account({name:?})"),
        Seed::Arg(name) => format!("Seed::Arg({name:?})"),
    }
}

fn accounts(entry: &Instruction) -> String {
    let given: Vec<&Account> = entry.accounts.iter().filter(|account| fixed(account).is_none()).collect();
    let mut text = String::from(
        "/// The accounts to choose; those with a fixed address are filled in.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub struct Accounts {\n",
    );
    for account in given {
        text += &docs("///", account.docs.iter().chain(&[role(account)]));
        let ty = if account.optional { "Option<Address>" } else { "Address" };
        let _ = writeln!(text, "pub {}: {ty},", ident(&account.name));
    }
    text += "}\n\nimpl Accounts {\n/// The accounts in the program's order, with its flags.\n\
             pub fn metas(&self) -> Vec<AccountMeta> {\nSPEC.metas(&[";
    for account in &entry.accounts {
        text += &match (fixed(account), account.optional) {
            (Some(_), _) => "None, ".to_string(),
            (None, true) => format!("self.{}, ", ident(&account.name)),
            (None, false) => format!("Some(self.{}), ", ident(&account.name)),
        };
    }
    text + "])\n}\n}\n\n"
}

/// What the instruction does with an account, as a line of documentation.
fn role(account: &Account) -> String {
    let mut words = vec![if account.writable { "Writable" } else { "Read only" }.to_string()];
    if account.signer {
        words.push("signer".to_string());
    }
    if let Some(path) = &account.address {
        words.push(format!("the address in `{path}`"));
    }
    if let Some(seeds) = &account.seeds {
        let seed = |seed: &Seed| match seed {
            Seed::Bytes(bytes) => format!("`\"{}\"`", bytes.escape_ascii()),
            Seed::Account(name) | Seed::Arg(name) => format!("`{name}`"),
        };
        words.push(format!("derived from {}", seeds.iter().map(seed).collect::<Vec<_>>().join(", ")));
    }
    words.join("; ") + "."
}

fn args(idl: &Idl, entry: &Instruction) -> Result<String, String> {
    let mut text = String::from("/// The arguments, in the order in which they are encoded.\n");
    let copy = if entry.args.iter().any(|arg| idl.holds_list(&arg.ty)) { "" } else { "Copy, " };
    let _ = writeln!(text, "#[derive(Clone, {copy}Debug, PartialEq, Eq)]\npub struct Args {{");
    for arg in &entry.args {
        text += &docs("///", &arg.docs);
        let _ = writeln!(text, "pub {}: {},", ident(&arg.name), rust_type(idl, &arg.ty)?);
    }
    let (out, encode) = match entry.args.as_slice() {
        [] => ("_out", String::new()),
        args => ("out", args.iter().map(|arg| format!("self.{}.encode(out);\n", ident(&arg.name))).collect()),
    };
    let _ = write!(
        text,
        "}}\n\nimpl Encode for Args {{\nfn encode(&self, {out}: &mut Vec<u8>) {{\n{encode}}}\n}}\n\n"
    );
    Ok(text)
}

/// The account's address when it is always the same. (An IDL may also name a field to look it up in.)
fn fixed(account: &Account) -> Option<&str> {
    let base58 = |c: char| c.is_ascii_alphanumeric() && !matches!(c, '0' | 'O' | 'I' | 'l');
    account.address.as_deref().filter(|text| (32..=44).contains(&text.len()) && text.chars().all(base58))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idl::codegen::format;
    use serde_json::json;

    fn generated() -> String {
        let idl = json!({
            "address": "", "accounts": [], "events": [], "errors": [], "types": [],
            "instructions": [{
                "name": "move_out", "docs": ["Moves tokens out."], "discriminator": [1, 2, 3, 4, 5, 6, 7, 8],
                "accounts": [
                    {"name": "owner", "signer": true, "docs": ["Who pays."]},
                    {"name": "vault", "writable": true, "pda": {"seeds": [
                        {"kind": "const", "value": [118, 34]}, {"kind": "account", "path": "owner"}]}},
                    {"name": "referrer", "optional": true},
                    {"name": "looked_up", "address": "vault.owner"},
                    {"name": "system_program", "address": "11111111111111111111111111111111"},
                ],
                "args": [{"name": "amount", "type": "u64"}, {"name": "memo", "type": {"vec": "u8"}}],
            }],
        });
        let idl = Idl::parse(&idl).unwrap();
        format(&module(&idl, &idl.instructions[0]).unwrap()).unwrap()
    }

    #[test]
    fn an_instruction_becomes_a_module() {
        let text = generated();
        for part in [
            "//! Moves tokens out.\n",
            "    /// Who pays.\n    /// Read only; signer.\n    pub owner: Address,\n",
            "    /// Writable; derived from `\"v\\\"\"`, `owner`.\n    pub vault: Address,\n",
            "    pub referrer: Option<Address>,\n",
            "    /// Read only; the address in `vault.owner`.\n    pub looked_up: Address,\n",
            "SPEC.metas(&[Some(self.owner), Some(self.vault), self.referrer, Some(self.looked_up), None])",
            "AccountSpec::new(\"owner\").signer(),",
            "AccountSpec::new(\"vault\").writable().derived(&[Seed::Bytes(b\"v\\\"\"), Seed::Account(\"owner\")]),",
            "AccountSpec::new(\"system_program\").at(address!(\"11111111111111111111111111111111\")),",
            "#[derive(Clone, Debug, PartialEq, Eq)]\npub struct Args {\n    pub amount: u64,\n    pub memo: Vec<u8>,\n}",
            "        self.amount.encode(out);\n        self.memo.encode(out);\n",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
    }

    #[test]
    fn a_fixed_account_is_not_asked_for() {
        assert!(!generated().contains("pub system_program"));
    }
}
