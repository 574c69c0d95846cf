//! Applications at several addresses, and the cookies that they get.

use http::Method;
use serde_json::json;
use testkit::{World, allow_group};

fn at(world: &World, host: &str, path: &str) -> String {
    format!("https://{host}:{}{path}", world.port())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sign_in_plants_the_cookies_of_the_other_hosts_and_arrives_where_it_began() {
    let world = World::start().await;
    let hosts = ["docs.localhost", "pages.localhost", "a.localhost", "b.localhost", "*.w.localhost"];
    let destinations: Vec<_> = std::iter::once("wiki.localhost").chain(hosts).map(|uri| json!({ "type": "public", "uri": uri })).collect();
    let wiki = world.app("wiki").with("destinations", json!(destinations)).policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    let arrived = mara.open(wiki.at("/x?y=z")).await;
    assert_eq!((arrived.status, arrived.url.as_str()), (200, wiki.at("/x?y=z").as_str()));
    let planted = |host: &str| mara.cookie(&at(&world, host, "/"), "CF_Authorization").is_some();
    assert!(["wiki.localhost", "a.localhost", "b.localhost", "docs.localhost"].into_iter().all(planted));
    assert!(!planted("pages.localhost"), "no more than three further hosts");
    world.origin().taken();
    assert_eq!(mara.get(at(&world, "docs.localhost", "/")).await.status, 200);
    assert_eq!(mara.open(at(&world, "pages.localhost", "/")).await.status, 200, "the others sign in when they are first asked");

    // Somebody else's chain: the host does not know this browser's begin.
    let tessa = world.browser().sign_in("mara");
    let next = tessa.open_until(wiki.at("/"), "/cdn-cgi/access/eager").await;
    let victim = world.browser();
    let led = victim.get(&next).await;
    assert_eq!((led.status, led.set_cookie("CF_Authorization")), (302, None));
    assert!(led.location().unwrap().path().starts_with("/cdn-cgi/access/login/"), "a sign-in of its own, not the other's session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_setting_each_host_is_signed_in_to_when_it_is_asked() {
    let world = World::start().await;
    let destinations = json!([{ "type": "public", "uri": "wiki.localhost" }, { "type": "public", "uri": "docs.localhost" }]);
    let app = world.app("wiki").with("destinations", destinations).with("eager_redirect_cookie_setting", json!(false));
    let wiki = app.policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_eq!(mara.cookie(&at(&world, "docs.localhost", "/"), "CF_Authorization"), None);
    assert_eq!(mara.open(at(&world, "docs.localhost", "/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_binding_cookie_a_token_alone_opens_nothing_and_the_origin_never_sees_the_binding() {
    let world = World::start().await;
    let wiki = world.app("wiki").with("enable_binding_cookie", json!(true)).policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let seen = world.origin().one();
    assert!(!seen.header("cookie").unwrap_or_default().contains("CF_Binding"));
    let token = mara.cookie(&wiki.url, "CF_Authorization").unwrap();
    let thief = world.browser();
    let stolen = |name: &str, value: &str| thief.ask(Method::GET, wiki.at("/")).header(name, value).send();
    assert_eq!(stolen("cookie", &format!("CF_Authorization={token}")).await.status, 302);
    assert_eq!(stolen("cf-access-token", &token).await.status, 302);
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
}
