//! Groups at the sign-in: nested ones, more than fit into a token, changed ones, and ones that cannot be read.

use serde_json::{Value, json};
use testkit::{Page, Rule, Tenant, World, allow, allow_group, block};

/// More than the 200 that fit into a token.
const MANY: usize = 260;

async fn crowded() -> World {
    World::plan().tenant(Tenant::harbour_works().in_many_groups("ilo", MANY)).start().await
}

/// A fault of Graph's answer about the signed-in person's groups.
fn fault(kind: &str, count: u32) -> Value {
    json!({ "target": "graph", "kind": kind, "count": count, "retry_after": 0, "path": "/me/" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taken_out_of_a_group_in_entra_a_person_is_refused_at_the_next_sign_in_without_scim() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    world.graph_admin().leave("mara", "Night Pilots").await;
    assert_eq!(browser.get(wiki.at("/")).await.status, 200, "the live session keeps the groups of its sign-in");
    browser.get(wiki.at("/cdn-cgi/access/logout")).await;
    let refused = browser.open(wiki.at("/")).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("membership in a directory group"), "{}", refused.body);
    world.graph_admin().join("mara", "Pilots").await;
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_in_more_groups_than_a_token_holds_is_decided_by_all_of_them() {
    let world = crowded().await;
    let last = world.app("last").policy(allow(Rule::Group("Berth 0260"))).create().await;
    let first = world.app("first").policy(allow(Rule::Group("Berth 0001"))).create().await;
    let kept_out = world.app("out").policy(block(Rule::Group("Berth 0259")).named("Watch")).policy(allow(Rule::Everyone)).create().await;
    let browser = world.browser().sign_in("ilo");
    assert_eq!(browser.open(last.at("/")).await.status, 200);
    assert_eq!(browser.open(first.at("/")).await.status, 200);
    let blocked = browser.open(kept_out.at("/")).await;
    assert_eq!(blocked.status, 403);
    assert!(blocked.body.contains("keeps you out") && blocked.body.contains("Watch"), "{}", blocked.body);
    let identity = browser.get(last.at("/cdn-cgi/access/get-identity")).await.json();
    assert_eq!((&identity["groups_state"], &identity["groups_source"]), (&"known".into(), &"graph".into()));
    assert_eq!(identity["groups_count"], MANY + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_groups_are_read_to_the_last_one() {
    let world = crowded().await;
    let app = world.app("last").policy(allow(Rule::Group("Berth 0260"))).create().await;
    let client = world.network().client(testkit::Speech::Http1);
    let paging = client.put(format!("{}/sim/paging", world.sim().base)).json(&json!({ "page_size": 23 })).send().await.unwrap();
    assert!(paging.status().is_success());
    let browser = world.browser().sign_in("ilo");
    assert_eq!(browser.open(app.at("/")).await.status, 200);
    assert_eq!(browser.get(app.at("/cdn-cgi/access/get-identity")).await.json()["groups_count"], MANY + 2);
}

/// More calls than a sign-in makes.
const EVERY_CALL: u32 = 50;

async fn signed_in_with(world: &World, app: &testkit::App, fault: Value) -> Page {
    world.fault(fault).await;
    let page = world.browser().sign_in("ilo").open(app.at("/")).await;
    world.heal().await;
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_that_cannot_be_read_are_unknown_and_let_nobody_in() {
    let world = crowded().await;
    let app = world.app("wiki").policy(allow_group("Pilots")).create().await;
    for (kind, words) in [
        ("forbidden", "the directory did not allow them to be read"),
        ("unavailable", "the directory did not answer when they were read"),
        ("throttle", "the directory did not answer when they were read"),
        ("nonsense", "the directory did not answer when they were read"),
        ("hollow", "the directory did not answer when they were read"),
    ] {
        let page = signed_in_with(&world, &app, fault(kind, EVERY_CALL)).await;
        assert_eq!(page.status, 403, "{kind}");
        assert!(page.body.contains("Your groups are not known") && page.body.contains(words), "{kind}: {}", page.body);
        let decision = world.api().decision(&page.reference()).await;
        assert_eq!(decision["allowed"], false);
        assert_eq!(decision["explanation"]["groups"]["state"], "unknown");
        assert!(decision["explanation"].to_string().contains("groups-graph-"), "{kind}: {}", decision["explanation"]);
    }
    let again = signed_in_with(&world, &app, fault("unavailable", 1)).await;
    assert_eq!(again.status, 200, "one failure is tried again");
    assert_eq!(world.browser().sign_in("ilo").open(app.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_on_a_group_is_not_skipped_when_groups_are_unknown() {
    let world = crowded().await;
    let blocked = block(Rule::Group("Dock Crew")).named("No dock crew");
    let app = world.app("charts").policy(blocked).policy(allow(Rule::Everyone)).create().await;
    assert_eq!(world.browser().sign_in("ilo").open(app.at("/")).await.status, 200, "ilo is no dock crew");
    let page = signed_in_with(&world, &app, fault("forbidden", EVERY_CALL)).await;
    assert_eq!(page.status, 403, "{}", page.body);
    for words in ["keeps you out", "No dock crew", "Your groups are not known"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let except = world.app("except").policy(allow(Rule::Everyone).except(Rule::Group("Dock Crew"))).create().await;
    let page = signed_in_with(&world, &except, fault("forbidden", EVERY_CALL)).await;
    assert_eq!(page.status, 403, "an exception that cannot be ruled out: {}", page.body);
    let mail = world.app("mail").policy(allow(Rule::Person("ilo"))).create().await;
    let page = signed_in_with(&world, &mail, fault("forbidden", EVERY_CALL)).await;
    assert_eq!(page.status, 200, "rules on other facts are decided as always");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_groups_switched_off_a_group_rule_says_so() {
    let world = World::plan().provider("support_groups", false.into()).start().await;
    let app = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let page = world.browser().sign_in("ilo").open(app.at("/")).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("reading groups is switched off"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_without_groups_claim_is_decided_by_graph() {
    let tenant = Tenant::harbour_works().registration("groupMembershipClaims", Value::Null);
    let world = World::plan().tenant(tenant).start().await;
    let app = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(app.at("/")).await.status, 200);
    let identity = mara.get(app.at("/cdn-cgi/access/get-identity")).await.json();
    assert_eq!(identity["groups_source"], "graph");
    assert!(identity["groups"].as_array().unwrap().iter().any(|group| group["name"] == "Night Pilots"), "{identity}");
    assert_eq!(world.browser().sign_in("tessa").open(app.at("/")).await.status, 403);
}
