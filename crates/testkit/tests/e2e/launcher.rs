//! The App Launcher at the root of the team domain.

use serde_json::{Value, json};
use testkit::{World, allow_group};

async fn launcher(world: &World, group: &'static str, look: Value) -> Value {
    let mut body = look;
    body["type"] = json!("app_launcher");
    body["allowed_idps"] = json!([world.idp()]);
    body["auto_redirect_to_identity"] = json!(true);
    body["policies"] = json!([world.policy(&allow_group(group)).await]);
    world.api().post("access/apps", body).await
}

async fn bookmark(world: &World, name: &str, policies: Value) {
    let body = json!({ "type": "bookmark", "name": name, "domain": format!("https://{name}.harbourworks.example/"), "policies": policies });
    world.api().post("access/apps", body).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_launcher_shows_what_the_person_may_open_by_tag_and_bookmarks_with_it() {
    let world = World::start().await;
    world.api().post("access/tags", json!({ "name": "pilotage" })).await;
    let charts = world.app("charts").with("tags", json!(["pilotage"])).policy(allow_group("Pilots")).create().await;
    world.app("cranes").policy(allow_group("Dock Crew")).create().await;
    bookmark(&world, "tides", json!([])).await;
    bookmark(&world, "ropes", json!([world.policy(&allow_group("Dock Crew")).await])).await;
    let mara = world.browser().sign_in("mara");
    mara.open(charts.at("/")).await;
    let page = mara.get(world.team()).await;
    for (name, shown) in [("charts", true), ("tides", true), ("cranes", false), ("ropes", false)] {
        assert_eq!(page.body.contains(&format!(">{name}<small>")), shown, "{name}");
    }
    assert!(page.body.contains("href=\"https://tides.harbourworks.example/\""));
    let tagged = mara.get(format!("{}/?tag=pilotage", world.team())).await;
    assert!(tagged.body.contains(">charts<small>") && !tagged.body.contains(">tides<small>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_launcher_application_guards_the_page_and_gives_it_its_look() {
    let world = World::start().await;
    world.app("charts").policy(allow_group("Pilots")).create().await;
    let look = json!({ "bg_color": "#0b3d4f", "footer_links": [{ "name": "Office", "url": "https://office.harbourworks.example/" }],
        "landing_page_design": { "title": "Welcome to the quay", "message": "Sign in first." } });
    launcher(&world, "Pilots", look).await;
    let stranger = world.browser().get(world.team()).await;
    assert!(stranger.body.contains("Welcome to the quay") && stranger.body.contains("/cdn-cgi/access/launcher\""), "{}", stranger.body);
    let style = world.browser().get(format!("{}/cdn-cgi/access/launcher.css", world.team())).await;
    assert!(style.body.contains("--page: #0b3d4f"));

    let mara = world.browser().sign_in("mara");
    let page = mara.open(format!("{}/cdn-cgi/access/launcher", world.team())).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(">charts<small>") && page.body.contains("https://office.harbourworks.example/"), "{}", page.body);
    assert_eq!(mara.get(world.team()).await.status, 200, "the team domain's own cookie was kept");
    let bram = world.browser().sign_in("bram");
    let refused = bram.open(format!("{}/cdn-cgi/access/launcher", world.team())).await;
    assert_eq!(refused.status, 403);
    assert_eq!(bram.open(world.team()).await.status, 403, "the page is guarded each time");
}
