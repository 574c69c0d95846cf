//! The guard against mass deactivation (attack case 53): a burst ends sessions all the same, and what cannot be undone is held.

use model::{
    idp::{DeactivationGuard, IdentityUpdateBehavior, ScimOptions, ScimSettings},
    provisioning_guard::{Decision, HeldCounts, Settled},
    provisioning_log::Effect,
    session::RevokeReason,
    warning::Warning,
};
use serde_json::{Value, json};

use crate::rig::{Person, Rig, Standing, entra_user, settings, upn};

const GONE_WITH_SEAT: Standing = Standing { sessions: 0, seat: true, generation: 1 };
const GONE: Standing = Standing { sessions: 0, seat: false, generation: 1 };
const NAMES: [&str; 10] = ["mara", "ilo", "tessa", "bram", "olu", "fenna", "jon", "suze", "wim", "ada"];

fn guarded(at_least: u32) -> ScimSettings {
    let guard = DeactivationGuard { share_percent: 20, at_least, window_secs: 3600 };
    let own = ScimOptions { guard, ..ScimOptions::default() };
    ScimSettings { own, ..settings(true, true, IdentityUpdateBehavior::NoAction) }
}

/// Ten people, each with their user.
async fn harbour() -> (Rig, Vec<(Person, String)>) {
    let rig = Rig::with(guarded(3)).await;
    let mut people = Vec::new();
    for name in NAMES {
        people.push((rig.person(name).await, rig.user(name).await));
    }
    (rig, people)
}

fn active(value: bool) -> Value {
    json!([{"op": "Replace", "path": "active", "value": if value { "True" } else { "False" }}])
}

async fn set_active(rig: &Rig, user: &str, value: bool) {
    rig.patch(&format!("/Users/{user}"), active(value)).await.expect(200);
}

/// Deactivates the first three: the third trips it.
async fn trip(rig: &Rig, people: &[(Person, String)]) {
    for (_, user) in &people[..3] {
        set_active(rig, user, false).await;
    }
}

async fn held(rig: &Rig) -> HeldCounts {
    let idp = rig.idp;
    rig.store.read(move |reader| reader.held_counts(&idp)).await.unwrap()
}

async fn warnings(rig: &Rig) -> Vec<Warning> {
    rig.store.read(|reader| reader.warnings()).await.unwrap()
}

async fn decide(rig: &Rig, decision: Decision) -> Settled {
    let idp = rig.idp;
    let (settled, last) = rig.store.write(move |tx| tx.decide_held(&idp, decision, "an administrator")).await.unwrap();
    assert!(last);
    settled
}

async fn is_tripped(rig: &Rig) -> bool {
    let idp = rig.idp;
    rig.store.read(move |reader| reader.tripped_guard(&idp)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_burst_cuts_every_session_and_holds_seats_and_deletions_from_then_on() {
    let (rig, people) = harbour().await;
    trip(&rig, &people).await;
    let third = people[2].0.user;
    let ended = |user| Effect::SessionsEnded { user, why: RevokeReason::Deprovisioned };
    let told = [Effect::GuardTripped { deactivated: 3, of: 10 }, ended(third), Effect::SeatHeld { user: third }];
    assert_eq!(rig.last_logged().await.effects, told);
    assert_eq!(rig.standing(&people[0].0).await, GONE, "what was done before it tripped stays done");
    assert_eq!(rig.standing(&people[2].0).await, GONE_WITH_SEAT);
    assert_eq!(rig.get(&format!("/Users/{}", people[2].1)).await.body["active"], false, "set inactive all the same");

    let (fourth, user) = &people[3];
    rig.delete(&format!("/Users/{user}")).await.expect(204);
    let resource = user.parse().unwrap();
    let told = [ended(fourth.user), Effect::SeatHeld { user: fourth.user }, Effect::DeletionHeld { resource }];
    assert_eq!(rig.last_logged().await.effects, told);
    assert_eq!(rig.standing(fourth).await, GONE_WITH_SEAT);
    rig.get(&format!("/Users/{user}")).await.expect(404);
    rig.delete(&format!("/Users/{user}")).await.expect(404);
    assert_eq!(rig.get("/Users").await.body["totalResults"], 9);
    for user in [&people[0].1, &people[1].1, &people[2].1] {
        set_active(&rig, user, false).await;
    }
    assert_eq!(held(&rig).await, HeldCounts { seats: 2, deletions: 1 });
    let raised = warnings(&rig).await;
    assert_eq!(raised.iter().map(|w| w.finding.code.as_ref()).collect::<Vec<_>>(), ["provisioning-mass-deactivation"]);
    assert!(raised[0].finding.text.contains("3 of 10 active people"), "{}", raised[0].finding.text);
    assert_eq!(rig.standing(&people[9].0).await, Standing::UNTOUCHED);
}

#[tokio::test]
async fn what_is_sent_again_is_not_counted_again_and_arrivals_do_not_count() {
    let (rig, people) = harbour().await;
    for _ in 0..4 {
        set_active(&rig, &people[1].1, true).await;
        set_active(&rig, &people[0].1, false).await;
        set_active(&rig, &people[1].1, false).await;
    }
    rig.delete(&format!("/Users/{}", people[0].1)).await.expect(204);
    let mut body = entra_user("late");
    body["active"] = false.into();
    rig.post("/Users", body).await.expect(201);
    assert!(!is_tripped(&rig).await);
    rig.delete(&format!("/Users/{}", people[2].1)).await.expect(204);
    assert!(is_tripped(&rig).await, "the third person, of ten");
    assert_eq!(held(&rig).await, HeldCounts { seats: 1, deletions: 1 });
}

#[tokio::test]
async fn a_share_below_the_limit_does_not_trip_it() {
    let rig = Rig::with(guarded(2)).await;
    let mut users = Vec::new();
    for name in NAMES.iter().chain(&["eva"]) {
        users.push(rig.user(name).await);
    }
    set_active(&rig, &users[0], false).await;
    set_active(&rig, &users[1], false).await;
    assert!(!is_tripped(&rig).await, "two of eleven are less than a fifth");
    set_active(&rig, &users[2], false).await;
    assert!(is_tripped(&rig).await);
}

#[tokio::test]
async fn released_everything_held_is_carried_out() {
    let (rig, people) = harbour().await;
    trip(&rig, &people).await;
    rig.delete(&format!("/Users/{}", people[3].1)).await.expect(204);
    let settled = decide(&rig, Decision::Release).await;
    assert_eq!(settled, Settled { seats_freed: 2, users_deleted: 1, ..Settled::default() });
    assert_eq!((rig.standing(&people[2].0).await, rig.standing(&people[3].0).await), (GONE, GONE));
    assert_eq!(held(&rig).await, HeldCounts::default());
    assert!(!is_tripped(&rig).await);
    let freed = rig.audit().await.into_iter().filter(|r| r.action == "user.seat.free" && r.actor == "an administrator").count();
    assert_eq!(freed, 2);
    set_active(&rig, &people[4].1, false).await;
    assert!(!is_tripped(&rig).await, "it counts anew");
    assert_eq!(rig.standing(&people[4].0).await, GONE);
}

#[tokio::test]
async fn refused_deleted_people_are_back_inactive_with_their_memberships_and_seats_stay() {
    let (rig, people) = harbour().await;
    let user = &people[3].1;
    let (pilots, crew) = (rig.group("Pilots").await, rig.group("Dock Crew").await);
    for group in [&pilots, &crew] {
        let members = json!([{"op": "Add", "path": "members", "value": [{"value": user}]}]);
        rig.patch(&format!("/Groups/{group}"), members).await.expect(204);
    }
    trip(&rig, &people).await;
    rig.delete(&format!("/Users/{user}")).await.expect(204);
    assert!(rig.members(&pilots).await.is_empty(), "out of sight while it is held");
    rig.delete(&format!("/Groups/{crew}")).await.expect(204);
    let settled = decide(&rig, Decision::Refuse).await;
    assert_eq!(settled, Settled { seats_kept: 2, users_restored: 1, ..Settled::default() });
    let back = rig.get(&format!("/Users/{user}")).await.expect(200).body;
    assert_eq!((&back["active"], &back["userName"]), (&false.into(), &upn("bram").into()));
    assert_eq!(rig.members(&pilots).await, [user.as_str()]);
    assert_eq!(rig.standing(&people[3].0).await, GONE_WITH_SEAT, "no session comes back");
    set_active(&rig, user, true).await;
    assert_eq!(rig.standing(&people[3].0).await, GONE_WITH_SEAT);
    assert!(!is_tripped(&rig).await);
}

#[tokio::test]
async fn created_anew_while_held_a_user_inherits_nothing_and_does_not_come_back_twice() {
    let (rig, people) = harbour().await;
    let (person, user) = &people[3];
    let pilots = rig.group("Pilots").await;
    rig.patch(&format!("/Groups/{pilots}"), json!([{"op": "Add", "path": "members", "value": [{"value": user}]}])).await.expect(204);
    trip(&rig, &people).await;
    rig.delete(&format!("/Users/{user}")).await.expect(204);
    let again = rig.user("bram").await;
    assert_ne!(&again, user);
    assert_eq!(rig.last_logged().await.effects, [Effect::SeatFreed { user: person.user }]);
    assert!(rig.members(&pilots).await.is_empty());
    assert_eq!(rig.standing(person).await, GONE);
    assert_eq!(decide(&rig, Decision::Refuse).await, Settled { seats_kept: 1, ..Settled::default() });
    rig.get(&format!("/Users/{user}")).await.expect(404);
    rig.get(&format!("/Users/{again}")).await.expect(200);
}

#[tokio::test]
async fn active_again_while_held_a_person_has_no_seat() {
    let (rig, people) = harbour().await;
    trip(&rig, &people).await;
    let (person, user) = &people[2];
    set_active(&rig, user, true).await;
    assert_eq!(rig.last_logged().await.effects, [Effect::SeatFreed { user: person.user }]);
    assert_eq!(rig.standing(person).await, GONE);
    assert_eq!(held(&rig).await, HeldCounts::default());
    assert!(is_tripped(&rig).await, "until an administrator decides");
    set_active(&rig, user, false).await;
    assert_eq!(rig.last_logged().await.effects.len(), 1, "sessions again; there is no seat to hold");
    assert_eq!(decide(&rig, Decision::Release).await, Settled::default());
}

#[tokio::test]
async fn a_provider_that_is_removed_takes_what_is_held_with_it() {
    let (rig, people) = harbour().await;
    trip(&rig, &people).await;
    rig.delete(&format!("/Users/{}", people[3].1)).await.expect(204);
    let idp = rig.idp;
    rig.store.write(move |tx| tx.remove_idp(&idp)).await.unwrap();
    assert_eq!(held(&rig).await, HeldCounts::default());
    assert!(!is_tripped(&rig).await && warnings(&rig).await.is_empty());
    assert!(rig.standing(&people[2].0).await.seat, "nobody decided");
}
