//! Rules that need no sign-in: address, country, bypass; and rule groups, as the request meets them.

use http::Method;
use serde_json::json;
use testkit::{Rule, World, allow, allow_group, block, bypass};

fn trusting() -> testkit::Plan {
    let lines = "trusted_peers = [\"127.0.0.1\"]\nclient_address_header = \"x-forwarded-for\"\ncountry_header = \"x-country\"";
    World::plan().http(lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_can_never_pass_is_refused_before_any_sign_in() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots").only_if(Rule::Ip("203.0.113.0/24"))).create().await;
    let page = world.browser().get(wiki.at("/x")).await;
    assert_eq!((page.status, page.location()), (403, None));
    assert!(page.body.contains("Access is forbidden") && page.body.contains("wiki"), "{}", page.body);
    assert!(!page.body.contains("203.0.113"));
    let decision = world.api().decision(&page.reference()).await;
    assert_eq!((&decision["allowed"], &decision["ip_address"]), (&false.into(), &"127.0.0.1".into()));
    let here = world.app("here").policy(allow_group("Pilots").only_if(Rule::Ip("127.0.0.0/8"))).create().await;
    assert_eq!(world.browser().sign_in("mara").open(here.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_and_country_come_from_trusted_peers_and_are_judged_on_every_request() {
    let world = trusting().start().await;
    let policy = allow_group("Pilots").only_if(Rule::Ip("203.0.113.0/24")).except(Rule::Country("AQ"));
    let wiki = world.app("wiki").policy(policy).create().await;
    let mara = world.browser().sign_in("mara");
    let from = |address: &'static str, country: &'static str| {
        let ask = mara.ask(Method::GET, wiki.at("/")).header("x-forwarded-for", address);
        ask.header("x-country", country).send()
    };
    assert_eq!(from("198.51.100.9", "SE").await.status, 403);
    let begun = from("203.0.113.9", "SE").await;
    assert_eq!(begun.status, 302);
    let (_, meta) = crate::claims::unchecked(
        &begun.location().unwrap().query_pairs().find(|(key, _)| key == "meta").map(|(_, value)| value.into_owned()).unwrap(),
    );
    assert_eq!(meta["real_country"], "SE");

    // A sign-in from the right place; the login pages are asked for from there, too.
    let mut page = begun;
    let ticket = loop {
        let next = match page.location() {
            Some(next) => next,
            None => {
                let mut fields = page.hidden();
                fields.extend([("loginfmt".to_owned(), testkit::upn("mara")), ("passwd".to_owned(), testkit::password("mara"))]);
                mara.submit(&page.action().unwrap(), &fields).await.location().unwrap()
            }
        };
        if next.path() == "/cdn-cgi/access/authorized" {
            break next;
        }
        page = mara.ask(Method::GET, next).header("x-forwarded-for", "203.0.113.9").header("x-country", "SE").send().await;
    };
    mara.ask(Method::GET, ticket).header("x-forwarded-for", "203.0.113.9").send().await;
    assert_eq!(from("203.0.113.9", "SE").await.status, 200);
    let seen = world.origin().one();
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9"));
    assert_eq!(from("198.51.100.9", "SE").await.status, 403, "the next request from elsewhere");
    assert_eq!(from("203.0.113.9", "AQ").await.status, 403, "the next request from an excluded country");
    assert_eq!(from("203.0.113.9", "XX").await.status, 403, "a country that is not known cannot be ruled out");
    assert_eq!(from("6.6.6.6, 203.0.113.9", "SE").await.status, 200, "what stands left of a stranger does not count");
    assert_eq!(from("203.0.113.9, 6.6.6.6", "SE").await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bypass_asks_nobody_and_vouches_for_nobody() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(bypass(Rule::Ip("127.0.0.1/32"))).policy(block(Rule::Everyone)).create().await;
    let page = world.browser().ask(Method::GET, wiki.at("/")).header("cf-access-jwt-assertion", "forged").send().await;
    assert_eq!(page.status, 200);
    assert_eq!(world.origin().one().header("cf-access-jwt-assertion"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_groups_nest_and_a_change_counts_at_once() {
    let world = World::start().await;
    let group = |name: &str, rule: serde_json::Value| {
        let body = json!({ "name": name, "include": [rule] });
        async { world.api().post("access/groups", body).await["id"].as_str().unwrap().to_owned() }
    };
    let inner = group("inner", json!({ "email": { "email": "tessa@harbourworks.example" } })).await;
    let outer = group("outer", json!({ "group": { "id": inner } })).await;
    let wiki = world.app("wiki").policy(allow(Rule::RuleGroup(outer.clone()))).create().await;
    let tessa = world.browser().sign_in("tessa");
    assert_eq!(tessa.open(wiki.at("/")).await.status, 200);
    assert_eq!(world.browser().sign_in("bram").open(wiki.at("/")).await.status, 403);
    let circle = json!({ "name": "inner", "include": [{ "group": { "id": outer } }] });
    let refused = world.api().call(Method::PUT, &format!("access/groups/{inner}"), Some(&circle)).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let other = json!({ "name": "inner", "include": [{ "email": { "email": "bram@harbourworks.example" } }] });
    world.api().put(&format!("access/groups/{inner}"), other).await;
    assert_eq!(tessa.get(wiki.at("/")).await.status, 403);
    assert_eq!(world.browser().sign_in("bram").open(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bypass_and_service_auth_come_before_allow_and_block_whatever_their_order() {
    let world = World::start().await;
    let blocked = block(Rule::Everyone).named("Closed");
    let app = world.app("order").policy(blocked).policy(allow(Rule::Everyone)).policy(bypass(Rule::Ip("127.0.0.0/8"))).create().await;
    assert_eq!(world.browser().get(app.at("/")).await.status, 200);
    let first = world.app("first").policy(block(Rule::Person("bram"))).policy(allow(Rule::Domain("harbourworks.example"))).create().await;
    assert_eq!(world.browser().sign_in("bram").open(first.at("/")).await.status, 403);
    assert_eq!(world.browser().sign_in("tessa").open(first.at("/")).await.status, 200);
    let second = world.app("second").policy(allow(Rule::Domain("harbourworks.example"))).policy(block(Rule::Person("bram"))).create().await;
    assert_eq!(world.browser().sign_in("bram").open(second.at("/")).await.status, 200, "the first that fits decides");
}
