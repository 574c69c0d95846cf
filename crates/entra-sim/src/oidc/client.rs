//! Owns client authentication at the token endpoint: secret in the body or by Basic, or an assertion.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use super::assertion::{Assertion, JWT_BEARER, Terms, refused};
use super::fault::Fault;
use super::federation;
use super::params::Params;
use super::request::unknown_client;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::{AppId, ObjectId};
use crate::sim::switches::Replay;
use crate::state::Sim;

/// An authenticated client.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Client id.
    pub app_id: AppId,
    /// Service principal.
    pub principal: ObjectId,
    /// How it proved itself.
    pub proof: Proof,
}

/// How a client proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Not at all: a public client.
    None,
    /// By a secret.
    Secret,
    /// By an assertion.
    Certificate,
}

impl Proof {
    /// The class that access tokens name.
    pub fn class(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Certificate => "2",
        }
    }
}

/// Seconds an assertion's id is remembered; assertions live shorter.
const REMEMBERED: i64 = 24 * 3_600;

struct Offered {
    id: String,
    secret: Option<String>,
}

fn offered(headers: &HeaderMap, params: &Params) -> Result<Offered, Fault> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let Some((_, encoded)) = basic else {
        return Ok(Offered { id: params.need("client_id")?.to_owned(), secret: params.get("client_secret").map(str::to_owned) });
    };
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(Fault::new(9_002_313, "invalid_request", "Invalid request. The Authorization header is malformed."));
    };
    // RFC 6749, 2.3.1: both halves are form-encoded first.
    let plain = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    Ok(Offered { id: plain(id), secret: Some(plain(secret)) })
}

/// Finds and authenticates the client of a token request. `keys` are those of another issuer, when they had to be fetched.
pub fn authenticate(
    sim: &Sim,
    segment: &str,
    headers: &HeaderMap,
    params: &Params,
    (now, keys): (Stamp, Option<&Value>),
) -> Result<Client, Fault> {
    let offered = offered(headers, params)?;
    let tenant = sim.tenant();
    let directory = &*tenant;
    let unknown = || unknown_client(&offered.id, directory);
    let app_id: AppId = offered.id.parse().map_err(|_| unknown())?;
    let app = directory.app(app_id).ok_or_else(unknown)?;
    let sp = directory.principal_of(app_id).ok_or_else(unknown)?;
    if !sp.account_enabled {
        return Err(Fault::new(7_000_112, "unauthorized_client", format!("Application '{app_id}'({}) is disabled.", app.display_name)));
    }
    let assertion = params.get("client_assertion");
    if app.is_public_only() && (assertion.is_some() || offered.secret.is_some()) {
        return Err(refused(
            700_025,
            format!(
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented. App '{app_id}'({}).",
                app.display_name
            ),
        ));
    }
    let proof = match (assertion, offered.secret.as_deref()) {
        (Some(text), _) => {
            asserted(sim, app, text, params, &Terms { audiences: &audiences(&sim.base, segment, directory), now }, keys)?;
            Proof::Certificate
        }
        (None, Some(secret)) => {
            check(app, secret, now)?;
            Proof::Secret
        }
        (None, None) if app.is_public() => Proof::None,
        (None, None) => {
            return Err(refused(
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            ));
        }
    };
    Ok(Client { app_id, principal: sp.id, proof })
}

/// Every spelling of this endpoint and of the tenant's issuer that an assertion may be made out to; the usual one first.
fn audiences(base: &str, segment: &str, directory: &Directory) -> Vec<String> {
    let id = directory.tenant.id.to_string();
    let words = [segment, &id, &directory.tenant.domain, "common", "organizations"];
    let all = words.iter().flat_map(|word| {
        ["oauth2/v2.0/token", "v2.0", "oauth2/token", ""].map(|tail| format!("{base}/{word}/{tail}").trim_end_matches('/').to_owned())
    });
    all.collect()
}

fn asserted(sim: &Sim, app: &Application, text: &str, params: &Params, terms: &Terms<'_>, keys: Option<&Value>) -> Result<(), Fault> {
    if params.need("client_assertion_type")? != JWT_BEARER {
        return Err(Fault::new(9_002_313, "invalid_request", format!("Invalid request. 'client_assertion_type' must be '{JWT_BEARER}'.")));
    }
    let assertion = Assertion::read(text)?;
    if assertion.names_certificate() {
        assertion.check_certificate(app, terms)?;
    } else {
        federation::check(app, &assertion, keys, terms)?;
    }
    once(sim, app.app_id, &assertion, terms.now)
}

/// Refuses an assertion seen before, if a switch says so.
fn once(sim: &Sim, app: AppId, assertion: &Assertion, now: Stamp) -> Result<(), Fault> {
    if sim.switches.lock().assertion_replay == Replay::Allow {
        return Ok(());
    }
    let replayed = || refused(50_013, "Assertion failed validation: it has no 'jti', or one that was used before.");
    let key = format!("{app}|{}", assertion.text("jti").ok_or_else(replayed)?);
    let mut desk = sim.desk.lock();
    if desk.assertions.get(&key, now).is_some() {
        return Err(replayed());
    }
    desk.assertions.put(key, (), now, REMEMBERED);
    Ok(())
}

fn check(app: &Application, secret: &str, now: Stamp) -> Result<(), Fault> {
    let known = app.password_credentials.iter().find(|credential| credential.text.matches(secret));
    match known {
        Some(credential) if credential.start_date_time > now => Err(refused(
            7_000_215,
            format!("Invalid client secret provided. The secret is not valid before {}.", credential.start_date_time.graph()),
        )),
        Some(credential) if credential.end_date_time <= now => Err(Fault::new(
            7_000_222,
            "invalid_client",
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app.",
                app.app_id
            ),
        )
        .unauthorized()),
        Some(_) => Ok(()),
        None => {
            let hint = if Uuid::try_parse(secret).is_ok() {
                " Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app "
            } else {
                " Ensure the secret being sent in the request is the client secret value for a secret added to app "
            };
            Err(Fault::new(7_000_215, "invalid_client", format!("Invalid client secret provided.{hint}'{}'.", app.app_id)).unauthorized())
        }
    }
}
