//! Values that travel through the browser during a sign-in: the signed `meta`, the sealed state for the provider and the
//! sealed ticket from the team domain back to the application. All expire; state and ticket work once.

use std::{collections::HashMap, net::IpAddr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{AppId, IdpId, Nonce, PolicyId, Timestamp, auth_context::ContextSet};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{Purpose, Sealer};

use crate::certificate::MtlsAuth;

/// Life of `meta` (seen in captures: 300 s).
pub const META_LIFE_SECS: i64 = 300;
/// Life of the state: as long as a person may take at the provider.
pub const STATE_LIFE_SECS: i64 = 3600;
/// Life of a chain: some redirects.
pub const CHAIN_LIFE_SECS: i64 = 300;
/// Life of the ticket: one redirect.
pub const TICKET_LIFE_SECS: i64 = 120;
const MAX_SEALED: usize = 8192;

/// Claims of `meta`: the facts of the request that began the sign-in, so that the browser is not believed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Meta {
    /// `meta`.
    #[serde(rename = "type")]
    pub kind: String,
    /// AUD of the application, as a plain string.
    pub aud: String,
    /// Host asked for.
    pub hostname: String,
    /// Path and query asked for.
    pub redirect_url: String,
    /// SHA-256 of the `CF_AppSession` value, hexadecimal.
    pub app_session_hash: String,
    /// Country of the request, when known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub real_country: Option<String>,
    /// Whether service-token credentials were accepted.
    pub service_token_status: bool,
    /// No device client: always false.
    pub is_warp: bool,
    /// No device client: always false.
    pub is_gateway: bool,
    /// Issued.
    pub iat: i64,
    /// Good from.
    pub nbf: i64,
    /// Good until.
    pub exp: i64,
    /// Client certificate state.
    pub auth_status: String,
    /// The client certificate.
    #[serde(default)]
    pub mtls_auth: MtlsAuth,
}

/// What a pending sign-in needs to be finished. It has no `Debug`: nonce and verifier are nobody's business.
#[derive(Clone, Serialize, Deserialize)]
pub struct LoginState {
    /// One-time mark.
    pub id: String,
    /// Provider the person was sent to: an answer of another one is refused.
    pub idp: IdpId,
    /// Application asked for.
    pub app: AppId,
    /// Host asked for.
    pub host: String,
    /// Path and query asked for.
    pub redirect_url: String,
    /// Binds to the browser on the application's host.
    pub app_session_hash: String,
    /// Binds to the browser on the team domain: SHA-256 of `CF_Session`.
    pub session_hash: String,
    /// OIDC nonce.
    pub nonce: String,
    /// PKCE verifier.
    pub verifier: Option<String>,
    /// Country at the beginning.
    pub country: Option<String>,
    /// Client certificate at the beginning.
    #[serde(default)]
    pub mtls: MtlsAuth,
    /// Authentication contexts that the provider was asked for: an answer without them is refused.
    #[serde(default)]
    pub contexts: ContextSet,
    /// The session whose person is stepping up.
    #[serde(default)]
    pub stepping_up: Option<Nonce>,
    /// Begun.
    pub at: Timestamp,
}

/// Carries an accepted session to the application's host.
#[derive(Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// One-time mark.
    pub id: String,
    /// Session.
    pub session: Nonce,
    /// Application.
    pub app: AppId,
    /// Policy that let the person in.
    pub policy: PolicyId,
    /// Host asked for.
    pub host: String,
    /// Path and query asked for.
    pub redirect_url: String,
    /// Binds to the browser on the application's host.
    pub app_session_hash: String,
    /// Address the person signed in from.
    pub ip: IpAddr,
    /// Made.
    pub at: Timestamp,
}

/// Carries a sign-in on to the application's other hosts.
#[derive(Clone, Serialize, Deserialize)]
pub struct Chain {
    /// Application.
    pub app: AppId,
    /// Session.
    pub session: Nonce,
    /// Hosts that have no cookie yet.
    pub hosts: Vec<String>,
    /// Host asked for.
    pub host: String,
    /// Path and query asked for.
    pub target: String,
    /// Begun.
    pub at: Timestamp,
}

impl Chain {
    /// What is left of it once a host is done. It grows shorter each time, whichever host that was.
    #[must_use]
    pub fn without(mut self, host: &str) -> Self {
        let before = self.hosts.len();
        self.hosts.retain(|h| h != host);
        if self.hosts.len() == before {
            self.hosts.clear();
        }
        self
    }
}

/// Seals a value into text for a URL.
pub fn seal<T: Serialize>(sealer: &Sealer, purpose: Purpose, value: &T) -> String {
    let plain = serde_json::to_vec(value).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(sealer.seal(purpose, b"v1", &plain))
}

/// Opens sealed text; anything foreign, torn or oversized is `None`.
pub fn open<T: DeserializeOwned>(sealer: &Sealer, purpose: Purpose, text: &str) -> Option<T> {
    if text.len() > MAX_SEALED {
        return None;
    }
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&sealer.open(purpose, b"v1", &sealed)?).ok()
}

/// SHA-256 of a cookie value, hexadecimal.
pub fn cookie_hash(value: &str) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, value.as_bytes()))
}

/// Marks that were used up, kept until they would have expired anyway. Bounded: when full, the oldest half goes, which only
/// shortens the time in which a replay is recognised (the provider's code is single-use as well).
#[derive(Default)]
pub struct Used {
    marks: Mutex<HashMap<String, Timestamp>>,
}

impl Used {
    const MOST: usize = 100_000;

    /// Forgets the marks that have expired.
    pub(crate) fn forget_expired(&self, now: Timestamp) {
        let mut marks = self.marks.lock();
        marks.retain(|_, until| *until > now);
        // A rush is over some time.
        if marks.capacity() > 4 * marks.len().max(1_000) {
            marks.shrink_to_fit();
        }
    }
    /// True the first time a mark is seen.
    pub fn first_use(&self, mark: &str, expires: Timestamp, now: Timestamp) -> bool {
        let mut marks = self.marks.lock();
        if marks.len() >= Self::MOST {
            marks.retain(|_, until| *until > now);
            if marks.len() >= Self::MOST {
                let mut ends: Vec<Timestamp> = marks.values().copied().collect();
                let middle = ends.len() / 2;
                let (_, median, _) = ends.select_nth_unstable(middle);
                let median = *median;
                marks.retain(|_, until| *until > median);
            }
        }
        marks.insert(mark.to_owned(), expires).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_works_once() {
        let used = Used::default();
        let (now, later) = (Timestamp::from_secs(1), Timestamp::from_secs(100));
        assert!(used.first_use("a", later, now));
        assert!(!used.first_use("a", later, now));
        assert!(used.first_use("b", later, now));
    }

    #[test]
    fn marks_are_kept_until_they_expire_and_no_longer() {
        let used = Used::default();
        let at = Timestamp::from_secs;
        assert!((0..10_000).all(|n| used.first_use(&n.to_string(), at(100 + n % 2), at(1))));
        used.forget_expired(at(100));
        assert_eq!(used.marks.lock().len(), 5_000);
        assert!(!used.first_use("1", at(101), at(100)), "not over yet");
        used.forget_expired(at(101));
        assert_eq!(used.marks.lock().len(), 0);
        assert!(used.marks.lock().capacity() < 4_000);
    }
}
