//! Looking again after a sign-in: the refresh token says whether Entra still welcomes the person, and what their groups are.

use model::{
    Secret, Timestamp,
    identity::SubjectKey,
    idp::{ClientCredentials, EntraSettings},
};
use oidc::id_token::IdTokenError;

use super::{
    diagnosis::is_about_the_person,
    groups::{self, Names, Reading},
    redeem::Applicant,
    sign_in::{Unaccepted, rejected},
};
use crate::{
    Client, Refreshed,
    error::{RefreshError, SignInError},
};

impl Client {
    pub(crate) async fn entra_refresh(
        &self,
        idp: &EntraSettings,
        credentials: &ClientCredentials,
        person: &SubjectKey,
        refresh_token: &Secret,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        let endpoints = self.endpoints(idp).map_err(SignInError::from)?;
        let deadline = self.deadline(now);
        let applicant = Applicant { client: self, endpoints: &endpoints, idp, credentials, deadline };
        let tokens = applicant.refresh(refresh_token).await.map_err(sort)?;
        let claims = match &tokens.id_token {
            None => None,
            Some(id_token) => match self.validate(idp, &endpoints, id_token, None, now, deadline).await {
                Ok(claims) => Some(claims),
                Err(Unaccepted::Token(IdTokenError::Tenant(tenant))) => return Err(RefreshError::somebody_else(&tenant)),
                Err(unaccepted) => return Err(RefreshError::Transient(rejected(unaccepted))),
            },
        };
        if let Some(claims) = &claims
            && (claims.tid != person.issuer || claims.oid != person.subject)
        {
            return Err(RefreshError::somebody_else(&format!("{} of {}", claims.oid, claims.tid)));
        }
        let reading = Reading { fetcher: self.fetcher(), endpoints: &endpoints, idp, names: Names::Unneeded, now, deadline };
        let groups = groups::settle(&reading, claims.as_ref(), tokens.access_token.as_ref()).await;
        Ok(Refreshed { refresh_token: tokens.refresh_token, groups, skew_secs: tokens.skew_secs })
    }
}

/// A "no" that is about the person ends their sessions; everything else may pass.
fn sort(error: SignInError) -> RefreshError {
    match error {
        SignInError::Refused(refusal) if is_about_the_person(&refusal) => RefreshError::Revoked(refusal),
        other => RefreshError::Transient(other),
    }
}
