//! Validation of Entra ID tokens: signature, issuer by template, tenant, audience, times, nonce; then typed claims.
//!
//! Sources: OpenID Connect Core 1.0 section 3.1.3.7; Microsoft, "ID token claims reference" and "Access tokens in the
//! Microsoft identity platform" (issuer and key issuer rules).

mod claims;
mod error;
#[cfg(test)]
mod tests;

pub use claims::{Account, GroupsClaim, IdTokenClaims};
pub use error::IdTokenError;

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::{issuer::Issuer, jwks::JwkSet, jws::Unverified};
pub(crate) use claims::texts;
pub(crate) use error::cut;

/// The longest ID token that is read, in bytes. 200 groups make about 12 KiB.
pub const MAX_LEN: usize = 64 * 1024;
/// Tolerated difference between the clocks, in seconds, in both directions (the default of Microsoft's library).
pub const SKEW_SECS: i64 = 300;

/// What a token must fit.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The application (client) id the token must be for.
    pub client_id: &'a str,
    /// The issuer of the discovery document, perhaps a template.
    pub issuer: &'a Issuer,
    /// Tenants whose people may sign in, as dashed GUIDs. An empty list admits nobody.
    pub tenants: &'a [String],
    /// The nonce sent with the authorize request; `None` for a refreshed token, which has none to compare (OpenID Connect Core 1.0
    /// section 12.2).
    pub nonce: Option<&'a str>,
    /// Now, in seconds since the Unix epoch.
    pub now_secs: i64,
}

/// The key id a token names, for finding out whether the key set at hand knows it; nothing is verified.
pub fn key_id(token: &str) -> Result<String, IdTokenError> {
    let unverified = Unverified::parse(token, MAX_LEN)?;
    unverified.kid().map(str::to_owned).ok_or(IdTokenError::NoKeyId)
}

/// Validates a token against a key set and what was expected.
///
/// [`IdTokenError::UnknownKey`] is the one error worth a second try, with a fresh key set.
pub fn validate(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<IdTokenClaims, IdTokenError> {
    let unverified = Unverified::parse(token, MAX_LEN)?;
    let kid = unverified.kid().ok_or(IdTokenError::NoKeyId)?;
    let mut candidates = keys.with_id(kid).peekable();
    if candidates.peek().is_none() {
        return Err(IdTokenError::UnknownKey(cut(kid)));
    }
    let mut signed = None;
    for jwk in candidates.take(4) {
        match unverified.verify::<Map<String, Value>>(&jwk.key) {
            Ok(map) => {
                signed = Some((jwk, map));
                break;
            }
            Err(crate::jws::JwsError::Signature) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let (jwk, map) = signed.ok_or(IdTokenError::Token(crate::jws::JwsError::Signature))?;

    let issuer = text(&map, "iss")?;
    version(&map, issuer)?;
    let tenant = guid(&map, "tid")?;
    if !expected.tenants.iter().any(|t| t.eq_ignore_ascii_case(&tenant)) {
        return Err(IdTokenError::Tenant(tenant));
    }
    let wanted = expected.issuer.for_tenant(&tenant);
    if issuer != wanted {
        return Err(IdTokenError::Issuer { found: cut(issuer), wanted });
    }
    if !jwk.may_sign(issuer, &tenant) {
        return Err(IdTokenError::KeyOfAnotherIssuer(cut(kid)));
    }
    audience(&map, expected.client_id)?;
    times(&map, expected.now_secs, SKEW_SECS)?;
    if let Some(wanted) = expected.nonce {
        nonce(&map, wanted)?;
    }
    claims::read(map, tenant)
}

/// A v1 token has another issuer, other claim names and other keys; telling it apart saves a long search.
fn version(map: &Map<String, Value>, issuer: &str) -> Result<(), IdTokenError> {
    match map.get("ver").and_then(Value::as_str) {
        Some("2.0") => Ok(()),
        Some("1.0") => Err(IdTokenError::Version1),
        None if issuer.starts_with("https://sts.") => Err(IdTokenError::Version1),
        Some(other) => Err(IdTokenError::Version(cut(other))),
        None => Err(IdTokenError::Missing("ver")),
    }
}

pub(crate) fn audience(map: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let wrong = |found: String| IdTokenError::Audience { found: cut(&found), wanted: client_id.to_owned() };
    let azp = map.get("azp");
    let azp_is_ours = azp.and_then(Value::as_str).is_some_and(|a| same_id(a, client_id));
    match map.get("aud") {
        Some(Value::String(one)) if same_id(one, client_id) => {}
        Some(Value::Array(many)) => {
            let ours = many.iter().any(|a| a.as_str().is_some_and(|a| same_id(a, client_id)));
            if !ours {
                return Err(wrong(Value::Array(many.clone()).to_string()));
            }
            if many.len() > 1 && !azp_is_ours {
                return Err(IdTokenError::AuthorizedParty(shown(azp)));
            }
        }
        Some(other) => return Err(wrong(shown(Some(other)))),
        None => return Err(IdTokenError::Missing("aud")),
    }
    if azp.is_some() && !azp_is_ours {
        return Err(IdTokenError::AuthorizedParty(shown(azp)));
    }
    Ok(())
}

/// A token without nonce, or a sign-in without one, fits nothing.
pub(crate) fn nonce(map: &Map<String, Value>, wanted: &str) -> Result<(), IdTokenError> {
    let found = text(map, "nonce")?;
    let fits = !wanted.is_empty() && bool::from(found.as_bytes().ct_eq(wanted.as_bytes()));
    if fits { Ok(()) } else { Err(IdTokenError::Nonce) }
}

pub(crate) fn times(map: &Map<String, Value>, now: i64, tolerated: i64) -> Result<(), IdTokenError> {
    let expires = seconds(map, "exp")?.ok_or(IdTokenError::Missing("exp"))?;
    if now >= expires.saturating_add(tolerated) {
        return Err(IdTokenError::Expired { expired: expires, now, tolerated });
    }
    for name in ["nbf", "iat"] {
        if let Some(from) = seconds(map, name)?
            && now < from.saturating_sub(tolerated)
        {
            return Err(IdTokenError::NotYet { claim: name, from, now, tolerated });
        }
    }
    Ok(())
}

fn seconds(map: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, IdTokenError> {
    match map.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| IdTokenError::Claim { name, found: cut(&value.to_string()) }),
    }
}

/// Client ids are GUIDs that people paste in either case; anything else is compared byte by byte.
fn same_id(found: &str, wanted: &str) -> bool {
    found == wanted || (parse_guid(found).is_some() && found.eq_ignore_ascii_case(wanted))
}

pub(crate) fn text<'a>(map: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, IdTokenError> {
    match map.get(name) {
        None => Err(IdTokenError::Missing(name)),
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(other) => Err(IdTokenError::Claim { name, found: cut(&other.to_string()) }),
    }
}

/// A claim that must be a dashed GUID, lower-cased.
fn guid(map: &Map<String, Value>, name: &'static str) -> Result<String, IdTokenError> {
    let found = text(map, name)?;
    parse_guid(found).map(|id| id.as_hyphenated().to_string()).ok_or_else(|| IdTokenError::Claim { name, found: cut(found) })
}

fn parse_guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |v| cut(&v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
}
