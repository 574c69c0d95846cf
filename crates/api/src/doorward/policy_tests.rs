//! `policy-tests/{policy_test_id}/users/{user_id}`: one person of a policy test with the whole explanation and what was assumed; a test's
//! early end; and `apps/{app_id}/check`: the explanation for an application's policies as they are.

use std::sync::Arc;

use axum::extract::State;
use model::{AppId, PolicyTestId, UserId, access_policy::AccessPolicy};
use serde_json::{Value, json};

use crate::{
    access::policy_tests,
    caller::{AppsRead, Caller, PolicyTestsRead, PolicyTestsWrite},
    envelope::Answer,
    error::ApiError,
    explained::person::{self, Looked},
    params::{At, Query},
    state::ApiState,
    trials::{self, Who},
};

/// Somebody of a test.
pub(crate) async fn user(
    _: Caller<PolicyTestsRead>,
    State(state): State<ApiState>,
    At(id): At<PolicyTestId>,
    At(user): At<UserId>,
) -> Result<Answer, ApiError> {
    let run = policy_tests::run(&state, &id)?;
    let mut found = explain(&state, run.policies.clone(), Who::Id(user.to_string())).await?;
    match found.pop() {
        Some(person) => Ok(Answer::ok(person)),
        None => Err(ApiError::missing("user", user)),
    }
}

/// Ends a test, and forgets what it found. Who ends somebody else's is written down.
pub(crate) async fn end(
    caller: Caller<PolicyTestsWrite>,
    State(state): State<ApiState>,
    At(id): At<PolicyTestId>,
) -> Result<Answer, ApiError> {
    let run = policy_tests::run(&state, &id)?;
    let (actor, counts) = (caller.actor(), run.counts());
    state.trials.end(&id);
    if run.by != actor {
        let after = json!({ "begun_by": run.by, "judged": counts.approved + counts.blocked + counts.undecided });
        state.write(move |tx, _| Ok(policy_tests::NOUN.acted(tx, actor, "end", id, after)?)).await?;
    }
    Ok(Answer::ok(json!({ "id": id.to_string() })))
}

/// Everybody of an address (`email`) or id (`user_id`), by the policies of an application as they are.
pub(crate) async fn check(_: Caller<AppsRead>, State(state): State<ApiState>, At(id): At<AppId>, query: Query) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let app = snapshot.apps.get(&id).ok_or_else(|| ApiError::missing("application", id))?;
    let who = who(&query)?.ok_or_else(|| ApiError::fault("email", "say who: email or user_id"))?;
    let people = explain(&state, policies_of(&snapshot, app), who).await?;
    if people.is_empty() {
        return Err(ApiError::missing("person or provisioned user", query.text("email").or(query.text("user_id")).unwrap_or_default()));
    }
    Ok(Answer::ok(json!({
        "app": { "id": app.id.to_string(), "name": app.name },
        "people": people,
    })))
}

/// Who is asked about.
pub(crate) fn who(query: &Query) -> Result<Option<Who>, ApiError> {
    Ok(match (query.parsed("email")?, query.parsed::<UserId>("user_id")?) {
        (Some(email), None) => Some(Who::Email(email)),
        (None, Some(id)) => Some(Who::Id(id.to_string())),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(ApiError::fault("user_id", "say who by email or by user_id, not by both")),
    })
}

/// An application's policies in order.
pub(crate) fn policies_of(snapshot: &store::Snapshot, app: &model::app::App) -> Vec<Arc<AccessPolicy>> {
    let mut links = app.policies.clone();
    links.sort_by_key(|link| link.precedence);
    links.iter().filter_map(|link| snapshot.policies.get(&link.id).cloned()).collect()
}

/// The explanation for each person.
pub(crate) async fn explain(state: &ApiState, policies: Vec<Arc<AccessPolicy>>, who: Who) -> Result<Vec<Value>, ApiError> {
    let (snapshot, people, now) = (state.store.snapshot(), person::people(state), state.now());
    state
        .read(move |reader| {
            let looked = Looked { people: &people, snapshot: Arc::clone(&snapshot), now };
            let mut out = Vec::new();
            for candidate in trials::candidates(reader, looked.people, &who)? {
                let tried = trials::tried(reader, looked.people, (&policies, &snapshot), candidate.told_by)?;
                out.push(person::person(reader, &looked, &tried, &candidate)?);
            }
            Ok(out)
        })
        .await
}
