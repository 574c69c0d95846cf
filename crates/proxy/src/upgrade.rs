//! WebSocket upgrades: which requests ask for one, and from which pages they may.

use http::{HeaderMap, HeaderValue, Request, header};
use hyper::{body::Incoming, upgrade::OnUpgrade};

/// The client's half of an upgrade that is asked for.
pub(crate) struct Asked {
    pub(crate) client: OnUpgrade,
    key: HeaderValue,
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
    request.method() == http::Method::GET
        && listed
        && upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")
        && request.version() == http::Version::HTTP_11
}

/// Takes the client's half, when the request is a WebSocket upgrade.
pub(crate) fn asked(request: &mut Request<Incoming>) -> Option<Asked> {
    if !is_websocket(request) {
        return None;
    }
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY)?.clone();
    Some(Asked { client: hyper::upgrade::on(request), key })
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
    fn a_preflight_opens_no_websocket() {
        let asks = |method: http::Method| {
            let request = Request::builder().method(method).header(header::UPGRADE, "websocket").header(header::CONNECTION, "Upgrade");
            is_websocket(&request.body(()).unwrap())
        };
        assert!(asks(http::Method::GET));
        assert!(!asks(http::Method::OPTIONS) && !asks(http::Method::POST));
    }
}
