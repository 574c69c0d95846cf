//! One sign-in after the browser came back: redeem, validate, read groups, describe the person.

use std::collections::BTreeMap;

use model::{
    Email, Secret, Timestamp,
    identity::{EmailTrust, Groups, SubjectKey},
    idp::EntraSettings,
};
use oidc::id_token::{self, Expected, IdTokenClaims, IdTokenError};
use serde_json::Value;

use super::{
    Endpoints,
    groups::{self, Wanted},
    person, redeem,
};
use crate::{Client, error::SignInError, fetch::Deadline};

const ID_TOKEN: &str = "the token endpoint of Microsoft Entra";

/// What came back with the browser, and what was kept of the sign-in.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// The code.
    pub code: &'a str,
    /// The callback address sent with the authorize request.
    pub redirect_uri: &'a str,
    /// The nonce sent with the authorize request.
    pub nonce: &'a str,
    /// The PKCE verifier, when a challenge was sent.
    pub code_verifier: Option<&'a str>,
}

impl std::fmt::Debug for Callback<'_> {
    /// Code, nonce and verifier open doors: not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// A person, as the provider vouches for them.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// (tenant, object id).
    pub key: SubjectKey,
    /// Address: configured claim, `email`, user principal name.
    pub email: Email,
    /// Whether mail rules may use the address.
    pub email_trust: EmailTrust,
    /// Name to show.
    pub name: String,
    /// User principal name in the tenant, when told.
    pub upn: Option<String>,
    /// Groups, or why they are not known.
    pub groups: Groups,
    /// Authentication methods, when told.
    pub amr: Vec<String>,
    /// The provider's configured extra claims, and `oid`.
    pub claims: BTreeMap<String, Value>,
    /// Entra's session id, when told.
    pub sid: Option<String>,
}

impl Client {
    /// Redeems the code and describes the person. All calls together end within the configured total (at most 8 s).
    ///
    /// Trouble with Graph is no error: the groups are unknown then, with the reason.
    pub async fn sign_in(
        &self,
        idp: &EntraSettings,
        secret: &Secret,
        callback: &Callback<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        let endpoints = self.endpoints(idp)?;
        let deadline = self.deadline();
        let fetcher = self.fetcher();
        self.keys().refresh_in_background(fetcher, &endpoints, now, deadline);
        let tokens = redeem::redeem(fetcher, &endpoints, idp, secret, callback, deadline).await?;
        let claims = self.validate(idp, &endpoints, &tokens.id_token, callback.nonce, now, deadline).await?;
        let email = person::email(idp, &claims)?;
        let wanted = if idp.support_groups { Wanted::Yes } else { Wanted::No };
        let groups = groups::settle(fetcher, &endpoints, wanted, &claims, tokens.access_token.as_ref(), now, deadline).await;
        Ok(SignedIn {
            email_trust: person::trust(&claims),
            name: person::name(&claims, &email),
            upn: person::upn(&claims),
            claims: person::extra(idp, &claims),
            key: SubjectKey { issuer: claims.tid, subject: claims.oid },
            email,
            groups,
            amr: claims.amr,
            sid: claims.sid,
        })
    }

    async fn validate(
        &self,
        idp: &EntraSettings,
        endpoints: &Endpoints,
        id_token: &str,
        nonce: &str,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<IdTokenClaims, SignInError> {
        let kid = id_token::key_id(id_token).map_err(rejected)?;
        let loaded = self.keys().keys_for(self.fetcher(), endpoints, &kid, now, deadline).await?;
        let expected = Expected {
            client_id: &idp.client_id,
            issuer: &loaded.metadata.issuer,
            tenants: &[endpoints.tenant()],
            nonce,
            now_secs: now.secs(),
        };
        id_token::validate(id_token, &loaded.keys, &expected).map_err(rejected)
    }
}

/// Signed by the provider but not for this sign-in is a mismatch; everything else is no usable answer.
fn rejected(error: IdTokenError) -> SignInError {
    match error {
        IdTokenError::Nonce
        | IdTokenError::Issuer { .. }
        | IdTokenError::KeyOfAnotherIssuer(_)
        | IdTokenError::Audience { .. }
        | IdTokenError::AuthorizedParty(_)
        | IdTokenError::Tenant(_)
        | IdTokenError::Version1
        | IdTokenError::Version(_)
        | IdTokenError::Expired { .. }
        | IdTokenError::NotYet { .. } => SignInError::Mismatch(error.to_string()),
        IdTokenError::Token(_)
        | IdTokenError::NoKeyId
        | IdTokenError::UnknownKey(_)
        | IdTokenError::Missing(_)
        | IdTokenError::Claim { .. } => SignInError::Nonsense { what: ID_TOKEN, detail: error.to_string() },
    }
}
