//! The token endpoint of Entra: codes, refresh tokens and the application's own token, and the endpoint's errors.

use model::{
    Secret,
    idp::{ClientCredentials, EntraSettings},
};
use reqwest::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::{
    Endpoints,
    authorize::scopes,
    check_secret_shape,
    diagnosis::{code_in, diagnose_code, is_outage},
    proofs::proofs,
    secret::SecretWarning,
};
use crate::{
    Callback, Client, IdpError,
    error::SignInError,
    fetch::Deadline,
    token::{Proof, Proven, Question, ask},
};

/// Granted scopes that are kept.
const MAX_SCOPES: usize = 200;
pub(super) const TOKEN: &str = "the token endpoint of Microsoft Entra";

/// The tokens of a sign-in; they live as long as the call.
pub(super) struct Tokens {
    pub(super) id_token: Option<String>,
    /// For Graph; opaque.
    pub(super) access_token: Option<Secret>,
    pub(super) refresh_token: Option<Secret>,
    pub(super) granted: Option<Vec<String>>,
    pub(super) skew_secs: Option<i64>,
}

/// The application at the token endpoint.
pub(super) struct Applicant<'a> {
    pub(super) client: &'a Client,
    pub(super) endpoints: &'a Endpoints,
    pub(super) idp: &'a EntraSettings,
    pub(super) credentials: &'a ClientCredentials,
    pub(super) deadline: Deadline,
}

impl Applicant<'_> {
    /// Redeems the code: the same `redirect_uri` as before, the PKCE verifier when there is one.
    pub(super) async fn redeem(&self, callback: &Callback<'_>) -> Result<Tokens, SignInError> {
        let mut grant = vec![("grant_type", "authorization_code"), ("code", callback.code), ("redirect_uri", callback.redirect_uri)];
        if let Some(verifier) = callback.code_verifier {
            grant.push(("code_verifier", verifier));
        }
        self.tokens(&grant).await
    }

    /// Uses a refresh token.
    pub(super) async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, SignInError> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose()), ("scope", scopes(self.idp))];
        self.tokens(&grant).await
    }

    async fn tokens(&self, grant: &[(&str, &str)]) -> Result<Tokens, SignInError> {
        let (map, skew_secs, _) = self.ask(&self.endpoints.token(), grant, self.client.proven()).await?;
        let text = |name: &str| map.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
        Ok(Tokens {
            id_token: text("id_token"),
            access_token: text("access_token").map(Secret::new),
            refresh_token: text("refresh_token").map(Secret::new),
            granted: text("scope").map(|scope| scope.split_ascii_whitespace().take(MAX_SCOPES).map(str::to_owned).collect()),
            skew_secs,
        })
    }

    /// The application's own token for Graph (Microsoft: "OAuth 2.0 client credentials flow on the Microsoft identity platform").
    pub(super) async fn own_token(&self) -> Result<Secret, Unanswered> {
        Ok(self.own(self.client.proven()).await?.0)
    }

    /// The same, kept from call to call while it lasts.
    pub(super) async fn kept_token(&self) -> Result<Secret, Unanswered> {
        let (key, now) = (self.token_key(), self.deadline.now());
        if let Some(token) = self.client.own_tokens().get(&key, self.credentials, now) {
            return Ok(token);
        }
        let (token, _, lasts_secs) = self.own(self.client.proven()).await?;
        self.client.own_tokens().keep(key, self.credentials, &token, lasts_secs, now);
        Ok(token)
    }

    /// Graph refused the kept token: whether another one may go better.
    pub(super) fn forget_token(&self) -> bool {
        self.client.own_tokens().forget(&self.token_key(), self.deadline.now())
    }

    fn token_key(&self) -> String {
        format!("{} {} {}", self.endpoints.own_token(), self.endpoints.graph_default_scope(), self.idp.client_id)
    }

    /// The same past what is remembered, with the number of the credential that was believed: so that a spent first one shows.
    pub(super) async fn prove(&self) -> Result<(Secret, usize), Unanswered> {
        let (token, proof, _) = self.own(&Proven::default()).await?;
        Ok((token, proof))
    }

    /// The token, the number of the credential that was believed, and how many seconds the token lasts.
    async fn own(&self, proven: &Proven) -> Result<(Secret, usize, i64), Unanswered> {
        let scope = self.endpoints.graph_default_scope();
        let grant = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
        let (map, _, proof) = self.ask(&self.endpoints.own_token(), &grant, proven).await?;
        let token = map.get("access_token").and_then(Value::as_str).filter(|t| !t.is_empty());
        let token = token.map(Secret::new).ok_or_else(|| Unanswered::Content(unusable(TOKEN, "no access_token in the answer".into())))?;
        Ok((token, proof, map.get("expires_in").and_then(Value::as_i64).unwrap_or(0)))
    }

    async fn ask(
        &self,
        url: &Url,
        grant: &[(&str, &str)],
        proven: &Proven,
    ) -> Result<(Map<String, Value>, Option<i64>, usize), Unanswered> {
        let question = Question { what: TOKEN, url, client_id: &self.idp.client_id, grant };
        let proofs = proofs(self.idp, self.credentials, self.client.federated(), url, self.deadline).await.map_err(Unanswered::Settings)?;
        let told = ask(self.client.fetcher(), proven, &question, &proofs, self.deadline).await.map_err(Unanswered::Exchange)?;
        let answer = &told.answer;
        if !answer.status.is_success() {
            let error = about_the_proof(refused(TOKEN, answer.status, &answer.body), proofs.get(told.proof));
            return Err(Unanswered::Status(answer.status, error));
        }
        let map = oidc::json::object(&answer.body).map_err(|e| Unanswered::Content(unusable(TOKEN, e.to_string())))?;
        Ok((map, answer.skew_secs, told.proof))
    }
}

/// Why there is no token, and how far the question came.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// Nothing was asked: the settings or the credentials do not allow it.
    Settings(IdpError),
    /// No complete answer.
    Exchange(SignInError),
    /// An answer that is no success.
    Status(StatusCode, SignInError),
    /// A success that cannot be used.
    Content(SignInError),
}

impl From<Unanswered> for SignInError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Settings(error) => error.into(),
            Unanswered::Exchange(error) | Unanswered::Status(_, error) | Unanswered::Content(error) => error,
        }
    }
}

/// Reads the error answer of an endpoint of the login service.
pub(super) fn refused(what: &'static str, status: StatusCode, body: &[u8]) -> SignInError {
    let map = oidc::json::object(body).unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or("");
    let error = text("error");
    let description = text("error_description");
    let code = code_in(description).or_else(|| first_code(&map));
    if status.is_server_error() || status.as_u16() == 429 || is_outage(error, code) {
        return SignInError::Down { what, detail: format!("status {status} {}", crate::error::tame(description)) };
    }
    if error.is_empty() {
        return unusable(what, format!("status {status} without an OAuth error"));
    }
    diagnose_code(error, description, code).into()
}

fn first_code(map: &Map<String, Value>) -> Option<u32> {
    let code = map.get("error_codes")?.get(0)?.as_u64()?;
    u32::try_from(code).ok()
}

/// When the secret was refused and looks like the Secret ID, that is the cause.
fn about_the_proof(mut error: SignInError, proof: Option<&Proof<'_>>) -> SignInError {
    if let SignInError::Refused(refusal) = &mut error
        && refusal.code == Some(7_000_215)
        && let Some(Proof::Post(secret)) = proof
    {
        match check_secret_shape(secret.expose()) {
            Some(SecretWarning::SecretId) => {
                refusal.cause = "the configured client secret is a GUID: it is the Secret ID, not the secret".into();
            }
            Some(SecretWarning::WhiteSpace) => {
                refusal.cause = "the configured client secret begins or ends with white space".into();
            }
            None => {}
        }
    }
    error
}

pub(super) fn unusable(what: &'static str, detail: String) -> SignInError {
    SignInError::Nonsense { what, detail }
}
