//! Findings of a report.

use model::{
    access_policy::PolicyAction,
    drift::{Person, PolicyUse},
    finding::Severity,
};

use super::*;

fn group(name: &str, decision: PolicyAction, outcome: Outcome) -> GroupReport {
    let effect = if decision == PolicyAction::Deny { Effect::KeepsOut } else { Effect::LetsIn };
    let used =
        PolicyUse { id: model::PolicyId::random(), name: format!("About {name}"), decision, effect, applications: vec!["wiki".into()] };
    let id = "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014".parse().unwrap();
    GroupReport { id, name: Some(name.into()), scim_id: None, policies: vec![used], rule_groups: vec![], outcome }
}

fn nested(names: &[&str]) -> Outcome {
    let person = |name: &&str| Person {
        kind: Difference::Nested,
        name: Some((*name).to_owned()),
        user_name: None,
        object_id: None,
        scim_id: None,
        through: vec![],
    };
    Outcome::Compared(Compared { nested: names.len(), people: names.iter().map(person).collect(), ..Compared::default() })
}

fn report(groups: Vec<GroupReport>) -> Report {
    Report { at: Timestamp::from_secs(1_790_000_000), groups, groups_omitted: 0, expansion: None }
}

#[test]
fn missing_people_are_told_with_what_becomes_of_them() {
    let pilots = group("Pilots", PolicyAction::Allow, nested(&["Mara", "Ada", "Bo", "Cy", "Di", "Ed"]));
    let crew = group("Dock Crew", PolicyAction::Deny, nested(&["Mara"]));
    let found = findings(&report(vec![crew, pilots]));
    assert_eq!(found.len(), 1, "{found:#?}");
    let text = &found[0].text;
    for part in [
        "7 memberships",
        "Ada, Bo, Cy, Di, Ed and 1 more",
        "Dock Crew 1, Pilots 6",
        "\"About Dock Crew\" (deny) would wrongly let them in",
        "\"About Pilots\" (allow) would wrongly refuse them",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!((&*found[0].code, found[0].severity), ("scim-nested-missing", Severity::Warning));
}

#[test]
fn each_outcome_has_its_code_and_only_a_whole_comparison_is_fine() {
    let allow = |outcome| group("Pilots", PolicyAction::Allow, outcome);
    let one = |change: fn(&mut Compared)| {
        let mut compared = Compared::default();
        change(&mut compared);
        let kind = if compared.extra > 0 { Difference::Extra } else { Difference::NotSent };
        if compared.differs() {
            let Outcome::Compared(with) = nested(&["Mara"]) else { panic!("compared") };
            compared.people = with.people.into_iter().map(|person| Person { kind, ..person }).collect();
        }
        Outcome::Compared(compared)
    };
    for (outcome, codes) in [
        (one(|_| {}), vec!["drift"]),
        (one(|c| c.disabled = 3), vec!["drift"]),
        (one(|c| c.not_sent = 1), vec!["scim-not-sent"]),
        (one(|c| c.extra = 1), vec!["scim-left"]),
        (one(|c| c.unreadable = 1), vec!["drift-unknown"]),
        (Outcome::Unknown { why: "busy".into(), fix: "wait".into() }, vec!["drift-unknown"]),
        (Outcome::Gone, vec!["scim-group-gone"]),
        (Outcome::NotProvisioned, vec!["scim-group-not-sent"]),
    ] {
        let found: Vec<_> = findings(&report(vec![allow(outcome.clone())])).into_iter().map(|finding| finding.code).collect();
        assert_eq!(found, codes, "{outcome:?}");
    }
}

#[test]
fn a_group_that_is_not_sent_is_never_told_to_have_the_same_people() {
    let crew = group("Dock Crew", PolicyAction::Allow, Outcome::NotProvisioned);
    let found = findings(&report(vec![crew, group("Pilots", PolicyAction::Allow, Outcome::Compared(Compared::default()))]));
    assert_eq!(found.iter().map(|finding| &*finding.code).collect::<Vec<_>>(), ["scim-group-not-sent", "drift"]);
    assert!(found[1].text.contains("the 1 groups"), "{}", found[1].text);
}
