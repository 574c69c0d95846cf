//! Owns the tests of discovery, keys, sign-in pages, tokens and claims.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{CALLBACK, browser, location, payload, query, world};

const MARA: &str = "mara@harbourworks.example";
const GRETA: &str = "greta@harbourworks.example";

async fn get(url: String) -> Value {
    browser().get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn discovery_of_the_tenant_has_microsofts_fields_and_a_concrete_issuer() {
    let world = world().await;
    let (base, tenant) = (&world.sim.base, world.sim.tenant_id());
    let by_id = get(format!("{base}/{tenant}/v2.0/.well-known/openid-configuration")).await;
    let by_domain = get(format!("{base}/harbourworks.example/v2.0/.well-known/openid-configuration")).await;
    assert_eq!(by_id, by_domain);
    assert_eq!(by_id["issuer"], format!("{base}/{tenant}/v2.0"));
    assert_eq!(by_id["jwks_uri"], format!("{base}/{tenant}/discovery/v2.0/keys"));
    assert!(by_id.get("code_challenge_methods_supported").is_none());
    assert_eq!(by_id.as_object().unwrap().len(), 23);
}

#[tokio::test]
async fn discovery_of_common_has_the_issuer_template() {
    let world = world().await;
    let base = &world.sim.base;
    for word in ["common", "organizations"] {
        let document = get(format!("{base}/{word}/v2.0/.well-known/openid-configuration")).await;
        assert_eq!(document["issuer"], format!("{base}/{{tenantid}}/v2.0"));
        assert_eq!(document["token_endpoint"], format!("{base}/{word}/oauth2/v2.0/token"));
        assert_eq!(document["tenant_region_scope"], Value::Null);
    }
}

#[tokio::test]
async fn keys_have_no_alg_and_outlive_a_planned_roll_but_not_an_emergency() {
    let world = world().await;
    let url = format!("{}/discovery/v2.0/keys", world.sim.authority());
    let kids = |document: &Value| -> Vec<String> {
        let keys = document["keys"].as_array().unwrap();
        assert!(keys.len() >= 2);
        keys.iter()
            .map(|key| {
                assert!(key.get("alg").is_none());
                assert_eq!(key["kid"], key["x5t"]);
                assert_eq!(key["kid"].as_str().unwrap().len(), 27);
                key["kid"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let before = kids(&get(url.clone()).await);
    let roll = |how: &str| browser().post(format!("{}/sim/keys/roll", world.sim.base)).json(&json!({ "how": how })).send();
    assert_eq!(roll("planned").await.unwrap().status(), StatusCode::NO_CONTENT);
    let planned = kids(&get(url.clone()).await);
    assert!(before.iter().all(|kid| planned.contains(kid)));
    assert_eq!(roll("emergency").await.unwrap().status(), StatusCode::NO_CONTENT);
    let emergency = kids(&get(url).await);
    assert!(planned.iter().all(|kid| !emergency.contains(kid)));
}

#[tokio::test]
async fn a_person_signs_in_with_pkce_and_the_id_token_verifies() {
    let world = world().await;
    let back = world.sign_in(MARA, &world.usual()).await;
    assert_eq!(back["state"], "st/ate");
    assert!(back.contains_key("session_state"));
    let (status, tokens) = world.redeem(&back["code"]).await;
    assert_eq!(status, StatusCode::OK);
    let token = tokens["id_token"].as_str().unwrap();
    let document = get(format!("{}/discovery/v2.0/keys", world.sim.authority())).await;
    let keys: JwkSet = serde_json::from_value(document).unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[world.app.client_id.to_string()]);
    rules.set_issuer(&[format!("{}/v2.0", world.sim.authority())]);
    let checked = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap();
    let claims = checked.claims;
    let mara = world.sim.person(MARA).unwrap();
    assert_eq!(claims["oid"], mara.id.to_string());
    assert_eq!(claims["tid"], world.sim.tenant_id().to_string());
    assert_eq!(claims["nonce"], "n-0");
    assert_eq!(claims["preferred_username"], MARA);
    assert_eq!(claims["email"], MARA);
    assert_eq!(claims["sub"].as_str().unwrap().len(), 43);
    let iat = claims["iat"].as_i64().unwrap();
    assert_eq!(claims["exp"].as_i64().unwrap() - iat, 3_900);
    let age = time::OffsetDateTime::now_utc().unix_timestamp() - iat;
    assert!((300..330).contains(&age), "{age}");
    for absent in ["amr", "auth_time", "sid", "upn", "acrs", "at_hash"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let life = tokens["expires_in"].as_i64().unwrap();
    assert!((3_599..=5_399).contains(&life));
    assert_eq!(tokens["scope"], "email GroupMember.Read.All openid profile User.Read");
}

#[tokio::test]
async fn the_groups_claim_is_flattened() {
    let mut world = world().await;
    let claims = world.claims(MARA).await;
    let held: Vec<&str> = claims["groups"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    for name in ["Night Pilots", "Pilots", "All Staff"] {
        let id = world.sim.group_id(name).unwrap().to_string();
        assert!(held.contains(&id.as_str()), "{name}");
    }
    assert_eq!(held.len(), 3);
}

#[tokio::test]
async fn a_person_without_groups_has_no_claim_and_one_with_too_many_has_its_replacement() {
    let mut world = world().await;
    let none = world.claims("sanna@harbourworks.example").await;
    assert!(none.get("groups").is_none() && none.get("_claim_names").is_none());
    let many = world.claims(GRETA).await;
    assert!(many.get("groups").is_none());
    assert_eq!(many["_claim_names"], json!({"groups": "src1"}));
    let endpoint = many["_claim_sources"]["src1"]["endpoint"].as_str().unwrap();
    assert!(endpoint.starts_with("https://graph.windows.net/"));
    assert!(world.sim.person(GRETA).unwrap().groups.len() > 250);
}

#[tokio::test]
async fn the_oid_and_email_depend_on_scope_and_mail() {
    let mut world = world().await;
    let bare = world.sign_in(MARA, &world.with(&[("scope", "openid")])).await;
    let (_, tokens) = world.redeem(&bare["code"]).await;
    let claims = payload(tokens["id_token"].as_str().unwrap());
    for absent in ["oid", "name", "preferred_username", "email"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    assert!(tokens.get("refresh_token").is_none());
    let mailless = world.claims("nemo@harbourworks.example").await;
    assert!(mailless.get("email").is_none());
    assert!(mailless.get("oid").is_some());
}

#[tokio::test]
async fn a_signed_in_browser_is_not_asked_again_unless_the_client_insists() {
    let world = world().await;
    world.sign_in(MARA, &world.usual()).await;
    let again = world.authorize(&world.usual()).await;
    assert!(query(&location(&again)).contains_key("code"));
    let silent = world.authorize(&world.with(&[("prompt", "none")])).await;
    assert!(query(&location(&silent)).contains_key("code"));
    let forced = world.authorize(&world.with(&[("prompt", "login")])).await;
    assert_eq!(forced.status(), StatusCode::OK);
    assert!(forced.text().await.unwrap().contains("loginfmt"));
    let picker = world.authorize(&world.with(&[("prompt", "select_account")])).await;
    let html = picker.text().await.unwrap();
    let id = world.sim.person(MARA).unwrap().id.to_string();
    assert!(html.contains(&id));
    let picked = world.submit(&html, &[("account", &id)]).await;
    assert!(query(&location(&picked)).contains_key("code"));
}

#[tokio::test]
async fn an_answer_can_travel_by_form_and_by_fragment() {
    let world = world().await;
    world.sign_in(MARA, &world.usual()).await;
    let form = world.authorize(&world.with(&[("response_mode", "form_post")])).await;
    assert_eq!(form.status(), StatusCode::OK);
    let html = form.text().await.unwrap();
    assert!(html.contains(&format!("action=\"{CALLBACK}\"")));
    assert!(crate::world::hidden(&html).contains_key("code"));
    let fragment = world.authorize(&world.with(&[("response_mode", "fragment")])).await;
    assert!(location(&fragment).contains("#code="));
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_and_stays_valid_itself() {
    let world = world().await;
    let first = world.tokens(MARA).await;
    let refresh = first["refresh_token"].as_str().unwrap();
    let id = world.app.client_id.to_string();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("client_secret", world.app.client_secret.as_str()),
        ("refresh_token", refresh),
    ];
    let (status, second) = world.token(&form).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert!(payload(second["id_token"].as_str().unwrap()).get("nonce").is_none());
    let (status, _) = world.token(&form).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_frames_the_application() {
    let world = crate::world::world_of(entra_sim::Seed {
        redirect_uris: vec![CALLBACK.into()],
        logout_url: Some("https://team.localhost/front".into()),
        ..entra_sim::Seed::default()
    })
    .await;
    world.sign_in(MARA, &world.usual()).await;
    let page = world
        .browser
        .get(crate::world::with_query(
            &format!("{}/oauth2/v2.0/logout", world.sim.authority()),
            &[("post_logout_redirect_uri", CALLBACK), ("state", "s1")],
        ))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("<iframe src=\"https://team.localhost/front?sid="));
    assert!(page.contains(&format!("{CALLBACK}?state=s1")));
    let silent = world.authorize(&world.with(&[("prompt", "none")])).await;
    assert_eq!(query(&location(&silent))["error"], "login_required");
}

#[tokio::test]
async fn the_enter_key_never_cancels_a_sign_in() {
    let world = world().await;
    let name = world.authorize(&world.usual()).await.text().await.unwrap();
    let password = world.submit(&name, &[("loginfmt", MARA)]).await.text().await.unwrap();
    for page in [name, password] {
        // Browsers press the first submit button of the form.
        let first = page.split("<button").nth(1).unwrap();
        assert!(first.contains("idSIButton9"), "{first}");
    }
}
