//! Rule groups: nesting, what is missing, cycles and sheer size.

use model::access_policy::PolicyAction;
use policy::{Outcome, Truth, evaluate, explain};

use crate::cast::*;

/// What a rule that names group 1 says about Mara, a pilot, and why when there is a reason of its own.
fn group_one(groups: &RuleGroups) -> (Truth, Option<&'static str>) {
    let mara = person("mara", &[pilots()]);
    let one = policy(1, "One", PolicyAction::Allow, rules(vec![rule_group(1)], vec![], vec![]));
    let said = explain(&compile(&[one], groups), &signed_in(&mara));
    let rule = &said.policies[0].lists.include[0];
    (rule.verdict, rule.reason.map(|reason| reason.as_str()))
}

#[test]
fn a_group_has_the_same_three_lists() {
    for (lists, expected) in [
        (rules(vec![azure(pilots())], vec![], vec![]), Truth::True),
        (rules(vec![azure(pilots())], vec![], vec![geo("PT")]), Truth::False),
        (rules(vec![azure(pilots())], vec![posture()], vec![]), Truth::Unknown),
        (rules(vec![], vec![azure(pilots())], vec![]), Truth::False),
    ] {
        assert_eq!(group_one(&rule_groups([(1, lists)])), (expected, None));
    }
}

#[test]
fn require_with_a_group_is_an_or() {
    let mara = person("mara", &[pilots()]);
    let groups = rule_groups([(1, rules(vec![geo("SE"), geo("PT")], vec![], vec![]))]);
    let one = policy(1, "One", PolicyAction::Allow, rules(vec![azure(pilots())], vec![rule_group(1)], vec![]));
    assert!(evaluate(&compile(&[one], &groups), &signed_in(&mara)).outcome.is_open());
}

#[test]
fn groups_nest_and_what_is_missing_is_unknown() {
    let nested = rule_groups([
        (1, rules(vec![rule_group(2)], vec![], vec![rule_group(3)])),
        (2, rules(vec![rule_group(4), azure(dock_crew())], vec![], vec![])),
        (3, rules(vec![geo("SE")], vec![], vec![])),
        (4, rules(vec![azure(pilots())], vec![], vec![])),
    ]);
    assert_eq!(group_one(&nested), (Truth::True, None));
    assert_eq!(group_one(&RuleGroups::new()), (Truth::Unknown, Some("rule-group-missing")));
    let hole = rule_groups([(1, rules(vec![everyone()], vec![], vec![rule_group(2)]))]);
    assert_eq!(group_one(&hole), (Truth::Unknown, None));
}

#[test]
fn every_group_that_leads_to_a_cycle_is_unknown_from_wherever_one_enters() {
    let round = |entry: u32| {
        let groups = rule_groups([
            (1, rules(vec![rule_group(entry), everyone()], vec![], vec![])),
            (2, rules(vec![rule_group(3), everyone()], vec![], vec![])),
            (3, rules(vec![rule_group(4), everyone()], vec![], vec![])),
            (4, rules(vec![everyone()], vec![], vec![rule_group(2)])),
        ]);
        group_one(&groups)
    };
    let cycle = (Truth::Unknown, Some("rule-group-cycle"));
    for entry in [1, 2, 3, 4] {
        assert_eq!(round(entry), cycle, "entry {entry}");
    }
}

#[test]
fn a_cycle_elsewhere_does_not_matter() {
    let groups = rule_groups([
        (1, rules(vec![azure(pilots())], vec![], vec![])),
        (8, rules(vec![rule_group(9)], vec![], vec![])),
        (9, rules(vec![rule_group(8)], vec![], vec![])),
    ]);
    assert_eq!(group_one(&groups), (Truth::True, None));
}

#[test]
fn a_group_that_doubles_at_each_level_is_refused_not_written_out() {
    let too_large = (Truth::Unknown, Some("rule-group-too-large"));
    // Group 1 names group 2 twice, group 2 names group 3 twice: 2^28 rules when written out.
    let doubling = rule_groups((1..=28).map(|n| {
        let below = match n {
            28 => azure(pilots()),
            _ => rule_group(n + 1),
        };
        (n, rules(vec![below.clone(), below], vec![], vec![]))
    }));
    let (verdict, _) = group_one(&doubling);
    assert_eq!(verdict, Truth::Unknown);
    // A chain of ten thousand groups must neither overflow the stack nor pass.
    let chain = rule_groups((1..=10_000).map(|n| {
        let below = match n {
            10_000 => azure(pilots()),
            _ => rule_group(n + 1),
        };
        (n, rules(vec![below], vec![], vec![]))
    }));
    assert_eq!(group_one(&chain).0, Truth::Unknown);
    let wide = rule_groups([(1, rules(vec![everyone(); 20_001], vec![], vec![]))]);
    assert_eq!(group_one(&wide), too_large);
}

#[test]
fn a_refusal_names_the_rule_inside_the_group() {
    let bram = person("bram", &[]);
    let groups = rule_groups([(1, rules(vec![azure(pilots())], vec![], vec![]))]);
    let one = policy(1, "One", PolicyAction::Allow, rules(vec![rule_group(1)], vec![], vec![]));
    let Outcome::Deny(denial) = evaluate(&compile(&[one], &groups), &signed_in(&bram)).outcome else { panic!("let in") };
    assert_eq!(denial.rule, Some("azureAD"));
    assert_eq!(denial.reason.as_str(), "differs");
}
