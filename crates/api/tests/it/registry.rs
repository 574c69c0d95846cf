//! The registry of people: facts with their sources, what is provisioned, devices, and what was provisioned by its keys.

use std::{collections::HashMap, sync::Arc};

use model::{
    ScimId, UserId,
    idp::{IdentityProvider, IdentityUpdateBehavior, ScimSettings},
    posture::ComplianceStatus,
    provisioned::{Provisioned, ResourceKind},
    readings::{Reading, Readings},
    session::RevokeReason,
    user::User,
};
use serde_json::{Value, json};

use crate::world::World;

const PEOPLE: &str = "~/doorward/users";
/// The tenant of the house's provider.
const TENANT: &str = "9d1f3a52-7c9e-4d3a-8b7d-5d2f7f0a3e64";

/// Provisions a user or a group through the provider; its id.
async fn provision(world: &World, idp: &str, kind: ResourceKind, name: &str, external_id: Option<&str>) -> ScimId {
    let person = kind == ResourceKind::User;
    let resource = Provisioned {
        id: ScimId::random(),
        idp: idp.parse().unwrap(),
        kind,
        external_id: external_id.map(str::to_owned),
        user_name: person.then(|| name.to_owned()),
        display_name: Some(if person { "Mara Quay".to_owned() } else { name.to_owned() }),
        email: person.then(|| name.to_owned()),
        active: true,
        document: json!({ "title": "Pilot" }),
        created_at: world.now(),
        updated_at: world.now(),
    };
    let id = resource.id;
    world.store.write(move |tx| tx.put_provisioned(&resource)).await.unwrap();
    id
}

/// Switches provisioning on, with identities that follow it.
async fn automatic(world: &World, idp: &str) {
    let id = idp.parse().unwrap();
    let switched = world.store.write(move |tx| {
        let before: IdentityProvider = tx.idp(&id)?.unwrap();
        let scim = ScimSettings { enabled: true, identity_update_behavior: IdentityUpdateBehavior::Automatic, ..before.scim.clone() };
        tx.put_idp(&IdentityProvider { scim, ..before })
    });
    switched.await.unwrap();
}

/// Gives somebody who signed in the key that this provider's directory gives its people.
async fn of_the_tenant(world: &World, user: &str, object_id: &str) {
    let (id, subject): (UserId, String) = (user.parse().unwrap(), object_id.to_owned());
    let keyed = world.store.write(move |tx| {
        let before = tx.user(&id)?.unwrap();
        let key = model::identity::SubjectKey { issuer: TENANT.into(), subject };
        tx.put_user(&User { key: Some(key), ..before })
    });
    keyed.await.unwrap();
}

#[tokio::test]
async fn each_fact_has_its_source_and_age_and_a_link_its_strength() {
    const OBJECT: &str = "0b8f7c1a-2c48-4f6d-9a55-71c0de8840aa";
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, nonce) = world.signed_in("mara@harbourworks.example", &idp).await;
    let path = format!("{PEOPLE}/{mara}");
    of_the_tenant(&world, &mara, OBJECT).await;
    let alone = world.get(&path).await;
    assert_eq!((&alone["link"], &alone["links"], &alone["active"]), (&json!("none"), &json!([]), &json!(null)));
    assert_eq!((&alone["identity"]["name"]["value"], &alone["identity"]["name"]["source"]), (&json!("Mara"), &json!("sign_in")));
    assert_eq!((&alone["last_seen"], &alone["access_seat"]), (&json!(world.now().rfc3339()), &json!(true)));
    assert_eq!((&alone["groups"]["state"], &alone["groups"]["list"][0]["name_from"]), (&json!("known"), &json!("sign_in")));
    assert_eq!((&alone["sessions"][0]["nonce"], &alone["identity_provider"]["id"]), (&json!(nonce), &json!(idp)));

    automatic(&world, &idp).await;
    let weak = provision(&world, &idp, ResourceKind::User, "mara@harbourworks.example", Some("mara")).await;
    let beside = world.get(&path).await;
    assert_eq!((&beside["link"], &beside["links"][0]["apart_because"]), (&json!("weak"), &json!("weak_link")));
    assert_eq!(beside["identity"]["name"]["value"], "Mara", "a weak link merges nothing");
    let provider = idp.parse().unwrap();
    world.store.write(move |tx| tx.remove_provisioned(&provider, ResourceKind::User, &weak)).await.unwrap();

    let strong = provision(&world, &idp, ResourceKind::User, "mara@harbourworks.example", Some(OBJECT)).await;
    world.pass(60);
    let merged = world.get(&path).await;
    let name = json!({ "value": "Mara Quay", "source": "scim", "resource": strong.to_string(), "at": merged["links"][0]["at"], "age_seconds": 60 });
    assert_eq!((&merged["link"], &merged["links"][0]["merged"], &merged["identity"]["name"]), (&json!("strong"), &json!(true), &name));
    assert_eq!(merged["identity"]["title"]["value"], "Pilot");

    provision(&world, &idp, ResourceKind::User, "mara2@harbourworks.example", Some(OBJECT)).await;
    let torn = world.get(&path).await;
    assert_eq!((&torn["link"], &torn["conflict"], &torn["links"][1]["conflict"]), (&json!("conflict"), &json!(true), &json!(true)));
    assert_eq!(torn["identity"]["name"]["source"], "sign_in", "what is in conflict merges nothing");

    let user: UserId = mara.parse().unwrap();
    world.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Deprovisioned)).await.unwrap();
    let out = world.get(&path).await;
    assert_eq!((&out["sessions"], &out["revocations"]["sessions"][0]["why"]), (&json!([]), &json!("deprovisioned")));
    assert_eq!(out["revocations"]["sessions"][0]["nonce"], json!(nonce));
    world.call("GET", &format!("{PEOPLE}/{}", UserId::random()), None).await.bad(404);
}

#[tokio::test]
async fn devices_are_those_of_the_readings_that_count() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let user: UserId = mara.parse().unwrap();
    let key = world.store.read(move |r| r.user(&user)).await.unwrap().unwrap().key.unwrap();
    let count = async || world.get(&format!("~/access/users/{mara}")).await["active_device_count"].clone();
    assert_eq!(count().await, 0);
    let integration = "11111111-2222-4333-8444-555555555555".parse().unwrap();
    let reading = |issuer: &str| Reading {
        issuer: issuer.to_owned(),
        people: HashMap::from([(key.subject.clone(), vec![ComplianceStatus::Compliant, ComplianceStatus::NonCompliant])]),
        at: world.now(),
        good_until: world.now().plus_secs(1800),
    };
    let polled = |issuer: &str| Arc::new(Readings { devices: [(integration, Arc::new(reading(issuer)))].into(), ..Readings::default() });
    *world.readings.lock().unwrap() = polled("another directory");
    assert_eq!(count().await, 0);
    *world.readings.lock().unwrap() = polled(&key.issuer);
    assert_eq!(count().await, 2);
    let devices = world.get(&format!("{PEOPLE}/{mara}")).await["devices"].clone();
    assert_eq!((&devices[0]["compliance"], &devices[0]["counts"]), (&json!(["compliant", "noncompliant"]), &json!(true)));
    world.pass(1800);
    assert_eq!(count().await, 0, "what was read too long ago is not known");
    assert_eq!(world.get(&format!("{PEOPLE}/{mara}")).await["devices"][0]["counts"], false);
}

#[tokio::test]
async fn people_are_listed_by_what_they_hold_and_are_called() {
    let world = World::start().await;
    let idp = world.entra().await;
    for name in ["mara", "ilo", "tessa"] {
        world.signed_in(&format!("{name}@harbourworks.example"), &idp).await;
        world.pass(1);
    }
    world.post("~/access/users", json!({ "email": "bram@harbourworks.example", "name": "Bram" })).await;
    let listed = async |query: &str| -> Vec<String> {
        let found = world.get(&format!("{PEOPLE}?{query}")).await;
        found.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().split('@').next().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("").await, ["mara", "ilo", "tessa", "bram"]);
    assert_eq!(listed("seat=true&per_page=2&page=2").await, ["tessa"]);
    assert_eq!(listed("seat=false").await, ["bram"]);
    assert_eq!(listed("search=IL").await, ["ilo"]);
    assert_eq!(listed("email=Tessa@harbourworks.example").await, ["tessa"]);
    assert_eq!(listed("name=bram&seat=true").await, Vec::<String>::new());
    world.call("GET", &format!("{PEOPLE}?seat=perhaps"), None).await.bad(400);
    let bram = world.get(&format!("{PEOPLE}?name=Bram")).await[0].clone();
    let expected = (&json!(null), &json!(null), &json!("none"), &json!(null));
    assert_eq!((&bram["last_seen"], &bram["identity_provider"], &bram["link"], &bram["active"]), expected);
}

#[tokio::test]
async fn somebody_removed_who_returns_is_somebody_new() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, nonce) = world.signed_in("mara@harbourworks.example", &idp).await;
    let seats = async || world.get("~/doorward/organization/options").await["seats_used"].clone();
    assert_eq!(seats().await, 1);
    assert_eq!(world.call("DELETE", &format!("~/access/users/{mara}"), None).await.good(202), Value::Null);
    assert_eq!(seats().await, 0);
    let nonce: model::Nonce = nonce.parse().unwrap();
    assert_eq!(world.store.read(move |r| r.session(&nonce)).await.unwrap(), None, "their session is gone");
    let (again, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    assert_ne!(again, mara);
    assert_eq!(world.get("~/access/users").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_provisioned_is_found_by_each_of_its_keys() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, ilo) = ("mara@harbourworks.example", "ilo@harbourworks.example");
    let first = provision(&world, &idp, ResourceKind::User, mara, Some("m-1")).await;
    world.pass(1);
    let second = provision(&world, &idp, ResourceKind::User, ilo, Some("i-1")).await;
    let pilots = provision(&world, &idp, ResourceKind::Group, "Pilots", Some("g-1")).await;
    let found = async |kind: &str, query: &str| -> Vec<String> {
        let found = world.get(&format!("~/access/identity_providers/{idp}/scim/{kind}?{query}")).await;
        found.as_array().unwrap().iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second, pilots) = (first.to_string(), second.to_string(), pilots.to_string());
    assert_eq!(found("users", &format!("email={}", mara.to_uppercase())).await, [first.as_str()]);
    assert_eq!(found("users", "username=ILO@harbourworks.example").await, [second.as_str()]);
    assert_eq!(found("users", "idp_resource_id=I-1&idp_resource_id=m-1").await, [first.as_str(), second.as_str()]);
    assert_eq!(found("users", &format!("cf_resource_id={second}&cf_resource_id={first}&per_page=1&page=2")).await, [second.as_str()]);
    assert_eq!(found("users", "name=mara%20quay").await, [first.as_str(), second.as_str()], "both are called so");
    assert_eq!(found("users", "name=mara%20quay&idp_resource_id=i-1").await, [second.as_str()]);
    assert_eq!(found("users", "name=Pilots").await, Vec::<String>::new());
    assert_eq!(found("groups", "name=pilots").await, [pilots.as_str()]);
    assert_eq!(found("groups", &format!("cf_resource_id={pilots}&idp_resource_id=other")).await, Vec::<String>::new());
    assert_eq!(found("groups", &format!("cf_resource_id={first}")).await, Vec::<String>::new(), "a user is no group");
}

#[tokio::test]
async fn a_group_that_a_sign_in_told_by_its_id_alone_is_named_by_what_is_provisioned() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let user: UserId = mara.parse().unwrap();
    let unnamed = world.store.write(move |tx| {
        let (session, mut identity) = tx.sessions_of(&user, tx.now())?.remove(0);
        if let model::identity::Groups::Known { list, .. } = &mut identity.groups {
            list.iter_mut().for_each(|group| group.name = None);
        }
        let nonce = model::Nonce::from_indexes([5; 16]);
        tx.start_session(&model::session::Session { nonce, ..session }, &identity)
    });
    unnamed.await.unwrap();
    let group = async || world.get(&format!("{PEOPLE}/{mara}")).await["groups"]["list"][0].clone();
    assert_eq!((&group().await["name"], &group().await["name_from"]), (&json!(null), &json!(null)));
    provision(&world, &idp, ResourceKind::Group, "Pilots", Some("61503835-b6fe-4630-af88-de551dd59a2a")).await;
    assert_eq!((&group().await["name"], &group().await["name_from"]), (&json!("Pilots"), &json!("scim")));
}
