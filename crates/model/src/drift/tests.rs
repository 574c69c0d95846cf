//! What a report comes to.

use super::*;

fn group(outcome: Outcome) -> GroupReport {
    let id = "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014".parse().unwrap();
    GroupReport { id, name: Some("Pilots".into()), scim_id: None, policies: vec![], rule_groups: vec![], outcome }
}

fn report(outcomes: Vec<Outcome>) -> Report {
    let groups = outcomes.into_iter().map(group).collect();
    Report { at: Timestamp::from_secs(1_790_000_000), groups, groups_omitted: 0, expansion: None }
}

#[test]
fn what_could_not_be_asked_is_never_without_drift() {
    let same = || Outcome::Compared(Compared { directory: 3, scim: 3, disabled: 1, ..Compared::default() });
    let nested = || Outcome::Compared(Compared { nested: 2, ..Compared::default() });
    let extra = || Outcome::Compared(Compared { extra: 1, ..Compared::default() });
    let unreadable = || Outcome::Compared(Compared { unreadable: 1, ..Compared::default() });
    let unknown = || Outcome::Unknown { why: "w".into(), fix: "f".into() };
    for (outcomes, verdict, complete) in [
        (vec![], Verdict::NoDrift, true),
        (vec![same(), Outcome::NotProvisioned], Verdict::NoDrift, true),
        (vec![same(), unknown()], Verdict::Unknown, false),
        (vec![same(), unreadable()], Verdict::Unknown, false),
        (vec![unknown(), nested()], Verdict::Drift, false),
        (vec![extra()], Verdict::Drift, true),
        (vec![same(), Outcome::Gone], Verdict::Drift, true),
    ] {
        let report = report(outcomes);
        assert_eq!((report.verdict(), report.is_complete()), (verdict, complete), "{report:?}");
        let kept = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&kept).unwrap(), report, "as it was kept");
    }
    assert_eq!(Report { groups_omitted: 1, ..report(vec![same()]) }.verdict(), Verdict::Unknown);
    assert_eq!(report(vec![nested(), nested(), unknown()]).nested(), 4);
}

#[test]
fn an_expansion_is_warned_about_when_it_is_older_than_three_intervals() {
    let at = |secs: i64| Timestamp::from_secs(1_790_000_000 + secs);
    let expansion = |oldest| Expansion { every_secs: 600, groups: 2, oldest, why: Some("Microsoft Graph refused".into()) };
    for (oldest, now, warned) in [(None, 0, false), (Some(at(0)), 1800, false), (Some(at(0)), 1801, true), (Some(at(0)), -50, false)] {
        let finding = expansion(oldest).finding(at(now));
        assert_eq!(finding.is_some(), warned, "{oldest:?} {now}");
        assert!(finding.is_none_or(|finding| finding.text.contains("refused") && finding.code == Expansion::CODE));
    }
}
