//! Makes an application.

use std::sync::Arc;

use axum::extract::State;
use model::app::App;

use super::{NOUN, addresses, policy_list, wire};
use crate::{
    access::rules,
    body::Json,
    caller::{AppsWrite, Caller},
    envelope::{Answer, Message},
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<AppsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let wire::Draft { mut app, addresses, policies } = wire::read(&body, &state.config)?;
    let (actor, config) = (caller.actor(), Arc::clone(&state.config));
    if let Some(addresses) = addresses {
        app.destinations = addresses.for_new()?;
    }
    let made = state.write(move |tx, snapshot| {
        wire::only_launcher(snapshot, &app)?;
        wire::check_names(tx, &app, None)?;
        addresses::check_free(snapshot, config.team_host(), &app.id, &app.destinations)?;
        app.policies = policy_list::apply(tx, &actor, (&app.id, &[]), policies.unwrap_or_default())?;
        (app.created_at, app.updated_at) = (tx.now(), tx.now());
        tx.put_app(&app)?;
        NOUN.created(tx, actor, app.id, wire::write_linked(&app))?;
        let wired = wire::write_now(&config, tx, &app)?;
        Ok((app, wired))
    });
    let (app, wired) = made.await?;
    Ok(Answer::created(wired).with_messages(remarks(&state, &app)))
}

/// Remarks on the rules of the application's policies.
pub(super) fn remarks(state: &ApiState, app: &App) -> Vec<Message> {
    let snapshot = state.store.snapshot();
    let linked = app.policies.iter().enumerate().filter_map(|(i, link)| Some((i, snapshot.policies.get(&link.id)?)));
    linked.flat_map(|(i, p)| rules::remarks(state, &format!("/policies/{i}"), &p.rules, Some(p.decision))).collect()
}
