//! A decision written down for people: the request, the person, the verdict, each policy with its rules, and what to do.

use serde_json::Value;

use crate::shown::{age, items, or, plain, text};

/// Rules of one policy that are written out.
const SHOWN: usize = 40;

/// The whole report.
pub(super) fn decision(decision: &Value) -> String {
    let mut out = format!("Decision {}  {}\n\n", text(decision, "reference"), text(decision, "created_at"));
    let mut line = |label: &str, value: String| {
        out.push_str(format!("  {label:<10}{value}").trim_end());
        out.push('\n');
    };
    line(
        "asked for",
        format!("{}{}  ({})", text(decision, "host"), text(decision, "path"), or(decision.get("app_name"), "no application")),
    );
    line("person", person(decision));
    line("from", format!("{}, {}", text(decision, "ip_address"), country(decision)));
    if let Some(token) = decision.pointer("/facts/service_token_id").filter(|id| !id.is_null()) {
        line("program", format!("{}  (service token {})", text(decision, "person"), plain(token)));
    }
    line("verdict", text(&decision["why"], "verdict"));
    line("because", text(&decision["why"], "summary"));
    for policy in items(&decision["why"], "policies") {
        out.push_str(&self::policy(policy));
    }
    let fixes: Vec<String> = items(&decision["why"], "fixes").map(plain).collect();
    if !fixes.is_empty() {
        out.push_str("\nWhat to do\n");
        out.extend(fixes.iter().map(|fix| format!("  {fix}\n")));
    }
    out
}

fn person(decision: &Value) -> String {
    let identity = &decision["facts"]["identity"];
    if identity.is_null() {
        return or(decision.get("user_email"), "nobody had signed in");
    }
    let told = age(identity["age_seconds"].as_i64().unwrap_or(0));
    let groups = &identity["groups"];
    let groups = match groups["state"].as_str() {
        Some("known") => format!("{} groups by the {}", plain(&groups["count"]), source(groups["source"].as_str().unwrap_or_default())),
        _ => format!("groups not known: {}", text(groups, "reason")),
    };
    let provider = or(decision.get("idp_name"), "a login method that is gone");
    format!("{} <{}>, signed in through {provider} {told} before; {groups}", text(identity, "name"), text(identity, "email"))
}

fn country(decision: &Value) -> String {
    decision["country"].as_str().map_or_else(|| "country not known".to_owned(), |code| format!("country {code}"))
}

fn policy(policy: &Value) -> String {
    let action = match policy["action"].as_str() {
        Some("allow") => "Allow",
        Some("deny") => "Block",
        Some("non_identity") => "Service Auth",
        _ => "Bypass",
    };
    let asked = if policy["asked"] == true { "" } else { "  (not asked: an earlier policy had decided)" };
    let mut out = format!("\nPolicy \"{}\" ({action}): {}{asked}\n", text(policy, "name"), text(policy, "verdict"));
    let rules: Vec<&Value> = items(policy, "rules").collect();
    out.extend(rules.iter().take(SHOWN).map(|rule| self::rule(rule)));
    if rules.len() > SHOWN {
        out.push_str(&format!("  and {} more rules\n", rules.len() - SHOWN));
    }
    out
}

fn rule(rule: &Value) -> String {
    let inside = rule["inside"].as_str().map(|group| format!(" in rule group {}", plain(&Value::from(group)))).unwrap_or_default();
    let provider = rule["provider"].as_str().map(|name| format!(" ({})", plain(&Value::from(name)))).unwrap_or_default();
    // A server of an earlier release sends no words.
    let what = if rule["words"].is_string() { text(rule, "words") } else { format!("{} {}", text(rule, "kind"), text(rule, "rule")) };
    let mut out = format!("  {:<8}{what}{provider}{inside}: {}\n", text(rule, "part"), text(rule, "verdict"));
    if let Some(meaning) = rule["meaning"].as_str() {
        let meaning = plain(&Value::from(meaning));
        out.push_str(&format!("            {meaning}  [{}]\n", text(rule, "reason")));
    }
    let fact = &rule["fact"];
    if !fact.is_null() {
        let value = or(fact.get("value"), "not known");
        let teller = if fact["told_by"].is_string() { text(fact, "told_by") } else { text(fact, "source") };
        let told = match (fact["age_seconds"].as_i64(), fact["source"] == "none") {
            (Some(secs), true) => format!("  (looked for {} before)", age(secs)),
            (Some(secs), false) => format!("  (told by {teller}, {} old)", age(secs)),
            (None, false) if fact["value"].is_null() => format!("  (to be told by {teller})"),
            (None, _) => format!("  (told by {teller})"),
        };
        out.push_str(&format!("            fact: {} {value}{told}\n", text(fact, "class")));
    }
    if let Some(fix) = rule["fix"].as_str() {
        out.push_str(&format!("            fix: {}\n", plain(&Value::from(fix))));
    }
    out
}

fn source(name: &str) -> &str {
    match name {
        "token" => "ID token",
        "graph" => "directory (Microsoft Graph)",
        "intune" => "directory (Intune)",
        "identity-protection" => "directory (Identity Protection)",
        "none" => "directory, which did not tell",
        other => other,
    }
}
