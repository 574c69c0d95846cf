//! The main job: sign in through Entra, reach what one's group may open, be refused the rest with a reason, sign out.

use testkit::{Rule, World, allow, allow_group};

use crate::claims::verified;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_application_opens_through_a_nested_group_and_the_origin_sees_who_it_is() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let page = world.browser().sign_in("mara").open(wiki.at("/docs?x=1")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.url.as_str(), wiki.at("/docs?x=1"));
    let seen = world.origin().one();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/docs?x=1"));
    assert_eq!(seen.header("cf-access-authenticated-user-email"), Some("mara@harbourworks.example"));
    let claims = verified(&world, seen.header("cf-access-jwt-assertion").unwrap(), &wiki.aud).await;
    assert_eq!(claims["email"], "mara@harbourworks.example");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sign_in_serves_two_hosts_and_signing_out_of_one_ends_both() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Night Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    let second = browser.open(charts.at("/deep")).await;
    assert_eq!(second.status, 200);
    assert!(second.trail().iter().all(|url| url.host_str() != Some("localhost")), "the provider is not asked again");

    let out = browser.get(charts.at("/cdn-cgi/access/logout")).await;
    assert_eq!(out.status, 200);
    assert!(out.body.contains("You are signed out"));
    assert_eq!(browser.cookie(&charts.url, "CF_Authorization"), None);
    assert!(browser.cookie(&wiki.url, "CF_Authorization").is_some(), "another host's cookie cannot be cleared from here");
    for app in [&wiki, &charts] {
        let again = browser.get(app.at("/")).await;
        assert_eq!(again.status, 302, "{}", app.host);
        let asked = browser.get(again.location().unwrap()).await;
        assert_eq!(asked.location().unwrap().host_str(), Some("localhost"), "the organisation's session is over too");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_names_policy_and_kind_of_rule_and_its_reference_finds_the_decision() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let payroll = world.app("payroll").policy(allow(Rule::Person("greta")).named("Office only")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let refused = mara.open(payroll.at("/salaries?of=all")).await;
    assert_eq!(refused.status, 403);
    for words in ["You cannot open payroll", "mara@harbourworks.example", "Office only", "your e-mail address"] {
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    }
    assert!(!refused.body.contains("greta@"), "values of rules are not told");
    let decision = world.api().decision(&refused.reference()).await;
    assert_eq!((&decision["allowed"], &decision["action"]), (&false.into(), &"login".into()));
    assert_eq!(decision["app_uid"], payroll.id.as_str());
    assert_eq!(decision["user_email"], "mara@harbourworks.example");
    assert_eq!(decision["path"], "/salaries");

    let tessa = world.browser().sign_in("tessa");
    let third = tessa.open(wiki.at("/")).await;
    assert_eq!(third.status, 403);
    for words in ["You cannot open wiki", "tessa@harbourworks.example", "Pilots", "membership in a directory group"] {
        assert!(third.body.contains(words), "{words}: {}", third.body);
    }
    let decision = world.api().decision(&third.reference()).await;
    assert_eq!(decision["user_email"], "tessa@harbourworks.example");
    assert!(tessa.cookie(&wiki.url, "CF_Authorization").is_none());
    assert_eq!(world.origin().taken().len(), 1, "only what was allowed reached the origin");
    let nobody = world.api().call(http::Method::GET, "doorward/decisions/AAAAAAAAAAAAAAAAAAAAAA", None).await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_person_is_signed_in_all_the_same_and_may_open_what_lets_them_in() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let docks = world.app("docks").policy(allow_group("Dock Crew")).create().await;
    let tessa = world.browser().sign_in("tessa");
    assert_eq!(tessa.open(wiki.at("/")).await.status, 403);
    let open = tessa.open(docks.at("/")).await;
    assert_eq!(open.status, 200);
    assert!(open.trail().iter().all(|url| url.host_str() != Some("localhost")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_without_application_and_applications_without_upstream_say_so() {
    let world = World::start().await;
    let bare = world.app("bare").policy(allow(Rule::Everyone)).unconnected().create().await;
    let page = world.browser().sign_in("bram").open(bare.at("/")).await;
    assert_eq!(page.status, 503);
    assert!(page.body.contains("not connected yet"), "{}", page.body);
    let nowhere = world.browser().get(format!("https://nowhere.localhost:{}/", world.port())).await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.body.contains("nowhere.localhost"));
    let style = nowhere.body.split("href=\"").find(|part| part.contains(".css")).unwrap().split('"').next().unwrap();
    let style = world.browser().get(format!("https://nowhere.localhost:{}{style}", world.port())).await;
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")), "the page has its look");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_choice_page_offers_the_login_method_and_the_team_domain_shows_ones_applications() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).with("auto_redirect_to_identity", false.into()).create().await;
    world.app("docks").policy(allow_group("Dock Crew")).create().await;
    let browser = world.browser().sign_in("mara");
    let choice = browser.open(wiki.at("/")).await;
    assert_eq!(choice.status, 200);
    assert!(choice.body.contains("Log in to wiki") && choice.body.contains("Harbour Works Entra"), "{}", choice.body);
    let (_, rest) = choice.body.split_once("href=\"/cdn-cgi/access/login/").unwrap();
    let link = format!("/cdn-cgi/access/login/{}", rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&"));
    let page = browser.open(choice.url.join(&link).unwrap()).await;
    assert_eq!((page.status, page.url.host_str()), (200, Some("wiki.localhost")));
    let home = browser.get(format!("{}/", world.team())).await;
    assert!(home.body.contains(&wiki.url) && !home.body.contains("docks.localhost"), "{}", home.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_blocked_page_leads_to_a_sign_in_with_another_account() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let tessa = world.browser().sign_in("tessa");
    let blocked = tessa.open(wiki.at("/docs?x=1")).await;
    assert_eq!(blocked.status, 403);
    let link = blocked.body.split("href=\"").find(|part| part.contains("/other-account")).unwrap().split('"').next().unwrap();
    let mara = tessa.sign_in("mara");
    let page = mara.open(link.replace("&amp;", "&").replace("&#38;", "&")).await;
    assert_eq!((page.status, page.url.as_str()), (200, wiki.at("/docs?x=1").as_str()), "{}", page.body);
    assert_eq!(world.origin().one().header("cf-access-authenticated-user-email"), Some("mara@harbourworks.example"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_cannot_sign_a_person_out() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(wiki.at("/")).await;
    for host in [wiki.url.clone(), world.team()] {
        for marks in [
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")][..],
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            &[("sec-purpose", "prefetch")],
        ] {
            let ask = browser.ask(http::Method::GET, format!("{host}/cdn-cgi/access/logout"));
            let page = marks.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await;
            assert_eq!((page.status, page.set_cookies().len()), (200, 0), "{marks:?}");
            assert!(page.body.contains("method=\"post\""), "a page that asks: {}", page.body);
        }
        let post = browser.ask(http::Method::POST, format!("{host}/cdn-cgi/access/logout"));
        assert_eq!(post.header("origin", "https://evil.example").send().await.set_cookies().len(), 0);
        let post = browser.ask(http::Method::POST, format!("{host}/cdn-cgi/access/logout"));
        assert_eq!(post.header("origin", "null").header("sec-fetch-site", "cross-site").send().await.set_cookies().len(), 0);
    }
    assert_eq!(browser.get(wiki.at("/")).await.status, 200, "still signed in");
    // What a browser sends from our page, which gives no referrer away.
    let meant = browser.ask(http::Method::POST, wiki.at("/cdn-cgi/access/logout"));
    let meant = meant.header("origin", "null").header("sec-fetch-site", "same-origin").send().await;
    assert!(meant.body.contains("You are signed out"));
    assert_eq!(browser.get(wiki.at("/")).await.status, 302);
}
