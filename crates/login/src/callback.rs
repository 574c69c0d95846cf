//! The provider's answer: checked, redeemed, turned into an identity.

use std::collections::{BTreeMap, HashMap};

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Response},
};
use guard::{
    Client,
    credential::{SESSION_COOKIE, single_cookie},
    sign_in::Arrival,
    ticket::{LoginState as Pending, STATE_LIFE_SECS, cookie_hash},
};
use idp::{Callback, Provider, SignInError, SignedIn};
use model::{Timestamp, UserId, auth_context::ContextSet, identity::Identity, idp::IdentityProvider};

use crate::{
    evaluation, failed,
    flow::{self, Asked, Target},
    liveness, start,
    state::LoginState,
    step_up, test_run,
};

/// `GET /cdn-cgi/access/callback?code&state` or `?error&error_description&state`.
pub(crate) async fn callback(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let now = state.now();
    if let Some(test) = test_run::state_of(&state, &query, now) {
        return test_run::returned(&state, test, &client, &query, &headers).await;
    }
    let Some(pending) = pending(&state, &query, &headers, now) else {
        return failed::invalid_session(&state, &headers);
    };
    let asked = Asked { target: Target::of_pending(&pending), client: &client, headers: &headers };
    if let Some(error) = query.get("error") {
        let text = query.get("error_description").map_or("", String::as_str);
        let refusal = SignInError::Refused(Box::new(diagnosis(&state, &pending, error, text)));
        return failed::failed(&state, &pending, &refusal, &asked);
    }
    let snapshot = state.guard.store().snapshot();
    let provider = snapshot.idps.get(&pending.idp).zip(snapshot.idp_credentials.get(&pending.idp));
    let (Some(code), Some((idp, credentials)), Some(app)) = (query.get("code"), provider, state.guard.app(&pending.app)) else {
        return failed::invalid_session(&state, &headers);
    };
    if !app.accepts(&idp.id) {
        return failed::invalid_session(&state, &headers);
    }
    let redirect_uri = start::redirect_uri(&state);
    let issuer = query.get("iss").map(String::as_str);
    let answer = Callback { code, issuer, redirect_uri: &redirect_uri, nonce: &pending.nonce, code_verifier: pending.verifier.as_deref() };
    let since = state.guard.moment();
    match state.idp.sign_in(Provider { config: &idp.config, credentials }, &answer, now).await {
        Ok(mut signed_in) => {
            let watch = liveness::watch(idp, signed_in.refresh_token.take(), now);
            let mut identity = identity(idp, signed_in, &Begun::of(&pending), &client, now);
            if let Some(missing) = step_up::missing(&pending, &identity) {
                return step_up::not_granted(&state, &app, &identity, missing, &asked);
            }
            step_up::carry_over(&state, &pending, &mut identity);
            evaluation::ask(&state, &app, &mut identity, now).await;
            flow::signed_in(&state, &app, Arrival { identity, watch }, since, &asked).await
        }
        Err(error) => failed::failed(&state, &pending, &error, &asked),
    }
}

/// In the words of the provider's kind; of one that was removed meanwhile, in those of Entra.
fn diagnosis(state: &LoginState, pending: &Pending, error: &str, text: &str) -> idp::Refusal {
    match state.guard.store().snapshot().idps.get(&pending.idp) {
        Some(provider) => idp::diagnose(&provider.config, error, text),
        None => idp::entra::diagnose(error, text),
    }
}

/// The pending sign-in: sealed by us, young, begun in this very browser, and not used before.
fn pending(state: &LoginState, query: &HashMap<String, String>, headers: &HeaderMap, now: Timestamp) -> Option<Pending> {
    let pending = state.guard.open_state(query.get("state")?, now)?;
    let mark = single_cookie(headers, SESSION_COOKIE)?;
    let bound = cookie_hash(mark) == pending.session_hash;
    (bound && state.guard.first_use(&pending.id, pending.at.plus_secs(STATE_LIFE_SECS), now)).then_some(pending)
}

/// What of the beginning of a sign-in becomes part of the identity.
#[derive(Default)]
pub(crate) struct Begun<'a> {
    /// Country of the request that began it, when known.
    pub country: Option<&'a str>,
    /// Authentication contexts that were asked for.
    pub contexts: ContextSet,
}

impl<'a> Begun<'a> {
    fn of(pending: &'a Pending) -> Self {
        Self { country: pending.country.as_deref(), contexts: pending.contexts }
    }
}

/// The identity as rules will see it.
pub(crate) fn identity(idp: &IdentityProvider, signed_in: SignedIn, begun: &Begun<'_>, client: &Client, now: Timestamp) -> Identity {
    let claims: BTreeMap<String, serde_json::Value> = signed_in.claims;
    Identity {
        // Replaced by the registry's id when the session is opened.
        user_id: UserId::random(),
        idp: idp.id,
        idp_kind: idp.config.kind().to_owned(),
        contexts: step_up::told(&idp.config, &signed_in.key, &signed_in.contexts, begun.contexts, now),
        key: signed_in.key,
        email: signed_in.email,
        email_trust: signed_in.email_trust,
        name: signed_in.name,
        upn: signed_in.upn,
        groups: signed_in.groups,
        amr: signed_in.amr,
        sid: signed_in.sid,
        claims,
        evaluations: Vec::new(),
        country: client.country.clone().or_else(|| begun.country.map(str::to_owned)),
        ip: client.ip,
        signed_in_at: now,
    }
}
