//! Sets of many policies: the fast verdict passes over policies that a person's groups rule out, and must say what the long one says.

use model::{
    GrantId, ObjectId,
    access_grant::{Grant, PurposeGiven, Standing},
    access_policy::{AccessPolicy, Demands, PolicyAction},
    identity::Identity,
    rule::{Rule, RuleSet},
};
use policy::{Conclusion, Facts, Outcome, PolicySet, Remembered, evaluate, explain};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, subsequence},
};

use crate::cast::*;

const POOL: u32 = 40;

fn group(n: u32) -> ObjectId {
    ObjectId::new(uuid(2, n))
}
fn any_rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        12 => (0..POOL, 1u32..3).prop_map(|(n, of)| Rule::AzureGroup { id: group(n), identity_provider_id: idp(of) }),
        2 => (1u32..5).prop_map(rule_group),
        1 => Just(geo("PT")),
        1 => Just(geo("SE")),
        1 => Just(context("c1")),
        1 => Just(posture()),
    ]
}
fn any_rules() -> impl Strategy<Value = RuleSet> {
    (vec(any_rule(), 0..4), vec(any_rule(), 0..3), vec(any_rule(), 0..2))
        .prop_map(|(include, require, exclude)| rules(include, require, exclude))
}
fn any_set() -> impl Strategy<Value = PolicySet> {
    set_with(Just((false, false)).boxed())
}
/// Sets whose policies demand a purpose, an approval, both or nothing.
fn any_demanding_set() -> impl Strategy<Value = PolicySet> {
    set_with((any::<bool>(), any::<bool>()).boxed())
}
fn set_with(demands: BoxedStrategy<(bool, bool)>) -> impl Strategy<Value = PolicySet> {
    let action = prop_oneof![5 => Just(PolicyAction::Allow), 1 => Just(PolicyAction::Deny)];
    (vec((action, any_rules(), demands), 2..90), vec(any_rules(), 0..4)).prop_map(|(policies, groups)| {
        let made = |(n, (action, rules, (purpose, approval)))| {
            let demands = Demands { purpose_justification_required: purpose, approval_required: approval, ..Demands::default() };
            AccessPolicy { demands, ..policy(n, "P", action, rules) }
        };
        let policies: Vec<AccessPolicy> = (1u32..).zip(policies).map(made).collect();
        compile(&policies, &rule_groups((1u32..).zip(groups))).of(app_id(1))
    })
}
/// Purposes and grants for some of the first policies; some grants are over, some are of another application.
fn any_standing() -> impl Strategy<Value = Option<Standing>> {
    let grant = (1u32..20, -50i64..50, 1u32..3).prop_map(|(n, left, app)| Grant {
        id: GrantId::new(uuid(13, n)),
        user: person("mara", &[]).user_id,
        app: app_id(app),
        policy: policy_id(n),
        from: NOW.plus_secs(-100),
        until: NOW.plus_secs(left),
        approvers: vec![],
        reason: None,
        created_at: NOW,
    });
    let purpose = (1u32..20).prop_map(|n| PurposeGiven { app: app_id(1), policy: policy_id(n), text: "a storm".into(), at: NOW });
    let standing = (vec(purpose, 0..20), vec(grant, 0..20)).prop_map(|(purposes, grants)| Standing { purposes, grants });
    proptest::option::of(standing)
}
fn any_person() -> impl Strategy<Value = Identity> {
    let groups = subsequence((0..POOL * 2).map(group).collect::<Vec<_>>(), 0..30);
    (groups, 1u32..3).prop_map(|(groups, of)| Identity { idp: idp(of), ..person("mara", &groups) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_many_policies_the_fast_verdict_is_that_of_the_explanation(set in any_set(), person in any_person()) {
        let facts = signed_in(&person);
        prop_assert_eq!(explain(&set, &facts).conclusion, Conclusion::from(evaluate(&set, &facts).outcome));
    }

    #[test]
    fn demands_are_asked_for_by_both_verdicts_and_met_only_by_what_somebody_has(
        set in any_demanding_set(), person in any_person(), standing in any_standing(),
    ) {
        let facts = Facts { standing: standing.as_ref(), ..signed_in(&person) };
        let outcome = evaluate(&set, &facts).outcome;
        prop_assert_eq!(explain(&set, &facts).conclusion, Conclusion::from(outcome));
        // What somebody has opens the policy that asks, and changes nothing else.
        let bare = evaluate(&set, &signed_in(&person)).outcome;
        match bare {
            Outcome::Ask(ask) => prop_assert_eq!(outcome.policy(), Some(ask.policy)),
            _ => prop_assert_eq!(outcome, bare),
        }
    }

    #[test]
    fn what_was_remembered_is_said_of_its_own_version_only(set in any_set(), person in any_person(), version in 0..1u64 << 48, other: Index) {
        let Outcome::Allow { policy } = evaluate(&set, &signed_in(&person)).outcome else { return Ok(()) };
        let kept = Remembered::from_bits(Remembered::of(&set, version, policy).bits());
        let expected = (!set.has_continuous_rules()).then_some(policy);
        prop_assert_eq!(kept.policy(&set, version), expected);
        let other = other.index(1 << 20) as u64;
        prop_assert_eq!(kept.policy(&set, other), expected.filter(|_| other == version));
        prop_assert_eq!(Remembered::default().policy(&set, version), None);
    }
}

#[test]
fn policies_beyond_the_first_thousand_are_asked_too() {
    let mara = person("mara", &[group(1)]);
    for deciding in [1, 2, 1023, 1024, 1025, 1500] {
        let include = |n| Rule::AzureGroup { id: group(if n == deciding { 1 } else { 2 + n }), identity_provider_id: entra() };
        let policies: Vec<_> = (1..=1500).map(|n| policy(n, "P", PolicyAction::Allow, rules(vec![include(n)], vec![], vec![]))).collect();
        let set = compile(&policies, &RuleGroups::new());
        assert_eq!(evaluate(&set, &signed_in(&mara)).outcome, Outcome::Allow { policy: policy_id(deciding) });
        assert!(!evaluate(&set, &signed_in(&person("ilo", &[group(5000)]))).outcome.is_open());
    }
}

#[test]
fn an_open_door_takes_no_memory() {
    let mine: Vec<ObjectId> = (0..200).map(group).collect();
    let (mara, one) = (person("mara", &mine), person("ilo", &[group(7)]));
    let include = |n| Rule::AzureGroup { id: group(if n == 100 { 7 } else { 1000 + n }), identity_provider_id: entra() };
    let policies: Vec<_> = (1..=100).map(|n| policy(n, "P", PolicyAction::Allow, rules(vec![include(n)], vec![], vec![]))).collect();
    let mixed = [
        policy(1, "Block", PolicyAction::Deny, rules(vec![rule_group(1), on_email_list(1)], vec![geo("SE")], vec![])),
        policy(2, "Robots", PolicyAction::NonIdentity, rules(vec![any_token(), certificate()], vec![], vec![])),
        policy(3, "People", PolicyAction::Allow, rules(vec![rule_group(1), domain("harbourworks.example")], vec![on_ip_list(2)], vec![])),
    ];
    let groups = rule_groups([(1, rules(vec![azure(pilots()), evaluated(), email("bram@harbourworks.example")], vec![], vec![]))]);
    for set in [compile(&policies, &RuleGroups::new()), compile(&mixed, &groups)] {
        for person in [&mara, &one] {
            let facts: Facts<'_> = signed_in(person);
            let measured = allocation_counter::measure(|| assert!(evaluate(&set, &facts).outcome.is_open()));
            assert_eq!(measured.count_total, 0);
        }
    }
}
