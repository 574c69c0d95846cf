//! `doorward doctor drift`: the drift report of each provisioned login method, written for people or for scripts.

use serde_json::{Value, json};

use super::{
    AskError, Client, Form, Order, Status, Verdict,
    report::{paragraph, tame},
};

const HEAD: &str = "           ";
/// People of a group that are named.
const SHOWN: usize = 50;

/// Has the reports made, and writes them. The worst of them is the status: a difference, else what could not be found out.
///
/// Errors: files that cannot be read, a server that does not answer or refuses, no login method to compare.
pub async fn drift(order: &Order, form: Form) -> Result<Verdict, AskError> {
    let client = Client::open(order)?;
    let account = client.account().await?;
    let providers = client.providers(&account, order.provider.as_deref()).await?;
    let mut told = Vec::new();
    for provider in providers.iter().filter(|provider| provider.is_provisioned) {
        let report = client.drift(&account, provider).await?;
        told.push((provider.id.clone(), provider.name.clone(), report));
    }
    if told.is_empty() {
        return Err(AskError::NothingProvisioned);
    }
    let text = match form {
        Form::Json => format!("{:#}\n", as_json(&told)),
        Form::Text => told.iter().map(|(id, name, report)| section(id, name, report)).collect::<Vec<_>>().join("\n"),
    };
    Ok(Verdict { text, status: told.iter().map(|(_, _, report)| status(report)).fold(Status::Fine, worse) })
}

fn status(report: &Value) -> Status {
    match report["verdict"].as_str() {
        Some("no_drift") => Status::Fine,
        Some("drift") => Status::Found,
        // Unknown, and words of a newer server.
        _ => Status::Unknown,
    }
}

fn worse(a: Status, b: Status) -> Status {
    match (a, b) {
        (Status::Found, _) | (_, Status::Found) => Status::Found,
        (Status::Unknown, _) | (_, Status::Unknown) => Status::Unknown,
        (Status::Fine, Status::Fine) => Status::Fine,
    }
}

fn as_json(told: &[(String, String, Value)]) -> Value {
    let one = |(id, name, report): &(String, String, Value)| {
        let mut out = json!({ "id": id, "name": name });
        if let (Some(out), Some(report)) = (out.as_object_mut(), report.as_object()) {
            out.extend(report.clone());
        }
        out
    };
    json!({ "identity_providers": told.iter().map(one).collect::<Vec<_>>() })
}

fn section(id: &str, name: &str, report: &Value) -> String {
    let mut out = format!("{} (azureAD, {id})\n\n", tame(name));
    let groups = list(report, "groups");
    let (same, telling): (Vec<&Value>, Vec<&Value>) = groups.iter().partition(|group| group["state"] == "same");
    for group in telling {
        out.push_str(&entry(group));
    }
    if !same.is_empty() {
        let names: Vec<String> = same.iter().map(|group| called(group)).collect();
        out.push_str(&paragraph("  same     ", &names.join(", ")));
    }
    let filled: u64 = groups.iter().filter_map(|group| group["counts"]["filled"].as_u64()).sum();
    if filled > 0 {
        out.push_str(&paragraph("  filled   ", &format!("{filled} memberships of nested groups were filled in through Microsoft Graph")));
    }
    if let Some(omitted) = report["groups_omitted"].as_u64().filter(|omitted| *omitted > 0) {
        out.push_str(&paragraph("  UNKNOWN  ", &format!("{omitted} more groups were not looked at")));
    }
    out.push_str(&format!("\n{}\n", conclusion(report)));
    out
}

fn entry(group: &Value) -> String {
    let state = text(group, "state");
    let word = match state.as_str() {
        "drift" | "gone" | "unknown" => state.to_uppercase(),
        "not_provisioned" => "not sent".to_owned(),
        other => other.to_owned(),
    };
    let mut out = format!("  {word:<9}{}\n", called(group));
    let mut line = |words: &str| out.push_str(&paragraph(HEAD, words));
    let counts = &group["counts"];
    let count = |kind: &str| counts[kind].as_u64().unwrap_or(0);
    for (kind, what) in [
        ("nested", "missing: members through a nested group only, which Entra does not provision"),
        ("not_sent", "missing: direct members, not sent yet or not in the provisioning application's scope"),
        ("extra", "too many: members here and not in the directory any more"),
    ] {
        if count(kind) > 0 {
            line(&format!("{} {what}: {}", count(kind), people(group, kind)));
        }
    }
    if count("disabled") > 0 {
        line(&format!("{} more are missing whose accounts are disabled; they miss nothing", count("disabled")));
    }
    if count("unreadable") > 0 {
        line(&format!("{} could not be compared, because only their object ids were told", count("unreadable")));
    }
    for (key, mark) in [("why", ""), ("fix", "To do: ")] {
        let words = text(group, key);
        if !words.is_empty() {
            line(&format!("{mark}{words}"));
        }
    }
    for policy in list(group, "policies") {
        let apps: Vec<String> = list(policy, "applications").iter().filter_map(Value::as_str).map(tame).collect();
        let at = if apps.is_empty() { "at no application".to_owned() } else { format!("at {}", apps.join(", ")) };
        let missing = match policy["missing_are"].as_str() {
            Some("let_in") => "lets in",
            _ => "refuses",
        };
        line(&format!(
            "Policy {:?} ({}) {at} wrongly {missing} whoever is missing, judged by this membership",
            text(policy, "name"),
            text(policy, "decision")
        ));
    }
    out
}

fn people(group: &Value, kind: &str) -> String {
    let of_kind: Vec<&Value> = list(group, "people").iter().filter(|person| person["kind"] == kind).collect();
    let one = |person: &&Value| {
        let mut words = [text(person, "user_name"), text(person, "name"), text(person, "object_id")]
            .into_iter()
            .find(|t| !t.is_empty())
            .unwrap_or_default();
        let through: Vec<String> = list(person, "through").iter().filter_map(Value::as_str).map(tame).collect();
        if !through.is_empty() {
            words.push_str(&format!(" (through {})", through.join(", ")));
        }
        if kind != "extra" && person["provisioned"] == false {
            words.push_str(" [not provisioned]");
        }
        words
    };
    let shown: Vec<String> = of_kind.iter().take(SHOWN).map(one).collect();
    let all = group["counts"][kind].as_u64().unwrap_or(0);
    let more = all.saturating_sub(shown.len() as u64);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

fn conclusion(report: &Value) -> &'static str {
    let is = |group: &Value, state: &str| group["state"] == state;
    let groups = list(report, "groups");
    let not_sent = groups.iter().any(|group| is(group, "not_provisioned"));
    match (status(report), report["complete"] == true) {
        (Status::Fine, _) if not_sent && !groups.iter().any(|group| is(group, "same")) => {
            "Nothing was compared: provisioning sends none of the groups that rules name."
        }
        (Status::Fine, _) if not_sent => {
            "Every group that rules name and provisioning sends has the same people here and in the directory."
        }
        (Status::Fine, _) => "Every group that rules name has the same people here and in the directory.",
        (Status::Found, true) => "People differ. Access itself decides by the groups of the sign-in, nested ones included.",
        (Status::Found, false) => "People differ, and some groups could not be compared.",
        (Status::Unknown, _) => "It could not be found out whether people differ.",
    }
}

fn called(group: &Value) -> String {
    let name = text(group, "name");
    if name.is_empty() { text(group, "id") } else { name }
}

fn text(value: &Value, key: &str) -> String {
    tame(value.get(key).and_then(Value::as_str).unwrap_or_default())
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(state: &str, counts: Value, people: Value) -> Value {
        json!({
            "id": "a1c07f2e", "name": "Pilots", "state": state, "why": null, "fix": null, "counts": counts, "people": people,
            "policies": [{ "name": "Pilots\u{1b}[31m", "decision": "deny", "missing_are": "let_in", "applications": ["wiki"] }],
        })
    }

    #[test]
    fn a_report_names_people_paths_and_policies_within_the_width() {
        let person = |n: usize| json!({ "kind": "nested", "user_name": format!("p{n}@harbourworks.example"), "provisioned": n != 1, "through": ["Night Pilots"] });
        let people: Vec<Value> = (0..60).map(person).collect();
        let drifted = group("drift", json!({ "nested": 700, "disabled": 2, "filled": 3 }), json!(people));
        let report =
            json!({ "verdict": "drift", "complete": true, "groups": [drifted, { "name": "Crew", "state": "same" }], "groups_omitted": 0 });
        let shown = section("id", "Harbour\u{7}Works", &report);
        for part in [
            "700 missing",
            "p1@harbourworks.example (through Night Pilots) [not",
            "and 650 more",
            "2 more are missing",
            "wrongly lets in",
            "same     Crew",
            "3 memberships",
        ] {
            let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(&part.split_whitespace().collect::<Vec<_>>().join(" ")), "{part}: {shown}");
        }
        assert!(!shown.contains(['\u{1b}', '\u{7}']) && shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    }

    #[test]
    fn what_was_not_compared_is_not_called_the_same() {
        for (states, expected) in [
            (&["same"][..], "Every group that rules name has"),
            (&["same", "not_provisioned"], "Every group that rules name and provisioning sends has"),
            (&["not_provisioned"], "Nothing was compared"),
            (&[], "Every group that rules name has"),
        ] {
            let groups: Vec<Value> = states.iter().map(|state| json!({ "state": state })).collect();
            let report = json!({ "verdict": "no_drift", "complete": true, "groups": groups });
            assert!(conclusion(&report).starts_with(expected), "{states:?}: {}", conclusion(&report));
        }
    }

    #[test]
    fn the_status_is_the_worst_and_unknown_is_never_fine() {
        let verdict = |word: &str| json!({ "verdict": word });
        for (words, expected) in [
            (&["no_drift"][..], Status::Fine),
            (&["no_drift", "unknown"], Status::Unknown),
            (&["unknown", "drift"], Status::Found),
            (&["drift", "no_drift"], Status::Found),
            (&["perhaps"], Status::Unknown),
        ] {
            let found = words.iter().map(|word| status(&verdict(word))).fold(Status::Fine, worse);
            assert_eq!(found, expected, "{words:?}");
        }
    }
}
