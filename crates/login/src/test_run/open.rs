//! The start address of a test: the first browser that opens it has the test, and no other gets it.

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use guard::ticket::{cookie_hash, open as unseal};
use pages::{TestRefusal, TestRefused};
use store::Purpose;

use super::{COOKIE, START_LIFE_SECS, Start, desk::NotBound, is_mark, page_of};
use crate::{answer, state::LoginState};

pub(super) const PATH: &str = "/cdn-cgi/access/test";

/// `GET /cdn-cgi/access/test?start`.
pub(super) async fn open(
    State(state): State<LoginState>,
    Query(query): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    // What looks ahead for somebody must not have the test in their place.
    if method != Method::GET || headers.contains_key("sec-purpose") || headers.contains_key("purpose") {
        return answer::page(StatusCode::OK, String::new());
    }
    let now = state.now();
    let start: Option<Start> = query.get("start").and_then(|text| unseal(state.guard.store().sealer(), Purpose::LoginTest, text));
    let Some(start) = start.filter(|start| (0..START_LIFE_SECS).contains(&now.secs_since(start.at))) else {
        return refused(&state, &headers, TestRefusal::Expired);
    };
    // A mark that is there stays, so that two tests in one browser do not disown each other.
    let mark = match guard::credential::single_cookie(&headers, COOKIE) {
        Some(old) if is_mark(old) => old.to_owned(),
        _ => hex::encode(rand::random::<[u8; 16]>()),
    };
    match state.tests.bind(&start.start, &cookie_hash(&mark), now) {
        // Lax: the way back from the provider is a link from another site.
        Ok(()) => answer::with_cookie(
            answer::redirect(&page_of(&start.start)),
            &format!("{COOKIE}={mark}; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax"),
        ),
        Err(NotBound::Used) => refused(&state, &headers, TestRefusal::Used),
        Err(NotBound::Gone) => refused(&state, &headers, TestRefusal::Expired),
    }
}

pub(super) fn refused(state: &LoginState, headers: &HeaderMap, refusal: TestRefusal) -> Response<Body> {
    let status = match refusal {
        TestRefusal::Used => StatusCode::FORBIDDEN,
        TestRefusal::Expired | TestRefusal::NotYours => StatusCode::NOT_FOUND,
        TestRefusal::Superseded => StatusCode::CONFLICT,
        TestRefusal::TooMany => StatusCode::TOO_MANY_REQUESTS,
    };
    tracing::info!(refusal = ?refusal, "a test of a login method is not shown to this browser");
    answer::page(status, TestRefused { refusal }.render(&state.look(), answer::language(headers)))
}
