//! Asking a customer's endpoint about somebody ("External Evaluation rules" of Cloudflare One): a signed question, a signed answer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use model::{Timestamp, identity::Verdict};
use oidc::jws::{Unverified, VerifyKey};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    Client, SignInError,
    fetch::{Deadline, Fetcher},
};

const ENDPOINT: &str = "the external evaluation";
const KEYS: &str = "the key set of the external evaluation";
/// Time for one question with everything that belongs to it.
const TOTAL: Duration = Duration::from_secs(5);
/// Largest answer, in bytes.
const MAX_ANSWER: usize = 16 * 1024;
/// Largest key set, in bytes.
const MAX_SET: usize = 128 * 1024;
/// Keys of a set that are looked at.
const MAX_KEYS: usize = 32;
/// Seconds for which a set is good.
const KEPT_SECS: i64 = 60;
/// A key that is not known is looked for in a fresh set, unless this one is as young.
const JUST_NOW: i64 = 5;
/// Sets kept.
const MAX_SETS: usize = 256;
/// Seconds that the two clocks may differ.
const LEEWAY_SECS: i64 = 30;

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// Where it goes.
    pub evaluate_url: String,
    /// Where the keys of the answer are.
    pub keys_url: String,
    /// The signed token that it is asked with.
    pub token: String,
    /// What that token has as `nonce`, and the answer must repeat.
    pub nonce: String,
}

/// Why an answer is not believed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// An address.
    #[error("{0:?} is no http or https address")]
    Address(String),
    /// The call.
    #[error("the endpoint or its keys could not be read")]
    Call(#[from] SignInError),
    /// Refused by its status.
    #[error("the endpoint answered with status {0}")]
    Status(u16),
    /// No token in the answer.
    #[error("the answer is no JSON object with a token")]
    Form,
    /// The token.
    #[error("the answer's token is not good: {0}")]
    Token(String),
    /// Not an answer to this question, or too old.
    #[error("the answer's {0} does not fit")]
    Claim(&'static str),
}

type Keys = Arc<HashMap<String, VerifyKey>>;

/// Key sets by address.
#[derive(Default)]
pub(crate) struct EvaluationKeys(Mutex<HashMap<String, (Keys, Timestamp)>>);

/// The claims of an answer.
type Said = Map<String, Value>;

impl Client {
    /// Asks. `Ok` is what the endpoint said in a signed, fresh answer to this very question; anything else is an error, and means nothing.
    pub async fn evaluate(&self, question: &Question, now: Timestamp) -> Result<Verdict, EvaluationError> {
        let (endpoint, keys) = (address(&question.evaluate_url)?, address(&question.keys_url)?);
        let deadline = self.deadline(now).within(TOTAL);
        let body = json!({ "token": question.token }).to_string();
        let request = self.fetcher().http.post(endpoint.clone()).header("content-type", "application/json").body(body);
        let answer = self.fetcher().send(ENDPOINT, &endpoint, request, MAX_ANSWER, deadline).await?;
        if answer.status.as_u16() != 200 {
            return Err(EvaluationError::Status(answer.status.as_u16()));
        }
        let answer: Value = serde_json::from_slice(&answer.body).map_err(|_| EvaluationError::Form)?;
        let token = answer.get("token").and_then(Value::as_str).ok_or(EvaluationError::Form)?;
        let said = self.evaluation_keys().verify(self.fetcher(), &keys, token, deadline).await?;
        judge(&said, &question.nonce, deadline.now())
    }
}

fn address(text: &str) -> Result<Url, EvaluationError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
    url.ok_or_else(|| EvaluationError::Address(text.chars().take(200).collect()))
}

/// Only `true` is yes; only `false` is no.
fn judge(said: &Said, nonce: &str, now: Timestamp) -> Result<Verdict, EvaluationError> {
    let number = |claim: &str| said.get(claim).and_then(Value::as_i64);
    if said.get("nonce").and_then(Value::as_str) != Some(nonce) {
        return Err(EvaluationError::Claim("nonce"));
    }
    if number("exp").is_none_or(|exp| exp <= now.secs()) {
        return Err(EvaluationError::Claim("exp"));
    }
    if said.contains_key("nbf") && number("nbf").is_none_or(|nbf| nbf > now.secs() + LEEWAY_SECS) {
        return Err(EvaluationError::Claim("nbf"));
    }
    match said.get("success") {
        Some(Value::Bool(true)) => Ok(Verdict::Yes),
        Some(Value::Bool(false)) => Ok(Verdict::No),
        _ => Err(EvaluationError::Claim("success")),
    }
}

impl EvaluationKeys {
    async fn verify(&self, fetcher: &Fetcher, url: &Url, token: &str, deadline: Deadline) -> Result<Said, EvaluationError> {
        let bad = |error: &dyn std::fmt::Display| EvaluationError::Token(error.to_string());
        let unverified = Unverified::parse(token, MAX_ANSWER).map_err(|e| bad(&e))?;
        let kid = unverified.kid().ok_or_else(|| EvaluationError::Token("it names no key".into()))?;
        let (mut keys, at) = self.keys(fetcher, url, deadline, KEPT_SECS).await?;
        if !keys.contains_key(kid) && deadline.now().secs_since(at) >= JUST_NOW {
            (keys, _) = self.keys(fetcher, url, deadline, JUST_NOW).await?;
        }
        let key = keys.get(kid).ok_or_else(|| EvaluationError::Token("its key is not in the set".into()))?;
        unverified.verify(key).map_err(|e| bad(&e))
    }

    async fn keys(&self, fetcher: &Fetcher, url: &Url, deadline: Deadline, good_for: i64) -> Result<(Keys, Timestamp), EvaluationError> {
        let now = deadline.now();
        if let Some((keys, at)) = self.0.lock().get(url.as_str())
            && (0..good_for).contains(&now.secs_since(*at))
        {
            return Ok((keys.clone(), *at));
        }
        let answer = fetcher.get(KEYS, url, MAX_SET, deadline).await?;
        if answer.status.as_u16() != 200 {
            return Err(EvaluationError::Status(answer.status.as_u16()));
        }
        let keys: Keys = Arc::new(read(&answer.body).ok_or(EvaluationError::Form)?);
        let mut sets = self.0.lock();
        if sets.len() >= MAX_SETS {
            sets.clear();
        }
        sets.insert(url.as_str().to_owned(), (keys.clone(), now));
        Ok((keys, now))
    }
}

/// RSA keys only; others are passed over.
fn read(body: &[u8]) -> Option<HashMap<String, VerifyKey>> {
    let set: Value = serde_json::from_slice(body).ok()?;
    let key = |jwk: &Value| {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let is_rsa = text("kty") == Some("RSA") && text("use").is_none_or(|r#use| r#use == "sig");
        let key = VerifyKey::from_jwk(text("n")?, text("e")?).ok().filter(|_| is_rsa)?;
        Some((text("kid")?.to_owned(), key))
    };
    Some(set.get("keys")?.as_array()?.iter().take(MAX_KEYS).filter_map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_fresh_answer_to_this_question_counts() {
        let now = Timestamp::from_secs(1_790_000_000);
        let said = |claims: &Value| judge(claims.as_object().unwrap(), "n1", now).ok();
        let exp = now.secs() + 60;
        for (claims, expected) in [
            (json!({ "success": true, "nonce": "n1", "exp": exp }), Some(Verdict::Yes)),
            (json!({ "success": false, "nonce": "n1", "exp": exp }), Some(Verdict::No)),
            (json!({ "success": "true", "nonce": "n1", "exp": exp }), None),
            (json!({ "nonce": "n1", "exp": exp }), None),
            (json!({ "success": 1, "nonce": "n1", "exp": exp }), None),
            (json!({ "success": true, "nonce": "n2", "exp": exp }), None),
            (json!({ "success": true, "exp": exp }), None),
            (json!({ "success": true, "nonce": "n1" }), None),
            (json!({ "success": true, "nonce": "n1", "exp": now.secs() }), None),
            (json!({ "success": true, "nonce": "n1", "exp": exp, "nbf": now.secs() + 600 }), None),
        ] {
            assert_eq!(said(&claims), expected, "{claims}");
        }
    }
}
