//! One canonical request: authority and path read once; what the policy sees is what is forwarded.

use http::{HeaderMap, Method, Request, Uri, header};

use crate::malformed::Malformed;

/// Longest method; the longest registered one has 17 letters.
const MOST_METHOD: usize = 32;

/// Host and path of a request, as judged and forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// Lower case, without port.
    pub host: String,
    /// The path with its escapes decoded: what policies and logs see. It has one reading only.
    pub path: String,
    /// Path and query as received.
    pub path_and_query: String,
}

impl Canonical {
    /// Reads a request's head.
    pub fn read<B>(request: &Request<B>) -> Result<Self, Malformed> {
        let headers = request.headers();
        check_framing(headers)?;
        let tunnel = request.extensions().get::<hyper::ext::Protocol>().is_some();
        check_method(request.method(), tunnel)?;
        let host = host(request.uri(), headers)?;
        // An authority alone, as in `GET a.b`, has none.
        let path_and_query = request.uri().path_and_query().ok_or(Malformed::Path)?.as_str();
        Self::with_host(host, path_and_query)
    }

    /// Reads an authority, and a target in its origin form, of a request whose framing and method were seen to.
    pub(crate) fn of(authority: &str, target: &str) -> Result<Self, Malformed> {
        Self::with_host(read_authority(authority)?, target)
    }

    fn with_host(host: String, path_and_query: &str) -> Result<Self, Malformed> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        check_path(path)?;
        // Over HTTP/1.1 it never comes so far; over HTTP/2 the library lets other bytes through, and HTTP/1.1 is what origins get.
        if !query.bytes().fold(true, |good, b| good & b.is_ascii_graphic()) {
            return Err(Malformed::Path);
        }
        let decoded = model::hostname::decode_path(path).ok_or(Malformed::Path)?;
        let path_and_query = path_and_query.to_owned();
        Ok(Self { host, path: decoded, path_and_query })
    }
}

/// The body's length must have one reading (RFC 9112 section 6.3, RFC 9113 section 8.1.1). HTTP/1.1 was read more strictly before
/// ([`Framing`](crate::Framing)); here HTTP/2 is, where a length is a promise that the origin is told.
fn check_framing(headers: &HeaderMap) -> Result<(), Malformed> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    if let Some(length) = lengths.next() {
        let digits = (1..=18).contains(&length.len()) && length.as_bytes().iter().all(u8::is_ascii_digit);
        if !digits || lengths.next().is_some() {
            return Err(Malformed::Length);
        }
    }
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else { return Ok(()) };
    if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") || codings.next().is_some() {
        return Err(Malformed::Coding);
    }
    if headers.contains_key(header::CONTENT_LENGTH) { Err(Malformed::LengthAndCoding) } else { Ok(()) }
}

/// Methods in small letters are refused: an origin that takes `head` for `HEAD` answers without the body that we wait for, and the next
/// answer would be read as it. `CONNECT` is served where it opens a tunnel over a stream (RFC 8441).
fn check_method(method: &Method, tunnel: bool) -> Result<(), Malformed> {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE | Method::OPTIONS | Method::PATCH => Ok(()),
        Method::CONNECT if tunnel => Ok(()),
        Method::CONNECT | Method::TRACE => Err(Malformed::MethodNotServed),
        _ => {
            let name = method.as_str();
            let capital = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
            if capital && name.len() <= MOST_METHOD { Ok(()) } else { Err(Malformed::MethodForm) }
        }
    }
}

fn host(uri: &Uri, headers: &HeaderMap) -> Result<String, Malformed> {
    let mut named = headers.get_all(header::HOST).iter();
    let from_header = named.next().map(|value| value.to_str().map_err(|_| Malformed::HostForm)).transpose()?;
    if named.next().is_some() {
        return Err(Malformed::Host);
    }
    if uri.scheme_str().is_some_and(|scheme| scheme != "https" && scheme != "http") {
        return Err(Malformed::Scheme);
    }
    match (uri.authority().map(http::uri::Authority::as_str), from_header) {
        (Some(a), Some(h)) if !a.eq_ignore_ascii_case(h) => Err(Malformed::HostsDiffer),
        (Some(authority), _) | (None, Some(authority)) => read_authority(authority),
        (None, None) => Err(Malformed::Host),
    }
}

/// The name of an authority, in lower case. It has no user, no dot at its end, no empty label and no label that only looks
/// internationalised; a port behind it is a number.
fn read_authority(authority: &str) -> Result<String, Malformed> {
    let (name, port) = match authority.rfind(']') {
        Some(end) if authority.starts_with('[') => authority.split_at(end + 1),
        _ => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if !port.is_empty() && port[1..].parse::<u16>().map_or(true, |number| number == 0 || port.as_bytes()[1] == b'+') {
        return Err(Malformed::HostForm);
    }
    let name = name.to_ascii_lowercase();
    if let Some(literal) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return if literal.parse::<std::net::Ipv6Addr>().is_ok() { Ok(name) } else { Err(Malformed::HostForm) };
    }
    let is_label =
        |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let good = name.len() <= 253 && name.split('.').all(is_label) && (!name.contains("xn--") || is_international(&name));
    if good { Ok(name) } else { Err(Malformed::HostForm) }
}

/// True when internationalised labels stand for what they say: `xn--wiki-` would be `wiki` to whoever decodes it (CVE-2024-12224).
fn is_international(name: &str) -> bool {
    url::Host::parse(name).is_ok_and(|read| matches!(read, url::Host::Domain(domain) if domain == name))
}

/// Refuses every path that an origin might read differently from us: dot segments (plain or with parameters),
/// backslashes, controls, empty segments, what is not ASCII. Escapes are judged by [`model::hostname::decode_path`].
fn check_path(path: &str) -> Result<(), Malformed> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        // `*` of OPTIONS and the authority form of CONNECT have no application.
        return Err(Malformed::Path);
    }
    if memchr::memchr2(b'\\', b'#', bytes).is_some() {
        return Err(Malformed::Path);
    }
    if !bytes.iter().fold(true, |good, b| good & b.is_ascii_graphic()) {
        return Err(Malformed::Path);
    }
    let mut segments = path[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = segment.split(';').next().unwrap_or("");
        // Without its parameters it may be empty as well: `/;x/a` is `/a` to programs that drop them and join slashes.
        let empty_inside = name.is_empty() && segments.peek().is_some();
        if empty_inside || name == "." || name == ".." {
            return Err(Malformed::Path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, host: Option<&str>) -> Request<()> {
        // HTTP/2 brings paths that no whole address could have.
        let uri = uri.parse().unwrap_or_else(|_| Uri::from(uri.parse::<http::uri::PathAndQuery>().unwrap()));
        let mut r = Request::builder().uri(uri);
        if let Some(h) = host {
            r = r.header("host", h);
        }
        r.body(()).unwrap()
    }

    #[test]
    fn hosts_agree_or_the_request_is_refused() {
        let ok = |uri, host| Canonical::read(&request(uri, host)).map(|c| c.host);
        assert_eq!(ok("/", Some("Wiki.localhost:8443")).unwrap(), "wiki.localhost");
        assert_eq!(ok("https://wiki.localhost:8443/", Some("wiki.localhost:8443")).unwrap(), "wiki.localhost");
        assert_eq!(ok("https://a.localhost/", Some("b.localhost")), Err(Malformed::HostsDiffer));
        assert_eq!(ok("/", None), Err(Malformed::Host));
        assert_eq!(ok("/", Some("wiki.localhost.")), Err(Malformed::HostForm));
        assert_eq!(ok("/", Some("a@wiki.localhost")), Err(Malformed::HostForm));
        assert_eq!(ok("ftp://wiki.localhost/", None), Err(Malformed::Scheme));
        let twice = Request::builder().uri("/").header("host", "a").header("host", "a").body(()).unwrap();
        assert_eq!(Canonical::read(&twice), Err(Malformed::Host));
    }

    #[test]
    fn hosts_are_names_with_one_spelling() {
        let read = |host: &str| Canonical::read(&request("/", Some(host))).map(|c| c.host);
        for (written, name) in [
            ("a.b", "a.b"),
            ("A.b:443", "a.b"),
            ("a_b.c-d.e:1", "a_b.c-d.e"),
            ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
            ("127.0.0.1:8443", "127.0.0.1"),
            ("[::1]:8443", "[::1]"),
        ] {
            assert_eq!(read(written).as_deref(), Ok(name));
        }
        for bad in [
            "",
            ":443",
            "a.b:",
            "a.b:x",
            "a.b:+443",
            "a.b:0",
            "a.b:65536",
            "a.b:1:2",
            "a.b.",
            "a..b",
            ".a.b",
            "a.b..",
            "a b",
            "a,b",
            "a/b",
            "a.b?x",
            "a.b#x",
            "a%2eb",
            "u@a.b",
            "u:p@a.b",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "[a.b]",
            "xn--wiki-.localhost",
            "xn--.localhost",
            "xn--a.localhost",
            "a.b\\c",
        ] {
            assert_eq!(read(bad), Err(Malformed::HostForm), "{bad:?}");
        }
        let long = format!("{}.b", "a".repeat(64));
        assert_eq!(read(&long), Err(Malformed::HostForm));
    }

    #[test]
    fn methods_are_in_capitals_and_neither_connect_nor_trace() {
        let read =
            |method: &str| Canonical::read(&Request::builder().method(method).uri("/").header("host", "a").body(()).unwrap()).map(drop);
        for good in ["GET", "HEAD", "OPTIONS", "PROPFIND", "VERSION-CONTROL", "M-SEARCH"] {
            assert_eq!(read(good), Ok(()), "{good}");
        }
        for bad in ["get", "head", "Get", "GET!", "CONNECt", &"A".repeat(33)] {
            assert_eq!(read(bad), Err(Malformed::MethodForm), "{bad}");
        }
        assert_eq!((read("TRACE"), read("CONNECT")), (Err(Malformed::MethodNotServed), Err(Malformed::MethodNotServed)));
    }

    #[test]
    fn paths_with_two_readings_are_refused() {
        for bad in [
            "/a/../b",
            "/./a",
            "/a/%2e%2e/b",
            "/..;/a",
            "/a%2fb",
            "/a%5cb",
            "/a//b",
            "/a%00",
            "/a%2",
            "/a%zz",
            "/..",
            "/a%252e",
            "/a/..;x=1/b",
            "/a%3b",
            "/;x/a",
            "/a/;/b",
            "/caf\u{e9}",
            "/a?caf\u{e9}",
            "/a?b=\u{2028}",
            "/a%c0%ae",
            "/a%ff",
            "/a%0a",
            "/a%7F",
            "/a%2F",
            "/%2e",
            "/.;/a",
            "/a%u002e",
            "?a",
            "a.b",
            "*",
        ] {
            let read = Canonical::read(&request(bad, Some("a.b"))).map(|_| ());
            assert_eq!(read, Err(Malformed::Path), "{bad}");
        }
        for good in
            ["/", "/a", "/a/", "/a.b/..c", "/caf%C3%A9", "/a%20b", "/a;x=1", "/;x", "/~me", "/a...", "/a%40b", "/v1/a:b,c", "/%61", "/%7e"]
        {
            assert!(Canonical::read(&request(good, Some("a.b"))).is_ok(), "{good}");
        }
    }

    #[test]
    fn framing_with_two_readings_is_refused() {
        let r = |list: &[(&str, &str)]| {
            let mut b = Request::builder().uri("/").header("host", "a.b");
            for (n, v) in list {
                b = b.header(*n, *v);
            }
            Canonical::read(&b.body(()).unwrap()).map(|_| ())
        };
        assert_eq!(r(&[("transfer-encoding", "chunked")]), Ok(()));
        assert_eq!(r(&[("content-length", "12")]), Ok(()));
        assert_eq!(r(&[("transfer-encoding", "chunked"), ("content-length", "3")]), Err(Malformed::LengthAndCoding));
        assert_eq!(r(&[("transfer-encoding", "gzip, chunked")]), Err(Malformed::Coding));
        assert_eq!(r(&[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")]), Err(Malformed::Coding));
        for bad in ["+3", "3, 3", "", "3 ", "0x3", "-0", "9999999999999999999"] {
            assert_eq!(r(&[("content-length", bad)]), Err(Malformed::Length), "{bad:?}");
        }
        assert_eq!(r(&[("content-length", "3"), ("content-length", "3")]), Err(Malformed::Length));
    }
}
