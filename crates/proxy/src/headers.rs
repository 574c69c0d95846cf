//! What passes to the origin and what does not.

use guard::{
    Permit, Subject,
    credential::{ASSERTION_HEADER, AUTHORIZATION_COOKIE, EMAIL_HEADER, OWN_COOKIES, is_identity_header},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Headers of one connection (RFC 9110 section 7.6.1); never forwarded.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("http2-settings"),
];

/// Who the client is and where it came in is ours to say; a client's own word on it is dropped.
fn is_forwarding_header(name: &str) -> bool {
    name == "forwarded"
        || name.starts_with("x-forwarded-")
        || name.starts_with("x_forwarded_")
        || matches!(name, "x-real-ip" | "x-original-url" | "x-rewrite-url" | "x-original-host" | "cf-connecting-ip" | "true-client-ip")
}

/// Removes what belongs to the hop, first the names listed in `Connection`.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|n| HeaderName::from_bytes(n.trim().as_bytes()).ok())
        // Framing headers stay: a client must not make us forget a body's length.
        .filter(|n| *n != header::HOST && *n != header::CONTENT_LENGTH)
        .collect();
    for name in &listed {
        headers.remove(name);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    if headers.get(header::TE).is_some_and(|te| te.as_bytes() != b"trailers") {
        headers.remove(header::TE);
    }
}

/// Makes a client's headers into those for the origin. Removal comes first, so that nothing a client sent can remove or
/// double what is added (attack cases 1 to 5).
pub(crate) fn towards_origin(headers: &mut HeaderMap, permit: &Permit, host: &str, client_ip: &str, forward_token: bool) {
    strip_hop_by_hop(headers);
    let foreign: Vec<HeaderName> =
        headers.keys().filter(|n| is_identity_header(n.as_str()) || is_forwarding_header(n.as_str())).cloned().collect();
    for name in &foreign {
        headers.remove(name);
    }
    let keep_token = forward_token && matches!(permit.subject(), Subject::Person(_));
    rewrite_cookies(headers, keep_token);
    if let Some(assertion) = permit.assertion() {
        headers.insert(ASSERTION_HEADER, assertion.clone());
    }
    if let Some(email) = permit.email() {
        headers.insert(EMAIL_HEADER, email.clone());
    }
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-forwarded-for", client_ip);
    put("x-forwarded-proto", "https");
    put("x-forwarded-host", host);
}

/// Takes the door's own cookies out and joins what is left into one header (HTTP/2 may have split it).
fn rewrite_cookies(headers: &mut HeaderMap, keep_token: bool) {
    let mut lines = headers.get_all(header::COOKIE).iter();
    let (first, more) = (lines.next(), lines.next().is_some());
    let Some(first) = first else { return };
    let bytes = first.as_bytes();
    let ours = |b: &[u8]| memchr::memmem::find(b, b"CF_").is_some();
    if !more && !ours(bytes) {
        return;
    }
    let mut joined: Vec<u8> = Vec::with_capacity(bytes.len());
    for line in headers.get_all(header::COOKIE) {
        for pair in line.as_bytes().split(|b| *b == b';') {
            let pair = pair.trim_ascii();
            let name = pair.split(|b| *b == b'=').next().unwrap_or_default().trim_ascii();
            let own = OWN_COOKIES.iter().any(|c| c.as_bytes() == name) || (!keep_token && name == AUTHORIZATION_COOKIE.as_bytes());
            if !own && !pair.is_empty() {
                if !joined.is_empty() {
                    joined.extend_from_slice(b"; ");
                }
                joined.extend_from_slice(pair);
            }
        }
    }
    headers.remove(header::COOKIE);
    if !joined.is_empty()
        && let Ok(value) = HeaderValue::from_bytes(&joined)
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Makes an origin's headers into those for the client. An origin may not set or clear the door's cookies.
pub(crate) fn towards_client(headers: &mut HeaderMap, permit: &Permit) {
    strip_hop_by_hop(headers);
    let sets_ours = |v: &HeaderValue| {
        let name = v.as_bytes().split(|b| *b == b'=').next().unwrap_or_default().trim_ascii();
        name == AUTHORIZATION_COOKIE.as_bytes() || OWN_COOKIES.iter().any(|c| c.as_bytes() == name)
    };
    if headers.get_all(header::SET_COOKIE).iter().any(sets_ours) {
        let kept: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().filter(|v| !sets_ours(v)).cloned().collect();
        headers.remove(header::SET_COOKIE);
        for value in kept {
            headers.append(header::SET_COOKIE, value);
        }
    }
    if let Some(cookie) = permit.set_cookie() {
        headers.append(header::SET_COOKIE, cookie.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_cookies_are_taken_out_and_the_rest_is_joined() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; CF_AppSession=x; b=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("CF_Authorization=t; c=3;"));
        let mut kept = headers.clone();
        rewrite_cookies(&mut headers, false);
        assert_eq!(headers.get(header::COOKIE).unwrap(), "a=1; b=2; c=3");
        rewrite_cookies(&mut kept, true);
        assert_eq!(kept.get(header::COOKIE).unwrap(), "a=1; b=2; CF_Authorization=t; c=3");
        let mut only_ours = HeaderMap::new();
        only_ours.append(header::COOKIE, HeaderValue::from_static("CF_Session=x"));
        rewrite_cookies(&mut only_ours, false);
        assert!(!only_ours.contains_key(header::COOKIE));
    }

    #[test]
    fn names_listed_in_connection_go_before_anything_is_added() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close, X-Secret, cf-access-jwt-assertion, content-length"));
        headers.insert("x-secret", HeaderValue::from_static("1"));
        headers.insert("cf-access-jwt-assertion", HeaderValue::from_static("forged"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("3"));
        headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        strip_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["content-length"]);
    }
}
