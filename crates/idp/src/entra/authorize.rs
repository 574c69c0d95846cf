//! Entra's authorize address: scopes and the request for authentication contexts.

use model::idp::EntraSettings;
use serde_json::{Value, json};
use url::Url;

use crate::{AuthorizeRequest, Client, IdpError, authorize::with_parameters};

/// The scopes a sign-in asks for: the least that serves (Microsoft Graph permissions reference).
pub fn scopes(idp: &EntraSettings) -> &'static str {
    if idp.support_groups {
        "openid profile email offline_access User.Read GroupMember.Read.All"
    } else {
        "openid profile email offline_access User.Read"
    }
}

impl Client {
    /// Microsoft: "Microsoft identity platform and OAuth 2.0 authorization code flow".
    pub(crate) fn entra_authorize_url(&self, idp: &EntraSettings, request: &AuthorizeRequest<'_>) -> Result<Url, IdpError> {
        let mut url = with_parameters(self.endpoints(idp)?.authorize(), &idp.client_id, scopes(idp), idp.prompt, request);
        if let Some(claims) = claims(request.contexts) {
            url.query_pairs_mut().append_pair("claims", &claims.to_string());
        }
        Ok(url)
    }
}

/// The `claims` parameter that asks for authentication contexts (Microsoft: "Developer guidance for Conditional Access authentication
/// context"; `value` and `values`: OpenID Connect Core 1.0 section 5.5.1).
fn claims(contexts: &[String]) -> Option<Value> {
    let wanted = match contexts {
        [] => return None,
        [one] => json!({ "essential": true, "value": one }),
        many => json!({ "essential": true, "values": many }),
    };
    Some(json!({ "id_token": { "acrs": wanted } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_asked_for_as_an_essential_claim() {
        let asked = |list: &[&str]| claims(&list.iter().map(ToString::to_string).collect::<Vec<_>>()).map(|c| c.to_string());
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&["c2"]).unwrap(), r#"{"id_token":{"acrs":{"essential":true,"value":"c2"}}}"#);
        assert_eq!(asked(&["c2", "c3"]).unwrap(), r#"{"id_token":{"acrs":{"essential":true,"values":["c2","c3"]}}}"#);
    }
}
