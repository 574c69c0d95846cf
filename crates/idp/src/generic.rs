//! Any OpenID Connect provider, by the addresses of its settings.

use model::{
    Secret, Timestamp,
    identity::SubjectKey,
    idp::{ClientCredentials, OidcSettings},
};
use url::Url;

use crate::{
    AuthorizeRequest, Callback, Client, IdpError, Refreshed, SignedIn,
    authorize::with_parameters,
    error::{RefreshError, SignInError},
};

/// The authorize address.
pub(crate) fn authorize_url(idp: &OidcSettings, request: &AuthorizeRequest<'_>) -> Result<Url, IdpError> {
    let url = Url::parse(&idp.auth_url).map_err(|_| IdpError::Unsupported)?;
    Ok(with_parameters(url, &idp.client_id, &idp.scopes.join(" "), idp.prompt, request))
}

impl Client {
    pub(crate) async fn generic_sign_in(
        &self,
        _: &OidcSettings,
        _: &ClientCredentials,
        _: &Callback<'_>,
        _: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        Err(IdpError::Unsupported.into())
    }

    pub(crate) async fn generic_refresh(
        &self,
        _: &OidcSettings,
        _: &ClientCredentials,
        _: &SubjectKey,
        _: &Secret,
        _: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        Err(SignInError::from(IdpError::Unsupported).into())
    }
}
