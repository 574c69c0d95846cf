//! Settings of a generic OpenID Connect provider.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Liveness, Prompt};

/// Settings of a generic OpenID Connect provider (`type: oidc` of the v4 API). The client secret is kept sealed, apart from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcSettings {
    /// Client ID.
    pub client_id: String,
    /// Authorization endpoint.
    pub auth_url: String,
    /// Token endpoint.
    pub token_url: String,
    /// Key set.
    pub certs_url: String,
    /// Scopes asked for; `openid` is always among those sent.
    pub scopes: Vec<String>,
    /// Extra claims carried into the identity.
    pub claims: Vec<String>,
    /// Claim that holds the e-mail; then `email`.
    pub email_claim_name: Option<String>,
    /// `prompt`; absent: not sent.
    pub prompt: Option<Prompt>,
    /// Send a PKCE challenge (S256).
    pub pkce_enabled: bool,
    /// The exact `iss` of its tokens (doorward's own setting); absent: any `iss` with the origin of `auth_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Mail domains for which this provider's word is good (ruling 18; doorward's own setting); without an exact `issuer` it is good for
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authoritative_domains: Vec<String>,
    /// Looking after people between their sign-ins, when the provider gives refresh tokens (doorward's own setting).
    #[serde(default)]
    pub liveness: Liveness,
}

impl OidcSettings {
    /// Whether `iss` is one that this provider's tokens may carry (OpenID Connect Core 1.0, 3.1.3.7, point 2).
    pub fn accepts_issuer(&self, iss: &str) -> bool {
        match &self.issuer {
            Some(issuer) => issuer == iss,
            None => match (Url::parse(iss), Url::parse(&self.auth_url)) {
                (Ok(iss), Ok(auth)) => iss.origin().is_tuple() && iss.origin() == auth.origin(),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_issuer_the_origin_of_the_authorization_endpoint_counts() {
        let mut settings = OidcSettings {
            client_id: "doorward".into(),
            auth_url: "https://id.harbourworks.example/oauth/authorize".into(),
            token_url: "https://id.harbourworks.example/oauth/token".into(),
            certs_url: "https://id.harbourworks.example/jwks".into(),
            scopes: vec![],
            claims: vec![],
            email_claim_name: None,
            prompt: None,
            pkce_enabled: true,
            issuer: None,
            authoritative_domains: vec![],
            liveness: Liveness::default(),
        };
        for (iss, accepted) in [
            ("https://id.harbourworks.example", true),
            ("https://id.harbourworks.example:443/realms/harbour", true),
            ("http://id.harbourworks.example", false),
            ("https://id.harbourworks.example.evil.test", false),
            ("https://evil.test/id.harbourworks.example", false),
            ("data:,x", false),
            ("", false),
        ] {
            assert_eq!(settings.accepts_issuer(iss), accepted, "{iss}");
        }
        settings.issuer = Some("https://id.harbourworks.example/realms/harbour".into());
        assert!(settings.accepts_issuer("https://id.harbourworks.example/realms/harbour"));
        assert!(!settings.accepts_issuer("https://id.harbourworks.example/realms/other"));
    }
}
