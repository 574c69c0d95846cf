//! A sign-in that does not come back: the next one of the same browser asks what happened, and helps.

use testkit::{World, allow_group};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_again_without_having_come_back_is_asked_what_the_provider_showed() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser();
    let stuck = browser.open(wiki.at("/")).await;
    assert_eq!(stuck.url.host_str(), Some("localhost"), "at the provider");
    let second_tab = browser.open(wiki.at("/")).await;
    assert_eq!(second_tab.url.host_str(), Some("localhost"), "tabs that begin together are not asked");

    world.pass(60);
    let asked = browser.open(wiki.at("/")).await;
    assert_eq!((asked.status, asked.url.host_str()), (200, Some("team.localhost")));
    assert!(asked.body.contains("Did the other page show an error?"), "{}", asked.body);
    let help = browser.get(format!("{}/cdn-cgi/access/help", world.team())).await;
    for code in ["AADSTS50105", "AADSTS53003", "Need admin approval", "AADSTS50011"] {
        assert!(asked.body.contains("/cdn-cgi/access/help") && help.body.contains(code), "{code}");
    }
    let (_, rest) = asked.body.split_once("<a class=\"button\" href=\"").unwrap();
    let method = asked.url.join(&rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")).unwrap();
    let mara = browser.clone().sign_in("mara");
    assert_eq!(mara.open(method).await.url.host_str(), Some("wiki.localhost"), "the way on is open");
    assert!(browser.cookie(&world.team(), "__Host-sign-in-begun").is_none(), "what came back is forgotten");
    let other = world.browser();
    other.open(wiki.at("/")).await;
    world.pass(700);
    assert_eq!(other.open(wiki.at("/")).await.url.host_str(), Some("localhost"), "later it is a sign-in of its own");
}
