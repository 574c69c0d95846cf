//! Replaces a provider's settings. The client secret stays unless another one is sent.

use std::sync::Arc;

use axum::extract::State;
use model::{
    IdpId,
    idp::{ClientAuthentication, EntraSettings, IdentityProvider, IdpConfig, OidcSettings, ScimSettings},
};

use super::{NOUN, create::first_secret, end_inactive, end_sessions, forget_secrets, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, OrgWrite},
    doorward::console,
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let draft = wire::read(&body, wire::For::Replace, &state.config)?;
    same_object(&body, &id)?;
    let (actor, config, store) = (caller.actor(), Arc::clone(&state.config), state.store.clone());
    let saved = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        let kept = with_own_settings(&before.config, draft.config)?;
        let changed = owner_of_secrets_changed(&before.config, &kept);
        if draft.secret.is_none() && sends_secrets(&before.config) && !changed.is_empty() {
            let text = format!("client_secret is required again because {} changed", changed.join(" and "));
            return Err(ApiError::fault("/config/client_secret", text).into());
        }
        if before.config != kept || draft.secret.is_some() {
            console::guards(tx, &caller, &id)?;
        }
        let other_people = vouches_for_others(&before.config, &kept);
        let mut scim = draft.scim.map_or_else(|| before.scim.clone(), |wanted| with_own_scim_settings(&before.scim, &wanted));
        let shown = first_secret(&mut scim, store.sealer(), tx.now());
        let after = IdentityProvider { name: draft.name, config: kept, scim, updated_at: tx.now(), ..before.clone() };
        tx.put_idp(&after)?;
        if !changed.is_empty() {
            forget_secrets(tx, &id)?;
        }
        if let Some(secret) = &draft.secret {
            tx.set_idp_client_secret(&id, secret)?;
        }
        NOUN.updated(tx, actor.clone(), id, (wire::write(&config, &before), wire::write(&config, &after)))?;
        end_inactive(tx, &actor, &before, &after)?;
        if other_people {
            // What was imported of the former directory says nothing about this one.
            tx.set_auth_contexts(&id, None)?;
            end_sessions(tx, actor, &id)?;
        }
        Ok((after, shown))
    });
    let (after, shown) = saved.await?;
    Ok(Answer::ok(wire::write_with_secret(&state.config, &after, shown.as_ref())))
}

/// The new settings with what the v4 object has no room for, as it was (ruling 1).
fn with_own_settings(before: &IdpConfig, wanted: IdpConfig) -> Result<IdpConfig, ApiError> {
    match (before, wanted) {
        (IdpConfig::Entra(before), IdpConfig::Entra(wanted)) => {
            Ok(IdpConfig::Entra(EntraSettings { cloud: before.cloud.clone(), own: before.own.clone(), ..wanted }))
        }
        (IdpConfig::Oidc(before), IdpConfig::Oidc(wanted)) => Ok(IdpConfig::Oidc(OidcSettings {
            prompt: before.prompt,
            issuer: before.issuer.clone(),
            authoritative_domains: before.authoritative_domains.clone(),
            liveness: before.liveness,
            ..wanted
        })),
        (before, wanted) => Err(ApiError::fault(
            "/type",
            format!("a provider of type {} cannot become one of type {}: make a new one", before.kind(), wanted.kind()),
        )),
    }
}

/// The wanted `scim_config` with secrets and own settings as they were.
fn with_own_scim_settings(before: &ScimSettings, wanted: &ScimSettings) -> ScimSettings {
    ScimSettings {
        enabled: wanted.enabled,
        user_deprovision: wanted.user_deprovision,
        seat_deprovision: wanted.seat_deprovision,
        identity_update_behavior: wanted.identity_update_behavior,
        // Switched on again, nobody expects an older secret to work.
        former_secret: before.former_secret.clone().filter(|_| wanted.enabled),
        ..before.clone()
    }
}

/// True when the people who signed in before are not those whom the provider vouches for now.
fn vouches_for_others(before: &IdpConfig, after: &IdpConfig) -> bool {
    match (before, after) {
        (IdpConfig::Entra(a), IdpConfig::Entra(b)) => a.directory_id != b.directory_id,
        (IdpConfig::Oidc(a), IdpConfig::Oidc(b)) => (&a.auth_url, &a.token_url, &a.certs_url) != (&b.auth_url, &b.token_url, &b.certs_url),
        _ => true,
    }
}

/// Whether secrets are sent as they are; a key is not, it only signs.
fn sends_secrets(config: &IdpConfig) -> bool {
    config.entra().is_none_or(|settings| settings.own.client_authentication == ClientAuthentication::Secret)
}

/// A secret belongs to one client of one tenant: it is not sent to another on the strength of an old entry (ruling 7). What of that
/// changes.
fn owner_of_secrets_changed(before: &IdpConfig, wanted: &IdpConfig) -> Vec<&'static str> {
    let mut changed = Vec::new();
    if before.client_id() != wanted.client_id() {
        changed.push("client_id");
    }
    match (before, wanted) {
        (IdpConfig::Entra(a), IdpConfig::Entra(b)) => {
            if a.directory_id != b.directory_id {
                changed.push("directory_id");
            }
        }
        (IdpConfig::Oidc(a), IdpConfig::Oidc(b)) => {
            let urls = [
                ("auth_url", &a.auth_url, &b.auth_url),
                ("token_url", &a.token_url, &b.token_url),
                ("certs_url", &a.certs_url, &b.certs_url),
            ];
            changed.extend(urls.iter().filter(|(_, a, b)| a != b).map(|(name, ..)| *name));
        }
        _ => changed.push("type"),
    }
    changed
}
