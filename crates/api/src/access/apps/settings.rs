//! `{app_id}/settings`: two settings of an application that clients also change on their own.

use axum::extract::State;
use model::{
    AppId,
    app::{App, AppKind},
};
use serde_json::{Value, json};

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

/// PUT: what is left out goes back to its default.
pub(crate) async fn replace(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (iframe, skip) = read(&body)?;
    save(caller.actor(), state, id, (Some(iframe.unwrap_or(false)), Some(skip.unwrap_or(false)))).await
}

/// PATCH: what is left out stays.
pub(crate) async fn change(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let settings = read(&body)?;
    save(caller.actor(), state, id, settings).await
}

type Settings = (Option<bool>, Option<bool>);

fn read(body: &Value) -> Result<Settings, ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).map(|fields| {
        let settings = (fields.flag("allow_iframe"), fields.flag("skip_interstitial").map(|_| fields.flag_not_yet("skip_interstitial")));
        fields.done();
        settings
    });
    faults.finish_some(read)
}

async fn save(actor: String, state: ApiState, id: AppId, (iframe, skip): Settings) -> Result<Answer, ApiError> {
    let saved = state.write(move |tx, _| {
        let before = tx.app(&id)?.ok_or_else(|| ApiError::missing("application", id))?;
        if before.kind != AppKind::SelfHosted {
            let text = format!("an application of type {} has no such settings: they belong to type self_hosted", before.kind.as_str());
            return Err(ApiError::fault("", text).into());
        }
        let (allow_iframe, skip_interstitial) = (iframe.unwrap_or(before.allow_iframe), skip.unwrap_or(before.skip_interstitial));
        let after = App { allow_iframe, skip_interstitial, updated_at: tx.now(), ..before.clone() };
        tx.put_app(&after)?;
        NOUN.updated(tx, actor, id, (wire::write_linked(&before), wire::write_linked(&after)))?;
        Ok(after)
    });
    let app = saved.await?;
    Ok(Answer::accepted(json!({ "allow_iframe": app.allow_iframe, "skip_interstitial": app.skip_interstitial })))
}
