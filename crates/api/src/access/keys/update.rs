//! Sets how often keys rotate.

use axum::extract::State;
use model::organization::Organization;
use serde_json::Value;

use super::{NOUN, write};
use crate::{
    body::Json,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    state::ApiState,
};

pub(crate) async fn update(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (days, actor, account) = (read(&body)?, caller.actor(), caller.account.clone());
    let saved = state.write(move |tx, snapshot| {
        let (now, before) = (tx.now(), tx.organization()?);
        let after = Organization { key_rotation_interval_days: days, updated_at: now, ..before.clone() };
        tx.put_organization(&after)?;
        let current = snapshot.keys.first().map(|key| &key.public);
        let (before, after) = (write(&before, current, now), write(&after, current, now));
        NOUN.updated(tx, actor, account, (before, after.clone()))?;
        Ok(after)
    });
    Ok(Answer::ok(saved.await?))
}

fn read(body: &Value) -> Result<u32, ApiError> {
    let faults = Faults::default();
    let days = Fields::of(body, "", &faults).and_then(|fields| {
        fields.require("key_rotation_interval_days");
        let days = fields.integer("key_rotation_interval_days", 21..=365);
        fields.read_only(&["days_until_next_rotation", "last_key_rotation_at"]);
        fields.done();
        days.and_then(|n| u32::try_from(n).ok())
    });
    faults.finish_some(days)
}
