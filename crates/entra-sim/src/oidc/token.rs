//! Owns the token endpoint: codes, refresh tokens and client credentials.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::access::{self, Bearer};
use super::authority::Authority;
use super::claims_request::ClaimsRequest;
use super::client::{self, Client};
use super::desk::{Account, Code, Redeemed};
use super::fault::{Fault, Trace, no_store};
use super::federation;
use super::gate;
use super::id_token::{self, Issue, Leg};
use super::params::Params;
use super::provoke;
use super::refresh::{Refresh, invalid, still_good};
use super::request::Challenge;
use super::scope::{Scopes, graph_principal};
use crate::clock::Stamp;
use crate::directory::catalogue::OPENID_SCOPES;
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// `POST /{tenant}/oauth2/v2.0/token`
pub async fn endpoint(
    State(sim): State<Arc<Sim>>,
    Path(segment): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let trace = Trace::of(&headers, sim.now());
    if method != Method::POST {
        let fault =
            Fault::new(900_561, "invalid_request", format!("The endpoint only accepts POST requests. Received a {method} request."));
        return fault.answer(&trace, &sim.base);
    }
    let answered = async {
        let params = Params::read(&body)?;
        let keys = federation::keys(&sim, &params).await?;
        redeem(&sim, &segment, &headers, &params, (trace.at, keys.as_ref()))
    };
    match answered.await {
        Ok(answer) => good(&answer, &trace),
        Err(fault) => {
            tracing::info!(code = fault.code, "token request refused");
            fault.answer(&trace, &sim.base)
        }
    }
}

fn good(body: &Value, trace: &Trace) -> Response {
    let mut response = body.to_string().into_response();
    let headers = response.headers_mut();
    trace.mark(headers);
    no_store(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

fn redeem(sim: &Sim, segment: &str, headers: &HeaderMap, params: &Params, (now, keys): (Stamp, Option<&Value>)) -> Result<Value, Fault> {
    let authority = Authority::of(segment, &sim.tenant())?;
    provoke::at_token(sim, params.get("grant_type"))?;
    let grant = params.need("grant_type")?;
    if !matches!(grant, "authorization_code" | "refresh_token" | "client_credentials") {
        return Err(Fault::new(70_003, "unsupported_grant_type", format!("The app requested an unsupported grant type '{grant}'.")));
    }
    let client = client::authenticate(sim, segment, headers, params, (now, keys))?;
    if headers.contains_key(header::ORIGIN) {
        return Err(Fault::new(
            9_002_326,
            "invalid_request",
            "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
        ));
    }
    match grant {
        "authorization_code" => by_code(sim, segment, params, client, now),
        "refresh_token" => by_refresh(sim, params, client, now),
        _ => by_client(sim, authority, params, client, now),
    }
}

fn by_code(sim: &Sim, segment: &str, params: &Params, client: Client, now: Stamp) -> Result<Value, Fault> {
    let written = params.need("code")?;
    let code = take(sim, written, now)?;
    if code.app_id != client.app_id {
        return Err(invalid(70_000, "Provided grant is invalid or malformed: the code was issued to another client."));
    }
    if !code.segment.eq_ignore_ascii_case(segment) {
        let tenant = sim.tenant();
        let same = Authority::of(&code.segment, &tenant).ok() == Authority::of(segment, &tenant).ok();
        if !same {
            return Err(invalid(700_005, "Provided Authorization Code is intended to use against other tenant, thus rejected."));
        }
    }
    if params.need("redirect_uri")? != code.redirect_uri {
        return Err(Fault::new(
            500_112,
            "invalid_client",
            format!(
                "The reply address '{}' does not match the reply address '{}' provided when requesting Authorization code.",
                params.need("redirect_uri")?,
                code.redirect_uri
            ),
        ));
    }
    pkce(code.challenge.as_ref(), params.get("code_verifier"))?;
    still_good(&sim.tenant(), code.account)?;
    let asked = match params.get("scope") {
        Some(text) => Scopes::read(text, &sim.base, &sim.tenant())?,
        None => code.scopes.clone(),
    };
    let narrowed = narrow(&asked, &code.scopes);
    spend(sim, written, now)?;
    tokens(
        sim,
        &Sheet {
            client,
            scopes: narrowed,
            whole: code.scopes.clone(),
            account: code.account,
            sid: code.sid,
            nonce: code.nonce.clone(),
            claims: code.claims.with(&ClaimsRequest::read(params, &sim.tenant())?),
            client_info: wants_client_info(params),
        },
        now,
    )
}

/// OpenID scopes count only if the sign-in had them; API scopes may be any that are granted.
fn narrow(asked: &Scopes, signed: &Scopes) -> Scopes {
    let mut scopes = asked.clone();
    if scopes.openid.is_empty() {
        scopes.openid.clone_from(&signed.openid);
    }
    scopes.openid.retain(|name| signed.has(name));
    scopes
}

fn take(sim: &Sim, written: &str, now: Stamp) -> Result<Code, Fault> {
    let mut desk = sim.desk.lock();
    if desk.codes.is_expired(written, now) {
        return Err(invalid(
            70_008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        ));
    }
    let code = desk.codes.get(written, now).ok_or_else(|| invalid(70_000, "The provided value for the 'code' parameter is not valid."))?;
    if code.redeemed == Redeemed::Yes {
        return Err(already());
    }
    Ok(code.clone())
}

fn already() -> Fault {
    invalid(54_005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
}

/// Marks the code as used; of two requests at once only one comes through.
fn spend(sim: &Sim, written: &str, now: Stamp) -> Result<(), Fault> {
    let mut desk = sim.desk.lock();
    let code = desk.codes.get(written, now).ok_or_else(already)?;
    if code.redeemed == Redeemed::Yes {
        return Err(already());
    }
    code.redeemed = Redeemed::Yes;
    Ok(())
}

fn pkce(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), Fault> {
    let mismatch = || invalid(501_481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.");
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(mismatch()),
        (Some(_), None) => Err(invalid(
            50_148,
            "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE: it is missing.",
        )),
        (Some(Challenge::Plain(value)), Some(verifier)) => (value == verifier).then_some(()).ok_or_else(mismatch),
        (Some(Challenge::Sha256(value)), Some(verifier)) => {
            let sum = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
            (*value == sum).then_some(()).ok_or_else(mismatch)
        }
    }
}

fn by_refresh(sim: &Sim, params: &Params, client: Client, now: Stamp) -> Result<Value, Fault> {
    let refresh = Refresh::open(sim, params.need("refresh_token")?, client.app_id, now)?;
    let asked = match params.get("scope") {
        Some(text) => narrow(&Scopes::read(text, &sim.base, &sim.tenant())?, &refresh.scopes),
        None => refresh.scopes.clone(),
    };
    // A client that met a claims challenge sends it along, and hears at once whether a person is needed.
    let claims = ClaimsRequest::read(params, &sim.tenant())?;
    {
        let tenant = sim.tenant();
        let required = tenant.users.contains_key(&refresh.person)
            && tenant.principals.get(&client.principal).is_some_and(|sp| sp.app_role_assignment_required);
        if required && !tenant.is_assigned(refresh.person, client.principal) {
            return Err(invalid(50_105, "The signed in user is not assigned to a role for the application."));
        }
        gate::refresh(&tenant, client.app_id, &asked, &claims.demanded(), refresh.account(), now)?;
    }
    tokens(
        sim,
        &Sheet {
            client,
            scopes: asked,
            whole: refresh.scopes.clone(),
            account: refresh.account(),
            sid: refresh.sid,
            nonce: None,
            claims,
            client_info: wants_client_info(params),
        },
        now,
    )
}

struct Sheet {
    client: Client,
    scopes: Scopes,
    whole: Scopes,
    account: Account,
    sid: uuid::Uuid,
    nonce: Option<String>,
    claims: ClaimsRequest,
    client_info: bool,
}

/// Microsoft's client libraries ask for the account's home ids this way.
fn wants_client_info(params: &Params) -> bool {
    params.get("client_info") == Some("1")
}

fn tokens(sim: &Sim, sheet: &Sheet, now: Stamp) -> Result<Value, Fault> {
    let api = first_api(sim, &sheet.scopes)?;
    let granted = {
        let tenant = sim.tenant();
        let granted = tenant.granted_scopes(sheet.client.principal, api, sheet.account.person);
        let names = sheet.scopes.apis.get(&api).into_iter().flatten();
        for name in names {
            let held = granted.iter().any(|one| one.eq_ignore_ascii_case(name));
            if name != ".default" && !held {
                return Err(invalid(
                    65_001,
                    format!("The user or administrator has not consented to use the application with ID '{}'. Send an interactive authorization request for this user and resource.", sheet.client.app_id),
                )
                .with_suberror("consent_required"));
            }
        }
        shown(granted, graph_principal(&tenant) == Some(api), &sheet.scopes)
    };
    let bearer = Bearer::Person(sheet.account, granted.clone());
    let grant = access::Grant {
        client: sheet.client.app_id,
        proof: sheet.client.proof,
        api,
        bearer: &bearer,
        claims: &sheet.claims,
        sid: sheet.sid,
    };
    let access = access::issue(sim, &grant, now).ok_or_else(|| invalid(70_000, "The person, client or resource is gone."))?;
    let mut body = json!({
        "token_type": "Bearer",
        "scope": granted.join(" "),
        "expires_in": access.expires_in,
        "ext_expires_in": access.expires_in,
        "access_token": access.token,
    });
    if sheet.client_info {
        let home = json!({"uid": sheet.account.person, "utid": sim.tenant().home_of(sheet.account.person).tenant.id});
        body["client_info"] = URL_SAFE_NO_PAD.encode(home.to_string()).into();
    }
    if sheet.whole.has("offline_access") {
        let refresh = Refresh {
            app_id: sheet.client.app_id,
            person: sheet.account.person,
            auth_time: sheet.account.auth_time,
            second_factor: sheet.account.second_factor,
            device: sheet.account.device,
            made: now,
            sid: sheet.sid,
            scopes: sheet.whole.clone(),
            salt: crate::random::token(22),
        };
        body["refresh_token"] = refresh.seal(sim).into();
    }
    if sheet.scopes.has("openid") {
        let issue = Issue {
            app_id: sheet.client.app_id,
            scopes: &sheet.scopes,
            nonce: sheet.nonce.as_deref(),
            account: sheet.account,
            sid: sheet.sid,
            asked: &sheet.claims.id_token,
            code: None,
            leg: Leg::Token,
        };
        if let Some(token) = id_token::issue(sim, &issue, now) {
            body["id_token"] = token.into();
        }
    }
    Ok(body)
}

fn first_api(sim: &Sim, scopes: &Scopes) -> Result<ObjectId, Fault> {
    scopes.one_api(&sim.tenant())
}

/// What the answer lists: everything granted on that API, older consents included.
fn shown(mut granted: Vec<String>, graph: bool, scopes: &Scopes) -> Vec<String> {
    granted.retain(|name| name != "offline_access");
    if !graph {
        granted.retain(|name| !OPENID_SCOPES.contains(&name.as_str()));
        if granted.is_empty() && !scopes.apis.is_empty() {
            granted.push("user_impersonation".to_owned());
        }
    }
    granted.sort_by_key(|name| name.to_lowercase());
    granted
}

fn by_client(sim: &Sim, authority: Authority, params: &Params, client: Client, now: Stamp) -> Result<Value, Fault> {
    if !authority.is_specific() {
        return Err(Fault::new(
            9_001_023,
            "invalid_request",
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        ));
    }
    let text = params.need("scope")?;
    if !text.ends_with("/.default") || text.contains(' ') {
        return Err(Fault::new(
            70_011,
            "invalid_scope",
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {text} is not valid: client credentials take one resource with /.default."
            ),
        ));
    }
    let scopes = Scopes::read(text, &sim.base, &sim.tenant())?;
    let api = first_api(sim, &scopes)?;
    let roles = sim.tenant().application_roles(client.principal, api);
    let bearer = Bearer::Client(roles);
    let claims = ClaimsRequest::read(params, &sim.tenant())?;
    let grant = access::Grant { client: client.app_id, proof: client.proof, api, bearer: &bearer, claims: &claims, sid: uuid::Uuid::nil() };
    let access = access::issue(sim, &grant, now).ok_or_else(|| invalid(70_000, "The client or resource is gone."))?;
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": access.expires_in,
        "ext_expires_in": access.expires_in,
        "access_token": access.token,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_must_fit_its_challenge() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let right = Challenge::Sha256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into());
        assert!(pkce(Some(&right), Some(verifier)).is_ok());
        assert!(pkce(Some(&Challenge::Plain(verifier.into())), Some(verifier)).is_ok());
        assert!(pkce(None, None).is_ok());
        for (challenge, offered, code) in
            [(Some(&right), Some("wrong"), 501_481), (None, Some(verifier), 501_481), (Some(&right), None, 50_148)]
        {
            assert_eq!(pkce(challenge, offered).unwrap_err().code, code);
        }
    }
}
