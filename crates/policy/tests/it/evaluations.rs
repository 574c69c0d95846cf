//! What `external_evaluation` says, by table.

use model::{
    access_policy::PolicyAction::{Allow, Bypass, Deny},
    identity::{Evaluation, Verdict},
};
use policy::{Truth, evaluate};
use serde_json::json;

use crate::{
    cast::*,
    selectors::{allow, says},
};

#[test]
fn the_endpoints_word_counts_for_its_own_addresses_and_silence_is_unknown() {
    let mara = person("mara", &[]);
    for (said, expected) in [
        (Verdict::Yes, (Truth::True, "matches")),
        (Verdict::No, (Truth::False, "differs")),
        (Verdict::Nothing, (Truth::Unknown, "evaluation-failed")),
    ] {
        assert_eq!(allow(evaluated(), &judged(&mara, said)), expected);
    }
    let missing = (Truth::Unknown, "evaluation-missing");
    assert_eq!(allow(evaluated(), &mara), missing);
    let other_keys = rule(json!({"external_evaluation": {"evaluate_url": EVALUATE, "keys_url": "https://elsewhere.example/keys"}}));
    assert_eq!(allow(other_keys, &judged(&mara, Verdict::Yes)), missing);
    assert_eq!(says(Allow, evaluated(), &visitor()), (Truth::Pending, "sign-in-required"));
    let judged = judged(&mara, Verdict::Yes);
    assert_eq!(says(Bypass, evaluated(), &signed_in(&judged)), (Truth::Unknown, "identity-rule-not-counted"));
}

#[test]
fn the_last_word_counts() {
    let mut mara = judged(&person("mara", &[]), Verdict::Yes);
    let again = Evaluation { said: Verdict::No, ..mara.evaluations[0].clone() };
    mara.evaluations.push(again);
    assert_eq!(allow(evaluated(), &mara), (Truth::False, "differs"));
}

#[test]
fn a_silent_endpoint_opens_nothing_and_skips_no_block() {
    let policies = [
        policy(1, "Kept out", Deny, rules(vec![evaluated()], vec![], vec![])),
        policy(2, "Everyone", Allow, rules(vec![everyone()], vec![], vec![])),
    ];
    let set = compile(&policies, &RuleGroups::new());
    for (said, by) in [(Verdict::Yes, 1), (Verdict::Nothing, 1), (Verdict::No, 2)] {
        let mara = judged(&person("mara", &[]), said);
        assert_eq!(evaluate(&set, &signed_in(&mara)).outcome.policy(), Some(policy_id(by)), "{said:?}");
    }
    let door = compile(&[policy(1, "Good", Allow, rules(vec![evaluated()], vec![], vec![]))], &RuleGroups::new());
    let mara = judged(&person("mara", &[]), Verdict::Nothing);
    assert!(!evaluate(&door, &signed_in(&mara)).outcome.is_open());
    assert!(evaluate(&door, &signed_in(&judged(&mara, Verdict::Yes))).outcome.is_open());
}
