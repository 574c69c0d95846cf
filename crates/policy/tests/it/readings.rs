//! What is polled about people: devices and risk, by table.

use std::sync::Arc;

use model::{
    identity::Identity,
    posture::ComplianceStatus::{self, Compliant, Error, InGracePeriod, NonCompliant},
    readings::{Reading, Readings, Risk},
    rule::{RiskLevel, Rule},
};
use policy::{Facts, Truth, explain};
use serde_json::json;

use crate::cast::*;

fn says(rule: Rule, identity: Option<&Identity>, readings: Option<&Readings>) -> (Truth, &'static str) {
    let one = policy(1, "One", model::access_policy::PolicyAction::Allow, rules(vec![rule], vec![], vec![]));
    let facts = Facts { request: request(), identity, readings, standing: None };
    let explanation = explain(&compile(&[one], &RuleGroups::new()), &facts);
    let rule = &explanation.policies[0].lists.include[0];
    (rule.verdict, rule.reason.unwrap().as_str())
}

fn devices(list: &[ComplianceStatus]) -> Readings {
    Readings { devices: [(intune(), reading([("mara", list.to_vec())]))].into(), ..Readings::default() }
}

#[test]
fn all_devices_means_at_least_one_and_each_of_them() {
    let mara = person("mara", &[]);
    for (list, expected) in [
        (vec![Compliant], (Truth::True, "matches")),
        (vec![Compliant, Compliant], (Truth::True, "matches")),
        (vec![Compliant, NonCompliant], (Truth::False, "differs")),
        (vec![InGracePeriod], (Truth::False, "differs")),
        (vec![Error, Compliant], (Truth::False, "differs")),
        (vec![], (Truth::False, "no-device")),
    ] {
        assert_eq!(says(all_compliant(), Some(&mara), Some(&devices(&list))), expected, "{list:?}");
    }
    let ilo = person("ilo", &[]);
    assert_eq!(says(all_compliant(), Some(&ilo), Some(&devices(&[Compliant]))), (Truth::False, "no-device"));
    assert_eq!(says(all_compliant(), None, Some(&devices(&[Compliant]))), (Truth::Pending, "sign-in-required"));
}

#[test]
fn what_was_not_read_or_long_ago_or_elsewhere_is_unknown() {
    let mara = person("mara", &[]);
    assert_eq!(says(all_compliant(), Some(&mara), None), (Truth::Unknown, "devices-unread"));
    assert_eq!(says(all_compliant(), Some(&mara), Some(&Readings::default())), (Truth::Unknown, "devices-unread"));
    let changed = |change: fn(&mut Reading<Vec<ComplianceStatus>>)| {
        let mut readings = devices(&[Compliant]);
        change(Arc::make_mut(readings.devices.get_mut(&intune()).unwrap()));
        says(all_compliant(), Some(&mara), Some(&readings))
    };
    assert_eq!(changed(|r| r.good_until = NOW), (Truth::Unknown, "devices-stale"));
    assert_eq!(changed(|r| r.good_until = NOW.plus_secs(1)), (Truth::True, "matches"));
    assert_eq!(changed(|r| r.at = NOW.plus_secs(60)), (Truth::True, "matches"));
    assert_eq!(changed(|r| r.at = NOW.plus_secs(61)), (Truth::Unknown, "devices-stale"), "the clock was set back");
    assert_eq!(changed(|r| r.issuer = "another tenant".into()), (Truth::Unknown, "other-directory"));
    let of_rule = |n: u32| rule(json!({"device_posture": {"integration_uid": uuid(8, n)}}));
    assert_eq!(says(of_rule(3), Some(&mara), Some(&devices(&[Compliant]))), (Truth::Unknown, "devices-stale"), "its own time is over");
    assert_eq!(says(of_rule(9), Some(&mara), Some(&devices(&[Compliant]))), (Truth::Unknown, "posture-rule-missing"));
}

#[test]
fn the_device_at_hand_is_never_taken_for_one_of_the_persons() {
    let mara = person("mara", &[]);
    let at_hand = rule(json!({"device_posture": {"integration_uid": uuid(8, 2)}}));
    for identity in [Some(&mara), None] {
        assert_eq!(says(at_hand.clone(), identity, Some(&devices(&[Compliant]))), (Truth::Unknown, "device-not-linked"));
    }
}

#[test]
fn risk_is_a_level_in_the_list() {
    let (mara, ilo) = (person("mara", &[]), person("ilo", &[]));
    let with = |risk| Readings { risk: [(entra(), reading([("mara", risk)]))].into(), ..Readings::default() };
    let high = with(Risk::Level(RiskLevel::High));
    assert_eq!(says(risk(&["high"]), Some(&mara), Some(&high)), (Truth::True, "matches"));
    assert_eq!(says(risk(&["low", "unscored"]), Some(&mara), Some(&high)), (Truth::False, "differs"));
    assert_eq!(says(risk(&["low", "unscored"]), Some(&ilo), Some(&high)), (Truth::True, "matches"), "who is not listed has no score");
    assert_eq!(says(risk(&["low", "unscored"]), Some(&mara), Some(&with(Risk::Hidden))), (Truth::Unknown, "risk-hidden"));
    assert_eq!(says(risk(&["low"]), Some(&mara), None), (Truth::Unknown, "risk-unread"));
    assert_eq!(says(risk(&["low"]), None, Some(&high)), (Truth::Pending, "sign-in-required"));
    let mut old = with(Risk::Level(RiskLevel::Low));
    Arc::make_mut(old.risk.get_mut(&entra()).unwrap()).good_until = NOW;
    assert_eq!(says(risk(&["low"]), Some(&mara), Some(&old)), (Truth::Unknown, "risk-stale"));
}

#[test]
fn the_explanation_tells_source_and_age() {
    let mara = person("mara", &[]);
    let readings = readings_of_mara();
    let one = policy(1, "One", model::access_policy::PolicyAction::Allow, rules(vec![all_compliant(), risk(&["low"])], vec![], vec![]));
    let facts = Facts { request: request(), identity: Some(&mara), readings: Some(&readings), standing: None };
    let text = serde_json::to_value(explain(&compile(&[one], &RuleGroups::new()), &facts)).unwrap().to_string();
    for part in ["\"intune\"", "\"identity-protection\"", "\"age_seconds\":120"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
