//! `/access/policy-tests`: policies tried on everybody who is known, also on people who never signed in.

use std::sync::Arc;

use axum::extract::State;
use guard::trial::Trial;
use model::{PolicyId, PolicyTestId, access_policy::AccessPolicy};
use serde_json::{Value, json};

use crate::{
    access::policies::wire as policy_wire,
    asked,
    audit::Object,
    body::Json,
    caller::{Caller, PolicyTestsRead, PolicyTestsWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
    trials::{self, Counts, Run},
};

pub(crate) const NOUN: Object = Object("policy_test");

/// Policies of one test.
const MOST_POLICIES: usize = 100;

/// A policy as the body names it.
enum Named {
    Id(String, PolicyId),
    Inline(String, policy_wire::Draft),
}

/// Begins a test.
pub(crate) async fn create(caller: Caller<PolicyTestsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (named, snapshot, now) = (read(&body)?, state.store.snapshot(), state.now());
    let policies = state.read(move |reader| {
        let (faults, mut policies) = (Faults::default(), Vec::new());
        for one in named {
            match one {
                Named::Id(pointer, id) => match snapshot.policies.get(&id) {
                    Some(policy) => policies.push(Arc::clone(policy)),
                    None => faults.add(pointer, format!("there is no policy {id}")),
                },
                Named::Inline(pointer, mut draft) => {
                    policy_wire::check(reader, &pointer, &mut draft, &faults)?;
                    policies.push(Arc::new(draft.into_policy(None, now)));
                }
            }
        }
        Ok(faults.finish(policies)?)
    });
    let policies: Vec<Arc<AccessPolicy>> = policies.await?;
    let names: Vec<String> = policies.iter().map(|policy| policy.name.clone()).collect();
    let actor = caller.actor();
    let id = state.trials.begin(&state, policies, actor.clone())?.id;
    // Everybody's facts are looked at: that is written down, once for many trials of the same.
    if state.trials.is_news(&actor, &names, now) {
        let (by, after) = (actor.clone(), json!({ "policies": names }));
        state.write(move |tx, _| Ok(NOUN.acted(tx, by, "begin", id, after)?)).await?;
        state.trials.was_written(&actor, &names, now);
    }
    Ok(Answer::ok(json!({ "id": id.to_string(), "status": "success" })))
}

fn read(body: &Value) -> Result<Vec<Named>, ApiError> {
    let faults = Faults::default();
    let named = Fields::of(body, "", &faults).and_then(|fields| {
        let items = if fields.require("policies") { fields.array("policies") } else { None };
        fields.done();
        if items.as_ref().is_some_and(|items| items.is_empty() || items.len() > MOST_POLICIES) {
            fields.fault("policies", format!("names from 1 to {MOST_POLICIES} policies"));
        }
        Some(items?.into_iter().filter_map(|(pointer, item)| one(pointer, item, &faults)).collect())
    });
    faults.finish_some(named)
}

fn one(pointer: String, item: &Value, faults: &Faults) -> Option<Named> {
    asked::note(|| pointer.clone(), || json!({ "type": ["string", "object"] }));
    if let Some(text) = item.as_str() {
        return match text.parse() {
            Ok(id) => Some(Named::Id(pointer, id)),
            Err(error) => {
                faults.add(pointer, format!("{error}"));
                None
            }
        };
    }
    let fields = Fields::of(item, pointer.clone(), faults)?;
    fields.read_only(&["app_count", "precedence"]);
    let draft = policy_wire::members(&fields);
    fields.done();
    Some(Named::Inline(pointer, draft?))
}

/// How far a test is.
pub(crate) async fn get(_: Caller<PolicyTestsRead>, State(state): State<ApiState>, At(id): At<PolicyTestId>) -> Result<Answer, ApiError> {
    Ok(Answer::ok(write(&*run(&state, &id)?)))
}

/// A page of its results.
pub(crate) async fn users(
    _: Caller<PolicyTestsRead>,
    State(state): State<ApiState>,
    At(id): At<PolicyTestId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let (run, paging) = (run(&state, &id)?, Paging::read(&query, 25)?);
    let wanted = match query.text("status") {
        None => None,
        Some("success" | "approved") => Some(Trial::Approved),
        Some("fail" | "blocked") => Some(Trial::Blocked),
        Some("error") => Some(Trial::Undecided),
        Some(other) => return Err(ApiError::fault("status", format!("status {other:?} is not one of: success, fail, error"))),
    };
    let (results, total) = run.results(wanted, paging.offset(), paging.limit());
    let rows = state.read(move |reader| {
        let row = |judged: &trials::Judgement| {
            let (id, email, name) = trials::shown(reader, judged.origin)?;
            Ok(json!({ "id": id, "email": email, "name": name, "status": word(judged.trial) }))
        };
        results.iter().map(row).collect::<Result<Vec<Value>, crate::state::Stop>>()
    });
    Ok(Answer::page(paging.with_total(rows.await?, total)))
}

pub(crate) fn run(state: &ApiState, id: &PolicyTestId) -> Result<Arc<Run>, ApiError> {
    state.trials.get(id).ok_or_else(|| ApiError::missing("policy test (results are kept until the server stops, of the newest tests)", id))
}

/// A verdict on the wire.
pub(crate) const fn word(trial: Trial) -> &'static str {
    match trial {
        Trial::Approved => "approved",
        Trial::Blocked => "blocked",
        Trial::Undecided => "error",
    }
}

fn write(run: &Run) -> Value {
    let Counts { state, total, approved, blocked, undecided } = run.counts();
    let done = approved + blocked + undecided;
    let percent = |part: u64, of: u64| (part * 100).checked_div(of).unwrap_or(0);
    let processed = if state == trials::State::Complete { 100 } else { percent(done, total) };
    json!({
        "id": run.id.to_string(),
        "status": match state {
            trials::State::Processing => "processing",
            trials::State::Complete => "complete",
            trials::State::ExceededTime => "exceeded time",
            trials::State::Blocked => "blocked",
        },
        "total_users": total,
        "users_approved": approved,
        "users_blocked": blocked,
        "users_errored": undecided,
        "percent_approved": percent(approved, done),
        "percent_blocked": percent(blocked, done),
        "percent_errored": percent(undecided, done),
        "percent_users_processed": processed,
    })
}
