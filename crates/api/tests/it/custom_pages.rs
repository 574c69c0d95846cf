//! Pages of the organisation's own, and who shows them.

use serde_json::{Value, json};

use crate::world::{World, id, timeless};

const PAGES: &str = "~/access/custom_pages";

fn page(kind: &str) -> Value {
    json!({ "name": format!("{kind} page"), "type": kind, "custom_html": "<h1>Moored</h1>" })
}

#[tokio::test]
async fn a_page_is_listed_without_its_html_and_read_with_it() {
    let world = World::start().await;
    let made = world.post(PAGES, page("forbidden")).await;
    let uid = made["uid"].as_str().unwrap().to_owned();
    let path = format!("{PAGES}/{uid}");
    assert_eq!((made.get("custom_html"), made.get("id"), &made["type"]), (None, None, &json!("forbidden")));
    let got = world.get(&path).await;
    assert_eq!(got["custom_html"], "<h1>Moored</h1>");
    assert_eq!(world.get(PAGES).await, json!([made]));
    assert_eq!(world.get(&format!("{PAGES}?page=2")).await, json!([]));
    assert_eq!(timeless(world.put(&path, got.clone()).await), timeless(made));
    assert_eq!(timeless(world.get(&path).await), timeless(got.clone()));
    for (key, value) in [
        ("type", json!("login")),
        ("type", json!("interstitial")),
        ("type", json!("x")),
        ("custom_html", json!("")),
        ("custom_html", json!("x".repeat(500_001))),
        ("name", json!(null)),
        ("contract_version", json!(2)),
        ("uid", json!("86666835-06aa-4d90-8bbd-5a74ac4edf68")),
    ] {
        let mut odd = got.clone();
        odd[key] = value.clone();
        let refused = world.call("PUT", &path, Some(odd)).await;
        assert_eq!(refused.pointers(), [format!("/{key}")], "{key}");
    }
    assert_eq!(world.call("DELETE", &path, None).await.good(202), json!({ "id": uid }));
    world.call("GET", &path, None).await.bad(404);
}

#[tokio::test]
async fn applications_and_the_organisation_name_pages_and_hold_them_fast() {
    let world = World::start().await;
    let uid = async |kind: &str| world.post(PAGES, page(kind)).await["uid"].as_str().unwrap().to_owned();
    let (denied, forbidden, second) = (uid("identity_denied").await, uid("forbidden").await, uid("forbidden").await);
    let app = |pages: Value| json!({ "name": "wiki", "type": "self_hosted", "domain": "wiki.localhost", "custom_pages": pages });
    let gone = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
    let refused = world.call("POST", "~/access/apps", Some(app(json!([forbidden, gone, second])))).await;
    assert_eq!(refused.pointers(), ["/custom_pages/1", "/custom_pages/2"]);
    let made = world.post("~/access/apps", app(json!([forbidden, denied]))).await;
    assert_eq!(made["custom_pages"], json!([forbidden, denied]));
    let path = format!("~/access/apps/{}", id(&made));
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));

    let org = async |pages: Value| world.call("PUT", "~/access/organizations", Some(json!({ "custom_pages": pages }))).await;
    assert_eq!(
        org(json!({ "identity_denied": forbidden, "forbidden": gone })).await.pointers(),
        ["/custom_pages/identity_denied", "/custom_pages/forbidden"]
    );
    assert_eq!(org(json!({ "forbidden": second })).await.good(200)["custom_pages"], json!({ "forbidden": second }));
    assert_eq!(
        org(json!({ "identity_denied": denied })).await.good(200)["custom_pages"],
        json!({ "identity_denied": denied, "forbidden": second })
    );
    for (uid, user) in [(&second, "the organization"), (&forbidden, "wiki")] {
        let held = world.call("DELETE", &format!("{PAGES}/{uid}"), None).await;
        held.bad(409);
        assert!(held.text().contains(user), "{}", held.text());
        world.call("PUT", &format!("{PAGES}/{uid}"), Some(page("identity_denied"))).await.bad(409);
    }
    assert_eq!(world.get(&format!("{PAGES}/{denied}")).await["app_count"], 2);
    assert_eq!(org(json!({ "identity_denied": "", "forbidden": null })).await.good(200)["custom_pages"], json!({}));
    world.call("DELETE", &format!("{PAGES}/{second}"), None).await.good(202);
}
