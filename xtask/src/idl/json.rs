//! The IDL as text that reads well and changes by line.
use serde_json::Value;

/// Columns within which a list or an object stays on one line.
const WIDTH: usize = 110;
const INDENT: usize = 2;

/// Keys that open an object, in this order; the others follow in alphabetical order.
const FIRST: [&str; 7] = ["code", "name", "address", "metadata", "docs", "kind", "discriminator"];

/// The same text for equal values, ending with a line end.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    print(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Prints `value`, which begins `used` columns into a line of its own `indent`.
fn print(value: &Value, indent: usize, used: usize, text: &mut String) {
    let line = one_line(value);
    if used + line.len() < WIDTH || !is_nested(value) {
        return text.push_str(&line);
    }
    let inner = indent + INDENT;
    let open = |text: &mut String, first: bool| {
        text.push_str(if first { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(inner));
    };
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                open(text, at == 0);
                print(item, inner, inner, text);
            }
            close(indent, ']', text);
        }
        Value::Object(map) => {
            text.push('{');
            for (at, key) in keys(map).into_iter().enumerate() {
                open(text, at == 0);
                let label = format!("{}: ", Value::String(key.clone()));
                text.push_str(&label);
                print(&map[key], inner, inner + label.len(), text);
            }
            close(indent, '}', text);
        }
        _ => unreachable!("only lists and objects are nested"),
    }
}

fn close(indent: usize, bracket: char, text: &mut String) {
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(bracket);
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry = |key: &String| format!("{}: {}", Value::String(key.clone()), one_line(&map[key]));
            format!("{{{}}}", keys(map).into_iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

fn keys(map: &serde_json::Map<String, Value>) -> Vec<&String> {
    let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    let mut keys: Vec<_> = map.keys().collect();
    keys.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_values_stay_on_one_line_and_long_ones_open() {
        let discriminator = vec![255u8; 8];
        let value = json!({
            "type": {"kind": "struct"},
            "docs": ["x".repeat(60), "y".repeat(60)],
            "discriminator": discriminator,
            "name": "margin \"account\"",
            "empty": [],
        });
        let text = pretty(&value);
        let expected = format!(
            "{{\n  \"name\": \"margin \\\"account\\\"\",\n  \"docs\": [\n    \"{}\",\n    \"{}\"\n  ],\n  \
             \"discriminator\": [255, 255, 255, 255, 255, 255, 255, 255],\n  \"empty\": [],\n  \
             \"type\": {{\"kind\": \"struct\"}}\n}}\n",
            "x".repeat(60),
            "y".repeat(60)
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_printed_reads_back_as_the_same_value() {
        let value = json!({"a": [[1, 2], {"b": null}, "\u{1}\n\\"], "c": "é".repeat(200), "d": -1});
        assert_eq!(serde_json::from_str::<Value>(&pretty(&value)).unwrap(), value);
    }
}
