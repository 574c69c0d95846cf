//! Owns the tests of refusals: which stay on the sign-in page, which come back, and their shapes.

use reqwest::StatusCode;
use serde_json::Value;

use crate::world::{CALLBACK, VERIFIER, World, browser, location, query, world};

const MARA: &str = "mara@harbourworks.example";

async fn page(world: &World, changes: &[(&'static str, &str)]) -> String {
    let answer = world.authorize(&world.with(changes)).await;
    assert!(answer.headers().get("location").is_none());
    answer.text().await.unwrap()
}

#[tokio::test]
async fn faults_of_client_and_address_stay_on_the_page() {
    let world = world().await;
    let other = uuid::Uuid::new_v4().to_string();
    let table = [
        (vec![("redirect_uri", "https://team.localhost/CALLBACK")], "AADSTS50011"),
        (vec![("client_id", other.as_str())], "AADSTS700016"),
        (vec![("client_id", "")], "AADSTS900144"),
    ];
    for (changes, code) in table {
        let html = page(&world, &changes).await;
        assert!(html.contains(code), "{code}: {html}");
    }
    let lost = browser().get(format!("{}/{other}/oauth2/v2.0/authorize", world.sim.base)).send().await.unwrap();
    assert!(lost.text().await.unwrap().contains("AADSTS90002"));
}

#[tokio::test]
async fn protocol_faults_come_back_in_microsofts_spelling() {
    let world = world().await;
    let table = [
        (vec![("response_type", "id_token")], "unsupported_response_type", "AADSTS700054"),
        (vec![("scope", "openid Nonsense.Do")], "invalid_scope", "AADSTS70011"),
        (vec![("scope", "https://nowhere.example/x")], "invalid_resource", "AADSTS500011"),
        (vec![("prompt", "maybe")], "invalid_request", "AADSTS90023"),
        (vec![("code_challenge", "short")], "invalid_request", "AADSTS501491"),
        (vec![("prompt", "none")], "login_required", "AADSTS50058"),
    ];
    for (changes, error, code) in table {
        let answer = world.authorize(&world.with(&changes)).await;
        let target = location(&answer);
        if error == "unsupported_response_type" {
            assert!(target.contains("#error=unsupported_response_type"));
            continue;
        }
        assert!(target.ends_with('#'), "{target}");
        assert!(target.contains("%0d%0aTrace+ID%3a+"), "{target}");
        let fields = query(&target);
        assert_eq!(fields["error"], error);
        assert!(fields["error_description"].starts_with(code), "{target}");
        assert_eq!(fields["state"], "st/ate");
    }
}

#[tokio::test]
async fn pressing_cancel_comes_back_as_access_denied() {
    let world = world().await;
    let html = page(&world, &[]).await;
    let answer = world.submit(&html, &[("cancel", "1")]).await;
    let fields = query(&location(&answer));
    assert_eq!(fields["error"], "access_denied");
    assert_eq!(fields["error_subcode"], "cancel");
}

#[tokio::test]
async fn wrong_names_and_passwords_are_asked_again() {
    let world = world().await;
    let html = page(&world, &[]).await;
    let unknown = world.submit(&html, &[("loginfmt", "nobody@harbourworks.example")]).await;
    assert!(unknown.text().await.unwrap().contains("AADSTS50034"));
    let wrong = world.submit(&html, &[("loginfmt", MARA), ("passwd", "Harbour-Ilo-1")]).await;
    let html = wrong.text().await.unwrap();
    assert!(html.contains("AADSTS50126"));
    let right = world.submit(&html, &[("loginfmt", MARA), ("passwd", "Harbour-Mara-1")]).await;
    assert!(query(&location(&right)).contains_key("code"));
}

#[tokio::test]
async fn a_disabled_person_is_told_so_only_after_the_right_password() {
    let world = world().await;
    let html = page(&world, &[]).await;
    let answer = world.submit(&html, &[("loginfmt", "dorte@harbourworks.example"), ("passwd", "Harbour-Dorte-1")]).await;
    assert!(answer.text().await.unwrap().contains("AADSTS50057"));
}

#[tokio::test]
async fn a_form_from_another_browser_is_refused() {
    let mut world = world().await;
    let html = page(&world, &[]).await;
    world.browser = browser();
    let answer = world.submit(&html, &[("loginfmt", MARA), ("passwd", "Harbour-Mara-1")]).await;
    assert!(answer.headers().get("location").is_none());
    assert!(answer.text().await.unwrap().contains("AADSTS165000"));
}

fn check(body: &Value, error: &str, code: u64) {
    assert_eq!(body["error"], error, "{body}");
    assert_eq!(body["error_codes"][0], code, "{body}");
    let text = body["error_description"].as_str().unwrap();
    assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
    assert_eq!(text.matches("\r\n").count(), 3, "{text}");
    for member in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(body[member].is_string(), "{member}");
    }
}

#[tokio::test]
async fn the_token_endpoint_names_each_fault_as_microsoft_does() {
    let world = world().await;
    let id = world.app.client_id.to_string();
    let other = uuid::Uuid::new_v4().to_string();
    let secret = world.app.client_secret.as_str();
    let code = world.sign_in(MARA, &world.usual()).await["code"].clone();
    let good = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("client_secret", secret),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let changed = |name: &'static str, value: &'static str| {
        let mut form = good.to_vec();
        form.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            form.push((name, value));
        }
        form
    };
    let (bad, unauthorized) = (StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED);
    let table = [
        (changed("client_secret", "nope"), unauthorized, "invalid_client", 7_000_215),
        (changed("client_secret", "6a1f2c1e-93d4-4a57-8e21-0d9b7c5e4a10"), unauthorized, "invalid_client", 7_000_215),
        (changed("client_secret", ""), unauthorized, "invalid_client", 7_000_218),
        (changed("grant_type", "password"), bad, "unsupported_grant_type", 70_003),
        (changed("grant_type", ""), bad, "invalid_request", 900_144),
        (changed("code", "garbage"), bad, "invalid_grant", 70_000),
        (changed("redirect_uri", "https://team.localhost/other"), bad, "invalid_client", 500_112),
        (changed("code_verifier", "wrong"), bad, "invalid_grant", 501_481),
        (changed("scope", "Nonsense.Do"), bad, "invalid_scope", 70_011),
    ];
    for (form, status, error, code) in table {
        let (got, body) = world.token(&form).await;
        assert_eq!(got, status, "{body}");
        check(&body, error, code);
    }
    let mut unknown = changed("client_id", "");
    unknown.push(("client_id", other.as_str()));
    check(&world.token(&unknown).await.1, "unauthorized_client", 700_016);
    let (status, _) = world.token(&good).await;
    assert_eq!(status, StatusCode::OK);
    let (_, again) = world.token(&good).await;
    check(&again, "invalid_grant", 54_005);
    let elsewhere = browser().post(format!("{}/{other}/oauth2/v2.0/token", world.sim.base)).form(&good).send().await.unwrap();
    check(&elsewhere.json().await.unwrap(), "invalid_request", 90_002);
}

#[tokio::test]
async fn client_credentials_take_one_default_scope_of_one_tenant() {
    let world = world().await;
    let app = world.sim.admin_app().unwrap();
    let id = app.client_id.to_string();
    let form = |scope: &'static str| {
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", id.clone()),
            ("client_secret", app.client_secret.clone()),
            ("scope", scope.to_owned()),
        ]
    };
    let ask = async |segment: String, scope: &'static str| -> Value {
        browser()
            .post(format!("{}/{segment}/oauth2/v2.0/token", world.sim.base))
            .form(&form(scope))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    let tenant = world.sim.tenant_id().to_string();
    check(&ask(tenant.clone(), "User.Read.All").await, "invalid_scope", 70_011);
    check(&ask("common".into(), "https://graph.microsoft.com/.default").await, "invalid_request", 9_001_023);
    let good = ask(tenant, "https://graph.microsoft.com/.default").await;
    let claims = crate::world::payload(good["access_token"].as_str().unwrap());
    assert_eq!(claims["idtyp"], "app");
    assert!(claims["roles"].as_array().unwrap().len() >= 8);
    assert!(good.get("refresh_token").is_none());
}

#[tokio::test]
async fn basic_authentication_is_form_decoded() {
    let world = world().await;
    let app = world.sim.admin_app().unwrap();
    let encode = |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let answer = browser()
        .post(format!("{}/oauth2/v2.0/token", world.sim.authority()))
        .basic_auth(encode(&app.client_id.to_string()), Some(encode(&app.client_secret)))
        .form(&[("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}
