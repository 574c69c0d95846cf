//! The address a browser is sent to for signing in. No call is made for it.

use model::idp::{EntraSettings, Prompt};
use url::Url;

use crate::{Client, IdpError};

/// What one sign-in puts into the authorize request.
#[derive(Clone, Copy)]
pub struct AuthorizeRequest<'a> {
    /// The callback, exactly as registered.
    pub redirect_uri: &'a str,
    /// Opaque value that comes back.
    pub state: &'a str,
    /// Value that comes back inside the ID token.
    pub nonce: &'a str,
    /// PKCE challenge (S256), when the provider has PKCE on.
    pub code_challenge: Option<&'a str>,
    /// Account to suggest.
    pub login_hint: Option<&'a str>,
    /// `prompt` for this one request instead of the provider's.
    pub prompt_override: Option<Prompt>,
}

impl std::fmt::Debug for AuthorizeRequest<'_> {
    /// State and nonce bind a browser to a sign-in: not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizeRequest").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// The scopes a sign-in asks for: the least that serves (Microsoft Graph permissions reference).
pub fn scopes(idp: &EntraSettings) -> &'static str {
    if idp.support_groups {
        "openid profile email offline_access User.Read GroupMember.Read.All"
    } else {
        "openid profile email offline_access User.Read"
    }
}

impl Client {
    /// The authorize address of a provider (Microsoft: "Microsoft identity platform and OAuth 2.0 authorization code
    /// flow"), with `response_mode=query`.
    ///
    /// Error: the provider's cloud is not a pair of origins.
    pub fn authorize_url(&self, idp: &EntraSettings, request: &AuthorizeRequest<'_>) -> Result<Url, IdpError> {
        let mut url = self.endpoints(idp)?.authorize();
        let prompt = request.prompt_override.or(idp.prompt);
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("client_id", &idp.client_id)
                .append_pair("response_type", "code")
                .append_pair("redirect_uri", request.redirect_uri)
                .append_pair("response_mode", "query")
                .append_pair("scope", scopes(idp))
                .append_pair("state", request.state)
                .append_pair("nonce", request.nonce);
            if let Some(challenge) = request.code_challenge {
                query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
            }
            if let Some(prompt) = prompt {
                query.append_pair("prompt", prompt.as_str());
            }
            // Documented as not to be combined with the account picker.
            if let Some(hint) = request.login_hint
                && prompt != Some(Prompt::SelectAccount)
            {
                query.append_pair("login_hint", hint);
            }
        }
        Ok(url)
    }
}
