//! The webhook: each warning as a signed POST, under the address rules of every outgoing call.

use aws_lc_rs::hmac;
use model::{Secret, Timestamp};
use serde_json::{Value, json};
use url::Url;

use super::{AlertsError, TellError, Told};
use crate::config;

/// Time and HMAC-SHA-256 of `<time>.<body>`, hexadecimal.
const SIGNATURE: &str = "doorward-signature";

#[derive(Clone)]
pub(super) struct Webhook {
    url: Url,
    key: Option<hmac::Key>,
    client: idp::Client,
}

impl Webhook {
    pub(super) fn open(settings: &config::Webhook, client: idp::Client) -> Result<Self, AlertsError> {
        let secret = settings.secret_file.as_deref().map(super::secret).transpose()?.map(Secret::new);
        Ok(Self::new(settings.url.clone(), secret.as_ref(), client))
    }

    pub(super) fn new(url: Url, secret: Option<&Secret>, client: idp::Client) -> Self {
        let key = secret.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()));
        Self { url, key, client }
    }

    /// The whole address: not to be shown.
    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Where it is, without the path, which may hold a secret.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    pub(super) async fn tell(&self, told: Told<'_>, team_origin: &str, now: Timestamp) -> Result<(), TellError> {
        let body = document(told, team_origin).to_string();
        let signature = self.key.as_ref().map(|key| sign(key, &body, now));
        let header = signature.as_deref().map(|value| (SIGNATURE, value));
        let status = self.client.notify(&self.url, header, body, now).await.map_err(TellError::Unreached)?;
        if (200..300).contains(&status) { Ok(()) } else { Err(TellError::Status(status)) }
    }
}

fn sign(key: &hmac::Key, body: &str, now: Timestamp) -> String {
    let mac = hmac::sign(key, format!("{}.{body}", now.secs()).as_bytes());
    format!("t={},v1={}", now.secs(), hex::encode(mac))
}

fn document(told: Told<'_>, team_origin: &str) -> Value {
    let (warning, finding) = (told.warning, &told.warning.finding);
    json!({
        "type": "warning",
        "server": team_origin,
        "id": warning.id.to_string(),
        "subject": { "kind": warning.subject, "name": told.subject },
        "severity": finding.severity.as_str(),
        "code": finding.code,
        "about": finding.about,
        "text": finding.text,
        "fix": finding.fix,
        "link": finding.link,
        "days_left": finding.days_left,
        "first_seen": warning.first_seen.rfc3339(),
        "last_seen": warning.last_seen.rfc3339(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_time_and_body() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret");
        let one = sign(&key, "{}", Timestamp::from_secs(1_790_000_000));
        assert!(one.starts_with("t=1790000000,v1=") && one.len() == "t=1790000000,v1=".len() + 64, "{one}");
        assert_ne!(one.split(',').nth(1), sign(&key, "{}", Timestamp::from_secs(1_790_000_001)).split(',').nth(1));
        assert_ne!(one, sign(&key, "{ }", Timestamp::from_secs(1_790_000_000)));
    }
}
