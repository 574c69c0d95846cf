//! The order of evaluation and what each action needs, by table.

use std::time::Duration;

use model::{
    access_policy::{AccessPolicy, PolicyAction},
    identity::GroupsUnknown,
    rule::{Rule, RuleSet},
};
use policy::{DenialKind, Fact, Facts, Outcome, Part, RequestFacts, evaluate};

use crate::cast::*;

use PolicyAction::{Allow, Bypass, Deny, NonIdentity};

fn including(rules_: Vec<Rule>) -> RuleSet {
    rules(rules_, vec![], vec![])
}
fn outcome(policies: &[AccessPolicy], facts: &Facts<'_>) -> Outcome {
    evaluate(&compile(policies, &RuleGroups::new()), facts).outcome
}
fn kind(outcome: Outcome) -> Option<DenialKind> {
    match outcome {
        Outcome::Deny(denial) => Some(denial.kind),
        _ => None,
    }
}

#[test]
fn bypass_and_service_auth_come_first_in_listed_order_then_allow_and_block() {
    let mara = person("mara", &[]);
    let facts = Facts {
        request: RequestFacts { service_token: Some(token(1)), ..request() },
        identity: Some(&mara),
        readings: None,
        standing: None,
    };
    // The documented example: Allow A, Block B, Service Auth C, Bypass D, Allow E is asked as C, D, A, B, E.
    let listed =
        [(1, Allow, everyone()), (2, Deny, everyone()), (3, NonIdentity, any_token()), (4, Bypass, everyone()), (5, Allow, everyone())];
    let without = |left_out: &[u32]| {
        let policies: Vec<_> = listed
            .iter()
            .filter(|(n, ..)| !left_out.contains(n))
            .map(|(n, action, rule)| policy(*n, "P", *action, including(vec![rule.clone()])))
            .collect();
        outcome(&policies, &facts)
    };
    let id = policy_id;
    assert_eq!(without(&[]), Outcome::ServiceAuth { policy: id(3) });
    assert_eq!(without(&[3]), Outcome::Bypass { policy: id(4) });
    assert_eq!(without(&[3, 4]), Outcome::Allow { policy: id(1) });
    assert_eq!(without(&[1, 3, 4]).policy(), Some(id(2)));
    assert!(!without(&[1, 3, 4]).is_open());
    assert_eq!(without(&[1, 2, 3, 4]), Outcome::Allow { policy: id(5) });
    assert!(!without(&[1, 2, 3, 4, 5]).is_open());
}

#[test]
fn bypass_and_service_auth_keep_their_relative_order() {
    let facts =
        Facts { request: RequestFacts { service_token: Some(token(1)), ..request() }, identity: None, readings: None, standing: None };
    let bypass = policy(1, "Health", Bypass, including(vec![everyone()]));
    let service = policy(2, "Robots", NonIdentity, including(vec![any_token()]));
    assert_eq!(outcome(&[bypass.clone(), service.clone()], &facts), Outcome::Bypass { policy: policy_id(1) });
    assert_eq!(outcome(&[service, bypass], &facts), Outcome::ServiceAuth { policy: policy_id(2) });
}

#[test]
fn nothing_matched_is_refused() {
    let mara = person("mara", &[]);
    assert_eq!(kind(outcome(&[], &visitor())), Some(DenialKind::NonIdentity));
    assert_eq!(kind(outcome(&[], &signed_in(&mara))), Some(DenialKind::NonIdentity));
    let pilots_only = policy(1, "Pilots", Allow, including(vec![azure(pilots())]));
    let Outcome::Deny(denial) = outcome(&[pilots_only], &signed_in(&mara)) else { panic!("not refused") };
    assert_eq!(denial.kind, DenialKind::NoPolicyMatched);
    assert_eq!(denial.policy, Some(policy_id(1)));
    assert_eq!(denial.rule, Some("azureAD"));
    assert_eq!(denial.part, Some(Part::Include));
    assert_eq!(denial.reason.as_str(), "differs");
}

#[test]
fn an_allow_policy_is_never_enough_without_a_person() {
    let open_house = policy(1, "Anyone", Allow, including(vec![everyone()]));
    assert_eq!(outcome(&[open_house], &visitor()), Outcome::Login);
}

#[test]
fn exclude_unmatches_its_own_policy_only() {
    let mara = person("mara", &[pilots()]);
    let not_pilots = policy(1, "All but pilots", Allow, rules(vec![everyone()], vec![], vec![azure(pilots())]));
    let pilots_too = policy(2, "Pilots", Allow, including(vec![azure(pilots())]));
    assert!(!outcome(std::slice::from_ref(&not_pilots), &signed_in(&mara)).is_open());
    assert_eq!(outcome(&[not_pilots, pilots_too], &signed_in(&mara)), Outcome::Allow { policy: policy_id(2) });
}

#[test]
fn unknown_groups_neither_admit_nor_slip_past_a_block() {
    let tessa = without_groups("tessa", GroupsUnknown::GraphFailed);
    let facts = signed_in(&tessa);
    let anyone = policy(9, "Anyone", Allow, including(vec![everyone()]));
    let block_include = policy(1, "No dock crew", Deny, including(vec![azure(dock_crew())]));
    let block_exclude = policy(2, "Pilots only", Deny, rules(vec![everyone()], vec![], vec![azure(pilots())]));
    let allow_exclude = policy(3, "Not dock crew", Allow, rules(vec![everyone()], vec![], vec![azure(dock_crew())]));
    let allow_include = policy(4, "Pilots", Allow, including(vec![azure(pilots())]));
    for (policies, kind_, policy) in [
        (vec![block_include, anyone.clone()], DenialKind::BlockPolicy, 1),
        (vec![block_exclude, anyone], DenialKind::BlockPolicy, 2),
        (vec![allow_exclude], DenialKind::NoPolicyMatched, 3),
        (vec![allow_include], DenialKind::NoPolicyMatched, 4),
    ] {
        let Outcome::Deny(denial) = outcome(&policies, &facts) else { panic!("policy {policy} let in") };
        assert_eq!(denial.kind, kind_);
        assert_eq!(denial.policy, Some(policy_id(policy)));
        assert_eq!(denial.rule, Some("azureAD"));
        assert_eq!(denial.reason.as_str(), "groups-graph-failed");
    }
}

#[test]
fn a_sign_in_is_offered_only_when_it_could_help() {
    let from = |country| Facts { request: RequestFacts { country, ..request() }, identity: None, readings: None, standing: None };
    let pt_pilots = policy(1, "Pilots at home", Allow, rules(vec![azure(pilots())], vec![geo("PT")], vec![]));
    for (country, expected) in
        [(Fact::Known("PT"), None), (Fact::Known("SE"), Some(DenialKind::NonIdentity)), (Fact::Unknown, Some(DenialKind::NonIdentity))]
    {
        let said = outcome(std::slice::from_ref(&pt_pilots), &from(country));
        assert_eq!(kind(said), expected, "{country:?}");
    }
    let Outcome::Deny(denial) = outcome(&[pt_pilots], &from(Fact::Known("SE"))) else { panic!("not refused") };
    assert_eq!((denial.rule, denial.part), (Some("geo"), Some(Part::Require)));
}

#[test]
fn a_block_forbids_before_the_sign_in_only_when_nobody_escapes_it() {
    let anyone = policy(9, "Anyone", Allow, including(vec![everyone()]));
    let block = |rules| policy(1, "Block", Deny, rules);
    for (blocking, expected) in [
        (block(including(vec![geo("PT")])), Some(DenialKind::NonIdentity)),
        (block(including(vec![posture()])), Some(DenialKind::NonIdentity)),
        (block(including(vec![geo("SE")])), None),
        (block(including(vec![azure(dock_crew())])), None),
        (block(rules(vec![geo("PT")], vec![], vec![azure(pilots())])), None),
        // Unknown and pending: never true, but a sign-in can make it false.
        (block(rules(vec![everyone()], vec![posture(), azure(dock_crew())], vec![])), None),
    ] {
        let shown = format!("{:?}", blocking.rules);
        let said = outcome(&[blocking, anyone.clone()], &visitor());
        assert_eq!(kind(said), expected, "{shown}");
    }
}

#[test]
fn an_allow_that_can_never_become_true_is_forbidden_at_once() {
    for hopeless in [
        rules(vec![azure(pilots())], vec![posture()], vec![]),
        rules(vec![azure(pilots())], vec![], vec![posture()]),
        rules(vec![posture()], vec![], vec![]),
        rules(vec![], vec![azure(pilots())], vec![]),
    ] {
        let said = outcome(&[policy(1, "Hopeless", Allow, hopeless)], &visitor());
        assert_eq!(kind(said), Some(DenialKind::NonIdentity));
    }
}

#[test]
fn a_person_refused_by_the_request_alone_is_forbidden_not_sent_to_another_account() {
    let mara = person("mara", &[pilots()]);
    let abroad =
        Facts { request: RequestFacts { country: Fact::Known("SE"), ..request() }, identity: Some(&mara), readings: None, standing: None };
    let at_home = policy(1, "Pilots at home", Allow, rules(vec![azure(pilots())], vec![geo("PT")], vec![]));
    assert!(outcome(std::slice::from_ref(&at_home), &signed_in(&mara)).is_open());
    assert_eq!(kind(outcome(&[at_home], &abroad)), Some(DenialKind::NonIdentity));
}

#[test]
fn a_service_token_does_not_open_an_allow_policy() {
    let mara = person("mara", &[]);
    let with_token =
        |identity| Facts { request: RequestFacts { service_token: Some(token(1)), ..request() }, identity, readings: None, standing: None };
    let wrong = policy(1, "Robots", Allow, including(vec![any_token()]));
    let wrong = std::slice::from_ref(&wrong);
    assert!(!outcome(wrong, &with_token(None)).is_open());
    assert!(!outcome(wrong, &with_token(Some(&mara))).is_open());
}

#[test]
fn the_decision_carries_the_policys_session_length_and_whether_service_auth_exists() {
    let mara = person("mara", &[]);
    let mut short = policy(1, "Short", Allow, including(vec![everyone()]));
    short.session_duration = Some("30m".parse().unwrap());
    let robots = policy(2, "Robots", NonIdentity, including(vec![any_token()]));
    let set = compile(&[short, robots], &RuleGroups::new());
    let decision = evaluate(&set, &signed_in(&mara));
    assert_eq!(decision.session_duration, Some(Duration::from_secs(1800)));
    assert!(decision.set_has_service_auth && set.has_service_auth());
    assert_eq!(set.policy(policy_id(1)).map(|p| p.name), Some("Short"));
    assert_eq!(set.policy(policy_id(7)), None);
}

#[test]
fn continuous_rules_are_found_in_lists_and_in_groups() {
    let groups = rule_groups([(1, including(vec![ip("203.0.113.0/24")])), (2, including(vec![rule_group(1)]))]);
    for (rule, expected) in [
        (everyone(), false),
        (azure(pilots()), false),
        (geo("PT"), true),
        (posture(), true),
        (any_token(), true),
        (rule_group(2), true),
        (rule_group(3), false),
    ] {
        let shown = format!("{rule:?}");
        let one = policy(1, "One", Allow, rules(vec![everyone()], vec![], vec![rule]));
        assert_eq!(compile(&[one], &groups).has_continuous_rules(), expected, "{shown}");
    }
}
