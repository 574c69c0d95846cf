//! Bodies made of the contract's request schemas, as far as the served description takes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openapi::extract::Contract;

/// Decides, choice by choice. A tape that has run out chooses the first of everything: members are left out then.
pub struct Tape<'a>(std::slice::Iter<'a, u16>);

impl<'a> Tape<'a> {
    pub fn new(choices: &'a [u16]) -> Self {
        Self(choices.iter())
    }
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count.max(1)
    }
    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// What texts may refer to, by the member's name (or `selector.member` in a rule).
pub type References = BTreeMap<&'static str, Vec<String>>;

/// Makes bodies.
pub struct Maker<'a> {
    pub contract: &'a Contract,
    /// The served description.
    pub document: &'a Value,
    pub references: &'a References,
}

/// Texts without a special form.
const TEXTS: [&str; 6] = ["x", "Ünïcode ✓ — ‘quoted’", "two\nlines", " blanks around ", "{\"a\":1}", "0"];
const DURATIONS: [&str; 6] = ["24h", "30m", "2h45m", "0s", "90m0s", "730h"];

impl<'a> Maker<'a> {
    /// A body for an operation, as the description has it and, where the contract knows the operation, with its members only.
    pub fn body(&self, ours: &'a Value, theirs: Option<&Value>, tape: &mut Tape<'_>) -> Value {
        self.object(ours, theirs, tape, "")
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        schema["$ref"].as_str().map_or(schema, |reference| self.document.pointer(&reference[1..]).unwrap())
    }

    fn object(&self, schema: &'a Value, theirs: Option<&Value>, tape: &mut Tape<'_>, name: &str) -> Value {
        let schema = self.resolved(schema);
        if schema["maxProperties"] == 1 {
            return self.rule(schema, tape);
        }
        let known = theirs.map(|theirs| self.contract.members(theirs));
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut out = Map::new();
        for (key, member) in schema["properties"].as_object().into_iter().flatten() {
            let later = member["$ref"] == "#/components/schemas/not_supported_yet" || member["readOnly"] == true;
            if later || known.as_ref().is_some_and(|known| !known.contains_key(key.as_str())) {
                continue;
            }
            let union = known.as_ref().map(|known| json!({ "anyOf": known[key.as_str()] }));
            let nullable = member["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
            let value = match tape.below(6) {
                0 if !required.contains(&key.as_str()) => continue,
                1 if nullable => Value::Null,
                _ => self.value(member, union.as_ref(), tape, if name.is_empty() { key } else { name }, key),
            };
            out.insert(key.clone(), value);
        }
        Value::Object(out)
    }

    fn rule(&self, schema: &'a Value, tape: &mut Tape<'_>) -> Value {
        let selectors: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        let selector = tape.pick(&selectors);
        let mut members = Map::new();
        for (key, member) in schema["properties"][selector]["properties"].as_object().into_iter().flatten() {
            if member["readOnly"] != true {
                members.insert(key.clone(), self.value(member, None, tape, selector, key));
            }
        }
        json!({ selector: members })
    }

    fn value(&self, schema: &'a Value, theirs: Option<&Value>, tape: &mut Tape<'_>, above: &str, key: &str) -> Value {
        let schema = self.resolved(schema);
        if let Some(words) = schema["enum"].as_array() {
            return tape.pick(&words.iter().filter(|word| !word.is_null()).cloned().collect::<Vec<_>>());
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(more) => more.iter().filter_map(Value::as_str).filter(|t| *t != "null").collect(),
            _ => return json!({}),
        };
        match tape.pick(&types) {
            "boolean" => json!(tape.below(2) == 1),
            "integer" => {
                let (least, most) = (schema["minimum"].as_i64().unwrap_or(0), schema["maximum"].as_i64().unwrap_or(1000));
                json!(tape.pick(&[least, most, i64::midpoint(least, most), least + 1]))
            }
            "object" => self.object(schema, theirs, tape, key),
            "array" => {
                let of = theirs.map(|theirs| self.contract.items(&self.contract.variants(theirs)));
                let items = 1 + tape.below(3);
                (0..items).map(|_| self.value(&schema["items"], of.as_ref(), tape, above, key)).collect()
            }
            _ => json!(self.text(schema, tape, above, key)),
        }
    }

    fn text(&self, schema: &Value, tape: &mut Tape<'_>, above: &str, key: &str) -> String {
        let place = format!("{above}.{key}");
        if let Some(known) = self.references.get(place.as_str()).or_else(|| self.references.get(key)) {
            return if known.is_empty() { String::new() } else { tape.pick(known) };
        }
        let number = tape.below(9999);
        match (key, schema["x-form"].as_str().unwrap_or(""), schema["format"].as_str()) {
            ("interval" | "schedule" | "expiration", ..) => "10m".to_owned(),
            (_, "session duration", _) | ("duration", ..) => tape.pick(&DURATIONS).to_owned(),
            (_, "web address", _) | ("url" | "logo_path", ..) => format!("https://static.harbourworks.example/{number}?a=b%20c"),
            (_, "RFC 3339", _) => "2026-07-04T05:06:07Z".to_owned(),
            (_, "host and path", _) | ("domain" | "uri", "", _) if above != "email_domain" => format!("host-{number}.localhost/berths"),
            (_, "email", _) => format!("sailor-{number}@harbourworks.example"),
            ("domain", ..) => "harbourworks.example".to_owned(),
            ("allowed_origins", ..) => "https://charts.harbourworks.example".to_owned(),
            ("allowed_methods", ..) => tape.pick(&["GET", "PUT"]).to_owned(),
            ("allowed_headers" | "read_service_tokens_from_header", ..) => format!("x-berth-{number}"),
            ("ip", ..) => tape.pick(&["203.0.113.7", "203.0.113.0/24", "2001:db8::/32"]).to_owned(),
            ("country_code", ..) => tape.pick(&["PT", "NO"]).to_owned(),
            (_, _, Some("uuid")) => format!("86666835-06aa-4d90-8bbd-5a74ac4e{number:04}"),
            (color, ..) if color.ends_with("color") => tape.pick(&["#c5ed1b", "white"]).to_owned(),
            ("name", ..) => format!("{} {number}", tape.pick(&TEXTS).trim()),
            _ => tape.pick(&TEXTS).to_owned(),
        }
    }
}

/// Takes what a refusal points at out of a body: an element of a list, or a member. `false` when nothing could be taken.
pub fn without(body: &mut Value, pointer: &str, needed: &[&str]) -> bool {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    // The deepest element of a list goes as a whole; a member goes alone.
    let cut = steps.iter().rposition(|step| step.parse::<usize>().is_ok()).map_or(steps.len(), |at| at + 1);
    let Some((last, above)) = steps[..cut].split_last() else { return false };
    let parent = above.iter().fold(String::new(), |path, step| format!("{path}/{step}"));
    match body.pointer_mut(&parent) {
        Some(Value::Array(items)) => last.parse::<usize>().is_ok_and(|at| {
            at < items.len() && {
                items.remove(at);
                true
            }
        }),
        Some(Value::Object(members)) if !needed.contains(last) => members.shift_remove(*last).is_some(),
        _ => false,
    }
}
