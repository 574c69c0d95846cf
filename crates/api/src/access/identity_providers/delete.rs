//! Removes a provider that nothing names any more; sessions that it vouched for end.

use std::sync::Arc;

use axum::extract::State;
use model::{IdpId, session::RevokeReason};
use store::{Page, StoreError, Tx, UserFilter};

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let (actor, config) = (caller.actor(), Arc::clone(&state.config));
    let removed = state.write(move |tx, snapshot| {
        let idp = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        in_use::refuse(&format!("identity provider {:?}", idp.name), in_use::of_provider(snapshot, &id))?;
        end_sessions(tx, &id)?;
        tx.remove_idp(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&config, &idp))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}

/// Sessions are found by person: rare enough to go through them all.
fn end_sessions(tx: &mut Tx<'_>, id: &IdpId) -> Result<(), StoreError> {
    const AT_ONCE: u32 = 500;
    let now = tx.now();
    for page in 1.. {
        let people = tx.list_users(&UserFilter::default(), Page { page, per_page: AT_ONCE })?.items;
        for person in &people {
            for (session, _) in tx.sessions_of(&person.id, now)? {
                if session.idp == *id {
                    tx.revoke_session(&session.nonce, RevokeReason::ProviderRemoved)?;
                }
            }
        }
        if people.len() < AT_ONCE as usize {
            break;
        }
    }
    Ok(())
}
