//! Providers of type `oidc`, and what v4 has no room for.

use model::idp::IdpConfig;
use serde_json::{Value, json};

use crate::world::{World, entra_body, id, timeless};

const IDPS: &str = "~/access/identity_providers";

fn oidc_body() -> Value {
    json!({
        "name": "Harbour login",
        "type": "oidc",
        "config": {
            "client_id": "doorward",
            "client_secret": "a~long~secret",
            "auth_url": "https://id.harbourworks.example/authorize",
            "token_url": "https://id.harbourworks.example/token",
            "certs_url": "https://id.harbourworks.example/jwks",
            "scopes": ["openid", "email", "profile"],
            "claims": ["department"],
            "email_claim_name": "work_email",
            "pkce_enabled": true
        }
    })
}

fn options(idp: &str) -> String {
    format!("~/doorward/identity_providers/{idp}/options")
}

#[tokio::test]
async fn a_generic_provider_is_stored_and_a_put_of_its_get_changes_nothing() {
    let world = World::start().await;
    let made = world.post(IDPS, oidc_body()).await;
    for (key, value) in oidc_body()["config"].as_object().unwrap() {
        if key != "client_secret" {
            assert_eq!(&made["config"][key], value, "{key}");
        }
    }
    assert!(!made.to_string().contains("a~long~secret"));
    let path = format!("{IDPS}/{}", id(&made));
    let same = world.put(&path, made.clone()).await;
    assert_eq!(timeless(same), timeless(made));
}

#[tokio::test]
async fn another_endpoint_of_a_generic_provider_needs_the_secret_again() {
    let world = World::start().await;
    let made = world.post(IDPS, oidc_body()).await;
    let path = format!("{IDPS}/{}", id(&made));
    for key in ["client_id", "auth_url", "token_url", "certs_url"] {
        let mut body = made.clone();
        body["config"][key] = json!("https://elsewhere.example/x");
        assert_eq!(world.call("PUT", &path, Some(body.clone())).await.pointers(), ["/config/client_secret"], "{key}");
        body["config"]["client_secret"] = json!("another~secret");
        world.put(&path, body).await;
        let mut back = made.clone();
        back["config"]["client_secret"] = json!("a~long~secret");
        world.put(&path, back).await;
    }
    let mut other = entra_body();
    other["config"]["client_secret"] = json!("x~y");
    assert_eq!(world.call("PUT", &path, Some(other)).await.pointers(), ["/type"]);
}

#[tokio::test]
async fn endpoints_that_the_server_may_not_call_are_refused() {
    let world = World::start().await;
    for (key, value) in [
        ("token_url", "http://id.harbourworks.example/token"),
        ("certs_url", "https://169.254.169.254/keys"),
        ("certs_url", "https://[::ffff:127.0.0.1]/keys"),
        ("auth_url", "https://user:pass@id.harbourworks.example/"),
        ("auth_url", "javascript:alert(1)"),
        ("token_url", "https://id.harbourworks.example/a b"),
    ] {
        let mut body = oidc_body();
        body["config"][key] = json!(value);
        assert_eq!(world.call("POST", IDPS, Some(body)).await.pointers(), [format!("/config/{key}")], "{value}");
    }
}

#[tokio::test]
async fn a_provider_without_a_secret_says_so_with_null() {
    let world = World::start().await;
    let mut body = oidc_body();
    body["config"].as_object_mut().unwrap().remove("client_secret");
    assert_eq!(world.call("POST", IDPS, Some(body.clone())).await.pointers(), ["/config/client_secret"]);
    body["config"]["client_secret"] = Value::Null;
    let made = world.post(IDPS, body).await;
    assert!(!world.store.snapshot().idp_credentials.contains_key(&id(&made).parse().unwrap()));
}

#[tokio::test]
async fn several_tenants_without_a_list_of_them_are_not_saved() {
    let world = World::start().await;
    for everybody in ["common", "organizations", "consumers"] {
        let mut body = entra_body();
        body["config"]["directory_id"] = json!(everybody);
        let refused = world.call("POST", IDPS, Some(body)).await;
        assert_eq!(refused.pointers(), ["/config/directory_id"]);
    }
    let path = options(&world.entra().await);
    for tenants in [json!({ "authority": "organizations" }), json!({ "authority": "organizations", "allowed": [] })] {
        let refused = world.call("PUT", &path, Some(json!({ "tenants": tenants }))).await;
        assert_eq!(refused.pointers(), ["/tenants/allowed"]);
    }
    let tenant = "0d3f7a51-2f1c-4d55-9b7e-8a4a6f2f9c11";
    let saved = world.put(&path, json!({ "tenants": { "authority": "organizations", "allowed": [tenant] } })).await;
    assert_eq!(saved["tenants"], json!({ "authority": "organizations", "allowed": [tenant] }));
}

#[tokio::test]
async fn options_survive_a_v4_put_and_go_back_to_their_defaults_when_left_out() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = options(&idp);
    let defaults = world.get(&path).await;
    assert_eq!(defaults["liveness"], json!({ "interval_seconds": 300, "grace_seconds": 3600 }));
    let wanted = json!({
        "groups_from": "graph",
        "tenants": null,
        "liveness": { "interval_seconds": 60, "grace_seconds": 0 },
        "secret_ends_at": "2027-03-04T05:06:07Z",
        "read_risk": true
    });
    let saved = world.put(&path, wanted.clone()).await;
    assert_eq!(saved, wanted);
    let provider = format!("{IDPS}/{idp}");
    let body = world.get(&provider).await;
    world.put(&provider, body).await;
    assert_eq!(world.get(&path).await, wanted, "a v4 PUT resets what v4 does not know");
    assert_eq!(world.put(&path, json!({})).await, defaults);
    for (body, pointer) in [
        (json!({ "liveness": { "interval_seconds": 3 } }), "/liveness/interval_seconds"),
        (json!({ "liveness": { "grace_seconds": 9_999_999 } }), "/liveness/grace_seconds"),
        (json!({ "groups_from": "scim" }), "/groups_from"),
        (json!({ "issuer": "https://x.example" }), "/issuer"),
    ] {
        assert_eq!(world.call("PUT", &path, Some(body)).await.pointers(), [pointer]);
    }
}

#[tokio::test]
async fn a_tenant_taken_off_the_list_takes_the_sessions_along() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = options(&idp);
    let list = |tenants: &[&str]| json!({ "tenants": { "authority": "organizations", "allowed": tenants } });
    let (one, two) = ("0d3f7a51-2f1c-4d55-9b7e-8a4a6f2f9c11", "1e4a8b62-3a2d-4e66-8c8f-9b5b7a3a0d22");
    world.put(&path, list(&[one])).await;
    let (user, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let sessions = format!("~/access/users/{user}/active_sessions");
    world.put(&path, list(&[one, two])).await;
    assert_eq!(world.get(&sessions).await.as_array().unwrap().len(), 1, "more people: nobody loses anything");
    world.put(&path, list(&[two])).await;
    assert_eq!(world.get(&sessions).await, json!([]));
}

#[tokio::test]
async fn a_generic_provider_has_options_of_its_own() {
    let world = World::start().await;
    let made = world.post(IDPS, oidc_body()).await;
    let path = options(&id(&made));
    let wanted = json!({
        "prompt": "consent",
        "issuer": "https://id.harbourworks.example/realms/harbour",
        "authoritative_domains": ["harbourworks.example"],
        "liveness": { "interval_seconds": 0, "grace_seconds": 3600 }
    });
    assert_eq!(world.put(&path, wanted.clone()).await, wanted);
    let body = world.get(&format!("{IDPS}/{}", id(&made))).await;
    world.put(&format!("{IDPS}/{}", id(&made)), body).await;
    assert_eq!(world.get(&path).await, wanted);
    let IdpConfig::Oidc(stored) = world.store.snapshot().idps[&id(&made).parse().unwrap()].config.clone() else { panic!("kind") };
    assert!(stored.accepts_issuer("https://id.harbourworks.example/realms/harbour"));
    for (body, pointer) in [
        (json!({ "issuer": "http://id.harbourworks.example" }), "/issuer"),
        (json!({ "authoritative_domains": ["harbourworks.example"] }), "/issuer"),
        (
            json!({ "authoritative_domains": ["mara@harbourworks.example"], "issuer": "https://id.harbourworks.example" }),
            "/authoritative_domains",
        ),
        (json!({ "groups_from": "graph" }), "/groups_from"),
    ] {
        assert_eq!(world.call("PUT", &path, Some(body)).await.pointers(), [pointer]);
    }
}

#[tokio::test]
async fn other_providers_may_have_secrets_in_the_form_of_a_guid_or_none() {
    const GUID: &str = "3f1c9a52-0c9e-4d3a-8b7d-5d2f7f0a3e64";
    let world = World::start().await;
    let mut body = oidc_body();
    body["config"]["client_secret"] = json!(GUID);
    let made = world.post(IDPS, body.clone()).await;
    let path = |made: &Value| format!("~/doorward/identity_providers/{}/credentials", made["id"].as_str().unwrap());
    world.put(&path(&made), json!({ "method": "secret", "second_client_secret": GUID })).await;

    body["config"]["client_secret"] = Value::Null;
    let public = world.post(IDPS, body).await;
    let shown = world.get(&path(&public)).await;
    assert_eq!(shown["client_secret_set"], false);
    assert_eq!(world.put(&path(&public), shown.clone()).await, shown, "a PUT of the GET changes nothing");
    let second = json!({ "method": "secret", "second_client_secret": "the~next~one" });
    assert_eq!(world.call("PUT", &path(&public), Some(second)).await.pointers(), ["/client_secret"]);
}
