//! Answers of a provider and what becomes of the session.

use idp::Remedy;
use model::identity::{DirectoryGroup, GroupSource, GroupsUnknown};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_790_100_000_000);

fn pilots() -> ObjectId {
    "00000000-0000-4000-8000-000000000077".parse().unwrap()
}

fn groups(list: &[ObjectId]) -> Groups {
    Groups::known(list.iter().map(|id| DirectoryGroup { id: *id, name: None }).collect(), GroupSource::Token, NOW)
}

fn judged(answer: Result<Refreshed, RefreshError>, failing_for: Option<i64>) -> Verdict {
    let check = SessionCheck {
        next_check_at: NOW,
        checked_at: None,
        good_at: None,
        failing_since: failing_for.map(|secs| NOW.plus_secs(-secs)),
        failures: 0,
        outcome: None,
    };
    let (then, named) = (groups(&[pilots()]), [pilots()].into());
    judge(answer, &Known { groups: &then, named: &named, check: &check, grace_seconds: 3600, now: NOW })
}

fn told(groups: Groups) -> Result<Refreshed, RefreshError> {
    Ok(Refreshed { refresh_token: Some(Secret::new("next")), groups, skew_secs: None })
}

fn refusal(code: u32, error: &str) -> Box<Refusal> {
    Box::new(Refusal {
        code: Some(code),
        error: error.into(),
        cause: "c".into(),
        fix: "f".into(),
        remedy: Remedy::Person,
        detail: "d".into(),
    })
}

#[test]
fn a_person_as_they_were_lives_on_with_the_new_token() {
    let Verdict::Lives { outcome, renewed, trouble, provider } = judged(told(groups(&[pilots()])), Some(9_999)) else { panic!("ended") };
    assert_eq!((outcome, trouble, provider), (CheckOutcome::Good, None, Provider::Answers));
    assert_eq!(renewed.unwrap().expose(), "next");
}

#[test]
fn a_withdrawn_grant_ends_the_session_and_a_gone_account_all_of_the_persons() {
    for (code, error, reach) in [
        (50_057, "invalid_grant", Whose::Person),
        (50_034, "invalid_grant", Whose::Person),
        (50_173, "invalid_grant", Whose::Session),
        (70_043, "invalid_grant", Whose::Session),
        (50_076, "interaction_required", Whose::Session),
        (65_001, "consent_required", Whose::Session),
        (99_999_999, "invalid_grant", Whose::Session),
    ] {
        let verdict = judged(Err(RefreshError::Revoked(refusal(code, error))), None);
        let Verdict::Ends { why, whose, record } = verdict else { panic!("{code} lives") };
        assert_eq!((why, whose), (RevokeReason::ProviderRevoked, reach), "{code}");
        assert_eq!(record["code"], format!("AADSTS{code}"));
    }
}

#[test]
fn another_set_of_groups_ends_the_session() {
    let Verdict::Ends { why, whose, record } = judged(told(groups(&[])), None) else { panic!("lives") };
    assert_eq!((why, whose), (RevokeReason::GroupChange, Whose::Session));
    assert_eq!(record["left"][0], pilots().to_string());
}

#[test]
fn without_an_answer_the_session_lives_until_the_grace_is_over() {
    let down = || Err(RefreshError::Transient(SignInError::Down { what: "Entra", detail: "timed out".into() }));
    let odd = || Err(RefreshError::Transient(SignInError::Nonsense { what: "Entra", detail: "no JSON".into() }));
    let refused = || Err(RefreshError::Transient(SignInError::Refused(refusal(7_000_222, "invalid_client"))));
    let unknown = || told(Groups::Unknown { reason: GroupsUnknown::GraphFailed, at: NOW });
    for (answer, outcome, expected) in [
        (&down as &dyn Fn() -> _, CheckOutcome::Unreachable, Provider::Silent),
        (&refused, CheckOutcome::Unreachable, Provider::Silent),
        (&odd, CheckOutcome::Unreachable, Provider::Answers),
        (&unknown, CheckOutcome::GroupsUnknown, Provider::Answers),
    ] {
        for failing_for in [None, Some(3_599)] {
            let Verdict::Lives { outcome: found, provider, .. } = judged(answer(), failing_for) else { panic!("ended") };
            assert_eq!((found, provider), (outcome, expected));
        }
        let Verdict::Ends { why, whose, .. } = judged(answer(), Some(3_600)) else { panic!("lives on") };
        assert_eq!((why, whose), (RevokeReason::ProviderSilent, Whose::Session));
    }
}

#[test]
fn a_renewed_token_is_kept_although_groups_were_not_told() {
    let verdict = judged(told(Groups::Unknown { reason: GroupsUnknown::GraphFailed, at: NOW }), None);
    let Verdict::Lives { renewed, .. } = verdict else { panic!("ended") };
    assert_eq!(renewed.unwrap().expose(), "next");
}
