//! The form of a request on a connection: HTTP/1.1 names its host in a header, HTTP/2 in the target.

use std::rc::Rc;

use http::{HeaderValue, Request, Uri, Version, header, uri::Authority, uri::Scheme};

use crate::{pool::Lease, reverse::Worker, upload::UploadBody};

/// Brings a request into the form of the connection it is about to take; it may have had the other before.
pub(super) fn fit(request: &mut Request<UploadBody>, lease: &Lease, worker: &Rc<Worker>) {
    if !lease.is_shared() {
        if request.version() == Version::HTTP_2 {
            to_http1(request);
        }
        return;
    }
    if request.version() != Version::HTTP_2 {
        to_http2(request, lease.is_https());
    }
    // Trailers are apart from headers there, and cannot be taken for such.
    request.body_mut().pass_trailers(worker);
    request.body_mut().go();
}

fn to_http2<B>(request: &mut Request<B>, https: bool) {
    let authority = request
        .headers_mut()
        .remove(header::HOST)
        .and_then(|host| Authority::from_maybe_shared(bytes::Bytes::copy_from_slice(host.as_bytes())).ok());
    // Whether to go on is not asked for there: streams can be refused at any time.
    request.headers_mut().remove(header::EXPECT);
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(if https { Scheme::HTTPS } else { Scheme::HTTP });
    parts.authority = authority;
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = Version::HTTP_2;
}

fn to_http1<B>(request: &mut Request<B>) {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = None;
    if let Some(host) = parts.authority.take().and_then(|a| HeaderValue::from_str(a.as_str()).ok()) {
        request.headers_mut().insert(header::HOST, host);
    }
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = Version::HTTP_11;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_same_host_and_path_in_both_forms() {
        let mut request =
            Request::builder().uri("/a?b=c").header("host", "wiki.localhost:8443").header("expect", "100-continue").body(()).unwrap();
        to_http2(&mut request, true);
        assert_eq!((request.uri().to_string().as_str(), request.version()), ("https://wiki.localhost:8443/a?b=c", Version::HTTP_2));
        assert!(request.headers().is_empty());
        to_http1(&mut request);
        assert_eq!((request.uri().to_string().as_str(), request.version()), ("/a?b=c", Version::HTTP_11));
        assert_eq!(request.headers()["host"], "wiki.localhost:8443");
    }
}
