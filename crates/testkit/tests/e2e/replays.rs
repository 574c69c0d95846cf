//! One-time values: states, codes and tickets used twice, by others, or mixed up.

use testkit::{World, allow_group};
use url::Url;

const CALLBACK: &str = "/cdn-cgi/access/callback";
const AUTHORIZED: &str = "/cdn-cgi/access/authorized";

fn with(url: &Url, name: &str, value: &str) -> Url {
    let mut changed = url.clone();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    changed.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
    changed
}

fn param(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_works_once_and_only_in_the_browser_that_began() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    let callback = mara.open_until(wiki.at("/"), CALLBACK).await;

    let stranger = world.browser();
    let refused = stranger.get(&callback).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("Invalid session"), "{}", refused.body);
    assert!(refused.set_cookies().is_empty());
    stranger.get(wiki.at("/")).await;
    stranger.jar(|jar| jar.put("team.localhost", "CF_Session", &"0".repeat(32)));
    assert_eq!(stranger.get(&callback).await.status, 400, "another browser's own mark does not fit either");

    assert_eq!(mara.open(&callback).await.status, 200, "a stranger's attempt has not spent it");
    let again = mara.get(&callback).await;
    assert_eq!((again.status, again.set_cookies().len()), (400, 0), "{}", again.body);
    assert!(again.body.contains("Invalid session"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_with_unknown_missing_or_torn_state_are_refused() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    let callback = mara.open_until(wiki.at("/"), CALLBACK).await;
    let state = param(&callback, "state");
    let mut torn = state.clone().into_bytes();
    torn[20] = if torn[20] == b'A' { b'B' } else { b'A' };
    let long = "A".repeat(12_000);
    for bad in ["", "x", &state[..state.len() - 3], std::str::from_utf8(&torn).unwrap(), &long] {
        let page = mara.get(with(&callback, "state", bad)).await;
        assert_eq!(page.status, 400, "{bad:.40}");
        assert!(page.set_cookies().is_empty());
    }
    let bare = format!("{}{CALLBACK}", world.team());
    for query in ["", "?", "?code=x", "?state=", "?error=access_denied", "?code=a&code=b&state=c"] {
        assert_eq!(mara.get(format!("{bare}{query}")).await.status, 400, "{query}");
    }
    assert_eq!(mara.open(&callback).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_code_in_ones_own_sign_in_signs_nobody_in() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    let of_mara = mara.open_until(wiki.at("/"), CALLBACK).await;
    let of_ilo = ilo.open_until(wiki.at("/"), CALLBACK).await;
    let mixed = with(&of_ilo, "code", &param(&of_mara, "code"));
    let page = ilo.get(mixed).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(ilo.cookie(&world.team(), "CF_Authorization").is_none());
    assert_eq!(ilo.get(&of_ilo).await.status, 400, "the sign-in is used up");
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200, "a new one works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pkce_the_nonce_alone_tells_a_foreign_code() {
    let world = World::plan().provider("pkce_enabled", false.into()).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    let of_mara = mara.open_until(wiki.at("/"), CALLBACK).await;
    let of_ilo = ilo.open_until(wiki.at("/"), CALLBACK).await;
    let page = ilo.get(with(&of_ilo, "code", &param(&of_mara, "code"))).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("did not pass the checks"), "{}", page.body);
    assert!(ilo.cookie(&world.team(), "CF_Authorization").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_sign_in_at_once_both_arrive() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    let one = browser.open_until(wiki.at("/one"), CALLBACK).await;
    let two = browser.open_until(wiki.at("/two"), CALLBACK).await;
    let three = browser.open_until(charts.at("/three"), CALLBACK).await;
    for (callback, target) in [(two, wiki.at("/two")), (one, wiki.at("/one")), (three, charts.at("/three"))] {
        let page = browser.open(callback).await;
        assert_eq!((page.status, page.url.as_str()), (200, target.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_works_once_on_its_host_in_its_browser() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    let ticket = mara.open_until(wiki.at("/x"), AUTHORIZED).await;
    let thief = world.browser();
    assert_eq!(thief.get(&ticket).await.status, 400, "no mark");
    thief.get(wiki.at("/")).await;
    assert_eq!(thief.get(&ticket).await.status, 400, "another mark");
    mara.get(charts.at("/")).await;
    let elsewhere = Url::parse(&ticket.as_str().replace("wiki.localhost", "charts.localhost")).unwrap();
    assert_eq!(mara.get(elsewhere).await.status, 400, "another host");
    assert_eq!(mara.get(with(&ticket, "nonce", "0")).await.status, 400, "another nonce");
    let page = mara.get(&ticket).await;
    assert_eq!((page.status, page.location().unwrap().as_str()), (302, wiki.at("/x").as_str()), "still good where it belongs");
    let again = mara.get(&ticket).await;
    assert_eq!((again.status, again.set_cookies().len()), (400, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_cookie_planted_before_the_sign_in_does_not_survive_it() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let attacker = world.browser().sign_in("ilo");
    attacker.open(wiki.at("/")).await;
    let planted = attacker.cookie(&wiki.url, "CF_Authorization").unwrap();
    let victim = world.browser().sign_in("mara");
    victim.jar(|jar| {
        jar.put("team.localhost", "CF_Authorization", "planted");
        jar.put("wiki.localhost", "CF_AppSession", "planted");
        jar.put("team.localhost", "CF_Session", "planted");
    });
    assert_eq!(victim.open(wiki.at("/")).await.status, 200);
    assert_ne!(victim.cookie(&wiki.url, "CF_AppSession").as_deref(), Some("planted"));
    assert_ne!(victim.cookie(&world.team(), "CF_Session").as_deref(), Some("planted"));
    assert_ne!(victim.cookie(&wiki.url, "CF_Authorization").unwrap(), planted);
    assert_eq!(victim.get(wiki.at("/cdn-cgi/access/get-identity")).await.json()["email"], "mara@harbourworks.example");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_login_page_cannot_be_linked_to_from_elsewhere() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let browser = world.browser();
    let login = browser.get(wiki.at("/")).await.location().unwrap();
    let other = browser.get(charts.at("/")).await.location().unwrap();
    let bare = format!("{}/cdn-cgi/access/login/wiki.localhost", world.team());
    assert_eq!(browser.get(&bare).await.status, 404);
    assert_eq!(browser.get(format!("{bare}?kid={}", wiki.aud)).await.status, 404);
    for changed in [
        with(&login, "kid", &charts.aud),
        with(&login, "meta", "a.b.c"),
        with(&login, "meta", &param(&other, "meta")),
        Url::parse(&login.as_str().replace("/login/wiki.localhost", "/login/charts.localhost")).unwrap(),
    ] {
        assert_eq!(browser.get(&changed).await.status, 404, "{changed}");
    }
    assert_eq!(browser.get(&login).await.status, 302);
}
