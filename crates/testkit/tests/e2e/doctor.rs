//! The check against the simulator, on set-ups that are wrong in one way each: the one fault is named.

use http::Method;
use serde_json::{Value, json};
use testkit::{Tenant, World};

/// A world whose application may read the directory, so that the check can look.
async fn world() -> World {
    let tenant = Tenant::harbour_works().registration("application", json!(["Directory.Read.All"]));
    World::plan().tenant(tenant).start().await
}

async fn check(world: &World, body: Option<&Value>) -> Vec<Value> {
    let reply = world.api().call(Method::POST, &format!("doorward/identity_providers/{}/check", world.idp()), body).await;
    reply.result()["findings"].as_array().unwrap().clone()
}

fn severe(findings: &[Value]) -> Vec<&str> {
    let severe = findings.iter().filter(|f| f["severity"] == "fault" || f["severity"] == "warning");
    severe.map(|f| f["code"].as_str().unwrap()).collect()
}

#[track_caller]
fn one<'a>(findings: &'a [Value], code: &str) -> &'a Value {
    findings.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("no {code} in {findings:#?}"))
}

/// Changes the registration.
async fn registration(world: &World, change: Value) {
    let app = world.sim().sign_in_app().unwrap().object_id;
    world.graph_admin().call(Method::PATCH, &format!("/applications/{app}"), Some(change)).await;
}

/// Changes the service principal.
async fn principal(world: &World, change: Value) {
    let sp = world.sim().sign_in_app().unwrap().service_principal_id;
    world.graph_admin().call(Method::PATCH, &format!("/servicePrincipals/{sp}"), Some(change)).await;
}

/// Changes the login method; a client or directory that changes needs the secret again.
async fn provider(world: &World, member: &str, value: Value) {
    let path = format!("access/identity_providers/{}", world.idp());
    let mut whole = world.api().get(&path).await;
    whole["config"]["client_secret"] = json!(world.sim().sign_in_app().unwrap().client_secret);
    whole["config"][member] = value;
    world.api().put(&path, whole).await;
}

/// The application's delegated grants.
async fn grants(world: &World) -> Vec<Value> {
    let sp = world.sim().sign_in_app().unwrap().service_principal_id.to_string();
    let all = world.graph_admin().call(Method::GET, "/oauth2PermissionGrants", None).await;
    all["value"].as_array().unwrap().iter().filter(|grant| grant["clientId"] == sp.as_str()).cloned().collect()
}

async fn switch(world: &World, path: &str, body: Value) {
    let client = world.network().client(testkit::Speech::Http1);
    let answer = client.put(format!("{}{path}", world.sim().base)).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_set_up_is_read_whole_and_a_person_found() {
    let world = world().await;
    let findings = check(&world, Some(&json!({ "person": "mara@harbourworks.example" }))).await;
    assert_eq!(severe(&findings), Vec::<&str>::new(), "{findings:#?}");
    for code in ["redirect-uri", "secret-end", "audience", "groups-claim", "assignment"] {
        assert_eq!(one(&findings, code)["severity"], "ok", "{code}");
    }
    let uses: Vec<&str> = findings.iter().filter(|f| f["code"] == "permission").filter_map(|f| f["about"].as_str()).collect();
    assert_eq!(uses, ["sign-in", "groups", "liveness"]);
    let groups = one(&findings, "person-groups")["text"].as_str().unwrap();
    for name in ["Pilots", "Night Pilots", "All Staff", "nested ones included"] {
        assert!(groups.contains(name), "{groups}");
    }
    assert!(one(&findings, "secret-end")["days_left"].as_i64().unwrap() > 30);

    world.graph_admin().disable("ilo").await;
    let findings = check(&world, Some(&json!({ "person": "ilo@harbourworks.example" }))).await;
    assert_eq!(severe(&findings), ["person-disabled"]);
    let findings = check(&world, Some(&json!({ "person": "nobody@harbourworks.example" }))).await;
    assert_eq!(severe(&findings), ["person-missing"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_settings_have_wrong_is_named() {
    let world = world().await;
    let app = world.sim().sign_in_app().unwrap();
    let elsewhere = json!("0b5a0f66-2c1d-4d51-9a0e-77a1a3f0c9d2");
    for (member, wrong, right, code) in [
        ("directory_id", elsewhere.clone(), json!(world.sim().tenant_id().to_string()), "directory-unknown"),
        ("client_id", elsewhere, json!(app.client_id.to_string()), "client-unknown"),
        ("client_secret", json!("not~the-secret"), json!(app.client_secret), "secret-refused"),
    ] {
        provider(&world, member, wrong).await;
        let findings = check(&world, None).await;
        assert_eq!(severe(&findings), [code], "{findings:#?}");
        provider(&world, member, right).await;
    }
    let path = format!("access/identity_providers/{}", world.idp());
    let mut whole = world.api().get(&path).await;
    whole["config"]["client_secret"] = json!("6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10");
    let refused = world.api().call(Method::PUT, &path, Some(&whole)).await;
    assert!(refused.status == 400 && refused.body.to_string().contains("Secret ID"), "{}", refused.body);

    let body = json!({ "passwordCredential": { "displayName": "old", "endDateTime": "2020-01-01T00:00:00Z" } });
    let made = world.graph_admin().call(Method::POST, &format!("/applications/{}/addPassword", app.object_id), Some(body)).await;
    provider(&world, "client_secret", made["secretText"].clone()).await;
    assert_eq!(severe(&check(&world, None).await), ["secret-expired"]);
    provider(&world, "client_secret", json!(app.client_secret)).await;

    let cloud = json!({ "login_url": world.sim().base, "graph_url": "https://localhost:9", "client_secret": app.client_secret });
    world.api().put(&format!("doorward/identity_providers/{}/cloud", world.idp()), cloud).await;
    assert_eq!(severe(&check(&world, None).await), ["graph-unknown"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_registration_has_wrong_is_named() {
    let world = world().await;
    let callback = format!("{}/cdn-cgi/access/callback", world.team());
    registration(&world, json!({ "web": { "redirectUris": [format!("{callback}/")] } })).await;
    let findings = check(&world, None).await;
    assert_eq!(severe(&findings), ["redirect-uri-unregistered"]);
    assert!(one(&findings, "redirect-uri-unregistered")["text"].as_str().unwrap().ends_with("a slash at the end"));
    registration(&world, json!({ "web": { "redirectUris": [callback] }, "groupMembershipClaims": "ApplicationGroup" })).await;
    assert_eq!(severe(&check(&world, None).await), ["groups-claim-direct-only"]);
    registration(&world, json!({ "groupMembershipClaims": "SecurityGroup" })).await;

    let tenants = json!({ "tenants": { "authority": "organizations", "allowed": ["0b5a0f66-2c1d-4d51-9a0e-77a1a3f0c9d2"] } });
    let options = format!("doorward/identity_providers/{}/options", world.idp());
    world.api().put(&options, tenants).await;
    assert_eq!(severe(&check(&world, None).await), ["audience-single-tenant"]);
    world.api().put(&options, json!({})).await;

    principal(&world, json!({ "appRoleAssignmentRequired": true })).await;
    let findings = check(&world, None).await;
    assert_eq!((severe(&findings).len(), &one(&findings, "assignment-required")["severity"]), (0, &json!("note")));
    principal(&world, json!({ "accountEnabled": false })).await;
    assert_eq!(severe(&check(&world, None).await), ["application-disabled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_consent_and_permissions_of_the_wrong_kind_are_told_apart() {
    let world = world().await;
    for grant in grants(&world).await {
        let scope = grant["scope"].as_str().unwrap().replace("GroupMember.Read.All", "");
        let path = format!("/oauth2PermissionGrants/{}", grant["id"].as_str().unwrap());
        world.graph_admin().call(Method::PATCH, &path, Some(json!({ "scope": scope }))).await;
    }
    let findings = check(&world, None).await;
    assert_eq!(severe(&findings), ["consent-missing"], "{findings:#?}");
    let missing = one(&findings, "consent-missing");
    assert_eq!(missing["about"], "groups");
    let link = missing["link"].as_str().unwrap();
    let tenant = world.sim().tenant_id();
    assert!(
        link.starts_with(&format!("{}/{tenant}/v2.0/adminconsent?", world.sim().base)) && link.contains("GroupMember.Read.All"),
        "{link}"
    );

    registration(&world, json!({ "requiredResourceAccess": [] })).await;
    let findings = check(&world, None).await;
    assert_eq!(severe(&findings), ["permission-wrong-kind"], "{findings:#?}");
    assert!(one(&findings, "permission-wrong-kind")["text"].as_str().unwrap().contains("application permission, where a delegated one"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_and_a_provider_that_is_away_are_named_and_become_warnings() {
    let mut world = world().await;
    switch(&world, "/sim/clock", json!({ "skew_seconds": 200 })).await;
    assert_eq!(severe(&check(&world, None).await), ["clock-skew"]);
    let warnings = world.api().get("doorward/warnings").await;
    assert_eq!((warnings.as_array().unwrap().len(), &warnings[0]["code"]), (1, &json!("clock-skew")));

    world.stop_entra().await;
    let findings = check(&world, None).await;
    assert_eq!(severe(&findings), ["discovery-unreachable", "token-endpoint-unreachable"]);
    let codes: Vec<Value> = world.api().get("doorward/warnings").await.as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert_eq!(codes, ["discovery-unreachable", "token-endpoint-unreachable", "clock-skew"], "what could not be asked stays");
}
