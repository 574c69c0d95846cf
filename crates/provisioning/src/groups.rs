//! `/Groups`: unique by name, bound to one directory object, with members kept apart from the document.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod patch;
pub(crate) mod replace;

use model::{
    ScimId,
    idp::{IdentityUpdateBehavior, ScimSettings},
    provisioned::Provisioned,
};
use scim::{Doc, Kind};
use store::{GroupMember, Store, Tx};

use crate::{
    change::{self, Precondition},
    credential::ScimCaller,
    error::{self, Failure},
    journal::{Change, Journal},
    lifecycle::{carry_out::Sides, members_changed, plan::MembershipChange},
    members::{self, Difference, Needed},
    record,
    transaction::Urgency,
};

/// Whether changes of groups go ahead of the queue: when they may end sessions.
fn urgency(store: &Store, caller: &ScimCaller) -> Urgency {
    let snapshot = store.snapshot();
    let settings: Option<&ScimSettings> = snapshot.idps.get(&caller.idp).map(|idp| &idp.scim);
    match settings.map(|settings| settings.identity_update_behavior) {
        Some(IdentityUpdateBehavior::Reauth) => Urgency::First,
        Some(IdentityUpdateBehavior::Automatic | IdentityUpdateBehavior::NoAction) | None => Urgency::InTurn,
    }
}

/// Plans what the change of membership means, carries it out and records it.
fn follow_up(
    tx: &mut Tx<'_>,
    caller: &ScimCaller,
    journal: &Journal,
    sides: Sides<'_>,
    membership: &MembershipChange,
) -> Result<(), Failure> {
    let provider = change::provider(tx, caller)?;
    let Some(resource) = sides.after.or(sides.before) else { return Ok(()) };
    let done = members_changed(tx, &provider, sides.after.map(|group| group.id), membership)?;
    if done.revoked() > 0 {
        tracing::info!(
            idp.id = %caller.idp, scim.group = %resource.id, people.revoked = done.revoked(),
            "A SCIM group change ended sessions"
        );
    }
    journal.done(tx, Change { before: sides.before, after: sides.after, membership }, done.effects)
}

/// A change of a group: how the document is edited and which members have to be seen for it.
struct Edit<'a, F> {
    journal: &'a Journal,
    needed: &'a Needed,
    edit: F,
}

/// Changes an existing group by an edit that answers `None` when nothing changes.
fn update<F>(
    tx: &mut Tx<'_>,
    caller: &ScimCaller,
    id: &str,
    precondition: &Precondition,
    change: Edit<'_, F>,
) -> Result<Provisioned, Failure>
where
    F: FnOnce(&Doc) -> Result<Option<Doc>, Failure>,
{
    let before = change::find(tx, caller, Kind::Group, id)?;
    change.journal.about(&before);
    precondition.check(&before)?;
    let (members, doc) = members::seen(tx, caller, &before, change.needed)?;
    let Some(doc) = (change.edit)(&doc)? else {
        change.journal.nothing_changed(tx, &before)?;
        return Ok(before);
    };
    keep_binding(&before, &doc)?;
    let difference = members::difference(tx, caller, before.id, &members, &doc)?;
    let after = record::changed(&before, Kind::Group, &doc, tx.now());
    if after.document == before.document && difference.is_empty() {
        change.journal.nothing_changed(tx, &before)?;
        return Ok(before);
    }
    tx.put_provisioned(&after)?;
    let membership = put_members(tx, after.id, difference)?;
    follow_up(tx, caller, change.journal, Sides { before: Some(&before), after: Some(&after) }, &membership)?;
    Ok(after)
}

/// A group stays the directory object that it is (ruling 11): policies name it by that, and a second group of the same
/// name would otherwise take over the first one's members when Entra matches it by name. Leaving `externalId` out or
/// removing it does not loosen the bond.
fn keep_binding(before: &Provisioned, after: &Doc) -> Result<(), Failure> {
    match (&before.external_id, after.external_id()) {
        (Some(bound), Some(other)) if !scim::fold::eq(bound, other) => Err(error::bound_external_id(bound)),
        _ => Ok(()),
    }
}

fn put_members(tx: &mut Tx<'_>, group: ScimId, difference: Difference) -> Result<MembershipChange, Failure> {
    if !difference.removed.is_empty() {
        tx.remove_members(&group, &difference.removed)?;
    }
    if !difference.put.is_empty() {
        tx.add_members(&group, &difference.put)?;
    }
    Ok(MembershipChange { added: difference.added, removed: difference.removed })
}

/// Every member of a group that goes away.
fn all_leave(members: &[GroupMember]) -> MembershipChange {
    MembershipChange { added: Vec::new(), removed: members.iter().map(|member| member.id).collect() }
}
