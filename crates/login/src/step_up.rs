//! Authentication contexts of Conditional Access: asking the provider for one, and what its answer is worth.
//!
//! A policy may demand a context that the person's sign-in did not bring. They go to the provider once more, which sees to
//! whatever its own policy demands; nothing they hold ends by it. What counts is the claim in the token that comes back.
//! One context is asked for on each trip, since several in one request mean "one of these" (OpenID Connect Core 1.0 section
//! 5.5.1); what a person was granted before is carried over, so that two trips bring two contexts.

use axum::{body::Body, http::Response, http::StatusCode};
use guard::{Outcome, StepUp, compiled::CompiledApp, live::LiveSession, ticket::LoginState as Pending};
use model::{
    IdpId, Timestamp,
    auth_context::{ContextId, ContextSet},
    identity::{AuthContexts, HeldContext, Identity, SubjectKey},
    idp::IdpConfig,
};
use serde_json::json;

use crate::{
    answer,
    flow::{self, Asked},
    start::{self, Trip},
    state::LoginState,
};

/// What the next trip asks for.
pub(crate) fn next_of(needed: ContextSet) -> ContextSet {
    needed.iter().take(1).collect()
}

/// True when a living session is not enough and its person has to go to the provider.
pub(crate) fn is_due(state: &LoginState, app: &CompiledApp, live: &LiveSession, asked: &Asked<'_>) -> bool {
    let at = asked.target.circumstances(state, asked.client);
    matches!(state.guard.judge(app, Some(live.into()), &at).outcome, Outcome::StepUp(_))
}

/// To the provider, as the person who is signed in; their session stays as it is.
pub(crate) fn begin(state: &LoginState, app: &CompiledApp, live: &LiveSession, wanted: &StepUp, asked: &Asked<'_>) -> Response<Body> {
    let snapshot = state.guard.store().snapshot();
    let Some(idp) = snapshot.idps.get(&wanted.idp) else { return flow::unavailable(state, asked.headers) };
    let trip = Trip {
        app,
        target: &asked.target,
        country: asked.client.country.as_deref(),
        idp,
        prompt: None,
        contexts: next_of(wanted.contexts),
        stepping_up: Some(live),
    };
    start::start(state, &trip, asked.headers)
}

/// The contexts of an answer: those that its token names, and those that had been asked for.
pub(crate) fn told(idp: &IdpConfig, person: &SubjectKey, named: &[String], asked: ContextSet, now: Timestamp) -> AuthContexts {
    let held: ContextSet = if count_of(idp, person) { named.iter().filter_map(|id| id.parse().ok()).collect() } else { ContextSet::EMPTY };
    AuthContexts { held: held.iter().map(|id| HeldContext { id, at: now }).collect(), asked: asked.iter().collect() }
}

/// Each tenant numbers its own contexts and grants one without a policy to everybody: only the word of the provider's own directory
/// counts, not that of a further tenant whose people may sign in.
fn count_of(idp: &IdpConfig, person: &SubjectKey) -> bool {
    idp.entra().is_some_and(|settings| settings.directory_id.to_string() == person.issuer)
}

/// A context that was asked for and did not come back.
pub(crate) fn missing(pending: &Pending, identity: &Identity) -> Option<ContextId> {
    pending.contexts.iter().find(|id| identity.contexts.satisfied(*id) != Some(true))
}

/// Adds what the same person held in the living session from which they stepped up, each with its own time.
pub(crate) fn carry_over(state: &LoginState, pending: &Pending, identity: &mut Identity) {
    let before = pending.stepping_up.as_ref().and_then(|nonce| state.guard.session(nonce, state.now()));
    let Some(before) = before.filter(|live| live.identity.key == identity.key && live.identity.idp == identity.idp) else { return };
    let length = state.guard.store().snapshot().organization.session_duration.secs();
    add_held(&mut identity.contexts, &before.identity.contexts, length, state.now());
}

/// Adds what was held before. A grant counts as long as a session is long, which may be shorter now than it was: one that is over would
/// end the new session before it begins.
fn add_held(contexts: &mut AuthContexts, before: &AuthContexts, length_secs: i64, now: Timestamp) {
    for held in before.held.iter().filter(|held| now.secs_since(held.at) < length_secs) {
        if contexts.satisfied(held.id) != Some(true) {
            contexts.held.push(held.clone());
        }
    }
}

/// Refused, and not asked again by itself: the provider would answer the same, and the browser go in circles.
pub(crate) fn not_granted(
    state: &LoginState,
    app: &CompiledApp,
    identity: &Identity,
    missing: ContextId,
    asked: &Asked<'_>,
) -> Response<Body> {
    let at = asked.target.circumstances(state, asked.client);
    let email = identity.email.to_string();
    let why = json!({
        "outcome": "deny", "reason": "authentication-context-not-granted", "authentication_context": missing,
        "detail": format!("the provider was asked for the authentication context {missing} and its token does not name it"),
        "fix": "Compare the Conditional Access policies that use this context with the person's sign-in log in Entra; see that the \
                context is published to apps.",
    });
    let reference = state.guard.record_failure(Some(app), why, Some(&email), &at);
    tracing::warn!(idp.id = %identity.idp, decision.reference = %reference, context = %missing, "a token came without the authentication context that was asked for");
    let (provider, context) = names(state, &identity.idp, missing);
    let page = pages::ContextNotGranted {
        app: app.app.name.clone(),
        provider,
        email,
        context,
        context_id: missing.to_string(),
        reference,
        retry_url: asked.target.absolute(state),
        other_account_url: asked.target.other_account(state),
    };
    answer::page(StatusCode::FORBIDDEN, page.render(&state.look(), answer::language(asked.headers)))
}

/// The provider's name, and the context's where it was imported.
fn names(state: &LoginState, idp: &IdpId, context: ContextId) -> (String, String) {
    let snapshot = state.guard.store().snapshot();
    let provider = snapshot.idps.get(idp).map(|idp| idp.name.clone()).unwrap_or_default();
    let imported = snapshot.auth_contexts.get(idp).and_then(|imported| imported.get(context));
    (provider, imported.map_or_else(|| context.to_string(), |context| context.display_name.clone()))
}

#[cfg(test)]
mod tests {
    use model::{
        ObjectId,
        idp::{EntraOptions, EntraSettings},
    };

    use super::*;

    #[test]
    fn a_further_tenants_word_about_its_own_contexts_does_not_count() {
        let (directory, further) = ("6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10", "0b5a0f66-2c1d-4d51-9a0e-77a1a3f0c9d2");
        let idp = IdpConfig::Entra(EntraSettings {
            client_id: "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa".into(),
            directory_id: directory.parse::<ObjectId>().unwrap(),
            support_groups: false,
            conditional_access_enabled: true,
            email_claim_name: None,
            claims: Vec::new(),
            prompt: None,
            pkce_enabled: true,
            cloud: None,
            own: EntraOptions::default(),
        });
        let person = |issuer: &str| SubjectKey { issuer: issuer.into(), subject: "mara".into() };
        assert!(count_of(&idp, &person(directory)));
        assert!(!count_of(&idp, &person(further)));
    }

    #[test]
    fn a_grant_is_carried_over_for_as_long_as_sessions_are_now() {
        let now = Timestamp::from_secs(1_790_000_000);
        let held = |id: &str, secs: i64| HeldContext { id: id.parse().unwrap(), at: now.plus_secs(-secs) };
        let before = AuthContexts { held: vec![held("c1", 3599), held("c2", 3600), held("c3", 10)], asked: Vec::new() };
        let mut fresh = AuthContexts { held: vec![held("c3", 0)], asked: vec!["c3".parse().unwrap()] };
        add_held(&mut fresh, &before, 3600, now);
        assert_eq!(fresh.held, [held("c3", 0), held("c1", 3599)]);
        assert_eq!(fresh.satisfied("c2".parse().unwrap()), None, "to be asked for again");
    }

    #[test]
    fn one_context_is_asked_for_at_a_time_the_lowest_first() {
        let set: ContextSet = ["c9", "c2"].iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(next_of(set).iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["c2"]);
        assert!(next_of(ContextSet::EMPTY).is_empty());
    }
}
