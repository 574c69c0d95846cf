//! `identity_providers/{identity_provider_id}/scim`: settings of provisioning that v4 has no room for (ruling 1), and how it stands.

use axum::extract::State;
use model::{
    IdpId, Timestamp,
    idp::{DeactivationGuard, IdentityProvider, IdpConfig, ScimContact, ScimOptions},
};
use serde_json::{Value, json};
use store::{ProvisionedCounts, Reader, StoreError};

use crate::{
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::{ApiConfig, ApiState},
};

const NOUN: Object = Object("identity_provider_scim");
/// Least and most seconds that the guard looks back: a minute, a week.
const WINDOW: std::ops::RangeInclusive<i64> = 60..=604_800;
/// Least and most seconds between two expansions of nested groups: a minute, a week.
const EXPANSION: std::ops::RangeInclusive<i64> = 60..=604_800;

/// The settings, defaults written out, and how provisioning stands.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let idp = state.store.snapshot().idps.get(&id).cloned().ok_or_else(|| ApiError::missing("identity provider", id))?;
    let known = state.read(move |reader| Ok(Known::read(reader, &id)?)).await?;
    Ok(Answer::ok(write(&state.config, &idp, &known, state.now())))
}

/// Replaces the settings: what is left out goes back to its default.
pub(crate) async fn put(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (actor, config) = (caller.actor(), state.config.clone());
    let saved = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        let faults = Faults::default();
        let own = Fields::of(&body, "", &faults).map(|fields| read(&fields, &before));
        let mut after = IdentityProvider { updated_at: tx.now(), ..before.clone() };
        after.scim.own = faults.finish_some(own)?;
        tx.put_idp(&after)?;
        NOUN.updated(tx, actor, id, (settings(&before.scim.own), settings(&after.scim.own)))?;
        Ok(write(&config, &after, &Known::read(tx, &id)?, tx.now()))
    });
    Ok(Answer::ok(saved.await?))
}

fn read(f: &Fields<'_>, idp: &IdentityProvider) -> ScimOptions {
    let guard = f.object("guard").map(|inner| guard(&inner)).unwrap_or_default();
    let expand_nested_secs = f.integer("expand_nested_secs", EXPANSION).and_then(|n| u32::try_from(n).ok());
    if expand_nested_secs.is_some() && !matches!(idp.config, IdpConfig::Entra(_)) {
        f.fault("expand_nested_secs", "nested groups are expanded through Microsoft Graph: only providers of type azureAD have it");
    }
    f.read_only(&["status"]);
    f.done();
    ScimOptions { guard, expand_nested_secs }
}

fn guard(f: &Fields<'_>) -> DeactivationGuard {
    let default = DeactivationGuard::default();
    let number = |key, range| f.integer(key, range);
    let guard = DeactivationGuard {
        share_percent: number("share_percent", 1..=100).and_then(|n| u8::try_from(n).ok()).unwrap_or(default.share_percent),
        at_least: number("at_least", 1..=1_000_000).and_then(|n| u32::try_from(n).ok()).unwrap_or(default.at_least),
        window_secs: number("window_secs", WINDOW).and_then(|n| u32::try_from(n).ok()).unwrap_or(default.window_secs),
    };
    f.done();
    guard
}

fn settings(own: &ScimOptions) -> Value {
    json!({
        "guard": {
            "share_percent": own.guard.share_percent,
            "at_least": own.guard.at_least,
            "window_secs": own.guard.window_secs,
        },
        "expand_nested_secs": own.expand_nested_secs,
    })
}

/// What the store knows of a provider's provisioning.
struct Known {
    contact: Option<ScimContact>,
    counts: ProvisionedCounts,
}

impl Known {
    fn read(reader: &Reader<'_>, id: &IdpId) -> Result<Self, StoreError> {
        Ok(Self { contact: reader.scim_contact(id)?, counts: reader.provisioned_counts(id)? })
    }
}

fn write(config: &ApiConfig, idp: &IdentityProvider, known: &Known, now: Timestamp) -> Value {
    let Known { contact, counts } = known;
    let contact = contact.as_ref();
    let mut out = settings(&idp.scim.own);
    out["status"] = json!({
        "enabled": idp.scim.enabled,
        "scim_base_url": format!("{}/populations/{}/scim/v2", config.team_origin, idp.id),
        "secret_made_at": idp.scim.secret_made_at.map(Timestamp::rfc3339),
        "former_secret_ends_at": idp.scim.former_secret_at(now).map(|former| former.ends_at.rfc3339()),
        "last_used_at": contact.map(|contact| contact.last_used_at.rfc3339()),
        "last_agent": contact.and_then(|contact| contact.agent.as_deref()),
        "last_secret": contact.map(|contact| contact.secret_used(&idp.scim, now).as_str()),
        "users": counts.users,
        "active_users": counts.active_users,
        "groups": counts.groups,
        "normalised": contact.map(|contact| &contact.normalised).cloned().unwrap_or_default(),
        "unlogged_refusals": contact.map_or(0, |contact| contact.unlogged_refusals),
    });
    out
}
