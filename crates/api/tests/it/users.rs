//! People: registry, sessions, seats, the access log.

use model::{Reference, log::AccessDecision};
use serde_json::{Value, json};

use crate::world::{World, id};

const USERS: &str = "~/access/users";

#[tokio::test]
async fn a_person_entered_beforehand_has_no_seat_and_keeps_the_address() {
    let world = World::start().await;
    let made = world.post(USERS, json!({ "email": "ilo@harbourworks.example", "name": "Ilo" })).await;
    let path = format!("{USERS}/{}", id(&made));
    assert_eq!((&made["access_seat"], &made["uid"]), (&json!(false), &made["id"]));
    world.call("POST", USERS, Some(json!({ "email": "ILO@harbourworks.example" }))).await.bad(409);
    let renamed = world.put(&path, json!({ "email": "ilo@harbourworks.example", "name": "Ilo K." })).await;
    assert_eq!(renamed["name"], "Ilo K.");
    let other = world.call("PUT", &path, Some(json!({ "email": "x@harbourworks.example", "name": "x" }))).await;
    assert_eq!(other.pointers(), ["/email"]);
    assert_eq!(world.call("POST", USERS, Some(json!({ "email": "nobody" }))).await.pointers(), ["/email"]);
    world.call("GET", &format!("{path}/last_seen_identity"), None).await.bad(404);
    assert_eq!(world.get(&format!("{USERS}?search=ilo%20k")).await.as_array().unwrap().len(), 1);
    assert_eq!(world.call("DELETE", &path, None).await.good(202), Value::Null);
    world.call("GET", &path, None).await.bad(404);
}

#[tokio::test]
async fn sessions_are_shown_and_ended_one_by_one() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (user, nonce) = world.signed_in("mara@harbourworks.example", &idp).await;
    let path = format!("{USERS}/{user}/active_sessions");
    let listed = world.get(&path).await;
    assert_eq!((&listed[0]["name"], &listed[0]["metadata"]["ttl"]), (&json!(nonce), &json!(86_400)));
    assert_eq!(listed[0]["metadata"]["apps"], json!({}));
    let wiki = world.app("wiki").await;
    let (used, app) = (nonce.parse().unwrap(), id(&wiki).parse().unwrap());
    world.store.write(move |tx| tx.note_session_app(&used, &app)).await.unwrap();
    let apps = world.get(&path).await[0]["metadata"]["apps"].clone();
    let expected = json!({ "hostname": "wiki.localhost", "name": "wiki", "type": "self_hosted", "uid": id(&wiki) });
    assert_eq!(apps, json!({ id(&wiki): expected }));
    let shown = world.get(&format!("{path}/{nonce}")).await;
    assert_eq!((&shown["isActive"], &shown["email"]), (&json!(true), &json!("mara@harbourworks.example")));
    assert_eq!(shown["groups"][0]["name"], "Pilots");
    let last = world.get(&format!("{USERS}/{user}/last_seen_identity")).await;
    assert_eq!((&last["idp"]["type"], &last["geo"]["country"]), (&json!("azureAD"), &json!("PT")));

    let (other, _) = world.signed_in("ilo@harbourworks.example", &idp).await;
    let own = |user: &str| format!("~/doorward/users/{user}/active_sessions/{nonce}");
    world.call("DELETE", &own(&other), None).await.bad(404);
    world.call("DELETE", &own(&user), None).await.good(200);
    world.call("DELETE", &own(&user), None).await.bad(404);
    assert_eq!(world.get(&path).await, json!([]));
    assert_eq!(world.get(&format!("{path}/{nonce}")).await["isActive"], false);
}

#[tokio::test]
async fn revoking_an_address_hits_everybody_who_has_it() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (first, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let (second, _) = world.signed_in("Mara@HarbourWorks.example", &idp).await;
    let (other, _) = world.signed_in("ilo@harbourworks.example", &idp).await;
    let revoke = "~/access/organizations/revoke_user";
    let live = async |user: &str| world.get(&format!("{USERS}/{user}/active_sessions")).await.as_array().unwrap().len();

    let wrong = json!({ "email": "mara@harbourworks.example", "user_uid": other });
    assert_eq!(world.call("POST", revoke, Some(wrong)).await.pointers(), ["/user_uid"]);
    let one = json!({ "email": "mara@harbourworks.example", "user_uid": second });
    assert_eq!(world.call("POST", revoke, Some(one)).await.good(200), json!(true));
    assert_eq!((live(&first).await, live(&second).await), (1, 0));
    let all = json!({ "email": "MARA@harbourworks.example", "devices": true, "warp_session_reauth": true });
    world.call("POST", revoke, Some(all)).await.good(200);
    assert_eq!((live(&first).await, live(&other).await), (0, 1));
    let nobody = world.call("POST", revoke, Some(json!({ "email": "tessa@harbourworks.example" }))).await;
    assert!(nobody.body["messages"][0]["message"].as_str().unwrap().contains("nobody"));
    nobody.good(200);
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    assert_eq!(audit.items.iter().filter(|record| record.action == "user.revoke").count(), 3);
}

#[tokio::test]
async fn a_seat_is_freed_here_and_taken_by_signing_in_only() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (user, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let seat = world.get(&format!("{USERS}/{user}")).await["seat_uid"].clone();
    let wish = |access: bool, gateway: bool| json!([{ "seat_uid": seat, "access_seat": access, "gateway_seat": gateway }]);
    let seats = "~/access/seats";
    world.call("PATCH", seats, Some(wish(true, false))).await.good(200);
    assert_eq!(world.call("PATCH", seats, Some(wish(false, true))).await.pointers(), ["/0/gateway_seat"]);
    let freed = world.call("PATCH", seats, Some(wish(false, false))).await.good(200);
    assert_eq!((&freed[0]["seat_uid"], &freed[0]["access_seat"]), (&seat, &json!(false)));
    assert_eq!(world.get(&format!("{USERS}/{user}")).await["access_seat"], false);
    assert_eq!(world.call("PATCH", seats, Some(wish(true, false))).await.pointers(), ["/0/access_seat"]);
    let (other, _) = world.signed_in("ilo@harbourworks.example", &idp).await;
    let held = world.get(&format!("{USERS}/{other}")).await["seat_uid"].clone();
    let partly = json!([
        { "seat_uid": held, "access_seat": false, "gateway_seat": false },
        { "seat_uid": user, "access_seat": false, "gateway_seat": false },
    ]);
    assert_eq!(world.call("PATCH", seats, Some(partly)).await.pointers(), ["/1/seat_uid"]);
    assert_eq!(world.get(&format!("{USERS}/{other}")).await["access_seat"], true, "one unknown seat refuses the whole list");
    let unknown = json!([{ "seat_uid": user, "access_seat": false, "gateway_seat": false }]);
    assert_eq!(world.call("PATCH", seats, Some(unknown)).await.pointers(), ["/0/seat_uid"]);
}

#[tokio::test]
async fn the_access_log_is_filtered_paged_in_both_directions_and_found_by_reference() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (user, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    for i in 0..7u8 {
        world.store.record(AccessDecision {
            reference: Reference::from_bytes([i; 16]),
            at: world.now().plus_secs(i64::from(i)),
            allowed: i % 2 == 0,
            action: "login".into(),
            app_id: None,
            host: format!("app{i}.localhost"),
            path: "/".into(),
            user_id: Some(user.parse().unwrap()),
            user_email: Some("mara@harbourworks.example".into()),
            idp: Some(idp.parse().unwrap()),
            ip: "203.0.113.7".parse().unwrap(),
            country: Some("PT".into()),
            policy_id: None,
            explanation: json!({ "reasons": ["no-policy"] }),
            facts: None,
        });
    }
    let log = "~/access/logs/access_requests";
    let hosts = async |query: &str| -> Vec<String> {
        let found = world.get(&format!("{log}?{query}")).await;
        found.as_array().unwrap().iter().map(|d| d["app_domain"].as_str().unwrap().replace(".localhost", "")).collect()
    };
    assert_eq!(hosts("per_page=3").await, ["app6", "app5", "app4"]);
    assert_eq!(hosts("limit=2&page=4").await, ["app0"]);
    assert_eq!(hosts("per_page=3&direction=asc").await, ["app0", "app1", "app2"]);
    assert_eq!(hosts("per_page=3&direction=asc&page=3").await, ["app6"]);
    assert_eq!(hosts("per_page=3&direction=asc&page=4").await, Vec::<String>::new());
    assert_eq!(hosts("allowed=false").await, ["app5", "app3", "app1"]);
    assert_eq!(hosts("email=ilo@harbourworks.example").await, Vec::<String>::new());
    let since = world.now().plus_secs(5).rfc3339();
    assert_eq!(hosts(&format!("email=MARA@harbourworks.example&since={since}")).await, ["app6", "app5"]);
    world.call("GET", &format!("{log}?since=yesterday"), None).await.bad(400);
    for (query, expect) in [
        ("email=RBOURWORKS", 7),
        ("email=mara&email_exact=true", 0),
        ("email=mara&emailOp=eq", 0),
        ("email=mara&emailOp=neq", 0),
        ("email=mara&emailOp=neq&email_exact=true", 7),
        ("email=mara@harbourworks.example&emailOp=neq&email_exact=true", 0),
        ("email=ilo&emailOp=neq", 7),
        ("allowed=false&allowedOp=neq", 4),
        ("allowed=true&allowed=false", 7),
        ("country_code=pt&country_code=DE", 7),
        ("country_code=PT&country_codeOp=neq", 0),
        ("non_identity=false&allowed=false", 3),
        ("app_type=self_hosted", 0),
        ("app_type=self_hosted&app_typeOp=neq&email=mara", 7),
        ("user_id=x", 7),
        (&format!("idp={idp}"), 7),
        (&format!("idp={idp}&idpOp=neq"), 0),
        (&format!("app_uid={idp}&app_uidOp=neq"), 7),
    ] {
        assert_eq!(hosts(query).await.len(), expect, "{query}");
    }
    assert_eq!(hosts("email=mara&per_page=3&page=2").await, ["app3", "app2", "app1"]);
    assert_eq!(hosts("email=mara&per_page=3&direction=asc&page=3").await, ["app6"]);
    let ray = world.get(&format!("{log}?per_page=1")).await[0]["ray_id"].as_str().unwrap().to_owned();
    assert_eq!(hosts(&format!("ray_id={ray}")).await, ["app6"]);
    assert_eq!(hosts(&format!("ray_id={}", &ray[..8])).await, Vec::<String>::new());
    let two = world.get(&format!("{log}?per_page=1&fields=allowed,app_domain")).await;
    assert_eq!(two, json!([{ "allowed": true, "app_domain": "app6.localhost" }]));
    for bad in ["emailOp=like", "allowed=maybe", "idp=x", "fields=allowed,colour", "direction=up", "email_exact=maybe", "app_uid=x"] {
        world.call("GET", &format!("{log}?{bad}"), None).await.bad(400);
    }

    let failed = world.get(&format!("{USERS}/{user}/failed_logins")).await;
    assert_eq!(failed.as_array().unwrap().len(), 3);
    assert_eq!(failed[0]["expiration"], world.now().plus_secs(5 + 90 * 86_400).secs());
    let reference = failed[0]["metadata"]["reference"].as_str().unwrap();
    let decision = world.get(&format!("~/doorward/decisions/{reference}")).await;
    assert_eq!(decision["explanation"]["reasons"][0], "no-policy");
    world.call("GET", &format!("~/doorward/decisions/{}", "ab".repeat(16)), None).await.bad(404);
}
