//! The daily look at every login method: each once a day, and soon after it was changed, one at a time: its groups are compared with its
//! directory, then its set-up is checked. What is found becomes warnings.

use std::time::Duration;

use api::Doctor;
use guard::Guard;
use model::{IdpId, Timestamp, finding::Checked};
use store::StoreError;

const DAY_SECS: i64 = 86_400;
/// Time for comparing the groups of one login method; nobody waits.
const COMPARING: Duration = Duration::from_secs(600);
/// A change is looked at when the administrator has had the time to finish it.
const SETTLED_SECS: i64 = 120;

/// Looks at the login method that has waited longest, when one is due.
pub(super) async fn round(guard: &Guard, doctor: &Doctor, now: Timestamp) -> Result<(), StoreError> {
    let snapshot = guard.store().snapshot();
    let mut waiting: Vec<(Timestamp, IdpId)> = Vec::new();
    for idp in snapshot.idps.values() {
        let id = idp.id;
        let last = guard.store().read(move |reader| reader.provider_check(&id)).await?;
        if is_due(last.as_ref(), idp.updated_at, now) {
            waiting.push((last.map_or(Timestamp::default(), |checked| checked.at), id));
        }
    }
    if let Some((_, id)) = waiting.into_iter().min() {
        doctor.drift(id, COMPARING, now).await?;
        doctor.examine(id, None, now).await?;
    }
    Ok(())
}

fn is_due(last: Option<&Checked>, updated_at: Timestamp, now: Timestamp) -> bool {
    let settled = now.secs_since(updated_at) >= SETTLED_SECS;
    match last {
        None => settled,
        Some(checked) => now.secs_since(checked.at).abs() >= DAY_SECS || (settled && checked.at < updated_at.plus_secs(SETTLED_SECS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_method_is_looked_at_daily_and_once_after_a_change_has_settled() {
        let at = Timestamp::from_secs;
        let checked = |secs| Checked { at: at(secs), findings: Vec::new() };
        for (last, updated, now, due) in [
            (None, 0, 119, false),
            (None, 0, 120, true),
            (Some(checked(1000)), 0, 2000, false),
            (Some(checked(1000)), 0, 1000 + DAY_SECS, true),
            (Some(checked(1000)), 1500, 1600, false),
            (Some(checked(1000)), 1500, 1620, true),
            (Some(checked(1550)), 1500, 1620, true),
            (Some(checked(1620)), 1500, 1700, false),
            // The clock was wrong by years at the last look.
            (Some(checked(1_000_000_000)), 0, 2000, true),
        ] {
            assert_eq!(is_due(last.as_ref(), at(updated), at(now)), due, "{last:?} {updated} {now}");
        }
    }
}
