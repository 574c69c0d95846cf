//! The rules of one policy in words, rule groups written out, each with its fact and, where it is in the way, what to do.

use guard::Reason;
use model::rule::Rule;
use serde_json::{Map, Value, json};

use super::{About, reason_of, words};

/// Rules of one policy that are written out.
const MOST: usize = 2_000;

/// What a rule would have to say so that the person passes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    True,
    False,
}

impl Wanted {
    const fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
    fn is_met(self, verdict: &str) -> bool {
        verdict == if self == Self::True { "true" } else { "false" }
    }
}

/// Where a rule stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    policy: &'a str,
    part: &'static str,
    /// The rule groups around it.
    inside: Option<&'a str>,
    wanted: Wanted,
    /// Another rule of its list is met already, and one is enough.
    spared: bool,
}

/// Every rule of a policy.
pub(super) fn of_policy(policy: &Value, about: &About<'_>) -> Vec<Value> {
    let name = policy["name"].as_str().unwrap_or_default();
    // A Block policy stands in the way when it applies; all the others when they do not.
    let wanted = if policy["action"] == "deny" { Wanted::False } else { Wanted::True };
    let mut out = Vec::new();
    lists(policy, (name, None), wanted, about, &mut out);
    out
}

fn lists(lists: &Value, (policy, inside): (&str, Option<&str>), wanted: Wanted, about: &About<'_>, out: &mut Vec<Value>) {
    for (part, wanted, one_is_enough) in
        [("include", wanted, wanted == Wanted::True), ("require", wanted, wanted == Wanted::False), ("exclude", wanted.not(), false)]
    {
        let rules: Vec<&Value> = lists[part].as_array().into_iter().flatten().collect();
        let met = |rule: &&Value| wanted.is_met(rule["verdict"].as_str().unwrap_or_default());
        let spared = one_is_enough && rules.iter().any(met);
        for rule in rules {
            if out.len() < MOST {
                one(rule, Place { policy, part, inside, wanted, spared }, about, out);
            }
        }
    }
}

fn one(rule: &Value, place: Place<'_>, about: &About<'_>, out: &mut Vec<Value>) {
    let Place { policy, part, inside, wanted, spared } = place;
    let verdict = rule["verdict"].as_str().unwrap_or("unknown");
    let kind = rule["kind"].as_str().unwrap_or_default();
    let parsed: Option<Rule> = serde_json::from_value(rule["rule"].clone()).ok();
    let (text, provider) = parsed.as_ref().map(|rule| about.names.rule(rule)).unwrap_or_default();
    let mut line = Map::new();
    line.insert("part".into(), json!(part));
    line.insert("kind".into(), json!(kind));
    line.insert("rule".into(), json!(text));
    line.insert("provider".into(), json!(provider));
    line.insert("inside".into(), json!(inside));
    line.insert("verdict".into(), json!(in_words(verdict)));
    let reason = rule["reason"].as_str().and_then(reason_of);
    line.insert("reason".into(), rule["reason"].clone());
    let fact = &rule["fact"];
    let found = words::found(kind, fact, about.names);
    let names = if kind == "geo" { words::country(&text).to_owned() } else { text };
    line.insert("words".into(), json!(words::rule(kind, &names)));
    let meaning = reason.map(|reason| match &found {
        Some(found) => fill(reason.told_of(kind), &[("rule", &names), ("fact", found)]),
        None => told_without_fact(reason, kind, &names),
    });
    line.insert("meaning".into(), json!(meaning));
    line.insert("fact".into(), words::fact(fact, about.names));
    let in_the_way = !wanted.is_met(verdict) && !spared;
    if let Some(reason) = reason.filter(|_| in_the_way) {
        let found = found.as_deref().unwrap_or("what is not known");
        let provider = provider.as_deref().unwrap_or("the login method");
        let places = [("person", about.person.as_str()), ("provider", provider), ("rule", &names), ("fact", found), ("policy", policy)];
        line.insert("fix".into(), json!(fill(reason.fix_of(kind), &places)));
    }
    out.push(Value::Object(line));
    if let Some(group) = rule.get("group") {
        let name = group["name"].as_str().unwrap_or_default();
        let inside = inside.map_or_else(|| name.to_owned(), |outer| format!("{outer} › {name}"));
        // Nothing inside is in the way when the whole group is not.
        let mut inner = Vec::new();
        lists(group, (policy, Some(&inside)), wanted, about, &mut inner);
        if !in_the_way {
            inner.iter_mut().filter_map(Value::as_object_mut).for_each(|line| drop(line.remove("fix")));
        }
        out.extend(inner);
    }
}

/// The sentence of a rule whose fact is not told: one that needs it gives way to the general one.
fn told_without_fact(reason: Reason, kind: &str, names: &str) -> String {
    let sentence = reason.told_of(kind);
    if sentence.contains("{fact}") { reason.meaning().to_owned() } else { fill(sentence, &[("rule", names)]) }
}

fn in_words(verdict: &str) -> &'static str {
    match verdict {
        "true" => "matched",
        "false" => "not matched",
        "pending" => "depends on the sign-in",
        _ => "unknown",
    }
}

/// A sentence with its places filled in, in one go: what is filled in is never looked at again.
pub(super) fn fill(sentence: &str, places: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 40);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        let value = places.iter().find(|(place, _)| *place == name).map_or("", |(_, value)| value);
        out.push_str(&words::level(value));
        rest = behind;
    }
    out + rest
}
