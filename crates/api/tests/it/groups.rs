//! Rule groups: life, circles, being in use.

use serde_json::json;

use crate::world::{World, id, timeless};

const GROUPS: &str = "~/access/groups";

#[tokio::test]
async fn a_group_lives() {
    let world = World::start().await;
    let body = json!({ "name": "Pilots", "include": [{ "email": { "email": "mara@harbourworks.example" } }], "is_default": false });
    let made = world.post(GROUPS, body).await;
    let path = format!("{GROUPS}/{}", id(&made));
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    let plain = world.put(&path, json!({ "name": "Pilots", "include": [{ "everyone": {} }] })).await;
    assert_eq!(plain.get("is_default"), None);
    let default = json!({ "name": "Pilots", "include": [{ "everyone": {} }], "is_default": true });
    world.call("PUT", &path, Some(default)).await.bad(400);
    assert_eq!(world.get(&format!("{GROUPS}?search=PIL")).await.as_array().unwrap().len(), 1);
    assert_eq!(world.get(&format!("{GROUPS}?name=Pil")).await, json!([]));
    assert_eq!(world.call("DELETE", &path, None).await.good(202), json!({ "id": id(&made) }));
    assert_eq!(world.call("GET", &path, None).await.bad(404)[0].0, 12152);
}

#[tokio::test]
async fn groups_do_not_go_in_circles() {
    let world = World::start().await;
    let group = |name: &str, inner: Option<&str>| {
        let mut include = vec![json!({ "everyone": {} })];
        include.extend(inner.map(|id| json!({ "group": { "id": id } })));
        json!({ "name": name, "include": include })
    };
    let a = id(&world.post(GROUPS, group("a", None)).await);
    let b = id(&world.post(GROUPS, group("b", Some(&a))).await);
    let c = id(&world.post(GROUPS, group("c", Some(&b))).await);
    for inner in [&a, &b, &c] {
        let refused = world.call("PUT", &format!("{GROUPS}/{a}"), Some(group("a", Some(inner)))).await;
        assert_eq!(refused.pointers(), ["/include/1/group/id"]);
    }
    let circle = world.call("PUT", &format!("{GROUPS}/{a}"), Some(group("a", Some(&c)))).await;
    assert_eq!(
        circle.body["errors"][0]["message"],
        r#"access.api.error.invalid_request: groups must not go in circles: "a" → "c" → "b" → "a""#
    );
    let in_use = world.call("DELETE", &format!("{GROUPS}/{a}"), None).await;
    in_use.bad(409);
    for id in [&c, &b, &a] {
        world.call("DELETE", &format!("{GROUPS}/{id}"), None).await.good(202);
    }
}
