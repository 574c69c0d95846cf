//! Owns the discovery document and the key set.
//!
//! Source: "OpenID Connect (OIDC) on the Microsoft identity platform".

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::aadsts::Call;
use super::authority::Authority;
use super::fault::{Fault, Trace};
use super::provoke;
use crate::state::Sim;

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub async fn document(State(sim): State<Arc<Sim>>, Path(segment): Path<String>, headers: HeaderMap) -> Response {
    let trace = Trace::of(&headers, sim.now());
    if let Some((_, fault)) = provoke::take(&sim, Call::Discovery) {
        return fault.answer(&trace, &sim.base);
    }
    let shown = {
        let tenant = sim.tenant();
        Authority::of(&segment, &tenant).map(|authority| (authority, authority.segment(&tenant)))
    };
    match shown {
        Ok((authority, segment)) => answer(&build(&sim.base, authority, &segment), &trace),
        Err(fault) => invalid_tenant(fault).answer(&trace, &sim.base),
    }
}

/// `GET /{tenant}/discovery/v2.0/keys`
pub async fn keys(State(sim): State<Arc<Sim>>, Path(segment): Path<String>, headers: HeaderMap) -> Response {
    let trace = Trace::of(&headers, sim.now());
    if let Some((_, fault)) = provoke::take(&sim, Call::Discovery) {
        return fault.answer(&trace, &sim.base);
    }
    let known = Authority::of(&segment, &sim.tenant());
    if let Err(fault) = known {
        return invalid_tenant(fault).answer(&trace, &sim.base);
    }
    answer(&sim.keys.read().document(&sim.base), &trace)
}

fn invalid_tenant(mut fault: Fault) -> Fault {
    fault.error = "invalid_tenant";
    fault
}

fn answer(body: &Value, trace: &Trace) -> Response {
    let mut response = body.to_string().into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=86400, private"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    trace.mark(headers);
    response
}

fn build(base: &str, authority: Authority, segment: &str) -> Value {
    let issuer = if authority.is_specific() { format!("{base}/{segment}/v2.0") } else { format!("{base}/{{tenantid}}/v2.0") };
    let region = if authority.is_specific() { json!("EU") } else { Value::Null };
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    json!({
        "token_endpoint": format!("{base}/{segment}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/{segment}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{base}/oidc/userinfo"),
        "authorization_endpoint": format!("{base}/{segment}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/{segment}/oauth2/v2.0/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base}/{segment}/oauth2/v2.0/logout"),
        "claims_supported": ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
            "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver",
            "at_hash", "c_hash", "email"],
        "kerberos_endpoint": format!("{base}/{segment}/kerberos"),
        "tenant_region_scope": region,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": host,
        "rbac_url": "https://pas.windows.net",
    })
}
