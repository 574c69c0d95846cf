//! Applications of type bookmark and app_launcher: their own members, and no others.

use serde_json::json;

use crate::world::{World, id, timeless};

const APPS: &str = "~/access/apps";

#[tokio::test]
async fn a_bookmark_is_a_link_with_a_place_in_the_launcher() {
    let world = World::start().await;
    let body = json!({
        "type": "bookmark", "name": "Handbook", "domain": "https://handbook.harbourworks.example/start",
        "logo_url": "https://static.harbourworks.example/book.svg", "app_launcher_visible": false,
    });
    let made = world.post(APPS, body).await;
    let path = format!("{APPS}/{}", id(&made));
    assert_eq!((&made["type"], &made["app_launcher_visible"], &made["policies"]), (&json!("bookmark"), &json!(false), &json!([])));
    for foreign in ["destinations", "self_hosted_domains", "session_duration", "allowed_idps", "http_only_cookie_attribute"] {
        assert_eq!(made.get(foreign), None, "{foreign}");
    }
    assert_eq!(world.get(&path).await, made);
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    assert_ne!(world.post(APPS, made.clone()).await["id"], made["id"], "one page may have several bookmarks");
    assert_eq!(world.get(&format!("{APPS}?domain=handbook")).await.as_array().unwrap().len(), 2);
    // Earlier clients leave the scheme out.
    let bare = world.post(APPS, json!({ "type": "bookmark", "domain": "handbook.harbourworks.example" })).await;
    assert_eq!((&bare["name"], &bare["domain"]), (&bare["domain"], &json!("handbook.harbourworks.example")));
    for link in ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "https://a b.example", ""] {
        let refused = world.call("POST", APPS, Some(json!({ "type": "bookmark", "name": "x", "domain": link }))).await;
        assert_eq!(refused.pointers(), ["/domain"], "{link}");
    }
    world.call("DELETE", &path, None).await.good(202);
}

#[tokio::test]
async fn members_of_other_types_are_taken_at_their_defaults_only() {
    let world = World::start().await;
    let mut body = json!({
        "type": "bookmark", "name": "Handbook", "domain": "https://handbook.harbourworks.example",
        "session_duration": "24h", "http_only_cookie_attribute": true, "eager_redirect_cookie_setting": true, "allowed_idps": [],
        "auto_redirect_to_identity": false, "custom_deny_url": "", "landing_page_design": null,
    });
    world.post(APPS, body.clone()).await;
    body["session_duration"] = json!("1h");
    body["http_only_cookie_attribute"] = json!(false);
    body["custom_deny_url"] = json!("https://harbourworks.example/no");
    body["bg_color"] = json!("#000");
    body["destinations"] = json!([{ "type": "public", "uri": "a.localhost" }]);
    let mut pointers = world.call("POST", APPS, Some(body)).await.pointers();
    pointers.sort();
    // `false` for a member that is on by default is as blank as it gets.
    assert_eq!(pointers, ["/bg_color", "/custom_deny_url", "/destinations", "/session_duration"]);
    let launcher = json!({ "type": "self_hosted", "domain": "wiki.localhost", "bg_color": "#000", "skip_app_launcher_login_page": true });
    let mut pointers = world.call("POST", APPS, Some(launcher)).await.pointers();
    pointers.sort();
    assert_eq!(pointers, ["/bg_color", "/skip_app_launcher_login_page"]);
}

#[tokio::test]
async fn the_app_launcher_is_one_and_lives_on_the_team_domain() {
    let world = World::start().await;
    let body = json!({
        "type": "app_launcher", "session_duration": "8h", "bg_color": "#101820", "header_bg_color": "navy",
        "app_launcher_logo_url": "https://static.harbourworks.example/logo.png",
        "footer_links": [{ "name": "Help", "url": "https://harbourworks.example/help" }],
        "landing_page_design": { "title": "Ahoy", "button_color": "#fff" },
        "skip_app_launcher_login_page": true,
        "policies": [{ "name": "crew", "decision": "allow", "include": [{ "email_domain": { "domain": "harbourworks.example" } }] }],
    });
    let made = world.post(APPS, body.clone()).await;
    let path = format!("{APPS}/{}", id(&made));
    assert_eq!((&made["name"], &made["domain"]), (&json!("App Launcher"), &json!("team.localhost")));
    for key in ["bg_color", "header_bg_color", "footer_links", "landing_page_design", "skip_app_launcher_login_page", "session_duration"] {
        assert_eq!(made[key], body[key], "{key}");
    }
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    let second = world.call("POST", APPS, Some(body.clone())).await;
    assert_eq!(second.bad(409).len(), 1);
    assert!(second.text().contains(&id(&made)), "{}", second.text());

    let mut odd = made.clone();
    odd["name"] = json!("Bridge");
    odd["domain"] = json!("bridge.localhost");
    odd["footer_links"] = json!([{ "name": "x", "url": "javascript:alert(1)" }, { "name": "y" }]);
    odd["landing_page_design"] = json!({ "button_color": "red;}body{display:none", "image": 1 });
    odd["tags"] = json!(["x"]);
    let mut pointers = world.call("PUT", &path, Some(odd)).await.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/domain",
            "/footer_links/0/url",
            "/footer_links/1/url",
            "/landing_page_design/button_color",
            "/landing_page_design/image",
            "/name",
            "/tags",
        ]
    );
    world.call("DELETE", &path, None).await.good(202);
    world.post(APPS, body).await;
}

#[tokio::test]
async fn the_type_of_an_application_cannot_change_and_settings_belong_to_protected_ones() {
    let world = World::start().await;
    let wiki = id(&world.app("wiki").await);
    let bookmark = json!({ "type": "bookmark", "name": "wiki", "domain": "https://wiki.localhost" });
    let refused = world.call("PUT", &format!("{APPS}/{wiki}"), Some(bookmark.clone())).await;
    assert_eq!(refused.pointers(), ["/type"]);
    let mark = id(&world.post(APPS, bookmark).await);
    let turned = json!({ "type": "self_hosted", "name": "wiki", "domain": "docs.localhost" });
    assert_eq!(world.call("PUT", &format!("{APPS}/{mark}"), Some(turned)).await.pointers(), ["/type"]);
    world.call("PATCH", &format!("{APPS}/{mark}/settings"), Some(json!({}))).await.bad(400);
    let upstream = world.call("PUT", &format!("~/doorward/apps/{mark}/upstream"), Some(json!({ "url": "http://127.0.0.1:1" }))).await;
    upstream.bad(400);
}
