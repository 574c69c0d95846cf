//! A test's result as it is kept, and its record in the audit log: that it was made and how it ended, nothing of the person.

use idp::{
    entra::Finding,
    trial::{Said, TrialReport, TrialState},
};
use model::{LoginTestId, Timestamp, log::AuditRecord};
use serde_json::{Value, json};

use super::{TestOrder, desk::blank};
use crate::state::LoginState;

pub(super) fn passed(
    begun_at: Timestamp,
    sent: Vec<(String, String)>,
    findings: Vec<Finding>,
    identity: Value,
    now: Timestamp,
) -> TrialReport {
    TrialReport { state: TrialState::Passed, finished_at: Some(now), findings, identity: Some(identity), ..blank(begun_at, sent) }
}

pub(super) fn failed(
    begun_at: Timestamp,
    sent: Vec<(String, String)>,
    findings: Vec<Finding>,
    said: Option<Said>,
    now: Timestamp,
) -> TrialReport {
    TrialReport { state: TrialState::Failed, finished_at: Some(now), findings, said, ..blank(begun_at, sent) }
}

/// The login method was removed or changed while the sign-in was under way.
pub(super) fn changed() -> Finding {
    Finding::fault(
        "provider-changed",
        "the settings of this login method were changed while the sign-in was under way, so its answer was not used",
        "Test again with the settings as they are now.",
    )
}

/// The login method is not there any more.
pub(super) fn gone() -> Finding {
    Finding::fault("provider-removed", "this login method was removed", "Make it again, then test it.")
}

/// Writes down how a test ended. A store that does not answer does not stop the test.
pub(super) async fn write_down(state: &LoginState, id: &LoginTestId, order: &TestOrder, outcome: &'static str) {
    let record = AuditRecord {
        at: state.now(),
        actor: order.by.clone(),
        action: format!("identity_provider.test_{outcome}"),
        object: format!("identity_provider/{}", order.idp),
        before: None,
        after: Some(json!({ "test": id })),
    };
    if let Err(error) = state.guard.store().write(move |tx| tx.audit(&record)).await {
        tracing::warn!(error = %error, test.id = %id, outcome, "the end of a login method's test could not be written down");
    }
}
