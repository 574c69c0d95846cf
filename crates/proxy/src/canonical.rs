//! One canonical request: authority and path read once; what the policy sees is what is forwarded.

use http::{HeaderMap, Request, Uri, header, uri::Authority};

/// Why a request is not taken apart any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No or several `Host` values.
    #[error("the request names no host, or several")]
    Host,
    /// `Host`, `:authority` or the absolute form disagree.
    #[error("the request names two different hosts")]
    HostsDiffer,
    /// The host is not a name.
    #[error("the host is not a valid name")]
    HostForm,
    /// The path could be read in two ways.
    #[error("the path is not in normal form")]
    Path,
    /// `Transfer-Encoding` other than `chunked`, or together with `Content-Length`.
    #[error("the body's framing is ambiguous")]
    Framing,
}

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
        framing(request.headers())?;
        let host = host(request.uri(), request.headers())?;
        let path = request.uri().path();
        let path = if path.is_empty() { "/" } else { path };
        check_path(path)?;
        let decoded = model::hostname::decode_path(path).ok_or(Malformed::Path)?;
        let path_and_query = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let path_and_query = if path_and_query.starts_with('/') { path_and_query.to_owned() } else { format!("/{path_and_query}") };
        Ok(Self { host, path: decoded, path_and_query })
    }
}

/// The body's length must have one reading (RFC 9112 section 6.3; attack case 18).
fn framing(headers: &HeaderMap) -> Result<(), Malformed> {
    let Some(coding) = headers.get(header::TRANSFER_ENCODING) else { return Ok(()) };
    let one = headers.get_all(header::TRANSFER_ENCODING).iter().count() == 1;
    if one && coding.as_bytes().eq_ignore_ascii_case(b"chunked") && !headers.contains_key(header::CONTENT_LENGTH) {
        Ok(())
    } else {
        Err(Malformed::Framing)
    }
}

fn host(uri: &Uri, headers: &HeaderMap) -> Result<String, Malformed> {
    let mut named = headers.get_all(header::HOST).iter();
    let from_header =
        named.next().map(|v| v.to_str().ok().and_then(|s| s.parse::<Authority>().ok()).ok_or(Malformed::HostForm)).transpose()?;
    if named.next().is_some() {
        return Err(Malformed::Host);
    }
    let authority = match (uri.authority(), &from_header) {
        (Some(a), Some(h)) if !a.as_str().eq_ignore_ascii_case(h.as_str()) => return Err(Malformed::HostsDiffer),
        (Some(a), _) => a,
        (None, Some(h)) => h,
        (None, None) => return Err(Malformed::Host),
    };
    let host = authority.host().to_ascii_lowercase();
    let name = !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b))
        && !host.ends_with('.');
    if authority.as_str().contains('@') || !name { Err(Malformed::HostForm) } else { Ok(host) }
}

/// Refuses every path that an origin might read differently from us: dot segments (plain or with parameters),
/// backslashes, controls, empty segments. Escapes are judged by [`model::hostname::decode_path`].
fn check_path(path: &str) -> Result<(), Malformed> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        // `*` of OPTIONS and the authority form of CONNECT have no application.
        return Err(Malformed::Path);
    }
    if memchr::memchr2(b'\\', b'#', bytes).is_some() {
        return Err(Malformed::Path);
    }
    if bytes.iter().any(|b| *b <= b' ' || *b == 0x7f) {
        return Err(Malformed::Path);
    }
    let mut segments = path[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = segment.split(';').next().unwrap_or("");
        let empty_inside = segment.is_empty() && segments.peek().is_some();
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
        let twice = Request::builder().uri("/").header("host", "a").header("host", "a").body(()).unwrap();
        assert_eq!(Canonical::read(&twice), Err(Malformed::Host));
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
        ] {
            let read = Canonical::read(&request(bad, Some("a.b"))).map(|_| ());
            assert_eq!(read, Err(Malformed::Path), "{bad}");
        }
        for good in ["/", "/a", "/a/", "/a.b/..c", "/caf%C3%A9", "/a%20b", "/a;x=1", "/~me", "/a...", "/a%40b", "/v1/a:b,c", "/%61", "/%7e"]
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
        for bad in [
            &[("transfer-encoding", "chunked"), ("content-length", "3")][..],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
        ] {
            assert_eq!(r(bad), Err(Malformed::Framing));
        }
    }
}
