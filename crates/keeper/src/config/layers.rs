//! Where settings come from: defaults, then the file, the environment, the flags; the later wins.
use super::settings::{PREFIX, SETTINGS, Setting, Takes, nearest};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The variable that names the file.
pub const FILE_VARIABLE: &str = "PLIMSOLL_KEEPER_CONFIG";

/// A value as it was given, and by whom, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub text: String,
    /// `keeper.toml: fees.cap`, `PLIMSOLL_KEEPER_FEES_CAP` or `--fees-cap`.
    pub origin: String,
}

/// Every setting that somebody gave or that has a default, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<String, Given>);

impl Values {
    /// The defaults.
    pub fn defaults() -> Self {
        let defaults = SETTINGS.iter().filter_map(|setting| {
            let text = setting.default?.to_string();
            Some((setting.name(), Given { text, origin: setting.name() }))
        });
        Self(defaults.collect())
    }

    /// Takes what a file says; `name` is the file's, for messages. Returns what is wrong with it, a line each.
    pub fn file(&mut self, name: &str, text: &str) -> Vec<String> {
        let table: Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(error) => return vec![format!("{name}: {}", place(text, &error))],
        };
        let mut problems = Vec::new();
        for (section, value) in &table {
            let Value::Table(entries) = value else {
                let hint = suggestion(section, SETTINGS.iter().map(|setting| setting.key.to_string()));
                problems.push(format!(
                    "{name}: {section} stands in no [section]: move it into its section{hint}"
                ));
                continue;
            };
            if !SETTINGS.iter().any(|setting| setting.section == section) {
                let hint = suggestion(section, SETTINGS.iter().map(|setting| setting.section.to_string()));
                problems.push(format!("{name}: [{section}] is not known: take it out{hint}"));
                continue;
            }
            for (key, value) in entries {
                self.entry(name, &format!("{section}.{key}"), value, &mut problems);
            }
        }
        problems
    }

    fn entry(&mut self, file: &str, key: &str, value: &Value, problems: &mut Vec<String>) {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name() == key) else {
            let hint = suggestion(key, SETTINGS.iter().map(Setting::name));
            problems.push(format!("{file}: {key} is not known: take it out{hint}"));
            return;
        };
        let origin = format!("{file}: {key}");
        match text_of(value, setting.takes) {
            Some(text) => {
                self.0.insert(setting.name(), Given { text, origin });
            }
            None if setting.takes == Takes::Many => {
                problems.push(format!(
                    "{origin}: write a list of strings, such as [\"a\", \"b\"]: {}",
                    setting.help
                ));
            }
            None => problems.push(format!("{origin}: write one number or string: {}", setting.help)),
        }
    }

    /// Takes what the environment says. Returns what is wrong with it, a line each.
    pub fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
        let mut problems = Vec::new();
        for (variable, text) in variables {
            if !variable.starts_with(PREFIX) || variable == FILE_VARIABLE {
                continue;
            }
            match SETTINGS.iter().find(|setting| setting.variable() == variable) {
                Some(setting) => {
                    self.0.insert(setting.name(), Given { text, origin: variable });
                }
                None => {
                    let hint = suggestion(&variable, SETTINGS.iter().map(Setting::variable));
                    problems.push(format!("{variable} is not known: unset it{hint}"));
                }
            }
        }
        problems.sort();
        problems
    }

    /// Takes what a flag says.
    pub fn flag(&mut self, setting: &Setting, text: &str) {
        let given = Given { text: text.to_string(), origin: format!("--{}", setting.flag()) };
        self.0.insert(setting.name(), given);
    }
}

fn suggestion(given: &str, known: impl Iterator<Item = String>) -> String {
    let known: Vec<String> = known.collect();
    match nearest(given, known.iter().map(String::as_str)) {
        Some(name) => format!(", or write {name}"),
        None => String::new(),
    }
}

fn text_of(value: &Value, takes: Takes) -> Option<String> {
    match (value, takes) {
        (Value::String(text), _) => Some(text.clone()),
        (Value::Integer(number), Takes::One) => Some(number.to_string()),
        (Value::Array(items), Takes::Many) => {
            let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

/// What is wrong with the form of a file, in one line with its place.
fn place(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
    let what = error.message().lines().next().unwrap_or_default();
    format!("line {line}: {what}: write it as TOML, as in keeper.example.toml")
}
