//! Nested groups, whole: Entra's cycle sends direct members, the report names the others, and filling in closes the gap.

use http::Method;
use serde_json::{Value, json};
use testkit::{Rule, Tenant, World, allow_group, block, upn};

/// A world that was provisioned, whose application may read members, with policies about Pilots and Dock Crew.
async fn harbour(permissions: &[&str], object_ids: bool, behavior: &str) -> World {
    let tenant = Tenant::harbour_works().registration("application", json!(permissions));
    let plan = World::plan().tenant(tenant).scim("identity_update_behavior", json!(behavior));
    let plan = if object_ids { plan.external_id_from_object_id() } else { plan };
    let world = plan.start().await;
    world.app("wiki").policy(allow_group("Pilots")).create().await;
    world.policy(&block(Rule::Group("Dock Crew")).named("No dockers")).await;
    cycle(&world).await;
    world
}

async fn cycle(world: &World) {
    world.provisioning().await.cycle().await;
}

async fn report(world: &World) -> Value {
    let path = format!("doorward/identity_providers/{}/drift", world.idp());
    let made = world.api().call(Method::POST, &path, None).await.result().clone();
    assert_eq!(world.api().get(&path).await, made, "the last one is kept");
    made
}

fn group<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["groups"].as_array().unwrap().iter().find(|group| group["name"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// Who differs in Pilots: kind and user principal name.
fn pilots(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let people = group(report, "Pilots")["people"].as_array().unwrap();
    people.iter().map(|person| (text(&person["kind"]), text(&person["user_name"]))).collect()
}

fn differing(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(kind, name)| ((*kind).to_owned(), upn(name))).collect()
}

async fn warnings(world: &World) -> Vec<String> {
    let listed = world.api().get("doorward/warnings").await;
    listed.as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
}

const BOTH: [&str; 2] = ["GroupMember.Read.All", "User.Read.All"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_names_who_is_missing_late_or_left_and_nobody_else() {
    for object_ids in [false, true] {
        let world = harbour(&BOTH, object_ids, "no_action").await;
        let told = report(&world).await;
        assert_eq!((&told["verdict"], &told["complete"]), (&json!("drift"), &json!(true)), "{told:#}");
        assert_eq!(pilots(&told), differing(&[("nested", "mara")]), "externalId is an object id: {object_ids}");
        let mara = &group(&told, "Pilots")["people"][0];
        assert_eq!((&mara["through"], &mara["provisioned"]), (&json!(["Night Pilots"]), &json!(true)));
        let policy = &group(&told, "Pilots")["policies"][0];
        assert_eq!((&policy["missing_are"], &policy["applications"]), (&json!("refused"), &json!(["wiki"])));
        let crew = told["groups"].as_array().unwrap().iter().find(|group| group["state"] == "not_provisioned").unwrap();
        assert_eq!(crew["policies"][0]["missing_are"], "let_in", "Dock Crew is not assigned to the provisioning application");
        assert_eq!(warnings(&world).await, ["scim-nested-missing"]);

        let graph = world.graph_admin();
        graph.join("tessa", "Pilots").await;
        graph.leave("ilo", "Pilots").await;
        graph.join("bram", "Night Pilots").await;
        graph.disable("bram").await;
        let told = report(&world).await;
        assert_eq!(pilots(&told), differing(&[("nested", "mara"), ("not_sent", "tessa"), ("extra", "ilo")]));
        assert_eq!(group(&told, "Pilots")["counts"]["disabled"], 1, "bram misses nothing");
        cycle(&world).await;
        assert_eq!(pilots(&report(&world).await), differing(&[("nested", "mara")]));
        graph.leave("mara", "Night Pilots").await;
        assert_eq!(report(&world).await["verdict"], "no_drift");
        assert!(warnings(&world).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_graph_does_not_tell_is_unknown() {
    let world = harbour(&BOTH, false, "no_action").await;
    report(&world).await;
    for (fault, why) in [("forbidden", "GroupMember.Read.All"), ("hollow", "no list"), ("unavailable", "503")] {
        world.fault(json!({ "target": "graph", "kind": fault, "path": "embers", "count": 1000, "retry_after": 60 })).await;
        let told = report(&world).await;
        assert_eq!((&told["verdict"], &told["complete"]), (&json!("unknown"), &json!(false)), "{fault}");
        let pilots = group(&told, "Pilots");
        assert_eq!((&pilots["state"], &pilots["directory_members"]), (&json!("unknown"), &Value::Null));
        assert!(pilots["why"].as_str().unwrap().contains(why), "{pilots:#}");
        assert_eq!(warnings(&world).await, ["scim-nested-missing"], "{fault}: nobody said that all is well");
        world.heal().await;
    }

    let without = harbour(&[], false, "no_action").await;
    assert_eq!(report(&without).await["verdict"], "unknown");
    // Members come with their object ids only: enough for those who are tied by them, and for nobody else.
    let limited = harbour(&BOTH[..1], false, "no_action").await;
    let told = report(&limited).await;
    assert_eq!((&told["verdict"], &group(&told, "Pilots")["counts"]["unreadable"]), (&json!("unknown"), &json!(2)));
    let limited = harbour(&BOTH[..1], true, "no_action").await;
    let told = report(&limited).await;
    let people = group(&told, "Pilots")["people"].as_array().unwrap().clone();
    assert_eq!((people.len(), &people[0]["object_id"]), (1, &json!(limited.graph_admin().person("mara").await)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filling_in_closes_the_gap_beside_what_scim_sent() {
    let world = harbour(&BOTH, false, "no_action").await;
    world.hold_clock();
    world.fill_in_nested(Some(600)).await;
    world.expand().await;
    let told = report(&world).await;
    assert_eq!((&told["verdict"], &group(&told, "Pilots")["counts"]["filled"]), (&json!("no_drift"), &json!(1)), "{told:#}");
    assert_eq!(group(&told, "Pilots")["scim_members"], 1);
    let sent = world.scim().call(Method::GET, "/Groups?filter=displayName%20eq%20%22Pilots%22", None).await;
    assert_eq!(sent.body["Resources"][0]["members"].as_array().unwrap().len(), 1, "Entra finds what Entra sent");

    world.graph_admin().join("bram", "Night Pilots").await;
    world.pass(599);
    world.expand().await;
    assert_eq!(pilots(&report(&world).await), differing(&[("nested", "bram")]), "its time has not come");
    world.pass(1);
    world.expand().await;
    assert_eq!(report(&world).await["verdict"], "no_drift");

    // What cannot be read stays as it was, and is warned about when it is older than three intervals.
    world.fault(json!({ "target": "graph", "kind": "forbidden", "path": "embers", "count": 1000 })).await;
    for _ in 0..3 {
        world.pass(600);
        world.expand().await;
        assert!(warnings(&world).await.is_empty());
    }
    world.pass(600);
    world.expand().await;
    assert_eq!(warnings(&world).await, ["scim-expansion-old"]);
    world.heal().await;
    let told = report(&world).await;
    assert_eq!((&told["verdict"], &group(&told, "Pilots")["counts"]["filled"]), (&json!("no_drift"), &json!(2)));
    assert!(told["expansion"]["why"].as_str().unwrap().contains("GroupMember.Read.All"), "{told:#}");
    world.pass(600);
    world.expand().await;
    assert!(warnings(&world).await.is_empty());

    world.fill_in_nested(None).await;
    world.expand().await;
    let told = report(&world).await;
    assert_eq!((pilots(&told).len(), &told["expansion"]), (2, &Value::Null), "switched off: forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_reauth_whoever_comes_or_goes_by_filling_in_signs_in_again() {
    let world = harbour(&BOTH, false, "reauth").await;
    // Else the check between sign-ins would end her session for the same reason.
    let options = json!({ "liveness": { "interval_seconds": 0, "grace_seconds": 3600 } });
    world.api().put(&format!("doorward/identity_providers/{}/options", world.idp()), options).await;
    let wiki = world.app("guide").policy(allow_group("All Staff")).create().await;
    let (mara, tessa) = (world.browser().sign_in("mara"), world.browser().sign_in("tessa"));
    for person in [&mara, &tessa] {
        assert_eq!(person.open(wiki.at("/")).await.status, 200);
    }
    world.fill_in_nested(Some(600)).await;
    world.expand().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "the first reading shows what was so all along");
    world.graph_admin().leave("mara", "Night Pilots").await;
    world.pass(600);
    world.expand().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
    assert_eq!(tessa.get(wiki.at("/")).await.status, 200, "she neither came nor went");
}
