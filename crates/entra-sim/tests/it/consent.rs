//! Owns the tests of consent: asking an administrator, consenting for everyone, the admin consent endpoints.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::world::{CALLBACK, World, browser, location, query, with_query, world};

const MARA: &str = "mara@harbourworks.example";
const SANNA: &str = "sanna@harbourworks.example";

/// A registration that nobody has consented to.
async fn fresh(world: &World) -> (String, String) {
    let admin = world.admin().await;
    let wanted = json!({"displayName": "tide table", "web": {"redirectUris": [CALLBACK]}, "requiredResourceAccess": [{
        "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [
            {"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"},
            {"id": "5f8c59db-677d-491f-a6b8-5f174b11ec1d", "type": "Scope"},
            {"id": "7ab1d382-f21e-4acd-a863-ba3e13f7da61", "type": "Role"},
        ],
    }]});
    let app = world.write(&admin, Method::POST, "/applications", wanted).await;
    let id = app["appId"].as_str().unwrap().to_owned();
    let sp = world.write(&admin, Method::POST, "/servicePrincipals", json!({"appId": id})).await;
    (id, sp["id"].as_str().unwrap().to_owned())
}

async fn grants(world: &World, principal: &str) -> Vec<Value> {
    let admin = world.admin().await;
    let all = world.get(&admin, "/oauth2PermissionGrants").await["value"].as_array().unwrap().clone();
    all.into_iter().filter(|grant| grant["clientId"] == principal).collect()
}

async fn entered(world: &World, page: Response, upn: &str) -> Response {
    let html = page.text().await.unwrap();
    let password = world.sim.person(upn).unwrap().password;
    world.submit(&html, &[("loginfmt", upn), ("passwd", &password)]).await
}

async fn endpoint(world: &World, path: &str, id: &str, scope: &str) -> Response {
    let mut params = vec![("client_id", id), ("redirect_uri", CALLBACK), ("state", "st/ate")];
    if !scope.is_empty() {
        params.push(("scope", scope));
    }
    world.browser.get(with_query(&format!("{}{path}", world.sim.authority()), &params)).send().await.unwrap()
}

#[tokio::test]
async fn a_person_asks_for_approval_or_gives_up() {
    let world = world().await;
    let (id, _) = fresh(&world).await;
    let params = world.with(&[("client_id", &id), ("scope", "openid Group.Read.All")]);
    let page = entered(&world, world.authorize(&params).await, MARA).await.text().await.unwrap();
    assert!(page.contains("AADSTS90094") && page.contains("justification"));
    let empty = world.submit(&page, &[("approval", "1")]).await.text().await.unwrap();
    assert!(empty.contains("Enter a justification"));
    let sent = world.submit(&page, &[("approval", "1"), ("justification", "tides")]).await;
    assert!(sent.headers().get("location").is_none());
    assert!(sent.text().await.unwrap().contains("AADSTS90095"));
    let kept: Value = browser().get(format!("{}/sim/approvals", world.sim.base)).send().await.unwrap().json().await.unwrap();
    assert_eq!((&kept[0]["app_id"], &kept[0]["justification"]), (&json!(id), &json!("tides")));
    let page = world.authorize(&params).await.text().await.unwrap();
    let given_up = query(&location(&world.submit(&page, &[("cancel", "approval")]).await));
    assert_eq!(given_up["error"], "access_denied");
    assert!(given_up["error_description"].starts_with("AADSTS90094"));
    let silent = world.with(&[("client_id", &id), ("scope", "openid Group.Read.All"), ("prompt", "none")]);
    assert_eq!(query(&location(&world.authorize(&silent).await))["error"], "interaction_required");
}

#[tokio::test]
async fn an_administrator_may_consent_for_everyone_at_the_sign_in() {
    let mut world = world().await;
    let (id, principal) = fresh(&world).await;
    let params = world.with(&[("client_id", &id), ("scope", "openid User.Read Group.Read.All")]);
    let page = entered(&world, world.authorize(&params).await, SANNA).await.text().await.unwrap();
    assert!(page.contains("orgwide"));
    let done = world.submit(&page, &[("accept", "1"), ("orgwide", "1")]).await;
    assert!(query(&location(&done)).contains_key("code"));
    let made = grants(&world, &principal).await;
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["consentType"], &made[0]["principalId"]), (&json!("AllPrincipals"), &Value::Null));
    world.browser = browser();
    let other = entered(&world, world.authorize(&params).await, MARA).await;
    assert!(query(&location(&other)).contains_key("code"), "nobody else is asked");
}

#[tokio::test]
async fn consent_of_one_person_is_a_grant_of_that_person_and_can_be_asked_again() {
    let world = world().await;
    let (id, principal) = fresh(&world).await;
    let params = world.with(&[("client_id", &id), ("scope", "openid User.Read")]);
    let page = entered(&world, world.authorize(&params).await, MARA).await.text().await.unwrap();
    assert!(!page.contains("orgwide"));
    world.submit(&page, &[("accept", "1"), ("orgwide", "1")]).await;
    let made = grants(&world, &principal).await;
    let mara = world.sim.person(MARA).unwrap().id.to_string();
    assert_eq!(
        (&made[0]["consentType"], &made[0]["principalId"]),
        (&json!("Principal"), &json!(mara)),
        "the box counts for administrators only"
    );
    let again = world.with(&[("client_id", &id), ("scope", "openid User.Read"), ("prompt", "consent")]);
    assert!(world.authorize(&again).await.text().await.unwrap().contains("Permissions requested"));
}

#[tokio::test]
async fn the_admin_consent_endpoints_grant_for_everyone_and_answer_with_their_quirks() {
    let world = world().await;
    let (id, principal) = fresh(&world).await;
    let page = entered(&world, endpoint(&world, "/v2.0/adminconsent", &id, "User.Read Group.Read.All").await, SANNA).await;
    let html = page.text().await.unwrap();
    assert!(html.contains("for all users in your organization"));
    let declined = location(&world.submit(&html, &[("cancel", "consent")]).await);
    let fields = query(&declined);
    assert_eq!((fields["error"].as_str(), fields["admin_consent"].as_str()), ("access_denied", "True"));
    assert!(fields["error_description"].starts_with("AADSTS65004"));
    assert!(!fields.contains_key("tenant"));
    assert!(grants(&world, &principal).await.is_empty());
    let html = endpoint(&world, "/v2.0/adminconsent", &id, "User.Read Group.Read.All").await.text().await.unwrap();
    let fields = query(&location(&world.submit(&html, &[("accept", "1")]).await));
    assert_eq!(fields["admin_consent"], "True");
    assert_eq!(fields["tenant"], world.sim.tenant_id().to_string());
    assert_eq!((fields["scope"].as_str(), fields["state"].as_str()), ("User.Read Group.Read.All", "st/ate"));
    let made = grants(&world, &principal).await;
    assert_eq!((&made[0]["consentType"], &made[0]["scope"]), (&json!("AllPrincipals"), &json!("User.Read Group.Read.All")));
    let html = endpoint(&world, "/adminconsent", &id, "").await.text().await.unwrap();
    assert!(html.contains("Directory.Read.All (application)"));
    let fields = query(&location(&world.submit(&html, &[("accept", "1")]).await));
    assert!(!fields.contains_key("scope") && fields.contains_key("tenant"));
    let admin = world.admin().await;
    let roles = world.get(&admin, &format!("/servicePrincipals/{principal}/appRoleAssignments")).await;
    assert_eq!(roles["value"][0]["appRoleId"], "7ab1d382-f21e-4acd-a863-ba3e13f7da61");
}

#[tokio::test]
async fn admin_consent_is_refused_to_others_and_to_accounts_of_another_tenant() {
    let mut world = world().await;
    let (id, principal) = fresh(&world).await;
    let page = entered(&world, endpoint(&world, "/adminconsent", &id, "").await, MARA).await;
    assert!(page.text().await.unwrap().contains("AADSTS90094"));
    world.browser = browser();
    let html = endpoint(&world, "/v2.0/adminconsent", &id, "User.Read").await.text().await.unwrap();
    let (upn, password) = ("fenna@ferryline.example", "Harbour-Fenna-1");
    let back = world.submit(&html, &[("loginfmt", upn), ("passwd", password)]).await;
    let fields = query(&location(&back));
    assert!(fields["error_description"].starts_with("AADSTS50020"), "{fields:?}");
    assert_eq!(fields["error"], "access_denied");
    assert!(grants(&world, &principal).await.is_empty());
    let wrong = endpoint(&world, "/v2.0/adminconsent", &id, "").await;
    assert!(wrong.text().await.unwrap().contains("AADSTS900144"));
}
