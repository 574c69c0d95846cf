//! `/cdn-cgi/access/get-identity`: the whole identity behind a token, for people and applications.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode},
};
use guard::Client;
use model::{
    Timestamp, UserId,
    identity::{GroupSource, Groups, Identity},
};
use serde_json::{Value, json};

use crate::{answer, state::LoginState};

/// Answers with the identity of the session behind the application or organisation token.
pub(crate) async fn get_identity(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
) -> Response<Body> {
    let now = state.now();
    let live = state.guard.app_session(&client.host, &headers, now).or_else(|| state.guard.org_session(&headers, now));
    match live {
        Some(live) => {
            let mut told = identity_json(&state, &live.identity, Some(live.session.user_id), live.session.created_at);
            let certificate = client.certificate.told();
            if certificate.asked {
                told["auth_status"] = json!(certificate.auth_status);
                told["common_name"] = json!(certificate.common_name);
                told["mtls_auth"] = json!({
                    "cert_issuer_dn": certificate.cert_issuer_dn, "cert_issuer_ski": certificate.cert_issuer_ski,
                    "cert_presented": certificate.cert_presented, "cert_serial": certificate.cert_serial, "auth_status": certificate.auth_status,
                });
            }
            answer::json(StatusCode::OK, &told)
        }
        None => answer::json(StatusCode::UNAUTHORIZED, &json!({"err": "no app token set"})),
    }
}

/// Field names of Cloudflare Access; `groups_*` and `auth_contexts` are additions that tell where facts came from
/// and how old they are. `user` is the person of the registry, whom a test of a login method has not; `since` the beginning of the
/// session.
pub(crate) fn identity_json(state: &LoginState, identity: &Identity, user: Option<UserId>, since: Timestamp) -> Value {
    let account = &state.guard.store().snapshot().account.id;
    let mut out = json!({
        "id": identity.key.subject, "name": identity.name, "email": identity.email, "amr": identity.amr,
        "oidc_fields": identity.claims, "custom": identity.claims,
        "groups": [], "idp": {"id": identity.idp, "type": identity.idp_kind}, "geo": {"country": identity.country},
        "user_uuid": user, "account_id": account, "iat": since.secs(), "ip": identity.ip,
        "auth_status": "NONE", "common_name": "", "service_token_id": "", "service_token_status": false,
        "is_warp": false, "is_gateway": false, "device_id": "", "device_sessions": {}, "devicePosture": {},
        "mtls_auth": {"cert_issuer_dn": "", "cert_issuer_ski": "", "cert_presented": false, "cert_serial": "", "auth_status": "NONE"},
        "version": 2,
        "auth_contexts": identity.contexts.held.iter().map(|c| json!({"id": c.id, "granted_at": c.at.rfc3339()})).collect::<Vec<_>>(),
    });
    match &identity.groups {
        Groups::Known { list, source, at } => {
            out["groups"] = list.iter().map(|g| json!({"id": g.id, "name": g.name})).collect();
            out["groups_state"] = json!("known");
            out["groups_source"] = json!(match source {
                GroupSource::Token => "token",
                GroupSource::Graph => "graph",
                GroupSource::Provisioning => "provisioning",
            });
            out["groups_read_at"] = json!(at.rfc3339());
            out["groups_count"] = json!(list.len());
        }
        Groups::Unknown { reason, at } => {
            out["groups_state"] = json!("unknown");
            out["groups_unknown_reason"] = json!(reason.as_str());
            out["groups_read_at"] = json!(at.rfc3339());
        }
    }
    out
}
