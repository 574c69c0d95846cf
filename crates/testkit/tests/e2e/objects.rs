//! Lists, tags and pages through the front door: what rules and applications name takes effect, long ones fit, and markup stays text.

use http::Method;
use serde_json::{Value, json};
use testkit::{Rule, World, allow};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_five_thousand_addresses_lets_in_and_an_edit_of_it_keeps_out() {
    let world = World::start().await;
    let api = world.api();
    let mut items: Vec<Value> = (0..4999).map(|i| json!({ "value": format!("person{i}@harbourworks.example") })).collect();
    items.push(json!({ "value": "mara@harbourworks.example", "description": "harbour master" }));
    let list = api.post("gateway/lists", json!({ "name": "Crew", "type": "EMAIL", "items": items })).await;
    let list = format!("gateway/lists/{}", list["id"].as_str().unwrap());
    let wiki = world.app("wiki").policy(allow(Rule::Person("tessa"))).create().await;
    let path = format!("access/apps/{}/policies", wiki.id);
    let named = json!({ "name": "Crew", "decision": "allow", "include": [{ "email_list": { "id": list.rsplit('/').next() } }] });
    api.post(&path, named).await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 403);
    assert_eq!(api.call(Method::DELETE, &list, None).await.status, 409);
    let edit = json!({ "remove": ["MARA@harbourworks.example"], "append": [{ "value": "ilo@harbourworks.example" }] });
    assert_eq!(api.call(Method::PATCH, &list, Some(&edit)).await.result()["count"], 5000);
    assert_eq!(mara.get(wiki.at("/")).await.status, 403);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200);
    let last = api.get(&format!("{list}/items?page=5&per_page=1000")).await;
    assert_eq!((last.as_array().unwrap().len(), &last[999]["value"]), (1000, &json!("ilo@harbourworks.example")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_from_the_api_are_text_on_the_launcher_and_in_addresses() {
    const EVIL: &str = "<script>alert(1)</script>\"><img src=x onerror=y>";
    let world = World::start().await;
    let api = world.api();
    let tag = "Night shift & <b>R+D</b>".replace('/', "|");
    api.post("access/tags", json!({ "name": tag })).await;
    let address = "access/tags/Night%20shift%20%26%20%3Cb%3ER+D%3C%7Cb%3E";
    assert_eq!(api.get(address).await["name"], json!(tag));
    let bookmark = json!({
        "type": "bookmark", "name": EVIL, "domain": "https://a.example/?q=%22%3E", "tags": [tag],
        "logo_url": "https://a.example/logo.svg",
    });
    api.post("access/apps", bookmark).await;
    let wiki = world.app("wiki").policy(allow(Rule::Person("mara"))).create().await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    let page = mara.get(world.team()).await;
    assert!(page.body.contains("&#60;script&#62;") || page.body.contains("&lt;script&gt;"), "{}", page.body);
    for markup in ["<script>alert", "<img src=x", "<b>R+D"] {
        assert!(!page.body.contains(markup), "{markup}: {}", page.body);
    }
    assert_eq!(api.put(address, json!({ "name": "Nights" })).await["app_count"], 1);
    assert!(mara.get(world.team()).await.body.contains("Nights"));
    assert_eq!(api.call(Method::GET, address, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_half_a_million_characters_is_taken_whole() {
    let world = World::start().await;
    let html = format!("<p>{}</p>", "~".repeat(499_990));
    let page = json!({ "name": "Long", "type": "forbidden", "custom_html": html });
    let made = world.api().post("access/custom_pages", page).await;
    let path = format!("access/custom_pages/{}", made["uid"].as_str().unwrap());
    assert_eq!(world.api().get(&path).await["custom_html"], json!(html));
    let too_long = json!({ "name": "Long", "type": "forbidden", "custom_html": format!("{html}{html}{html}") });
    assert_eq!(world.api().call(Method::PUT, &path, Some(&too_long)).await.status, 413);
}
