//! The guard against mass deactivation (ruling 25): counts people who become inactive or are deleted, trips, and from then on has seat
//! removals and deletions held until an administrator decides.

use model::{finding::Finding, idp::IdentityProvider, provisioning_guard::Tripped, provisioning_log::Effect, warning::Subject};
use store::{StoreError, Tx};

use super::carry_out::{Done, Holding, Sides};

/// Code of the warning that is raised when it trips.
pub(crate) const CODE: &str = "provisioning-mass-deactivation";

/// Counts the change and says what to do with seats and deletions. Only a step from active counts, so that a request that is sent again
/// is not counted again; a person counts once within the window.
pub(super) fn watch(tx: &mut Tx<'_>, provider: &IdentityProvider, sides: Sides<'_>, done: &mut Done) -> Result<Holding, StoreError> {
    let left = sides.before.filter(|user| user.active && !sides.after.is_some_and(|user| user.active));
    if let Some(user) = left {
        tx.count_deactivation(user)?;
    }
    if tx.tripped_guard(&provider.id)?.is_some() {
        return Ok(Holding::SeatsAndDeletions);
    }
    if left.is_none() {
        return Ok(Holding::Nothing);
    }
    let guard = provider.scim.own.guard;
    let deactivated = tx.deactivated_since(&provider.id, tx.now().plus_secs(-i64::from(guard.window_secs)))?;
    if deactivated < u64::from(guard.at_least) {
        return Ok(Holding::Nothing);
    }
    // A user that is being deleted is still there.
    let going = u64::from(sides.after.is_none());
    let active = tx.provisioned_counts(&provider.id)?.active_users.saturating_sub(going);
    if !guard.trips(deactivated, active) {
        return Ok(Holding::Nothing);
    }
    let tripped = Tripped { at: tx.now(), deactivated, of: deactivated + active };
    tx.trip_guard(&provider.id, &tripped)?;
    tx.raise_warning(Subject::IdentityProvider(provider.id), finding(provider, &tripped))?;
    done.effects.push(Effect::GuardTripped { deactivated, of: tripped.of });
    tracing::warn!(idp.id = %provider.id, people.deactivated = deactivated, people.of = tripped.of, "The guard against mass deactivation tripped");
    Ok(Holding::SeatsAndDeletions)
}

fn finding(provider: &IdentityProvider, tripped: &Tripped) -> Finding {
    let minutes = provider.scim.own.guard.window_secs.div_ceil(60);
    let text = format!(
        "Provisioning through \"{}\" deactivated or deleted {} of {} active people within {minutes} minutes. Their sessions are ended; removals of seats and deletions are held from then on.",
        provider.name, tripped.deactivated, tripped.of
    );
    let fix = format!(
        "Compare the assignments and scoping filters in Entra. Then release what is held, or refuse it: POST …/doorward/identity_providers/{}/scim/guard/release or …/refuse.",
        provider.id
    );
    Finding::warning(CODE, text, fix)
}
