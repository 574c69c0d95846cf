//! A sign-in through a generic provider, and looking again later.

use model::{
    Secret, Timestamp,
    identity::{Groups, GroupsUnknown, SubjectKey},
    idp::{ClientCredentials, OidcSettings},
};
use oidc::standard::{Claims, Expected};
use serde_json::{Map, Value};

use super::{
    diagnosis::{is_about_the_person, refused},
    endpoints::endpoint,
    person,
};
use crate::{
    Callback, Client, Membership, Refreshed, SignedIn,
    claims::carried,
    error::{RefreshError, SignInError},
    fetch::Deadline,
    token::{Proof, Question, ask},
};

pub(super) const TOKEN: &str = "the token endpoint of the identity provider";

impl Client {
    pub(crate) async fn generic_sign_in(
        &self,
        idp: &OidcSettings,
        credentials: &ClientCredentials,
        callback: &Callback<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        let deadline = self.deadline(now);
        callback.comes_from(|issuer| idp.accepts_issuer(issuer))?;
        let mut grant = vec![("grant_type", "authorization_code"), ("code", callback.code), ("redirect_uri", callback.redirect_uri)];
        if let Some(verifier) = callback.code_verifier {
            grant.push(("code_verifier", verifier));
        }
        let (answer, skew_secs) = self.ask_generic(idp, credentials, &grant, deadline).await?;
        let id_token = text(&answer, "id_token").ok_or_else(|| unusable("no id_token in the answer"))?;
        let claims = self.validate_generic(idp, id_token, Some(callback.nonce), deadline).await?;
        callback.comes_from(|issuer| issuer == claims.iss)?;
        let (email, email_claim) = person::email(idp, &claims)?;
        Ok(SignedIn {
            email_trust: person::trust(idp, &claims, &email),
            membership: Membership::NotTold,
            name: person::name(&claims, &email),
            upn: None,
            groups: Groups::Unknown { reason: GroupsUnknown::NotRequested, at: now },
            claims: carried(&idp.claims, &claims.all),
            key: SubjectKey { issuer: claims.iss, subject: claims.sub },
            email,
            email_claim,
            amr: claims.amr,
            contexts: Vec::new(),
            sid: claims.sid,
            refresh_token: text(&answer, "refresh_token").map(Secret::new),
            granted: text(&answer, "scope").map(|scope| scope.split_ascii_whitespace().take(200).map(str::to_owned).collect()),
            skew_secs,
        })
    }

    pub(crate) async fn generic_refresh(
        &self,
        idp: &OidcSettings,
        credentials: &ClientCredentials,
        person: &SubjectKey,
        refresh_token: &Secret,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        let deadline = self.deadline(now);
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        let (answer, skew_secs) = match self.ask_generic(idp, credentials, &grant, deadline).await {
            Ok(answered) => answered,
            Err(SignInError::Refused(refusal)) if is_about_the_person(&refusal) => return Err(RefreshError::Revoked(refusal)),
            Err(other) => return Err(RefreshError::Transient(other)),
        };
        // A refreshed answer may come without an ID token (OpenID Connect Core 1.0 section 12.2).
        if let Some(id_token) = text(&answer, "id_token") {
            let claims = self.validate_generic(idp, id_token, None, deadline).await?;
            if claims.iss != person.issuer || claims.sub != person.subject {
                return Err(RefreshError::somebody_else(&format!("{} of {}", claims.sub, claims.iss)));
            }
        }
        let groups = Groups::Unknown { reason: GroupsUnknown::NotRequested, at: now };
        Ok(Refreshed { refresh_token: text(&answer, "refresh_token").map(Secret::new), groups, skew_secs })
    }

    async fn validate_generic(
        &self,
        idp: &OidcSettings,
        id_token: &str,
        nonce: Option<&str>,
        deadline: Deadline,
    ) -> Result<Claims, SignInError> {
        let url = endpoint("certs_url", &idp.certs_url)?;
        let is_issuer = |iss: &str| idp.accepts_issuer(iss);
        let expected = Expected { client_id: &idp.client_id, is_issuer: &is_issuer, nonce, now_secs: deadline.now().secs() };
        self.generic_keys().validate(self.fetcher(), &url, id_token, &expected, deadline).await
    }

    /// Asks the token endpoint: with each secret by `client_secret_basic`, which every server must know (RFC 6749 section 2.3.1), then
    /// by `client_secret_post`, which some want instead; what worked is tried first the next time.
    async fn ask_generic(
        &self,
        idp: &OidcSettings,
        credentials: &ClientCredentials,
        grant: &[(&str, &str)],
        deadline: Deadline,
    ) -> Result<(Map<String, Value>, Option<i64>), SignInError> {
        let url = endpoint("token_url", &idp.token_url)?;
        let secrets = [&credentials.secret, &credentials.second_secret];
        let mut proofs: Vec<Proof<'_>> =
            secrets.into_iter().flatten().flat_map(|secret| [Proof::Basic(secret), Proof::Post(secret)]).collect();
        if proofs.is_empty() {
            proofs.push(Proof::Nothing);
        }
        let question = Question { what: TOKEN, url: &url, client_id: &idp.client_id, grant };
        let answer = ask(self.fetcher(), self.proven(), &question, &proofs, deadline).await?.answer;
        if !answer.status.is_success() {
            return Err(refused(answer.status, &answer.body));
        }
        let map = oidc::json::object(&answer.body).map_err(|error| unusable(&error.to_string()))?;
        Ok((map, answer.skew_secs))
    }
}

fn text<'a>(answer: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    answer.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn unusable(detail: &str) -> SignInError {
    SignInError::Nonsense { what: TOKEN, detail: detail.to_owned() }
}
