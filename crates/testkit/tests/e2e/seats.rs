//! Seats as people and administrators meet them: the limit, the page of who finds none, and seats that become free.

use http::Method;
use serde_json::{Value, json};
use testkit::{World, allow_group};

const OPTIONS: &str = "doorward/organization/options";
const DAY: i64 = 86_400;

async fn limit(world: &World, seats: Value) -> Value {
    world.api().put(OPTIONS, json!({ "seat_limit": seats })).await
}

async fn used(world: &World) -> Value {
    world.api().get(OPTIONS).await["seats_used"].clone()
}

async fn holds(world: &World, name: &str) -> bool {
    world.api().user(&format!("{name}@harbourworks.example")).await["access_seat"] == true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_no_seat_reads_what_to_do_and_leaves_nothing_behind() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_eq!(limit(&world, json!(1)).await, json!({ "seat_limit": 1, "seats_used": 1 }));

    let ilo = world.browser().sign_in("ilo");
    let page = ilo.open(wiki.at("/")).await;
    assert_eq!((page.status, page.url.path()), (403, "/cdn-cgi/access/callback"));
    assert!(page.body.contains("No seat is free") && page.body.contains("Ask your administrator"), "{}", page.body);
    assert!(page.set_cookies().iter().all(|line| !line.starts_with("CF_Authorization=")), "no session is left in the browser");
    let decision = world.api().decision(&page.reference()).await;
    assert_eq!((&decision["allowed"], &decision["explanation"]["reason"]), (&json!(false), &json!("seat-limit-reached")));
    let people = world.api().get("access/users").await;
    assert_eq!(people.as_array().unwrap().len(), 1, "and nothing of them in the registry");
    let warnings = world.api().get("doorward/warnings").await;
    let seats = warnings.as_array().unwrap().iter().find(|warning| warning["code"] == "seats").unwrap();
    assert_eq!((&seats["severity"], &seats["subject"]["kind"]), (&json!("fault"), &json!("organization")));
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "who holds a seat goes on");

    // An administrator takes Mara's seat away: her session lives on, the seat is Ilo's.
    let seat = world.api().user("mara@harbourworks.example").await["seat_uid"].clone();
    let wish = json!([{ "seat_uid": seat, "access_seat": false, "gateway_seat": false }]);
    world.api().call(Method::PATCH, "access/seats", Some(&wish)).await.result();
    assert_eq!(used(&world).await, 0);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200);
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    let payroll = world.app("payroll").policy(allow_group("Pilots")).create().await;
    let refused = mara.open(payroll.at("/")).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("No seat is free"), "the next application needs a seat: {}", refused.body);
    limit(&world, json!(2)).await;
    assert_eq!(mara.open(payroll.at("/")).await.status, 200);
    assert_eq!(used(&world).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_sign_in_and_a_test_of_the_login_method_take_no_seat() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    assert_eq!(world.browser().sign_in("bram").open(wiki.at("/")).await.status, 403, "Bram is no pilot");
    assert_eq!((used(&world).await, holds(&world, "bram").await), (json!(0), false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seat_of_somebody_who_stays_away_is_freed_and_taken_again_on_their_return() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    assert_eq!((mara.open(wiki.at("/")).await.status, ilo.open(wiki.at("/")).await.status), (200, 200));
    let before = world.api().user("mara@harbourworks.example").await;
    world.api().organization(json!({ "user_seat_expiration_inactive_time": "730h" })).await;
    world.pass(20 * DAY);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200);
    assert_eq!(world.free_idle_seats().await, 0);
    world.pass(11 * DAY);
    assert_eq!(world.free_idle_seats().await, 1);
    assert_eq!((holds(&world, "mara").await, holds(&world, "ilo").await), (false, true), "Ilo was here eleven days ago");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let after = world.api().user("mara@harbourworks.example").await;
    assert_eq!((&after["id"], &after["access_seat"]), (&before["id"], &json!(true)));
    assert_eq!(used(&world).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_person_frees_the_seat_and_returns_as_somebody_new() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let id = world.api().user("mara@harbourworks.example").await["id"].clone();
    world.api().delete(&format!("access/users/{}", id.as_str().unwrap())).await;
    assert_eq!(used(&world).await, 0);
    assert_eq!(mara.get(wiki.at("/")).await.status, 302, "the session ended with it");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_ne!(world.api().user("mara@harbourworks.example").await["id"], id);
    assert_eq!(used(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_registry_shows_a_person_with_the_sources_of_what_is_known() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let id = world.api().user("mara@harbourworks.example").await["id"].as_str().unwrap().to_owned();
    let shown = world.api().get(&format!("doorward/users/{id}")).await;
    assert_eq!((&shown["link"], &shown["identity"]["email"]["source"]), (&json!("none"), &json!("sign_in")));
    assert_eq!((&shown["groups"]["state"], &shown["sessions"][0]["apps"][0]["uid"]), (&json!("known"), &json!(wiki.id)));
    let scim = world.scim().create("mara").await;
    let listed = world.api().get("doorward/users?search=mara&seat=true").await;
    assert_eq!((&listed[0]["link"], &listed[0]["active"]), (&json!("weak"), &json!(true)));
    world.scim().set_active(&scim, "False").await;
    let left = world.api().get(&format!("doorward/users/{id}")).await;
    assert_eq!((&left["active"], &left["sessions"]), (&json!(false), &json!([])));
    assert_eq!(left["revocations"]["sessions"][0]["why"], "deprovisioned");
}
