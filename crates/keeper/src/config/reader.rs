//! From texts to typed values, noting every problem on the way.
use super::layers::Values;
use super::settings::SETTINGS;
use solana_address::Address;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// Reads values by name, and remembers what was wrong with each.
pub struct Reader<'a> {
    values: &'a Values,
    pub problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(values: &'a Values) -> Self {
        Self { values, problems: Vec::new() }
    }

    /// The text of a setting; `None` if nobody gave it, or gave it empty.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.values.0.get(name).map(|given| given.text.trim()).filter(|text| !text.is_empty())
    }

    /// Notes a problem with what was given, ending in what the setting is.
    pub fn wrong(&mut self, name: &str, why: &str) {
        let given = self.values.0.get(name);
        let origin = given.map_or(name, |given| given.origin.as_str());
        let text = given.map_or("", |given| given.text.as_str());
        self.problems.push(format!("{origin} = {text}: {why}: {}", help(name)));
    }

    /// Notes that a setting is missing that there must be.
    pub fn missing(&mut self, name: &str) {
        let setting = SETTINGS.iter().find(|setting| setting.name() == name);
        let flag = setting.map(|setting| setting.flag()).unwrap_or_default();
        self.problems.push(format!("{name} is missing: set it in the file, or --{flag}: {}", help(name)));
    }

    /// A whole number within bounds; the lowest where there is a problem.
    pub fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> u64 {
        let text = self.text(name).unwrap_or_default().replace('_', "");
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let why = format!("not a whole number from {} to {}", range.start(), range.end());
                self.wrong(name, &why);
                *range.start()
            }
        }
    }

    pub fn milliseconds(&mut self, name: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.number(name, range))
    }

    pub fn seconds(&mut self, name: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, range))
    }

    /// An address; `None` where there is none, or a problem.
    pub fn address(&mut self, name: &str) -> Option<Address> {
        let parsed = self.text(name)?.parse();
        if parsed.is_err() {
            self.wrong(name, "not an address (32 bytes in base 58)");
        }
        parsed.ok()
    }

    pub fn addresses(&mut self, name: &str) -> Vec<Address> {
        let parsed: Vec<_> = self.list(name).iter().map(|item| item.parse().map_err(|_| *item)).collect();
        let mut addresses = Vec::new();
        for item in parsed {
            match item {
                Ok(address) => addresses.push(address),
                Err(item) => self.wrong(name, &format!("{item} is not an address (32 bytes in base 58)")),
            }
        }
        addresses
    }

    pub fn list(&self, name: &str) -> Vec<&'a str> {
        let items = self.text(name).unwrap_or_default().split(',');
        items.map(str::trim).filter(|item| !item.is_empty()).collect()
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    /// One of a few words, as the value that stands beside it.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let text = self.text(name).unwrap_or_default();
        match choices.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => *value,
            None => {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                self.wrong(name, &format!("write one of {}", words.join(", ")));
                choices[0].1
            }
        }
    }
}

fn help(name: &str) -> &'static str {
    SETTINGS.iter().find(|setting| setting.name() == name).map_or("", |setting| setting.help)
}
