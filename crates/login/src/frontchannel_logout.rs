//! Sign-out that begins at the provider: its page opens our address in a hidden frame (OpenID Connect Front-Channel Logout 1.0; Microsoft:
//! "OpenID Connect (OIDC) on the Microsoft identity platform", single sign-out).
//!
//! No cookie is needed, and none would come in a frame of another site: the provider's session id is the proof, and only somebody who
//! took part in that session knows it. The answer is the same whether or not there was anything to end.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use guard::live::LiveSession;
use model::{
    Nonce, Timestamp,
    idp::{IdentityProvider, IdpConfig},
    session::RevokeReason,
};
use serde_json::json;
use url::Url;

use crate::{answer, flow, state::LoginState};

/// Longest session id that is looked up.
const LONGEST_SID: usize = 256;
/// Sessions ended in one transaction; a browser session gives one for each sign-in.
const ENDED_AT_ONCE: usize = 200;
/// What the records of the access log are called.
const ACTION: &str = "provider_logout";
/// Nothing to see: the frame is hidden.
const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><title>Signed out</title></html>\n";

/// `GET /cdn-cgi/access/frontchannel-logout?sid[&iss]`. Entra sends `sid` alone.
pub(crate) async fn frontchannel_logout(
    State(state): State<LoginState>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let iss = query.get("iss").map(String::as_str);
    if let Some(sid) = query.get("sid").filter(|sid| !sid.is_empty() && sid.len() <= LONGEST_SID)
        && let Err(error) = end(&state, sid, iss).await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "a sign-out at the provider could not be stored");
        return flow::unavailable(&state, &headers);
    }
    framed(&state)
}

/// Ends what the browser session at the provider gave.
async fn end(state: &LoginState, sid: &str, iss: Option<&str>) -> Result<(), store::StoreError> {
    let now = state.now();
    let snapshot = state.guard.store().snapshot();
    let theirs = |live: &Arc<LiveSession>| {
        let idp = snapshot.idps.get(&live.session.idp);
        iss.is_none_or(|iss| idp.is_some_and(|idp| speaks_for(idp, iss, &live.identity.key.issuer)))
    };
    let found: Vec<_> = state.guard.live().sessions_by_sid(sid, now).into_iter().filter(theirs).collect();
    for some in found.chunks(ENDED_AT_ONCE) {
        end_all(state, some, now).await?;
    }
    Ok(())
}

async fn end_all(state: &LoginState, found: &[Arc<LiveSession>], now: Timestamp) -> Result<(), store::StoreError> {
    let nonces: Vec<Nonce> = found.iter().map(|live| live.session.nonce.clone()).collect();
    let write = move |tx: &mut store::Tx<'_>| nonces.iter().map(|nonce| tx.revoke_session(nonce, RevokeReason::ProviderLogout)).collect();
    let ended: Vec<bool> = state.guard.store().write_first(write).await?;
    for (live, _) in found.iter().zip(ended).filter(|(_, ended)| *ended) {
        let why = json!({ "outcome": "session-ended", "reason": RevokeReason::ProviderLogout.as_str() });
        let reference = state.guard.record_end(live, ACTION, why, now);
        tracing::info!(
            idp.id = %live.session.idp,
            user.id = %live.session.user_id,
            decision.reference = %reference,
            "a sign-out at the provider ended a session"
        );
    }
    Ok(())
}

/// Whether an issuer is the one behind a person's key: with Entra its address names the tenant.
fn speaks_for(idp: &IdentityProvider, iss: &str, key_issuer: &str) -> bool {
    match &idp.config {
        IdpConfig::Entra(_) => Url::parse(iss).is_ok_and(|url| {
            let tenant = url.path_segments().and_then(|mut segments| segments.next().map(str::to_owned));
            tenant.is_some_and(|tenant| tenant.eq_ignore_ascii_case(key_issuer))
        }),
        IdpConfig::Oidc(_) => iss == key_issuer,
    }
}

/// A page that the sign-in pages of our providers may frame, and nobody else.
fn framed(state: &LoginState) -> Response<Body> {
    let mut response = answer::page(StatusCode::OK, PAGE.to_owned());
    let snapshot = state.guard.store().snapshot();
    let mut origins: Vec<String> = snapshot.idps.values().filter_map(|idp| state.idp.sign_in_origin(&idp.config)).collect();
    origins.sort_unstable();
    origins.dedup();
    let ancestors = if origins.is_empty() { "'none'".to_owned() } else { origins.join(" ") };
    let headers = response.headers_mut();
    headers.remove(header::X_FRAME_OPTIONS);
    if let Ok(policy) = HeaderValue::from_str(&format!("default-src 'none'; frame-ancestors {ancestors}")) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10";

    #[test]
    fn an_issuer_speaks_for_its_own_people_only() {
        let stored = |config: &str| -> IdentityProvider {
            let document = format!(
                r#"{{"id":"86666835-06aa-4d90-8bbd-5a74ac4edf68","name":"x","config":{config},
                "scim":{{"enabled":false,"user_deprovision":false,"seat_deprovision":false,"identity_update_behavior":"no_action"}},
                "created_at":0,"updated_at":0}}"#
            );
            serde_json::from_str(&document).unwrap()
        };
        let entra = stored(&format!(
            r#"{{"type":"azureAD","client_id":"c","directory_id":"{TENANT}","support_groups":true,"conditional_access_enabled":false,
            "email_claim_name":null,"claims":[],"prompt":null,"pkce_enabled":true}}"#
        ));
        for (iss, fits) in [
            (format!("https://login.microsoftonline.com/{TENANT}/v2.0"), true),
            (format!("https://sts.windows.net/{TENANT}/"), true),
            ("https://login.microsoftonline.com/0d9b7c5e-4a10-4a57-8e21-6f0c2b1e93d4/v2.0".to_owned(), false),
            (TENANT.to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(speaks_for(&entra, &iss, TENANT), fits, "{iss}");
        }
    }
}
