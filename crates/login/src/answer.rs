//! Responses of this room: pages with their headers, redirects, cookies.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use guard::compiled::CompiledApp;
use pages::{Framing, Language};

/// The person's language as the browser tells it.
pub fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    Language::from_accept_language(wanted)
}

/// A page. Pages of the door are never cached or framed.
pub(crate) fn page(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in pages::headers() {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The same page where an application's setting lets other sites show it in a frame.
pub(crate) fn framed_as(mut response: Response<Body>, app: &CompiledApp) -> Response<Body> {
    if Framing::of(&app.app) == Framing::Anybody {
        let policy = HeaderValue::from_static(pages::framed_content_security_policy());
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response.headers_mut().remove(header::X_FRAME_OPTIONS);
    }
    response
}

/// A page of a login method's test, with its script.
pub(crate) fn test_page(status: StatusCode, html: String) -> Response<Body> {
    scripted(page(status, html), pages::test_content_security_policy())
}

/// A page that looks by its script whether it says something else by now.
pub(crate) fn following_page(html: String) -> Response<Body> {
    scripted(page(StatusCode::OK, html), pages::test_content_security_policy())
}

/// The App Launcher, with its script.
pub(crate) fn launcher_page(html: String) -> Response<Body> {
    scripted(page(StatusCode::OK, html), pages::launcher_content_security_policy())
}

fn scripted(mut response: Response<Body>, policy: &'static str) -> Response<Body> {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// Exactly 302: command-line clients know no other redirect.
pub(crate) fn redirect(location: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    match HeaderValue::from_str(location) {
        Ok(location) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    no_store(response.headers_mut());
    response
}

/// Adds a cookie to a response.
pub(crate) fn with_cookie(mut response: Response<Body>, cookie: &str) -> Response<Body> {
    if let Ok(mut value) = HeaderValue::from_str(cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// JSON.
pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(response.headers_mut());
    response
}

fn no_store(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=0, no-store, no-cache, must-revalidate"));
}
