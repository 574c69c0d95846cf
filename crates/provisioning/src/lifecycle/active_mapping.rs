//! The trap of the `active` mapping: with `accountEnabled` as its source, or without a source, whoever is taken out of scope stays active
//! for ever. Recognised from traffic: people leave all their groups, and never was anybody deactivated or deleted.

use model::{
    ScimId, finding::Finding, idp::IdentityProvider, provisioned::ResourceKind, provisioning_guard::ActiveMapping, warning::Subject,
};
use store::{Reader, StoreError, Tx};

use super::plan::{Activity, UserState};

/// Code of the warning.
const CODE: &str = "provisioning-active-never-false";
/// So many people have to be left over.
const ENOUGH: usize = 5;
/// Most members of one request that are looked at.
const LOOKED_AT: usize = 50;

/// Takes note of somebody who is inactive or deleted: the mapping works.
pub(super) fn note_deactivation(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    before: UserState<'_>,
    after: UserState<'_>,
) -> Result<(), StoreError> {
    let inactive = matches!(after, UserState::Present { activity: Activity::Inactive, .. });
    let told = inactive || (before != UserState::Absent && after == UserState::Absent);
    if !told || tx.active_mapping(&provider.id)? == ActiveMapping::Works {
        return Ok(());
    }
    tx.put_active_mapping(&provider.id, &ActiveMapping::Works)?;
    tx.clear_warning(Subject::IdentityProvider(provider.id), CODE)
}

/// Takes note of members who were taken out of a group, after that was done.
pub(super) fn note_removed(tx: &mut Tx<'_>, provider: &IdentityProvider, removed: &[ScimId]) -> Result<(), StoreError> {
    if removed.is_empty() {
        return Ok(());
    }
    let ActiveMapping::Unproven { stranded: known } = tx.active_mapping(&provider.id)? else { return Ok(()) };
    if known.len() >= ENOUGH {
        return Ok(());
    }
    let mut stranded = known.clone();
    for member in removed.iter().take(LOOKED_AT) {
        if stranded.len() < ENOUGH && !stranded.contains(member) && is_stranded(tx, provider, member)? {
            stranded.push(*member);
        }
    }
    if stranded == known {
        return Ok(());
    }
    if stranded.len() >= ENOUGH {
        // Some may have come back into a group since they were noted.
        let mut still = Vec::new();
        for member in stranded {
            if is_stranded(tx, provider, &member)? {
                still.push(member);
            }
        }
        stranded = still;
    }
    if stranded.len() >= ENOUGH {
        tx.raise_warning(Subject::IdentityProvider(provider.id), finding(provider))?;
    }
    tx.put_active_mapping(&provider.id, &ActiveMapping::Unproven { stranded })
}

fn is_stranded(tx: &Reader<'_>, provider: &IdentityProvider, member: &ScimId) -> Result<bool, StoreError> {
    let user = tx.provisioned(&provider.id, ResourceKind::User, member)?;
    Ok(user.is_some_and(|user| user.active) && tx.groups_of(member)?.is_empty())
}

fn finding(provider: &IdentityProvider) -> Finding {
    let text = format!(
        "Provisioning through \"{}\" took {ENOUGH} people out of all their groups, and has never deactivated or deleted anybody: the directory's mapping of \"active\" may not be able to become false, and then nobody who leaves is shut out.",
        provider.name
    );
    let fix = "In Entra, map active from the expression Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\") (not from accountEnabled), then restart provisioning. If these people are meant to stay, acknowledge this warning.";
    Finding::warning(CODE, text, fix)
}
