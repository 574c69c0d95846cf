//! `get-identity`, and that the organisation's token opens the team domain only.

use http::Method;
use serde_json::json;
use testkit::{Rule, Tenant, World, allow, allow_group};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn get_identity_shows_the_whole_identity_on_both_hosts() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(wiki.at("/")).await;
    let page = browser.get(wiki.at("/cdn-cgi/access/get-identity")).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/json")));
    let identity = page.json();
    assert_eq!(identity, browser.get(format!("{}/cdn-cgi/access/get-identity", world.team())).await.json());
    assert_eq!(identity["email"], "mara@harbourworks.example");
    assert_eq!(identity["name"], "Mara Lindqvist");
    assert_eq!(identity["idp"], json!({ "id": world.idp(), "type": "azureAD" }));
    assert_eq!(identity["id"], world.sim().person("mara@harbourworks.example").unwrap().id.to_string());
    assert_eq!(identity["user_uuid"], world.api().user("mara@harbourworks.example").await["id"]);
    assert_eq!((&identity["account_id"], &identity["version"]), (&world.api().account().into(), &2.into()));
    for member in
        ["amr", "oidc_fields", "geo", "iat", "ip", "devicePosture", "device_sessions", "mtls_auth", "is_warp", "service_token_status"]
    {
        assert!(identity.get(member).is_some(), "{member}");
    }
    let mut groups: Vec<&str> = identity["groups"].as_array().unwrap().iter().map(|g| g["id"].as_str().unwrap()).collect();
    let mut expected: Vec<String> =
        ["Pilots", "Night Pilots", "All Staff"].iter().map(|name| world.sim().group_id(name).unwrap().to_string()).collect();
    groups.sort_unstable();
    expected.sort();
    assert_eq!(groups, expected);
    let nobody = world.browser().get(wiki.at("/cdn-cgi/access/get-identity")).await;
    assert_eq!((nobody.status, nobody.json()), (401, json!({ "err": "no app token set" })));
    let by_header = world.browser();
    let token = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let page = by_header.ask(Method::GET, wiki.at("/cdn-cgi/access/get-identity")).header("cf-access-token", &token).send().await;
    assert_eq!(page.json()["email"], "mara@harbourworks.example");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_open_their_own_application_only() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    world.origin().taken();
    let (org, app) = (mara.cookie(&world.team(), "CF_Authorization").unwrap(), mara.cookie(&wiki.url, "CF_Authorization").unwrap());
    for (host, token) in [(&wiki, &org), (&charts, &org), (&charts, &app)] {
        let other = world.browser();
        other.jar(|jar| jar.put(&host.host, "CF_Authorization", token));
        assert_eq!(other.get(host.at("/")).await.status, 302, "by cookie at {}", host.host);
        let page = world.browser().ask(Method::GET, host.at("/")).header("cf-access-token", token).send().await;
        assert_eq!(page.status, 302, "by header at {}", host.host);
    }
    // The other way round: an application's token is no session of the organisation.
    let other = world.browser();
    other.jar(|jar| jar.put("team.localhost", "CF_Authorization", &app));
    let login = other.get(charts.at("/")).await.location().unwrap();
    assert_eq!(other.get(login).await.location().unwrap().host_str(), Some("localhost"), "the provider is asked");
    assert!(world.origin().taken().is_empty());
    let header = world.browser().ask(Method::GET, wiki.at("/")).header("cf-access-token", &app).send().await;
    assert_eq!(header.status, 200, "the application's own token is as good in the header");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_two_thousand_groups_the_cookies_stay_within_1500_bytes() {
    let world = World::plan().tenant(Tenant::harbour_works().in_many_groups("ilo", 2000)).start().await;
    let wiki = world.app("wiki").policy(allow(Rule::Group("Berth 1999"))).create().await;
    let browser = world.browser().sign_in("ilo");
    let page = browser.open(wiki.at("/")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for url in [&wiki.url, &world.team()] {
        let host = url::Url::parse(url).unwrap().host_str().unwrap().to_owned();
        let header = browser.jar(|jar| jar.header(&host)).unwrap();
        assert!(header.len() <= 1500, "{host}: {} bytes", header.len());
    }
    let identity = browser.get(wiki.at("/cdn-cgi/access/get-identity")).await.json();
    assert_eq!(identity["groups_count"], 2002);
    assert_eq!(identity["groups"].as_array().unwrap().len(), 2002);
    assert_eq!(identity["groups_source"], "graph");
}
