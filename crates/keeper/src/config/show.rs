//! Settings as a file: those in force, and one to begin with.
use super::layers::Values;
use super::settings::{SETTINGS, Takes};
use crate::secret::Secret;
use std::fmt::Write;

/// What stands in the example file where there is no default.
const EXAMPLES: [(&str, &str); 3] = [
    ("cluster.url", "mainnet-beta"),
    ("cluster.clearinghouse", "address of the clearinghouse"),
    ("keeper.keypair", "keeper.json"),
];

/// A file with every setting, to begin with.
pub fn example() -> String {
    let mut values = Values::defaults();
    for setting in SETTINGS {
        if let Some((_, text)) = EXAMPLES.iter().find(|(name, _)| *name == setting.name()) {
            values.flag(setting, text);
        }
    }
    format!(
        "# Settings of plimsoll-keeper: those with a value here are the defaults, but for the first three. Each can also be a\n\
         # flag (--cluster-url) or a variable (PLIMSOLL_KEEPER_CLUSTER_URL). docs/keeper.md explains them.\n\n{}",
        printed(&values)
    )
}

/// The settings in force as a file, with secrets hidden.
pub fn printed(values: &Values) -> String {
    let mut out = String::new();
    let mut section = "";
    for setting in SETTINGS {
        if setting.section != section {
            section = setting.section;
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}[{section}]");
        }
        let _ = writeln!(out, "# {}", setting.help);
        let Some(given) = values.0.get(&setting.name()) else {
            let _ = writeln!(out, "# {} =", setting.key);
            continue;
        };
        let text = if given.text.contains("://") {
            Secret::new(&given.text).to_string()
        } else {
            given.text.clone()
        };
        let _ = writeln!(out, "{} = {}", setting.key, quoted(&text, setting.takes));
    }
    out
}

fn quoted(text: &str, takes: Takes) -> String {
    // What JSON writes for a string is a string of TOML too.
    let string = |text: &str| serde_json::Value::from(text).to_string();
    match takes {
        Takes::One if text.parse::<i64>().is_ok() => text.to_string(),
        Takes::One => string(text),
        Takes::Many => {
            let items: Vec<String> =
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(string).collect();
            format!("[{}]", items.join(", "))
        }
    }
}
