//! Strict reading of JSON bodies: every fault is collected with its JSON pointer, and all leave in one 400.

use std::{cell::RefCell, fmt::Display, str::FromStr};

use model::{SessionDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::{asked, error::ApiError};

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the body, or the name of a query parameter.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

/// No answer lists more faults than this.
const MOST_FAULTS: usize = 100;
/// Longest text of a member unless said otherwise.
const LONGEST_TEXT: usize = 4096;
/// Most elements of an array.
const LONGEST_ARRAY: usize = 2000;

/// Collects faults while a body is read.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    /// Notes a fault.
    pub(crate) fn add(&self, pointer: impl Into<String>, message: impl Into<String>) {
        let mut faults = self.0.borrow_mut();
        if faults.len() < MOST_FAULTS {
            faults.push(Fault::new(pointer, message));
        }
    }
    /// The value, unless a fault was noted.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, ApiError> {
        let faults = self.0.into_inner();
        if faults.is_empty() { Ok(value) } else { Err(ApiError::Invalid(faults)) }
    }
    /// The value when it is there and no fault was noted. Reading leaves no value only after noting a fault.
    pub(crate) fn finish_some<T>(self, value: Option<T>) -> Result<T, ApiError> {
        if value.is_none() && self.0.borrow().is_empty() {
            self.add("", "the body is not complete");
        }
        self.finish(value)?.ok_or(ApiError::Internal)
    }
}

/// The members of one JSON object. A member that was never asked for is a fault when [`Fields::done`] is called.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pointer: String,
    members: &'a Map<String, Value>,
    seen: RefCell<Vec<&'static str>>,
    faults: &'a Faults,
}

impl<'a> Fields<'a> {
    /// Reads a value that must be an object.
    pub(crate) fn of(value: &'a Value, pointer: impl Into<String>, faults: &'a Faults) -> Option<Self> {
        let pointer = pointer.into();
        asked::note(|| pointer.clone(), || json!({ "type": "object" }));
        match value {
            Value::Object(members) => Some(Self { pointer, members, seen: RefCell::default(), faults }),
            other => {
                faults.add(pointer, format!("must be an object, not {}", kind(other)));
                None
            }
        }
    }

    /// Pointer of a member.
    pub(crate) fn at(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, escape(key))
    }
    /// Notes a fault of a member.
    pub(crate) fn fault(&self, key: &str, message: impl Into<String>) {
        self.faults.add(self.at(key), message);
    }
    /// Tells what a member may be.
    fn ask(&self, key: &str, what: impl FnOnce() -> Value) {
        asked::note(|| self.at(key), what);
    }
    /// The collector.
    pub(crate) fn faults(&self) -> &'a Faults {
        self.faults
    }
    /// The member unless it is absent or null. Counts as asked for.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'a Value> {
        self.seen.borrow_mut().push(key);
        self.ask(key, || json!({}));
        self.members.get(key).filter(|v| !v.is_null())
    }
    /// True when the member is there and not null.
    pub(crate) fn given(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }
    /// True when the member is there as an explicit null.
    pub(crate) fn is_null(&self, key: &'static str) -> bool {
        self.members.get(key).is_some_and(Value::is_null)
    }
    /// Every member's name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().map(String::as_str)
    }

    /// A text of at most 4096 characters.
    pub(crate) fn text(&self, key: &'static str) -> Option<&'a str> {
        self.text_up_to(key, LONGEST_TEXT)
    }
    /// A text of at most so many characters, without control characters except line breaks and tabs.
    pub(crate) fn text_up_to(&self, key: &'static str, most: usize) -> Option<&'a str> {
        self.ask(key, || json!({ "type": "string", "maxLength": most }));
        let value = self.get(key)?;
        let Some(text) = value.as_str() else {
            self.fault(key, format!("must be a text, not {}", kind(value)));
            return None;
        };
        if text.chars().count() > most {
            self.fault(key, format!("is longer than {most} characters"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fault(key, "must not contain control characters");
            return None;
        }
        Some(text)
    }
    /// A text that must be there and not blank.
    pub(crate) fn required_text(&self, key: &'static str, most: usize) -> Option<&'a str> {
        self.ask(key, || json!({ "type": "string", "minLength": 1, "maxLength": most }));
        if !self.require(key) {
            return None;
        }
        let text = self.text_up_to(key, most)?;
        if text.trim().is_empty() {
            self.fault(key, format!("{key} must not be empty"));
            return None;
        }
        Some(text)
    }
    /// Notes a fault when the member is absent or null.
    pub(crate) fn require(&self, key: &'static str) -> bool {
        self.ask(key, || json!({ "x-required": true }));
        let there = self.given(key);
        if !there {
            self.fault(key, format!("{key} is required"));
        }
        there
    }
    /// A text; an empty one counts as absent.
    pub(crate) fn filled_text(&self, key: &'static str) -> Option<String> {
        self.text(key).filter(|t| !t.is_empty()).map(str::to_owned)
    }
    /// true or false; `None` when absent.
    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        self.ask(key, || json!({ "type": "boolean" }));
        let value = self.get(key)?;
        if value.as_bool().is_none() {
            self.fault(key, format!("must be true or false, not {}", kind(value)));
        }
        value.as_bool()
    }
    /// A whole number in a range. `3.0` counts as 3: some clients send numbers so.
    pub(crate) fn integer(&self, key: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        self.ask(key, || json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() }));
        let value = self.get(key)?;
        #[expect(clippy::cast_possible_truncation, reason = "only taken when it is whole and below 2^53")]
        let number = value.as_i64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9e15).map(|f| f as i64));
        match number {
            Some(n) if range.contains(&n) => Some(n),
            Some(n) => {
                self.fault(key, format!("{n} is not from {} to {}", range.start(), range.end()));
                None
            }
            None => {
                self.fault(key, format!("must be a whole number, not {}", kind(value)));
                None
            }
        }
    }
    /// A text in the form of some type.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, key: &'static str) -> Option<T> {
        self.ask(key, asked::form::<T>);
        let text = self.text(key)?;
        text.parse().map_err(|e| self.fault(key, format!("{e}"))).ok()
    }
    /// The same, and it must be there.
    pub(crate) fn required<T: FromStr<Err: Display>>(&self, key: &'static str) -> Option<T> {
        self.ask(key, asked::form::<T>);
        if self.require(key) { self.parsed(key) } else { None }
    }
    /// One of a list of words.
    pub(crate) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.ask(key, || json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() }));
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.fault(key, format!("{text:?} is not one of: {known}"));
        }
        found
    }
    /// A duration no longer than a number of seconds.
    pub(crate) fn duration(&self, key: &'static str, least: i64, most: i64) -> Option<SessionDuration> {
        let duration: SessionDuration = self.parsed(key)?;
        if (least..=most).contains(&duration.secs()) {
            return Some(duration);
        }
        self.fault(key, format!("{duration} is not from {} to {}", in_words(least), in_words(most)));
        None
    }
    /// A point in time (RFC 3339).
    pub(crate) fn time(&self, key: &'static str) -> Option<Timestamp> {
        self.ask(key, || json!({ "type": "string", "x-form": "time" }));
        let text = self.text(key).filter(|t| !t.is_empty())?;
        let time = Timestamp::parse(text);
        if time.is_none() {
            self.fault(key, format!("{text:?} is not a time like 2026-03-04T05:06:07Z"));
        }
        time
    }
    /// An http(s) address.
    pub(crate) fn web_address(&self, key: &'static str) -> Option<String> {
        self.ask(key, || json!({ "type": "string", "maxLength": 2048, "x-form": "web address" }));
        let text = self.text_up_to(key, 2048).filter(|t| !t.is_empty())?;
        // The parser passes over line breaks and tabs; a Location header does not.
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            self.fault(key, format!("{text:?} is not an http or https address: write spaces and other than ASCII characters as escapes"));
            return None;
        }
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "https" | "http") && url.host().is_some() => Some(text.to_owned()),
            _ => {
                self.fault(key, format!("{text:?} is not an http or https address"));
                None
            }
        }
    }
    /// A colour. It goes into a style: only what cannot be anything else is taken.
    pub(crate) fn color(&self, key: &'static str) -> Option<String> {
        self.ask(key, || json!({ "type": "string", "x-form": "colour" }));
        let text = self.text(key).filter(|t| !t.is_empty())?;
        let hex = text.strip_prefix('#').is_some_and(|h| matches!(h.len(), 3 | 4 | 6 | 8) && h.bytes().all(|b| b.is_ascii_hexdigit()));
        let name = text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphabetic());
        if hex || name {
            return Some(text.to_owned());
        }
        self.fault(key, format!("{text:?} is not a colour like #c5ed1b or white"));
        None
    }
    /// The elements of an array with their pointers; `None` when absent.
    pub(crate) fn array(&self, key: &'static str) -> Option<Vec<(String, &'a Value)>> {
        self.array_up_to(key, LONGEST_ARRAY)
    }
    /// The same, of at most so many elements.
    pub(crate) fn array_up_to(&self, key: &'static str, most: usize) -> Option<Vec<(String, &'a Value)>> {
        self.ask(key, || json!({ "type": "array", "maxItems": most }));
        let value = self.get(key)?;
        let Some(items) = value.as_array() else {
            self.fault(key, format!("must be an array, not {}", kind(value)));
            return None;
        };
        if items.len() > most {
            self.fault(key, format!("has more than {most} elements"));
            return None;
        }
        Some(items.iter().enumerate().map(|(i, v)| (format!("{}/{i}", self.at(key)), v)).collect())
    }
    /// An array of texts in the form of some type.
    pub(crate) fn parsed_array<T: FromStr<Err: Display>>(&self, key: &'static str) -> Option<Vec<T>> {
        asked::note(|| format!("{}/0", self.at(key)), asked::form::<T>);
        let parse = |(pointer, value): (String, &Value)| {
            let Some(text) = value.as_str() else {
                self.faults.add(pointer, format!("must be a text, not {}", kind(value)));
                return None;
            };
            text.parse().map_err(|e| self.faults.add(pointer, format!("{e}"))).ok()
        };
        Some(self.array(key)?.into_iter().filter_map(parse).collect())
    }
    /// A member that is an object itself.
    pub(crate) fn object(&self, key: &'static str) -> Option<Fields<'a>> {
        self.ask(key, || json!({ "type": "object" }));
        Fields::of(self.get(key)?, self.at(key), self.faults)
    }

    /// Members that a GET shows and a body may echo: read and ignored (ruling 4).
    pub(crate) fn read_only(&self, keys: &[&'static str]) {
        self.seen.borrow_mut().extend_from_slice(keys);
        keys.iter().for_each(|key| self.ask(key, || json!({ "x-read-only": true })));
    }
    /// Members of the contract that are not built: absent, null, false, empty or zero-valued only (ruling 4).
    pub(crate) fn not_yet(&self, keys: &[&'static str]) {
        for key in keys {
            self.ask(key, || json!({ "x-not-yet": true }));
            if self.get(key).is_some_and(|v| !is_blank(v)) {
                self.fault(key, format!("{key} is not supported yet: leave it out"));
            }
        }
    }
    /// Takes a member that is not to say anything: absent, blank or as `default` says. One that was asked for already is let be.
    pub(crate) fn take_blank(&self, key: &'static str, default: impl Fn(&Value) -> bool) -> Result<(), ()> {
        if self.seen.borrow().contains(&key) {
            return Ok(());
        }
        match self.get(key) {
            Some(value) if !is_blank(value) && !default(value) => Err(()),
            _ => Ok(()),
        }
    }
    /// A switch of the contract that is not built: it can be off only (ruling 4).
    pub(crate) fn flag_not_yet(&self, key: &'static str) -> bool {
        self.ask(key, || json!({ "x-not-yet": true }));
        if self.flag(key) == Some(true) {
            self.fault(key, format!("{key} is not supported yet: leave it out"));
        }
        false
    }
    /// Faults for members that nobody asked for.
    pub(crate) fn done(&self) {
        asked::note(|| self.pointer.clone(), || json!({ "additionalProperties": false }));
        let seen = self.seen.borrow();
        for key in self.members.keys().filter(|k| !seen.contains(&k.as_str())) {
            let shown: String = key.chars().take(80).collect();
            self.faults.add(self.at(&shown), format!("{shown:?} is not a member of this object"));
        }
    }
}

/// Nothing is asked for by such a value: null, false, "", [] and {} of such values.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(s) => s.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_blank),
    }
}

/// The kind of a JSON value in words.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A member's name as a step of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn in_words(secs: i64) -> String {
    match secs {
        0 => "0s".into(),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fault_is_collected_with_its_pointer() {
        let body = json!({ "name": 3, "on": "yes", "n": 400, "odd/key": 1, "inner": { "d": "24", "extra": null }, "later": true });
        let faults = Faults::default();
        let fields = Fields::of(&body, "", &faults).unwrap();
        assert_eq!(fields.required_text("name", 10), None);
        assert_eq!(fields.flag("on"), None);
        assert_eq!(fields.integer("n", 21..=365), None);
        let inner = fields.object("inner").unwrap();
        assert_eq!(inner.duration("d", 0, 10), None);
        inner.done();
        fields.not_yet(&["later"]);
        fields.done();
        let ApiError::Invalid(found) = faults.finish(()).unwrap_err() else { panic!("not a fault") };
        let pointers: Vec<&str> = found.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/on", "/n", "/inner/d", "/inner/extra", "/later", "/odd~1key"]);
    }

    #[test]
    fn defaults_of_members_that_are_not_built_pass() {
        let body = json!({ "a": null, "b": false, "c": [], "d": { "x": false, "y": "" }, "e": "" });
        let faults = Faults::default();
        let fields = Fields::of(&body, "", &faults).unwrap();
        fields.not_yet(&["a", "b", "c", "d", "e"]);
        fields.done();
        assert!(faults.finish(()).is_ok());
    }

    #[test]
    fn an_address_is_taken_only_as_it_can_stand_in_a_header() {
        let table = [
            ("https://static.harbourworks.example/a%20b?c#d", true),
            ("https://a.example/\r\nSet-Cookie: a=b", false),
            ("ht\ntps://a.example", false),
            ("https://a.example/a b", false),
            ("https://a.example/\u{e9}", false),
            ("javascript:alert(1)", false),
            ("//a.example", false),
        ];
        for (text, expect) in table {
            let body = json!({ "a": text });
            let faults = Faults::default();
            let fields = Fields::of(&body, "", &faults).unwrap();
            assert_eq!(fields.web_address("a").is_some(), expect, "{text:?}");
            assert_eq!(faults.finish(()).is_ok(), expect, "{text:?}");
        }
    }

    #[test]
    fn numbers_written_with_a_point_are_read_when_whole() {
        let body = json!({ "a": 3.0, "b": 3.5 });
        let faults = Faults::default();
        let fields = Fields::of(&body, "", &faults).unwrap();
        assert_eq!((fields.integer("a", 0..=9), fields.integer("b", 0..=9)), (Some(3), None));
    }
}
