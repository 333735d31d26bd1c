//! The bytes that mark each account and event layout of the light program crate.
use super::docs;
use crate::idl::model::{Idl, Shape, Tagged, Type};
use std::fmt::Write;

/// Accounts: a discriminator for each layout in `plimsoll::state`.
pub fn accounts(idl: &Idl) -> String {
    let mut text = String::from(
        "//! The account layouts of the program.\nuse crate::decode::Layout;\nuse plimsoll::state;\n\n\
         /// Name and discriminator of every account.\n",
    );
    text += &table(&idl.accounts);
    for account in &idl.accounts {
        text += &layout(&format!("state::{}", content(idl, &account.name)), account);
    }
    text
}

/// The layout of an account: itself, or the one thing it wraps. (The program wraps what handlers must not
/// change except through a guard.)
fn content<'a>(idl: &'a Idl, name: &'a str) -> &'a str {
    match idl.types.get(name).map(|definition| &definition.shape) {
        Some(Shape::Struct(fields)) => match fields.as_slice() {
            [field] => match &field.ty {
                Type::Defined(inner) => inner,
                _ => name,
            },
            _ => name,
        },
        _ => name,
    }
}

/// Events: the same for `plimsoll::events`, and one enum over them.
pub fn events(idl: &Idl) -> String {
    let mut text = String::from(
        "//! The events of the program.\nuse crate::decode::{DecodeError, Layout, decode};\nuse plimsoll::events;\n\n\
         /// Name and discriminator of every event.\n",
    );
    text += &table(&idl.events);
    text += "/// Something the program did, as it said in its log.\n\
             #[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Event {\n";
    for event in &idl.events {
        text += &docs("///", &idl.types[&event.name].docs);
        let _ = writeln!(text, "{name}(events::{name}),", name = event.name);
    }
    text += "}\n\nimpl Event {\n\
             /// Reads an event from the bytes the program logged: discriminator, then layout.\n///\n\
             /// # Errors\n/// When the discriminator is not known or the length is wrong.\n\
             pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {\nmatch data.first_chunk() {\n";
    for event in &idl.events {
        let name = &event.name;
        let _ = writeln!(
            text,
            "Some(&<events::{name} as Layout>::DISCRIMINATOR) => decode(data).map(Self::{name}),"
        );
    }
    text += "_ => Err(DecodeError::unknown(data)),\n}\n}\n\n\
             /// The event's name in the program.\npub fn name(&self) -> &'static str {\nmatch self {\n";
    for event in &idl.events {
        let _ = writeln!(text, "Self::{0}(_) => <events::{0} as Layout>::NAME,", event.name);
    }
    text += "}\n}\n}\n\n";
    for event in &idl.events {
        text += &layout(&format!("events::{}", event.name), event);
    }
    text
}

fn table(entries: &[Tagged]) -> String {
    let rows: String =
        entries.iter().map(|tagged| format!("({:?}, {:?}), ", tagged.name, tagged.discriminator)).collect();
    format!("pub static ALL: [(&str, [u8; 8]); {}] = [{rows}];\n\n", entries.len())
}

fn layout(path: &str, tagged: &Tagged) -> String {
    let Tagged { name, discriminator } = tagged;
    format!(
        "impl Layout for {path} {{\nconst NAME: &'static str = {name:?};\n\
         const DISCRIMINATOR: [u8; 8] = {discriminator:?};\n}}\n\n"
    )
}
