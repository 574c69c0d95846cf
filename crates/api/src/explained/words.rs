//! Rules and facts in words, as the console's lists of rules have them: "Entra ID group Pilots", "Country Portugal".

use serde_json::{Value, json};

use super::Names;

/// Names of countries, one a line: two letters, a tab, the name.
const COUNTRIES: &str = include_str!("countries.tsv");

/// A rule of this kind (its name on the wire), and what it names.
pub(super) fn rule(kind: &str, named: &str) -> String {
    let words = kind_in_words(kind);
    if named.is_empty() || matches!(kind, "everyone" | "any_valid_service_token" | "certificate") {
        return words.to_owned();
    }
    match named.split_once('=').filter(|_| kind == "oidc") {
        Some((claim, value)) => format!("{words} {claim} is {value}"),
        None => format!("{words} {named}"),
    }
}

/// What a kind of rule is called.
pub(super) fn kind_in_words(kind: &str) -> &str {
    match kind {
        "everyone" => "Everyone",
        "email" => "E-mail address",
        "email_domain" => "E-mail domain",
        "email_list" => "List of e-mail addresses",
        "azureAD" => "Entra ID group",
        "group" => "Rule group",
        "login_method" => "Login method",
        "auth_method" => "Method of the sign-in",
        "auth_context" => "Authentication context",
        "oidc" => "Claim",
        "ip" => "IP address or range",
        "ip_list" => "List of IP addresses",
        "geo" => "Country",
        "device_posture" => "Device posture",
        "user_risk_score" => "Risk",
        "service_token" => "Service token",
        "any_valid_service_token" => "Any valid service token",
        "linked_app_token" => "Linked application",
        "certificate" => "Any client certificate",
        "common_name" => "Client certificate for",
        "external_evaluation" => "External evaluation",
        other => other,
    }
}

/// The name of a country; its letters when they are nobody's.
pub(super) fn country(code: &str) -> &str {
    let named = COUNTRIES.lines().filter_map(|line| line.split_once('\t'));
    named.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map_or(code, |(_, name)| name)
}

/// What was found, for a sentence about a rule of this kind. `None` when it is not known.
pub(super) fn found(kind: &str, fact: &Value, names: &Names) -> Option<String> {
    let value = fact["value"].as_str()?;
    Some(match kind {
        "azureAD" => names.theirs().unwrap_or_else(|| names.in_text(value)),
        "geo" => country(value).to_owned(),
        "login_method" => value.parse().map_or_else(|_| value.to_owned(), |id| names.provider(&id)),
        "service_token" | "any_valid_service_token" => names.service_token(value),
        "linked_app_token" => names.app(value),
        _ => value.to_owned(),
    })
}

/// A fact as the API shows it: groups by their names, and who told it in words.
pub(super) fn fact(fact: &Value, names: &Names) -> Value {
    let mut out = fact.clone();
    if let Some(source) = fact["source"].as_str() {
        out["told_by"] = json!(teller(source));
    }
    if let Some(value) = fact["value"].as_str().filter(|_| fact["class"] == "groups") {
        out["value"] = json!(names.in_text(value));
    }
    out
}

/// Who told a fact and how old it was, behind a sentence; empty when there is no fact.
pub(super) fn origin(fact: &Value) -> String {
    let Some(source) = fact["source"].as_str().filter(|source| *source == "none" || !fact["value"].is_null()) else { return String::new() };
    match (source, fact["age_seconds"].as_i64()) {
        ("none", Some(secs)) => format!("looked for {} before", age(secs)),
        ("none", None) => "nobody told it".to_owned(),
        (source, Some(secs)) => format!("told by {}, {} old", teller(source), age(secs)),
        (source, None) => format!("told by {}", teller(source)),
    }
}

fn teller(source: &str) -> &str {
    match source {
        "request" => "the request itself",
        "sign-in" => "the sign-in",
        "token" => "the ID token",
        "graph" => "Microsoft Graph",
        "provisioning" => "provisioning (SCIM)",
        "intune" => "Intune",
        "identity-protection" => "Identity Protection",
        "endpoint" => "the endpoint",
        "none" => "nobody",
        other => other,
    }
}

/// A name that stands in a sentence, without what would turn the rest of it around or break it.
pub(super) fn level(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let unseen = |c: char| c.is_control() || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}');
    name.chars().filter(|c| !unseen(*c) && !turns(*c)).collect()
}

/// Seconds in the largest unit that fits.
fn age(secs: i64) -> String {
    match secs {
        ..120 => format!("{} s", secs.max(0)),
        120..7200 => format!("{} min", secs / 60),
        7200..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_in_the_console() {
        for (kind, named, words) in [
            ("azureAD", "Pilots", "Entra ID group Pilots"),
            ("email_domain", "harbourworks.example", "E-mail domain harbourworks.example"),
            ("geo", "Portugal", "Country Portugal"),
            ("oidc", "crew=deck", "Claim crew is deck"),
            ("everyone", "everyone", "Everyone"),
            ("any_valid_service_token", "any valid service token", "Any valid service token"),
            ("email", "", "E-mail address"),
            ("newer", "x", "newer x"),
        ] {
            assert_eq!(rule(kind, named), words);
        }
    }

    #[test]
    fn countries_have_names_in_whatever_case_and_strange_letters_stay() {
        assert_eq!([country("PT"), country("de"), country("XX"), country("#")], ["Portugal", "Germany", "XX", "#"]);
        assert_eq!(COUNTRIES.lines().filter(|line| line.contains('\t')).count(), 249);
    }

    #[test]
    fn a_name_turns_nothing_around() {
        assert_eq!(level("Pil\u{202e}ots\u{2066}\n \u{5d0}"), "Pilots \u{5d0}");
    }

    #[test]
    fn origins_tell_the_source_and_the_age() {
        for (fact, told) in [
            (json!({ "source": "token", "value": "x", "age_seconds": 12 }), "told by the ID token, 12 s old"),
            (json!({ "source": "graph", "value": "x", "age_seconds": 7200 }), "told by Microsoft Graph, 2 h old"),
            (json!({ "source": "request", "value": "x" }), "told by the request itself"),
            (json!({ "source": "request", "value": null }), ""),
            (json!({ "source": "none", "age_seconds": 180 }), "looked for 3 min before"),
            (Value::Null, ""),
        ] {
            assert_eq!(origin(&fact), told);
        }
    }
}
