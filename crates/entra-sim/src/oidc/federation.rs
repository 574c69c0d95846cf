//! Owns federated credentials: assertions that another issuer signed, checked with that issuer's keys.
//!
//! Source: "Overview of federated identity credentials in Microsoft Entra ID".

use std::net::IpAddr;

use futures_util::StreamExt as _;
use serde_json::Value;
use url::Url;

use super::assertion::{Assertion, Terms, refused};
use super::fault::Fault;
use super::params::Params;
use crate::directory::app::Application;
use crate::directory::credential::FederatedCredential;
use crate::directory::id::AppId;
use crate::state::Sim;

/// Largest document read from an issuer.
const LARGEST: usize = 256 * 1024;

/// Fetches the keys of the issuer that an assertion names, when the application trusts it and its keys are not at hand.
pub async fn keys(sim: &Sim, params: &Params) -> Result<Option<Value>, Fault> {
    let issuer = {
        let Some(assertion) = params.get("client_assertion").and_then(|text| Assertion::read(text).ok()) else {
            return Ok(None);
        };
        let id = params.get("client_id").and_then(|id| id.parse::<AppId>().ok());
        let tenant = sim.tenant();
        let app = id.and_then(|id| tenant.app(id));
        let trusted = app.and_then(|app| {
            app.federated_identity_credentials.iter().find(|one| assertion.text("iss") == Some(&one.issuer) && one.jwks.is_none())
        });
        match trusted {
            Some(one) if !assertion.names_certificate() => one.issuer.clone(),
            _ => return Ok(None),
        }
    };
    let fetched = fetch(sim, &issuer).await;
    fetched.map(Some).ok_or_else(|| {
        refused(50_166, format!("Request to External OIDC endpoint failed: the keys of '{issuer}' could not be read. The simulator asks issuers on this machine only."))
    })
}

async fn fetch(sim: &Sim, issuer: &str) -> Option<Value> {
    let document = get(sim, &format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).await?;
    if document.get("issuer")?.as_str()? != issuer {
        return None;
    }
    get(sim, document.get("jwks_uri")?.as_str()?).await
}

async fn get(sim: &Sim, address: &str) -> Option<Value> {
    let url = Url::parse(address).ok().filter(is_local)?;
    let answer = sim.engine.http.get(url).send().await.ok().filter(|answer| answer.status().is_success())?;
    let mut bytes = Vec::new();
    let mut parts = answer.bytes_stream();
    while let Some(part) = parts.next().await {
        bytes.extend_from_slice(&part.ok()?);
        if bytes.len() > LARGEST {
            return None;
        }
    }
    serde_json::from_slice(&bytes).ok()
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    matches!(url.scheme(), "http" | "https")
        && (host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|ip| ip.is_loopback()))
}

/// Checks an assertion of another issuer.
pub fn check(app: &Application, assertion: &Assertion, fetched: Option<&Value>, terms: &Terms<'_>) -> Result<(), Fault> {
    let (issuer, subject) = (assertion.text("iss").unwrap_or_default(), assertion.text("sub").unwrap_or_default());
    let audiences = assertion.audiences();
    let of_issuer: Vec<&FederatedCredential> = app.federated_identity_credentials.iter().filter(|one| one.issuer == issuer).collect();
    if app.federated_identity_credentials.is_empty() {
        return Err(refused(
            70_025,
            format!("The client '{}'({}) has no configured federated identity credentials.", app.app_id, app.display_name),
        ));
    }
    let unmatched = |code, what: &str, value: &str| {
        refused(
            code,
            format!(
                "No matching federated identity record found for presented assertion {what} '{value}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
            ),
        )
    };
    if of_issuer.is_empty() {
        return Err(unmatched(700_211, "issuer", issuer));
    }
    let of_subject: Vec<&&FederatedCredential> = of_issuer.iter().filter(|one| one.subject == subject).collect();
    if of_subject.is_empty() {
        return Err(unmatched(700_213, "subject", subject));
    }
    let Some(found) = of_subject.iter().find(|one| one.audiences.iter().any(|known| audiences.contains(&known.as_str()))) else {
        return Err(unmatched(700_212, "audience", &audiences.join(" ")));
    };
    let set = found.jwks.as_ref().or(fetched);
    let keys = set.and_then(|set| set.get("keys")).and_then(Value::as_array);
    let kid = assertion.header("kid");
    let signed = keys.into_iter().flatten().filter(|key| kid.is_none() || key.get("kid").and_then(Value::as_str) == kid);
    if !signed.into_iter().any(|key| assertion.is_signed_by_jwk(key)) {
        return Err(refused(
            700_027,
            "Client assertion failed signature validation. [Reason - The key was not found among those of the issuer, or the signature is not its.]",
        ));
    }
    assertion.within_time(terms.now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_issuers_of_this_machine_are_asked() {
        let table = [
            ("http://localhost:8080/x", true),
            ("https://idp.localhost/x", true),
            ("http://127.0.0.1:1/x", true),
            ("http://[::1]:1/x", true),
            ("https://token.actions.example/x", false),
            ("http://10.0.0.1/x", false),
            ("http://localhost.evil.example/x", false),
            ("file://localhost/etc/passwd", false),
        ];
        for (address, local) in table {
            assert_eq!(is_local(&Url::parse(address).unwrap()), local, "{address}");
        }
    }
}
