//! The tests that are open, in memory: bounded, and forgotten after an hour.

use std::collections::HashMap;

use idp::trial::{TrialReport, TrialState};
use model::{IdpId, LoginTestId, Timestamp, idp::IdpConfig};
use parking_lot::Mutex;

use super::TestOrder;

/// Life of a test, its result included.
const LIFE_SECS: i64 = 3600;
/// Seconds without a return after which the list is shown.
const LATE_SECS: i64 = 60;
/// Tests kept; when there are more, the oldest goes.
const MOST: usize = 50;
/// Sign-ins that one test may start.
const MOST_ATTEMPTS: u32 = 20;

/// The tests that are open.
#[derive(Default)]
pub struct TestDesk {
    runs: Mutex<HashMap<LoginTestId, Run>>,
}

struct Run {
    order: TestOrder,
    begun_at: Timestamp,
    /// SHA-256 of the mark of the browser that opened it.
    browser: Option<String>,
    attempts: u32,
    stage: Stage,
}

/// How far a test is.
#[derive(Clone)]
pub(super) enum Stage {
    /// Nothing was sent yet.
    Ready,
    /// A sign-in is at the provider.
    Waiting(Box<Attempt>),
    /// It came back.
    Done(Box<TrialReport>),
}

/// A sign-in on its way.
#[derive(Clone)]
pub(super) struct Attempt {
    /// Names it.
    pub id: String,
    /// When it was sent.
    pub since: Timestamp,
    /// Address and parameters, without one-time values.
    pub sent: Vec<(String, String)>,
    /// The provider's settings then: others need another test.
    pub config: IdpConfig,
}

/// A test as its browser sees it.
pub(super) struct Seen {
    pub order: TestOrder,
    pub begun_at: Timestamp,
    pub attempts: u32,
    pub stage: Stage,
}

/// Why a start address does not open a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotBound {
    /// Another browser was first.
    Used,
    /// There is no such test any more.
    Gone,
}

impl TestDesk {
    pub(super) fn begin(&self, id: LoginTestId, order: TestOrder, now: Timestamp) {
        let mut runs = self.living(now);
        while runs.len() >= MOST {
            let oldest = runs.iter().min_by_key(|(_, run)| run.begun_at).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { break };
            runs.remove(&oldest);
        }
        runs.insert(id, Run { order, begun_at: now, browser: None, attempts: 0, stage: Stage::Ready });
    }

    /// Gives the test to this browser, unless another one has it.
    pub(super) fn bind(&self, id: &LoginTestId, browser: &str, now: Timestamp) -> Result<(), NotBound> {
        let mut runs = self.living(now);
        let run = runs.get_mut(id).ok_or(NotBound::Gone)?;
        match &run.browser {
            Some(other) if other != browser => Err(NotBound::Used),
            _ => {
                run.browser = Some(browser.to_owned());
                Ok(())
            }
        }
    }

    /// The test, for its own browser.
    pub(super) fn look(&self, id: &LoginTestId, browser: &str, now: Timestamp) -> Option<Seen> {
        let runs = self.living(now);
        let run = runs.get(id).filter(|run| run.browser.as_deref() == Some(browser))?;
        Some(Seen { order: run.order.clone(), begun_at: run.begun_at, attempts: run.attempts, stage: run.stage.clone() })
    }

    /// Another sign-in is on its way; one before it does not count any more. False when there were too many.
    pub(super) fn sent(&self, id: &LoginTestId, attempt: Attempt, now: Timestamp) -> bool {
        let mut runs = self.living(now);
        let Some(run) = runs.get_mut(id).filter(|run| run.attempts < MOST_ATTEMPTS) else { return false };
        run.attempts += 1;
        run.stage = Stage::Waiting(Box::new(attempt));
        true
    }

    /// The sign-in that the test waits for, by its name.
    pub(super) fn awaited(&self, id: &LoginTestId, attempt: &str, now: Timestamp) -> Option<Attempt> {
        match &self.living(now).get(id)?.stage {
            Stage::Waiting(awaited) if awaited.id == attempt => Some((**awaited).clone()),
            _ => None,
        }
    }

    /// Something came back for this sign-in, if it is still the one that is waited for.
    pub(super) fn finish(&self, id: &LoginTestId, attempt: &str, report: TrialReport, now: Timestamp) {
        if let Some(run) = self.living(now).get_mut(id)
            && matches!(&run.stage, Stage::Waiting(awaited) if awaited.id == attempt)
        {
            run.stage = Stage::Done(Box::new(report));
        }
    }

    /// Back to the button.
    pub(super) fn again(&self, id: &LoginTestId, now: Timestamp) {
        if let Some(run) = self.living(now).get_mut(id) {
            run.stage = Stage::Ready;
        }
    }

    /// The test for whoever ordered it.
    pub(super) fn report(&self, id: &LoginTestId, idp: &IdpId, by: &str, now: Timestamp) -> Option<TrialReport> {
        let runs = self.living(now);
        let run = runs.get(id).filter(|run| run.order.idp == *idp && run.order.by == by)?;
        Some(match &run.stage {
            Stage::Done(report) => (**report).clone(),
            Stage::Waiting(attempt) => blank(run.begun_at, attempt.sent.clone()),
            Stage::Ready => blank(run.begun_at, Vec::new()),
        })
    }

    fn living(&self, now: Timestamp) -> parking_lot::MutexGuard<'_, HashMap<LoginTestId, Run>> {
        let mut runs = self.runs.lock();
        runs.retain(|_, run| (0..LIFE_SECS).contains(&now.secs_since(run.begun_at)));
        runs
    }
}

/// A report of which nothing is known yet.
pub(super) fn blank(begun_at: Timestamp, sent: Vec<(String, String)>) -> TrialReport {
    TrialReport {
        state: TrialState::Waiting,
        begun_at,
        finished_at: None,
        forgotten_at: begun_at.plus_secs(LIFE_SECS),
        findings: Vec::new(),
        identity: None,
        sent,
        said: None,
    }
}

impl Seen {
    /// Nothing came back for a minute.
    pub(super) fn is_late(&self, now: Timestamp) -> bool {
        matches!(&self.stage, Stage::Waiting(attempt) if now.secs_since(attempt.since) >= LATE_SECS)
    }

    /// Changes with each step, so that a window knows when to look again.
    pub(super) fn mark(&self, now: Timestamp) -> String {
        let word = match &self.stage {
            Stage::Ready => "ready",
            Stage::Waiting(_) if self.is_late(now) => "late",
            Stage::Waiting(_) => "waiting",
            Stage::Done(report) => report.state.as_str(),
        };
        format!("{word}-{}", self.attempts)
    }
}

#[cfg(test)]
mod tests;
