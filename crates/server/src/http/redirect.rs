//! Plain HTTP: everything is redirected to HTTPS on the same host.

use std::convert::Infallible;

use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;

/// 308 to the same host and path over HTTPS; 400 when the request names no usable host.
pub(crate) fn answer(request: &Request<Incoming>, port_suffix: &str) -> Result<Response<Full<Bytes>>, Infallible> {
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
    Ok(response)
}
