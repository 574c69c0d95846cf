//! Owns client authentication at the token endpoint: secret in the body or by Basic.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::fault::Fault;
use super::params::Params;
use super::request::unknown_client;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::{AppId, ObjectId};

/// An authenticated client.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Client id.
    pub app_id: AppId,
    /// Service principal.
    pub principal: ObjectId,
}

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

/// Finds and authenticates the client of a token request.
pub fn authenticate(directory: &Directory, headers: &HeaderMap, params: &Params, now: Stamp) -> Result<Client, Fault> {
    let offered = offered(headers, params)?;
    let unknown = || unknown_client(&offered.id, directory);
    let app_id: AppId = offered.id.parse().map_err(|_| unknown())?;
    let app = directory.app(app_id).ok_or_else(unknown)?;
    let sp = directory.principal_of(app_id).ok_or_else(unknown)?;
    if !sp.account_enabled {
        return Err(Fault::new(7_000_112, "unauthorized_client", format!("Application '{app_id}'({}) is disabled.", app.display_name)));
    }
    if params.get("client_assertion").is_some() {
        return Err(Fault::new(
            700_027,
            "invalid_client",
            "The certificate with identifier used to sign the client assertion is not registered on application.",
        )
        .unauthorized());
    }
    match offered.secret.as_deref() {
        Some(secret) => check(app, secret, now)?,
        None if app.is_public() => {}
        None => {
            return Err(Fault::new(
                7_000_218,
                "invalid_client",
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
            .unauthorized());
        }
    }
    Ok(Client { app_id, principal: sp.id })
}

fn check(app: &Application, secret: &str, now: Stamp) -> Result<(), Fault> {
    let known = app.password_credentials.iter().find(|credential| credential.text.matches(secret));
    match known {
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
