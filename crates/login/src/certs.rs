//! The published keys, and the style sheet of the pages.

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

/// The one style sheet, with the organisation's colours.
pub(crate) async fn style(State(state): State<LoginState>) -> Response<Body> {
    let mut response = Response::new(Body::from(state.look().stylesheet()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
