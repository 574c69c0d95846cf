//! Changes an integration; what is left out stays.

use axum::extract::State;
use model::{
    PostureIntegrationId,
    posture::{IntegrationConfig, PostureIntegration},
};

use super::{NOUN, cloud_of, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, PostureWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn edit(
    caller: Caller<PostureWrite>,
    State(state): State<ApiState>,
    At(id): At<PostureIntegrationId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (wire::Part { name, interval, client_id, customer_id, secret }, actor) = (wire::read_part(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, snapshot| {
        let before = tx.posture_integration(&id)?.ok_or_else(|| ApiError::missing("device posture integration", id))?;
        let IntegrationConfig::Intune { client_id: old_client, customer_id: old_customer } = &before.config;
        let customer_id = customer_id.unwrap_or(*old_customer);
        let config = IntegrationConfig::Intune { client_id: client_id.unwrap_or_else(|| old_client.clone()), customer_id };
        // A secret belongs to one client of one tenant (ruling 7).
        if config != before.config && secret.is_none() {
            let text = "client_secret is required again because client_id or customer_id changed";
            return Err(ApiError::fault("/config/client_secret", text).into());
        }
        let after = PostureIntegration {
            name: name.unwrap_or_else(|| before.name.clone()),
            interval: interval.unwrap_or_else(|| before.interval.clone()),
            config,
            // Where a secret may go is settled when it is given.
            cloud: if secret.is_some() { cloud_of(snapshot, customer_id) } else { before.cloud.clone() },
            updated_at: tx.now(),
            ..before.clone()
        };
        tx.put_posture_integration(&after)?;
        if let Some(secret) = &secret {
            tx.set_posture_secret(&id, secret)?;
        }
        NOUN.updated(tx, actor, id, (wire::write(&before), wire::write(&after)))?;
        Ok(after)
    });
    Ok(Answer::ok(wire::write(&saved.await?)))
}
