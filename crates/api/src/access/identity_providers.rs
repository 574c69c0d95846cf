//! `/accounts/{account_id}/access/identity_providers`: login methods and what was provisioned through them.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod refresh_scim_secret;
pub(crate) mod scim;
pub(crate) mod update;
mod wire;

pub(crate) use wire::looks_like_secret_id;

use model::idp::IdentityProvider;

use super::users;
use crate::audit::Object;

/// How audit records name a provider.
const NOUN: Object = Object("identity_provider");

/// Ends the sessions that a provider vouched for before it became another directory: their people belong to nobody that is
/// asked now, and its provisioning would not find them.
pub(crate) fn end_sessions(tx: &mut store::Tx<'_>, actor: String, id: &model::IdpId) -> Result<(), store::StoreError> {
    let ended = tx.end_sessions_of_idp(id, model::session::RevokeReason::ProviderRemoved)?;
    if ended > 0 {
        NOUN.acted(tx, actor, "end_sessions", id, serde_json::json!({ "sessions": ended }))?;
    }
    Ok(())
}

/// Ends the sessions of people whom the provider's provisioning has as inactive, when that begins to count: what was sent while it did not
/// count is not sent again.
fn end_inactive(tx: &mut store::Tx<'_>, actor: &str, before: &IdentityProvider, after: &IdentityProvider) -> Result<(), store::StoreError> {
    let counts = |idp: &IdentityProvider| idp.scim.enabled && idp.scim.user_deprovision;
    if counts(before) || !counts(after) {
        return Ok(());
    }
    let issuers = tx.issuers()?;
    for issuer in issuers.iter().filter(|issuer| after.config.accepts_issuer(issuer)) {
        for person in tx.inactive_with_sessions(&after.id, issuer, tx.now())? {
            let why = model::session::RevokeReason::Deprovisioned;
            let generation = tx.revoke_user(&person, why)?;
            let after = serde_json::json!({ "generation": generation, "reason": why.as_str() });
            users::NOUN.acted(tx, actor.to_owned(), "revoke", person, after)?;
        }
    }
    Ok(())
}

/// Forgets every stored secret of a client, those that are not in use as well: none of them is for another client or another address
/// (ruling 7).
pub(crate) fn forget_secrets(tx: &mut store::Tx<'_>, id: &model::IdpId) -> Result<(), store::StoreError> {
    use model::idp::CredentialSlot::{SecondSecret, Secret};
    [Secret, SecondSecret].into_iter().try_for_each(|slot| tx.set_idp_credential(id, slot, None))
}
