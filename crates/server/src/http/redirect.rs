//! Plain HTTP: everything is redirected to HTTPS on the same host, but for the challenges of an ACME server.

use std::convert::Infallible;

use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};

use crate::certificates::Certificates;

/// Where an ACME server asks whose a name is (RFC 8555 section 8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// The answer to an open challenge; else 308 to the same host and path over HTTPS; 400 when the request names no usable host.
pub(crate) fn answer(
    request: &Request<Incoming>,
    port_suffix: &str,
    certificates: &Certificates,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if let Some(answer) = request.uri().path().strip_prefix(CHALLENGES).and_then(|token| certificates.answer(token)) {
        let mut response = Response::new(Full::from(answer));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        return Ok(response);
    }
    let mut response = Response::new(Full::default());
    let location = proxy::Canonical::read(request)
        .ok()
        .and_then(|c| HeaderValue::from_str(&format!("https://{}{port_suffix}{}", c.host, c.path_and_query)).ok());
    match location {
        Some(location) => {
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(header::LOCATION, location);
        }
        None => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    if !request.body().is_end_stream() {
        // Nobody reads it.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
