//! The dashboard, the alerts and the operator's page speak of metrics and settings that there are.
use plimsoll_keeper::config::settings::SETTINGS;
use plimsoll_keeper::core::Duty;
use plimsoll_keeper::monitor::Monitor;
use plimsoll_keeper::source::gap::Gap;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const DASHBOARD: &str = include_str!("../../dashboards/plimsoll-keeper.json");
const ALERTS: &str = include_str!("../../dashboards/alerts.yml");
const PAGE: &str = include_str!("../../../../docs/keeper.md");
const PREFIX: &str = "plimsoll_keeper_";

/// The metrics that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    pieces.filter(|piece| piece.starts_with(PREFIX)).map(str::to_string).collect()
}

fn there_are() -> BTreeSet<String> {
    let monitor = Monitor::new(Duration::from_secs(1));
    monitor.gap(&Gap::Overflow);
    monitor.notified("webhook", "sent");
    let text = monitor.text(0);
    named(&text)
}

#[test]
fn every_metric_that_is_shown_or_explained_exists() {
    let there_are = there_are();
    for (text, least) in [(DASHBOARD, 15), (ALERTS, 5), (PAGE, 15)] {
        let named = named(text);
        assert!(named.len() >= least, "{named:?}");
        let unknown: Vec<_> = named.difference(&there_are).collect();
        assert_eq!(unknown, Vec::<&String>::new());
    }
}

#[test]
fn every_metric_duty_and_setting_is_explained() {
    let is_series = |name: &String| ["_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
    for metric in there_are().iter().filter(|name| !is_series(name)) {
        assert!(PAGE.contains(&format!("`{metric}`")), "{metric}");
    }
    for duty in Duty::ALL {
        assert!(PAGE.contains(&format!("`{duty}`")), "{duty}");
    }
    for setting in SETTINGS {
        assert!(PAGE.contains(setting.key), "{}", setting.name());
    }
}

#[test]
fn every_panel_has_its_place() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let places: BTreeSet<String> = panels.iter().map(|panel| panel["gridPos"].to_string()).collect();
    assert_eq!((panels.len(), places.len()), (17, 17));
    assert!(panels.iter().all(|panel| !panel["targets"][0]["expr"].as_str().unwrap().is_empty()));
}
