//! `apps/{app_id}/streams`: what the end of a token's time does to the application's open streams.

use axum::extract::State;
use model::{
    AppId, Timestamp,
    app::AppKind,
    app_streams::{AppStreams, TokenExpiry},
};
use serde_json::{Value, json};

use crate::{
    audit::Object,
    body::Json,
    caller::{AppsRead, AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("app_streams");

/// The settings: the usual ones when nobody set any. 404 for an application that forwards nothing.
pub(crate) async fn get(_: Caller<AppsRead>, State(state): State<ApiState>, At(app): At<AppId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let found = snapshot.apps.get(&app).ok_or_else(|| ApiError::missing("application", app))?;
    if found.kind != AppKind::SelfHosted {
        return Err(ApiError::missing("settings of streams of the application", app));
    }
    let usual = AppStreams { updated_at: found.created_at, ..AppStreams::default() };
    Ok(Answer::ok(write(snapshot.app_streams.get(&app).map_or(&usual, AsRef::as_ref))))
}

/// Sets them. `cut` holds for streams that are open already, too.
pub(crate) async fn put(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (token_expiry, actor) = (read(&body)?, caller.actor());
    let saved = state.write(move |tx, _| {
        let known = tx.app(&app)?.ok_or_else(|| ApiError::missing("application", app))?;
        if known.kind != AppKind::SelfHosted {
            let kind = known.kind.as_str();
            return Err(
                ApiError::fault("", format!("an application of type {kind} has no streams: only one of type self_hosted has")).into()
            );
        }
        let before = tx.app_streams(&app)?.unwrap_or(AppStreams { updated_at: known.created_at, ..AppStreams::default() });
        let after = AppStreams { token_expiry, updated_at: tx.now() };
        tx.put_app_streams(&app, &after)?;
        NOUN.updated(tx, actor, app, (write(&before), write(&after)))?;
        Ok(after)
    });
    Ok(Answer::ok(write(&saved.await?)))
}

fn read(body: &Value) -> Result<TokenExpiry, ApiError> {
    let faults = Faults::default();
    let setting = Fields::of(body, "", &faults).and_then(|fields| {
        let words = [TokenExpiry::Cut, TokenExpiry::Keep].map(|setting| (setting.as_str(), setting));
        let setting = if fields.require("token_expiry") { fields.word("token_expiry", &words) } else { None };
        fields.read_only(&["updated_at"]);
        fields.done();
        setting
    });
    faults.finish_some(setting)
}

fn write(streams: &AppStreams) -> Value {
    let at: Timestamp = streams.updated_at;
    json!({ "token_expiry": streams.token_expiry.as_str(), "updated_at": at.rfc3339() })
}
