//! Gateway lists of addresses and networks: items, edits, filters, and the rules that hold them fast.

use serde_json::{Value, json};

use crate::world::{World, id, timeless};

const LISTS: &str = "~/gateway/lists";

async fn made(world: &World, body: Value) -> Value {
    world.call("POST", LISTS, Some(body)).await.good(200)
}

fn values(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_keeps_its_items_in_order_with_the_time_when_each_was_added() {
    let world = World::start().await;
    let items = json!([{ "value": "Mara@harbourworks.example", "description": "harbour master" }, { "value": "ilo@harbourworks.example" }]);
    let list = made(&world, json!({ "name": "Crew", "type": "EMAIL", "description": "on shift", "items": items })).await;
    let path = format!("{LISTS}/{}", id(&list));
    assert_eq!((&list["count"], &list["type"], &list["description"]), (&json!(2), &json!("EMAIL"), &json!("on shift")));
    assert_eq!(values(&list), ["Mara@harbourworks.example", "ilo@harbourworks.example"]);
    assert_eq!(world.get(&path).await, list);
    world.pass(60);
    assert_eq!(timeless(world.put(&path, list.clone()).await), timeless(list.clone()));
    // Items that are left out stay; a description that is left out goes.
    let renamed = world.put(&path, json!({ "name": "Night crew" })).await;
    assert_eq!((values(&renamed), renamed.get("description")), (values(&list), None));
    let replaced =
        json!({ "name": "Crew", "items": [{ "value": "tessa@harbourworks.example" }, { "value": "mara@harbourworks.example" }] });
    let replaced = world.put(&path, replaced).await;
    assert_eq!(values(&replaced), ["tessa@harbourworks.example", "mara@harbourworks.example"]);
    assert_eq!(replaced["items"][1]["created_at"], list["items"][0]["created_at"]);
    assert_ne!(replaced["items"][0]["created_at"], list["items"][0]["created_at"]);
    assert_eq!(world.put(&path, json!({ "name": "Crew", "items": [] })).await["count"], 0);
    assert_eq!(world.call("DELETE", &path, None).await.good(200), json!({}));
    assert_eq!(world.call("GET", &path, None).await.bad(404)[0].0, 2218);
}

#[tokio::test]
async fn an_edit_appends_and_removes_in_one_go() {
    let world = World::start().await;
    let list =
        made(&world, json!({ "name": "Piers", "type": "IP", "items": [{ "value": "203.0.113.0/24" }, { "value": "2001:db8::7" }] })).await;
    let path = format!("{LISTS}/{}", id(&list));
    let edit = async |body: Value| world.call("PATCH", &path, Some(body)).await;
    let body = json!({ "append": [{ "value": "198.51.100.7", "description": "crane" }], "remove": ["2001:DB8:0::7"] });
    assert_eq!(values(&edit(body).await.good(200)), ["203.0.113.0/24", "198.51.100.7"]);
    // What is there already is not there twice; the same network in other words is the same.
    let again =
        edit(json!({ "append": [{ "value": "203.0.113.9/24", "description": "north pier" }, { "value": "198.51.100.7/32" }] })).await;
    let again = again.good(200);
    assert_eq!(values(&again), ["203.0.113.0/24", "198.51.100.7"]);
    assert_eq!((&again["items"][0]["description"], &again["items"][1]["description"]), (&json!("north pier"), &json!("crane")));
    assert_eq!(edit(json!({})).await.good(200)["count"], 2);
    for (body, pointers) in [
        (json!({ "remove": ["203.0.113.0/24", "192.0.2.1"] }), vec!["/remove/1"]),
        (json!({ "remove": ["pier", 7] }), vec!["/remove/0", "/remove/1"]),
        (json!({ "append": [{ "value": "192.0.2.1" }], "remove": ["192.0.2.1/32"] }), vec!["/remove/0"]),
        (json!({ "append": [{ "value": "192.0.2.1" }, { "value": "192.0.2.1/32" }] }), vec!["/append/1/value"]),
        (json!({ "append": [{ "value": "mara@harbourworks.example" }, {}, 5] }), vec!["/append/0/value", "/append/1/value", "/append/2"]),
        (json!({ "items": [] }), vec!["/items"]),
    ] {
        assert_eq!(edit(body.clone()).await.pointers(), pointers, "{body}");
    }
    assert_eq!(world.get(&path).await["count"], 2, "an edit that is refused changes nothing");
}

#[tokio::test]
async fn five_thousand_items_fit_and_are_read_in_pages() {
    let world = World::start().await;
    let many = |n: usize| (0..n).map(|i| json!({ "value": format!("10.{}.{}.1", i / 250, i % 250) })).collect::<Vec<_>>();
    let list = made(&world, json!({ "name": "Many", "type": "IP", "items": many(5000) })).await;
    let path = format!("{LISTS}/{}", id(&list));
    let more = world.call("PATCH", &path, Some(json!({ "append": [{ "value": "192.0.2.1" }] }))).await;
    assert_eq!(more.pointers(), ["/append"]);
    let over = json!({ "name": "Many", "type": "IP", "items": many(5001) });
    assert_eq!(world.call("POST", LISTS, Some(over)).await.pointers(), ["/items"]);
    let page = world.call("GET", &format!("{path}/items?page=5&per_page=1000"), None).await;
    assert_eq!(page.body["result_info"], json!({ "page": 5, "per_page": 1000, "count": 1000, "total_count": 5000, "total_pages": 5 }));
    assert_eq!(page.good(200)[999], list["items"][4999]);
    assert_eq!(world.get(&format!("{path}/items?page=6&per_page=1000")).await, json!([]));
    assert_eq!(world.get(&format!("{path}/items")).await.as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn types_and_values_are_checked() {
    let world = World::start().await;
    for (body, pointers) in [
        (json!({ "name": "x", "type": "SERIAL" }), vec!["/type"]),
        (json!({ "name": "x", "type": "email" }), vec!["/type"]),
        (json!({ "name": " ", "items": 3, "colour": 1 }), vec!["/type", "/name", "/colour"]),
        (json!({ "name": "x", "type": "EMAIL", "items": [{ "value": "a@b.c" }, { "value": "A@b.C" }] }), vec!["/items/1/value"]),
        (json!({ "name": "x", "type": "IP", "items": [{ "value": "10.0.0.300" }, "10.0.0.1"] }), vec!["/items/0/value", "/items/1"]),
    ] {
        assert_eq!(world.call("POST", LISTS, Some(body.clone())).await.pointers(), pointers, "{body}");
    }
    let unbuilt = world.call("POST", LISTS, Some(json!({ "name": "x", "type": "URL" }))).await;
    assert!(unbuilt.text().contains("not supported yet"), "{}", unbuilt.text());
    let list = made(&world, json!({ "name": "Piers", "type": "IP" })).await;
    let path = format!("{LISTS}/{}", id(&list));
    assert_eq!(world.call("PUT", &path, Some(json!({ "name": "x", "type": "EMAIL" }))).await.pointers(), ["/type"]);
    let other = json!({ "name": "x", "id": "86666835-06aa-4d90-8bbd-5a74ac4edf68" });
    assert_eq!(world.call("PUT", &path, Some(other)).await.pointers(), ["/id"]);
}

#[tokio::test]
async fn lists_are_found_by_filters_that_all_hold() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for (name, kind, count) in [("Crew", "EMAIL", 2), ("Night crew", "EMAIL", 0), ("Piers", "IP", 1)] {
        let value = |i| if kind == "IP" { format!("192.0.2.{i}") } else { format!("p{i}@harbourworks.example") };
        let items: Vec<Value> = (0..count).map(|i| json!({ "value": value(i) })).collect();
        ids.push(id(&made(&world, json!({ "name": name, "type": kind, "description": format!("{name}!"), "items": items })).await));
        world.pass(1);
    }
    let table = [
        ("", "Crew, Night crew, Piers"),
        ("type=IP", "Piers"),
        ("type=IP&filter=type:EMAIL", "Crew, Night crew"),
        ("filter=name:CREW&filter=item_count:0", "Night crew"),
        ("filter=type:DOMAIN", ""),
        ("search=night", "Night crew"),
        ("search=crew!", "Crew, Night crew"),
        ("order_by=name&direction=desc", "Piers, Night crew, Crew"),
        ("order_by=created_at", "Piers, Night crew, Crew"),
        ("order_by=created_at&direction=asc", "Crew, Night crew, Piers"),
        ("order_by=item_count", "Night crew, Piers, Crew"),
        ("direction=desc", "Piers, Night crew, Crew"),
        ("page=2&per_page=2", "Piers"),
        ("page=3&per_page=2", ""),
    ];
    for (query, expect) in table {
        let found = world.get(&format!("{LISTS}?{query}")).await;
        let names: Vec<&str> = found.as_array().unwrap().iter().map(|list| list["name"].as_str().unwrap()).collect();
        assert_eq!(names.join(", "), expect, "{query}");
        assert!(found.as_array().unwrap().iter().all(|list| list.get("items").is_none() && list["count"].is_number()));
    }
    for part in [&ids[2][..20], &ids[2].replace('-', "")[6..20]] {
        assert_eq!(world.get(&format!("{LISTS}?filter=id:{part}")).await[0]["name"], "Piers");
    }
    for bad in ["filter=colour:red", "filter=name", "filter=item_count:many", "filter=type:X", "type=X", "order_by=colour", "direction=up"]
    {
        world.call("GET", &format!("{LISTS}?{bad}"), None).await.bad(400);
    }
}

#[tokio::test]
async fn a_list_that_a_rule_names_stays_and_is_of_the_type_the_rule_needs() {
    let world = World::start().await;
    let crew = id(&made(&world, json!({ "name": "Crew", "type": "EMAIL" })).await);
    let policy = |rule: Value| json!({ "name": "crew only", "decision": "allow", "include": [rule] });
    let wrong = world.call("POST", "~/access/policies", Some(policy(json!({ "ip_list": { "id": crew } })))).await;
    assert_eq!(wrong.pointers(), ["/include/0/ip_list/id"]);
    let saved = id(&world.post("~/access/policies", policy(json!({ "email_list": { "id": crew } }))).await);
    let refused = world.call("DELETE", &format!("{LISTS}/{crew}"), None).await;
    refused.bad(409);
    assert!(refused.text().contains("crew only"), "{}", refused.text());
    world.call("DELETE", &format!("~/access/policies/{saved}"), None).await.good(202);
    world.call("DELETE", &format!("{LISTS}/{crew}"), None).await.good(200);
}

#[tokio::test]
async fn the_audit_keeps_the_items_that_differ() {
    let world = World::start().await;
    let list = made(&world, json!({ "name": "Piers", "type": "IP", "items": [{ "value": "192.0.2.1" }, { "value": "192.0.2.2" }] })).await;
    let body = json!({ "append": [{ "value": "192.0.2.3" }], "remove": ["192.0.2.1"] });
    world.call("PATCH", &format!("{LISTS}/{}", id(&list)), Some(body)).await.good(200);
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 1 })).await.unwrap();
    let (before, after) = (audit.items[0].before.clone().unwrap(), audit.items[0].after.clone().unwrap());
    assert_eq!((&before["count"], &after["count"], audit.items[0].action.as_str()), (&json!(2), &json!(2), "list.update"));
    assert_eq!(before["items_that_differ"][0]["value"], "192.0.2.1");
    assert_eq!(after["items_that_differ"][0]["value"], "192.0.2.3");
    assert_eq!((before["items_that_differ"].as_array().unwrap().len(), after["items_that_differ"].as_array().unwrap().len()), (1, 1));
}
