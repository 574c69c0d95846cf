//! The findings written down: worst first, what to do beneath, what is in order in one line.

use serde_json::{Value, json};

use super::Checked;

/// From the worst to the best.
const SEVERITIES: [&str; 5] = ["fault", "warning", "unknown", "note", "ok"];
/// Widest line.
const WIDTH: usize = 100;
const INDENT: &str = "           ";

/// The worst severity among a login method's findings; `ok` when there is none.
pub(super) fn worst(checked: &Checked) -> &'static str {
    let rank = checked.findings.iter().map(rank).min().unwrap_or(SEVERITIES.len() - 1);
    SEVERITIES[rank]
}

/// Unknown words count as notes: a newer server may have more of them.
fn rank(finding: &Value) -> usize {
    let word = finding.get("severity").and_then(Value::as_str).unwrap_or_default();
    SEVERITIES.iter().position(|severity| *severity == word).unwrap_or(3)
}

/// The findings as the API told them, by login method.
pub(super) fn json(all: &[Checked]) -> Value {
    let one =
        |c: &Checked| json!({ "id": c.id, "name": c.name, "type": c.kind, "checked_at": c.at, "worst": worst(c), "findings": c.findings });
    json!({ "identity_providers": all.iter().map(one).collect::<Vec<_>>() })
}

/// The findings for people.
pub(super) fn text(all: &[Checked]) -> String {
    if all.is_empty() {
        return "There is no login method yet, so there is nothing to check.\n".into();
    }
    all.iter().map(section).collect::<Vec<_>>().join("\n")
}

fn section(checked: &Checked) -> String {
    let mut out = format!("{} ({}, {})\n\n", tame(&checked.name), checked.kind, checked.id);
    let mut findings: Vec<&Value> = checked.findings.iter().collect();
    findings.sort_by_key(|finding| rank(finding));
    let (fine, telling): (Vec<&Value>, Vec<&Value>) = findings.into_iter().partition(|finding| is_brief(finding));
    for finding in telling {
        out.push_str(&entry(finding));
    }
    if !fine.is_empty() {
        let codes: Vec<String> = fine.iter().map(|finding| format!("{}{}", text_of(finding, "code"), about(finding))).collect();
        out.push_str(&paragraph("  ok       ", &format!("in order: {}", codes.join(", "))));
    }
    out.push_str(&format!("\n{}\n", conclusion(checked)));
    out
}

/// In order, and not what somebody asked for by name: the code alone will do.
fn is_brief(finding: &Value) -> bool {
    rank(finding) == SEVERITIES.len() - 1 && !matches!(finding["code"].as_str(), Some("person" | "person-groups"))
}

fn entry(finding: &Value) -> String {
    let head = format!("  {:<9}", SEVERITIES[rank(finding)].to_uppercase());
    let mut out = format!("{head}{}{}\n", text_of(finding, "code"), about(finding));
    out.push_str(&paragraph(INDENT, &text_of(finding, "text")));
    for (key, mark) in [("fix", "To do: "), ("link", "See: ")] {
        let words = text_of(finding, key);
        if !words.is_empty() {
            out.push_str(&paragraph(INDENT, &format!("{mark}{words}")));
        }
    }
    out
}

/// Which of several it is.
fn about(finding: &Value) -> String {
    finding.get("about").and_then(Value::as_str).map(|about| format!(" ({})", tame(about))).unwrap_or_default()
}

fn conclusion(checked: &Checked) -> &'static str {
    match worst(checked) {
        "fault" => "Signing in does not work until the faults are mended.",
        "warning" => "No fault was found; the warnings say what fails in part, or may stop working.",
        "unknown" => "No fault was found; some things could not be looked at.",
        _ => "Everything that can be seen from here is in order.",
    }
}

fn text_of(finding: &Value, key: &str) -> String {
    tame(finding.get(key).and_then(Value::as_str).unwrap_or_default())
}

/// Names come from people: nothing of theirs steers a terminal.
pub(super) fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text behind its head, broken at spaces, the following lines indented. A word that is too long stays whole: it is an address.
pub(super) fn paragraph(head: &str, text: &str) -> String {
    let (mut out, mut line) = (String::new(), head.to_owned());
    for word in text.split_whitespace() {
        let fresh = line.len() == INDENT.len();
        if !fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            INDENT.clone_into(&mut line);
        } else if !fresh {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(findings: Vec<Value>) -> Checked {
        Checked { id: "8666".into(), name: "Harbour\u{1b}[2J".into(), kind: "azureAD".into(), at: json!("2026-03-04T05:06:07Z"), findings }
    }

    #[test]
    fn the_worst_comes_first_and_what_is_in_order_takes_a_line() {
        let long = "the registration lists ".to_owned() + &"https://team.harbourworks.example/cdn-cgi/access/callback ".repeat(3);
        let all = [checked(vec![
            json!({ "severity": "ok", "code": "discovery", "text": "fine" }),
            json!({ "severity": "warning", "code": "secret-ends", "about": "hint abc", "text": "in 3 days", "fix": "Make another." }),
            json!({ "severity": "fault", "code": "redirect-uri", "text": long, "fix": "Register it.", "link": "https://x.example" }),
            json!({ "severity": "ok", "code": "keys", "text": "fine" }),
            json!({ "severity": "ok", "code": "person-groups", "about": "mara", "text": "mara is in 2 groups: Pilots, Night Pilots" }),
        ])];
        let text = text(&all);
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
        assert!(place("FAULT") < place("WARNING") && place("WARNING") < place("in order: discovery, keys"));
        assert!(place("WARNING") < place("OK       person-groups (mara)") && place("Pilots, Night Pilots") < place("in order:"));
        assert!(place("secret-ends (hint abc)") < place("To do: Make another."));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(text.contains("does not work until"));
    }

    #[test]
    fn scripts_get_what_the_api_told_and_the_worst_of_it() {
        let finding = json!({ "severity": "warning", "code": "clock-skew", "text": "40 s", "fix": null });
        let told = json(&[checked(vec![finding.clone()]), checked(vec![])]);
        assert_eq!(told["identity_providers"][0]["worst"], "warning");
        assert_eq!(told["identity_providers"][0]["findings"], json!([finding]));
        assert_eq!(told["identity_providers"][1]["worst"], "ok");
        assert_eq!(worst(&checked(vec![json!({ "severity": "dire" })])), "note");
    }
}
