//! Our own settings of provisioning, its state, and its secrets.

use model::{
    ScimId,
    idp::ScimContact,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::{Value, json};

use crate::world::{World, entra_body, id};

const IDPS: &str = "~/access/identity_providers";

fn settings(idp: &str) -> String {
    format!("~/doorward/identity_providers/{idp}/scim")
}

async fn switched_on(world: &World) -> String {
    let mut body = entra_body();
    body["scim_config"] = json!({ "enabled": true, "user_deprovision": true });
    id(&world.post(IDPS, body).await)
}

#[tokio::test]
async fn settings_have_defaults_and_a_put_of_the_get_changes_nothing() {
    let world = World::start().await;
    let idp = switched_on(&world).await;
    let path = settings(&idp);
    let shown = world.get(&path).await;
    assert_eq!(shown["guard"], json!({"share_percent": 20, "at_least": 10, "window_secs": 3600}));
    assert_eq!(shown["expand_nested_secs"], Value::Null);
    assert_eq!(
        shown["status"],
        json!({
            "enabled": true,
            "scim_base_url": format!("https://team.localhost:8443/populations/{idp}/scim/v2"),
            "secret_made_at": world.now().rfc3339(),
            "former_secret_ends_at": null,
            "last_used_at": null, "last_agent": null, "last_secret": null,
            "users": 0, "active_users": 0, "groups": 0,
            "normalised": {}, "unlogged_refusals": 0,
        })
    );
    assert_eq!(world.put(&path, shown.clone()).await, shown);

    let wanted = json!({"guard": {"share_percent": 5, "at_least": 3, "window_secs": 600}, "expand_nested_secs": 900});
    let set = world.put(&path, wanted.clone()).await;
    assert_eq!((&set["guard"], &set["expand_nested_secs"]), (&wanted["guard"], &wanted["expand_nested_secs"]));
    // The v4 object does not know them, and does not lose them.
    let v4 = world.get(&format!("{IDPS}/{idp}")).await;
    world.put(&format!("{IDPS}/{idp}"), v4).await;
    assert_eq!(world.get(&path).await["guard"], wanted["guard"]);
    // What is left out goes back to its default.
    let back = world.put(&path, json!({"guard": {"at_least": 50}})).await;
    assert_eq!(back["guard"], json!({"share_percent": 20, "at_least": 50, "window_secs": 3600}));
    assert_eq!(back["expand_nested_secs"], Value::Null);
}

#[tokio::test]
async fn settings_out_of_range_are_refused_together() {
    let world = World::start().await;
    let idp = switched_on(&world).await;
    let body = json!({
        "guard": {"share_percent": 0, "at_least": 0, "window_secs": 59, "mercy": true},
        "expand_nested_secs": 59, "status": {}, "secret": "x",
    });
    let mut pointers = world.call("PUT", &settings(&idp), Some(body)).await.pointers();
    pointers.sort();
    let expected = ["/expand_nested_secs", "/guard/at_least", "/guard/mercy", "/guard/share_percent", "/guard/window_secs", "/secret"];
    assert_eq!(pointers, expected);
    world.call("GET", &settings(&model::IdpId::random().to_string()), None).await.bad(404);
}

#[tokio::test]
async fn nested_groups_are_expanded_for_entra_only() {
    let world = World::start().await;
    let body = json!({
        "name": "Harbour login", "type": "oidc",
        "config": {
            "client_id": "doorward", "client_secret": "a~long~secret", "auth_url": "https://id.harbourworks.example/authorize",
            "token_url": "https://id.harbourworks.example/token", "certs_url": "https://id.harbourworks.example/jwks",
        }
    });
    let idp = id(&world.post(IDPS, body).await);
    let refused = world.call("PUT", &settings(&idp), Some(json!({"expand_nested_secs": 900}))).await;
    assert_eq!(refused.pointers(), ["/expand_nested_secs"]);
}

#[tokio::test]
async fn the_state_tells_of_people_calls_and_odd_input() {
    let world = World::start().await;
    let idp = switched_on(&world).await;
    let key: model::IdpId = idp.parse().unwrap();
    let (now, hash) = (world.now(), world.store.snapshot().idps[&key].scim.secret_hash.clone());
    let resource = |name: &str, kind, active| Provisioned {
        id: ScimId::random(),
        idp: key,
        kind,
        external_id: None,
        user_name: (kind == ResourceKind::User).then(|| name.to_owned()),
        display_name: Some(name.to_owned()),
        email: None,
        active,
        document: json!({}),
        created_at: now,
        updated_at: now,
    };
    let resources = [
        resource("mara", ResourceKind::User, true),
        resource("ilo", ResourceKind::User, false),
        resource("Pilots", ResourceKind::Group, true),
    ];
    let contact = ScimContact {
        agent: Some("Sync/1".into()),
        secret_hash: hash,
        normalised: [("boolean_string".to_owned(), 7)].into(),
        unlogged_refusals: 2,
        ..ScimContact::at(now)
    };
    world
        .store
        .write(move |tx| {
            resources.iter().try_for_each(|resource| tx.put_provisioned(resource))?;
            tx.put_scim_contact(&key, &contact)
        })
        .await
        .unwrap();
    let status = world.get(&settings(&idp)).await["status"].clone();
    let expected = json!({"users": 2, "active_users": 1, "groups": 1, "last_used_at": now.rfc3339(), "last_agent": "Sync/1",
        "last_secret": "current", "normalised": {"boolean_string": 7}, "unlogged_refusals": 2});
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&status[key], value, "{key}");
    }
}

#[tokio::test]
async fn a_secret_ends_at_once_or_after_the_overlap_that_was_chosen() {
    let world = World::start().await;
    let idp = switched_on(&world).await;
    let refresh = format!("{IDPS}/{idp}/refresh_scim_secret");
    let scim = |world: &World| world.store.snapshot().idps[&idp.parse().unwrap()].scim.clone();
    let first = scim(&world).secret_hash.unwrap();
    let ends_at = world.now().plus_secs(3600);
    let reply = world.call("POST", &refresh, Some(json!({"overlap_seconds": 3600}))).await;
    assert!(reply.body["messages"][0]["message"].as_str().unwrap().contains(&ends_at.rfc3339()), "{:#}", reply.body);
    let fresh = reply.good(200);
    assert_eq!(fresh["scim_config"]["former_secret_ends_at"], ends_at.rfc3339());
    let kept = scim(&world).former_secret.unwrap();
    assert_eq!((kept.hash, kept.ends_at), (first.clone(), ends_at));
    assert_eq!(world.get(&settings(&idp)).await["status"]["former_secret_ends_at"], ends_at.rfc3339());
    // A body that was read can be sent back.
    world.put(&format!("{IDPS}/{idp}"), fresh.clone()).await;
    assert!(scim(&world).former_secret.is_some());

    // A second one during the overlap: the oldest ends.
    let second = scim(&world).secret_hash.unwrap();
    world.call("POST", &refresh, Some(json!({"overlap_seconds": 60}))).await.good(200);
    assert_eq!(scim(&world).former_secret.unwrap().hash, second);
    // Without a word both go.
    let plain = world.call("POST", &refresh, None).await.good(200);
    assert_eq!(plain["scim_config"]["former_secret_ends_at"], Value::Null);
    assert_eq!(scim(&world).former_secret, None);
    assert_eq!(scim(&world).secret_made_at, Some(world.now()));

    for body in [json!({"overlap_seconds": -1}), json!({"overlap_seconds": 604_801}), json!({"overlap_seconds": "1h"})] {
        assert_eq!(world.call("POST", &refresh, Some(body)).await.pointers(), ["/overlap_seconds"]);
    }
    assert_eq!(world.call("POST", &refresh, Some(json!({"overlap": 1}))).await.pointers(), ["/overlap"]);
}

#[tokio::test]
async fn switching_provisioning_off_ends_the_former_secret_for_good() {
    let world = World::start().await;
    let idp = switched_on(&world).await;
    world.call("POST", &format!("{IDPS}/{idp}/refresh_scim_secret"), Some(json!({"overlap_seconds": 3600}))).await.good(200);
    let path = format!("{IDPS}/{idp}");
    for enabled in [false, true] {
        let mut body = world.get(&path).await;
        body["scim_config"]["enabled"] = enabled.into();
        world.put(&path, body).await;
    }
    let scim = world.store.snapshot().idps[&idp.parse().unwrap()].scim.clone();
    assert_eq!((scim.enabled, scim.former_secret), (true, None));
}
