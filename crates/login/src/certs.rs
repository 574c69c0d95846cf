//! The published keys, and the style sheet and scripts of the pages.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
};

use crate::{answer, state::LoginState};

/// `GET /cdn-cgi/access/certs`: current and previous key, with their certificates.
pub(crate) async fn certs(State(state): State<LoginState>) -> Response<Body> {
    let mut response = answer::json(StatusCode::OK, &state.guard.certs(state.now()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The script of a login method's test.
pub(crate) async fn test_script() -> Response<Body> {
    script(pages::TEST_SCRIPT)
}

/// The script of a request that waits.
pub(crate) async fn follow_script() -> Response<Body> {
    script(pages::FOLLOW_SCRIPT)
}

/// The script of the App Launcher.
pub(crate) async fn launcher_script() -> Response<Body> {
    script(pages::LAUNCHER_SCRIPT)
}

fn script(text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// The one style sheet, with the organisation's colours.
pub(crate) async fn style(State(state): State<LoginState>) -> Response<Body> {
    let mut response = Response::new(Body::from(state.look().stylesheet()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
