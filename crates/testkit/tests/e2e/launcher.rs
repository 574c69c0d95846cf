//! The App Launcher at the root of the team domain.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Browser, Page, World, allow_group};

async fn launcher(world: &World, group: &'static str, look: Value) -> Value {
    let mut body = look;
    body["type"] = json!("app_launcher");
    body["allowed_idps"] = json!([world.idp()]);
    body["auto_redirect_to_identity"] = json!(true);
    body["policies"] = json!([world.policy(&allow_group(group)).await]);
    world.api().post("access/apps", body).await
}

async fn post(browser: &Browser, url: &str, form: String, origin: &str) -> Page {
    let ask = browser.ask(Method::POST, url).header("origin", origin).header("content-type", "application/x-www-form-urlencoded");
    ask.body(form).send().await
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
        assert_eq!(page.body.contains(&format!(">{name}</span>")), shown, "{name}");
    }
    assert!(page.body.contains("href=\"https://tides.harbourworks.example/\""));
    let tagged = mara.get(format!("{}/?tag=pilotage", world.team())).await;
    assert!(tagged.body.contains(">charts</span>") && !tagged.body.contains(">tides</span>"));
    let sought = mara.get(format!("{}/?q=TIDES%20harbour", world.team())).await;
    assert!(sought.body.contains(">tides</span>") && !sought.body.contains(">charts</span>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_marks_favourites_and_meets_what_they_used_lately() {
    let world = World::start().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    bookmark(&world, "tides", json!([])).await;
    let mara = world.browser().sign_in("mara");
    mara.open(charts.at("/")).await;
    world.store().flush_records().await.unwrap();
    let page = mara.get(world.team()).await;
    assert!(page.body.contains("id=\"recent\"") && !page.body.contains("id=\"favourites\""), "{}", page.body);
    let state = page.body.split("name=\"state\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let tides = page.body.split("Add tides to").next().unwrap().rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned();
    let form = |verb: &str, state: &str| format!("state={state}&{verb}={tides}&q=ti");
    let path = format!("{}/cdn-cgi/access/launcher/favourite", world.team());
    post(&mara, &path, form("add", &state), "https://evil.example").await;
    assert!(!mara.get(world.team()).await.body.contains("id=\"favourites\""), "no page of another site marks anything");
    let marked = post(&mara, &path, form("add", &state), &world.team()).await;
    assert_eq!((marked.status, marked.header("location")), (303, Some("/?q=ti")));
    let page = mara.get(world.team()).await;
    assert!(page.body.contains("id=\"favourites\"") && page.body.contains("Remove tides from"), "{}", page.body);
    let other = world.browser().sign_in("ilo");
    other.open(charts.at("/")).await;
    assert!(!other.get(world.team()).await.body.contains("id=\"favourites\""), "they are Mara's own");
    post(&mara, &path, form("drop", &state), &world.team()).await;
    assert!(!mara.get(world.team()).await.body.contains("id=\"favourites\""));
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
    assert!(page.body.contains(">charts</span>") && page.body.contains("https://office.harbourworks.example/"), "{}", page.body);
    assert_eq!(mara.get(world.team()).await.status, 200, "the team domain's own cookie was kept");
    let bram = world.browser().sign_in("bram");
    let refused = bram.open(format!("{}/cdn-cgi/access/launcher", world.team())).await;
    assert_eq!(refused.status, 403);
    assert_eq!(bram.open(world.team()).await.status, 403, "the page is guarded each time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_signed_in_is_told_how_to_and_only_who_signed_out_that_they_are() {
    let world = World::start().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let stranger = world.browser().get(world.team()).await;
    assert_eq!(stranger.status, 200);
    assert!(stranger.body.contains("You are not signed in yet") && stranger.body.contains("at its own address"), "{}", stranger.body);
    assert!(!stranger.body.contains("signed out") && stranger.body.contains("href=\"/console/\""), "{}", stranger.body);
    let german = world.browser().ask(Method::GET, world.team()).header("accept-language", "de").send().await;
    assert!(german.body.contains("Sie sind noch nicht angemeldet"), "{}", german.body);

    let mara = world.browser().sign_in("mara");
    mara.open(charts.at("/")).await;
    assert!(mara.get(world.team()).await.body.contains(">charts</span>"));
    let left = mara.get(format!("{}/cdn-cgi/access/logout", world.team())).await;
    assert!(left.body.contains("You are signed out"), "{}", left.body);
    assert!(mara.get(world.team()).await.body.contains("You are not signed in yet"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_without_a_page_says_so_to_people_as_a_page_and_to_programs_as_the_api_does() {
    let world = World::start().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let ask = async |url: String, accept: &str| world.browser().ask(Method::GET, url).header("accept", accept).send().await;
    for (url, accept) in [
        (format!("{}/xyz", world.team()), "text/html,application/xhtml+xml,*/*;q=0.8"),
        (format!("{}/cdn-cgi/access/xyz", world.team()), "text/html"),
        (charts.at("/cdn-cgi/access/xyz"), "text/html"),
    ] {
        let page = ask(url.clone(), accept).await;
        assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")), "{url}");
        assert!(page.body.contains("There is no page here") && page.body.contains("href=\"/\""), "{url}: {}", page.body);
    }
    for (path, accept) in [("/xyz", "application/json"), ("/xyz", "*/*"), ("/client/v4/xyz", "text/html"), ("/client/v4/xyz", "*/*")] {
        let told = ask(format!("{}{path}", world.team()), accept).await;
        assert_eq!((told.status, told.json()["errors"][0]["code"].clone()), (404, json!(7003)), "{path} {accept}: {}", told.body);
    }
    let icon = ask(format!("{}/favicon.ico", world.team()), "image/avif,image/webp,*/*;q=0.8").await;
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")));
}
