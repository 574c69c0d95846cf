//! Warnings: what needs an administrator, kept until it is gone, told once and again as an end comes nearer.

use serde::{Deserialize, Serialize};

use crate::{
    IdpId, Timestamp, WarningId,
    finding::{Finding, Severity},
};

/// Days before an end at which it is told again.
pub const STEPS: [i64; 4] = [30, 14, 3, 1];
/// Seconds to wait after each attempt to tell that failed; after the last one it is given up.
const RETRIES: [i64; 6] = [60, 300, 900, 3600, 14_400, 43_200];

/// How the codes begin that provisioning raises and clears by itself, as it goes; a check of the set-up leaves those alone.
pub const OF_PROVISIONING: &str = "provisioning-";

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// A login method.
    IdentityProvider(IdpId),
    /// The organisation as a whole.
    Organization,
}

/// One thing that needs an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Id.
    pub id: WarningId,
    /// What it is about.
    pub subject: Subject,
    /// What was found last; its code, and what it is about, make it the same warning.
    pub finding: Finding,
    /// When it was found first.
    pub first_seen: Timestamp,
    /// When it was found last.
    pub last_seen: Timestamp,
    /// When an administrator took note; a warning that grows worse is raised again.
    #[serde(default)]
    pub acknowledged: Option<Timestamp>,
    /// How far it has been told.
    pub alert: Alert,
}

/// How far a warning has been told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Alert {
    /// To be told.
    Due {
        /// Attempts that failed so far.
        attempts: u8,
        /// Not before.
        at: Timestamp,
        /// The ways, as the server knows them, that told it already: they are not gone again.
        #[serde(default)]
        delivered: Vec<String>,
    },
    /// Told.
    Told {
        /// When.
        at: Timestamp,
    },
    /// Given up after the last attempt.
    GivenUp,
}

impl Alert {
    /// To be told at `now`, on every way.
    pub fn due(now: Timestamp) -> Self {
        Self::Due { attempts: 0, at: now, delivered: Vec::new() }
    }
    /// What comes after an attempt at `now` that reached these ways, and not all.
    #[must_use]
    pub fn failed(&self, now: Timestamp, delivered: Vec<String>) -> Self {
        match self {
            Self::Due { attempts, .. } => match RETRIES.get(usize::from(*attempts)) {
                Some(wait) => Self::Due { attempts: attempts + 1, at: now.plus_secs(*wait), delivered },
                None => Self::GivenUp,
            },
            other => other.clone(),
        }
    }
    /// Whether it is to be told at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self, Self::Due { at, .. } if *at <= now)
    }
    /// Whether this way told it already.
    pub fn was_told_by(&self, way: &str) -> bool {
        matches!(self, Self::Due { delivered, .. } if delivered.iter().any(|one| one == way))
    }
}

impl Warning {
    /// A new one; to be told at once.
    pub fn raise(id: WarningId, subject: Subject, finding: Finding, now: Timestamp) -> Self {
        Self { id, subject, finding, first_seen: now, last_seen: now, acknowledged: None, alert: Alert::due(now) }
    }
    /// Whether a finding about the same subject is this warning.
    pub fn is_about(&self, finding: &Finding) -> bool {
        self.finding.code == finding.code && self.finding.about == finding.about
    }
    /// The same, found again. When it is worse than before, or its end a step nearer, it is raised again: nobody took note of that yet.
    #[must_use]
    pub fn seen(self, finding: Finding, now: Timestamp) -> Self {
        let worse = finding.severity > self.finding.severity || step(&finding) > step(&self.finding);
        let (acknowledged, alert) = if worse { (None, Alert::due(now)) } else { (self.acknowledged, self.alert) };
        Self { finding, last_seen: now, acknowledged, alert, ..self }
    }
}

/// Whether a finding needs an administrator.
pub fn is_worth_a_warning(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}

/// How many of the steps before an end have been passed.
fn step(finding: &Finding) -> usize {
    finding.days_left.map_or(0, |left| STEPS.iter().filter(|days| left <= **days).count() + usize::from(left < 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + day * 86_400)
    }
    fn ends(days: i64) -> Finding {
        Finding::warning("secret-ends", format!("{days} days"), "Make a new one.").ending_in(days)
    }

    #[test]
    fn an_end_is_told_at_thirty_fourteen_three_and_one_day_and_when_it_has_come() {
        let subject = Subject::IdentityProvider(IdpId::random());
        let mut warning = Warning::raise(WarningId::random(), subject, ends(30), at(0));
        let mut told = vec![30];
        for day in 1..=32 {
            let left = 30 - day;
            warning.alert = Alert::Told { at: at(day) };
            warning.acknowledged = Some(at(day));
            warning = warning.seen(ends(left), at(day));
            if warning.alert.is_due(at(day)) {
                assert_eq!(warning.acknowledged, None, "raised again");
                told.push(left);
            } else {
                assert_eq!(warning.acknowledged, Some(at(day)));
            }
        }
        assert_eq!(told, [30, 14, 3, 1, -1]);
        assert_eq!((warning.first_seen, warning.last_seen), (at(0), at(32)));
    }

    #[test]
    fn what_grows_worse_is_raised_again_and_what_stays_is_not() {
        let subject = Subject::IdentityProvider(IdpId::random());
        let mild = Finding::warning("clock-skew", "90 s", "NTP");
        let mut warning = Warning::raise(WarningId::random(), subject, mild.clone(), at(0));
        warning.alert = Alert::Told { at: at(0) };
        warning = warning.seen(Finding { text: "95 s".into(), ..mild.clone() }, at(1));
        assert_eq!((&warning.alert, warning.finding.text.as_str()), (&Alert::Told { at: at(0) }, "95 s"));
        warning = warning.seen(Finding { severity: Severity::Fault, ..mild.clone() }, at(2));
        assert!(warning.alert.is_due(at(2)));
        assert!(warning.is_about(&mild) && !warning.is_about(&mild.clone().about("x")));
    }

    #[test]
    fn attempts_to_tell_are_bounded_and_grow_apart() {
        let (mut alert, mut now, mut attempts) = (Alert::due(at(0)), at(0), 0);
        while let Alert::Due { at, .. } = alert {
            assert!(at >= now);
            now = at;
            attempts += 1;
            assert!(alert.is_due(now) && !alert.is_due(now.plus_secs(-1)));
            alert = alert.failed(now, vec!["mail".into()]);
            assert_eq!(alert.was_told_by("mail"), alert != Alert::GivenUp);
        }
        assert_eq!((attempts, &alert), (7, &Alert::GivenUp));
        assert!(!alert.is_due(now));
    }

    #[test]
    fn what_was_stored_before_ways_were_remembered_can_be_read() {
        let stored = serde_json::json!({ "state": "due", "attempts": 2, "at": at(0) });
        let alert: Alert = serde_json::from_value(stored).unwrap();
        assert_eq!(alert, Alert::Due { attempts: 2, at: at(0), delivered: Vec::new() });
    }
}
