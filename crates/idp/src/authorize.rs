//! The address a browser is sent to for signing in. No call is made for it.

use model::idp::{IdpConfig, Prompt};
use url::Url;

use crate::{Client, IdpError, Refusal};

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
    /// Authentication contexts to ask for (`c1` to `c99`); only Entra knows them.
    pub contexts: &'a [String],
}

impl std::fmt::Debug for AuthorizeRequest<'_> {
    /// State and nonce bind a browser to a sign-in: not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizeRequest").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

impl Client {
    /// The authorize address of a provider: code flow, `response_mode=query`.
    ///
    /// Error: an address among the provider's settings cannot be used.
    pub fn authorize_url(&self, config: &IdpConfig, request: &AuthorizeRequest<'_>) -> Result<Url, IdpError> {
        match config {
            IdpConfig::Entra(idp) => self.entra_authorize_url(idp, request),
            IdpConfig::Oidc(idp) => crate::generic::authorize_url(idp, request),
        }
    }
}

/// What the authorize requests of all providers have (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core 1.0 section 3.1.2.1).
pub(crate) fn with_parameters(mut url: Url, client_id: &str, scope: &str, prompt: Option<Prompt>, request: &AuthorizeRequest<'_>) -> Url {
    // A hint names the account, so the picker that the provider's settings ask for would only be in the way; together they are
    // documented as not to be combined.
    let picked = request.login_hint.is_some() && prompt == Some(Prompt::SelectAccount);
    // Without consent, many providers give no refresh token (OpenID Connect Core 1.0 section 11): it stays beside what is asked for once.
    let consent = (prompt == Some(Prompt::Consent)).then_some(Prompt::Consent);
    let prompt = request.prompt_override.or(prompt.filter(|_| !picked));
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("response_mode", "query")
            .append_pair("scope", scope)
            .append_pair("state", request.state)
            .append_pair("nonce", request.nonce);
        if let Some(challenge) = request.code_challenge {
            query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
        }
        if let Some(prompt) = prompt {
            let beside = consent.filter(|consent| *consent != prompt && prompt != Prompt::None);
            let words: Vec<_> = std::iter::once(prompt).chain(beside).map(Prompt::as_str).collect();
            query.append_pair("prompt", &words.join(" "));
        }
        if let Some(hint) = request.login_hint
            && prompt != Some(Prompt::SelectAccount)
        {
            query.append_pair("login_hint", hint);
        }
    }
    url
}

/// What an error of the authorize redirect means (`error`, `error_description`), in plain words.
pub fn diagnose(config: &IdpConfig, error: &str, description: &str) -> Refusal {
    match config {
        IdpConfig::Entra(_) => crate::entra::diagnose(error, description),
        IdpConfig::Oidc(_) => crate::generic::diagnose(error, description),
    }
}
