//! Tokens of applications for Graph, kept for whoever asks often: Entra throttles each client, and sign-ins are the same client's.
//!
//! Microsoft: "OAuth 2.0 client credentials flow on the Microsoft identity platform" (`expires_in`).

use std::collections::HashMap;

use model::{Secret, Timestamp, idp::ClientCredentials};
use parking_lot::Mutex;

/// A token is not used in its last seconds: it has to outlast the call, and the clocks may differ.
const SPARE_SECS: i64 = 300;
/// Longest time that a token is kept, whatever its answer says.
const LONGEST_SECS: i64 = 3600;
/// A token that Graph refuses is exchanged for another one when it is so old: permissions that were granted since stand in a new one only.
const REFUSED_SECS: i64 = 30;
/// Tokens kept.
const MOST: usize = 64;

/// The tokens by the token endpoint and the client; each with the credentials that it was got with.
#[derive(Default)]
pub(crate) struct OwnTokens(Mutex<HashMap<String, Kept>>);

struct Kept {
    credentials: ClientCredentials,
    token: Secret,
    since: Timestamp,
    ends: Timestamp,
}

impl OwnTokens {
    /// The token of a client with these credentials, while it lasts.
    pub(super) fn get(&self, key: &str, credentials: &ClientCredentials, now: Timestamp) -> Option<Secret> {
        let tokens = self.0.lock();
        let kept = tokens.get(key).filter(|kept| kept.credentials == *credentials && (kept.since..kept.ends).contains(&now))?;
        Some(kept.token.clone())
    }
    /// Keeps a token that was got just now and lasts so long.
    pub(super) fn keep(&self, key: String, credentials: &ClientCredentials, token: &Secret, lasts_secs: i64, now: Timestamp) {
        let ends = now.plus_secs(lasts_secs.saturating_sub(SPARE_SECS).min(LONGEST_SECS));
        let mut tokens = self.0.lock();
        tokens.retain(|_, kept| kept.ends > now);
        if ends <= now {
            return;
        }
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(key, Kept { credentials: credentials.clone(), token: token.clone(), since: now, ends });
    }
    /// Forgets a token that was refused, unless it is so young that another one would say the same. Whether it did.
    pub(super) fn forget(&self, key: &str, now: Timestamp) -> bool {
        let mut tokens = self.0.lock();
        let is_old = tokens.get(key).is_some_and(|kept| now.secs_since(kept.since) >= REFUSED_SECS);
        is_old && tokens.remove(key).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + secs)
    }

    fn with(secret: &str) -> ClientCredentials {
        ClientCredentials { secret: Some(Secret::new(secret)), ..ClientCredentials::default() }
    }

    #[test]
    fn a_token_is_kept_until_shortly_before_its_end_for_the_same_credentials() {
        let tokens = OwnTokens::default();
        let token = Secret::new("own-token");
        tokens.keep("k".into(), &with("a"), &token, 3599, at(0));
        for (key, secret, secs, is_there) in [
            ("k", "a", 0, true),
            ("k", "a", 3298, true),
            ("k", "a", 3299, false),
            ("k", "b", 1, false),
            ("other", "a", 1, false),
            // A clock that was set back.
            ("k", "a", -1, false),
        ] {
            assert_eq!(tokens.get(key, &with(secret), at(secs)).is_some(), is_there, "{key} {secret} {secs}");
        }
        tokens.keep("short".into(), &with("a"), &token, 300, at(0));
        assert!(tokens.get("short", &with("a"), at(0)).is_none());
        tokens.keep("long".into(), &with("a"), &token, i64::MAX, at(0));
        assert!(tokens.get("long", &with("a"), at(3599)).is_some() && tokens.get("long", &with("a"), at(3600)).is_none());
    }

    #[test]
    fn a_refused_token_is_forgotten_when_another_one_may_say_something_else() {
        let tokens = OwnTokens::default();
        tokens.keep("k".into(), &with("a"), &Secret::new("own-token"), 3599, at(0));
        assert!(!tokens.forget("k", at(29)) && !tokens.forget("other", at(100)));
        assert!(tokens.forget("k", at(30)) && tokens.get("k", &with("a"), at(30)).is_none());
    }

    #[test]
    fn the_memory_of_tokens_is_bounded() {
        let tokens = OwnTokens::default();
        for n in 0..500 {
            tokens.keep(n.to_string(), &with("a"), &Secret::new("t"), 3599, at(0));
        }
        assert!(tokens.0.lock().len() <= MOST);
    }
}
