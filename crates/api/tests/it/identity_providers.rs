//! Providers: the example of the documents, the secret's life, SCIM settings, what was provisioned.

use model::{
    ScimId, UserId,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::{Value, json};

use crate::world::{World, entra_body, id, timeless};

const IDPS: &str = "~/access/identity_providers";

async fn stored_secret(world: &World, idp: &str) -> String {
    world.store.snapshot().idp_credentials[&idp.parse().unwrap()].secret.as_ref().unwrap().expose().to_owned()
}

#[tokio::test]
async fn the_documents_example_makes_a_provider_and_a_put_of_its_get_with_a_prompt_keeps_the_secret() {
    let world = World::start().await;
    let made = world.post(IDPS, entra_body()).await;
    let path = format!("{IDPS}/{}", id(&made));
    assert_eq!(made["config"]["redirect_url"], "https://team.localhost:8443/cdn-cgi/access/callback");
    assert_eq!(made["config"]["pkce_enabled"], false);

    let mut body = world.get(&path).await;
    assert_eq!(body, made);
    assert!(!body.to_string().contains("q3H8Q"), "the secret is shown");
    world.pass(60);
    let same = world.put(&path, body.clone()).await;
    assert_eq!(timeless(same), timeless(made));

    body["config"]["prompt"] = json!("select_account");
    let changed = world.put(&path, body).await;
    assert_eq!(changed["config"]["prompt"], "select_account");
    assert_eq!(changed["config"]["support_groups"], true);
    assert_eq!(stored_secret(&world, &id(&changed)).await, "q3H8Q~vX1ZsbLr0nE_harbour");
}

#[tokio::test]
async fn every_setting_of_the_azure_ad_type_is_stored_and_returned() {
    let world = World::start().await;
    let mut body = entra_body();
    for (key, value) in [
        ("pkce_enabled", json!(true)),
        ("conditional_access_enabled", json!(true)),
        ("email_claim_name", json!("preferred_username")),
        ("claims", json!(["team", "department"])),
        ("prompt", json!("login")),
    ] {
        body["config"][key] = value;
    }
    let made = world.post(IDPS, body.clone()).await;
    for (key, value) in body["config"].as_object().unwrap() {
        if key != "client_secret" {
            assert_eq!(&made["config"][key], value, "{key}");
        }
    }
    body["config"]["prompt"] = Value::Null;
    body["config"].as_object_mut().unwrap().remove("claims");
    let less = world.put(&format!("{IDPS}/{}", id(&made)), body).await;
    assert_eq!(less["config"]["prompt"], Value::Null);
    assert_eq!(less["config"]["claims"], json!([]));
}

#[tokio::test]
async fn all_faults_of_a_body_come_in_one_answer_with_their_pointers() {
    let world = World::start().await;
    let body = json!({
        "name": "",
        "type": "okta",
        "colour": "red",
        "config": {
            "client_id": 7,
            "directory_id": "harbourworks.example",
            "client_secret": "3f1c9a52-0c9e-4d3a-8b7d-5d2f7f0a3e64",
            "prompt": "always",
            "support_groups": "yes",
            "tenant": "x"
        },
        "scim_config": { "seat_deprovision": true, "identity_update_behavior": "sometimes" }
    });
    let reply = world.call("POST", IDPS, Some(body)).await;
    let mut pointers = reply.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/colour",
            "/config/client_id",
            "/config/client_secret",
            "/config/directory_id",
            "/config/prompt",
            "/config/support_groups",
            "/config/tenant",
            "/name",
            "/scim_config/identity_update_behavior",
            "/scim_config/seat_deprovision",
            "/type",
        ]
    );
    let texts = reply.body["errors"].to_string();
    assert!(texts.contains("Secret ID") && texts.contains("Value"), "{texts}");
    assert!(texts.contains("not supported yet"), "{texts}");
}

#[tokio::test]
async fn a_new_client_or_tenant_needs_its_secret_and_a_masked_one_counts_as_unchanged() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = format!("{IDPS}/{idp}");
    let mut body = world.get(&path).await;
    body["config"]["client_secret"] = json!("**********");
    world.put(&path, body.clone()).await;
    assert_eq!(stored_secret(&world, &idp).await, "q3H8Q~vX1ZsbLr0nE_harbour");

    body["config"]["client_id"] = json!("another-client");
    let refused = world.call("PUT", &path, Some(body.clone())).await;
    assert_eq!(refused.pointers(), ["/config/client_secret"]);
    body["config"]["client_secret"] = json!("fresh~secret");
    let changed = world.put(&path, body.clone()).await;
    assert_eq!(changed["config"]["client_id"], "another-client");
    assert_eq!(stored_secret(&world, &idp).await, "fresh~secret");

    body["config"].as_object_mut().unwrap().remove("client_secret");
    body["config"]["directory_id"] = json!("11111111-7c9e-4d3a-8b7d-5d2f7f0a3e64");
    assert_eq!(world.call("PUT", &path, Some(body)).await.pointers(), ["/config/client_secret"]);
    let without = world.call("POST", IDPS, Some(world.get(&path).await)).await;
    assert_eq!(without.pointers(), ["/config/client_secret"]);
}

#[tokio::test]
async fn the_scim_secret_is_shown_when_first_enabled_and_when_regenerated_only() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = format!("{IDPS}/{idp}");
    let off = world.call("POST", &format!("{path}/refresh_scim_secret"), None).await;
    assert_eq!(off.status, 400);

    let mut body = world.get(&path).await;
    body["scim_config"] = json!({ "enabled": true, "user_deprovision": true, "seat_deprovision": true, "group_member_deprovision": true });
    let on = world.put(&path, body.clone()).await;
    let secret = on["scim_config"]["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("dws_"), "{secret}");
    assert_eq!(on["scim_config"]["scim_base_url"], format!("https://team.localhost:8443/populations/{idp}/scim/v2"));
    assert_eq!(on["scim_config"]["identity_update_behavior"], "reauth");
    assert_eq!(on["scim_config"].get("group_member_deprovision"), None);

    let echoed = world.put(&path, on.clone()).await;
    assert_eq!(echoed["scim_config"].get("secret"), None);
    let snapshot = world.store.snapshot();
    let hash = snapshot.idps[&idp.parse().unwrap()].scim.secret_hash.clone().unwrap();
    assert!(world.store.sealer().matches(store::Purpose::ScimSecret, &secret, &hash));

    let fresh = world.call("POST", &format!("{path}/refresh_scim_secret"), None).await.good(200);
    let fresh = fresh["scim_config"]["secret"].as_str().unwrap();
    assert_ne!(fresh, secret);
    let hash = world.store.snapshot().idps[&idp.parse().unwrap()].scim.secret_hash.clone().unwrap();
    assert!(world.store.sealer().matches(store::Purpose::ScimSecret, fresh, &hash));
    assert!(!world.store.sealer().matches(store::Purpose::ScimSecret, &secret, &hash));

    body.as_object_mut().unwrap().remove("scim_config");
    let kept = world.put(&path, body).await;
    assert_eq!(kept["scim_config"]["enabled"], true, "a PUT without scim_config must not end provisioning");
    let listed = world.get(&format!("{IDPS}?scim_enabled=true")).await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_provider_in_use_stays_and_one_that_goes_takes_its_sessions_with_it() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (user, nonce) = world.signed_in("mara@harbourworks.example", &idp).await;
    let group = json!({ "name": "Pilots", "include": [{ "login_method": { "id": idp } }] });
    let group = id(&world.post("~/access/groups", group).await);
    let refused = world.call("DELETE", &format!("{IDPS}/{idp}"), None).await;
    refused.bad(409);
    assert_eq!(refused.headers.get("x-should-retry").unwrap(), "false");
    assert!(refused.text().contains("Pilots"), "{}", refused.text());

    world.call("DELETE", &format!("~/access/groups/{group}"), None).await.good(202);
    let gone = world.call("DELETE", &format!("{IDPS}/{idp}"), None).await.good(202);
    assert_eq!(gone, json!({ "id": idp }));
    world.call("GET", &format!("{IDPS}/{idp}"), None).await.bad(404);
    let session = world.get(&format!("~/access/users/{user}/active_sessions/{nonce}")).await;
    assert_eq!(session["isActive"], false);
}

#[tokio::test]
async fn people_of_the_former_directory_are_signed_out_when_a_provider_gets_another_one() {
    let world = World::start().await;
    let (idp, other) = (world.entra().await, world.entra().await);
    let path = format!("{IDPS}/{idp}");
    let (mara, hers) = world.signed_in("mara@harbourworks.example", &idp).await;
    let (ilo, his) = world.signed_in("ilo@harbourworks.example", &other).await;
    let active =
        async |user: &str, nonce: &str| world.get(&format!("~/access/users/{user}/active_sessions/{nonce}")).await["isActive"].clone();
    let mut body = world.get(&path).await;
    body["config"]["client_id"] = json!("another-registration");
    body["config"]["client_secret"] = json!("n3w~Secret");
    world.put(&path, body.clone()).await;
    assert_eq!(active(&mara, &hers).await, true, "another registration of the same directory");
    body["config"]["directory_id"] = json!("61503835-b6fe-4630-af88-de551dd59a2a");
    world.put(&path, body).await;
    assert_eq!((active(&mara, &hers).await, active(&ilo, &his).await), (json!(false), json!(true)));

    let cloud = json!({ "login_url": "https://login.microsoftonline.us", "graph_url": "https://graph.microsoft.us", "client_secret": "n3w~Secret" });
    world.put(&format!("~/doorward/identity_providers/{other}/cloud"), cloud).await;
    assert_eq!(active(&ilo, &his).await, false, "another cloud is another directory");
}

#[tokio::test]
async fn whom_provisioning_has_as_inactive_is_signed_out_when_that_begins_to_count() {
    let switches = |enabled: bool, user_deprovision: bool| json!({ "enabled": enabled, "user_deprovision": user_deprovision });
    for (held, before) in [(false, switches(false, true)), (false, switches(true, false)), (true, switches(true, false))] {
        let world = World::start().await;
        let idp = world.entra().await;
        let path = format!("{IDPS}/{idp}");
        let mut body = world.get(&path).await;
        body["scim_config"] = before;
        world.put(&path, body.clone()).await;
        let (mara, hers) = world.signed_in("mara@harbourworks.example", &idp).await;
        let (ilo, his) = world.signed_in("ilo@harbourworks.example", &idp).await;
        let (provider, now) = (idp.parse().unwrap(), world.now());
        let people: Vec<UserId> = [&mara, &ilo].map(|id| id.parse().unwrap()).into();
        let user = |name: &str, active: bool| Provisioned {
            id: ScimId::random(),
            idp: provider,
            kind: ResourceKind::User,
            external_id: Some(name.into()),
            user_name: Some(format!("{name}@harbourworks.example")),
            display_name: None,
            email: None,
            active,
            document: json!({ "active": active }),
            created_at: now,
            updated_at: now,
        };
        let users = [user("mara", held), user("ilo", true)];
        let told = world.store.write(move |tx| {
            for person in people {
                let mut person = tx.user(&person)?.unwrap();
                person.key.as_mut().unwrap().issuer = "9d1f3a52-7c9e-4d3a-8b7d-5d2f7f0a3e64".into();
                tx.put_user(&person)?;
            }
            users.iter().try_for_each(|user| tx.put_provisioned(user))?;
            if held { tx.hold_deletion(&users[0]) } else { Ok(()) }
        });
        told.await.unwrap();
        let active =
            async |user: &str, nonce: &str| world.get(&format!("~/access/users/{user}/active_sessions/{nonce}")).await["isActive"].clone();
        world.put(&path, body.clone()).await;
        assert_eq!(active(&mara, &hers).await, true, "it does not count yet");
        body["scim_config"] = switches(true, true);
        world.put(&path, body.clone()).await;
        assert_eq!((active(&mara, &hers).await, active(&ilo, &his).await), (json!(false), json!(true)), "{held}");
    }
}

#[tokio::test]
async fn what_was_provisioned_is_listed_with_filters_and_pages() {
    let world = World::start().await;
    let idp = world.entra().await;
    let now = world.now();
    for (i, name) in ["mara", "ilo", "tessa"].into_iter().enumerate() {
        let resource = Provisioned {
            id: ScimId::random(),
            idp: idp.parse().unwrap(),
            kind: ResourceKind::User,
            external_id: Some(format!("ext-{name}")),
            user_name: Some(format!("{name}@harbourworks.example")),
            display_name: Some(name.to_owned()),
            email: Some(format!("{name}@harbourworks.example")),
            active: i != 1,
            document: json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "emails": [{ "value": format!("{name}@harbourworks.example"), "type": "work", "primary": true }, "odd"],
            }),
            created_at: now.plus_secs(i as i64),
            updated_at: now,
        };
        world.store.write(move |tx| tx.put_provisioned(&resource)).await.unwrap();
    }
    let path = format!("{IDPS}/{idp}/scim/users");
    let all = world.get(&path).await;
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(all[0]["emails"], json!([{ "value": "mara@harbourworks.example", "type": "work", "primary": true }]));
    assert_eq!(all[1]["active"], false);
    let page = world.call("GET", &format!("{path}?page=2&per_page=2"), None).await;
    assert_eq!(page.body["result"][0]["displayName"], "tessa");
    assert_eq!(page.body["result_info"], json!({ "page": 2, "per_page": 2, "count": 1, "total_count": 3, "total_pages": 2 }));
    for (filter, expect) in [
        ("email=MARA@harbourworks.example", 1),
        ("username=ilo@harbourworks.example", 1),
        ("name=tessa", 1),
        ("idp_resource_id=ext-ilo&idp_resource_id=ext-mara", 2),
        ("idp_resource_id%5B%5D=ext-ilo", 1),
        ("name=bram", 0),
    ] {
        let found = world.get(&format!("{path}?{filter}")).await;
        assert_eq!(found.as_array().unwrap().len(), expect, "{filter}");
    }
    let by_id = world.get(&format!("{path}?cf_resource_id={}", all[2]["id"].as_str().unwrap())).await;
    assert_eq!(by_id[0], all[2]);
    assert_eq!(world.get(&format!("{IDPS}/{idp}/scim/groups")).await, json!([]));
    world.call("GET", &format!("{IDPS}/{}/scim/users", ScimId::random()), None).await.bad(404);
}
