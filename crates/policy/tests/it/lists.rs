//! What `email_list` and `ip_list` say, by table.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    access_policy::PolicyAction::{Allow, Bypass, Deny},
    list::{Item, Items, List},
};
use policy::{Facts, Outcome, PolicySet, References, RequestFacts, Truth, evaluate};

use crate::{
    cast::*,
    selectors::{allow, says},
};

#[test]
fn an_address_on_the_list_matches_without_regard_to_case_when_it_is_vouched_for() {
    for (name, expected) in [("mara", (Truth::True, "matches")), ("ILO", (Truth::True, "matches")), ("bram", (Truth::False, "differs"))] {
        assert_eq!(allow(on_email_list(1), &person(name, &[])), expected, "{name}");
        assert_eq!(allow(on_email_list(1), &guest(name)), (Truth::Unknown, "email-unverified"), "{name}");
    }
    assert_eq!(says(Allow, on_email_list(1), &visitor()), (Truth::Pending, "sign-in-required"));
    assert_eq!(says(Bypass, on_email_list(1), &signed_in(&person("mara", &[]))), (Truth::Unknown, "identity-rule-not-counted"));
}

#[test]
fn an_address_in_one_of_the_networks_matches_and_no_address_is_unknown() {
    for (client, expected) in [
        (Some("203.0.113.0"), (Truth::True, "matches")),
        (Some("203.0.113.127"), (Truth::True, "matches")),
        (Some("203.0.113.128"), (Truth::False, "differs")),
        (Some("192.0.2.7"), (Truth::True, "matches")),
        (Some("192.0.2.8"), (Truth::False, "differs")),
        (Some("::ffff:192.0.2.7"), (Truth::True, "matches")),
        (Some("198.51.100.200"), (Truth::True, "matches")),
        (Some("2001:db8:5:ffff::1"), (Truth::True, "matches")),
        (Some("2001:db8:6::"), (Truth::False, "differs")),
        (Some("::1"), (Truth::False, "differs")),
        (None, (Truth::Unknown, "address-unknown")),
    ] {
        let facts = Facts { request: RequestFacts { ip: client.map(address), ..request() }, ..visitor() };
        for decision in [Allow, Bypass, Deny] {
            assert_eq!(says(decision, on_ip_list(2), &facts), expected, "{client:?}");
        }
    }
}

#[test]
fn a_list_that_is_missing_or_of_another_kind_is_unknown_and_skips_no_block() {
    let mara = person("mara", &[]);
    for (rule, reason) in [
        (on_email_list(2), "list-of-another-kind"),
        (on_ip_list(1), "list-of-another-kind"),
        (on_email_list(3), "list-missing"),
        (on_ip_list(3), "list-missing"),
    ] {
        assert_eq!(allow(rule.clone(), &mara), (Truth::Unknown, reason));
        assert_eq!(says(Allow, rule.clone(), &visitor()), (Truth::Unknown, reason));
        let block = policy(1, "Block", Deny, rules(vec![rule.clone()], vec![], vec![]));
        let open = policy(2, "Open", Allow, rules(vec![everyone()], vec![], vec![]));
        let outcome = evaluate(&compile(&[block, open.clone()], &RuleGroups::new()), &signed_in(&mara)).outcome;
        assert_eq!(outcome.policy(), Some(policy_id(1)), "{reason}");
        assert!(!outcome.is_open());
        let spared = policy(1, "Spared", Deny, rules(vec![everyone()], vec![], vec![rule]));
        assert!(!evaluate(&compile(&[spared, open], &RuleGroups::new()), &signed_in(&mara)).outcome.is_open());
    }
}

#[test]
fn a_list_of_many_thousands_is_searched_and_not_walked() {
    let item = |n: u32| Item { value: format!("person-{n}@harbourworks.example").parse().unwrap(), description: None, created_at: NOW };
    let items = Items::Email((0..50_000).rev().map(item).collect());
    let list = List { id: list_id(9), name: "Everybody".into(), description: None, items, created_at: NOW, updated_at: NOW };
    let lists = BTreeMap::from([(list.id, Arc::new(list))]);
    // A hundred policies name the list: made ready a hundred times over, this would take minutes without optimisation.
    let named = |n| policy(n, "Everybody", Allow, rules(vec![on_email_list(9)], vec![], vec![]));
    let policies: Vec<_> = (1..=100).map(named).collect();
    let references = References { groups: &RuleGroups::new(), posture: &BTreeMap::new(), lists: &lists, told: None };
    let set = PolicySet::compile(&policies.iter().collect::<Vec<_>>(), &references);
    for (name, admitted) in [("person-0", true), ("PERSON-49999", true), ("person-50000", false), ("person-", false)] {
        let outcome = evaluate(&set, &signed_in(&person(name, &[]))).outcome;
        assert_eq!(matches!(outcome, Outcome::Allow { .. }), admitted, "{name}");
    }
}
