//! Which fields may stand in a trailer section. Recipients may merge trailers into headers (RFC 9110 section 6.5.1), so nothing
//! passes there that would be removed, added or believed as a header.

use guard::credential::is_identity_header;
use http::{HeaderMap, HeaderName, header};

use crate::headers::{METHOD_OVERRIDES, is_forwarding_header, is_spelling_of};

/// Fields that say how a message is framed, routed, authenticated or treated (RFC 9110 section 6.5.1): they mean nothing after
/// the content, and harm when they are believed.
const FORBIDDEN: [HeaderName; 44] = [
    header::ACCEPT_RANGES,
    header::AGE,
    header::ALLOW,
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::DATE,
    header::EXPECT,
    header::EXPIRES,
    header::FORWARDED,
    header::HOST,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    HeaderName::from_static("keep-alive"),
    header::LOCATION,
    header::MAX_FORWARDS,
    header::ORIGIN,
    header::PRAGMA,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::RANGE,
    header::REFERER,
    header::RETRY_AFTER,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
    header::VARY,
    header::VIA,
    header::WWW_AUTHENTICATE,
];

/// Takes out what may not stand there; `foreign` are the names in which trusted peers speak to the door.
pub(crate) fn scrub(trailers: &mut HeaderMap, foreign: &[HeaderName]) {
    let is_bad = |name: &&HeaderName| {
        FORBIDDEN.contains(name)
            || name.as_str().starts_with("access-control-")
            || METHOD_OVERRIDES.iter().any(|method| is_spelling_of(name.as_str(), method))
            || is_identity_header(name.as_str())
            || is_forwarding_header(name.as_str())
            || foreign.iter().any(|f| is_spelling_of(name.as_str(), f.as_str()))
    };
    let bad: Vec<HeaderName> = trailers.keys().filter(is_bad).cloned().collect();
    for name in bad {
        trailers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_could_pass_for_a_header_is_taken_out_and_what_grpc_says_stays() {
        let names = [
            "grpc-status",
            "grpc-message",
            "grpc-status-details-bin",
            "x-sum",
            "content-length",
            "transfer-encoding",
            "set-cookie",
            "cf-access-jwt-assertion",
            "cf_access_authenticated_user_email",
            "x-forwarded-for",
            "x-real-ip",
            "host",
            "access-control-allow-origin",
            "x-country",
            "x_country",
            "x-method-override",
            "x_http_method",
        ];
        let mut trailers: HeaderMap = names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("1"))).collect();
        scrub(&mut trailers, &[HeaderName::from_static("x-country")]);
        let left: Vec<&str> = trailers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, names[..4]);
    }
}
