//! Personas × applications → outcome, policy and reason, as one committed page that a reviewer can read.

mod harbour;

use std::{env, fmt::Write, fs, path::Path};

use model::rule::{Rule, RuleSet};
use policy::{Facts, Outcome, PolicySet, evaluate};
use serde_json::Value;

use crate::cast::*;
use harbour::{Application, Persona};

const HEAD: &str = "\
# Who may open what

Made by `crates/policy/tests/it/matrix.rs` (UPDATE_GOLDEN=1 makes it again); a change here is a change of what policies mean.

`yes` allowed · `bypass` forwarded without a check · `token` let in without a person · `ask` one more question to the person's provider ·
`login` a sign-in is offered · `no` refused · `NO` refused whoever it is
";

/// One word for an outcome.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Allow { .. } => "yes",
        Outcome::Bypass { .. } => "bypass",
        Outcome::ServiceAuth { .. } => "token",
        Outcome::Login => "login",
        Outcome::Deny(denial) if denial.kind == policy::DenialKind::NonIdentity => "NO",
        Outcome::Deny(_) => "no",
        _ => "ask",
    }
}

/// What it hung on.
fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Deny(denial) => {
            let part = denial.part.map_or_else(String::new, |part| format!("{} ", serde_json::to_value(part).unwrap().as_str().unwrap()));
            format!("{part}{}: {}", denial.rule.unwrap_or("–"), denial.reason)
        }
        Outcome::StepUp(step_up) => format!("asks for {}", step_up.contexts.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(", ")),
        _ => String::new(),
    }
}

fn facts(persona: &Persona) -> Facts<'_> {
    Facts { request: persona.request, identity: persona.identity.as_ref(), readings: persona.readings.as_ref(), standing: None }
}

/// A rule in short: its kind and what it names.
fn in_short(rule: &Rule) -> String {
    let json = serde_json::to_value(rule).unwrap();
    let values = json[rule.kind()].as_object().unwrap().iter().filter(|(member, _)| *member != "identity_provider_id");
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), harbour::name);
    let values: Vec<String> = values.map(|(_, value)| text(value)).collect();
    if values.is_empty() { rule.kind().to_owned() } else { format!("{} {}", rule.kind(), values.join(" ")) }
}

fn described(rules: &RuleSet) -> String {
    let lists = [("", " or ", &rules.include), (" and ", " and ", &rules.require), (" but not ", " nor ", &rules.exclude)];
    let shown = lists.into_iter().filter(|(_, _, list)| !list.is_empty());
    shown.map(|(before, between, list)| format!("{before}{}", list.iter().map(in_short).collect::<Vec<_>>().join(between))).collect()
}

fn page(applications: &[(Application, PolicySet)], personas: &[Persona]) -> String {
    let mut text = String::from(HEAD);
    let names: Vec<&str> = applications.iter().map(|(app, _)| app.name).collect();
    write!(text, "\n| | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len())).unwrap();
    for persona in personas {
        let cells = applications.iter().map(|(_, set)| word(&evaluate(set, &facts(persona)).outcome));
        writeln!(text, "| {} | {} |", persona.name, cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    for (app, set) in applications {
        write!(text, "\n## {}\n\n", app.name).unwrap();
        for (place, policy) in app.policies.iter().enumerate() {
            writeln!(text, "{}. *{}* ({}): {}", place + 1, policy.name, policy.decision.as_str(), described(&policy.rules)).unwrap();
        }
        if app.policies.is_empty() {
            writeln!(text, "No policies.").unwrap();
        }
        text.push_str("\n| who | outcome | policy | reason |\n|---|---|---|---|\n");
        for persona in personas {
            let outcome = evaluate(set, &facts(persona)).outcome;
            let by = outcome.policy().and_then(|id| set.policy(id)).map_or("", |policy| policy.name);
            writeln!(text, "| {} | {} | {by} | {} |", persona.name, word(&outcome), reason(&outcome)).unwrap();
        }
    }
    text
}

#[test]
fn the_matrix_of_personas_and_applications_is_as_committed() {
    let groups = harbour::rule_groups_of_harbour();
    let sets = harbour::applications().into_iter().map(|app| {
        let set = compile(&app.policies, &groups);
        (app, set)
    });
    let text = page(&sets.collect::<Vec<_>>(), &harbour::personas());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/matrix.md");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    let committed = fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(text, committed, "run with UPDATE_GOLDEN=1 and review the difference");
}
