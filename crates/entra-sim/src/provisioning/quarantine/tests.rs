//! Owns the table of the quarantine rules.

use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::directory::id::{ObjectId, TenantId};
use crate::provisioning::escrow::Escrow;
use crate::provisioning::mapping::{ExternalIdSource, Schema};

fn job() -> Job {
    let mut job = Job::new(TenantId::random(), Uuid::nil(), ObjectId::random(), Schema::usual(Uuid::nil(), ExternalIdSource::MailNickname));
    job.state = ScheduleState::Active;
    job.notification.enabled = true;
    job.notification.recipients = "bram@harbourworks.example".into();
    job
}

fn start() -> Stamp {
    Stamp::new(time::OffsetDateTime::UNIX_EPOCH)
}

fn made(at: Stamp, entitled: u64) -> Execution {
    let state = "Succeeded".to_owned();
    Execution { activity: Uuid::nil(), began: at, ended: at, entitled, imported: 0, exported: 0, escrowed: 0, state, error: None }
}

fn failing(job: &mut Job, objects: usize, references: usize) {
    let held = Escrow::after(None, Value::Null, &Failure::Unmatched("x"), start());
    job.escrows = (0..objects).map(|_| (ObjectId::random(), held.clone())).collect();
    job.reference_escrows = (0..references).map(|_| (ObjectId::random(), held.clone())).collect();
}

#[test]
fn failures_count_from_their_thresholds_on() {
    let limits = Limits { failures: 5, share_percent: 40, most_failures: 8, most_of_any_kind: 12, quarantine_days: 28 };
    let table = [
        (4, 0, 4, None),
        (5, 0, 13, None),
        (5, 0, 12, Some("EncounteredEscrowProportionThreshold")),
        (5, 7, 13, None),
        (8, 0, 1_000, None),
        (9, 0, 1_000, Some("EncounteredBaseEscrowThreshold")),
        (0, 12, 1_000, None),
        (1, 12, 1_000, Some("EncounteredTotalEscrowThreshold")),
    ];
    for (objects, references, entitled, expected) in table {
        let mut job = job();
        failing(&mut job, objects, references);
        finish(&mut job, made(start(), entitled), None, &limits);
        let reason = job.quarantine.as_ref().map(|held| held.reason.as_str());
        assert_eq!(reason, expected, "{objects} objects and {references} references of {entitled}");
    }
    let usual = Limits::default();
    assert_eq!((usual.failures, usual.share_percent, usual.most_failures, usual.most_of_any_kind), (5_000, 40, 40_000, 60_000));
}

#[test]
fn a_job_in_quarantine_is_tried_daily_told_of_once_and_disabled_after_four_weeks() {
    let mut job = job();
    let fault = || Some(Fault::Endpoint(Failure::Credentials(401)));
    let mut at = start();
    for day in 0..=28 {
        finish(&mut job, made(at, 1), fault(), &Limits::default());
        let held = job.quarantine.as_ref().unwrap();
        assert_eq!((held.series_count, held.series_began), (day + 1, start()));
        assert_eq!(held.next_attempt, at.plus(86_400));
        assert_eq!(job.state == ScheduleState::Disabled, day == 28, "day {day}");
        at = held.next_attempt;
    }
    let subjects: Vec<&str> = job.mails.iter().map(|mail| mail.subject.split(':').next().unwrap()).collect();
    assert_eq!(subjects, ["Provisioning is in quarantine", "Provisioning was disabled after its time in quarantine"]);
}

#[test]
fn the_next_good_cycle_ends_a_quarantine() {
    let mut job = job();
    finish(&mut job, made(start(), 1), Some(Fault::Deletions(7)), &Limits::default());
    assert_eq!(job.quarantine.as_ref().unwrap().reason, "TooManyDeletes");
    finish(&mut job, made(start(), 1), None, &Limits::default());
    assert!(job.quarantine.is_none() && job.failures == 0 && job.steady);
}
