//! Renames a tag, on the applications that have it too.

use std::collections::BTreeSet;

use axum::extract::State;
use model::{app::App, tag::Tag};
use serde_json::json;

use super::{NOUN, Name, users, wire};
use crate::{
    body::Json,
    caller::{Caller, TagsWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<TagsWrite>,
    State(state): State<ApiState>,
    At(Name(name)): At<Name>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (Name(wish), actor) = (wire::read(&body)?, caller.actor());
    let saved = state.write(move |tx, snapshot| {
        let before = tx.tag(&name)?.ok_or_else(|| ApiError::missing("tag", &name))?;
        let now = tx.now();
        let after = Tag { name: wish, updated_at: now, ..before.clone() };
        let apps: Vec<&App> = users(snapshot, &name).collect();
        if after.name != name {
            if tx.tag(&after.name)?.is_some() {
                return Err(ApiError::Conflict(format!("there is a tag {:?} already", after.name)).into());
            }
            for app in &apps {
                tx.put_app(&renamed(app, &name, &after.name, now))?;
            }
            tx.remove_tag(&name)?;
        }
        tx.put_tag(&after)?;
        let wired = wire::write(&after, apps.len());
        let mut kept = wired.clone();
        kept["applications"] = apps.iter().map(|app| json!(app.id.to_string())).collect();
        NOUN.updated(tx, actor, &name, (wire::write(&before, apps.len()), kept))?;
        Ok(wired)
    });
    Ok(Answer::ok(saved.await?))
}

fn renamed(app: &App, before: &str, after: &str, now: model::Timestamp) -> App {
    let mut app = app.clone();
    app.tags.iter_mut().filter(|tag| *tag == before).for_each(|tag| after.clone_into(tag));
    let mut seen = BTreeSet::new();
    app.tags.retain(|tag| seen.insert(tag.clone()));
    app.updated_at = now;
    app
}
