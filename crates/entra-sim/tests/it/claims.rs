//! Owns the tests of optional claims, group claims, capabilities, keys and accounts of further tenants.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{CALLBACK, VERIFIER, World, browser, location, payload, query, world, world_of};

const MARA: &str = "mara@harbourworks.example";
const TESSA: &str = "tessa@harbourworks.example";
const FENNA: &str = "fenna@ferryline.example";

async fn registration(world: &World, change: Value) {
    let admin = world.admin().await;
    world.write(&admin, Method::PATCH, &format!("/applications/{}", world.app.object_id), change).await;
}

async fn put(world: &World, path: &str, body: Value) {
    let answer = browser().put(format!("{}{path}", world.sim.base)).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path} {body}");
}

#[tokio::test]
async fn configured_claims_come_when_they_have_a_value() {
    let mut world = world().await;
    let names = [
        "acct",
        "auth_time",
        "ctry",
        "email",
        "family_name",
        "given_name",
        "ipaddr",
        "login_hint",
        "sid",
        "tenant_ctry",
        "upn",
        "verified_primary_email",
        "xms_edov",
        "xms_pl",
    ];
    let before = world.claims(MARA).await;
    let quiet = ["acct", "auth_time", "family_name", "ipaddr", "login_hint", "sid", "tenant_ctry", "upn", "xms_edov"];
    assert!(quiet.iter().all(|name| before.get(*name).is_none()));
    let claims: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    registration(&world, json!({"optionalClaims": {"idToken": claims, "accessToken": [], "saml2Token": []}})).await;
    let claims = world.claims(MARA).await;
    let expected = [
        ("acct", json!(0)),
        ("email", json!(MARA)),
        ("family_name", json!("Lindqvist")),
        ("given_name", json!("Mara")),
        ("ipaddr", json!("127.0.0.1")),
        ("tenant_ctry", json!("NL")),
        ("upn", json!(MARA)),
        ("verified_primary_email", json!([MARA])),
        ("xms_edov", json!(true)),
        ("xms_pl", json!("en-GB")),
    ];
    for (name, value) in expected {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(claims["auth_time"].is_i64() && claims["sid"].is_string() && claims["login_hint"].is_string());
    assert!(claims.get("ctry").is_none(), "Mara has no country");
    let guest = world.claims(&format!("gil_partner.example#EXT#@{}", "harbourworks.example")).await;
    assert_eq!((&guest["acct"], &guest["xms_edov"]), (&json!(1), &json!(false)));
    assert!(guest.get("upn").is_none() && guest.get("verified_primary_email").is_none());
}

const MODES: &str = r#"{
  "tenant": {"domain": "pier.example", "displayName": "Pier"},
  "users": [{"userPrincipalName": "ada@pier.example", "displayName": "Ada", "mailNickname": "ada", "password": "Pier-Ada-1"}],
  "groups": [
    {"name": "Inner", "members": ["ada@pier.example"], "onPremises": {"samAccountName": "inner", "domainName": "pier.example", "netBiosName": "PIER"}},
    {"name": "Outer", "members": ["group:Inner"]},
    {"name": "List", "kind": "distributionList", "members": ["ada@pier.example"]},
    {"name": "Cloud", "members": ["ada@pier.example"]}
  ],
  "roles": [{"name": "Global Reader", "templateId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "members": ["ada@pier.example"]}],
  "apps": [
    {"name": "doorward", "delegated": ["openid", "profile", "email", "offline_access", "User.Read", "GroupMember.Read.All"],
     "assigned": ["group:Inner", "group:Outer", "group:Cloud"]},
    {"name": "harbour-admin", "application": ["Application.ReadWrite.All", "Directory.Read.All"]}
  ]
}"#;

#[tokio::test]
async fn each_mode_selects_its_groups_and_writes_them_as_configured() {
    let tenant = entra_sim::TenantSource::Json(MODES.into());
    let mut world = world_of(entra_sim::Seed { tenant, redirect_uris: vec![CALLBACK.into()], ..entra_sim::Seed::default() }).await;
    let id = |name: &str| world.sim.group_id(name).unwrap().to_string();
    let (inner, outer, list, cloud) = (id("Inner"), id("Outer"), id("List"), id("Cloud"));
    let role = json!(["f2ef992c-3afb-46b9-b7cf-a126ee74c451"]);
    let none = Value::Null;
    let table: [(Value, Vec<&str>, Vec<&String>, &Value); 9] = [
        (none.clone(), vec![], vec![], &none),
        (json!("None"), vec![], vec![], &none),
        (json!("SecurityGroup"), vec![], vec![&inner, &outer, &cloud], &none),
        (json!("All"), vec![], vec![&inner, &outer, &list, &cloud], &role),
        (json!("DirectoryRole"), vec![], vec![], &role),
        (json!("ApplicationGroup"), vec![], vec![&inner, &cloud], &none),
        (json!("ApplicationGroup"), vec!["sam_account_name", "cloud_displayname"], vec![], &none),
        (json!("SecurityGroup"), vec!["netbios_domain_and_sam_account_name"], vec![], &none),
        (json!("SecurityGroup"), vec!["dns_domain_and_sam_account_name", "emit_as_roles"], vec![], &none),
    ];
    for (mode, properties, expected, wids) in table {
        let claims = if properties.is_empty() { json!([]) } else { json!([{"name": "groups", "additionalProperties": properties}]) };
        registration(
            &world,
            json!({"groupMembershipClaims": mode, "optionalClaims": {"idToken": claims, "accessToken": [], "saml2Token": []}}),
        )
        .await;
        let claims = world.claims("ada@pier.example").await;
        assert_eq!(&claims["wids"], wids, "{mode}");
        let place = if properties.contains(&"emit_as_roles") { "roles" } else { "groups" };
        let mut held: Vec<&str> = claims[place].as_array().into_iter().flatten().map(|one| one.as_str().unwrap()).collect();
        held.sort_unstable();
        let mut expected: Vec<&str> = match properties.first() {
            None => expected.into_iter().map(String::as_str).collect(),
            Some(&"sam_account_name") => vec!["inner", "Cloud"],
            Some(&"netbios_domain_and_sam_account_name") => vec!["PIER\\inner", &outer, &cloud],
            Some(_) => vec!["pier.example\\inner", &outer, &cloud],
        };
        expected.sort_unstable();
        assert_eq!(held, expected, "{mode} {properties:?}");
    }
    world.browser = browser();
    let token = world.tokens("ada@pier.example").await["access_token"].as_str().unwrap().to_owned();
    let member = world.get(&token, "/me/memberOf").await;
    assert!(member["value"].as_array().unwrap().iter().any(|one| one["@odata.type"] == "#microsoft.graph.directoryRole"));
    let objects = world.write(&token, Method::POST, "/me/getMemberObjects", json!({"securityEnabledOnly": false})).await;
    let groups = world.write(&token, Method::POST, "/me/getMemberGroups", json!({"securityEnabledOnly": false})).await;
    assert_eq!((objects["value"].as_array().unwrap().len(), groups["value"].as_array().unwrap().len()), (5, 4));
}

#[tokio::test]
async fn many_groups_become_a_flag_in_a_fragment() {
    let world = world().await;
    registration(&world, json!({"web": {"implicitGrantSettings": {"enableIdTokenIssuance": true}}})).await;
    let params = world.with(&[("response_type", "id_token"), ("response_mode", "fragment"), ("scope", "openid profile")]);
    let page = world.authorize(&params).await.text().await.unwrap();
    let greta = "greta@harbourworks.example";
    let back = world.submit(&page, &[("loginfmt", greta), ("passwd", "Harbour-Greta-1")]).await;
    let claims = payload(&query(&location(&back).replace('#', "?"))["id_token"]);
    assert_eq!(claims["hasgroups"], true);
    assert!(claims.get("groups").is_none() && claims.get("_claim_names").is_none());
}

#[tokio::test]
async fn an_api_decides_what_its_access_tokens_carry() {
    let world = world().await;
    let admin = world.admin().await;
    let claims = json!([{"name": "xms_cc"}, {"name": "email"}, {"name": "acrs"}]);
    let body = json!({"displayName": "Tide API", "identifierUris": ["api://tide"], "optionalClaims": {"idToken": [], "accessToken": claims, "saml2Token": []}});
    let api = world.write(&admin, Method::POST, "/applications", body).await;
    world.write(&admin, Method::POST, "/servicePrincipals", json!({"appId": api["appId"]})).await;
    let asked = r#"{"access_token":{"xms_cc":{"values":["CP1"]},"acrs":{"essential":true,"value":"c1"}}}"#;
    for (claims, capable) in [("", false), (asked, true)] {
        let back = world
            .sign_in(MARA, &world.with(&[("scope", "openid profile api://tide/.default"), ("claims", claims), ("prompt", "login")]))
            .await;
        let (status, tokens) = world.redeem(&back["code"]).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let token = payload(tokens["access_token"].as_str().unwrap());
        assert_eq!(token["aud"], api["appId"]);
        assert_eq!(token["email"], MARA);
        assert_eq!(token["acrs"], json!(["c1", "c2", "c3"]), "opted in");
        assert_eq!(token.get("xms_cc").is_some(), capable);
    }
    // Graph's own tokens carry a context only when it is asked for, and live long for clients that take challenges.
    let back = world.sign_in(MARA, &world.with(&[("claims", asked), ("prompt", "login")])).await;
    let (_, tokens) = world.redeem(&back["code"]).await;
    let token = payload(tokens["access_token"].as_str().unwrap());
    assert_eq!((&token["acrs"], &token["xms_cc"]), (&json!(["c1"]), &json!(["cp1"])));
    assert!(tokens["expires_in"].as_i64().unwrap() >= 72_000);
}

#[tokio::test]
async fn graph_challenges_a_capable_client_whose_person_is_disabled_or_when_told_to() {
    use base64::Engine as _;
    let world = world().await;
    let claims = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    let back = world.sign_in(TESSA, &world.with(&[("claims", claims)])).await;
    let (_, tokens) = world.redeem(&back["code"]).await;
    let token = tokens["access_token"].as_str().unwrap();
    let me = || browser().get(format!("{}/v1.0/me", world.sim.base)).bearer_auth(token).send();
    assert_eq!(me().await.unwrap().status(), StatusCode::OK);
    let challenge = |answer: &reqwest::Response| {
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let text = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
        assert!(text.contains("error=\"insufficient_claims\""), "{text}");
        let encoded = text.split("claims=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        serde_json::from_slice::<Value>(&base64::engine::general_purpose::STANDARD.decode(encoded).unwrap()).unwrap()
    };
    let wish = json!({"access_token": {"acrs": {"essential": true, "value": "c1"}}});
    let fault = json!({"target": "graph", "kind": "challenge", "claims": wish});
    browser().post(format!("{}/sim/faults", world.sim.base)).json(&fault).send().await.unwrap();
    assert_eq!(challenge(&me().await.unwrap()), wish);
    assert_eq!(me().await.unwrap().status(), StatusCode::OK);
    let admin = world.admin().await;
    world.write(&admin, Method::PATCH, &format!("/users/{TESSA}"), json!({"accountEnabled": false})).await;
    let told = challenge(&me().await.unwrap());
    assert!(told.pointer("/access_token/nbf/value").is_some());
}

async fn keys(world: &World) -> Value {
    browser().get(format!("{}/discovery/v2.0/keys", world.sim.authority())).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn keys_carry_certificates_and_one_belongs_to_another_tenant() {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    use base64::Engine as _;
    let world = world().await;
    let document = keys(&world).await;
    let keys = document["keys"].as_array().unwrap();
    for key in keys {
        let der = base64::engine::general_purpose::STANDARD.decode(key["x5c"][0].as_str().unwrap()).unwrap();
        let print = digest(&SHA1_FOR_LEGACY_USE_ONLY, &der);
        assert_eq!(key["x5t"], base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(print.as_ref()));
    }
    let template = format!("{}/{{tenantid}}/v2.0", world.sim.base);
    let foreign: Vec<&Value> = keys.iter().filter(|key| key["issuer"] != template.as_str()).collect();
    assert_eq!(foreign.len(), 1);
    put(&world, "/sim/signer", json!({"mode": "foreign"})).await;
    let tokens = world.tokens(MARA).await;
    let header = decode_header(tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(foreign[0]["kid"], header.kid.unwrap());
}

#[tokio::test]
async fn accounts_of_another_tenant_sign_in_to_multi_tenant_applications_only() {
    let world = world().await;
    let base = world.sim.base.clone();
    let enter = async |segment: &str| {
        let browser = browser();
        let url = crate::world::with_query(&format!("{base}/{segment}/oauth2/v2.0/authorize"), &world.usual());
        let page = browser.get(url).send().await.unwrap().text().await.unwrap();
        let mut fields = crate::world::hidden(&page);
        if fields.is_empty() {
            return Err(page);
        }
        fields.insert("loginfmt".into(), FENNA.into());
        fields.insert("passwd".into(), "Harbour-Fenna-1".into());
        let answer = browser.post(format!("{base}/{segment}/login")).form(&fields).send().await.unwrap();
        if answer.status() == StatusCode::FOUND { Ok(query(&location(&answer))) } else { Err(answer.text().await.unwrap()) }
    };
    let own = world.sim.tenant_id().to_string();
    assert!(enter("organizations").await.unwrap_err().contains("AADSTS50194"));
    assert!(enter("ferryline.example").await.unwrap_err().contains("AADSTS700016"));
    assert!(enter(&own).await.unwrap_err().contains("AADSTS50020"));
    registration(&world, json!({"signInAudience": "AzureADMultipleOrgs"})).await;
    assert!(enter(&own).await.unwrap_err().contains("AADSTS50020"));
    for segment in ["organizations", "common", "ferryline.example"] {
        let back = enter(segment).await.unwrap();
        let id = world.app.client_id.to_string();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("client_secret", world.app.client_secret.as_str()),
            ("code", back["code"].as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let answer = browser().post(format!("{base}/{segment}/oauth2/v2.0/token")).form(&form).send().await.unwrap();
        let tokens: Value = answer.json().await.unwrap();
        let token = tokens["id_token"].as_str().unwrap();
        let set: JwkSet = serde_json::from_value(keys(&world).await).unwrap();
        let key = set.find(decode_header(token).unwrap().kid.as_deref().unwrap()).unwrap();
        let tid = payload(token)["tid"].as_str().unwrap().to_owned();
        assert_ne!(tid, own);
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(std::slice::from_ref(&id));
        rules.set_issuer(&[format!("{base}/{tid}/v2.0")]);
        let claims = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap().claims;
        assert_eq!(claims["preferred_username"], FENNA);
        assert_eq!(claims["groups"].as_array().unwrap().len(), 1);
        assert_ne!(claims["groups"][0], world.sim.group_id("Pilots").unwrap().to_string(), "a group of the same name elsewhere");
        let graph = tokens["access_token"].as_str().unwrap();
        assert_eq!(world.get(graph, "/me").await["userPrincipalName"], FENNA);
        let (groups, _) = world.all(graph, "/me/transitiveMemberOf").await;
        assert_eq!(json!(groups), claims["groups"]);
        let refresh = [
            ("grant_type", "refresh_token"),
            ("client_id", id.as_str()),
            ("client_secret", world.app.client_secret.as_str()),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        let again: Value =
            browser().post(format!("{base}/{segment}/oauth2/v2.0/token")).form(&refresh).send().await.unwrap().json().await.unwrap();
        assert_eq!(payload(again["id_token"].as_str().unwrap())["tid"], tid);
    }
    let document: Value = browser()
        .get(format!("{base}/ferryline.example/v2.0/.well-known/openid-configuration"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(!document["issuer"].as_str().unwrap().contains(&own));
}
