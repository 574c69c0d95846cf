//! Sign-ins that do not come back: the provider keeps most refusals on its own page, so a browser that begins again within minutes is
//! asked what it saw.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    middleware::Next,
};
use guard::credential::single_cookie;
use model::Timestamp;
use pages::SignInHelp;

use crate::{answer, state::LoginState};

/// Where the help is.
pub(crate) const PATH: &str = "/cdn-cgi/access/help";
/// Second of the last sign-in that has not come back. A hint, not a credential: nothing is decided by it.
const COOKIE: &str = "__Host-sign-in-begun";
/// Tabs that begin together have nothing to be asked about.
const SOON_SECS: i64 = 20;
/// Later it is a sign-in of its own.
const LONG_SECS: i64 = 600;

/// Notes that a sign-in is on its way.
pub(crate) fn begun(response: Response<Body>, now: Timestamp) -> Response<Body> {
    let cookie = format!("{COOKIE}={}; Max-Age={LONG_SECS}; Path=/; Secure; HttpOnly; SameSite=Lax", now.secs());
    answer::with_cookie(response, &cookie)
}

/// The mark goes when a sign-in of this browser came back, whatever came of it; an answer that fits none changes nothing.
pub(crate) async fn came_back(request: Request, next: Next) -> Response<Body> {
    let is_marked = single_cookie(request.headers(), COOKIE).is_some();
    let mut response = next.run(request).await;
    if !is_marked || response.status() == StatusCode::BAD_REQUEST {
        return response;
    }
    let gone = HeaderValue::from_static("__Host-sign-in-begun=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");
    response.headers_mut().append(header::SET_COOKIE, gone);
    response
}

/// True when this browser began a sign-in some moments ago that has not come back.
pub(crate) fn is_likely(headers: &HeaderMap, now: Timestamp) -> bool {
    let begun = single_cookie(headers, COOKIE).and_then(|secs| secs.parse::<i64>().ok());
    begun.is_some_and(|begun| (SOON_SECS..LONG_SECS).contains(&now.secs().saturating_sub(begun)))
}

/// `GET /cdn-cgi/access/help`.
pub(crate) async fn help(State(state): State<LoginState>, headers: HeaderMap) -> Response<Body> {
    answer::page(StatusCode::OK, SignInHelp.render(&state.look(), answer::language(&headers)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sign_in_of_the_last_minutes_counts() {
        let now = Timestamp::from_secs(1_790_000_000);
        for (cookie, likely) in [
            (None, false),
            (Some(now.secs() - 5), false),
            (Some(now.secs() - 20), true),
            (Some(now.secs() - 599), true),
            (Some(now.secs() - 600), false),
            (Some(now.secs() + 60), false),
            (Some(i64::MIN), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(secs) = cookie {
                headers.insert(header::COOKIE, format!("{COOKIE}={secs}").parse().unwrap());
            }
            assert_eq!(is_likely(&headers, now), likely, "{cookie:?}");
        }
    }
}
