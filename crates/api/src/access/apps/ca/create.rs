//! Makes an application's key pair, once.

use axum::extract::State;
use model::{AppCaId, AppId, app::AppKind, app_ca::AppCa};

use super::{NOUN, pair, write};
use crate::{
    body::OptionalJson,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn create(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
    OptionalJson(body): OptionalJson,
) -> Result<Answer, ApiError> {
    if body.as_ref().and_then(|body| body.as_object()).is_none_or(|members| !members.is_empty()) && body.is_some_and(|body| !body.is_null())
    {
        return Err(ApiError::fault("", "this operation takes no body: leave it out"));
    }
    let actor = caller.actor();
    let (public_key, private) = pair::generate(&format!("open-ssh-ca@{}", state.config.team_host())).map_err(|_| ApiError::Internal)?;
    let made = state.write(move |tx, _| {
        let app = tx.app(&id)?.ok_or_else(|| ApiError::missing("application", id))?;
        if app.kind != AppKind::SelfHosted {
            let text = format!("an application of type {} signs no certificates: only one of type self_hosted has a CA", app.kind.as_str());
            return Err(ApiError::fault("", text).into());
        }
        if tx.app_ca(&id)?.is_some() {
            return Err(ApiError::Conflict(format!("the application {:?} has a CA already: remove that one first", app.name)).into());
        }
        let ca = AppCa { id: AppCaId::random(), public_key, created_at: tx.now() };
        tx.put_app_ca(&id, &ca, &private)?;
        let wired = write(&app, &ca);
        NOUN.created(tx, actor, id, wired.clone())?;
        Ok(wired)
    });
    Ok(Answer::ok(made.await?))
}
