//! `identity_providers/{identity_provider_id}/test` and `…/tests/{test_id}`: a login method tried by a real sign-in. It is started
//! here, finished in a browser, and its result goes to that browser and to the token that started it (ruling 30).

use axum::extract::State;
use idp::trial::{Said, TrialReport};
use model::{IdpId, LoginTestId, Timestamp};
use serde_json::{Map, Value, json};

use super::check::finding;
use crate::{
    audit::Object,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("identity_provider");

/// A test as it is ordered.
#[derive(Debug, Clone)]
pub struct LoginTestOrder {
    /// The login method.
    pub idp: IdpId,
    /// Its name.
    pub provider: String,
    /// Who orders it, as audit records name them.
    pub by: String,
    /// The name of their token, for the pages.
    pub by_name: String,
}

/// A test that was begun.
#[derive(Debug, Clone)]
pub struct BegunTest {
    /// Names it.
    pub id: LoginTestId,
    /// The start address: opened once, by one browser.
    pub url: String,
    /// Until when the start address is good.
    pub expires_at: Timestamp,
}

/// The tests of login methods, which the team domain carries out.
pub trait LoginTests: Send + Sync {
    /// Begins one.
    fn begin(&self, order: LoginTestOrder) -> BegunTest;
    /// How a test of this provider stands; `None` when there is none that `by` ordered.
    fn report(&self, id: &LoginTestId, idp: &IdpId, by: &str) -> Option<TrialReport>;
}

/// Begins a test. That it was begun is written down before anybody is told where.
pub(crate) async fn begin(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let (actor, snapshot) = (caller.actor(), state.store.snapshot());
    let idp = snapshot.idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let order = LoginTestOrder { idp: id, provider: idp.name.clone(), by: actor.clone(), by_name: caller.name() };
    let begun = state.tests.begin(order);
    let test = begun.id.clone();
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "test", id, json!({ "test": test }))?)).await?;
    Ok(Answer::created(json!({ "id": begun.id, "url": begun.url, "expires_at": begun.expires_at.rfc3339() })))
}

/// How it stands: for the token that began it, and as long as it is kept.
pub(crate) async fn get(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    At(test): At<LoginTestId>,
) -> Result<Answer, ApiError> {
    let report = state.tests.report(&test, &id, &caller.actor()).ok_or_else(|| ApiError::missing("test of a login method", &test))?;
    Ok(Answer::ok(write(&test, &report)))
}

fn write(id: &LoginTestId, report: &TrialReport) -> Value {
    json!({
        "id": id,
        "state": report.state.as_str(),
        "begun_at": report.begun_at.rfc3339(),
        "finished_at": report.finished_at.map(Timestamp::rfc3339),
        "forgotten_at": report.forgotten_at.rfc3339(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "identity": report.identity,
        "sent": sent(&report.sent),
        "said": report.said.as_ref().map(said),
    })
}

/// The request: its address and its parameters; null while nothing was sent.
fn sent(sent: &[(String, String)]) -> Value {
    let Some(((_, url), parameters)) = sent.split_first() else { return Value::Null };
    let parameters: Map<String, Value> = parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({ "url": url, "parameters": parameters })
}

fn said(said: &Said) -> Value {
    json!({
        "error": said.error,
        "code": said.code,
        "correlation_id": said.correlation_id,
        "trace_id": said.trace_id,
        "at": said.at,
        "text": said.text,
    })
}
