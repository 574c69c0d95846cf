//! Owns the tests of the state file and of tenants read from JSON.

use entra_sim::{Config, Seed, TenantSource};
use reqwest::Method;
use serde_json::json;

use crate::world::{CALLBACK, graph, world_of};

const TENANT: &str = r#"{
  "tenant": {"domain": "pier.example", "displayName": "Pier"},
  "users": [
    {"userPrincipalName": "ada@pier.example", "displayName": "Ada", "mailNickname": "ada", "password": "Pier-Ada-1"},
    {"userPrincipalName": "bo@pier.example", "displayName": "Bo", "mailNickname": "bo", "password": "Pier-Bo-1", "accountEnabled": false}
  ],
  "groups": [
    {"name": "Inner", "members": ["ada@pier.example"]},
    {"name": "Outer", "members": ["group:Inner"]}
  ],
  "apps": [
    {"name": "doorward", "groupMembershipClaims": "SecurityGroup", "delegated": ["openid", "profile", "email", "offline_access", "User.Read", "GroupMember.Read.All"]},
    {"name": "harbour-admin", "application": ["User.ReadWrite.All"]}
  ]
}"#;

#[tokio::test]
async fn a_tenant_can_be_written_down_as_json() {
    let mut world =
        world_of(Seed { tenant: TenantSource::Json(TENANT.into()), redirect_uris: vec![CALLBACK.into()], ..Seed::default() }).await;
    let claims = world.claims("ada@pier.example").await;
    assert_eq!(claims["groups"].as_array().unwrap().len(), 2);
    assert!(claims.get("email").is_none());
}

#[tokio::test]
async fn faults_of_a_tenant_file_name_the_place() {
    let broken = TENANT.replace("group:Inner", "group:Nowhere");
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
    config.seed.tenant = TenantSource::Json(broken);
    let Err(entra_sim::StartError::Seed(error)) = entra_sim::start(config).await else {
        panic!("it started");
    };
    assert_eq!(error.to_string(), "group \"Outer\" names \"group:Nowhere\", which the tenant does not have");
}

#[tokio::test]
async fn changes_keys_and_refresh_tokens_outlive_a_restart() {
    let folder = std::env::temp_dir().join(format!("entra-sim-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("state.json");
    let seed = Seed { redirect_uris: vec![CALLBACK.into()], ..Seed::default() };
    let begin = async || {
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
        config.seed = seed.clone();
        config.state_file = Some(file.clone());
        let sim = entra_sim::start(config).await.unwrap();
        let app = sim.sign_in_app().unwrap();
        crate::world::World { sim, browser: crate::world::browser(), app }
    };
    let world = begin().await;
    let tokens = world.tokens("ilo@harbourworks.example").await;
    let admin = world.admin().await;
    world.write(&admin, Method::PATCH, "/users/ilo@harbourworks.example", json!({"displayName": "Ilo Anew"})).await;
    let policy = json!({"displayName": "Later", "state": "disabled", "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        "conditions": {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}}});
    let made = world.write(&admin, Method::POST, "/identity/conditionalAccess/policies", policy).await;
    let secret = world.app.client_secret.clone();
    world.sim.shutdown().await;
    let world = begin().await;
    assert_eq!(world.app.client_secret, secret);
    let (status, me) = graph(&world.sim.base, &admin, Method::GET, "/users/ilo@harbourworks.example", None).await;
    assert_eq!(status, 200, "a token signed before the restart still counts");
    assert_eq!(me["displayName"], "Ilo Anew");
    let (_, policies) = graph(&world.sim.base, &admin, Method::GET, "/identity/conditionalAccess/policies", None).await;
    assert_eq!(policies["value"][0]["id"], made["id"]);
    let id = world.app.client_id.to_string();
    let (status, _) = world
        .token(&[
            ("grant_type", "refresh_token"),
            ("client_id", &id),
            ("client_secret", &secret),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ])
        .await;
    assert_eq!(status, 200);
    world.sim.shutdown().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_tenant_kept_by_an_older_simulator_is_read() {
    let folder = std::env::temp_dir().join(format!("entra-sim-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("state.json");
    let config = || {
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
        config.state_file = Some(file.clone());
        config.seed.redirect_uris = vec![CALLBACK.into()];
        config
    };
    entra_sim::start(config()).await.unwrap().shutdown().await;
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for member in ["policies", "devices", "risk", "detections", "roles", "others"] {
        assert!(kept["directory"].as_object_mut().unwrap().remove(member).is_some(), "{member}");
    }
    kept["directory"]["tenant"].as_object_mut().unwrap().remove("country").unwrap();
    for group in kept["directory"]["groups"].as_object_mut().unwrap().values_mut() {
        group.as_object_mut().unwrap().remove("onPremises").unwrap();
    }
    kept["keys"].as_object_mut().unwrap().remove("foreign").unwrap();
    for sp in kept["directory"]["principals"].as_object_mut().unwrap().values_mut().filter(|sp| sp["displayName"] == "Microsoft Graph") {
        sp["appRoles"].as_array_mut().unwrap().retain(|role| role["value"] != "Device.Read.All");
    }
    std::fs::write(&file, kept.to_string()).unwrap();
    let sim = entra_sim::start(config()).await.unwrap();
    let app = sim.sign_in_app().unwrap();
    let world = crate::world::World { sim, browser: crate::world::browser(), app };
    world.tokens("ilo@harbourworks.example").await;
    let admin = world.admin().await;
    let graph = world.get(&admin, "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')").await;
    assert!(graph["appRoles"].as_array().unwrap().iter().any(|role| role["value"] == "Device.Read.All"));
    world.sim.shutdown().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
