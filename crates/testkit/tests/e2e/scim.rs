//! SCIM over real HTTP: who may call, and that what is sent comes back.

use http::Method;
use serde_json::{Value, json};
use testkit::{World, upn};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_secret_of_this_provider_opens_its_endpoint() {
    let world = World::start().await;
    let scim = world.scim();
    assert!(scim.base().starts_with(&format!("{}/populations/{}/scim/v2", world.team(), world.idp())), "{}", scim.base());
    assert_eq!(scim.call(Method::GET, "/ServiceProviderConfig", None).await.status, 200);
    let second = world
        .api()
        .post(
            "access/identity_providers",
            json!({
                "name": "Second", "type": "azureAD",
                "config": { "client_id": uuid::Uuid::from_u128(7).to_string(), "client_secret": "s", "directory_id": uuid::Uuid::from_u128(8).to_string() },
                "scim_config": { "enabled": true, "user_deprovision": true },
            }),
        )
        .await;
    let foreign = second["scim_config"]["secret"].as_str().unwrap();
    for (what, secret) in
        [("another provider's", foreign), ("wrong", "nonsense"), ("cut short", &scim.secret()[1..]), ("long", &"x".repeat(5000))]
    {
        for path in ["/Users", "/ServiceProviderConfig", "/nowhere"] {
            let reply = scim.with_secret(secret).call(Method::GET, path, None).await;
            assert_eq!(reply.status, 401, "{what} {path}");
            assert_eq!(reply.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{what}");
            assert_eq!(reply.body["status"], "401");
        }
    }
    let bare = world.browser();
    let refused = bare.get(format!("{}/Users", scim.base())).await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"));
    assert_eq!(bare.get(format!("{}/Users?access_token={}", scim.base(), scim.secret())).await.status, 401, "not in the query");
    let token = format!("Bearer {}", scim.secret());
    let both = bare.ask(Method::GET, format!("{}/Users?access_token={}", scim.base(), scim.secret())).header("authorization", &token);
    assert_eq!(both.send().await.status, 401, "not even beside the header");

    let path = format!("access/identity_providers/{}/refresh_scim_secret", world.idp());
    let renewed = world.api().post(&path, Value::Null).await;
    let renewed = renewed["scim_config"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(scim.call(Method::GET, "/Users", None).await.status, 401, "the former secret is over");
    assert_eq!(scim.with_secret(&renewed).call(Method::GET, "/Users", None).await.status, 200);
    let path = format!("access/identity_providers/{}", world.idp());
    let mut provider = world.api().get(&path).await;
    assert!(!provider.to_string().contains(&renewed), "the secret is shown once");
    provider["scim_config"]["enabled"] = false.into();
    world.api().put(&path, provider).await;
    assert_eq!(scim.with_secret(&renewed).call(Method::GET, "/Users", None).await.status, 401, "switched off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_cycle_brings_the_tenant_and_a_second_one_changes_nothing() {
    let world = World::start().await;
    let provisioning = world.provisioning().await;
    let first = provisioning.cycle().await;
    assert_eq!((&first["users_created"], &first["groups_created"]), (&4.into(), &2.into()), "{first:#}");
    for call in provisioning.relay.taken() {
        assert!((200..300).contains(&call.status) || call.status == 404, "{call:?}");
    }
    let mara = world.scim().find("mara").await.unwrap();
    assert_eq!((&mara["active"], &mara["externalId"]), (&true.into(), &"mara".into()));
    assert_eq!(mara["emails"], json!([{ "primary": true, "type": "work", "value": upn("mara") }]));
    let second = provisioning.cycle().await;
    assert_eq!(second["requests"], json!([]), "{second:#}");
    let shown = world.api().get(&format!("access/identity_providers/{}/scim/users", world.idp())).await;
    assert_eq!(shown.as_array().unwrap().len(), 4);
    let groups = world.api().get(&format!("access/identity_providers/{}/scim/groups", world.idp())).await;
    let mut names: Vec<&str> =
        groups.as_array().unwrap().iter().map(|g| g["displayName"].as_str().or(g["name"].as_str()).unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["All Staff", "Pilots"]);

    world.graph_admin().call(Method::PATCH, &format!("/users/{}", upn("ilo")), Some(json!({ "jobTitle": "Harbour pilot" }))).await;
    world.graph_admin().leave("ilo", "Pilots").await;
    provisioning.relay.taken();
    provisioning.cycle().await;
    let patches: Vec<_> = provisioning.relay.taken().into_iter().filter(|call| call.method == "PATCH").collect();
    assert!(!patches.is_empty() && patches.iter().all(|call| call.status == 200 || call.status == 204), "{patches:?}");
    assert_eq!(world.scim().find("ilo").await.unwrap()["title"], "Harbour pilot");
    assert_eq!(provisioning.cycle().await["requests"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_known_through_scim_alone_may_not_enter_by_it() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(testkit::allow_group("Pilots")).create().await;
    let id = world.scim().create("bram").await;
    let pilots = world.sim().group_id("Pilots").unwrap();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Pilots", "externalId": pilots.to_string(),
        "members": [{ "value": id }],
    });
    assert_eq!(world.scim().call(Method::POST, "/Groups", Some(body)).await.status, 201);
    let page = world.browser().sign_in("bram").open(wiki.at("/")).await;
    assert_eq!(page.status, 403, "groups of SCIM never grant");
    assert!(world.api().get("access/users").await.as_array().unwrap().iter().filter(|u| u["email"] == upn("bram")).count() <= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_requests_are_refused_and_nothing_breaks() {
    let world = World::start().await;
    let scim = world.scim();
    let filter = |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let deep = format!("{}userName eq \"a\"{}", "(".repeat(40), ")".repeat(40));
    for bad in [deep.as_str(), "userName eq", "userName eq \"a", "userName zz \"a\"", "\0", "userName eq \"a\" or", "nosuch[type eq"] {
        let reply = scim.call(Method::GET, &format!("/Users?filter={}", filter(bad)), None).await;
        assert_eq!((reply.status, &reply.body["scimType"]), (400, &"invalidFilter".into()), "{bad:?}: {}", reply.body);
    }
    for quiet in ["userName eq \"a' or '1'='1\"", "userName eq \"%\"", "userName eq \"\\\"\"", "userName sw \"\\\\\""] {
        let reply = scim.call(Method::GET, &format!("/Users?filter={}", filter(quiet)), None).await;
        assert_eq!((reply.status, &reply.body["totalResults"]), (200, &0.into()), "{quiet}");
    }
    for (page, status) in
        [("startIndex=-1&count=999999", 200), ("startIndex=0&count=-5", 200), ("startIndex=99999999999999999999", 200), ("count=x", 400)]
    {
        assert_eq!(scim.call(Method::GET, &format!("/Users?{page}"), None).await.status, status, "{page}");
    }
    let huge =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": upn("x"), "externalId": "e".repeat(1 << 20) });
    let status = scim.call(Method::POST, "/Users", Some(huge)).await.status;
    assert_eq!(status, 413);
    for verb in [Method::PUT, Method::DELETE] {
        assert_eq!(scim.call(verb, "/Users", Some(json!({}))).await.status, 405);
    }
    assert_eq!(scim.call(Method::GET, "/Users/../../../etc", None).await.status, 404);
    scim.create("tessa").await;
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": upn("TESSA"), "active": true });
    let twice = scim.call(Method::POST, "/Users", Some(body)).await;
    assert_eq!((twice.status, &twice.body["scimType"]), (409, &"uniqueness".into()), "{}", twice.body);
}
