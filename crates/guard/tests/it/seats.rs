//! The limit of seats, and seats of people who stay away.

use guard::{
    Seat,
    sign_in::{Admission, OpenError},
};
use model::{SessionDuration, finding::Severity, organization::Organization, user::User};

use crate::rig::{PILOTS, Rig};

async fn organization(rig: &Rig, change: impl Fn(&mut Organization) + Send + 'static) {
    let saved = rig.store.write(move |tx| {
        let mut organization = tx.organization()?;
        change(&mut organization);
        tx.put_organization(&organization)
    });
    saved.await.unwrap();
}

async fn limit(rig: &Rig, seats: Option<u32>) {
    organization(rig, move |organization| organization.seat_limit = seats).await;
}

async fn used(rig: &Rig) -> u64 {
    rig.store.read(|r| r.seats_used()).await.unwrap()
}

async fn people_called(rig: &Rig, name: &str) -> Vec<User> {
    let email = format!("{name}@harbourworks.example").parse().unwrap();
    rig.store.read(move |r| r.users_by_email(&email)).await.unwrap()
}

async fn open(rig: &Rig, name: &str) -> Result<std::sync::Arc<guard::live::LiveSession>, OpenError> {
    rig.guard.open_session(rig.identity(name, &[PILOTS]), Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await
}

#[tokio::test]
async fn nobody_without_a_seat_gets_in_when_all_are_taken_and_nothing_of_them_is_left() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("mara", &[PILOTS]).await;
    limit(&rig, Some(1)).await;
    let (sessions, head) = (rig.guard.live().len(), rig.store.read(|r| r.head()).await.unwrap());
    assert!(matches!(open(&rig, "ilo").await, Err(OpenError::NoSeat)));
    assert_eq!(people_called(&rig, "ilo").await, []);
    assert_eq!((rig.guard.live().len(), rig.store.read(|r| r.head()).await.unwrap()), (sessions, head), "nothing was told either");
    let warnings = rig.store.read(|r| r.warnings()).await.unwrap();
    assert_eq!(warnings.iter().map(|w| w.finding.severity).collect::<Vec<_>>(), [Severity::Fault]);
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    assert!(open(&rig, "mara").await.is_ok(), "who holds a seat signs in again");
    limit(&rig, Some(2)).await;
    assert!(open(&rig, "ilo").await.is_ok());
    assert_eq!(used(&rig).await, 2);
    limit(&rig, Some(0)).await;
    assert!(open(&rig, "ilo").await.is_ok(), "a limit below what is in use throws nobody out");
    assert!(matches!(open(&rig, "tessa").await, Err(OpenError::NoSeat)));
}

#[tokio::test]
async fn of_two_who_come_for_the_last_seat_one_gets_it() {
    let rig = Rig::start().await;
    limit(&rig, Some(1)).await;
    let (mara, ilo) = tokio::join!(open(&rig, "mara"), open(&rig, "ilo"));
    assert_eq!([mara.is_ok(), ilo.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert_eq!(used(&rig).await, 1);
}

#[tokio::test]
async fn a_session_without_a_seat_stays_without_one_when_none_is_left() {
    let rig = Rig::start().await;
    limit(&rig, Some(1)).await;
    let bram = rig.guard.open_session(rig.identity("bram", &[]), Admission::NotAdmitted, rig.guard.moment(), rig.now()).await.unwrap();
    assert!(open(&rig, "mara").await.is_ok(), "who is not let in takes no seat");
    assert_eq!(rig.guard.take_seat(&bram, rig.wiki).await.unwrap(), Seat::Refused);
    assert_eq!(people_called(&rig, "bram").await[0].last_successful_login, None);
    limit(&rig, None).await;
    assert_eq!(rig.guard.take_seat(&bram, rig.wiki).await.unwrap(), Seat::Held);
    assert_eq!(rig.guard.take_seat(&bram, rig.payroll).await.unwrap(), Seat::Held);
    assert_eq!(used(&rig).await, 2);
    let id = bram.session.user_id;
    let apps = rig.store.read(move |r| r.apps_of_sessions(&id)).await.unwrap();
    assert_eq!(apps.len(), 2);
}

#[tokio::test]
async fn a_requests_moment_is_noted_once_an_hour() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let (user, begin) = (live.session.user_id, rig.now());
    let seen = || async { rig.store.read(move |r| r.last_seen(&user)).await.unwrap().unwrap().secs_since(begin) };
    rig.pass(1800);
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    rig.guard.tend(rig.now()).await.unwrap();
    assert_eq!((live.seen_at().secs_since(begin), seen().await), (1800, 0), "half an hour is not worth a write");
    rig.pass(1799);
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    rig.guard.tend(rig.now()).await.unwrap();
    assert_eq!(seen().await, 0);
    let fresh = rig.wiki_token(&live);
    rig.pass(60);
    assert_eq!(rig.with_token("wiki.localhost", &fresh), "admit");
    rig.guard.tend(rig.now()).await.unwrap();
    assert_eq!(seen().await, 3659);
}

#[tokio::test]
async fn who_stays_away_loses_the_seat_and_takes_one_again_on_return() {
    const DAY: i64 = 86_400;
    let rig = Rig::start().await;
    organization(&rig, |organization| organization.session_duration = SessionDuration::hours(730)).await;
    let (mara, _) = rig.sign_in("mara", &[PILOTS]).await;
    let (ilo, _) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.pass(30 * DAY);
    assert_eq!(rig.with_token("wiki.localhost", &rig.wiki_token(&ilo)), "admit");
    rig.pass(DAY);
    assert_eq!(rig.guard.free_idle_seats(rig.now()).await.unwrap(), 0, "nobody said that seats are freed");
    organization(&rig, |organization| organization.user_seat_expiration_inactive_time = Some(SessionDuration::hours(730))).await;
    assert_eq!(rig.guard.free_idle_seats(rig.now()).await.unwrap(), 1, "Ilo was here yesterday");
    assert_eq!(rig.guard.free_idle_seats(rig.now()).await.unwrap(), 0);
    let (user, freed) = (mara.session.user_id, rig.now());
    let record = rig.store.read(move |r| r.user(&user)).await.unwrap().unwrap();
    assert_eq!((record.access_seat, record.generation, record.updated_at), (false, 0, freed), "nothing but the seat");
    let audit = rig.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 9 })).await.unwrap().items;
    assert_eq!((audit[0].action.as_str(), audit[0].actor.as_str()), ("user.seat.expire", "system"));
    assert_eq!(audit[0].object, format!("user/{user}"));
    let (again, _) = rig.sign_in("mara", &[PILOTS]).await;
    assert_eq!((again.session.user_id, used(&rig).await), (user, 2), "the same person, with a seat again");
}

#[tokio::test]
async fn more_idlers_than_one_piece_holds_are_all_freed() {
    let rig = Rig::start().await;
    organization(&rig, |organization| organization.user_seat_expiration_inactive_time = Some(SessionDuration::hours(730))).await;
    let (live, _) = rig.sign_in("mara", &[PILOTS]).await;
    let like = people_called(&rig, "mara").await.remove(0);
    let seed = rig.store.write(move |tx| {
        (0..1200u32).try_for_each(|_| {
            let (id, seat_id) = (model::UserId::random(), model::SeatId::random());
            tx.put_user(&User { id, seat_id, key: None, ..like.clone() })
        })
    });
    seed.await.unwrap();
    assert_eq!(used(&rig).await, 1201);
    rig.pass(731 * 3600);
    assert_eq!(rig.guard.free_idle_seats(rig.now()).await.unwrap(), 1201);
    assert_eq!(used(&rig).await, 0);
    drop(live);
}
