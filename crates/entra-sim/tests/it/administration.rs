//! Owns the tests of what administrators change: people, applications, secrets, consent, assignment.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{CALLBACK, World, browser, location, payload, query, world};

const MARA: &str = "mara@harbourworks.example";
const ILO: &str = "ilo@harbourworks.example";

/// Registers an application through Graph; returns client id and secret.
pub async fn make_app(world: &World, scope: &str) -> (String, String) {
    let admin = world.admin().await;
    let app =
        world.write(&admin, Method::POST, "/applications", json!({"displayName": "Tide Table", "web": {"redirectUris": [CALLBACK]}})).await;
    let client = app["appId"].as_str().unwrap().to_owned();
    let sp = world.write(&admin, Method::POST, "/servicePrincipals", json!({ "appId": client })).await;
    let graph = world.get(&admin, "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')").await;
    if !scope.is_empty() {
        let grant = json!({"clientId": sp["id"], "resourceId": graph["id"], "consentType": "AllPrincipals", "scope": scope});
        world.write(&admin, Method::POST, "/oauth2PermissionGrants", grant).await;
    }
    let path = format!("/applications/{}/addPassword", app["id"].as_str().unwrap());
    let made = world.write(&admin, Method::POST, &path, json!({"passwordCredential": {"displayName": "test"}})).await;
    (client, made["secretText"].as_str().unwrap().to_owned())
}

/// Signs a person in to such an application and returns the access token.
pub async fn token_of(world: &World, client: &str, secret: &str, upn: &str, scope: &str) -> String {
    let params = world.with(&[("scope", scope)]);
    let params: Vec<(&str, String)> =
        params.into_iter().map(|(name, value)| if name == "client_id" { (name, client.to_owned()) } else { (name, value) }).collect();
    let back = world.sign_in(upn, &params).await;
    let (status, body) = world
        .token(&[
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("client_secret", secret),
            ("code", &back["code"]),
            ("redirect_uri", CALLBACK),
            ("code_verifier", crate::world::VERIFIER),
        ])
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

async fn refresh(world: &World, token: &str) -> (StatusCode, serde_json::Value) {
    let id = world.app.client_id.to_string();
    world
        .token(&[
            ("grant_type", "refresh_token"),
            ("client_id", &id),
            ("client_secret", &world.app.client_secret),
            ("refresh_token", token),
        ])
        .await
}

#[tokio::test]
async fn disabling_a_person_ends_refreshing_and_the_browser_session() {
    let world = world().await;
    let tokens = world.tokens(MARA).await;
    let admin = world.admin().await;
    let path = format!("/users/{MARA}");
    world.write(&admin, Method::PATCH, &path, json!({"accountEnabled": false})).await;
    let (status, body) = refresh(&world, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!((&body["error"], &body["error_codes"][0]), (&json!("invalid_grant"), &json!(50_057)));
    let page = world.authorize(&world.usual()).await;
    assert!(page.text().await.unwrap().contains("AADSTS50057"));
    let silent = world.authorize(&world.with(&[("prompt", "none")])).await;
    assert_eq!(query(&location(&silent))["error"], "interaction_required");
    world.write(&admin, Method::PATCH, &path, json!({"accountEnabled": true})).await;
    assert_eq!(refresh(&world, tokens["refresh_token"].as_str().unwrap()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn revoked_sessions_need_a_new_sign_in() {
    let world = world().await;
    let tokens = world.tokens(MARA).await;
    let admin = world.admin().await;
    world.write(&admin, Method::POST, &format!("/users/{MARA}/revokeSignInSessions"), json!(null)).await;
    let (_, body) = refresh(&world, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(body["error_codes"][0], 50_173);
    assert_eq!(body["suberror"], "bad_token");
    let silent = world.authorize(&world.with(&[("prompt", "none")])).await;
    assert_eq!(query(&location(&silent))["error"], "login_required");
    assert!(world.sign_in(MARA, &world.usual()).await.contains_key("code"));
}

#[tokio::test]
async fn a_person_can_be_made_deleted_restored_and_purged() {
    let world = world().await;
    let admin = world.admin().await;
    let body = json!({"accountEnabled": true, "displayName": "Runa Dahl", "mailNickname": "runa", "mail": "runa@harbourworks.example",
        "userPrincipalName": "runa@harbourworks.example", "passwordProfile": {"password": "Harbour-Runa-1"}});
    let made = world.write(&admin, Method::POST, "/users", body.clone()).await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(world.refused(&admin, Method::POST, "/users", Some(body)).await.0, 400);
    assert!(world.sign_in("runa@harbourworks.example", &world.usual()).await.contains_key("code"));
    let path = format!("/users/{id}");
    world.write(&admin, Method::DELETE, &path, json!(null)).await;
    assert_eq!(world.refused(&admin, Method::GET, &path, None).await.0, 404);
    world.write(&admin, Method::POST, &format!("/directory/deletedItems/{id}/restore"), json!(null)).await;
    assert_eq!(world.get(&admin, &path).await["displayName"], "Runa Dahl");
    world.write(&admin, Method::DELETE, &path, json!(null)).await;
    world.write(&admin, Method::DELETE, &format!("/directory/deletedItems/{id}"), json!(null)).await;
    assert_eq!(world.refused(&admin, Method::GET, &format!("/directory/deletedItems/{id}"), None).await.0, 404);
    let strange = Some(json!({"favouriteColour": "blue"}));
    assert_eq!(world.refused(&admin, Method::PATCH, &format!("/users/{MARA}"), strange).await.0, 400);
}

#[tokio::test]
async fn assignment_counts_only_direct_members_and_is_refused_on_the_page() {
    let mut world = world().await;
    let admin = world.admin().await;
    let sp = world.app.service_principal_id;
    let path = format!("/servicePrincipals/{sp}");
    world.write(&admin, Method::PATCH, &path, json!({"appRoleAssignmentRequired": true})).await;
    let pilots = world.sim.group_id("Pilots").unwrap();
    let assignment = json!({"principalId": pilots, "resourceId": sp, "appRoleId": uuid::Uuid::nil()});
    world.write(&admin, Method::POST, &format!("{path}/appRoleAssignedTo"), assignment).await;
    assert!(world.sign_in(ILO, &world.usual()).await.contains_key("code"));
    world.browser = browser();
    let page = world.authorize(&world.usual()).await.text().await.unwrap();
    let refused = world.submit(&page, &[("loginfmt", MARA), ("passwd", "Harbour-Mara-1")]).await;
    assert!(refused.headers().get("location").is_none());
    assert!(refused.text().await.unwrap().contains("AADSTS50105"));
    let silent = world.authorize(&world.with(&[("prompt", "none")])).await;
    let fields = query(&location(&silent));
    assert_eq!(fields["error"], "interaction_required");
    assert!(fields["error_description"].starts_with("AADSTS50105"));
}

#[tokio::test]
async fn secrets_are_shown_once_expire_and_can_be_removed() {
    let world = world().await;
    let admin = world.admin().await;
    let path = format!("/applications/{}", world.app.object_id);
    let expired = json!({"passwordCredential": {"displayName": "old", "endDateTime": "2020-01-01T00:00:00Z"}});
    let made = world.write(&admin, Method::POST, &format!("{path}/addPassword"), expired).await;
    let (text, key) = (made["secretText"].as_str().unwrap(), made["keyId"].as_str().unwrap());
    assert_eq!(text.len(), 40);
    assert!(text.starts_with(made["hint"].as_str().unwrap()));
    let shown = world.get(&admin, &path).await;
    assert!(shown["passwordCredentials"].as_array().unwrap().iter().all(|one| one["secretText"].is_null()));
    assert!(!shown.to_string().contains(text));
    let id = world.app.client_id.to_string();
    let form = |secret: &str| {
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", id.clone()),
            ("client_secret", secret.to_owned()),
            ("scope", "https://graph.microsoft.com/.default".to_owned()),
        ]
    };
    let ask = async |secret: &str| {
        let form = form(secret);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.token(&form).await
    };
    let (status, body) = ask(text).await;
    assert_eq!((status.as_u16(), &body["error_codes"][0]), (401, &json!(7_000_222)));
    let (_, body) = ask(key).await;
    assert_eq!(body["error_codes"][0], 7_000_215);
    assert!(body["error_description"].as_str().unwrap().contains("not the client secret ID"));
    world.write(&admin, Method::POST, &format!("{path}/removePassword"), json!({ "keyId": key })).await;
    let (_, body) = ask(text).await;
    assert_eq!(body["error_codes"][0], 7_000_215);
}

#[tokio::test]
async fn missing_consent_is_asked_for_unless_an_administrator_must_give_it() {
    let world = world().await;
    let (client, _) = make_app(&world, "").await;
    let params = |scope: &str, prompt: &str| {
        let mut all = world.with(&[("scope", scope), ("prompt", prompt)]);
        for (name, value) in &mut all {
            if *name == "client_id" {
                value.clone_from(&client);
            }
        }
        all
    };
    let page = world.authorize(&params("openid User.Read", "")).await.text().await.unwrap();
    let consent = world.submit(&page, &[("loginfmt", MARA), ("passwd", "Harbour-Mara-1")]).await.text().await.unwrap();
    assert!(consent.contains("Permissions requested") && consent.contains("User.Read"));
    let silent = world.authorize(&params("openid User.Read", "none")).await;
    let fields = query(&location(&silent));
    assert_eq!(fields["error"], "interaction_required");
    assert!(fields["error_description"].starts_with("AADSTS65001"));
    let declined = world.submit(&consent, &[("cancel", "consent")]).await;
    assert!(query(&location(&declined))["error_description"].starts_with("AADSTS65004"));
    let again = world.authorize(&params("openid User.Read", "")).await.text().await.unwrap();
    let accepted = world.submit(&again, &[("accept", "1")]).await;
    assert!(query(&location(&accepted)).contains_key("code"));
    let granted = world.authorize(&params("openid User.Read", "")).await;
    assert!(query(&location(&granted)).contains_key("code"));
    let admin_only = world.authorize(&params("openid Group.Read.All", "")).await;
    assert!(admin_only.text().await.unwrap().contains("AADSTS90094"));
}

#[tokio::test]
async fn optional_claims_and_contexts_come_when_asked_for() {
    let mut world = world().await;
    let admin = world.admin().await;
    let claim = |name: &str| json!({"name": name, "essential": false});
    let optional = json!({"optionalClaims": {"idToken": [claim("sid"), claim("auth_time"), claim("upn"), claim("login_hint"),
        claim("given_name"), claim("acct"), claim("extension_abc_berth")]}});
    world.write(&admin, Method::PATCH, &format!("/applications/{}", world.app.object_id), optional).await;
    world.write(&admin, Method::PATCH, &format!("/users/{MARA}"), json!({"extension_abc_berth": "B7"})).await;
    let claims = world.claims(MARA).await;
    for name in ["sid", "auth_time", "login_hint"] {
        assert!(claims.get(name).is_some(), "{name}");
    }
    assert_eq!((&claims["upn"], &claims["given_name"]), (&json!(MARA), &json!("Mara")));
    assert_eq!((&claims["acct"], &claims["extn.berth"]), (&json!(0), &json!("B7")));
    let hint = claims["login_hint"].as_str().unwrap().to_owned();
    let request = r#"{"id_token":{"acrs":{"essential":true,"value":"c2"}}}"#;
    let answer = world.authorize(&world.with(&[("login_hint", &hint), ("claims", request)])).await;
    let (_, tokens) = world.redeem(&query(&location(&answer))["code"]).await;
    assert_eq!(payload(tokens["id_token"].as_str().unwrap())["acrs"], json!(["c2"]));
}
