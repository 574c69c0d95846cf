//! The provider's answer to a test: checked and read like a sign-in's, and kept for the page instead of opening a session.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{HeaderMap, Response},
};
use guard::{
    Client,
    ticket::{STATE_LIFE_SECS, open},
};
use idp::{Callback, Provider, SignInError, entra::Finding, trial};
use model::{Timestamp, idp::IdpConfig};
use pages::TestRefusal;
use store::Purpose;

use super::{
    browser,
    desk::{Attempt, Seen},
    go::TestState,
    open::refused,
    page_of, report,
};
use crate::{
    answer,
    callback::{self, Begun},
    identity::identity_json,
    start,
    state::LoginState,
};

/// The state of an answer when it is a test's.
pub(crate) fn state_of(state: &LoginState, query: &HashMap<String, String>, now: Timestamp) -> Option<TestState> {
    let test: TestState = open(state.guard.store().sealer(), Purpose::LoginTest, query.get("state")?)?;
    (0..STATE_LIFE_SECS).contains(&now.secs_since(test.at)).then_some(test)
}

/// Takes the answer for its test: in the browser that started it, once, while it is waited for.
pub(crate) async fn returned(
    state: &LoginState,
    test: TestState,
    client: &Client,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
) -> Response<Body> {
    let now = state.now();
    let mine = browser(headers).filter(|browser| *browser == test.browser);
    let Some(seen) = mine.and_then(|browser| state.tests.look(&test.test, &browser, now)) else {
        return refused(state, headers, TestRefusal::NotYours);
    };
    let first = state.guard.first_use(&test.attempt, test.at.plus_secs(STATE_LIFE_SECS), now);
    let Some(attempt) = state.tests.awaited(&test.test, &test.attempt, now).filter(|_| first) else {
        return refused(state, headers, TestRefusal::Superseded);
    };
    let (report, outcome) = match read(state, &test, &seen, &attempt, client, query).await {
        Ok((findings, identity)) => (report::passed(seen.begun_at, attempt.sent, findings, identity, state.now()), "passed"),
        Err((finding, said)) => (report::failed(seen.begun_at, attempt.sent, vec![finding], said, state.now()), "failed"),
    };
    let codes: Vec<&str> = report.findings.iter().map(|finding| &*finding.code).collect();
    let said = report.said.clone().unwrap_or_default();
    tracing::info!(
        idp.id = %seen.order.idp, test.id = %test.test, outcome, findings = ?codes,
        provider.code = said.code.as_deref(), provider.correlation_id = said.correlation_id.as_deref(), provider.time = said.at.as_deref(),
        "a test of a login method came back"
    );
    report::write_down(state, &test.test, &seen.order, outcome).await;
    state.tests.finish(&test.test, &test.attempt, report, state.now());
    // A page of its own, without the code in its address: it may be reloaded.
    answer::redirect(&page_of(&test.test))
}

type Read = Result<(Vec<Finding>, serde_json::Value), (Finding, Option<trial::Said>)>;

async fn read(
    state: &LoginState,
    test: &TestState,
    seen: &Seen,
    attempt: &Attempt,
    client: &Client,
    query: &HashMap<String, String>,
) -> Read {
    let told = |error: &SignInError| (trial::fault(error), trial::Said::of(error));
    if let Some(error) = query.get("error") {
        let text = query.get("error_description").map_or("", String::as_str);
        return Err(told(&SignInError::Refused(Box::new(idp::diagnose(&attempt.config, error, text)))));
    }
    let (snapshot, now) = (state.guard.store().snapshot(), state.now());
    let provider = snapshot.idps.get(&seen.order.idp).zip(snapshot.idp_credentials.get(&seen.order.idp));
    let Some((idp, credentials)) = provider else { return Err((report::gone(), None)) };
    if idp.config != attempt.config {
        return Err((report::changed(), None));
    }
    let Some(code) = query.get("code") else {
        let nothing = SignInError::Nonsense { what: "the provider", detail: "neither a code nor an error came back".into() };
        return Err(told(&nothing));
    };
    let redirect_uri = start::redirect_uri(state);
    let issuer = query.get("iss").map(String::as_str);
    let answer = Callback { code, issuer, redirect_uri: &redirect_uri, nonce: &test.nonce, code_verifier: test.verifier.as_deref() };
    let signed_in = state.idp.sign_in(Provider { config: &idp.config, credentials }, &answer, now).await.map_err(|e| told(&e))?;
    let findings = trial::findings(&idp.config, &asked_scopes(&idp.config), &signed_in);
    let identity = callback::identity(idp, signed_in, &Begun::default(), client, now);
    Ok((findings, identity_json(state, &identity, None, now)))
}

fn asked_scopes(config: &IdpConfig) -> Vec<&str> {
    match config {
        IdpConfig::Entra(settings) => idp::entra::scopes(settings).split(' ').collect(),
        IdpConfig::Oidc(settings) => settings.scopes.iter().map(String::as_str).collect(),
    }
}
