//! How members of the API's answers are shown on a terminal.

use serde_json::Value;

/// Elements of a list; none when it is not there.
pub(crate) fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A member as text; empty when it is not there.
pub(crate) fn text(value: &Value, key: &str) -> String {
    value.get(key).map(plain).unwrap_or_default()
}

/// A value as text, or something else when there is none.
pub(crate) fn or(value: Option<&Value>, otherwise: &str) -> String {
    value.filter(|value| !value.is_null()).map_or_else(|| otherwise.to_owned(), plain)
}

/// A value without quotes, and without what a terminal would obey: names come from the directory.
pub(crate) fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned);
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Seconds in the largest unit that fits.
pub(crate) fn age(secs: i64) -> String {
    match secs {
        ..120 => format!("{secs} s"),
        120..7200 => format!("{} min", secs / 60),
        7200..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} days", secs / 86_400),
    }
}
