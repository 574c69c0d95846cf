//! A person written down for people: who they are, where each fact comes from, what they hold and use.

use serde_json::Value;

use crate::shown::{age, items, or, plain, text};

/// Most groups and past sessions that are named.
const NAMED: usize = 40;

/// Everything that the API told, a line each.
pub(super) fn person(person: &Value) -> String {
    let mut out = format!("{} <{}>  {}\n\n", text(person, "name"), text(person, "email"), text(person, "id"));
    let mut line = |label: &str, value: String| out.push_str(&format!("  {label:<16}{value}\n"));
    line("seat", if person["access_seat"] == true { "held".into() } else { "none".into() });
    line("last seen", or(person.get("last_seen"), "never"));
    line("last sign-in", or(person.get("last_successful_login"), "never"));
    line("provider", or(person.pointer("/identity_provider/name"), "none yet"));
    line("subject", or(person.get("subject"), "none: entered in advance"));
    out.push_str(&section("Facts", facts(person)));
    out.push_str(&section("Provisioned as", links(person)));
    out.push_str(&section("Groups", groups(person)));
    out.push_str(&section("Devices", devices(person)));
    out.push_str(&section("Sessions", sessions(person)));
    out.push_str(&section("Ended sessions", ended(person)));
    out
}

fn section(title: &str, lines: Vec<String>) -> String {
    let lines = if lines.is_empty() { vec!["none".to_owned()] } else { lines };
    format!("\n{title}\n{}", lines.iter().map(|line| format!("  {line}\n")).collect::<String>())
}

fn facts(person: &Value) -> Vec<String> {
    let told = person.get("identity").and_then(Value::as_object).into_iter().flatten();
    told.filter(|(_, fact)| !fact.is_null()).map(|(name, fact)| format!("{name:<16}{}  {}", plain(&fact["value"]), origin(fact))).collect()
}

/// Where a fact comes from and how old it is.
fn origin(fact: &Value) -> String {
    let source = if fact["source"] == "scim" { "provisioning" } else { "sign-in" };
    format!("({source}, {} old)", age(fact["age_seconds"].as_i64().unwrap_or(0)))
}

fn links(person: &Value) -> Vec<String> {
    items(person, "links").map(link).collect()
}

fn link(link: &Value) -> String {
    let state = if link["active"] == true { "active" } else { "INACTIVE: sign-ins are refused" };
    let merged = match link["apart_because"].as_str() {
        None => "its facts count".to_owned(),
        Some("conflict") => "CONFLICT: several users or several people are tied to each other".to_owned(),
        Some("weak_link") => "shown beside: tied by the user name only".to_owned(),
        Some(other) => format!("shown beside: {other}"),
    };
    let name = or(link.pointer("/facts/user_name"), "?");
    format!("{name}  [{} link]  {state}; {merged}  {}", text(link, "strength"), text(link, "resource"))
}

fn groups(person: &Value) -> Vec<String> {
    let Some(told) = person.get("groups") else { return Vec::new() };
    if told["state"] != "known" {
        return vec![format!("not known: {}", text(told, "reason"))];
    }
    let list: Vec<&Value> = items(told, "list").collect();
    let mut lines = vec![format!("{} {}", list.len(), origin(told))];
    lines.extend(list.iter().take(NAMED).map(|group| format!("{}  {}", or(group.get("name"), "(no name known)"), or(group.get("id"), ""))));
    if list.len() > NAMED {
        lines.push(format!("and {} more", list.len() - NAMED));
    }
    lines
}

fn devices(person: &Value) -> Vec<String> {
    let told = |device: &Value| {
        let compliance = items(device, "compliance").map(plain).collect::<Vec<_>>().join(", ");
        let compliance = if compliance.is_empty() { "no device".to_owned() } else { compliance };
        let stale = if device["counts"] == true { "" } else { ", too old to count" };
        format!("{}: {compliance}  (read {}{stale})", or(device.pointer("/integration/name"), "?"), text(device, "read_at"))
    };
    items(person, "devices").map(told).collect()
}

fn sessions(person: &Value) -> Vec<String> {
    let told = |session: &Value| {
        let apps = items(session, "apps").map(|app| text(app, "name")).collect::<Vec<_>>().join(", ");
        let apps = if apps.is_empty() { "no application yet".to_owned() } else { apps };
        format!("{}  from {} to {}  {apps}", text(session, "nonce"), text(session, "created_at"), text(session, "expires_at"))
    };
    items(person, "sessions").map(told).collect()
}

fn ended(person: &Value) -> Vec<String> {
    let Some(revocations) = person.get("revocations") else { return Vec::new() };
    let told = |session: &Value| format!("{}  ended {}: {}", text(session, "nonce"), text(session, "at"), text(session, "why"));
    items(revocations, "sessions").take(NAMED).map(told).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fact_is_shown_with_its_source_and_age_and_nothing_commands_the_terminal() {
        let told = person(&json!({
            "id": "5f1c…", "name": "Mara\u{1b}[2J", "email": "mara@harbourworks.example", "access_seat": true, "last_seen": null,
            "identity_provider": { "name": "Entra" }, "subject": "s",
            "identity": { "name": { "value": "Mara", "source": "scim", "age_seconds": 7200 }, "upn": null },
            "links": [
                { "resource": "r1", "strength": "strong", "active": true, "apart_because": null, "facts": { "user_name": "mara@x" } },
                { "resource": "r2", "strength": "weak", "active": false, "apart_because": "weak_link", "facts": { "user_name": "mara@y" } },
            ],
            "groups": { "state": "unknown", "reason": "graph-refused" },
            "devices": [{ "integration": { "name": "Intune" }, "compliance": ["compliant"], "read_at": "then", "counts": false }],
            "sessions": [], "revocations": { "sessions": [{ "nonce": "n", "at": "then", "why": "deprovisioned" }] },
        }));
        for expected in [
            "Mara\u{fffd}[2J <mara@harbourworks.example>",
            "last seen       never",
            "name            Mara  (provisioning, 2 h old)",
            "mara@x  [strong link]  active; its facts count",
            "mara@y  [weak link]  INACTIVE: sign-ins are refused; shown beside: tied by the user name only",
            "not known: graph-refused",
            "Intune: compliant  (read then, too old to count)",
            "Sessions\n  none\n",
            "n  ended then: deprovisioned",
        ] {
            assert!(told.contains(expected), "{expected:?} is not in\n{told}");
        }
        assert!(!told.contains('\u{1b}') && !told.contains("upn"), "{told}");
    }
}
