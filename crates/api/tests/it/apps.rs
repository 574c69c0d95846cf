//! Applications: their life, their addresses, their policies.

use serde_json::{Value, json};

use crate::world::{World, id, timeless};

const APPS: &str = "~/access/apps";

fn allow(name: &str) -> Value {
    json!({ "name": name, "decision": "allow", "include": [{ "email": { "email": "mara@harbourworks.example" } }] })
}

#[tokio::test]
async fn an_application_lives_from_its_domain_to_its_removal() {
    let world = World::start().await;
    let made = world.app("wiki").await;
    let path = format!("{APPS}/{}", id(&made));
    assert_eq!(made["aud"].as_str().unwrap().len(), 64);
    assert_eq!(made["destinations"], json!([{ "type": "public", "uri": "wiki.localhost" }]));
    assert_eq!((&made["session_duration"], &made["http_only_cookie_attribute"]), (&json!("24h"), &json!(true)));
    assert_eq!((&made["app_launcher_visible"], &made["policies"]), (&json!(true), &json!([])));
    assert_eq!(world.get(&path).await, made);

    world.pass(60);
    let same = world.put(&path, made.clone()).await;
    assert_eq!(timeless(same.clone()), timeless(made.clone()));
    assert_ne!(same["updated_at"], made["updated_at"]);

    let mut second = made.clone();
    second["domain"] = json!("docs.localhost");
    second.as_object_mut().unwrap().remove("destinations");
    second.as_object_mut().unwrap().remove("self_hosted_domains");
    let second = world.post(APPS, second).await;
    assert_ne!(second["id"], made["id"]);
    assert_ne!(second["aud"], made["aud"]);

    assert_eq!(world.call("DELETE", &path, None).await.good(202), json!({ "id": id(&made) }));
    assert_eq!(world.call("GET", &path, None).await.bad(404)[0].0, 12135);
    world.call("DELETE", &path, None).await.bad(404);
}

#[tokio::test]
async fn domain_destinations_and_domains_are_one_thing() {
    let world = World::start().await;
    let made = world.app("wiki").await;
    let path = format!("{APPS}/{}", id(&made));
    let mut body = made.clone();
    body["destinations"] = json!([{ "type": "public", "uri": "wiki.localhost" }, { "type": "public", "uri": "handbook.localhost/team" }]);
    let two = world.put(&path, body).await;
    assert_eq!(two["self_hosted_domains"], json!(["wiki.localhost", "handbook.localhost/team"]));
    assert_eq!(two["domain"], "wiki.localhost");
    let mut body = two.clone();
    body["domain"] = json!("pages.localhost");
    let moved = world.put(&path, body).await;
    assert_eq!(moved["self_hosted_domains"], json!(["pages.localhost", "handbook.localhost/team"]));

    let taken = json!({ "name": "other", "type": "self_hosted", "domain": "HANDBOOK.localhost/team" });
    let refused = world.call("POST", APPS, Some(taken)).await;
    assert_eq!(refused.bad(409).len(), 1);
    assert!(refused.text().contains("wiki"), "{}", refused.text());
    let team = json!({ "name": "other", "type": "self_hosted", "domain": "team.localhost" });
    assert_eq!(world.call("POST", APPS, Some(team)).await.pointers(), ["/domain"]);
    let ports =
        json!({ "type": "self_hosted", "domain": "a.localhost:8443", "destinations": [{ "type": "private", "cidr": "10.0.0.0/8" }] });
    assert_eq!(world.call("POST", APPS, Some(ports)).await.pointers(), ["/domain", "/destinations/0/type"]);
}

#[tokio::test]
async fn faults_of_an_application_are_collected() {
    let world = World::start().await;
    let body = json!({
        "type": "saas",
        "session_duration": "24",
        "cors_headers": { "allow_all_origins": true, "allow_credentials": true, "allowed_methods": ["get"], "max_age": 86401 },
        "read_service_tokens_from_header": "Cookie",
        "same_site_cookie_attribute": "maybe",
        "enable_binding_cookie": "yes",
        "eager_redirect_cookie_setting": 1,
        "allowed_idps": ["86666835-06aa-4d90-8bbd-5a74ac4edf68", "x"],
        "policies": [{ "name": "p", "decision": "allow", "include": [{ "azureAD": { "id": "Admins" } }] }],
        "launch": true,
    });
    let mut pointers = world.call("POST", APPS, Some(body)).await.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/allowed_idps/1",
            "/cors_headers/allow_credentials",
            "/cors_headers/allowed_methods/0",
            "/cors_headers/max_age",
            "/domain",
            "/eager_redirect_cookie_setting",
            "/enable_binding_cookie",
            "/launch",
            "/policies/0/include/0/azureAD/id",
            "/policies/0/include/0/azureAD/identity_provider_id",
            "/read_service_tokens_from_header",
            "/same_site_cookie_attribute",
            "/session_duration",
            "/type",
        ]
    );
    let absent = json!({ "type": "self_hosted", "domain": "a.localhost", "allowed_idps": ["86666835-06aa-4d90-8bbd-5a74ac4edf68"] });
    assert_eq!(world.call("POST", APPS, Some(absent)).await.pointers(), ["/allowed_idps/0"]);
}

#[tokio::test]
async fn links_to_reusable_policies_are_read_back_in_full_and_kept_when_left_out() {
    let world = World::start().await;
    let (first, second) = (world.post("~/access/policies", allow("one")).await, world.post("~/access/policies", allow("two")).await);
    let body = json!({
        "name": "wiki", "type": "self_hosted", "domain": "wiki.localhost",
        "policies": [{ "id": id(&first), "precedence": 5 }, { "id": id(&second), "precedence": 2 }],
    });
    let made = world.post(APPS, body).await;
    let path = format!("{APPS}/{}", id(&made));
    let names: Vec<&str> = made["policies"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["two", "one"]);
    assert_eq!((&made["policies"][0]["reusable"], &made["policies"][0]["precedence"]), (&json!(true), &json!(2)));
    assert_eq!(world.get(&format!("~/access/policies/{}", id(&first))).await["app_count"], 1);

    let mut without = made.clone();
    without.as_object_mut().unwrap().remove("policies");
    assert_eq!(timeless(world.put(&path, without).await), timeless(made.clone()));
    let mut null = made.clone();
    null["policies"] = json!(null);
    assert_eq!(timeless(world.put(&path, null).await), timeless(made.clone()));
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    let mut by_id = made.clone();
    by_id["policies"] = json!([id(&first)]);
    assert_eq!(world.put(&path, by_id).await["policies"].as_array().unwrap().len(), 1);
    world.call("DELETE", &format!("~/access/policies/{}", id(&first)), None).await.bad(409);
    world.call("DELETE", &format!("~/access/policies/{}", id(&second)), None).await.good(202);

    let mut mixed = made.clone();
    mixed["policies"] = json!([id(&first), allow("own")]);
    assert_eq!(world.call("PUT", &path, Some(mixed)).await.pointers(), ["/policies/1"]);
    let mut twice = made.clone();
    twice["policies"] = json!([id(&first), { "id": id(&first) }, { "id": "86666835-06aa-4d90-8bbd-5a74ac4edf68" }]);
    let mut pointers = world.call("PUT", &path, Some(twice)).await.pointers();
    pointers.sort();
    assert_eq!(pointers, ["/policies/1", "/policies/2/id"]);
    let mut none = made;
    none["policies"] = json!([]);
    assert_eq!(world.put(&path, none).await["policies"], json!([]));
}

#[tokio::test]
async fn policies_written_in_place_belong_to_the_application_and_are_copied_into_a_second_one() {
    let world = World::start().await;
    let body = json!({
        "name": "wiki", "type": "self_hosted", "domain": "wiki.localhost", "policies": [allow("one"), allow("two")],
    });
    let made = world.post(APPS, body).await;
    let path = format!("{APPS}/{}", id(&made));
    assert_eq!(made["policies"][1]["precedence"], 2);
    assert_eq!(made["policies"][0]["reusable"], false);
    assert_eq!(world.get("~/access/policies").await, json!([]));
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));

    let mut changed = made.clone();
    changed["policies"][0]["name"] = json!("first");
    changed["policies"].as_array_mut().unwrap().remove(1);
    let changed = world.put(&path, changed).await;
    assert_eq!(changed["policies"][0]["id"], made["policies"][0]["id"]);
    assert_eq!(changed["policies"][0]["name"], "first");
    assert_eq!(world.store.snapshot().policies.len(), 1);

    let mut second = changed.clone();
    second["destinations"] = json!([{ "type": "public", "uri": "docs.localhost" }]);
    second["domain"] = json!("docs.localhost");
    second.as_object_mut().unwrap().remove("self_hosted_domains");
    let second = world.post(APPS, second).await;
    assert_ne!(second["policies"][0]["id"], changed["policies"][0]["id"]);
    assert_eq!(second["policies"][0]["name"], "first");
    world.call("DELETE", &path, None).await.good(202);
    assert_eq!(world.store.snapshot().policies.len(), 1);
}

#[tokio::test]
async fn an_application_has_policies_of_its_own_that_can_become_reusable() {
    let world = World::start().await;
    let app = id(&world.app("wiki").await);
    let path = format!("{APPS}/{app}/policies");
    let one = world.post(&path, allow("one")).await;
    let two = world.post(&path, allow("two")).await;
    assert_eq!((&one["precedence"], &two["precedence"]), (&json!(1), &json!(2)));
    let mut taken = allow("three");
    taken["precedence"] = json!(2);
    assert_eq!(world.call("POST", &path, Some(taken)).await.pointers(), ["/precedence"]);

    let mut first = world.get(&format!("{path}/{}", id(&two))).await;
    assert_eq!(timeless(world.put(&format!("{path}/{}", id(&two)), first.clone()).await), timeless(first.clone()));
    first["precedence"] = json!(0);
    world.put(&format!("{path}/{}", id(&two)), first).await;
    let listed = world.get(&path).await;
    assert_eq!((&listed[0]["name"], &listed[1]["name"]), (&json!("two"), &json!("one")));

    world.call("GET", &format!("~/access/policies/{}", id(&one)), None).await.bad(404);
    let lifted = world.call("PUT", &format!("{path}/{}/make_reusable", id(&one)), None).await.good(200);
    assert_eq!((&lifted["reusable"], &lifted["app_count"]), (&json!(true), &json!(1)));
    world.get(&format!("~/access/policies/{}", id(&one))).await;
    world.call("PUT", &format!("{path}/{}", id(&one)), Some(allow("x"))).await.bad(400);
    world.call("DELETE", &format!("{path}/{}", id(&one)), None).await.bad(400);
    world.call("DELETE", &format!("{path}/{}", id(&two)), None).await.good(202);
    assert_eq!(world.get(&path).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn revoking_tokens_raises_the_generation_and_a_put_does_not_lower_it() {
    let world = World::start().await;
    let made = world.app("wiki").await;
    let path = format!("{APPS}/{}", id(&made));
    let generation = || world.store.snapshot().apps.values().next().unwrap().generation;
    assert_eq!(generation(), 0);
    assert_eq!(world.call("POST", &format!("{path}/revoke_tokens"), None).await.good(202), Value::Null);
    assert_eq!(generation(), 1);
    world.put(&path, made).await;
    assert_eq!(generation(), 1);
    let refused = world.call("PATCH", &format!("{path}/settings"), Some(json!({ "allow_iframe": true, "skip_interstitial": true }))).await;
    assert_eq!(refused.pointers(), ["/skip_interstitial"]);
    let put = world.call("PUT", &format!("{path}/settings"), Some(json!({ "skip_interstitial": false }))).await.good(202);
    assert_eq!(put, json!({ "allow_iframe": false, "skip_interstitial": false }));
}

#[tokio::test]
async fn lists_are_filtered_and_a_page_past_the_end_is_empty() {
    let world = World::start().await;
    for name in ["wiki", "wikidata", "docs"] {
        world.app(name).await;
    }
    for (filter, expect) in [
        ("name=wiki", 2),
        ("name=WIKI&exact=true", 0),
        ("name=wiki&exact=true", 1),
        ("domain=docs.localhost", 1),
        ("search=LOCALHOST", 3),
        ("page=2&per_page=2", 1),
        ("page=3&per_page=2", 0),
        ("page=4000000000&per_page=1000", 0),
    ] {
        let found = world.get(&format!("{APPS}?{filter}")).await;
        assert_eq!(found.as_array().unwrap().len(), expect, "{filter}");
    }
    let info = world.call("GET", &format!("{APPS}?page=9"), None).await.body["result_info"].clone();
    assert_eq!(info, json!({ "page": 9, "per_page": 1000, "count": 0, "total_count": 3, "total_pages": 1 }));
    for bad in ["page=0", "per_page=0", "page=x", "page=-1", "exact=maybe"] {
        world.call("GET", &format!("{APPS}?{bad}"), None).await.bad(400);
    }
}

#[tokio::test]
async fn of_many_who_want_one_address_at_the_same_time_one_gets_it() {
    let world = std::sync::Arc::new(World::start().await);
    let mut wishes = tokio::task::JoinSet::new();
    for i in 0..12 {
        let world = std::sync::Arc::clone(&world);
        let body = json!({ "name": format!("app{i}"), "type": "self_hosted", "domain": "wiki.localhost" });
        wishes.spawn(async move { world.call("POST", APPS, Some(body)).await.status.as_u16() });
    }
    let mut statuses = wishes.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
}

#[tokio::test]
async fn a_reusable_policy_changed_inside_an_application_is_refused_and_not_forgotten() {
    let world = World::start().await;
    let policy = world.post("~/access/policies", allow("Pilots")).await;
    let app = json!({ "name": "wiki", "type": "self_hosted", "domain": "wiki.localhost", "policies": [id(&policy)] });
    let app = world.post(APPS, app).await;
    let path = format!("{APPS}/{}", id(&app));
    world.put(&path, app.clone()).await;
    for (key, value) in [("decision", json!("deny")), ("include", json!([{ "everyone": {} }])), ("session_duration", json!("1h"))] {
        let mut body = app.clone();
        body["policies"][0][key] = value;
        assert_eq!(world.call("PUT", &path, Some(body)).await.pointers(), ["/policies/0"], "{key}");
    }
    assert_eq!(world.get(&path).await["policies"], app["policies"]);
}

#[tokio::test]
async fn demands_of_a_policy_in_place_are_changed_with_the_application() {
    let world = World::start().await;
    let body = json!({ "name": "vault", "type": "self_hosted", "domain": "vault.localhost", "policies": [allow("crew")] });
    let made = world.post(APPS, body).await;
    let path = format!("{APPS}/{}", id(&made));
    let groups = json!([{ "approvals_needed": 1, "email_addresses": ["tessa@harbourworks.example"] }]);
    let mut asked = made.clone();
    asked["policies"][0]["approval_required"] = json!(true);
    asked["policies"][0]["approval_groups"] = groups.clone();
    let saved = world.put(&path, asked).await;
    assert_eq!((&saved["policies"][0]["approval_required"], &saved["policies"][0]["approval_groups"]), (&json!(true), &groups));
    assert_eq!(saved["policies"][0]["id"], made["policies"][0]["id"]);
    let opened = world.put(&path, made).await;
    assert_eq!(opened["policies"][0]["approval_required"], false);
    let actions = ["policy.create", "policy.update", "policy.update"];
    let page = store::Page { page: 1, per_page: 100 };
    let audited = world.store.read(move |r| r.list_audit(page)).await.unwrap().items;
    let of_policies: Vec<_> = audited.iter().rev().filter(|record| record.action.starts_with("policy.")).collect();
    assert_eq!(of_policies.iter().map(|record| record.action.as_str()).collect::<Vec<_>>(), actions);
    let (before, after) = (of_policies[1].before.as_ref().unwrap(), of_policies[1].after.as_ref().unwrap());
    assert_eq!((&before["approval_required"], &after["approval_required"]), (&json!(false), &json!(true)));
    // Of a reusable one they are changed at its own address only.
    let reusable = world.post("~/access/policies", allow("pilots")).await;
    let mut linked = world.app("quay").await;
    linked["policies"] = json!([reusable]);
    let path = format!("{APPS}/{}", id(&linked));
    world.put(&path, linked.clone()).await;
    linked["policies"][0]["purpose_justification_required"] = json!(true);
    assert_eq!(world.call("PUT", &path, Some(linked)).await.pointers(), ["/policies/0"]);
}

#[tokio::test]
async fn the_body_of_another_application_is_not_put_here() {
    let world = World::start().await;
    let (wiki, docs) = (world.app("wiki").await, world.app("docs").await);
    let path = format!("{APPS}/{}", id(&wiki));
    assert_eq!(world.call("PUT", &path, Some(docs)).await.pointers(), ["/id", "/uid"]);
    assert_eq!(world.get(&path).await, wiki);
}

#[tokio::test]
async fn a_member_given_twice_is_refused_with_its_place() {
    let world = World::start().await;
    let body = r#"{"name":"wiki","type":"self_hosted","domain":"wiki.localhost","policies":[{"name":"p","decision":"deny","decision":"allow","include":[{"everyone":{}}]}]}"#;
    let reply = world.send("POST", APPS, Some(&format!("Bearer {}", world.token)), Some(body.into())).await;
    assert_eq!(reply.pointers(), ["/policies/0/decision"]);
    assert_eq!(world.get(APPS).await, json!([]));
}

#[tokio::test]
async fn settings_of_browsers_and_programs_are_given_back_as_they_were_given() {
    let world = World::start().await;
    let made = world.app("wiki").await;
    let path = format!("{APPS}/{}", id(&made));
    for settings in [
        json!({ "allow_all_origins": true, "allow_all_methods": true, "allow_all_headers": true, "max_age": -1 }),
        json!({ "allowed_origins": ["https://b.example:8443", "http://a.example"], "allowed_methods": ["PUT", "GET"],
            "allowed_headers": ["X-Berth"], "allow_credentials": true, "max_age": 0 }),
        json!({ "allow_all_origins": false, "allowed_origins": ["https://b.example"], "allow_all_methods": true, "allowed_methods": [],
            "allow_all_headers": false, "allowed_headers": [], "allow_credentials": false }),
        json!({ "allow_all_origins": false }),
    ] {
        let mut body = made.clone();
        body["cors_headers"] = settings.clone();
        body["read_service_tokens_from_header"] = json!("X-Service-Token");
        for (flag, value) in [("enable_binding_cookie", true), ("eager_redirect_cookie_setting", false), ("allow_iframe", true)] {
            body[flag] = json!(value);
        }
        let saved = world.put(&path, body).await;
        let flags = ["enable_binding_cookie", "eager_redirect_cookie_setting", "allow_iframe"].map(|flag| saved[flag].as_bool());
        assert_eq!(flags, [Some(true), Some(false), Some(true)]);
        assert_eq!((&saved["cors_headers"], &saved["read_service_tokens_from_header"]), (&settings, &json!("X-Service-Token")));
        assert_eq!(timeless(world.put(&path, saved.clone()).await), timeless(saved));
    }
    let mut both = made.clone();
    both["cors_headers"] = json!({ "allowed_origins": ["https://a.example/x", "*"], "allow_all_headers": true, "allowed_headers": ["a"] });
    both["options_preflight_bypass"] = json!(true);
    let pointers = world.call("PUT", &path, Some(both)).await.pointers();
    let expected = [
        "/cors_headers/allowed_origins/0",
        "/cors_headers/allowed_origins/1",
        "/cors_headers/allowed_headers",
        "/options_preflight_bypass",
    ];
    assert_eq!(pointers, expected);
    let plain = world.put(&path, made).await;
    assert_eq!((plain.get("cors_headers"), plain.get("read_service_tokens_from_header")), (None, None));
}
