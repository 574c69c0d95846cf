//! `identity_providers/{identity_provider_id}/options`: settings of a provider that the v4 object has no room for (ruling 1).

mod entra;
mod oidc;

use axum::extract::State;
use model::{
    IdpId,
    idp::{EntraSettings, IdentityProvider, IdpConfig, Liveness},
};
use serde_json::{Value, json};

use crate::{
    access::identity_providers::end_sessions,
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    doorward::console,
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("identity_provider_options");
/// Least and most seconds between two checks of a session.
const INTERVAL: std::ops::RangeInclusive<i64> = 10..=86_400;
/// Most seconds that a session lives on while its provider is silent: a week.
const MOST_GRACE: i64 = 7 * 86_400;

/// The settings, defaults written out.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let idp = snapshot.idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    Ok(Answer::ok(write(&idp.config)))
}

/// Replaces them: what is left out goes back to its default. Sessions end when people lose the provider's word by it.
pub(crate) async fn put(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let saved = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        let faults = Faults::default();
        let config = Fields::of(&body, "", &faults).map(|fields| read(&fields, &before.config));
        let config = faults.finish_some(config)?;
        if before.config != config {
            console::guards(tx, &caller, &id)?;
        }
        let after = IdentityProvider { config, updated_at: tx.now(), ..before.clone() };
        tx.put_idp(&after)?;
        NOUN.updated(tx, actor.clone(), id, (write(&before.config), write(&after.config)))?;
        if loses_people(&before.config, &after.config) {
            end_sessions(tx, actor, &id)?;
        }
        Ok(write(&after.config))
    });
    Ok(Answer::ok(saved.await?))
}

fn read(f: &Fields<'_>, before: &IdpConfig) -> IdpConfig {
    let after = match before {
        IdpConfig::Entra(settings) => {
            let own = entra::read(f, settings);
            IdpConfig::Entra(EntraSettings { own, ..settings.clone() })
        }
        IdpConfig::Oidc(settings) => IdpConfig::Oidc(oidc::read(f, settings)),
    };
    f.done();
    after
}

fn write(config: &IdpConfig) -> Value {
    match config {
        IdpConfig::Entra(settings) => entra::write(&settings.own),
        IdpConfig::Oidc(settings) => oidc::write(settings),
    }
}

/// Whether somebody whom the provider could vouch for before is beyond its word now.
fn loses_people(before: &IdpConfig, after: &IdpConfig) -> bool {
    match (before, after) {
        (IdpConfig::Entra(before), IdpConfig::Entra(after)) => {
            let left: Vec<_> = after.tenants().collect();
            before.tenants().any(|tenant| !left.contains(&tenant))
        }
        (IdpConfig::Oidc(before), IdpConfig::Oidc(after)) => {
            let narrower = before.authoritative_domains.iter().any(|domain| !after.authoritative_domains.contains(domain));
            narrower || before.issuer != after.issuer
        }
        _ => true,
    }
}

fn liveness(f: &Fields<'_>) -> Liveness {
    let default = Liveness::default();
    let Some(inner) = f.object("liveness") else { return default };
    let seconds = |key, range, default: u32| inner.integer(key, range).and_then(|n| u32::try_from(n).ok()).unwrap_or(default);
    let interval_seconds = seconds("interval_seconds", 0..=*INTERVAL.end(), default.interval_seconds);
    if interval_seconds != 0 && i64::from(interval_seconds) < *INTERVAL.start() {
        inner.fault("interval_seconds", format!("is 0 (no checks), or at least {} seconds", INTERVAL.start()));
    }
    let grace_seconds = seconds("grace_seconds", 0..=MOST_GRACE, default.grace_seconds);
    inner.done();
    Liveness { interval_seconds, grace_seconds }
}

fn write_liveness(liveness: Liveness) -> Value {
    json!({ "interval_seconds": liveness.interval_seconds, "grace_seconds": liveness.grace_seconds })
}
