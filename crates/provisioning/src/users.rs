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
    lifecycle::{
        carry_out::{Sides, carry_out},
        plan::{Activity, Link, MembershipChange, UserState, plan_user},
    },
    record,
    transaction::Urgency,
};

/// Whether changes of users go ahead of the queue: when they may end sessions.
fn urgency(store: &Store, caller: &ScimCaller) -> Urgency {
    let snapshot = store.snapshot();
    let settings: Option<&ScimSettings> = snapshot.idps.get(&caller.idp).map(|idp| &idp.scim);
    if settings.is_some_and(|settings| settings.user_deprovision) { Urgency::First } else { Urgency::InTurn }
}

fn state(user: Option<&Provisioned>) -> UserState<'_> {
    user.map_or(UserState::Absent, |user| UserState::Present {
        activity: if user.active { Activity::Active } else { Activity::Inactive },
        link: Link { user_name: user.user_name.as_deref(), external_id: user.external_id.as_deref() },
    })
}

/// Plans the change, carries it out and records it. The resource itself is written by the caller.
fn follow_up(tx: &mut Tx<'_>, caller: &ScimCaller, journal: &Journal, sides: Sides<'_>) -> Result<(), Failure> {
    let provider = change::provider(tx, caller)?;
    let Some(resource) = sides.after.or(sides.before) else { return Ok(()) };
    let effects = plan_user(resource.id, state(sides.before), state(sides.after), &provider.scim);
    let done = carry_out(tx, &provider, sides, &effects)?;
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
