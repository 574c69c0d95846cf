//! Personas × applications → outcome and reason, as one committed table that a reviewer can read.

use std::{fmt::Write, path::Path};

use model::{
    access_policy::{
        AccessPolicy,
        PolicyAction::{self, Allow, Bypass, Deny, NonIdentity},
    },
    identity::{GroupsUnknown, Identity},
    rule::RuleSet,
};
use policy::{Fact, Facts, Outcome, PolicySet, RequestFacts, evaluate};

use crate::cast::*;

fn app(name: &'static str, policies: Vec<(&str, PolicyAction, RuleSet)>) -> (&'static str, PolicySet) {
    let policies: Vec<AccessPolicy> = (1u32..).zip(policies).map(|(n, (name, action, rules))| policy(n, name, action, rules)).collect();
    let groups = rule_groups([(1, rules(vec![azure(pilots()), azure(dock_crew())], vec![], vec![geo("AQ")]))]);
    (name, compile(&policies, &groups))
}

fn apps() -> Vec<(&'static str, PolicySet)> {
    let any = |include| rules(include, vec![], vec![]);
    vec![
        app("wiki", vec![("Harbour staff", Allow, any(vec![domain("harbourworks.example")]))]),
        app("charts", vec![("Pilots", Allow, any(vec![azure(pilots())]))]),
        app("cranes", vec![("No pilots", Deny, any(vec![azure(pilots())])), ("Everyone else", Allow, any(vec![everyone()]))]),
        app("payroll", vec![("Pilots at home", Allow, rules(vec![azure(pilots())], vec![geo("PT")], vec![]))]),
        app("yard", vec![("Crew by group", Allow, any(vec![rule_group(1)]))]),
        app(
            "metrics",
            vec![("Robots", NonIdentity, any(vec![any_token()])), ("Mara", Allow, any(vec![email("mara@harbourworks.example")]))],
        ),
        app("status", vec![("Office", Bypass, any(vec![ip("203.0.113.0/24")]))]),
        app("vault", vec![("Healthy devices", Allow, rules(vec![azure(pilots())], vec![posture()], vec![]))]),
        app("bridge", vec![("Pilots with a key", Allow, rules(vec![azure(pilots())], vec![context("c1")], vec![]))]),
        app("empty", vec![]),
    ]
}

struct Persona {
    name: &'static str,
    identity: Option<Identity>,
    request: RequestFacts<'static>,
}

fn personas() -> Vec<Persona> {
    let at_home = request();
    let abroad = RequestFacts { country: Fact::Known("SE"), ip: Some(address("198.51.100.7")), ..at_home };
    let nowhere = RequestFacts { country: Fact::Unknown, ip: None, ..at_home };
    let robot = RequestFacts { service_token: Some(token(1)), ..abroad };
    let persona = |name, identity, request| Persona { name, identity, request };
    let mara = || Some(person("mara", &[pilots(), night_pilots()]));
    vec![
        persona("visitor at home", None, at_home),
        persona("visitor abroad", None, abroad),
        persona("visitor from nowhere", None, nowhere),
        persona("robot with a token", None, robot),
        persona("Mara, pilot, at home", mara(), at_home),
        persona("Mara, pilot, abroad", mara(), abroad),
        persona("Mara, pilot, from nowhere", mara(), nowhere),
        persona("Mara, with context c1", mara().map(|m| stepped_up(&m, &["c1"], &["c1"])), abroad),
        persona("Ilo, dock crew", Some(person("ilo", &[dock_crew()])), abroad),
        persona("Tessa, groups unread", Some(without_groups("tessa", GroupsUnknown::GraphRefused)), abroad),
        persona("Bram, no groups", Some(person("bram", &[])), abroad),
        persona("guest, unverified mail", Some(guest("pat")), abroad),
    ]
}

fn cell(set: &PolicySet, facts: &Facts<'_>) -> String {
    let outcome = evaluate(set, facts).outcome;
    let name = |id| set.policy(id).map_or("?", |policy| policy.name);
    let by = outcome.policy().map(name).unwrap_or("-");
    match outcome {
        Outcome::Deny(denial) => {
            let kind = serde_json::to_value(denial.kind).unwrap();
            let part = denial.part.map(|part| serde_json::to_value(part).unwrap());
            format!(
                "deny {} by {by}: {} {} {}",
                kind.as_str().unwrap(),
                part.as_ref().and_then(|p| p.as_str()).unwrap_or("-"),
                denial.rule.unwrap_or("-"),
                denial.reason
            )
        }
        Outcome::StepUp(step_up) => format!("step-up by {by}: {:?}", step_up.contexts),
        Outcome::Login => "login".into(),
        open => format!("{} by {by}", open.as_str()),
    }
}

#[test]
fn the_matrix_of_personas_and_applications_is_as_committed() {
    let mut text = String::new();
    for (app, set) in apps() {
        writeln!(text, "== {app}").unwrap();
        for persona in personas() {
            let facts = Facts { request: persona.request, identity: persona.identity.as_ref(), readings: None, standing: None };
            writeln!(text, "{:<26} {}", persona.name, cell(&set, &facts)).unwrap();
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/matrix.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(text, committed, "run with UPDATE_GOLDEN=1 and review the difference");
}
