//! The guard against mass deactivation over the API: seen, released, refused.

use model::{
    IdpId, ScimId,
    finding::Finding,
    provisioned::{Provisioned, ResourceKind},
    provisioning_guard::Tripped,
    warning::Subject,
};
use serde_json::{Value, json};

use crate::world::World;

fn user(idp: IdpId, world: &World) -> Provisioned {
    Provisioned {
        id: ScimId::random(),
        idp,
        kind: ResourceKind::User,
        external_id: Some("ilo".into()),
        user_name: Some("ilo@harbourworks.example".into()),
        display_name: None,
        email: None,
        active: true,
        document: json!({ "userName": "ilo@harbourworks.example", "active": true }),
        created_at: world.now(),
        updated_at: world.now(),
    }
}

/// A tripped guard that holds Mara's seat and Ilo's deletion; the path, Mara's id and Ilo's user.
async fn tripped(world: &World) -> (String, String, Provisioned) {
    let idp = world.entra().await;
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let provider: IdpId = idp.parse().unwrap();
    let (person, ilo, at) = (mara.parse().unwrap(), user(provider, world), world.now());
    let held = ilo.clone();
    let seated = world.store.write(move |tx| {
        let mut seated = tx.user(&person)?.unwrap();
        seated.access_seat = true;
        tx.put_user(&seated)?;
        tx.trip_guard(&provider, &Tripped { at, deactivated: 12, of: 40 })?;
        tx.raise_warning(Subject::IdentityProvider(provider), Finding::warning("provisioning-mass-deactivation", "x", "y"))?;
        tx.hold_seat(&provider, &ScimId::random(), &person)?;
        tx.put_provisioned(&held)?;
        tx.hold_deletion(&held)
    });
    seated.await.unwrap();
    (format!("~/doorward/identity_providers/{idp}/scim/guard"), mara, ilo)
}

async fn seat(world: &World, user: &str) -> Value {
    world.get(&format!("~/access/users/{user}")).await["access_seat"].clone()
}

#[tokio::test]
async fn a_guard_that_watches_shows_its_settings_and_has_nothing_to_decide() {
    let world = World::start().await;
    let path = format!("~/doorward/identity_providers/{}/scim/guard", world.entra().await);
    let shown = world.get(&path).await;
    assert_eq!((&shown["state"], &shown["tripped"]), (&json!("watching"), &Value::Null));
    assert_eq!((&shown["share_percent"], &shown["at_least"], &shown["window_secs"]), (&json!(20), &json!(10), &json!(3600)));
    assert_eq!(shown["held"], json!({ "seats": 0, "deletions": 0, "oldest": [] }));
    for decision in ["release", "refuse"] {
        world.call("POST", &format!("{path}/{decision}"), None).await.bad(409);
    }
    let nobody = "~/doorward/identity_providers/86666835-06aa-4d90-8bbd-5a74ac4edf68/scim/guard";
    for (verb, path) in [("GET", nobody.to_owned()), ("POST", format!("{nobody}/release")), ("POST", format!("{nobody}/refuse"))] {
        world.call(verb, &path, None).await.bad(404);
    }
}

#[tokio::test]
async fn released_the_seat_is_freed_and_the_user_gone_for_good() {
    let world = World::start().await;
    let (path, mara, _) = tripped(&world).await;
    let shown = world.get(&path).await;
    assert_eq!((&shown["state"], &shown["tripped"]["deactivated"], &shown["tripped"]["of"]), (&json!("tripped"), &json!(12), &json!(40)));
    let kinds: Vec<&str> = shown["held"]["oldest"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert!(kinds.len() == 2 && kinds.contains(&"seat") && kinds.contains(&"deletion"), "{shown:#}");
    assert_eq!(seat(&world, &mara).await, true);
    let settled = world.call("POST", &format!("{path}/release"), None).await.good(200);
    assert_eq!(settled, json!({ "decision": "release", "seats_freed": 1, "users_deleted": 1 }));
    assert_eq!(seat(&world, &mara).await, false);
    assert_eq!(world.get(&path).await["state"], "watching");
    assert_eq!(world.get("~/doorward/warnings").await, json!([]));
    world.call("POST", &format!("{path}/refuse"), None).await.bad(409);
}

#[tokio::test]
async fn refused_the_seat_stays_and_the_user_is_back_inactive() {
    let world = World::start().await;
    let (path, mara, ilo) = tripped(&world).await;
    let settled = world.call("POST", &format!("{path}/refuse"), None).await.good(200);
    assert_eq!(settled, json!({ "decision": "refuse", "seats_kept": 1, "users_restored": 1, "users_not_restored": [] }));
    assert_eq!(seat(&world, &mara).await, true);
    let back = world.store.read(move |reader| reader.provisioned(&ilo.idp, ResourceKind::User, &ilo.id)).await.unwrap().unwrap();
    assert_eq!((back.active, &back.document["active"]), (false, &json!(false)));
    let audited = world.store.read(|reader| reader.list_audit(store::Page { page: 1, per_page: 5 })).await.unwrap().items;
    assert_eq!(audited[0].action, "scim_guard.refuse");
    assert!(audited[0].actor.starts_with("api-token:"), "{}", audited[0].actor);
}
