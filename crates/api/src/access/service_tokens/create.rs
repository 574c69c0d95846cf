//! Makes a service token; its secret is in this answer only.

use axum::extract::State;
use model::{ServiceTokenId, SessionDuration, service_token::ServiceToken};
use store::Purpose;

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, ServiceTokensWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
    token,
};

/// Hours of a token's life unless said otherwise: a year.
const YEAR: u32 = 8760;

pub(crate) async fn create(
    caller: Caller<ServiceTokensWrite>,
    State(state): State<ApiState>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let draft = wire::read(&body)?;
    let name = draft.name.ok_or_else(|| ApiError::fault("/name", "name is required"))?;
    let duration = draft.life.map_or_else(|| Some(SessionDuration::hours(YEAR)), wire::Life::stored);
    let secret = token::service_secret(&mut rand::rng());
    let secret_hash = state.store.sealer().hash(Purpose::ServiceToken, secret.expose());
    let actor = caller.actor();
    let made = state.write(move |tx, _| {
        let now = tx.now();
        let token = ServiceToken {
            id: ServiceTokenId::random(),
            name,
            client_id: format!("{:032x}.access", rand::random::<u128>()),
            secret_hash,
            client_secret_version: draft.version.unwrap_or(1),
            previous: None,
            expires_at: wire::end(now, duration.as_ref()),
            duration,
            enabled: draft.enabled.unwrap_or(true),
            created_at: now,
            updated_at: now,
        };
        tx.put_service_token(&token)?;
        NOUN.created(tx, actor, token.id, wire::write(&token))?;
        Ok(token)
    });
    Ok(Answer::created(wire::write_with_secret(&made.await?, None, Some(&secret))))
}
