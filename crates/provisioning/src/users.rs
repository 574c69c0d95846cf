//! `/Users`: every change with what it means for the person's sessions and seat, in one transaction.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod patch;
pub(crate) mod replace;

use model::{idp::ScimSettings, provisioned::Provisioned};
use scim::{Doc, Kind};
use store::{Store, Tx};

use crate::{
    change::{self, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::{Change, Journal},
    lifecycle::{carry_out::Sides, plan::MembershipChange, user_changed},
    record,
    transaction::Urgency,
};

/// Whether changes of users go ahead of the queue: when they may end sessions.
fn urgency(store: &Store, caller: &ScimCaller) -> Urgency {
    let snapshot = store.snapshot();
    let settings: Option<&ScimSettings> = snapshot.idps.get(&caller.idp).map(|idp| &idp.scim);
    if settings.is_some_and(|settings| settings.user_deprovision) { Urgency::First } else { Urgency::InTurn }
}

/// Plans what the change means, carries it out and records it. What is created or changed is written by the caller, a deletion here.
fn follow_up(tx: &mut Tx<'_>, caller: &ScimCaller, journal: &Journal, sides: Sides<'_>) -> Result<(), Failure> {
    let provider = change::provider(tx, caller)?;
    let Some(resource) = sides.after.or(sides.before) else { return Ok(()) };
    let done = user_changed(tx, &provider, sides)?;
    if done.revoked() > 0 || done.seats_freed() > 0 {
        tracing::info!(
            idp.id = %caller.idp, scim.user = %resource.id,
            people.revoked = done.revoked(), seats.freed = done.seats_freed(),
            "A SCIM change ended sessions"
        );
    }
    let change = Change { before: sides.before, after: sides.after, membership: &MembershipChange::default() };
    journal.done(tx, change, done.effects)
}

/// Changes the document of an existing user by `edit`, which answers `None` when nothing changes.
fn update(
    tx: &mut Tx<'_>,
    caller: &ScimCaller,
    id: &str,
    precondition: &Precondition,
    journal: &Journal,
    edit: impl FnOnce(&Doc) -> Result<Option<Doc>, Failure>,
) -> Result<Provisioned, Failure> {
    let before = change::find(tx, caller, Kind::User, id)?;
    journal.about(&before);
    precondition.check(&before)?;
    let Some(doc) = edit(&record::doc(&before)?)? else {
        journal.nothing_changed(tx, &before)?;
        return Ok(before);
    };
    let after = record::changed(&before, Kind::User, &doc, tx.now());
    tx.put_provisioned(&after)?;
    follow_up(tx, caller, journal, Sides { before: Some(&before), after: Some(&after) })?;
    Ok(after)
}
