//! Telling warnings that are due. What could not be told is tried again, later each time, and given up in the end: it stays on the list.

use guard::Guard;
use model::{
    Timestamp,
    warning::{Alert, Subject, Warning},
};
use store::StoreError;

use crate::alerts::{Alerts, Stored, Told, Untold};

/// Most warnings told in one round: a flood waits its turn.
const AT_ONCE: usize = 20;

/// One round.
pub(super) async fn round(guard: &Guard, alerts: &Alerts, now: Timestamp) -> Result<(), StoreError> {
    let (mut due, stored) = guard.store().read(|reader| Ok((reader.warnings()?, Stored::read(reader)?))).await?;
    due.retain(|warning| warning.alert.is_due(now) && warning.acknowledged.is_none());
    due.sort_by_key(|warning| (std::cmp::Reverse(warning.finding.severity), warning.first_seen));
    for warning in due.into_iter().take(AT_ONCE) {
        let subject = name(guard, &warning);
        let after = match alerts.tell(Told { warning: &warning, subject: &subject }, &stored, now).await {
            Ok(()) => Alert::Told { at: now },
            Err(Untold { delivered, error }) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(warning.id = %warning.id, error = %error, cause, "a warning could not be told; it is tried again later");
                warning.alert.failed(now, delivered)
            }
        };
        keep(guard, warning, after).await?;
    }
    Ok(())
}

/// Notes how far a warning was told, unless it changed meanwhile: then it is due again by itself.
async fn keep(guard: &Guard, told: Warning, after: Alert) -> Result<(), StoreError> {
    guard
        .store()
        .write(move |tx| match tx.warning(&told.id)? {
            Some(warning) if warning.alert == told.alert => tx.put_warning(&Warning { alert: after, ..warning }),
            _ => Ok(()),
        })
        .await
}

/// What the warning is about, by the name that people gave it.
fn name(guard: &Guard, warning: &Warning) -> String {
    match warning.subject {
        Subject::IdentityProvider(id) => guard.store().snapshot().idps.get(&id).map_or_else(|| id.to_string(), |idp| idp.name.clone()),
        Subject::Organization => guard.store().snapshot().organization.name.clone(),
    }
}
