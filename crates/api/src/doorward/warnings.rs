//! `warnings`: what needs an administrator (ruling 34). They come and go with what was found; nobody makes or deletes one.

use axum::extract::State;
use model::{
    Timestamp, WarningId,
    warning::{Alert, Subject, Warning},
};
use serde_json::{Value, json};

use super::check::finding;
use crate::{
    audit::Object,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

const NOUN: Object = Object("warning");

/// The worst first, then the oldest.
pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let mut warnings = state.read(|reader| Ok(reader.warnings()?)).await?;
    warnings.sort_by(|a, b| {
        let place = |w: &Warning| (std::cmp::Reverse(w.finding.severity), w.first_seen);
        place(a).cmp(&place(b)).then_with(|| a.finding.code.cmp(&b.finding.code)).then_with(|| a.id.cmp(&b.id))
    });
    Ok(Answer::page(paging.cut(warnings.iter().map(write))))
}

/// Takes note of a warning; it stays until what it tells of is gone, and is raised again when that grows worse.
pub(crate) async fn acknowledge(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<WarningId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let noted = state.write(move |tx, _| {
        let before = tx.warning(&id)?.ok_or_else(|| ApiError::missing("warning", id))?;
        let after = Warning { acknowledged: before.acknowledged.or(Some(tx.now())), ..before };
        tx.put_warning(&after)?;
        NOUN.acted(tx, actor, "acknowledge", id, write(&after))?;
        Ok(write(&after))
    });
    Ok(Answer::ok(noted.await?))
}

fn write(warning: &Warning) -> Value {
    let subject = match warning.subject {
        Subject::IdentityProvider(idp) => json!({ "kind": "identity_provider", "id": idp }),
        Subject::Organization => json!({ "kind": "organization" }),
    };
    let mut out = finding(&warning.finding);
    let (alert, alerted_at) = match &warning.alert {
        Alert::Due { .. } => ("due", None),
        Alert::Told { at } => ("told", Some(*at)),
        Alert::GivenUp => ("given_up", None),
    };
    if let Some(members) = out.as_object_mut() {
        members.shift_insert(0, "id".into(), json!(warning.id));
        members.insert("subject".into(), subject);
        members.insert("first_seen".into(), json!(warning.first_seen.rfc3339()));
        members.insert("last_seen".into(), json!(warning.last_seen.rfc3339()));
        members.insert("acknowledged".into(), json!(warning.acknowledged.map(Timestamp::rfc3339)));
        members.insert("alert".into(), json!(alert));
        members.insert("alerted_at".into(), json!(alerted_at.map(Timestamp::rfc3339)));
    }
    out
}
