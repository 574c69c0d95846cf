//! Owns reading the assertion that doorward adds to a request, and checking it against the published keys.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Not asked more often for a key that it does not have.
const PAUSE: Duration = Duration::from_secs(5);

/// Knows the team's keys.
#[derive(Clone)]
pub struct Verifier {
    client: reqwest::Client,
    certs: String,
    issuer: String,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    keys: Option<JwkSet>,
    asked: Option<Instant>,
}

/// What the assertion says.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// Header and claims, when they could be read.
    pub header: Option<Value>,
    /// Claims.
    pub claims: Option<Value>,
    /// Whether to believe them.
    pub verdict: Verdict,
}

/// Whether an assertion is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Signed by a published key, of this issuer, not expired.
    Good,
    /// There is none.
    Absent,
    /// Not to be believed, and why.
    Bad(String),
}

impl Verifier {
    /// Keys come from `/cdn-cgi/access/certs` of the team domain `issuer`.
    pub fn new(client: reqwest::Client, issuer: &str) -> Self {
        Self { client, certs: format!("{issuer}/cdn-cgi/access/certs"), issuer: issuer.to_owned(), known: Arc::default() }
    }

    /// Reads and checks.
    pub async fn read(&self, token: Option<&str>) -> Assertion {
        let Some(token) = token else {
            return Assertion { header: None, claims: None, verdict: Verdict::Absent };
        };
        let mut parts = token.split('.');
        let (header, claims) = (parts.next().and_then(json), parts.next().and_then(json));
        let verdict = match self.check(token).await {
            Ok(()) => Verdict::Good,
            Err(why) => Verdict::Bad(why),
        };
        Assertion { header, claims, verdict }
    }

    async fn check(&self, token: &str) -> Result<(), String> {
        let header = decode_header(token).map_err(|error| format!("its header cannot be read: {error}"))?;
        let kid = header.kid.ok_or("it names no key")?;
        let key = self.key(&kid).await?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        // The origin of a sample does not know its application's AUD; a real one compares it.
        validation.validate_aud = false;
        decode::<Value>(token, &key, &validation).map(|_| ()).map_err(|error| error.to_string())
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey, String> {
        let mut known = self.known.lock().await;
        let missing = known.keys.as_ref().and_then(|keys| keys.find(kid)).is_none();
        if missing && known.asked.is_none_or(|when| when.elapsed() >= PAUSE) {
            known.asked = Some(Instant::now());
            let answer = self.client.get(&self.certs).send().await.and_then(reqwest::Response::error_for_status);
            let answer = answer.map_err(|error| format!("the keys cannot be fetched: {error}"))?;
            known.keys = Some(answer.json().await.map_err(|error| format!("the keys cannot be read: {error}"))?);
        }
        let jwk = known.keys.as_ref().and_then(|keys| keys.find(kid)).ok_or("its key is not published")?;
        DecodingKey::from_jwk(jwk).map_err(|error| format!("its key cannot be used: {error}"))
    }
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
