//! The addresses of a generic provider, checked before anything is sent to them, and what is asked for there.

use model::idp::OidcSettings;
use url::Url;

use crate::{AuthorizeRequest, IdpError, authorize::with_parameters, entra::is_loopback, error::shown_address};

/// The authorize address.
pub(crate) fn authorize_url(idp: &OidcSettings, request: &AuthorizeRequest<'_>) -> Result<Url, IdpError> {
    Ok(with_parameters(endpoint("auth_url", &idp.auth_url)?, &idp.client_id, &scopes(idp), idp.prompt, request))
}

/// The configured scopes; `openid` is always among them.
pub(super) fn scopes(idp: &OidcSettings) -> String {
    let others = idp.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid" && !scope.is_empty());
    std::iter::once("openid").chain(others).collect::<Vec<_>>().join(" ")
}

/// An address that may be called: encrypted, or on this very machine; no credentials in it. Where its host is, is checked when it is
/// called.
pub(super) fn endpoint(member: &'static str, value: &str) -> Result<Url, IdpError> {
    let bad = || IdpError::Endpoint { member, value: shown_address(value) };
    let url = Url::parse(value).map_err(|_| bad())?;
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if encrypted && bare { Ok(url) } else { Err(bad()) }
}
