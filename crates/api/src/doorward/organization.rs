//! `organization/options`: settings of the organisation that the v4 object has no room for (ruling 1).

use axum::extract::State;
use model::organization::Organization;
use serde_json::{Value, json};

use crate::{
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::{Answer, Message},
    error::ApiError,
    fault::{Faults, Fields},
    state::ApiState,
};

const NOUN: Object = Object("organization_options");
/// Code of the remark on a limit below what is in use.
const BELOW_USE: u32 = 12192;

/// The settings, and how many seats are in use.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let found = state.read(|reader| Ok(write(reader.organization()?.seat_limit, reader.seats_used()?))).await?;
    Ok(Answer::ok(found))
}

/// Replaces them. A limit below what is in use takes nobody's seat away.
pub(crate) async fn put(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (seat_limit, actor, account) = (read(&body)?, caller.actor(), caller.account.clone());
    let (used, saved) = state
        .write(move |tx, _| {
            let before = tx.organization()?;
            let after = Organization { seat_limit, updated_at: tx.now(), ..before.clone() };
            tx.put_organization(&after)?;
            let used = tx.seats_used()?;
            NOUN.updated(tx, actor, account, (write(before.seat_limit, used), write(seat_limit, used)))?;
            Ok((used, write(seat_limit, used)))
        })
        .await?;
    let below = seat_limit.filter(|limit| u64::from(*limit) < used).map(|limit| Message {
        code: BELOW_USE,
        text: format!(
            "{used} seats are in use, more than {limit}: those who hold one keep them, and nobody else gets in until some are free"
        ),
        pointer: Some("/seat_limit".into()),
    });
    Ok(Answer::ok(saved).with_messages(below.into_iter().collect()))
}

fn read(body: &Value) -> Result<Option<u32>, ApiError> {
    let faults = Faults::default();
    let limit = Fields::of(body, "", &faults).map(|fields| {
        if !fields.is_null("seat_limit") {
            fields.require("seat_limit");
        }
        let limit = fields.integer("seat_limit", 0..=i64::from(u32::MAX)).and_then(|limit| u32::try_from(limit).ok());
        fields.read_only(&["seats_used"]);
        fields.done();
        limit
    });
    faults.finish_some(limit)
}

fn write(seat_limit: Option<u32>, used: u64) -> Value {
    json!({ "seat_limit": seat_limit, "seats_used": used })
}
