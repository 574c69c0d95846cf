//! Joining SCIM to sign-in (ruling 23) in both orders, what the registry makes of it, and that nobody is adopted (attack case 49).

use model::{
    Email, ObjectId, SeatId, UserId,
    idp::{
        Authority,
        IdentityUpdateBehavior::{Automatic, NoAction, Reauth},
        IdpConfig, Tenants,
    },
    provisioning_log::Effect,
    registry::{Apart, LinkStrength, RegistryIdentity, Source},
    user::User,
};
use serde_json::{Value, json};

use crate::rig::{NOW, Person, Rig, Standing, entra_user, settings, upn};

const OBJECT_ID: &str = "61503835-b6fe-4630-af88-de551dd59a2a";

fn object_id() -> ObjectId {
    OBJECT_ID.parse().unwrap()
}

/// A user whose `externalId` is the object id.
fn strong(nick: &str) -> Value {
    let mut body = entra_user(nick);
    body["externalId"] = OBJECT_ID.into();
    body["displayName"] = "Mara Oduya".into();
    body
}

async fn identity(rig: &Rig, person: &Person) -> RegistryIdentity {
    let id = person.user;
    rig.store.read(move |reader| reader.registry_identity(&id)).await.unwrap().unwrap()
}

async fn record(rig: &Rig, id: UserId) -> User {
    rig.store.read(move |reader| reader.user(&id)).await.unwrap().unwrap()
}

fn name(identity: &RegistryIdentity) -> &str {
    identity.name.as_ref().unwrap().value.as_str()
}

#[tokio::test]
async fn a_strong_link_joins_in_both_orders_and_automatic_merges() {
    for scim_first in [true, false] {
        let rig = Rig::with(settings(true, true, Automatic)).await;
        let user;
        let person;
        if scim_first {
            user = rig.post("/Users", strong("mara")).await.expect(201).id();
            assert_eq!(rig.last_logged().await.effects, [], "nobody is there yet");
            person = rig.person_with("mara", object_id(), Some(upn("mara.former"))).await;
        } else {
            person = rig.person_with("mara", object_id(), Some(upn("mara.former"))).await;
            user = rig.post("/Users", strong("mara")).await.expect(201).id();
            assert_eq!(rig.last_logged().await.effects, [Effect::IdentityUpdated { user: person.user }]);
        }
        let joined = identity(&rig, &person).await;
        assert_eq!((joined.links.len(), joined.links[0].strength, joined.links[0].apart), (1, LinkStrength::Strong, None));
        assert_eq!((name(&joined), joined.name.as_ref().unwrap().source), ("Mara Oduya", Source::Scim { resource: user.parse().unwrap() }));
        assert_eq!(joined.groups.as_ref().unwrap().source, Source::SignIn, "no group was ever provisioned");
        let before = record(&rig, person.user).await;
        assert_eq!((before.name.as_str(), &before.upn), ("mara", &Some(upn("mara.former"))), "the record of the sign-in is as it was");

        let path = format!("/Users/{user}");
        rig.patch(&path, json!([{"op": "Replace", "path": "title", "value": "Harbour pilot"}])).await.expect(200);
        assert_eq!(rig.last_logged().await.effects, [Effect::IdentityUpdated { user: person.user }]);
        rig.patch(&path, json!([{"op": "Replace", "path": "nickName", "value": "M"}])).await.expect(200);
        assert_eq!(rig.last_logged().await.effects, [], "the registry does not show nicknames");
        let (pilots, night) = (rig.group("Pilots").await, rig.group("Night Pilots").await);
        let add = |id: &str| json!([{"op": "Add", "path": "members", "value": [{"value": id}]}]);
        rig.patch(&format!("/Groups/{night}"), add(&user)).await.expect(204);
        assert_eq!(rig.last_logged().await.effects, [Effect::IdentityUpdated { user: person.user }]);
        rig.patch(&format!("/Groups/{pilots}"), add(&night)).await.expect(204);
        assert_eq!(rig.last_logged().await.effects, [Effect::IdentityUpdated { user: person.user }], "below the group that came");
        let groups = identity(&rig, &person).await.groups.unwrap();
        let names: Vec<_> = groups.value.iter().map(|group| group.name.clone().unwrap()).collect();
        assert_eq!(names, ["Night Pilots", "Pilots"]);
        assert_eq!(rig.standing(&person).await, Standing::UNTOUCHED, "Access goes by the sign-in");
    }
}

#[tokio::test]
async fn a_weak_link_joins_in_both_orders_and_shows_beside_only() {
    for scim_first in [true, false] {
        let rig = Rig::with(settings(true, true, Automatic)).await;
        let (person, user) = if scim_first {
            let user = rig.user("ilo").await;
            (rig.person("ilo").await, user)
        } else {
            let person = rig.person("ilo").await;
            (person, rig.user("ilo").await)
        };
        rig.patch(&format!("/Users/{user}"), json!([{"op": "Replace", "path": "displayName", "value": "Director"}])).await.expect(200);
        assert_eq!(rig.last_logged().await.effects, []);
        let joined = identity(&rig, &person).await;
        assert_eq!((joined.links[0].strength, joined.links[0].apart), (LinkStrength::Weak, Some(Apart::WeakLink)));
        assert_eq!((name(&joined), joined.links[0].facts.name.as_deref()), ("ilo", Some("Director")));
        rig.patch(&format!("/Users/{user}"), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
        assert_eq!(rig.standing(&person).await, Standing { sessions: 0, seat: false, generation: 1 }, "it revokes");
        assert_eq!(identity(&rig, &person).await.active.map(|fact| fact.value), Some(false));
    }
}

#[tokio::test]
async fn reauth_and_no_action_merge_nothing_and_a_change_of_attributes_forces_no_sign_in() {
    for behavior in [Reauth, NoAction] {
        let rig = Rig::with(settings(true, true, behavior)).await;
        let person = rig.person_with("mara", object_id(), Some(upn("mara"))).await;
        let user = rig.post("/Users", strong("mara")).await.expect(201).id();
        rig.patch(&format!("/Users/{user}"), json!([{"op": "Replace", "path": "title", "value": "Pilot"}])).await.expect(200);
        assert_eq!(rig.last_logged().await.effects, []);
        let joined = identity(&rig, &person).await;
        assert_eq!((name(&joined), joined.links[0].apart), ("mara", Some(Apart::Behavior)));
        assert_eq!(rig.standing(&person).await, Standing::UNTOUCHED);
    }
}

#[tokio::test]
async fn two_people_behind_one_user_are_a_conflict_and_both_are_out_with_it() {
    let rig = Rig::with(settings(true, true, Automatic)).await;
    let sure = rig.person_with("mara", object_id(), Some(upn("mara"))).await;
    let namesake = rig.person("ilo").await;
    let mut body = strong("ilo");
    body["title"] = "Pilot".into();
    let user = rig.post("/Users", body).await.expect(201).id();
    let Effect::LinkConflict { users } = &rig.last_logged().await.effects[0] else { panic!("no conflict was told") };
    assert!(users.len() == 2 && users.contains(&sure.user) && users.contains(&namesake.user));
    for person in [&sure, &namesake] {
        let joined = identity(&rig, person).await;
        assert!(joined.is_in_conflict());
        assert!(["mara", "ilo"].contains(&name(&joined)), "nothing is merged");
    }
    rig.patch(&format!("/Users/{user}"), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
    for person in [&sure, &namesake] {
        assert_eq!(rig.standing(person).await, Standing { sessions: 0, seat: false, generation: 1 });
    }
}

#[tokio::test]
async fn two_users_behind_one_person_are_a_conflict_and_either_revokes() {
    let rig = Rig::with(settings(true, false, Automatic)).await;
    let person = rig.person_with("mara", object_id(), Some(upn("mara"))).await;
    rig.post("/Users", strong("mara.oduya")).await.expect(201);
    assert_eq!(name(&identity(&rig, &person).await), "Mara Oduya");
    let second = rig.user("mara").await;
    assert_eq!(rig.last_logged().await.effects, [Effect::LinkConflict { users: vec![person.user] }]);
    let joined = identity(&rig, &person).await;
    assert_eq!((name(&joined), joined.links.len(), joined.is_in_conflict()), ("mara", 2, true));
    rig.patch(&format!("/Users/{second}"), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
    assert_eq!(rig.standing(&person).await.sessions, 0);
    assert_eq!(identity(&rig, &person).await.active.map(|fact| fact.value), Some(false));
}

#[tokio::test]
async fn nobody_is_adopted_by_mail_or_user_name_and_no_record_is_rewritten() {
    for behavior in [Automatic, Reauth, NoAction] {
        let rig = Rig::with(settings(true, true, behavior)).await;
        let admin = rig.person("admin").await;
        let local = User {
            id: UserId::random(),
            key: None,
            email: upn("local").parse().unwrap(),
            upn: None,
            name: "Local".into(),
            seat_id: SeatId::random(),
            access_seat: false,
            generation: 0,
            last_successful_login: None,
            created_at: NOW,
            updated_at: NOW,
        };
        let entry = local.clone();
        rig.store.write(move |tx| tx.put_user(&entry)).await.unwrap();
        let before = record(&rig, admin.user).await;
        for (user_name, mail) in [("admin", "attacker"), ("local", "attacker"), ("attacker", "admin"), ("other", "local")] {
            let mut body = entra_user(user_name);
            body["emails"][0]["value"] = upn(mail).into();
            body["displayName"] = "Attacker".into();
            body["roles"] = json!([{"value": "admin", "primary": true}]);
            rig.post("/Users", body).await.expect(201);
            assert!(rig.last_logged().await.effects.is_empty(), "{user_name} {mail}");
        }
        assert_eq!((record(&rig, admin.user).await, record(&rig, local.id).await), (before, local));
        assert_eq!(rig.standing(&admin).await, Standing::UNTOUCHED);
        let shown = identity(&rig, &admin).await;
        assert_eq!((name(&shown), &shown.email.as_ref().unwrap().value), ("admin", &upn("admin").parse::<Email>().unwrap()));
    }
}

#[tokio::test]
async fn created_anew_under_the_same_upn_nothing_is_inherited() {
    let rig = Rig::with(settings(true, true, Automatic)).await;
    let person = rig.person_with("mara", object_id(), Some(upn("mara"))).await;
    let former = rig.post("/Users", strong("mara")).await.expect(201).id();
    let group = rig.group("Pilots").await;
    rig.patch(&format!("/Groups/{group}"), json!([{"op": "Add", "path": "members", "value": [{"value": former}]}])).await.expect(204);
    rig.delete(&format!("/Users/{former}")).await.expect(204);
    let gone = Standing { sessions: 0, seat: false, generation: 1 };
    assert_eq!(rig.standing(&person).await, gone);
    assert_eq!(identity(&rig, &person).await.links, []);
    // The same name, another directory object: somebody else.
    let mut body = entra_user("mara");
    body["externalId"] = uuid::Uuid::new_v4().to_string().into();
    body["displayName"] = "Another Mara".into();
    let user = rig.post("/Users", body).await.expect(201).id();
    assert_ne!(user, former);
    assert!(rig.members(&group).await.is_empty());
    assert_eq!(rig.standing(&person).await, gone);
    let shown = identity(&rig, &person).await;
    assert_eq!((name(&shown), shown.links[0].apart), ("mara", Some(Apart::WeakLink)), "no fact of the new user is the former person's");
}

#[tokio::test]
async fn people_of_every_tenant_that_the_provider_lets_in_are_out_with_their_user() {
    let rig = Rig::with(settings(true, true, Automatic)).await;
    let other: ObjectId = "0b7c9e51-3a6d-4a59-8f0e-5d2c1e7a9b40".parse().unwrap();
    let idp = rig.idp;
    let allowed = rig.store.write(move |tx| {
        let mut provider = tx.idp(&idp)?.unwrap();
        let IdpConfig::Entra(settings) = &mut provider.config else { unreachable!() };
        settings.own.tenants = Some(Tenants { authority: Authority::Organizations, allowed: vec![other] });
        tx.put_idp(&provider)
    });
    allowed.await.unwrap();
    let weak = rig.person_of(&other.to_string(), "ilo", "1f6a5b0c-94a1-4a78-b5b5-7e0e4c5d6f70".parse().unwrap(), Some(upn("ilo"))).await;
    let strongly = rig.person_of(&other.to_string(), "mara", object_id(), None).await;
    let stranger = rig.person_of("5e2f8d10-7c3b-4e6a-9d21-8a4b6c7d0e1f", "tessa", object_id(), Some(upn("ilo"))).await;
    for body in [entra_user("ilo"), strong("mara")] {
        let user = rig.post("/Users", body).await.expect(201).id();
        rig.patch(&format!("/Users/{user}"), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
    }
    for person in [&weak, &strongly] {
        assert_eq!(rig.standing(person).await, Standing { sessions: 0, seat: false, generation: 1 });
    }
    assert_eq!(rig.standing(&stranger).await, Standing::UNTOUCHED, "no tenant of this provider");
}
