//! What no route of ours takes: a browser gets a page that says so, a program what is said to programs.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, Response, StatusCode, header},
};
use pages::NoPage;
use tower::ServiceExt;

use crate::{answer, state::LoginState};

/// Routes with an answer to every other address: a page for people, and what `programs` says for everything else.
pub fn completed(routes: Router, state: LoginState, programs: Router) -> Router {
    routes.fallback(move |request: Request| {
        let (state, programs) = (state.clone(), programs.clone());
        async move {
            if is_looked_at(request.method(), request.headers()) {
                Ok(page(&state, request.headers()))
            } else {
                programs.oneshot(request).await
            }
        }
    })
}

/// Browsers ask for HTML where a person goes; scripts, pictures and programs do not.
fn is_looked_at(method: &Method, headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    matches!(*method, Method::GET | Method::HEAD)
        && accepted.split(',').any(|range| range.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("text/html"))
}

fn page(state: &LoginState, headers: &HeaderMap) -> Response<Body> {
    answer::page(StatusCode::NOT_FOUND, NoPage { home_url: "/".into() }.render(&state.look(), answer::language(headers)))
}
