//! Bookmarks in their older form.

use serde_json::json;

use crate::world::{World, id, timeless};

const ID: &str = "86666835-06aa-4d90-8bbd-5a74ac4edf68";

#[tokio::test]
async fn a_bookmark_is_made_under_its_id_and_is_an_application() {
    let world = World::start().await;
    let wiki = id(&world.app("wiki").await);
    let path = format!("~/access/bookmarks/{ID}");
    let body = json!({ "name": "Handbook", "domain": "handbook.example", "logo_url": "https://a.example/l.png" });
    let made = world.call("POST", &path, Some(body.clone())).await.good(200);
    assert_eq!((&made["id"], &made["domain"], &made["app_launcher_visible"]), (&json!(ID), &json!("handbook.example"), &json!(true)));
    assert_eq!((world.get(&path).await, world.get("~/access/bookmarks").await), (made.clone(), json!([made])));
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    world.call("POST", &path, Some(body.clone())).await.bad(409);
    world.call("POST", &format!("~/access/bookmarks/{wiki}"), Some(body.clone())).await.bad(409);

    // Its tags are kept by a change that knows nothing of them.
    world.post("~/access/tags", json!({ "name": "crew" })).await;
    let app = format!("~/access/apps/{ID}");
    let mut tagged = world.get(&app).await;
    assert_eq!(tagged["type"], "bookmark");
    tagged["tags"] = json!(["crew"]);
    world.put(&app, tagged).await;
    world.put(&path, json!({ "name": "Book", "domain": "https://handbook.example" })).await;
    let after = world.get(&app).await;
    assert_eq!((&after["name"], &after["tags"], after.get("logo_url")), (&json!("Book"), &json!(["crew"]), None));

    for bad in [json!({}), json!({ "domain": "javascript:alert(1)" }), json!({ "domain": 3 })] {
        assert_eq!(world.call("PUT", &path, Some(bad.clone())).await.pointers(), ["/domain"], "{bad}");
    }
    for verb in ["GET", "PUT", "DELETE"] {
        let body = (verb == "PUT").then(|| body.clone());
        assert_eq!(world.call(verb, &format!("~/access/bookmarks/{wiki}"), body).await.bad(404)[0].0, 12045, "{verb}");
    }
    assert_eq!(world.call("DELETE", &path, None).await.good(200), json!({ "id": ID }));
    world.call("GET", &app, None).await.bad(404);
}
