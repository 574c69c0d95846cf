//! What an application's policies say about somebody. A caller is a program here, so the person is named by `email` or `user_id`;
//! without either, the answer is the one for a visitor of whom nothing is known.

use std::sync::Arc;

use axum::extract::State;
use model::{AppId, judged::Judged, rule::Rule};
use serde_json::{Value, json};

use crate::{
    access::users::identity,
    caller::{AppsRead, Caller},
    doorward::policy_tests::{policies_of, who},
    envelope::Answer,
    error::ApiError,
    explained::person,
    params::{At, Query},
    state::ApiState,
    trials,
};

pub(crate) async fn list(
    caller: Caller<AppsRead>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let (snapshot, people, now) = (state.store.snapshot(), person::people(&state), state.now());
    let app = Arc::clone(snapshot.apps.get(&id).ok_or_else(|| ApiError::missing("application", id))?);
    let (policies, who) = (policies_of(&snapshot, &app), who(&query)?);
    let judged = policies.clone();
    let (explanation, facts) = state
        .read(move |reader| {
            let candidate = match &who {
                None => None,
                Some(who) => match trials::candidates(reader, &people, who)?.into_iter().next() {
                    None => return Err(ApiError::missing("person or provisioned user", who).into()),
                    found => found,
                },
            };
            let tried = trials::tried(reader, &people, (&judged, &snapshot), candidate.as_ref().and_then(|c| c.told_by))?;
            let facts = candidate.and_then(|candidate| candidate.facts).unwrap_or_else(Judged::default);
            Ok((tried.explain(&facts, now), facts))
        })
        .await?;
    let verdicts: Vec<(String, bool)> =
        explanation.policies.iter().map(|policy| (policy.id.to_string(), policy.verdict == guard::PolicyVerdict::Matched)).collect();
    let status = |holds: bool| if holds { "Success" } else { "Fail" };
    let listed: Vec<Value> = policies
        .iter()
        .enumerate()
        .map(|(place, policy)| {
            let holds = verdicts.iter().any(|(id, holds)| *id == policy.id.to_string() && *holds);
            json!({
                "id": policy.id.to_string(),
                "name": policy.name,
                "decision": policy.decision.as_str(),
                "precedence": place + 1,
                "include": rules(&policy.rules.include),
                "require": rules(&policy.rules.require),
                "exclude": rules(&policy.rules.exclude),
                "status": status(holds),
            })
        })
        .collect();
    let open = ["allow", "bypass", "service-auth"].contains(&explanation.conclusion.outcome);
    let user_identity = facts.identity.as_deref().map(|identity| {
        let mut written = identity::write(&caller.account, identity);
        written.insert("id".into(), json!(identity.user_id.to_string()));
        Value::Object(written)
    });
    Ok(Answer::ok(json!({
        "app_state": {
            "app_uid": app.id.to_string(),
            "aud": app.aud.as_str(),
            "hostname": app.domain().map(ToString::to_string).unwrap_or_default(),
            "name": app.name,
            "policies": listed,
            "status": status(open),
        },
        "user_identity": user_identity.unwrap_or_else(|| json!({})),
    })))
}

/// Rules with their kind as a member, as this operation of the contract writes them.
fn rules(rules: &[Rule]) -> Value {
    let flat = |rule: &Rule| {
        let mut whole = serde_json::to_value(rule).unwrap_or_default();
        let mut inner = whole.get_mut(rule.kind()).map(Value::take).unwrap_or_default();
        if let Some(members) = inner.as_object_mut() {
            members.insert("_type".into(), json!(rule.kind()));
        }
        inner
    };
    rules.iter().map(flat).collect()
}
