//! The provider's metadata document (OpenID Connect Discovery 1.0 section 3), as far as a relying party needs it.

use serde_json::{Map, Value};
use url::Url;

use crate::{
    issuer::Issuer,
    json::{self, JsonError},
};

/// What a discovery document says. Unknown members are ignored; PKCE support is not read from it, because Entra
/// supports PKCE without announcing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Issuer of the tokens; a template with `{tenantid}` when the document is that of `common` or `organizations`.
    pub issuer: Issuer,
    /// Where a browser is sent to sign in.
    pub authorization_endpoint: Url,
    /// Where a code becomes tokens.
    pub token_endpoint: Url,
    /// Where the signing keys are.
    pub jwks_uri: Url,
    /// Where a browser is sent to sign out.
    pub end_session_endpoint: Option<Url>,
}

/// Why a discovery document is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not a strict JSON object.
    #[error("the discovery document is unusable: {0}")]
    Json(JsonError),
    /// A member that must be there is not, or is not a text.
    #[error("the discovery document has no usable {0:?}")]
    Missing(&'static str),
    /// A member is not an absolute http(s) URL.
    #[error("{member:?} in the discovery document is not an absolute web address: {value:?}")]
    NotAnAddress {
        /// Which member.
        member: &'static str,
        /// What it says, cut to 120 characters.
        value: String,
    },
    /// RS256 is not offered.
    #[error("the discovery document does not offer RS256 for ID tokens")]
    NoRs256,
}

impl Metadata {
    /// Parses and validates a document. Addresses are absolute `https` or `http` URLs without credentials and
    /// fragment; whether they lie on the expected host is for the caller, who knows it.
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        let map = json::object(bytes).map_err(MetadataError::Json)?;
        let issuer = Issuer::parse(text(&map, "issuer")?).ok_or(MetadataError::Missing("issuer"))?;
        if let Some(algorithms) = map.get("id_token_signing_alg_values_supported") {
            let offers = algorithms.as_array().is_some_and(|a| a.iter().any(|v| v == "RS256"));
            if !offers {
                return Err(MetadataError::NoRs256);
            }
        }
        Ok(Self {
            issuer,
            authorization_endpoint: address(&map, "authorization_endpoint")?,
            token_endpoint: address(&map, "token_endpoint")?,
            jwks_uri: address(&map, "jwks_uri")?,
            end_session_endpoint: match map.get("end_session_endpoint") {
                None | Some(Value::Null) => None,
                Some(_) => Some(address(&map, "end_session_endpoint")?),
            },
        })
    }
}

fn text<'a>(map: &'a Map<String, Value>, member: &'static str) -> Result<&'a str, MetadataError> {
    map.get(member).and_then(Value::as_str).ok_or(MetadataError::Missing(member))
}

fn address(map: &Map<String, Value>, member: &'static str) -> Result<Url, MetadataError> {
    let value = text(map, member)?;
    Url::parse(value)
        .ok()
        .filter(|u| value.len() <= 2048 && matches!(u.scheme(), "https" | "http") && u.has_host())
        .filter(|u| u.username().is_empty() && u.password().is_none() && u.fragment().is_none())
        .ok_or_else(|| MetadataError::NotAnAddress { member, value: value.chars().take(120).collect() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn document(tenant: &str, issuer_tenant: &str) -> Value {
        json!({
            "issuer": format!("https://login.example/{issuer_tenant}/v2.0"),
            "authorization_endpoint": format!("https://login.example/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("https://login.example/{tenant}/oauth2/v2.0/token"),
            "jwks_uri": format!("https://login.example/{tenant}/discovery/v2.0/keys"),
            "end_session_endpoint": format!("https://login.example/{tenant}/oauth2/v2.0/logout"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": null,
        })
    }

    #[test]
    fn tenant_and_template_documents_are_read() {
        let fixed = Metadata::parse(document("t1", "t1").to_string().as_bytes()).unwrap();
        assert_eq!(fixed.issuer.as_str(), "https://login.example/t1/v2.0");
        assert!(fixed.end_session_endpoint.is_some());
        let open = Metadata::parse(document("organizations", "{tenantid}").to_string().as_bytes()).unwrap();
        assert!(open.issuer.is_template());
        assert_eq!(open.jwks_uri.path(), "/organizations/discovery/v2.0/keys");
    }

    #[test]
    fn missing_and_foreign_addresses_are_refused() {
        for member in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let mut broken = document("t1", "t1");
            broken.as_object_mut().unwrap().remove(member);
            assert_eq!(Metadata::parse(broken.to_string().as_bytes()), Err(MetadataError::Missing(member)));
        }
        for bad in ["file:///etc/passwd", "unix:/run/x", "/keys", "https://a:b@login.example/k", "ftp://x/k"] {
            let mut broken = document("t1", "t1");
            broken["jwks_uri"] = json!(bad);
            let error = Metadata::parse(broken.to_string().as_bytes()).unwrap_err();
            assert!(error.to_string().contains("jwks_uri"), "{error}");
        }
        let mut weak = document("t1", "t1");
        weak["id_token_signing_alg_values_supported"] = json!(["HS256"]);
        assert_eq!(Metadata::parse(weak.to_string().as_bytes()), Err(MetadataError::NoRs256));
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Metadata::parse(&bytes);
        }
    }
}
