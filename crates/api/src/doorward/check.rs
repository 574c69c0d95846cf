//! `identity_providers/{identity_provider_id}/check`: what a login method's settings are worth, found without a browser.

use axum::extract::State;
use model::{IdpId, finding::Finding};
use serde_json::{Value, json};

use crate::{
    audit::Object,
    body::OptionalJson,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("identity_provider");

/// Checks now. Needs the right to write, because the server makes calls for it and shows its credential.
pub(crate) async fn post(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    OptionalJson(body): OptionalJson,
) -> Result<Answer, ApiError> {
    let person = body.map(|body| read(&body)).transpose()?.flatten();
    state.store.snapshot().idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let (actor, about) = (caller.actor(), json!({ "person": person }));
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "check", id, about)?)).await?;
    let checked = state.doctor().examine(id, person.as_deref(), state.now()).await?;
    let checked = checked.ok_or_else(|| ApiError::missing("identity provider", id))?;
    Ok(Answer::ok(write(&checked.at.rfc3339().into(), &checked.findings)))
}

/// The last check that was not about a person; times are null before the first one.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    state.store.snapshot().idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let checked = state.read(move |reader| Ok(reader.provider_check(&id)?)).await?;
    Ok(Answer::ok(match checked {
        Some(checked) => write(&checked.at.rfc3339().into(), &checked.findings),
        None => write(&Value::Null, &[]),
    }))
}

/// A user principal name or object id: one segment of an address, without anything that would make it two.
fn read(body: &Value) -> Result<Option<String>, ApiError> {
    let faults = Faults::default();
    let person = Fields::of(body, "", &faults).map(|f| {
        let person = f.text_up_to("person", 255).map(str::to_owned);
        let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '/' | '\\' | '?');
        if person.as_deref().is_some_and(|p| p.is_empty() || p.starts_with('.') || p.contains(odd)) {
            f.fault("person", "must be a user principal name or an object id");
        }
        f.done();
        person
    });
    faults.finish_some(person)
}

fn write(at: &Value, findings: &[Finding]) -> Value {
    json!({ "checked_at": at, "findings": findings.iter().map(finding).collect::<Vec<_>>() })
}

/// A finding on the wire: always these members.
pub(super) fn finding(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.as_str(),
        "code": finding.code,
        "about": finding.about,
        "text": finding.text,
        "fix": finding.fix,
        "link": finding.link,
        "days_left": finding.days_left,
    })
}
