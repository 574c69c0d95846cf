//! Replaces a policy that belongs to one application.

use axum::extract::State;
use model::{AppId, PolicyId};

use super::{super::wire::in_place, own, place, read};
use crate::{
    access::{
        policies::{NOUN, wire},
        rules,
    },
    body::{Json, same_object},
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    At(id): At<PolicyId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let ((mut draft, wish), actor) = (read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let (mut app, before) = own(tx, &app, &id)?;
        let faults = Faults::default();
        wire::check(tx, "", &mut draft, &faults)?;
        faults.finish(())?;
        let after = draft.replace(&before, tx.now());
        let places = app.policies.clone();
        let precedence = place(&mut app.policies, id, wish)?;
        tx.put_policy(&after)?;
        if places != app.policies {
            app.updated_at = tx.now();
            tx.put_app(&app)?;
        }
        NOUN.updated(tx, actor, id, (wire::write(&before, 0), in_place(wire::write(&after, 0), precedence)))?;
        Ok((after, precedence))
    });
    let (policy, precedence) = saved.await?;
    let remarks = rules::remarks(&state, "", &policy.rules, Some(policy.decision));
    Ok(Answer::ok(in_place(wire::write(&policy, 0), precedence)).with_messages(remarks))
}
