//! Tags, and the applications that have them.

use serde_json::json;

use crate::world::{World, id, timeless};

const TAGS: &str = "~/access/tags";
const APPS: &str = "~/access/apps";

#[tokio::test]
async fn a_tag_is_addressed_by_its_name() {
    let world = World::start().await;
    let tag = world.post(TAGS, json!({ "name": "Night shift & R+D" })).await;
    assert_eq!((&tag["name"], &tag["app_count"]), (&json!("Night shift & R+D"), &json!(0)));
    let path = format!("{TAGS}/Night%20shift%20%26%20R+D");
    assert_eq!(world.get(&path).await, tag);
    assert_eq!(timeless(world.put(&path, tag.clone()).await), timeless(tag.clone()));
    world.call("POST", TAGS, Some(tag.clone())).await.bad(409);
    for name in ["b", "a", "Ä"] {
        world.post(TAGS, json!({ "name": name })).await;
    }
    let names =
        |tags: serde_json::Value| tags.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(world.get(TAGS).await), ["Night shift & R+D", "a", "b", "Ä"]);
    assert_eq!(names(world.get(&format!("{TAGS}?page=2&per_page=3")).await), ["Ä"]);
    assert!(names(world.get(&format!("{TAGS}?page=3&per_page=3")).await).is_empty());
    for bad in [json!({}), json!({ "name": "" }), json!({ "name": "a/b" }), json!({ "name": "x".repeat(256) }), json!({ "name": 1 })] {
        assert_eq!(world.call("POST", TAGS, Some(bad.clone())).await.pointers(), ["/name"], "{bad}");
    }
    assert_eq!(world.call("DELETE", &format!("{TAGS}/%C3%84"), None).await.good(202), json!({ "name": "Ä" }));
    assert_eq!(world.call("GET", &format!("{TAGS}/%C3%84"), None).await.bad(404)[0].0, 12135);
}

#[tokio::test]
async fn an_application_names_tags_that_exist_and_a_new_name_reaches_it() {
    let world = World::start().await;
    let body = json!({ "name": "wiki", "type": "self_hosted", "domain": "wiki.localhost", "tags": ["ops", "crew"] });
    let refused = world.call("POST", APPS, Some(body.clone())).await;
    assert_eq!(refused.pointers(), ["/tags", "/tags"]);
    assert!(refused.text().contains("\"ops\""), "{}", refused.text());
    for name in ["ops", "crew"] {
        world.post(TAGS, json!({ "name": name })).await;
    }
    let app = world.post(APPS, body).await;
    assert_eq!(app["tags"], json!(["ops", "crew"]), "in the order given");
    let path = format!("{APPS}/{}", id(&app));
    assert_eq!(world.get(&format!("{TAGS}/ops")).await["app_count"], 1);

    world.call("PUT", &format!("{TAGS}/ops"), Some(json!({ "name": "crew" }))).await.bad(409);
    let renamed = world.put(&format!("{TAGS}/ops"), json!({ "name": "pier" })).await;
    assert_eq!((&renamed["name"], &renamed["app_count"]), (&json!("pier"), &json!(1)));
    let moved = world.get(&path).await;
    assert_eq!(moved["tags"], json!(["pier", "crew"]), "a new name changes no order");
    world.call("GET", &format!("{TAGS}/ops"), None).await.bad(404);

    let held = world.call("DELETE", &format!("{TAGS}/pier"), None).await;
    held.bad(409);
    assert!(held.text().contains("wiki"), "{}", held.text());
    let mut without = moved;
    without["tags"] = json!([]);
    world.put(&path, without).await;
    world.call("DELETE", &format!("{TAGS}/pier"), None).await.good(202);
}

#[tokio::test]
async fn a_tag_from_before_tags_were_objects_may_stay_on_its_application() {
    let world = World::start().await;
    let app = id(&world.app("wiki").await);
    let mut stored = (*world.store.snapshot().apps.values().next().unwrap().clone()).clone();
    stored.tags = vec!["old".into()];
    world.store.write(move |tx| tx.put_app(&stored)).await.unwrap();
    let path = format!("{APPS}/{app}");
    let got = world.get(&path).await;
    assert_eq!(timeless(world.put(&path, got.clone()).await), timeless(got.clone()));
    let mut more = got;
    more["tags"] = json!(["old", "new"]);
    assert_eq!(world.call("PUT", &path, Some(more)).await.pointers(), ["/tags"]);
}
