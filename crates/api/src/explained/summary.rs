//! The verdict in a sentence or two: the policy and the rule that it hung on, what was found, who told it and how old that was.

use guard::Reason;
use serde_json::Value;

use super::{About, reason_of, verdict, words};

/// The summary of an explanation whose policies are in words already.
pub(super) fn of(conclusion: &Value, policies: &[Value], about: &About<'_>) -> String {
    let person = &about.person;
    let policy = policies.iter().find(|policy| policy["id"] == conclusion["policy"] && !policy["id"].is_null());
    let denial = &conclusion["denial"];
    let name = policy.and_then(|policy| policy["name"].as_str());
    let (Some(policy), Some(name)) = (policy, name) else {
        return if denial.is_null() { format!("{person}: {}.", verdict(conclusion)) } else { format!("{person}: {}", meaning(denial)) };
    };
    if denial.is_null() {
        let by = opened(policy).map(|(rule, found)| format!(", by its include rule \"{rule}\".{found}"));
        return format!("{person}: {} by the policy \"{name}\"{}", verdict(conclusion), by.unwrap_or_else(|| ".".to_owned()));
    }
    let (Some(kind), Some(part)) = (denial["rule"].as_str(), denial["part"].as_str()) else {
        return format!("{person}: the policy \"{name}\" came nearest. {}", meaning(denial));
    };
    let hung_on = lines(policy).filter(|line| line.get("fix").is_some() && line["kind"] == kind && line["reason"] == denial["reason"]);
    let hung_on: Vec<&Value> = hung_on.collect();
    let rule = hung_on.first().map_or_else(|| words::kind_in_words(kind).to_owned(), |line| named(line));
    let found = hung_on.first().map_or_else(|| format!(" {}", meaning(denial)), |line| told(line));
    let more = match hung_on.len() {
        0 | 1 => String::new(),
        2 => " Another rule of it says the same.".to_owned(),
        n => format!(" {} more of its rules say the same.", n - 1),
    };
    if denial["kind"] == "block-policy" {
        return format!("{person}: the policy \"{name}\" keeps them out, by its {part} rule \"{rule}\".{found}{more}");
    }
    format!("{person}: the policy \"{name}\" came nearest, and failed by its {part} rule \"{rule}\".{found}{more}")
}

fn lines(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["rules"].as_array().into_iter().flatten()
}

/// The first include rule of the policy itself that fits, and what was found for it; of a rule group what its own first fitting rule says.
fn opened(policy: &Value) -> Option<(String, String)> {
    let fits = |line: &&Value| line["part"] == "include" && line["verdict"] == "matched";
    let all: Vec<&Value> = lines(policy).collect();
    let place = all.iter().position(|line| fits(line) && line["inside"].is_null())?;
    let rule = all[place];
    let leaf = match rule["kind"].as_str() {
        Some("everyone") => None,
        Some("group") => {
            let inner = all[place + 1..].iter().take_while(|line| !line["inside"].is_null());
            inner.copied().filter(fits).find(|line| line["inside"] == rule["rule"] && line["kind"] != "group")
        }
        _ => Some(rule),
    };
    Some((named(rule), leaf.map(told).unwrap_or_default()))
}

/// A rule in words, with the rule group that it stands in.
fn named(line: &Value) -> String {
    let words = line["words"].as_str().unwrap_or_default();
    line["inside"].as_str().map_or_else(|| words.to_owned(), |group| format!("{words} (in the rule group {group})"))
}

/// What a rule found, who told it and how old that was.
fn told(line: &Value) -> String {
    let Some(meaning) = line["meaning"].as_str() else { return String::new() };
    match words::origin(&line["fact"]) {
        origin if origin.is_empty() => format!(" {meaning}"),
        origin => format!(" {} ({origin}).", meaning.trim_end_matches('.')),
    }
}

fn meaning(denial: &Value) -> &'static str {
    denial["reason"].as_str().and_then(reason_of).map(Reason::meaning).unwrap_or_default()
}
