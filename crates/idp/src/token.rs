//! One question to a token endpoint: the client proves itself, in as many ways as it has, until one is taken.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Secret;
use parking_lot::Mutex;
use reqwest::header::HeaderValue;
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::{
    error::SignInError,
    fetch::{Answer, Deadline, Fetcher},
};

/// Largest answer of a token endpoint, in bytes.
pub(crate) const MAX_ANSWER: usize = 256 * 1024;
/// Clients remembered.
const MAX_CLIENTS: usize = 512;

/// One way for the client to prove itself (OpenID Connect Core 1.0 section 9).
pub(crate) enum Proof<'a> {
    /// `none`: a public client.
    Nothing,
    /// `client_secret_post`.
    Post(&'a Secret),
    /// `client_secret_basic`.
    Basic(&'a Secret),
    /// `private_key_jwt`, or an assertion that another issuer signed (RFC 7523).
    Assertion(Secret),
}

/// Which proof each client was last believed with, so that not every sign-in tries a spent one first.
#[derive(Default)]
pub(crate) struct Proven(Mutex<HashMap<String, usize>>);

impl Proven {
    fn first(&self, key: &str, count: usize) -> usize {
        self.0.lock().get(key).copied().filter(|n| *n < count).unwrap_or(0)
    }
    fn remember(&self, key: String, number: usize) {
        let mut clients = self.0.lock();
        if clients.len() >= MAX_CLIENTS && !clients.contains_key(&key) {
            clients.clear();
        }
        clients.insert(key, number);
    }
}

/// A question to a token endpoint.
pub(crate) struct Question<'a> {
    /// Which service, for errors.
    pub(crate) what: &'static str,
    pub(crate) url: &'a Url,
    pub(crate) client_id: &'a str,
    /// `grant_type` and what belongs to it.
    pub(crate) grant: &'a [(&'a str, &'a str)],
}

/// The answer, and the number of the proof it is about.
pub(crate) struct Told {
    pub(crate) answer: Answer,
    pub(crate) proof: usize,
}

/// Asks with each proof in turn while the endpoint does not believe the client. A client that is not believed has not used up its
/// code (RFC 6749 section 3.2.1 comes before 4.1.3). When none is believed, the answer about the first proof counts.
pub(crate) async fn ask(
    fetcher: &Fetcher,
    proven: &Proven,
    question: &Question<'_>,
    proofs: &[Proof<'_>],
    deadline: Deadline,
) -> Result<Told, SignInError> {
    let key = format!("{} {}", question.url, question.client_id);
    let first = proven.first(&key, proofs.len());
    let others = (0..proofs.len()).filter(|n| *n != first);
    let mut refused: Option<Told> = None;
    for number in std::iter::once(first).chain(others) {
        let Some(proof) = proofs.get(number) else { break };
        let answer = send(fetcher, question, proof, deadline).await?;
        if !disbelieved(&answer) {
            if answer.status.is_success() && proofs.len() > 1 {
                proven.remember(key, number);
            }
            return Ok(Told { answer, proof: number });
        }
        if refused.as_ref().is_none_or(|earlier| number < earlier.proof) {
            refused = Some(Told { answer, proof: number });
        }
    }
    refused.ok_or_else(|| SignInError::Nonsense { what: question.what, detail: "there is nothing to prove the client with".into() })
}

async fn send(fetcher: &Fetcher, question: &Question<'_>, proof: &Proof<'_>, deadline: Deadline) -> Result<Answer, SignInError> {
    let mut form: Vec<(&str, &str)> = question.grant.to_vec();
    let mut request = fetcher.http.post(question.url.clone()).header("accept", "application/json");
    match proof {
        Proof::Nothing => form.push(("client_id", question.client_id)),
        Proof::Post(secret) => form.extend([("client_id", question.client_id), ("client_secret", secret.expose())]),
        Proof::Basic(secret) => {
            // Marked, so that the HTTP library neither writes it to its log nor keeps it for the next header (RFC 7541 section 7.1.3).
            let mut header = HeaderValue::from_str(&basic(question.client_id, secret))
                .map_err(|_| SignInError::Nonsense { what: question.what, detail: "the client secret fits no header".into() })?;
            header.set_sensitive(true);
            request = request.header("authorization", header);
        }
        Proof::Assertion(assertion) => form.extend([
            ("client_id", question.client_id),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.expose()),
        ]),
    }
    fetcher.send(question.what, question.url, request.form(&form), MAX_ANSWER, deadline).await
}

/// Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(client_id: &str, secret: &Secret) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret.expose()))))
}

/// True when the endpoint does not believe that we are the client (RFC 6749 section 5.2).
fn disbelieved(answer: &Answer) -> bool {
    let status = answer.status.as_u16();
    if !matches!(status, 400 | 401) {
        return false;
    }
    let error = oidc::json::object(&answer.body).unwrap_or_default();
    match error.get("error").and_then(Value::as_str) {
        Some(error) => error == "invalid_client",
        None => status == 401,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_basic_header_are_form_encoded_first() {
        let header = basic("door:ward", &Secret::new("a b%c+ü"));
        assert_eq!(STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap(), b"door%3Award:a+b%25c%2B%C3%BC");
    }

    #[test]
    fn the_memory_of_proofs_is_bounded_and_heeds_the_number_of_proofs() {
        let proven = Proven::default();
        proven.remember("k".into(), 1);
        assert_eq!((proven.first("k", 2), proven.first("k", 1), proven.first("other", 2)), (1, 0, 0));
        for n in 0..2000 {
            proven.remember(n.to_string(), 1);
        }
        assert!(proven.0.lock().len() <= MAX_CLIENTS);
    }
}
