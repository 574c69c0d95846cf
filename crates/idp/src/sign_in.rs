//! Signing in and looking again later, for every kind of provider: what goes in and what comes out.

use std::collections::BTreeMap;

use model::{
    Email, Secret, Timestamp,
    identity::{EmailTrust, Groups, SubjectKey},
    idp::IdpConfig,
};
use serde_json::Value;

use crate::{
    Client, Provider,
    error::{RefreshError, SignInError},
};

/// What came back with the browser, and what was kept of the sign-in.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// The code.
    pub code: &'a str,
    /// `iss` of the answer, when there is one (RFC 9207): the issuer that says it answers.
    pub issuer: Option<&'a str>,
    /// The callback address sent with the authorize request.
    pub redirect_uri: &'a str,
    /// The nonce sent with the authorize request.
    pub nonce: &'a str,
    /// The PKCE verifier, when a challenge was sent.
    pub code_verifier: Option<&'a str>,
}

impl Callback<'_> {
    /// Refuses an answer that says it is another issuer's. To be asked before the code is redeemed, because a code of one provider must
    /// not be shown to another (RFC 9207 section 2.4), and again when the ID token has named its issuer.
    pub(crate) fn comes_from(&self, is_issuer: impl FnOnce(&str) -> bool) -> Result<(), SignInError> {
        if self.issuer.is_none_or(is_issuer) {
            return Ok(());
        }
        Err(SignInError::Mismatch("the browser brought the answer of another issuer (iss) than the provider's".into()))
    }
}

impl std::fmt::Debug for Callback<'_> {
    /// Code, nonce and verifier open doors: not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// How an account belongs to the tenant that vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// A member of the provider's own tenant.
    Member,
    /// A guest in the provider's own tenant.
    Guest,
    /// Of another tenant that the provider admits.
    ForeignTenant,
    /// The provider knows no such thing.
    NotTold,
}

/// A person, as the provider vouches for them.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// With Entra (tenant, object id), else (issuer, subject).
    pub key: SubjectKey,
    /// Address: configured claim, `email`, with Entra then the user principal name.
    pub email: Email,
    /// Name of the claim that the address was read from.
    pub email_claim: String,
    /// Whether mail rules may use the address.
    pub email_trust: EmailTrust,
    /// How the account belongs to the tenant.
    pub membership: Membership,
    /// Name to show.
    pub name: String,
    /// User principal name in the tenant, when told.
    pub upn: Option<String>,
    /// Groups, or why they are not known.
    pub groups: Groups,
    /// Authentication methods, when told.
    pub amr: Vec<String>,
    /// Authentication contexts that are met (`acrs`).
    pub contexts: Vec<String>,
    /// The provider's configured extra claims, and with Entra `oid`.
    pub claims: BTreeMap<String, Value>,
    /// The provider's session id, when told.
    pub sid: Option<String>,
    /// Good for looking again without the person, when the provider gave one.
    pub refresh_token: Option<Secret>,
    /// Scopes that the token endpoint says it granted (RFC 6749 section 5.1); `None` when it does not say: then those asked for.
    pub granted: Option<Vec<String>>,
    /// The provider's clock minus ours, in seconds, when its answer had a date.
    pub skew_secs: Option<i64>,
}

/// What a provider says of somebody who signed in earlier.
#[derive(Debug, Clone, PartialEq)]
pub struct Refreshed {
    /// To use the next time instead of the old one; `None`: the old one stays.
    pub refresh_token: Option<Secret>,
    /// Groups as they are now, or why they are not known.
    pub groups: Groups,
    /// The provider's clock minus ours, in seconds, when its answer had a date.
    pub skew_secs: Option<i64>,
}

impl Client {
    /// Redeems the code and describes the person. All calls together end within the configured total (at most 8 s).
    ///
    /// Trouble with Graph is no error: the groups are unknown then, with the reason.
    pub async fn sign_in(&self, provider: Provider<'_>, callback: &Callback<'_>, now: Timestamp) -> Result<SignedIn, SignInError> {
        match provider.config {
            IdpConfig::Entra(idp) => self.entra_sign_in(idp, provider.credentials, callback, now).await,
            IdpConfig::Oidc(idp) => self.generic_sign_in(idp, provider.credentials, callback, now).await,
        }
    }

    /// Uses a refresh token of the person: are they still welcome at the provider, and in which groups are they now?
    ///
    /// A provider that answers for somebody else than `person` counts as one that revoked. All calls together end within the
    /// configured total (at most 8 s).
    pub async fn refresh(
        &self,
        provider: Provider<'_>,
        person: &SubjectKey,
        refresh_token: &Secret,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        match provider.config {
            IdpConfig::Entra(idp) => self.entra_refresh(idp, provider.credentials, person, refresh_token, now).await,
            IdpConfig::Oidc(idp) => self.generic_refresh(idp, provider.credentials, person, refresh_token, now).await,
        }
    }
}
