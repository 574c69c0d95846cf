//! `identity_providers/{identity_provider_id}/cloud`: the hosts of the Entra cloud that a provider lives in.

use std::net::IpAddr;

use axum::extract::State;
use model::{
    IdpId, Secret,
    idp::{EntraCloud, EntraSettings, IdentityProvider, IdpConfig},
};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::{
    access::identity_providers::{end_sessions, looks_like_secret_id},
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::{ApiConfig, ApiState},
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
        let settings = EntraSettings { cloud, ..settings.clone() };
        tx.put_idp(&IdentityProvider { config: IdpConfig::Entra(settings), updated_at: tx.now(), ..before.clone() })?;
        if let Some(secret) = &secret {
            tx.set_idp_client_secret(&id, secret)?;
        }
        let after = wired.1.clone();
        NOUN.updated(tx, actor.clone(), id, wired)?;
        if other_directory {
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
        f.done();
        let cloud = login_url.zip(graph_url).map(|(login_url, graph_url)| EntraCloud { login_url, graph_url });
        (cloud, secret.map(Secret::new))
    });
    faults.finish_some(read)
}

/// An https origin without path. Private addresses only when the configuration file names them (ruling 9).
fn origin(f: &Fields<'_>, key: &'static str, config: &ApiConfig) -> Option<String> {
    let text = f.text_up_to(key, 255)?;
    let bad = |why: &str| {
        f.fault(key, format!("{text:?} is not usable: {why}"));
        None
    };
    let Ok(url) = Url::parse(text) else { return bad("it is not an address like https://login.microsoftonline.com") };
    let Some(host) = url.host() else { return bad("it has no host") };
    let bare =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !bare {
        return bad("it may hold a scheme, a host and a port only");
    }
    let allowed = is_allowed(config, &url);
    if url.scheme() != "https" && !(url.scheme() == "http" && allowed) {
        return bad("it must begin with https://");
    }
    if is_private(&host) && !allowed {
        return bad("private addresses are refused unless the server's configuration file allows them");
    }
    Some(url.origin().ascii_serialization())
}

fn is_allowed(config: &ApiConfig, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}")).unwrap_or_default();
    config.private_targets.iter().any(|target| target.eq_ignore_ascii_case(host) || target.eq_ignore_ascii_case(&with_port))
}

/// What can be told from the text; names that resolve to private addresses are refused when they are called.
fn is_private(host: &Host<&str>) -> bool {
    let ip = match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            return name == "localhost" || name.ends_with(".localhost") || name.ends_with(".internal") || !name.contains('.');
        }
        Host::Ipv4(ip) => IpAddr::V4(*ip),
        Host::Ipv6(ip) => IpAddr::V6(*ip).to_canonical(),
    };
    match ip {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_broadcast()
                || shared
        }
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_multicast()
        }
    }
}

fn write(cloud: Option<&EntraCloud>) -> Value {
    json!({ "login_url": cloud.map(|c| &c.login_url), "graph_url": cloud.map(|c| &c.graph_url) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_need_the_configuration_file() {
        let config = |targets: &[&str]| ApiConfig {
            team_origin: "https://team.localhost".into(),
            api_base: "https://team.localhost/client/v4".into(),
            private_targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        };
        let table = [
            ("https://login.microsoftonline.com", &[][..], true),
            ("https://login.microsoftonline.us/", &[], true),
            ("http://login.microsoftonline.com", &[], false),
            ("https://login.microsoftonline.com/common", &[], false),
            ("https://user@login.example", &[], false),
            ("https://127.0.0.1:9000", &[], false),
            ("https://127.0.0.1:9000", &["127.0.0.1:9000"], true),
            ("https://localhost:9000", &["localhost"], true),
            ("http://localhost:9000", &["localhost:9000"], true),
            ("https://localhost:9001", &["localhost:9000"], false),
            ("https://[::1]", &[], false),
            ("https://[::ffff:10.0.0.1]", &[], false),
            ("https://169.254.169.254", &[], false),
            ("https://100.64.0.1", &[], false),
            ("https://intranet", &[], false),
        ];
        for (text, targets, expect) in table {
            let body = json!({ "login_url": text, "graph_url": "https://graph.microsoft.com" });
            assert_eq!(read(&body, &config(targets)).is_ok(), expect, "{text} {targets:?}");
        }
    }
}
