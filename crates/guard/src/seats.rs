//! Seats: taken at the first admitted sign-in while the organisation's limit leaves room, freed when their holders stay away.

use std::collections::HashMap;

use model::{
    AppId, Timestamp, UserId,
    log::AuditRecord,
    seats::{SeatEvent, has_room},
    session::SessionState,
    user::User,
};
use serde_json::json;
use store::{StoreError, Tx};

use crate::{door::Guard, live::LiveSession};

/// Seats freed in one transaction, and people whose last request is noted in one.
const AT_ONCE: usize = 500;
/// A request is noted when the last one that was is so much older: at most once an hour for a session that is being used.
const NOTED_EVERY_SECS: i64 = 3600;

/// Whether a person could be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// They hold a seat, now or since long.
    Held,
    /// They held none and none was left.
    Refused,
}

/// Gives a person a seat, in the transaction that lets them in; the caller puts the record. `Refused` leaves the record as it was and
/// tells administrators.
pub(crate) fn take(tx: &mut Tx<'_>, user: &mut User, now: Timestamp) -> Result<Seat, StoreError> {
    if !user.access_seat && !has_room(tx.seats_used()?, tx.organization()?.seat_limit) {
        tx.look_at_seats(SeatEvent::Refused)?;
        return Ok(Seat::Refused);
    }
    user.access_seat = true;
    user.last_successful_login = Some(now);
    Ok(Seat::Held)
}

impl Guard {
    /// The person behind a living session is let into an application: gives them a seat unless they hold one, and notes the application.
    pub async fn take_seat(&self, live: &LiveSession, app: AppId) -> Result<Seat, StoreError> {
        let (user, nonce) = (live.session.user_id, live.session.nonce.clone());
        let asked = nonce.clone();
        let known =
            self.inner.store.read(move |r| Ok(r.session_has_app(&asked, &app)? && r.user(&user)?.is_some_and(|u| u.access_seat))).await?;
        if known {
            return Ok(Seat::Held);
        }
        self.inner
            .store
            .write(move |tx| {
                let alive = tx.session(&nonce)?.is_some_and(|(s, _)| s.state == SessionState::Live);
                let Some(mut person) = tx.user(&user)?.filter(|_| alive) else { return Ok(Seat::Held) };
                if !person.access_seat {
                    let now = tx.now();
                    if take(tx, &mut person, now)? == Seat::Refused {
                        return Ok(Seat::Refused);
                    }
                    tx.put_user(&person)?;
                }
                tx.note_session_app(&nonce, &app)?;
                Ok(Seat::Held)
            })
            .await
    }

    /// Notes when the people of living sessions were last seen, of those whose last noted request is an hour old.
    pub async fn note_seen(&self) -> Result<(), StoreError> {
        self.note_seen_after(NOTED_EVERY_SECS).await
    }

    async fn note_seen_after(&self, least_secs: i64) -> Result<(), StoreError> {
        let mut people: HashMap<UserId, Timestamp> = HashMap::new();
        let due = self.inner.live.seen_unnoted(least_secs);
        for live in &due {
            let latest = people.entry(live.session.user_id).or_default();
            *latest = live.seen_at().max(*latest);
        }
        let people: Vec<_> = people.into_iter().collect();
        for piece in people.chunks(AT_ONCE) {
            let piece = piece.to_vec();
            self.inner.store.write(move |tx| piece.iter().try_for_each(|(id, at)| tx.note_seen(id, *at))).await?;
        }
        due.iter().for_each(|live| live.noted());
        Ok(())
    }

    /// Frees the seats of people who were not seen for longer than the organisation's setting, when there is one; how many. Nothing else
    /// of theirs changes: whoever returns takes a seat again.
    pub async fn free_idle_seats(&self, now: Timestamp) -> Result<u64, StoreError> {
        let setting = self.inner.store.snapshot().organization.user_seat_expiration_inactive_time.clone();
        let Some(idle) = setting else { return Ok(0) };
        // What is known of the sessions of this moment counts.
        self.note_seen_after(0).await?;
        let (before, after) = (now.plus_secs(-idle.secs()), idle.as_str().to_owned());
        let mut freed = 0;
        loop {
            let after = after.clone();
            let piece = self.inner.store.write(move |tx| free_piece(tx, before, &after)).await?;
            freed += piece;
            if piece < AT_ONCE as u64 {
                return Ok(freed);
            }
        }
    }
}

fn free_piece(tx: &mut Tx<'_>, before: Timestamp, idle: &str) -> Result<u64, StoreError> {
    let idlers = tx.idle_holders(before, AT_ONCE as u64)?;
    for (person, seen) in &idlers {
        let at = tx.now();
        tx.put_user(&User { access_seat: false, updated_at: at, ..person.clone() })?;
        tx.audit(&AuditRecord {
            at,
            actor: "system".into(),
            action: "user.seat.expire".into(),
            object: format!("user/{}", person.id),
            before: Some(json!({ "access_seat": true })),
            after: Some(json!({ "access_seat": false, "last_seen": seen.rfc3339(), "user_seat_expiration_inactive_time": idle })),
        })?;
    }
    Ok(idlers.len() as u64)
}
