//! What a change of a SCIM resource means for live people: a pure plan, then its effects in the same transaction.

mod active_mapping;
pub(crate) mod carry_out;
mod deactivations;
pub mod plan;

use model::{ScimId, idp::IdentityProvider, provisioned::Provisioned, registry::ScimFacts};
use store::{StoreError, Tx};

use self::{
    carry_out::{Done, Holding, Sides, carry_out},
    plan::{Activity, Link, MembershipChange, UserState, plan_group, plan_user},
};

/// Plans and carries out what a change of a user means. `sides.after` is written already; a deletion is carried out here, because the
/// guard may hold it.
///
/// # Errors
/// Those of the store; the caller's transaction is then rolled back with the change itself.
pub(crate) fn user_changed(tx: &mut Tx<'_>, provider: &IdentityProvider, sides: Sides<'_>) -> Result<Done, StoreError> {
    let Some(resource) = sides.after.or(sides.before) else { return Ok(Done::default()) };
    let (facts_before, facts_after) = (sides.before.map(ScimFacts::of), sides.after.map(ScimFacts::of));
    let before = state(sides.before, facts_before.as_ref());
    let after = state(sides.after, facts_after.as_ref());
    let mut done = Done::default();
    let holding = deactivations::watch(tx, provider, sides, &mut done)?;
    active_mapping::note_deactivation(tx, provider, before, after)?;
    let effects = plan_user(resource.id, before, after, &provider.scim);
    carry_out(tx, provider, sides, &effects, holding, &mut done)?;
    Ok(done)
}

/// Plans and carries out what a change of a group's membership means. `group`: it is still there and has the new members.
///
/// # Errors
/// As with [`user_changed`].
pub(crate) fn members_changed(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    group: Option<ScimId>,
    membership: &MembershipChange,
) -> Result<Done, StoreError> {
    let mut done = Done::default();
    if group.is_some() {
        active_mapping::note_removed(tx, provider, &membership.removed)?;
    }
    let effects = plan_group(membership, &provider.scim);
    carry_out(tx, provider, Sides { before: None, after: None }, &effects, Holding::Nothing, &mut done)?;
    Ok(done)
}

fn state<'a>(user: Option<&'a Provisioned>, facts: Option<&'a ScimFacts>) -> UserState<'a> {
    let (Some(user), Some(facts)) = (user, facts) else { return UserState::Absent };
    UserState::Present {
        activity: if user.active { Activity::Active } else { Activity::Inactive },
        link: Link { user_name: user.user_name.as_deref(), external_id: user.external_id.as_deref() },
        facts,
    }
}
