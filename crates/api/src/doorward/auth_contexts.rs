//! `identity_providers/{identity_provider_id}/auth_contexts`: the authentication contexts that were imported of an Entra tenant, for
//! whoever builds rules with them.

use std::pin::Pin;

use axum::extract::State;
use idp::{Provider, entra::ContextsError};
use model::{IdpId, auth_context::Imported};
use serde_json::{Value, json};

use crate::{
    audit::Object,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("identity_provider_auth_contexts");

/// An import under way.
pub type Importing<'a> = Pin<Box<dyn Future<Output = Result<Imported, ContextsError>> + Send + 'a>>;

/// What was read last; `read_at` is null where nothing was.
pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    snapshot.idps.get(&id).and_then(|idp| idp.config.entra()).ok_or_else(|| not_entra(id))?;
    Ok(Answer::ok(write(id, snapshot.auth_contexts.get(&id).map(AsRef::as_ref))))
}

/// Reads them now. Needs the right to write, because the server makes calls for it and proves itself with the secret.
pub(crate) async fn refresh(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let (actor, snapshot) = (caller.actor(), state.store.snapshot());
    let idp = snapshot.idps.get(&id).ok_or_else(|| not_entra(id))?;
    let settings = idp.config.entra().ok_or_else(|| not_entra(id))?;
    if !settings.conditional_access_enabled {
        return Err(ApiError::Conflict("conditional_access_enabled is off for this provider: switch it on first".into()));
    }
    let credentials = snapshot.idp_credentials.get(&id).cloned().unwrap_or_default();
    let provider = Provider { config: &idp.config, credentials: &credentials };
    let imported = state.checker.auth_contexts(provider, state.now()).await.map_err(refused)?;
    let asked_of = idp.config.clone();
    let saved = state.write(move |tx, _| {
        let idp = tx.idp(&id)?.ok_or_else(|| not_entra(id))?;
        if idp.config != asked_of {
            return Err(ApiError::Conflict("the provider was changed while it was asked: try again".into()).into());
        }
        let before = tx.auth_contexts(&id)?;
        tx.set_auth_contexts(&id, Some(&imported))?;
        let after = write(id, Some(&imported));
        NOUN.updated(tx, actor, id, (write(id, before.as_ref()), after.clone()))?;
        Ok(after)
    });
    Ok(Answer::ok(saved.await?))
}

fn refused(error: ContextsError) -> ApiError {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    ApiError::Conflict(format!("{error}{cause}. {}", error.fix()))
}

/// Only Entra has authentication contexts.
fn not_entra(id: IdpId) -> ApiError {
    ApiError::missing("Entra identity provider", id)
}

/// `id` and `ac_id` are what a rule takes; `has_policy` is whether an enabled Conditional Access policy uses the context.
fn write(idp: IdpId, imported: Option<&Imported>) -> Value {
    let contexts: Vec<Value> = imported
        .into_iter()
        .flat_map(|imported| &imported.contexts)
        .map(|context| {
            json!({
                "id": context.id, "ac_id": context.id, "display_name": context.display_name, "description": context.description,
                "is_available": true, "has_policy": context.in_use.as_str(),
            })
        })
        .collect();
    json!({
        "identity_provider_id": idp,
        "read_at": imported.map(|imported| imported.read_at.rfc3339()),
        "policies_unread": imported.and_then(|imported| imported.policies_unread.clone()),
        "auth_contexts": contexts,
    })
}
