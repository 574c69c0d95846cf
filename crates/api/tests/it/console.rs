//! The console's calls: what a cookie is worth, who is in, and that nobody makes themselves administrator by another permission.

use axum::body::Body;
use guard::{
    Client, ClientCertificate,
    console::{CONSOLE_COOKIE, DOOR_STAY_SECS, DOOR_TOKEN_SECS, DoorShut, door_token},
};
use http::Request;
use model::api_token::Permission;
use serde_json::{Value, json};
use store::SealingKey;

use crate::world::{Reply, World, entra_body, id};

const TEAM: &str = "https://team.localhost:8443";

fn client() -> Client {
    let ip = "203.0.113.7".parse().unwrap();
    Client { host: "team.localhost".into(), ip, rule_ip: Some(ip), country: None, certificate: ClientCertificate::NotAsked }
}

/// A request with these headers and nothing else.
async fn ask(world: &World, verb: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Reply {
    let mut request = Request::builder().method(verb).uri(world.url(path)).extension(client());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    world.raw(request.body(body).unwrap()).await
}

/// As the console's own page asks.
async fn call(world: &World, cookie: &str, verb: &str, path: &str, body: Option<Value>) -> Reply {
    let headers = [
        ("cookie", cookie),
        ("x-doorward-console", "1"),
        ("origin", TEAM),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];
    ask(world, verb, path, &headers, body).await
}

/// The cookie's name and value.
fn crumb(set_cookie: &str) -> String {
    assert!(set_cookie.starts_with(CONSOLE_COOKIE) && set_cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{set_cookie}");
    set_cookie.split(';').next().unwrap().to_owned()
}

fn token(world: &World, number: u8) -> String {
    door_token(&SealingKey::from_bytes([7; 32]), [number; 16], "ilo", world.now()).expose().to_owned()
}

async fn through_the_door(world: &World) -> String {
    crumb(&world.guard.open_door(&token(world, 1), &client(), world.now()).await.unwrap())
}

fn named(address: &str) -> Value {
    json!({ "include": [{ "email": { "email": address } }] })
}

/// A console with an administrator and somebody who may look; and the login method.
async fn staffed(world: &World) -> String {
    let idp = world.entra().await;
    let body = json!({
        "administrators": named("mara@harbourworks.example"),
        "readers": named("ilo@harbourworks.example"),
        "allowed_idps": [idp],
        "session_duration": "2h",
    });
    world.put("~/doorward/console", body).await;
    idp
}

/// A person's cookie, when the console's policy lets them in.
async fn person(world: &World, address: &str, idp: &str) -> Option<String> {
    let (_, nonce) = world.signed_in(address, idp).await;
    let live = world.guard.session(&nonce.parse().unwrap(), world.now()).unwrap();
    world.guard.console_role(&live, &client(), world.now())?;
    Some(crumb(&world.guard.console_cookie(&live, world.now()).unwrap()))
}

#[tokio::test]
async fn a_cookie_alone_opens_nothing() {
    let world = World::start().await;
    let cookie = through_the_door(&world).await;
    let (held, header, origin, site) =
        (("cookie", cookie.as_str()), ("x-doorward-console", "1"), ("origin", TEAM), ("sec-fetch-site", "same-origin"));
    let get = "~/access/apps";
    assert_eq!(ask(&world, "GET", get, &[held, origin, site], None).await.bad(400)[0].0, 9106, "without the header it is ambient");
    for (headers, status) in [
        (vec![header, origin, site], 401),
        (vec![held, header], 403),
        (vec![held, header, ("origin", "https://evil.example"), site], 403),
        (vec![held, header, origin, ("sec-fetch-site", "cross-site")], 403),
        (vec![held, header, ("sec-fetch-site", "same-site")], 403),
        (vec![("cookie", "__Host-doorward-console=x"), header, origin, site], 401),
        (vec![held, ("cookie", "__Host-doorward-console=y"), header, origin, site], 401),
    ] {
        assert_eq!(ask(&world, "GET", get, &headers, None).await.bad(status)[0].0, 10000, "{headers:?}");
    }
    ask(&world, "GET", get, &[held, header, site], None).await.good(200);
    let body = json!({ "name": "Harbour Works" });
    ask(&world, "PUT", "~/access/organizations", &[held, header, site], Some(body.clone())).await.bad(403);
    ask(&world, "PUT", "~/access/organizations", &[held, header, site, origin], Some(body)).await.good(200);
    let bearer = format!("Bearer {}", world.token_with(&[], None).await);
    let both = ask(&world, "GET", get, &[held, header, origin, site, ("authorization", &bearer)], None).await;
    both.bad(403);
}

#[tokio::test]
async fn the_door_opens_once_for_an_hour_and_is_written_down() {
    let world = World::start().await;
    let shown = token(&world, 9);
    let cookie = crumb(&world.guard.open_door(&shown, &client(), world.now()).await.unwrap());
    assert!(matches!(world.guard.open_door(&shown, &client(), world.now()).await, Err(DoorShut::Used)));
    let session = call(&world, &cookie, "GET", "~/doorward/console/session", None).await.good(200);
    assert_eq!((&session["kind"], &session["name"], &session["role"]), (&json!("break_glass"), &json!("ilo"), &json!("administrator")));
    assert_eq!(session["permissions"].as_array().unwrap().len(), Permission::ALL.len());
    call(&world, &cookie, "POST", "~/access/groups", Some(json!({ "name": "Pilots", "include": [{ "everyone": {} }] }))).await.good(201);
    let log = world.get("~/doorward/audit").await;
    let told: Vec<(&str, &str)> =
        log.as_array().unwrap().iter().map(|r| (r["actor"].as_str().unwrap(), r["action"].as_str().unwrap())).collect();
    assert!(told.contains(&("break-glass:ilo", "console.break_glass")) && told.contains(&("break-glass:ilo", "group.create")), "{told:?}");
    world.pass(DOOR_STAY_SECS);
    call(&world, &cookie, "GET", "~/access/apps", None).await.bad(401);
}

#[tokio::test]
async fn a_torn_late_or_foreign_token_opens_nothing() {
    let world = World::start().await;
    let shown = token(&world, 3);
    for bad in ["", "dwd_", "dwd_AAAA", &shown[..shown.len() - 2], shown.trim_start_matches("dwd_")] {
        assert!(matches!(world.guard.open_door(bad, &client(), world.now()).await, Err(DoorShut::Unknown)), "{bad:?}");
    }
    let foreign = door_token(&SealingKey::from_bytes([8; 32]), [3; 16], "ilo", world.now());
    assert!(matches!(world.guard.open_door(foreign.expose(), &client(), world.now()).await, Err(DoorShut::Unknown)));
    world.pass(DOOR_TOKEN_SECS);
    assert!(matches!(world.guard.open_door(&shown, &client(), world.now()).await, Err(DoorShut::Late)));
}

#[tokio::test]
async fn who_leaves_by_the_door_is_out_although_the_cookie_stays() {
    let world = World::start().await;
    let cookie = through_the_door(&world).await;
    let headers = [("cookie".parse().unwrap(), cookie.parse().unwrap())].into_iter().collect();
    let visit = world.guard.console_visit(&headers, &client(), world.now()).await.unwrap_or_else(|e| panic!("{e}"));
    world.guard.leave_console(&visit, world.now()).await.unwrap();
    call(&world, &cookie, "GET", "~/access/apps", None).await.bad(401);
}

#[tokio::test]
async fn people_are_in_as_long_as_policy_session_and_time_say_so() {
    let world = World::start().await;
    let idp = staffed(&world).await;
    assert_eq!(person(&world, "bram@harbourworks.example", &idp).await, None, "nobody named him");
    let (mara, ilo) =
        (person(&world, "mara@harbourworks.example", &idp).await.unwrap(), person(&world, "ilo@harbourworks.example", &idp).await.unwrap());
    let group = json!({ "name": "Pilots", "include": [{ "everyone": {} }] });
    let made = id(&call(&world, &mara, "POST", "~/access/groups", Some(group.clone())).await.good(201));
    let record = &world.get("~/doorward/audit").await[0];
    assert_eq!((&record["actor"], &record["action"]), (&json!("person:mara@harbourworks.example"), &json!("group.create")));

    call(&world, &ilo, "GET", &format!("~/access/groups/{made}"), None).await.good(200);
    for (verb, path) in [("POST", "~/access/groups"), ("GET", "~/doorward/backup"), ("PUT", "~/doorward/console")] {
        call(&world, &ilo, verb, path, Some(group.clone())).await.bad(403);
    }
    // Not named any more: out at the next click.
    let body = json!({ "administrators": named("mara@harbourworks.example"), "allowed_idps": [idp] });
    call(&world, &mara, "PUT", "~/doorward/console", Some(body)).await.good(200);
    assert!(call(&world, &ilo, "GET", "~/access/groups", None).await.text().contains("policy"));
    // Revoked: out at once.
    world.call("POST", "~/access/organizations/revoke_user", Some(json!({ "email": "mara@harbourworks.example" }))).await.good(200);
    call(&world, &mara, "GET", "~/access/groups", None).await.bad(401);
}

#[tokio::test]
async fn a_sign_in_to_the_console_has_an_end_of_its_own() {
    let world = World::start().await;
    let idp = staffed(&world).await;
    let mara = person(&world, "mara@harbourworks.example", &idp).await.unwrap();
    world.pass(2 * 3600 - 1);
    call(&world, &mara, "GET", "~/access/groups", None).await.good(200);
    world.pass(1);
    call(&world, &mara, "GET", "~/access/groups", None).await.bad(401);
}

#[tokio::test]
async fn no_other_permission_makes_an_administrator() {
    let world = World::start().await;
    let idp = staffed(&world).await;
    let others: Vec<Permission> = Permission::ALL.into_iter().filter(|p| *p != Permission::ConsoleAdmin).collect();
    let bearer = format!("Bearer {}", world.token_with(&others, None).await);
    let body = json!({ "administrators": named("bram@harbourworks.example"), "allowed_idps": [idp] });
    world.send("PUT", "~/doorward/console", Some(&bearer), Some(body.to_string())).await.bad(403);
    world.send("DELETE", "~/doorward/console", Some(&bearer), None).await.bad(403);
    // It is none of the applications, by whatever id.
    let app = world.store.snapshot().console.as_ref().unwrap().app;
    world.send("GET", &format!("~/access/apps/{app}"), Some(&bearer), None).await.bad(404);
    assert_eq!(world.get("~/access/apps").await, json!([]));
    // Whom the login method vouches for is the administrators' business; its name is not.
    let path = format!("~/access/identity_providers/{idp}");
    let mut turned = entra_body();
    turned["config"]["directory_id"] = json!("00000000-7c9e-4d3a-8b7d-5d2f7f0a3e64");
    world.send("PUT", &path, Some(&bearer), Some(turned.to_string())).await.bad(403);
    let options = json!({ "tenants": ["00000000-7c9e-4d3a-8b7d-5d2f7f0a3e64"] });
    assert_ne!(
        world.send("PUT", &format!("~/doorward/identity_providers/{idp}/options"), Some(&bearer), Some(options.to_string())).await.status,
        200
    );
    let mut renamed = world.get(&path).await;
    renamed["name"] = json!("Entra");
    world.send("PUT", &path, Some(&bearer), Some(renamed.to_string())).await.good(200);
    world.send("DELETE", &path, Some(&bearer), None).await.bad(409);
    // Nor does it hand on what it does not hold.
    let token = json!({ "name": "x", "permissions": [Permission::ConsoleAdmin.name()] });
    world.send("POST", "~/doorward/api_tokens", Some(&bearer), Some(token.to_string())).await.bad(403);
}

#[tokio::test]
async fn how_doorward_proves_itself_to_the_administrators_login_method_is_theirs_too() {
    let world = World::start().await;
    let idp = staffed(&world).await;
    let others: Vec<Permission> = Permission::ALL.into_iter().filter(|p| *p != Permission::ConsoleAdmin).collect();
    let bearer = format!("Bearer {}", world.token_with(&others, None).await);
    let stored = || (*world.store.snapshot().idp_credentials[&idp.parse().unwrap()]).clone();
    let (before, path) = (stored(), format!("~/doorward/identity_providers/{idp}/credentials"));
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    for body in [
        json!({ "method": "secret", "client_secret": "another~one" }),
        json!({ "method": "secret", "second_client_secret": "another~one" }),
        json!({ "method": "secret", "second_client_secret": null }),
        json!({ "method": "certificate", "certificate_pem": certificate.pem(), "private_key_pem": key.serialize_pem() }),
    ] {
        let reply = world.send("PUT", &path, Some(&bearer), Some(body.to_string())).await;
        assert!(reply.text().contains("Doorward: Administrators Write"), "{body}");
        reply.bad(403);
    }
    // Nor by the other two ways that a secret is given.
    let (v4, cloud) = (format!("~/access/identity_providers/{idp}"), format!("~/doorward/identity_providers/{idp}/cloud"));
    for (path, body) in [(&v4, entra_body()), (&cloud, json!({ "client_secret": "another~one" }))] {
        world.send("PUT", path, Some(&bearer), Some(body.to_string())).await.bad(403);
    }
    assert_eq!(stored(), before);
    let shown = world.get(&path).await;
    world.send("PUT", &path, Some(&bearer), Some(shown.to_string())).await.good(200);
    world.put(&path, json!({ "method": "secret", "client_secret": "another~one" })).await;
    assert_eq!(stored().secret.unwrap().expose(), "another~one");
    // Of a login method that administrators are not believed from, it stays everybody's who may write login methods.
    world.call("DELETE", "~/doorward/console", None).await.good(200);
    world.send("PUT", &path, Some(&bearer), Some(json!({ "method": "secret", "client_secret": "the~third" }).to_string())).await.good(200);
}

#[tokio::test]
async fn rules_by_the_back_door_are_refused_where_they_stand() {
    let world = World::start().await;
    let idp = world.entra().await;
    let group = id(&world.post("~/access/groups", json!({ "name": "g", "include": [{ "everyone": {} }] })).await);
    let rules = json!([
        { "group": { "id": group } },
        { "everyone": {} },
        { "ip": { "ip": "203.0.113.0/24" } },
        { "any_valid_service_token": {} },
        { "login_method": { "id": idp } },
        { "email": { "email": "mara@harbourworks.example" } },
    ]);
    let body = json!({ "administrators": { "include": rules, "require": [{ "ip": { "ip": "203.0.113.0/24" } }] }, "allowed_idps": [] });
    let reply = world.call("PUT", "~/doorward/console", Some(body)).await;
    let places = [
        "allowed_idps",
        "administrators/include/0",
        "administrators/include/1",
        "administrators/include/2",
        "administrators/include/3",
        "administrators/include/4",
    ];
    let mut found = reply.pointers();
    found.sort();
    let mut wanted: Vec<String> = places.iter().map(|place| format!("/{place}")).collect();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(world.get("~/doorward/console").await, Value::Null);
}

#[tokio::test]
async fn a_read_only_organisation_is_read_only_in_the_console() {
    let world = World::start().await;
    let idp = staffed(&world).await;
    let mara = person(&world, "mara@harbourworks.example", &idp).await.unwrap();
    let body = json!({ "name": "Harbour Works", "is_ui_read_only": true, "ui_read_only_toggle_reason": "Terraform" });
    world.put("~/access/organizations", body).await;
    call(&world, &mara, "GET", "~/access/apps", None).await.good(200);
    call(&world, &mara, "POST", "~/access/tags", Some(json!({ "name": "x" }))).await.bad(403);
    let door = through_the_door(&world).await;
    call(&world, &door, "POST", "~/access/tags", Some(json!({ "name": "x" }))).await.good(201);
}

#[tokio::test]
async fn nobody_in_the_console_approves_what_they_asked_for_themselves() {
    let world = World::start().await;
    let idp = staffed(&world).await;
    let everybody = json!({ "include": [{ "email_domain": { "domain": "harbourworks.example" } }] });
    world.put("~/doorward/console", json!({ "administrators": everybody, "allowed_idps": [idp] })).await;
    let (mara, bram) = (
        person(&world, "mara@harbourworks.example", &idp).await.unwrap(),
        person(&world, "bram@harbourworks.example", &idp).await.unwrap(),
    );
    let groups = json!([{ "approvals_needed": 1, "email_addresses": ["tessa@harbourworks.example"] }]);
    let policy = json!({ "name": "Asked", "decision": "allow", "include": [{ "everyone": {} }], "approval_required": true, "approval_groups": groups });
    let body = json!({ "name": "Vault", "type": "self_hosted", "domain": "vault.localhost", "policies": [policy] });
    let vault = world.post("~/access/apps", body).await;
    let (tessa, _) = world.signed_in("tessa@harbourworks.example", &idp).await;
    let ask = async |user: &str, address: &str| {
        let request = model::access_request::AccessRequest {
            id: model::GrantId::random(),
            user: user.parse().unwrap(),
            email: address.parse().unwrap(),
            name: "Mara".into(),
            app: vault["id"].as_str().unwrap().parse().unwrap(),
            policy: vault["policies"][0]["id"].as_str().unwrap().parse().unwrap(),
            purpose: None,
            wanted_secs: 3600,
            return_to: "https://vault.localhost/".into(),
            votes: Vec::new(),
            state: model::access_request::RequestState::Waiting,
            created_at: world.now(),
        };
        let path = format!("~/doorward/access_requests/{}/approve", request.id);
        world.store.write(move |tx| tx.put_access_request(&request)).await.unwrap();
        path
    };
    // Her address, although under another record of the registry.
    let hers = ask(&tessa, "Mara@harbourworks.example").await;
    let refused = call(&world, &mara, "POST", &hers, Some(json!({}))).await;
    assert!(refused.text().contains("your own"), "{}", refused.text());
    refused.bad(403);
    assert_eq!(world.get("~/doorward/grants").await, json!([]));
    call(&world, &bram, "POST", &hers, Some(json!({}))).await.good(200);
    // The local door is nobody's address, and mends everything.
    let bram_id = world.get("~/doorward/users?email=bram@harbourworks.example").await[0]["id"].as_str().unwrap().to_owned();
    let his = ask(&bram_id, "bram.before@harbourworks.example").await;
    let door = through_the_door(&world).await;
    call(&world, &bram, "POST", &his, Some(json!({}))).await.bad(403);
    call(&world, &door, "POST", &his, Some(json!({}))).await.good(200);
}
