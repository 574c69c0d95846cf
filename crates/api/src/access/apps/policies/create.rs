//! Makes a policy that belongs to one application.

use axum::extract::State;
use model::AppId;

use super::{super::wire::in_place, place, read};
use crate::{
    access::{
        policies::{NOUN, wire},
        rules,
    },
    body::Json,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    params::At,
    state::ApiState,
};

pub(crate) async fn create(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let ((mut draft, wish), actor) = (read(&body)?, caller.actor());
    let made = state.write(move |tx, _| {
        let mut app = tx.app(&app)?.ok_or_else(|| ApiError::missing("application", app))?;
        let faults = Faults::default();
        wire::check(tx, "", &mut draft, &faults)?;
        faults.finish(())?;
        let policy = draft.into_policy(Some(app.id), tx.now());
        let precedence = place(&mut app.policies, policy.id, wish)?;
        app.updated_at = tx.now();
        tx.put_policy(&policy)?;
        tx.put_app(&app)?;
        NOUN.created(tx, actor, policy.id, in_place(wire::write(&policy, 0), precedence))?;
        Ok((policy, precedence))
    });
    let (policy, precedence) = made.await?;
    let remarks = rules::remarks(&state, "", &policy.rules, Some(policy.decision));
    Ok(Answer::created(in_place(wire::write(&policy, 0), precedence)).with_messages(remarks))
}
