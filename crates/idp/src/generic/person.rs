//! Who a generic provider's token speaks of.

use model::{Email, identity::EmailTrust, idp::OidcSettings};
use oidc::standard::Claims;
use serde_json::Value;

use crate::error::SignInError;

/// The address and the claim it was read from: the configured claim, then `email`.
pub(super) fn email(idp: &OidcSettings, claims: &Claims) -> Result<(Email, String), SignInError> {
    let configured = idp.email_claim_name.as_deref().filter(|name| !name.is_empty());
    let mut looked_at = Vec::new();
    for name in configured.into_iter().chain(["email"]) {
        let value = claims.all.get(name).and_then(|v| v.as_str().or_else(|| v.get(0)?.as_str())).filter(|text| !text.is_empty());
        match value.map(str::parse::<Email>) {
            None => looked_at.push(format!("{name}: absent")),
            Some(Ok(email)) => return Ok((email, name.to_owned())),
            Some(Err(invalid)) => looked_at.push(format!("{name}: {invalid}")),
        }
    }
    Err(SignInError::NoEmail(looked_at))
}

/// Mail rules believe the provider for the domains it is marked as authoritative for, unless it says itself that the address is not
/// verified (ruling 18). `*` stands for all domains. Only a provider whose issuer is named exactly can be authoritative: a host may issue
/// for many tenants with the same keys, and any of their administrators can write any address.
pub(super) fn trust(idp: &OidcSettings, claims: &Claims, email: &Email) -> EmailTrust {
    let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    let authoritative = idp.authoritative_domains.iter().any(|own| own == "*" || own.eq_ignore_ascii_case(domain));
    let denied = match claims.all.get("email_verified") {
        None => false,
        Some(Value::Bool(verified)) => !verified,
        Some(Value::String(text)) => !text.eq_ignore_ascii_case("true"),
        Some(_) => true,
    };
    if idp.issuer.is_some() && authoritative && !denied { EmailTrust::AuthoritativeProvider } else { EmailTrust::Unverified }
}

/// The name to show: at most 256 characters, no control characters.
pub(super) fn name(claims: &Claims, email: &Email) -> String {
    let told = ["name", "preferred_username"].into_iter().find_map(|claim| claims.all.get(claim)?.as_str().filter(|name| !name.is_empty()));
    told.unwrap_or(email.as_str()).chars().filter(|c| !c.is_control()).take(256).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(all: Value) -> Claims {
        Claims { iss: "i".into(), sub: "s".into(), amr: vec![], sid: None, all: all.as_object().cloned().unwrap() }
    }

    fn settings(domains: &[&str]) -> OidcSettings {
        serde_json::from_value(json!({"client_id": "c", "auth_url": "", "token_url": "", "certs_url": "", "scopes": [], "claims": [],
            "email_claim_name": "mail", "prompt": null, "pkce_enabled": true, "authoritative_domains": domains, "issuer": "i"}))
        .unwrap()
    }

    // Attack case 32.
    #[test]
    fn addresses_count_only_where_the_provider_is_authoritative() {
        for (domains, verified, trusted) in [
            (&["harbourworks.example"][..], json!(true), true),
            (&["HarbourWorks.example"], Value::Null, false),
            (&["*"], json!("true"), true),
            (&["*"], json!(false), false),
            (&["*"], json!("false"), false),
            (&["ship.example", "works.example"], json!(true), false),
            (&[], json!(true), false),
        ] {
            let who = claims(json!({"email": "mara@harbourworks.example", "email_verified": verified}));
            let (email, claim) = email(&settings(domains), &who).unwrap();
            assert_eq!(claim, "email");
            assert_eq!(trust(&settings(domains), &who, &email) == EmailTrust::AuthoritativeProvider, trusted, "{domains:?} {verified}");
        }
        let any_tenant = OidcSettings { issuer: None, ..settings(&["*"]) };
        let who = claims(json!({"email": "mara@harbourworks.example", "email_verified": true}));
        let (address, _) = email(&any_tenant, &who).unwrap();
        assert_eq!(trust(&any_tenant, &who, &address), EmailTrust::Unverified, "any tenant of the host may say so");
        let silent = claims(json!({"mail": "mara@harbourworks.example"}));
        let (address, claim) = email(&settings(&["*"]), &silent).unwrap();
        assert_eq!((claim.as_str(), trust(&settings(&["*"]), &silent, &address)), ("mail", EmailTrust::AuthoritativeProvider));
        assert!(email(&settings(&[]), &claims(json!({"email": "a@evil.test@harbourworks.example"}))).is_err());
    }
}
