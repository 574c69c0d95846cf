//! What rules about client certificates and tokens of linked applications say, by table.

use model::{
    access_policy::PolicyAction::{Allow, Bypass, Deny, NonIdentity},
    rule::Rule,
};
use policy::{Fact, Facts, Presented, RequestFacts, Truth};

use crate::{cast::*, selectors::says};

fn showing(certificate: Fact<Option<Presented<'_>>>) -> Facts<'_> {
    Facts { request: RequestFacts { certificate, ..request() }, identity: None, readings: None, standing: None }
}

#[test]
fn a_certificate_is_shown_or_not_or_was_never_asked_for() {
    let (yes, no, not_asked) =
        ((Truth::True, "matches"), (Truth::False, "no-client-certificate"), (Truth::Unknown, "client-certificate-not-asked"));
    type Row = (Fact<Option<Presented<'static>>>, Rule, (Truth, &'static str));
    let table: [Row; 10] = [
        (Fact::Known(Some(shown(Some("agent-7")))), certificate(), yes),
        (Fact::Known(Some(shown(None))), certificate(), yes),
        (Fact::Known(None), certificate(), no),
        (Fact::Unknown, certificate(), not_asked),
        (Fact::Known(Some(shown(Some("agent-7")))), common_name("agent-7"), yes),
        (Fact::Known(Some(shown(Some("agent-70")))), common_name("agent-7"), (Truth::False, "differs")),
        (Fact::Known(Some(shown(Some("Agent-7")))), common_name("agent-7"), (Truth::False, "differs")),
        (Fact::Known(Some(shown(None))), common_name("agent-7"), (Truth::Unknown, "common-name-unclear")),
        (Fact::Known(None), common_name("agent-7"), no),
        (Fact::Unknown, common_name("agent-7"), not_asked),
    ];
    for (fact, rule, expected) in table {
        // Certificates count in every kind of policy, before a sign-in as after it.
        for decision in [Allow, Deny, Bypass, NonIdentity] {
            assert_eq!(says(decision, rule.clone(), &showing(fact)), expected, "{decision:?} {fact:?} {rule:?}");
        }
        let mara = person("mara", &[]);
        assert_eq!(says(Allow, rule, &Facts { identity: Some(&mara), ..showing(fact) }), expected);
    }
}

#[test]
fn a_linked_application_counts_in_service_auth_and_block_only() {
    let with = |app| Facts { request: RequestFacts { linked_app: app, ..request() }, identity: None, readings: None, standing: None };
    let (none, first) = (with(None), with(Some(app_id(1))));
    for (decision, rule, facts, expected) in [
        (NonIdentity, linked(1), &first, (Truth::True, "matches")),
        (Bypass, linked(1), &first, (Truth::True, "matches")),
        (Deny, linked(1), &first, (Truth::True, "matches")),
        (Allow, linked(1), &first, (Truth::Unknown, "linked-app-token-not-counted")),
        (NonIdentity, linked(2), &first, (Truth::False, "differs")),
        (Allow, linked(2), &first, (Truth::False, "differs")),
        (NonIdentity, linked(1), &none, (Truth::False, "no-linked-app-token")),
        (Deny, linked(1), &none, (Truth::False, "no-linked-app-token")),
    ] {
        assert_eq!(says(decision, rule.clone(), facts), expected, "{decision:?} {rule:?}");
    }
}
