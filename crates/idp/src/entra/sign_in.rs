//! One sign-in after the browser came back: redeem, validate, read groups, describe the person.

use model::{
    Timestamp,
    identity::SubjectKey,
    idp::{ClientCredentials, EntraSettings},
};
use oidc::id_token::{self, Expected, IdTokenClaims, IdTokenError};

use super::{
    Endpoints,
    groups::{self, Names, Reading},
    person,
    redeem::{Applicant, TOKEN, unusable},
};
use crate::{Callback, Client, SignedIn, error::SignInError, fetch::Deadline};

impl Client {
    pub(crate) async fn entra_sign_in(
        &self,
        idp: &EntraSettings,
        credentials: &ClientCredentials,
        callback: &Callback<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        let endpoints = self.endpoints(idp)?;
        let deadline = self.deadline(now);
        self.keys().refresh_in_background(self.fetcher(), &endpoints, now, deadline);
        if callback.issuer.is_some() {
            let own = self.keys().issuer(self.fetcher(), &endpoints, now, deadline).await?;
            callback.comes_from(|issuer| idp.tenants().any(|tenant| own.for_tenant(&tenant.to_string()) == issuer))?;
        }
        let applicant = Applicant { client: self, endpoints: &endpoints, idp, credentials, deadline };
        let tokens = applicant.redeem(callback).await?;
        let id_token = tokens.id_token.as_deref().ok_or_else(|| unusable(TOKEN, "no id_token in the answer".into()))?;
        let claims = self.validate(idp, &endpoints, id_token, Some(callback.nonce), now, deadline).await.map_err(rejected)?;
        callback.comes_from(|issuer| issuer == claims.iss)?;
        let (email, email_claim) = person::email(idp, &claims)?;
        let names = Names::WhenGranted(tokens.granted.as_deref());
        let reading = Reading { fetcher: self.fetcher(), endpoints: &endpoints, idp, names, now, deadline };
        let groups = groups::settle(&reading, Some(&claims), tokens.access_token.as_ref()).await;
        Ok(SignedIn {
            email_trust: person::trust(idp, &claims),
            membership: person::membership(idp, &claims),
            name: person::name(&claims, &email),
            upn: person::upn(&claims),
            claims: person::extra(idp, &claims),
            key: SubjectKey { issuer: claims.tid, subject: claims.oid },
            email,
            email_claim,
            groups,
            amr: claims.amr,
            contexts: claims.acrs,
            sid: claims.sid,
            refresh_token: tokens.refresh_token,
            granted: tokens.granted,
            skew_secs: tokens.skew_secs,
        })
    }

    /// Validates an ID token; a refreshed one carries no nonce.
    pub(super) async fn validate(
        &self,
        idp: &EntraSettings,
        endpoints: &Endpoints,
        id_token: &str,
        nonce: Option<&str>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<IdTokenClaims, Unaccepted> {
        let kid = id_token::key_id(id_token)?;
        let loaded = self.keys().keys_for(self.fetcher(), endpoints, &kid, now, deadline).await.map_err(Unaccepted::NoKeys)?;
        let tenants: Vec<String> = idp.tenants().map(|tenant| tenant.to_string()).collect();
        let expected =
            Expected { client_id: &idp.client_id, issuer: &loaded.metadata.issuer, tenants: &tenants, nonce, now_secs: now.secs() };
        Ok(id_token::validate(id_token, &loaded.keys, &expected)?)
    }
}

/// Why an ID token was not accepted.
pub(super) enum Unaccepted {
    /// The keys could not be had.
    NoKeys(SignInError),
    /// The token itself.
    Token(IdTokenError),
}

impl From<IdTokenError> for Unaccepted {
    fn from(error: IdTokenError) -> Self {
        Self::Token(error)
    }
}

/// Signed by the provider but not for this sign-in is a mismatch; everything else is no usable answer.
pub(super) fn rejected(unaccepted: Unaccepted) -> SignInError {
    match unaccepted {
        Unaccepted::NoKeys(error) => error,
        Unaccepted::Token(error) => crate::error::not_accepted(TOKEN, &error),
    }
}
