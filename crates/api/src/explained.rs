//! An explanation in words: which policy, which rule, which fact with its source and age, and what to do. The one place that turns what the
//! evaluator said into what an administrator reads, for decisions, the policy tester and checks of one person alike.

mod directory;
mod names;
pub(crate) mod person;
mod rules;
mod summary;
mod words;

use guard::Reason;
use serde_json::{Map, Value, json};

pub(crate) use directory::Said;
pub(crate) use names::Names;

/// What a sentence is about.
pub(crate) struct About<'a> {
    /// The person, as they are named in sentences.
    pub person: String,
    /// Names of what rules refer to.
    pub names: &'a Names,
}

/// `verdict`, `summary`, `policies` with their rules, and `fixes`: an explanation as the evaluator serialises it, in words.
pub(crate) fn in_words(explanation: &Value, about: &About<'_>) -> Value {
    let policies: Vec<Value> = explanation["policies"].as_array().into_iter().flatten().map(|policy| self::policy(policy, about)).collect();
    let conclusion = &explanation["conclusion"];
    let fixes = fixes(conclusion, &policies, about);
    json!({
        "verdict": verdict(conclusion),
        "summary": words::level(&summary::of(conclusion, &policies, about)),
        "policy_id": conclusion["policy"],
        "policies": policies,
        "fixes": fixes,
    })
}

/// A refusal that came before any policy was asked, or after all of them had let in.
pub(crate) fn of_failure(explanation: &Value) -> Value {
    let reason = explanation["reason"].as_str().unwrap_or("unknown");
    let detail = explanation["detail"].as_str().or_else(|| explanation["cause"].as_str());
    let summary = detail.map_or_else(|| known_failure(reason).to_owned(), |detail| format!("{}: {detail}", known_failure(reason)));
    let fixes: Vec<&str> = explanation["fix"].as_str().into_iter().collect();
    json!({ "verdict": "refused", "summary": summary, "reason": reason, "policy_id": null, "policies": [], "fixes": fixes })
}

/// What the reason of a refusal outside the policies says; its name when it is none of these.
fn known_failure(reason: &str) -> &str {
    match reason {
        "sign-in-failed" => "The sign-in failed before any policy was asked",
        "account-deactivated" => "The directory has deactivated the person",
        "seat-limit-reached" => "Every seat of the organisation is in use",
        "service-token-unknown" => "The service token is not known, disabled or expired",
        "several-cookies" => "The browser sent several different sign-in cookies",
        "authentication-context-not-granted" => "The provider did not grant the authentication context that was asked for",
        other => other,
    }
}

fn verdict(conclusion: &Value) -> &'static str {
    match (conclusion["outcome"].as_str(), conclusion["denial"]["kind"].as_str()) {
        (Some("allow"), _) => "let in",
        (Some("bypass"), _) => "let in without a check",
        (Some("service-auth"), _) => "let in as a program",
        (Some("login"), _) => "sent to sign in",
        (Some("step-up"), _) => "sent to the provider for more",
        (Some("ask"), _) => "asked for a purpose or an approval",
        (_, Some("block-policy")) => "refused: a policy keeps them out",
        (_, Some("non-identity")) => "refused: nobody could pass with this request",
        _ => "refused: no policy lets them in",
    }
}

fn policy(policy: &Value, about: &About<'_>) -> Value {
    let mut out = Map::new();
    for key in ["id", "name", "action", "asked"] {
        out.insert(key.into(), policy[key].clone());
    }
    let verdict = match policy["verdict"].as_str() {
        Some("matched") => "matched",
        Some("not-matched") => "not matched",
        Some("pending") => "depends on the sign-in",
        _ => "unknown",
    };
    out.insert("verdict".into(), json!(verdict));
    out.insert("rules".into(), Value::Array(rules::of_policy(policy, about)));
    Value::Object(out)
}

/// The sentences that would change the verdict: those of the rule that it hung on, else of every rule of that policy that is in the way.
fn fixes(conclusion: &Value, policies: &[Value], about: &About<'_>) -> Vec<String> {
    let denial = &conclusion["denial"];
    let place = if denial.is_null() { &conclusion["step_up"] } else { denial };
    if place.is_null() {
        return Vec::new();
    }
    let policy = policies.iter().find(|policy| policy["id"] == place["policy"]);
    let rules: Vec<&Value> = policy.and_then(|policy| policy["rules"].as_array()).into_iter().flatten().collect();
    let told = |wanted: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for fix in rules.iter().filter(|rule| wanted(rule)).filter_map(|rule| rule["fix"].as_str()) {
            if !found.iter().any(|known| known == fix) {
                found.push(fix.to_owned());
            }
        }
        found
    };
    let hung_on = told(&|rule| rule["kind"] == denial["rule"] && rule["reason"] == denial["reason"]);
    if !hung_on.is_empty() {
        return hung_on;
    }
    let in_the_way = told(&|_| true);
    if !in_the_way.is_empty() {
        return in_the_way;
    }
    let reason = denial["reason"].as_str().and_then(reason_of);
    let name = policy.and_then(|policy| policy["name"].as_str()).unwrap_or("none");
    reason.map(|reason| rules::fill(reason.fix(), &[("person", &about.person), ("policy", name)])).into_iter().collect()
}

fn reason_of(name: &str) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == name)
}
