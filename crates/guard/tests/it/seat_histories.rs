//! Random histories of seats: the count is that of the holders at every moment, no taking goes beyond the limit, and a restart
//! changes nothing.

use guard::{
    Seat,
    sign_in::{Admission, OpenError},
};
use model::{SessionDuration, UserId, organization::Organization, session::RevokeReason, user::User};
use proptest::prelude::*;
use store::{Page, UserFilter};

use crate::rig::Rig;

const CAST: [&str; 5] = ["mara", "ilo", "tessa", "bram", "yrsa"];
const IDLE_HOURS: i64 = 730;

#[derive(Debug, Clone)]
enum Step {
    SignIn(usize),
    /// Signed in, but let into nothing.
    TurnedAway(usize),
    /// Two at once.
    Race(usize, usize),
    Free(usize),
    Deprovision(usize),
    Remove(usize),
    Limit(Option<u32>),
    Pass(i64),
    Expire,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..CAST.len();
    prop_oneof![
        6 => person.clone().prop_map(Step::SignIn),
        2 => person.clone().prop_map(Step::TurnedAway),
        2 => (person.clone(), person.clone()).prop_map(|(a, b)| Step::Race(a, b)),
        2 => person.clone().prop_map(Step::Free),
        1 => person.clone().prop_map(Step::Deprovision),
        1 => person.prop_map(Step::Remove),
        2 => prop::option::of(0..5u32).prop_map(Step::Limit),
        2 => (1..500i64).prop_map(Step::Pass),
        2 => Just(Step::Expire),
        1 => Just(Step::Reopen),
    ]
}

async fn person(rig: &Rig, which: usize) -> Option<User> {
    let key = rig.identity(CAST[which], &[]).key;
    rig.store.read(move |r| r.user_by_key(&key)).await.unwrap()
}

async fn holders(rig: &Rig) -> Vec<UserId> {
    let everybody = rig.store.read(|r| r.list_users(&UserFilter::default(), Page { page: 1, per_page: 100 })).await.unwrap();
    everybody.items.into_iter().filter(|user| user.access_seat).map(|user| user.id).collect()
}

/// Signs somebody in to the wiki: true when they hold a seat then. Whoever was refused has left nothing that is new.
async fn sign_in(rig: &Rig, which: usize, limit: Option<u32>) -> bool {
    let (held, sessions) = (person(rig, which).await.is_some_and(|user| user.access_seat), rig.guard.live().len());
    let before = holders(rig).await.len();
    let opened = rig.guard.open_session(rig.identity(CAST[which], &[]), Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await;
    let room = limit.is_none_or(|limit| before < limit as usize);
    match opened {
        Ok(_) => assert!(held || room, "{} got a seat beyond {limit:?}", CAST[which]),
        Err(OpenError::NoSeat) => {
            assert!(!held && !room, "{} was refused while {before} of {limit:?} were taken", CAST[which]);
            assert_eq!(rig.guard.live().len(), sessions);
        }
        Err(other) => panic!("{other:?}"),
    }
    person(rig, which).await.is_some_and(|user| user.access_seat)
}

async fn run(steps: Vec<Step>) {
    let mut rig = Rig::start().await;
    let mut limit = None;
    organization(&rig, |organization| organization.user_seat_expiration_inactive_time = Some(SessionDuration::hours(730))).await;
    for step in steps {
        match step {
            Step::SignIn(which) => drop(sign_in(&rig, which, limit).await),
            Step::TurnedAway(which) => turned_away(&rig, which, limit).await,
            Step::Race(a, b) => race(&rig, a, b, limit).await,
            Step::Free(which) | Step::Deprovision(which) => {
                let ends = matches!(step, Step::Deprovision(_));
                if let Some(user) = person(&rig, which).await {
                    let freed = rig.store.write_first(move |tx| {
                        tx.put_user(&User { access_seat: false, ..user.clone() })?;
                        if ends { tx.revoke_user(&user.id, RevokeReason::Deprovisioned).map(drop) } else { Ok(()) }
                    });
                    freed.await.unwrap();
                }
            }
            Step::Remove(which) => {
                if let Some(user) = person(&rig, which).await {
                    rig.store.write_first(move |tx| tx.remove_user(&user.id)).await.unwrap();
                }
            }
            Step::Limit(seats) => {
                limit = seats;
                organization(&rig, move |organization| organization.seat_limit = seats).await;
            }
            Step::Pass(hours) => rig.pass(hours * 3600),
            Step::Expire => {
                rig.guard.free_idle_seats(rig.now()).await.unwrap();
                let long_ago = rig.now().plus_secs(-IDLE_HOURS * 3600);
                assert!(rig.store.read(move |r| r.idle_holders(long_ago, 1)).await.unwrap().is_empty());
            }
            Step::Reopen => rig = rig.reopen().await,
        }
        let used = rig.store.read(|r| r.seats_used()).await.unwrap();
        assert_eq!(used, holders(&rig).await.len() as u64);
    }
}

/// A session without a seat, which then comes to an application that lets it in.
async fn turned_away(rig: &Rig, which: usize, limit: Option<u32>) {
    let before = holders(rig).await;
    let opened = rig.guard.open_session(rig.identity(CAST[which], &[]), Admission::NotAdmitted, rig.guard.moment(), rig.now()).await;
    let live = opened.unwrap();
    assert_eq!(holders(rig).await, before, "whoever is not let in takes no seat");
    let held = before.contains(&live.session.user_id);
    let room = limit.is_none_or(|limit| before.len() < limit as usize);
    let expected = if held || room { Seat::Held } else { Seat::Refused };
    assert_eq!(rig.guard.take_seat(&live, rig.wiki).await.unwrap(), expected);
}

/// Two sign-ins at once never bring more holders than the limit leaves room for.
async fn race(rig: &Rig, a: usize, b: usize, limit: Option<u32>) {
    let before = holders(rig).await.len();
    let open =
        |which: usize| rig.guard.open_session(rig.identity(CAST[which], &[]), Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now());
    let (one, other) = tokio::join!(open(a), open(b));
    for outcome in [one, other] {
        assert!(matches!(outcome, Ok(_) | Err(OpenError::NoSeat)), "{:?}", outcome.err());
    }
    let most = limit.map_or(usize::MAX, |limit| before.max(limit as usize));
    assert!(holders(rig).await.len() <= most);
}

async fn organization(rig: &Rig, change: impl Fn(&mut Organization) + Send + 'static) {
    let saved = rig.store.write(move |tx| {
        let mut organization = tx.organization()?;
        change(&mut organization);
        tx.put_organization(&organization)
    });
    saved.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn seats_add_up_in_every_history(steps in prop::collection::vec(step(), 1..40)) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(run(steps));
    }
}
