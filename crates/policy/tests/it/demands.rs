//! What an Allow policy demands beside its rules: closed until it is met, for this policy of this application, now.

use model::{
    AppId, GrantId, Timestamp, UserId,
    access_grant::{Grant, PurposeGiven, Standing},
    access_policy::{
        AccessPolicy, Demands,
        PolicyAction::{Allow, Deny},
    },
};
use policy::{Ask, Facts, Outcome, PolicySet, evaluate, explain};

use crate::cast::*;

fn app(n: u32) -> AppId {
    AppId::new(uuid(0x77, n))
}
fn now() -> Timestamp {
    request().now
}

fn demanding(n: u32, purpose: bool, approval: bool) -> AccessPolicy {
    let everyone = rules(vec![everyone()], vec![], vec![]);
    let demands = Demands { purpose_justification_required: purpose, approval_required: approval, ..Demands::default() };
    AccessPolicy { demands, ..policy(n, "P", Allow, everyone) }
}

fn given(on: u32, n: u32) -> PurposeGiven {
    PurposeGiven { app: app(on), policy: policy_id(n), text: "ticket 7".into(), at: now() }
}
fn grant(on: u32, n: u32, (from, until): (i64, i64)) -> Grant {
    Grant {
        id: GrantId::new(uuid(0x78, 1)),
        user: UserId::new(uuid(0x79, 1)),
        app: app(on),
        policy: policy_id(n),
        from: now().plus_secs(from),
        until: now().plus_secs(until),
        approvers: Vec::new(),
        reason: None,
        created_at: now(),
    }
}

fn outcome(set: &PolicySet, standing: Option<&Standing>) -> Outcome {
    let mara = person("mara", &[pilots()]);
    let facts = Facts { standing, ..signed_in(&mara) };
    let decision = evaluate(set, &facts);
    let told = explain(set, &facts).conclusion;
    assert_eq!((told.outcome, told.policy), (decision.outcome.as_str(), decision.outcome.policy()), "the explanation agrees");
    assert_eq!(decision.until.is_some(), standing.is_some_and(|s| !s.grants.is_empty()) && decision.outcome.is_open());
    decision.outcome
}

#[test]
fn an_allow_policy_is_closed_until_its_demands_are_met() {
    let open = Outcome::Allow { policy: policy_id(1) };
    let ask = |purpose, approval| Outcome::Ask(Ask { policy: policy_id(1), purpose, approval });
    let hour = (-60, 3600);
    for ((purpose, approval), purposes, grants, expected) in [
        ((true, false), vec![], vec![], ask(true, false)),
        ((true, false), vec![given(1, 1)], vec![], open),
        ((true, false), vec![given(2, 1)], vec![], ask(true, false)),
        ((true, false), vec![given(1, 2)], vec![], ask(true, false)),
        ((false, true), vec![given(1, 1)], vec![], ask(false, true)),
        ((false, true), vec![], vec![grant(1, 1, hour)], open),
        ((false, true), vec![], vec![grant(2, 1, hour)], ask(false, true)),
        ((false, true), vec![], vec![grant(1, 2, hour)], ask(false, true)),
        ((false, true), vec![], vec![grant(1, 1, (-60, 0))], ask(false, true)),
        ((false, true), vec![], vec![grant(1, 1, (1, 60))], ask(false, true)),
        ((false, true), vec![], vec![grant(1, 1, (0, 1))], open),
        ((true, true), vec![], vec![], ask(true, true)),
        ((true, true), vec![given(1, 1)], vec![], ask(false, true)),
        ((true, true), vec![], vec![grant(1, 1, hour)], ask(true, false)),
        ((true, true), vec![given(1, 1)], vec![grant(1, 1, hour)], open),
    ] {
        let set = compile(&[demanding(1, purpose, approval)], &RuleGroups::default()).of(app(1));
        assert_eq!(outcome(&set, Some(&Standing { purposes, grants })), expected, "{purpose} {approval}");
    }
}

#[test]
fn nothing_known_is_nothing_met_and_a_set_of_no_application_stays_closed() {
    let standing = Standing { purposes: vec![given(1, 1)], grants: vec![grant(1, 1, (0, 60))] };
    let policies = [demanding(1, true, true)];
    let (of_wiki, of_none) = (compile(&policies, &RuleGroups::default()).of(app(1)), compile(&policies, &RuleGroups::default()));
    assert!(of_wiki.has_demands());
    assert!(matches!(outcome(&of_wiki, None), Outcome::Ask(_)));
    let mara = person("mara", &[]);
    let facts = Facts { standing: Some(&standing), ..signed_in(&mara) };
    assert!(evaluate(&of_wiki, &facts).outcome.is_open());
    assert!(matches!(evaluate(&of_none, &facts).outcome, Outcome::Ask(_)));
}

#[test]
fn the_first_allow_that_matches_decides_even_when_its_demands_are_not_met() {
    let plain = || policy(2, "P", Allow, rules(vec![everyone()], vec![], vec![]));
    let block = policy(3, "P", Deny, rules(vec![everyone()], vec![], vec![]));
    let before = compile(&[plain(), demanding(1, true, false)], &RuleGroups::default()).of(app(1));
    assert_eq!(outcome(&before, None), Outcome::Allow { policy: policy_id(2) }, "who needs no approval stands above");
    let behind = compile(&[demanding(1, true, false), plain()], &RuleGroups::default()).of(app(1));
    assert!(matches!(outcome(&behind, None), Outcome::Ask(ask) if ask.policy == policy_id(1)));
    let blocked = compile(&[block, demanding(1, true, false)], &RuleGroups::default()).of(app(1));
    assert!(matches!(outcome(&blocked, None), Outcome::Deny(_)));
    assert_eq!(evaluate(&behind, &visitor()).outcome, Outcome::Login, "before the sign-in nothing is asked");
}
