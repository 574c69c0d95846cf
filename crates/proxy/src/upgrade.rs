//! WebSocket upgrades: which requests ask for one, and from which pages they may.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use hyper::{body::Incoming, upgrade::OnUpgrade};

/// Appended to the key to make the accept value (RFC 6455 section 1.3).
const ACCEPT_SALT: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A CONNECT that asks for something else than a WebSocket. The door is no forward proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoConnect;

/// Marks a request that came as an extended CONNECT.
#[derive(Clone, Copy)]
struct Extended;

/// Makes a WebSocket over HTTP/2 (extended CONNECT, RFC 8441 section 5) into the request it would be over HTTP/1.1, so that it is
/// judged and forwarded as that.
pub(crate) fn unfold<B>(request: &mut Request<B>) -> Result<(), NoConnect> {
    if *request.method() != Method::CONNECT {
        return Ok(());
    }
    let asks = request.extensions().get::<hyper::ext::Protocol>().is_some_and(|p| p.as_str().eq_ignore_ascii_case("websocket"));
    if !asks || request.version() != Version::HTTP_2 {
        return Err(NoConnect);
    }
    *request.method_mut() = Method::GET;
    *request.version_mut() = Version::HTTP_11;
    request.extensions_mut().insert(Extended);
    announce(request.headers_mut());
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    if let Ok(key) = HeaderValue::from_str(&key) {
        request.headers_mut().insert(header::SEC_WEBSOCKET_KEY, key);
    }
    Ok(())
}

/// The client's half of an upgrade that is asked for.
pub(crate) struct Asked {
    pub(crate) client: OnUpgrade,
    key: HeaderValue,
    extended: bool,
}

impl Asked {
    /// Makes the origin's agreement into the answer for this client; false when the origin did not agree to what it was asked.
    /// A browser checks the accept value for itself, but the key of an extended CONNECT is the door's own.
    pub(crate) fn agreed<B>(&self, response: &mut Response<B>) -> bool {
        if !self.extended {
            announce(response.headers_mut());
            return true;
        }
        let accept = response.headers_mut().remove(header::SEC_WEBSOCKET_ACCEPT);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.status_mut() = StatusCode::OK;
        accept.is_some_and(|accept| accept.as_bytes() == accept_of(self.key.as_bytes()).as_bytes())
    }
    /// True for an answer that an extended CONNECT would take for an agreement, though it is none.
    pub(crate) fn misleads<B>(&self, response: &Response<B>) -> bool {
        self.extended && response.status().is_success()
    }
}

fn accept_of(key: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &[key, ACCEPT_SALT].concat());
    STANDARD.encode(digest)
}

/// True when the request asks for a WebSocket, which is a GET (RFC 6455 section 4.1). Every other kind of upgrade is not passed on.
pub(crate) fn is_websocket<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let Some(upgrade) = headers.get(header::UPGRADE) else { return false };
    let listed = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|t| t.trim().eq_ignore_ascii_case("upgrade"));
    request.method() == Method::GET
        && listed
        && upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")
        && request.version() == Version::HTTP_11
}

/// Takes the client's half, when the request is a WebSocket upgrade.
pub(crate) fn asked(request: &mut Request<Incoming>) -> Option<Asked> {
    if !is_websocket(request) {
        return None;
    }
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY)?.clone();
    let extended = request.extensions().get::<Extended>().is_some();
    Some(Asked { client: hyper::upgrade::on(request), key, extended })
}

/// Puts the upgrade back after the hop's headers were taken out of a request.
pub(crate) fn restore(headers: &mut HeaderMap, asked: &Asked) {
    announce(headers);
    headers.insert(header::SEC_WEBSOCKET_KEY, asked.key.clone());
}

/// Says that the protocol is switched, after the hop's headers were taken out.
pub(crate) fn announce(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

/// True when a page may open a WebSocket here: pages of this very host, of the team domain, and programs that are no page
/// and name no origin. Browsers send cookies with such requests whoever asks and apply no same-origin policy to the
/// answer, so this is the only place to stop a foreign page (attack case 45).
pub(crate) fn may_open(headers: &HeaderMap, host: &str, port_suffix: &str, team_origin: &str) -> bool {
    let mut named = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = named.next() else { return true };
    if named.next().is_some() {
        return false;
    }
    let origin = origin.as_bytes();
    if origin.eq_ignore_ascii_case(team_origin.as_bytes()) {
        return true;
    }
    let Some((scheme, authority)) = origin.split_at_checked(b"https://".len()) else { return false };
    let authority = if port_suffix.is_empty() { authority.strip_suffix(b":443").unwrap_or(authority) } else { authority };
    let Some((name, port)) = authority.split_at_checked(host.len()) else { return false };
    scheme.eq_ignore_ascii_case(b"https://") && name.eq_ignore_ascii_case(host.as_bytes()) && port == port_suffix.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(value: &str) -> HeaderMap {
        [(header::ORIGIN, HeaderValue::from_str(value).unwrap())].into_iter().collect()
    }

    #[test]
    fn only_pages_of_this_host_and_of_the_team_domain_open_websockets() {
        let may = |value: &str, suffix: &str| may_open(&origin(value), "wiki.localhost", suffix, "https://team.localhost:8443");
        for good in ["https://wiki.localhost:8443", "https://WIKI.localhost:8443", "https://team.localhost:8443"] {
            assert!(may(good, ":8443"), "{good}");
        }
        for bad in [
            "https://evil.example",
            "https://wiki.localhost",
            "https://wiki.localhost:9",
            "http://wiki.localhost:8443",
            "https://wiki.localhost:84430",
            "https://wiki.localhost.evil.example:8443",
            "https://xwiki.localhost:8443",
            "https://payroll.localhost:8443",
            "null",
            "",
        ] {
            assert!(!may(bad, ":8443"), "{bad}");
        }
        assert!(may("https://wiki.localhost", "") && may("https://wiki.localhost:443", "") && !may("https://wiki.localhost:8443", ""));
    }

    #[test]
    fn programs_name_no_origin_and_nobody_names_two() {
        assert!(may_open(&HeaderMap::new(), "a.b", "", "https://team.b"));
        let mut two = origin("https://a.b");
        two.append(header::ORIGIN, HeaderValue::from_static("https://a.b"));
        assert!(!may_open(&two, "a.b", "", "https://team.b"));
    }

    #[test]
    fn the_accept_value_is_that_of_the_standard() {
        // RFC 6455 section 1.3.
        assert_eq!(accept_of(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn an_extended_connect_becomes_an_upgrade_and_every_other_connect_is_refused() {
        let connect = |protocol: Option<&'static str>, version| {
            let mut request =
                Request::builder().method(Method::CONNECT).uri("https://wiki.localhost/chat").version(version).body(()).unwrap();
            request.headers_mut().insert(header::SEC_WEBSOCKET_KEY, HeaderValue::from_static("theirs"));
            if let Some(protocol) = protocol {
                request.extensions_mut().insert(hyper::ext::Protocol::from_static(protocol));
            }
            let result = unfold(&mut request);
            (result, request)
        };
        let (result, request) = connect(Some("websocket"), Version::HTTP_2);
        assert!(result.is_ok() && is_websocket(&request));
        assert_eq!(request.headers()[header::SEC_WEBSOCKET_KEY].len(), 24, "a key of our own");
        for (protocol, version) in [(None, Version::HTTP_2), (Some("connect-udp"), Version::HTTP_2), (Some("websocket"), Version::HTTP_11)]
        {
            assert_eq!(connect(protocol, version).0, Err(NoConnect), "{protocol:?}");
        }
    }

    #[test]
    fn a_preflight_opens_no_websocket() {
        let asks = |method: Method| {
            let request = Request::builder().method(method).header(header::UPGRADE, "websocket").header(header::CONNECTION, "Upgrade");
            is_websocket(&request.body(()).unwrap())
        };
        assert!(asks(Method::GET));
        assert!(!asks(Method::OPTIONS) && !asks(Method::POST));
    }
}
