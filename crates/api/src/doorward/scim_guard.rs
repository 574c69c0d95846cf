//! `identity_providers/{identity_provider_id}/scim/guard`: what the guard against mass deactivation holds, and the decision about it (ruling
//! 25).

use axum::extract::State;
use model::{
    IdpId, Timestamp,
    provisioning_guard::{Decision, Held, HeldAction, Settled},
    warning::Subject,
};
use serde_json::{Value, json};
use store::{Reader, StoreError, Tx};

use crate::{
    audit::Object,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::{ApiState, Stop},
};

const NOUN: Object = Object("scim_guard");
/// Code of the warning that was raised when it tripped.
const WARNING: &str = "provisioning-mass-deactivation";
/// Most held things that are shown.
const SHOWN: u64 = 100;

/// How it stands: its settings, what it counted, what it holds.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let now = state.now();
    Ok(Answer::ok(state.read(move |reader| show(reader, id, now)).await?))
}

/// Carries out everything that is held and watches anew.
pub(crate) async fn release(caller: Caller<OrgWrite>, state: State<ApiState>, at: At<IdpId>) -> Result<Answer, ApiError> {
    decide(caller, state, at, Decision::Release).await
}

/// Drops everything that is held: seats stay, deleted people are back as inactive users. Watches anew.
pub(crate) async fn refuse(caller: Caller<OrgWrite>, state: State<ApiState>, at: At<IdpId>) -> Result<Answer, ApiError> {
    decide(caller, state, at, Decision::Refuse).await
}

fn write(settled: &Settled, decision: Decision) -> Value {
    match decision {
        Decision::Release => {
            json!({ "decision": "release", "seats_freed": settled.seats_freed, "users_deleted": settled.users_deleted })
        }
        Decision::Refuse => json!({
            "decision": "refuse",
            "seats_kept": settled.seats_kept,
            "users_restored": settled.users_restored,
            "users_not_restored": settled.users_not_restored,
        }),
    }
}

/// Goes through what is held, some at a time; with the last of it the guard watches again. Interrupted, it has stayed tripped and the rest is
/// still held: decide again.
async fn decide(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    decision: Decision,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let mut all = Settled::default();
    loop {
        let by = actor.clone();
        let (settled, last) = state.write(move |tx, _| settle_some(tx, &by, id, decision)).await?;
        all.add(settled);
        if last {
            break;
        }
    }
    Ok(Answer::ok(write(&all, decision)))
}

fn settle_some(tx: &mut Tx<'_>, actor: &str, id: IdpId, decision: Decision) -> Result<(Settled, bool), Stop> {
    if tx.idp(&id)?.is_none() {
        return Err(ApiError::missing("identity provider", id).into());
    }
    if tx.tripped_guard(&id)?.is_none() {
        return Err(ApiError::Conflict("the guard of this provider has not tripped: nothing is held".into()).into());
    }
    let (settled, last) = tx.decide_held(&id, decision, actor)?;
    if last {
        tx.clear_warning(Subject::IdentityProvider(id), WARNING)?;
    }
    NOUN.acted(tx, actor.to_owned(), decision.as_str(), id, write(&settled, decision))?;
    Ok((settled, last))
}

fn show(reader: &Reader<'_>, id: IdpId, now: Timestamp) -> Result<Value, Stop> {
    let provider = reader.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
    let guard = provider.scim.own.guard;
    let tripped = reader.tripped_guard(&id)?;
    let counts = reader.held_counts(&id)?;
    let mut items = Vec::new();
    for held in reader.held(&id, SHOWN)? {
        items.push(item(reader, &held)?);
    }
    Ok(json!({
        "state": if tripped.is_some() { "tripped" } else { "watching" },
        "share_percent": guard.share_percent,
        "at_least": guard.at_least,
        "window_secs": guard.window_secs,
        "active_users": reader.provisioned_counts(&id)?.active_users,
        "deactivated_in_window": reader.deactivated_since(&id, now.plus_secs(-i64::from(guard.window_secs)))?,
        "tripped": tripped.map(|t| json!({ "at": t.at.rfc3339(), "deactivated": t.deactivated, "of": t.of })),
        "held": { "seats": counts.seats, "deletions": counts.deletions, "oldest": items },
    }))
}

fn item(reader: &Reader<'_>, held: &Held) -> Result<Value, StoreError> {
    let at = held.at.rfc3339();
    Ok(match &held.what {
        HeldAction::FreeSeat { user, resource } => {
            let email = reader.user(user)?.map(|person| person.email.as_str().to_owned());
            json!({ "kind": "seat", "held_at": at, "user_id": user, "email": email, "cf_resource_id": resource })
        }
        HeldAction::Delete(held) => json!({
            "kind": "deletion",
            "held_at": at,
            "cf_resource_id": held.user.id,
            "user_name": held.user.user_name,
            "groups": held.groups.len(),
        }),
    })
}
