//! The step to the provider: the same request as a sign-in's, with a state that says that it is a test.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Response, StatusCode},
};
use guard::ticket::seal;
use idp::{AuthorizeRequest, SignInError};
use model::{LoginTestId, Timestamp, idp::IdentityProvider};
use oidc::pkce::Verifier;
use pages::{TestGoing, TestRefusal};
use serde::{Deserialize, Serialize};
use store::Purpose;
use url::Url;

use super::{
    browser,
    desk::{Attempt, Seen},
    open::refused,
    page_of, report, show,
};
use crate::{answer, start, state::LoginState};

/// What travels through the provider. It has no `Debug`: nonce and verifier are nobody's business.
#[derive(Serialize, Deserialize)]
pub(crate) struct TestState {
    /// The test.
    pub(super) test: LoginTestId,
    /// The sign-in of it.
    pub(super) attempt: String,
    /// Binds to the browser: SHA-256 of its mark.
    pub(super) browser: String,
    /// OIDC nonce.
    pub(super) nonce: String,
    /// PKCE verifier.
    pub(super) verifier: Option<String>,
    /// Begun.
    pub(super) at: Timestamp,
}

/// Values that are good once, or that a state could be told from: never shown.
const HIDDEN: [&str; 3] = ["state", "nonce", "code_challenge"];

/// `POST …/test/{id}/go`. The cookie is not sent by other sites' forms, so a form of theirs finds no test.
pub(super) async fn go(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some(((id, seen), browser)) = show::look(&state, &id, &headers).zip(browser(&headers)) else {
        return refused(&state, &headers, TestRefusal::NotYours);
    };
    let snapshot = state.guard.store().snapshot();
    let Some(idp) = snapshot.idps.get(&seen.order.idp) else {
        return ended(&state, &id, &seen, report::gone(), &headers).await;
    };
    let (url, test) = match request(&state, idp, &id, browser) {
        Ok(asked) => asked,
        Err(error) => return ended(&state, &id, &seen, idp::trial::fault(&error), &headers).await,
    };
    let attempt = Attempt { id: test, since: state.now(), sent: sent(&url), config: idp.config.clone() };
    if !state.tests.sent(&id, attempt, state.now()) {
        return refused(&state, &headers, TestRefusal::TooMany);
    }
    let page = TestGoing { provider: idp.name.clone(), url: url.into() };
    answer::page(StatusCode::OK, page.render(&state.look(), answer::language(&headers)))
}

/// `POST …/test/{id}/again`: back to the button.
pub(super) async fn again(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some((id, _)) = show::look(&state, &id, &headers) else { return refused(&state, &headers, TestRefusal::NotYours) };
    state.tests.again(&id, state.now());
    answer::redirect(&page_of(&id))
}

/// The authorize address as for a sign-in, and the name of the attempt.
fn request(state: &LoginState, idp: &IdentityProvider, id: &LoginTestId, browser: String) -> Result<(Url, String), SignInError> {
    let verifier = idp.config.pkce_enabled().then(Verifier::random);
    let challenge = verifier.as_ref().map(Verifier::challenge_s256);
    let test = TestState {
        test: id.clone(),
        attempt: hex::encode(rand::random::<[u8; 16]>()),
        browser,
        nonce: hex::encode(rand::random::<[u8; 16]>()),
        verifier: verifier.as_ref().map(|v| v.as_str().to_owned()),
        at: state.now(),
    };
    let asked = AuthorizeRequest {
        redirect_uri: &start::redirect_uri(state),
        state: &seal(state.guard.store().sealer(), Purpose::LoginTest, &test),
        nonce: &test.nonce,
        code_challenge: challenge.as_deref(),
        login_hint: None,
        prompt_override: None,
        contexts: &[],
    };
    Ok((state.idp.authorize_url(&idp.config, &asked)?, test.attempt))
}

/// Nothing could be sent: the test ends here.
async fn ended(state: &LoginState, id: &LoginTestId, seen: &Seen, fault: idp::entra::Finding, headers: &HeaderMap) -> Response<Body> {
    let now = state.now();
    let snapshot = state.guard.store().snapshot();
    if let Some(idp) = snapshot.idps.get(&seen.order.idp) {
        let attempt = Attempt { id: String::new(), since: now, sent: Vec::new(), config: idp.config.clone() };
        if !state.tests.sent(id, attempt, now) {
            return refused(state, headers, TestRefusal::TooMany);
        }
        state.tests.finish(id, "", report::failed(seen.begun_at, Vec::new(), vec![fault], None, now), now);
        report::write_down(state, id, &seen.order, "failed").await;
        return answer::redirect(&page_of(id));
    }
    refused(state, headers, TestRefusal::NotYours)
}

/// The request as it may be shown: address, then parameters, those that are good once without their value.
fn sent(url: &Url) -> Vec<(String, String)> {
    let mut bare = url.clone();
    bare.set_query(None);
    let value = |name: &str, value: String| if HIDDEN.contains(&name) { "(used once, not shown)".to_owned() } else { value };
    let parameters = url.query_pairs().map(|(name, text)| (name.clone().into_owned(), value(&name, text.into_owned())));
    std::iter::once(("GET".to_owned(), bare.to_string())).chain(parameters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_good_once_are_not_shown() {
        let url = Url::parse("https://login.example/a?client_id=c&state=SEALED&nonce=NONCE&code_challenge=HASH&prompt=login").unwrap();
        let shown = sent(&url);
        assert_eq!(shown[0], ("GET".to_owned(), "https://login.example/a".to_owned()));
        assert!(shown.contains(&("prompt".to_owned(), "login".to_owned())));
        for (name, value) in shown {
            assert!(!["SEALED", "NONCE", "HASH"].contains(&value.as_str()), "{name}");
        }
    }
}
