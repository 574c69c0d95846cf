//! What refused people are shown where the organisation has pages of its own.

use serde_json::{Value, json};
use testkit::{Rule, World, allow_group, service_auth};

async fn page(world: &World, kind: &str, html: &str, version: Option<u32>) -> Value {
    let mut body = json!({ "name": kind, "type": kind, "custom_html": html });
    if let Some(version) = version {
        body["contract_version"] = json!(version);
    }
    world.api().post("access/custom_pages", body).await["uid"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_organisations_own_are_shown_in_a_sandbox_with_the_reference_beside() {
    let world = World::start().await;
    let denied = page(&world, "identity_denied", "<p>No, {{ email }}: {{ reference }}</p><script>alert(1)</script>", Some(1)).await;
    let forbidden = page(&world, "forbidden", "<p>{{ email }}</p>", None).await;
    world.api().organization(json!({ "custom_pages": { "forbidden": forbidden } })).await;
    let charts = world.app("charts").policy(allow_group("Pilots")).with("custom_pages", json!([denied])).create().await;
    let berths = world.app("berths").policy(service_auth(Rule::AnyToken)).create().await;

    let bram = world.browser().sign_in("bram");
    let refused = bram.open(charts.at("/x")).await;
    let reference = refused.header("doorward-reference").unwrap().to_owned();
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body, format!("<p>No, bram@harbourworks.example: {reference}</p><script>alert(1)</script>"));
    let policy = refused.header("content-security-policy").unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("allow-scripts"), "{policy}");
    assert_eq!(world.api().decision(&reference).await["allowed"], false);

    let stranger = world.browser().get(berths.at("/")).await;
    assert_eq!((stranger.status, stranger.body.as_str()), (403, "<p>{{ email }}</p>"), "without a version it is shown as it is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_addresses_are_told_what_was_asked_for_and_pages_are_framed_where_the_application_wants_it() {
    let world = World::start().await;
    let app =
        world.app("charts").policy(allow_group("Pilots")).with("custom_deny_url", json!("https://help.harbourworks.example/no?x=1#y"));
    let charts = app.create().await;
    let bram = world.browser().sign_in("bram");
    let away = bram.open_until(charts.at("/a?b=//evil.example"), "/no").await;
    let asked: String = url::form_urlencoded::byte_serialize(charts.at("/a?b=//evil.example").as_bytes()).collect();
    assert_eq!(away.as_str(), format!("https://help.harbourworks.example/no?x=1&original_url={asked}#y"));

    let framed = world.app("framed").policy(service_auth(Rule::AnyToken)).with("allow_iframe", json!(true)).create().await;
    let plain = world.app("plain").policy(service_auth(Rule::AnyToken)).create().await;
    let shown = async |url: String| {
        let page = world.browser().get(url).await;
        let policy = page.header("content-security-policy").unwrap().rsplit("frame-ancestors ").next().unwrap().to_owned();
        (page.status, policy, page.header("x-frame-options").map(str::to_owned))
    };
    assert_eq!(shown(framed.at("/")).await, (403, "https:".into(), None));
    assert_eq!(shown(plain.at("/")).await, (403, "'none'".into(), Some("DENY".into())));
}
