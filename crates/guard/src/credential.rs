//! Credentials as found in a request's headers. Finding is not believing: everything here is still a claim.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};

use crate::single_header;

/// Name of the application and organisation cookie.
pub const AUTHORIZATION_COOKIE: &str = "CF_Authorization";
/// Binds a sign-in to the browser that asked for the application.
pub const APP_SESSION_COOKIE: &str = "CF_AppSession";
/// Binds a sign-in to the browser on the team domain.
pub const SESSION_COOKIE: &str = "CF_Session";
/// Beside an application cookie: a token taken without it is worth nothing.
pub const BINDING_COOKIE: &str = "CF_Binding";
/// Cookies that never reach an origin. `CF_Authorization` is handled apart: the application's own token may pass.
pub const OWN_COOKIES: [&str; 4] = [APP_SESSION_COOKIE, SESSION_COOKIE, BINDING_COOKIE, "CF_Device"];
/// The assertion towards the origin.
pub const ASSERTION_HEADER: HeaderName = HeaderName::from_static("cf-access-jwt-assertion");
/// The person's address towards the origin.
pub const EMAIL_HEADER: HeaderName = HeaderName::from_static("cf-access-authenticated-user-email");
/// The application token in a header, equal to the cookie.
pub const TOKEN_HEADER: HeaderName = HeaderName::from_static("cf-access-token");
/// How all of these begin.
const OWN_PREFIX: &str = "cf-access-";
const CLIENT_ID_HEADER: HeaderName = HeaderName::from_static("cf-access-client-id");
const CLIENT_SECRET_HEADER: HeaderName = HeaderName::from_static("cf-access-client-secret");
/// Tokens beyond so many different ones are not looked at.
const MOST_TOKENS: usize = 4;
/// Longest half of a service token, in bytes.
pub(crate) const MAX_CREDENTIAL: usize = 256;

/// What a request brought.
pub struct Credentials<'a> {
    /// Application tokens, header first, in order of appearance.
    pub tokens: Tokens<'a>,
    /// The token in [`TOKEN_HEADER`], when there is exactly one: the only place for another application's.
    pub told: Option<&'a str>,
    /// Service-token credentials.
    pub service: ServiceCredential<'a>,
}

/// At most one token is looked at; several different cookies of the name are a sign of tampering.
#[derive(Debug, PartialEq, Eq)]
pub enum Tokens<'a> {
    /// None.
    None,
    /// One.
    One(&'a str),
    /// Several different ones.
    Several(Vec<&'a str>),
}

/// `CF-Access-Client-Id` and `CF-Access-Client-Secret`, or both in the one header that the application names.
#[derive(PartialEq, Eq)]
pub enum ServiceCredential<'a> {
    /// None of it.
    None,
    /// Both, once each.
    Pair {
        /// Public half.
        id: Cow<'a, str>,
        /// Secret half.
        secret: Cow<'a, str>,
    },
    /// Half, doubled, in both forms, or unreadable.
    Malformed,
}

impl<'a> Credentials<'a> {
    /// Finds the credentials in a request's headers. `single` is the header that may carry both halves of a service token.
    pub fn find(headers: &'a HeaderMap, single: Option<&HeaderName>) -> Self {
        // Most requests bring a cookie and none of the headers: one look over the names costs less than asking for each.
        if single.is_none() && !headers.keys().any(|name| name.as_str().starts_with(OWN_PREFIX)) {
            return Self { tokens: tokens(cookies(headers, AUTHORIZATION_COOKIE)), told: None, service: ServiceCredential::None };
        }
        let service = match (service(headers), single.map_or(ServiceCredential::None, |name| single_header::find(headers, name))) {
            (pair, ServiceCredential::None) => pair,
            (ServiceCredential::None, single) => single,
            _ => ServiceCredential::Malformed,
        };
        let from_header = headers.get_all(TOKEN_HEADER).iter().filter_map(|v| v.to_str().ok());
        Self { tokens: tokens(from_header.chain(cookies(headers, AUTHORIZATION_COOKIE))), told: told(headers), service }
    }
}

impl<'a> Tokens<'a> {
    /// The others.
    pub(crate) fn without(self, token: &str) -> Self {
        match self {
            Self::One(only) if only == token => Self::None,
            Self::Several(list) => match list.into_iter().filter(|t| *t != token).collect::<Vec<_>>() {
                rest if rest.len() == 1 => Self::One(rest[0]),
                rest => Self::Several(rest),
            },
            same => same,
        }
    }
}

fn told(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(TOKEN_HEADER).iter();
    let only = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(only)
}

fn tokens<'a>(mut all: impl Iterator<Item = &'a str>) -> Tokens<'a> {
    let Some(first) = all.next() else { return Tokens::None };
    let Some(other) = all.find(|token| *token != first) else { return Tokens::One(first) };
    let mut found = vec![first, other];
    for token in all {
        if found.len() > MOST_TOKENS {
            break;
        }
        if !found.contains(&token) {
            found.push(token);
        }
    }
    Tokens::Several(found)
}

fn service(headers: &HeaderMap) -> ServiceCredential<'_> {
    let mut ids = headers.get_all(CLIENT_ID_HEADER).iter();
    let mut secrets = headers.get_all(CLIENT_SECRET_HEADER).iter();
    match (ids.next(), secrets.next(), ids.next(), secrets.next()) {
        (None, None, _, _) => ServiceCredential::None,
        (Some(id), Some(secret), None, None) => match (id.to_str(), secret.to_str()) {
            (Ok(id), Ok(secret)) if id.len() <= MAX_CREDENTIAL && secret.len() <= MAX_CREDENTIAL => {
                ServiceCredential::Pair { id: id.trim().into(), secret: secret.trim().into() }
            }
            _ => ServiceCredential::Malformed,
        },
        _ => ServiceCredential::Malformed,
    }
}

/// The pairs of all `Cookie` headers as bytes, trimmed, empty ones left out: other cookies may hold any byte.
pub fn cookie_pairs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(header::COOKIE).iter().flat_map(|line| line_pairs(line.as_bytes()))
}

/// The pairs of one line of cookies.
pub fn line_pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    Pairs(Some(line))
}

/// The pairs of one line. Tokens are long: the search for the next `;` is the costly part of reading a request's cookies.
struct Pairs<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Pairs<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.0?;
            let (pair, rest) = match memchr::memchr(b';', rest) {
                Some(at) => (&rest[..at], Some(&rest[at + 1..])),
                None => (rest, None),
            };
            self.0 = rest;
            let pair = pair.trim_ascii();
            if !pair.is_empty() {
                return Some(pair);
            }
        }
    }
}

/// Values of a cookie, in order of appearance. A value that is not text counts as empty: present, and good for nothing.
pub fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    cookie_pairs(headers).filter_map(move |pair| {
        let at = memchr::memchr(b'=', pair)?;
        let (n, v) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
        (n == name.as_bytes()).then(|| std::str::from_utf8(v).unwrap_or("").trim_matches('"'))
    })
}

/// The value of a cookie that must be there exactly once.
pub fn single_cookie<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<&'a str> {
    let mut all = cookies(headers, name);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// True for a header that a client must not bring: every `Cf-Access-*` name, and every spelling that gateways between us and
/// the program may fold into one. Some fold everything but letters and digits (attack cases 1 to 3).
pub fn is_identity_header(name: &str) -> bool {
    const PREFIX: &[u8] = OWN_PREFIX.as_bytes();
    let folded = |b: u8| if b.is_ascii_alphanumeric() { b.to_ascii_lowercase() } else { b'-' };
    name.len() >= PREFIX.len() && name.bytes().zip(PREFIX).all(|(b, p)| folded(b) == *p)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn tokens_come_from_header_and_cookies_and_differing_ones_are_told() {
        let one = headers(&[("cookie", "a=b; CF_Authorization=t1; x=y"), ("cookie", "CF_Authorization=t1")]);
        assert_eq!(Credentials::find(&one, None).tokens, Tokens::One("t1"));
        let two = headers(&[("cookie", "CF_Authorization=t1; CF_Authorization=t2")]);
        assert_eq!(Credentials::find(&two, None).tokens, Tokens::Several(vec!["t1", "t2"]));
        assert_eq!(Credentials::find(&headers(&[("cookie", "xCF_Authorization=t; CF_Authorizationx=t")]), None).tokens, Tokens::None);
        assert_eq!(Credentials::find(&headers(&[("cf-access-token", "t")]), None).tokens, Tokens::One("t"));
        let mut foreign = HeaderMap::new();
        foreign.insert("cookie", HeaderValue::from_bytes("name=J\u{fc}rgen; CF_Authorization=t".as_bytes()).unwrap());
        assert_eq!(Credentials::find(&foreign, None).tokens, Tokens::One("t"), "another cookie's bytes do not matter");
    }

    #[test]
    fn half_or_doubled_service_credentials_are_malformed() {
        let half = headers(&[("cf-access-client-id", "i")]);
        assert!(Credentials::find(&half, None).service == ServiceCredential::Malformed);
        let doubled = headers(&[("cf-access-client-id", "i"), ("cf-access-client-id", "i"), ("cf-access-client-secret", "s")]);
        assert!(Credentials::find(&doubled, None).service == ServiceCredential::Malformed);
        let good = headers(&[("cf-access-client-id", "i"), ("cf-access-client-secret", "s")]);
        assert!(Credentials::find(&good, None).service == ServiceCredential::Pair { id: "i".into(), secret: "s".into() });
        let single = HeaderName::from_static("authorization");
        let both = [good, headers(&[("authorization", r#"{"cf-access-client-id":"i","cf-access-client-secret":"s"}"#)])];
        for mut one in both.clone() {
            assert!(matches!(Credentials::find(&one, Some(&single)).service, ServiceCredential::Pair { .. }));
            one.extend(both.iter().flat_map(|h| h.iter().map(|(n, v)| (n.clone(), v.clone()))));
            assert!(Credentials::find(&one, Some(&single)).service == ServiceCredential::Malformed, "sent in both forms");
        }
        assert!(Credentials::find(&both[1], None).service == ServiceCredential::None, "the application names no header");
    }

    #[test]
    fn identity_headers_are_known_in_every_spelling() {
        for name in [
            "cf-access-jwt-assertion",
            "CF_Access_Jwt_Assertion",
            "cf.access.authenticated.user.email",
            "Cf-Access-Client-Secret",
            "cf_access_x",
            "cf~access~jwt~assertion",
            "cf!access|jwt",
        ] {
            assert!(is_identity_header(name), "{name}");
        }
        for name in ["cf-ray", "x-cf-access-jwt-assertion", "cf-access"] {
            assert!(!is_identity_header(name), "{name}");
        }
    }
}
