//! Replaces an application's settings. Policies stay unless a list of them is sent; the upstream is not touched.

use std::sync::Arc;

use axum::extract::State;
use model::{AppId, app::App};

use super::{NOUN, addresses, create::remarks, policy_list, wire};
use crate::{
    body::{Json, same_object},
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let draft = wire::read(&body, &state.config)?;
    same_object(&body, &id)?;
    let (actor, config) = (caller.actor(), Arc::clone(&state.config));
    let saved = state.write(move |tx, snapshot| {
        let before = tx.app(&id)?.ok_or_else(|| ApiError::missing("application", id))?;
        wire::same_type(&before, &draft.app)?;
        let destinations = match draft.addresses {
            Some(addresses) => addresses.against(&before.destinations)?,
            None => Vec::new(),
        };
        // Another path of somebody else's host would be another door into it.
        if caller.resources().is_some() && destinations != before.destinations {
            let text = "a token for some applications only cannot change where they are: domain and destinations stay";
            return Err(ApiError::BeyondCaller(text.into()).into());
        }
        wire::check_names(tx, &draft.app, Some(&before))?;
        addresses::check_free(snapshot, config.team_host(), &id, &destinations)?;
        let policies = match draft.policies {
            Some(items) => policy_list::apply(tx, &actor, (&id, &before.policies), items)?,
            None => before.policies.clone(),
        };
        let (aud, generation, created_at) = (before.aud.clone(), before.generation, before.created_at);
        let after = App { id, aud, generation, created_at, updated_at: tx.now(), destinations, policies, ..draft.app };
        tx.put_app(&after)?;
        NOUN.updated(tx, actor, id, (wire::write_linked(&before), wire::write_linked(&after)))?;
        let wired = wire::write_now(&config, tx, &after)?;
        Ok((after, wired))
    });
    let (app, wired) = saved.await?;
    Ok(Answer::ok(wired).with_messages(remarks(&state, &app)))
}
