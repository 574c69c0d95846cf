//! What passes to the origin and what does not.

use std::{io::Write, net::IpAddr};

use bytes::Bytes;
use guard::{
    Permit, Subject,
    credential::{ASSERTION_HEADER, AUTHORIZATION_COOKIE, EMAIL_HEADER, OWN_COOKIES, cookie_pairs, is_identity_header, line_pairs},
    single_header,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, Version, header};

/// Headers of one connection (RFC 9110 section 7.6.1); never forwarded. `Proxy` has no meaning in HTTP, and one in CGI: programs took it
/// for the `HTTP_PROXY` of their environment (CVE-2016-5385).
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("proxy"),
];

/// Names by which programs and gateways learn where a request came from and what it was before.
const FORWARDING: [&str; 13] = [
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-url",
    "x-original-host",
    "x-rewrite-url",
    "cf-connecting-ip",
    "cf-ipcountry",
    "true-client-ip",
    "x-request-id",
    "traceparent",
    "tracestate",
];

/// The verified client certificate towards the origin, as base64 of its DER form ("Client certificate forwarding" of Cloudflare).
pub(crate) const CERTIFICATE_HEADER: HeaderName = HeaderName::from_static("cf-client-cert-der-base64");
/// … and its SHA-256.
pub(crate) const CERTIFICATE_HASH_HEADER: HeaderName = HeaderName::from_static("cf-client-cert-sha256");

pub(crate) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// How a body is delimited. A program behind a gateway that folds names could take another spelling for them (attack case 18).
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

/// Names by which a request asks to be taken for one of another method.
pub(crate) const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// A byte of a field name as gateways between us and the program may fold it: everything but letters and digits is one sign.
const fn folded(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

/// True when a name may arrive as this one.
pub(crate) fn is_spelling_of(name: &str, of: &str) -> bool {
    name.len() == of.len() && begins_like(name, of)
}

fn begins_like(name: &str, of: &str) -> bool {
    name.len() >= of.len() && name.bytes().zip(of.bytes()).all(|(a, b)| folded(a) == folded(b))
}

/// Who the client is and where it came in is ours to say; a client's own word on it is dropped (ruling 21).
pub(crate) fn is_forwarding_header(name: &str) -> bool {
    begins_like(name, "x-forwarded-") || begins_like(name, "cf-client-cert-") || FORWARDING.iter().any(|n| is_spelling_of(name, n))
}

/// A name of the hop.
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    HOP_BY_HOP.iter().any(|hop| hop.as_str().eq_ignore_ascii_case(name))
}

/// Like a framing header, and none.
pub(crate) fn is_false_framing(name: &str) -> bool {
    FRAMING.iter().any(|n| is_spelling_of(name, n) && name != *n)
}

/// What stands among a message's headers that needs a hand, found in one look over their names: most messages have little of it, and a
/// look costs less than asking for each name.
#[derive(Default)]
struct Found {
    /// One bit for each of [`HOP_BY_HOP`].
    hop: u16,
    te: bool,
    trailer: bool,
    /// Names that only we may use towards the origin.
    foreign: Vec<HeaderName>,
}

impl Found {
    fn among(headers: &HeaderMap, is_foreign: impl Fn(&str) -> bool) -> Self {
        let mut found = Self::default();
        for name in headers.keys() {
            let text = name.as_str();
            if let Some(b'c' | b'h' | b'k' | b'p' | b't' | b'u') = text.as_bytes().first() {
                if let Some(at) = HOP_BY_HOP.iter().position(|hop| hop == name) {
                    found.hop |= 1 << at;
                }
                found.te |= text == "te";
                found.trailer |= text == "trailer";
            }
            if is_foreign(text) {
                found.foreign.push(name.clone());
            }
        }
        found
    }

    /// Removes what belongs to the hop, first the names listed in `Connection`, and what is foreign.
    fn strip(&self, headers: &mut HeaderMap) {
        // `Connection` is the first of them.
        if self.hop & 1 != 0 {
            for name in listed(headers) {
                headers.remove(name);
            }
        }
        for (at, name) in HOP_BY_HOP.iter().enumerate() {
            if self.hop & (1 << at) != 0 {
                headers.remove(name);
            }
        }
        if self.te && headers.get_all(header::TE).iter().any(|te| !te.as_bytes().eq_ignore_ascii_case(b"trailers")) {
            headers.remove(header::TE);
        }
        for name in &self.foreign {
            headers.remove(name);
        }
    }
}

/// The headers that `Connection` names. Framing headers stay: a client must not make us forget a body's length.
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    let names = headers.get_all(header::CONNECTION).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).map(str::trim);
    names
        // These two tell how long the connection lives, and name nothing.
        .filter(|n| !n.eq_ignore_ascii_case("keep-alive") && !n.eq_ignore_ascii_case("close"))
        .filter_map(|n| HeaderName::from_bytes(n.as_bytes()).ok())
        .filter(|n| *n != header::HOST && *n != header::CONTENT_LENGTH)
        .collect()
}

/// What the origin is told about a request.
pub(crate) struct Told<'a> {
    /// Host asked for, without port.
    pub host: &'a str,
    /// The client's address, when it is known, as [`address`] writes it.
    pub address: Option<HeaderValue>,
    /// A person's own token may stay in the cookie.
    pub forward_token: bool,
    /// Headers in which trusted peers speak to us.
    pub foreign: &'a [HeaderName],
    /// A CORS preflight, admitted without looking at who asks.
    pub preflight: bool,
}

/// Makes a client's headers into those for the origin. Removal comes first, so that nothing a client sent can remove or
/// double what is added (attack cases 1 to 5).
pub(crate) fn towards_origin(headers: &mut HeaderMap, permit: &Permit, told: &Told<'_>) {
    let found = Found::among(headers, |name| {
        // All the names that are looked for begin with one of these letters.
        let may_be_ours = matches!(name.as_bytes().first(), Some(b'c' | b'f' | b't' | b'x'));
        (may_be_ours && (is_identity_header(name) || is_forwarding_header(name) || is_false_framing(name)))
            || told.foreign.iter().any(|f| is_spelling_of(name, f.as_str()))
            || (told.preflight && METHOD_OVERRIDES.iter().any(|n| is_spelling_of(name, n)))
    });
    found.strip(headers);
    if found.trailer {
        headers.remove(header::TRAILER);
    }
    if let Some(name) = permit.token_header() {
        strip_single_header(headers, name);
    }
    let own_token = permit.assertion().filter(|_| told.forward_token && matches!(permit.subject(), Subject::Person(_)));
    rewrite_cookies(headers, own_token.map(HeaderValue::as_bytes));
    if let Some(assertion) = permit.assertion() {
        headers.insert(ASSERTION_HEADER, assertion.clone());
    }
    if let Some([der, sha256]) = permit.certificate() {
        headers.insert(CERTIFICATE_HEADER, der.clone());
        headers.insert(CERTIFICATE_HASH_HEADER, sha256.clone());
    }
    if let Some(email) = permit.email() {
        headers.insert(EMAIL_HEADER, email.clone());
    }
    if let Some(address) = &told.address {
        headers.insert(FORWARDED_FOR, address.clone());
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    // Most clients write the name just as it was judged.
    let written = headers.get(header::HOST).filter(|written| written.as_bytes() == told.host.as_bytes()).cloned();
    if let Some(host) = written.or_else(|| HeaderValue::from_str(told.host).ok()) {
        headers.insert(FORWARDED_HOST, host);
    }
}

/// Takes out what was meant for the door in the header that an application shares with it, in every spelling of its name.
fn strip_single_header(headers: &mut HeaderMap, name: &HeaderName) {
    let is_ours = |n: &HeaderName| is_spelling_of(n.as_str(), name.as_str());
    let found: Vec<HeaderName> =
        headers.iter().filter(|(n, v)| is_ours(n) && single_header::is_credential(v)).map(|(n, _)| n.clone()).collect();
    for name in &found {
        headers.remove(name);
    }
}

/// An address as origins are told it.
pub(crate) fn address(ip: IpAddr) -> Option<HeaderValue> {
    let mut text = [0; 64];
    let mut left = &mut text[..];
    write!(left, "{ip}").ok()?;
    let length = 64 - left.len();
    HeaderValue::from_bytes(&text[..length]).ok()
}

/// `Host` for the origin: the one that is configured, else the public name and port as they were judged. `None` when what
/// the client wrote is just that.
pub(crate) fn host(written: Option<&HeaderValue>, configured: Option<&str>, host: &str, port_suffix: &str) -> Option<HeaderValue> {
    if let Some(configured) = configured {
        return HeaderValue::from_str(configured).ok();
    }
    let same = written.and_then(|w| w.as_bytes().strip_prefix(host.as_bytes())).is_some_and(|port| port == port_suffix.as_bytes());
    if same { None } else { HeaderValue::from_maybe_shared(Bytes::from([host, port_suffix].concat())).ok() }
}

/// Takes the door's own cookies out and joins what is left into one header (HTTP/2 may have split it). Of the tokens only the
/// one that admitted the request may stay: another application's opens another door (ruling 3).
pub fn rewrite_cookies(headers: &mut HeaderMap, own_token: Option<&[u8]>) {
    let mut lines = headers.get_all(header::COOKIE).iter();
    let (Some(first), more) = (lines.next(), lines.next().is_some()) else { return };
    let mut stays = Stays { own_token, has_token: false };
    if !more && (memchr::memmem::find(first.as_bytes(), b"CF_").is_none() || cookie_pairs(headers).all(|pair| stays.stays(pair))) {
        return;
    }
    let mut joined: Vec<u8> = Vec::with_capacity(headers.get_all(header::COOKIE).iter().map(|l| l.len() + 2).sum());
    let mut stays = Stays { own_token, has_token: false };
    for pair in cookie_pairs(headers).filter(|pair| stays.stays(pair)) {
        if !joined.is_empty() {
            joined.extend_from_slice(b"; ");
        }
        joined.extend_from_slice(pair);
    }
    headers.remove(header::COOKIE);
    if !joined.is_empty()
        && let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(joined))
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Appends what is left of one line of cookies without the door's own.
pub(crate) fn remaining_cookies(out: &mut Vec<u8>, line: &[u8], own_token: Option<&[u8]>) {
    if memchr::memmem::find(line, b"CF_").is_none() {
        out.extend_from_slice(line);
        return;
    }
    let (begin, mut stays) = (out.len(), Stays { own_token, has_token: false });
    for pair in line_pairs(line).filter(|pair| stays.stays(pair)) {
        if out.len() > begin {
            out.extend_from_slice(b"; ");
        }
        out.extend_from_slice(pair);
    }
}

/// Which of a request's cookies stay.
struct Stays<'a> {
    own_token: Option<&'a [u8]>,
    has_token: bool,
}

impl Stays<'_> {
    fn stays(&mut self, pair: &[u8]) -> bool {
        let (name, value) = split(pair);
        if name == AUTHORIZATION_COOKIE.as_bytes() {
            return self.own_token == Some(value) && !std::mem::replace(&mut self.has_token, true);
        }
        !OWN_COOKIES.iter().any(|c| c.as_bytes() == name)
    }
}

/// Name and value of a cookie pair, quotes off, as the door's finder reads them.
fn split(pair: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memchr(b'=', pair).unwrap_or(pair.len());
    let mut value = pair.get(at + 1..).unwrap_or_default().trim_ascii();
    while let [b'"', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b'"'] = value {
        value = rest;
    }
    (pair[..at].trim_ascii(), value)
}

/// Makes an origin's headers into those for the client. An origin may not set or clear the door's cookies.
pub(crate) fn towards_client(headers: &mut HeaderMap, permit: &Permit) {
    strip_answer(headers);
    if let Some(cookie) = permit.set_cookie() {
        headers.append(header::SET_COOKIE, cookie.clone());
    }
}

/// True when whoever answers so ends the connection then (RFC 9112 section 9.3).
pub(crate) fn is_last<B>(answer: &Response<B>) -> bool {
    let named = |name: &str| {
        let values = answer.headers().get_all(header::CONNECTION);
        values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|one| one.trim().eq_ignore_ascii_case(name))
    };
    match answer.version() {
        Version::HTTP_11 => named("close"),
        Version::HTTP_10 => !named("keep-alive"),
        _ => false,
    }
}

/// Takes out of an answer what belongs to the hop, and what only the door may say.
fn strip_answer(headers: &mut HeaderMap) {
    let found = Found::among(headers, |_| false);
    if found.hop != 0 && headers.contains_key(header::TRANSFER_ENCODING) {
        // The body was as long as its chunks: a length beside them says something else (RFC 9112 section 6.3).
        headers.remove(header::CONTENT_LENGTH);
    }
    found.strip(headers);
    if headers.contains_key(header::SET_COOKIE) && headers.get_all(header::SET_COOKIE).iter().any(sets_ours) {
        let kept: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().filter(|v| !sets_ours(v)).cloned().collect();
        headers.remove(header::SET_COOKIE);
        for value in kept {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

/// True when a browser would send this cookie back under one of the door's names. A cookie without a name is sent as its value alone
/// (RFC 6265bis section 5.8.3): `=CF_Session=x` comes back as `CF_Session=x`.
pub(crate) fn sets_ours(cookie: &HeaderValue) -> bool {
    let (mut name, mut value) = split(cookie.as_bytes().split(|b| *b == b';').next().unwrap_or_default());
    while name.is_empty() && !value.is_empty() {
        (name, value) = split(value);
    }
    name == AUTHORIZATION_COOKIE.as_bytes() || OWN_COOKIES.iter().any(|c| c.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip_hop_by_hop(headers: &mut HeaderMap) {
        Found::among(headers, |_| false).strip(headers);
    }

    #[test]
    fn own_cookies_are_taken_out_and_the_rest_is_joined() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; CF_AppSession=x; b=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("CF_Authorization=t; c=3;"));
        let mut kept = headers.clone();
        rewrite_cookies(&mut headers, None);
        assert_eq!(headers.get(header::COOKIE).unwrap(), "a=1; b=2; c=3");
        rewrite_cookies(&mut kept, Some(b"t"));
        assert_eq!(kept.get(header::COOKIE).unwrap(), "a=1; b=2; CF_Authorization=t; c=3");
        let mut only_ours = HeaderMap::new();
        only_ours.append(header::COOKIE, HeaderValue::from_static("CF_Session=x"));
        rewrite_cookies(&mut only_ours, None);
        assert!(!only_ours.contains_key(header::COOKIE));
    }

    #[test]
    fn only_the_admitting_token_stays_and_stays_once() {
        for (line, expected) in [
            ("CF_Authorization=other; CF_Authorization=t", Some("CF_Authorization=t")),
            ("CF_Authorization=\"t\"; a=1; CF_Authorization=t", Some("CF_Authorization=\"t\"; a=1")),
            ("CF_Authorization=tt", None),
            ("CF_Authorization", None),
            ("xCF_Authorization=u", Some("xCF_Authorization=u")),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, HeaderValue::from_static(line));
            rewrite_cookies(&mut headers, Some(b"t"));
            assert_eq!(headers.get(header::COOKIE).map(|v| v.to_str().unwrap()), expected, "{line}");
        }
    }

    #[test]
    fn bytes_beyond_ascii_in_other_cookies_pass_and_hide_nothing() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_bytes("name=Jürgen; CF_Authorization=u".as_bytes()).unwrap());
        rewrite_cookies(&mut headers, None);
        assert_eq!(headers.get(header::COOKIE).unwrap().as_bytes(), "name=Jürgen".as_bytes());
    }

    #[test]
    fn a_service_token_in_the_shared_header_goes_and_what_else_is_in_it_stays() {
        let name = HeaderName::from_static("x-service");
        let left = |list: &[(&'static str, &'static str)]| {
            let pairs = list.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
            let mut headers: HeaderMap = pairs.collect();
            strip_single_header(&mut headers, &name);
            headers.keys().map(|n| n.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(left(&[("x-service", "Bearer x"), ("a", "{")]), ["x-service", "a"]);
        assert!(left(&[("x-service", " {\"cf-access-client-id\": 1"), ("x_service", "{}")]).is_empty());
    }

    #[test]
    fn forwarding_headers_are_known_in_every_spelling() {
        for name in ["x-real-ip", "x_real_ip", "x.real~ip", "x-forwarded_for", "x.forwarded.for", "x_forwarded_anything", "cf_ipcountry"] {
            assert!(is_forwarding_header(name), "{name}");
        }
        for name in ["x-forwarded", "x-real-ips", "xx-real-ip", "forward", "accept"] {
            assert!(!is_forwarding_header(name), "{name}");
        }
    }

    #[test]
    fn the_host_for_the_origin_is_the_one_that_was_judged() {
        let sent = |written: &'static str, configured, suffix| {
            host(Some(&HeaderValue::from_static(written)), configured, "wiki.localhost", suffix).map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(sent("wiki.localhost:8443", None, ":8443"), None);
        assert_eq!(sent("WIKI.localhost:666", None, ":8443").as_deref(), Some("wiki.localhost:8443"));
        assert_eq!(sent("wiki.localhost:8443", None, "").as_deref(), Some("wiki.localhost"));
        assert_eq!(sent("wiki.localhost", Some("inside.example"), "").as_deref(), Some("inside.example"));
        assert_eq!(host(None, None, "wiki.localhost", "").unwrap(), "wiki.localhost");
    }

    #[test]
    fn doubled_te_lines_leave_nothing_but_trailers() {
        let mut headers = HeaderMap::new();
        headers.append(header::TE, HeaderValue::from_static("trailers"));
        headers.append(header::TE, HeaderValue::from_static("deflate"));
        strip_hop_by_hop(&mut headers);
        assert!(!headers.contains_key(header::TE));
    }

    #[test]
    fn an_origin_sets_no_cookie_that_comes_back_under_a_name_of_the_door() {
        let mut headers = HeaderMap::new();
        for cookie in
            ["CF_Session=x", " CF_AppSession =x; Path=/", "CF_Binding", "=CF_Authorization=x; Path=/", " = CF_Session=x", "==CF_Session=x"]
        {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(cookie));
        }
        for cookie in ["a=CF_Session=x", "=", "", "=plain; Path=/", "xCF_Session=1"] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(cookie));
        }
        strip_answer(&mut headers);
        let left: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!(left, ["a=CF_Session=x", "=", "", "=plain; Path=/", "xCF_Session=1"]);
    }

    #[test]
    fn a_length_beside_chunks_is_not_passed_on() {
        let answer = |list: &[(&'static str, &'static str)]| {
            let mut headers: HeaderMap = list.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
            strip_answer(&mut headers);
            headers.keys().map(|n| n.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(answer(&[("content-length", "3"), ("transfer-encoding", "chunked"), ("age", "1")]), ["age"]);
        assert_eq!(answer(&[("content-length", "3"), ("connection", "close")]), ["content-length"]);
    }

    #[test]
    fn names_listed_in_connection_go_before_anything_is_added() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close, X-Secret, cf-access-jwt-assertion, content-length"));
        headers.insert("x-secret", HeaderValue::from_static("1"));
        headers.insert("proxy", HeaderValue::from_static("http://evil.example"));
        headers.insert("cf-access-jwt-assertion", HeaderValue::from_static("forged"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("3"));
        headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        strip_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["content-length"]);
    }
}
