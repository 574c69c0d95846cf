//! The beginning of a sign-in on the application's host: where to go, and what binds the answer to this browser.

use http::HeaderMap;
use model::Timestamp;

use crate::{
    client::Client,
    compiled::CompiledApp,
    credential::{APP_SESSION_COOKIE, single_cookie},
    door::{Guard, GuardError},
    sign_in::http_date,
    ticket::{META_LIFE_SECS, Meta, cookie_hash},
};

const APP_SESSION_LIFE_SECS: i64 = 24 * 3600;
const LONGEST_RETURN: usize = 2048;

/// The 302 to the team domain.
pub struct LoginRedirect {
    /// `Location`.
    pub location: String,
    /// `Set-Cookie` that binds the sign-in to the browser.
    pub set_cookie: String,
    /// `Www-Authenticate`.
    pub www_authenticate: String,
}

impl Guard {
    /// Prepares the redirect for a request that needs a sign-in. Signs a token: not for the request threads.
    pub fn begin_login(
        &self,
        app: &CompiledApp,
        client: &Client,
        headers: &HeaderMap,
        path_and_query: &str,
        now: Timestamp,
    ) -> Result<LoginRedirect, GuardError> {
        // An earlier mark is kept, so that two tabs that sign in at once both succeed.
        let mark = match single_cookie(headers, APP_SESSION_COOKIE) {
            Some(old) if old.len() == 32 && old.bytes().all(|b| b.is_ascii_hexdigit()) => old.to_owned(),
            _ => hex::encode(rand::random::<[u8; 16]>()),
        };
        let redirect_url = if path_and_query.len() > LONGEST_RETURN || !path_and_query.starts_with('/') { "/" } else { path_and_query };
        let mtls_auth = client.certificate.told();
        let meta = Meta {
            kind: "meta".into(),
            aud: app.app.aud.to_string(),
            hostname: client.host.clone(),
            redirect_url: redirect_url.to_owned(),
            app_session_hash: cookie_hash(&mark),
            real_country: client.country.clone(),
            service_token_status: false,
            is_warp: false,
            is_gateway: false,
            iat: now.secs(),
            nbf: now.secs(),
            exp: now.secs() + META_LIFE_SECS,
            auth_status: mtls_auth.auth_status.clone(),
            mtls_auth,
        };
        let jwt = self.sign_meta(&meta)?;
        let config = self.config();
        let mut location =
            format!("{}/cdn-cgi/access/login/{}?kid={}&meta={jwt}&redirect_url=", config.team_origin, client.host, app.app.aud);
        location.extend(percent(redirect_url));
        let expires = http_date(now.plus_secs(APP_SESSION_LIFE_SECS));
        Ok(LoginRedirect {
            location,
            set_cookie: format!("{APP_SESSION_COOKIE}={mark}; Expires={expires}; Path=/; Secure; HttpOnly; SameSite=None"),
            www_authenticate: format!(
                "Cloudflare-Access resource_metadata=\"https://{}{}/.well-known/cloudflare-access-protected-resource{}\"",
                client.host,
                config.port_suffix,
                quotable(redirect_url.split('?').next().unwrap_or("")).trim_end_matches('/')
            ),
        })
    }
}

/// The path as it may stand in a quoted string; one that may not is left out.
fn quotable(path: &str) -> &str {
    if path.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') { path } else { "" }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
fn percent(text: &str) -> impl Iterator<Item = String> + '_ {
    text.bytes().map(|b| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        other => format!("%{other:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_addresses_are_encoded_whole() {
        assert_eq!(percent("/docs?x=1&y=ä").collect::<String>(), "%2Fdocs%3Fx%3D1%26y%3D%C3%A4");
    }
}
