//! `identity_providers/{identity_provider_id}/cloud`: the hosts of the Entra cloud that a provider lives in, written out or by the name
//! of one of Microsoft's clouds.

use axum::extract::State;
use model::{
    IdpId, Secret,
    idp::{CloudPreset, EntraCloud, EntraSettings, IdentityProvider, IdpConfig},
};
use serde_json::{Value, json};

use crate::{
    access::identity_providers::{end_sessions, forget_secrets, looks_like_secret_id},
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    doorward::console,
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::{ApiConfig, ApiState},
    target::origin,
};

const NOUN: Object = Object("identity_provider_cloud");

/// The hosts; null where the server's default holds.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let idp = snapshot.idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let settings = idp.config.entra().ok_or_else(|| not_entra(id))?;
    Ok(Answer::ok(write(settings.cloud.as_ref())))
}

/// Sets the hosts. A login host that changes gets the client secret: so the secret is asked for again (ruling 7).
pub(crate) async fn put(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let ((cloud, secret), actor) = (read(&body, &state.config)?, caller.actor());
    let saved = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        let settings = before.config.entra().ok_or_else(|| not_entra(id))?;
        if settings.cloud != cloud && secret.is_none() {
            let text = "client_secret is required when a host changes: it will be sent there";
            return Err(ApiError::fault("/client_secret", text).into());
        }
        let wired = (write(settings.cloud.as_ref()), write(cloud.as_ref()));
        let login = |cloud: &Option<EntraCloud>| cloud.as_ref().map(|c| c.login_url.clone());
        let other_directory = login(&settings.cloud) != login(&cloud);
        let other_hosts = settings.cloud != cloud;
        if other_hosts || secret.is_some() {
            console::guards(tx, &caller, &id)?;
        }
        let settings = EntraSettings { cloud, ..settings.clone() };
        tx.put_idp(&IdentityProvider { config: IdpConfig::Entra(settings), updated_at: tx.now(), ..before.clone() })?;
        if other_hosts {
            forget_secrets(tx, &id)?;
        }
        if let Some(secret) = &secret {
            tx.set_idp_client_secret(&id, secret)?;
        }
        let after = wired.1.clone();
        NOUN.updated(tx, actor.clone(), id, wired)?;
        if other_directory {
            tx.set_auth_contexts(&id, None)?;
            end_sessions(tx, actor, &id)?;
        }
        Ok(after)
    });
    Ok(Answer::ok(saved.await?))
}

/// Only Entra has clouds.
fn not_entra(id: IdpId) -> ApiError {
    ApiError::missing("Entra identity provider", id)
}

fn read(body: &Value, config: &ApiConfig) -> Result<(Option<EntraCloud>, Option<Secret>), ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).map(|f| {
        let (login_url, graph_url) = (origin(&f, "login_url", config), origin(&f, "graph_url", config));
        if f.given("login_url") != f.given("graph_url") {
            f.fault("", "login_url and graph_url are set or left out together");
        }
        let secret = f.text_up_to("client_secret", 1024).filter(|t| !t.is_empty() && !Secret::is_mask(t));
        if secret.is_some_and(looks_like_secret_id) {
            f.fault("client_secret", "this is the Secret ID, not the secret: copy the column Value");
        }
        let preset = f.word("preset", &CloudPreset::NAMED).map(CloudPreset::cloud);
        f.done();
        let written = login_url.zip(graph_url).map(|(login_url, graph_url)| EntraCloud { login_url, graph_url });
        if preset.is_some() && written.is_some() && preset != written {
            f.fault("preset", "it stands for other addresses than login_url and graph_url: leave out the one or the others");
        }
        (preset.or(written), secret.map(Secret::new))
    });
    faults.finish_some(read)
}

fn write(cloud: Option<&EntraCloud>) -> Value {
    let preset = cloud.and_then(CloudPreset::name_of);
    json!({ "preset": preset, "login_url": cloud.map(|c| &c.login_url), "graph_url": cloud.map(|c| &c.graph_url) })
}
