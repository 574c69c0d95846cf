//! Makes an integration.

use axum::extract::State;
use model::{
    PostureIntegrationId,
    posture::{IntegrationConfig, PostureIntegration},
};

use super::{NOUN, cloud_of, wire};
use crate::{
    body::Json,
    caller::{Caller, PostureWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<PostureWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read_whole(&body)?, caller.actor());
    let made = state.write(move |tx, snapshot| {
        let (id, now) = (PostureIntegrationId::random(), tx.now());
        let wire::Whole { name, interval, client_id, customer_id, secret } = draft;
        let config = IntegrationConfig::Intune { client_id, customer_id };
        let cloud = cloud_of(snapshot, customer_id);
        let integration = PostureIntegration { id, name, interval, config, cloud, created_at: now, updated_at: now };
        tx.put_posture_integration(&integration)?;
        tx.set_posture_secret(&id, &secret)?;
        NOUN.created(tx, actor, id, wire::write(&integration))?;
        Ok(integration)
    });
    Ok(Answer::ok(wire::write(&made.await?)))
}
