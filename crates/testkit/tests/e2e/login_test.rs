//! The *Test* of a login method: a real sign-in whose result goes to its browser and its token, and that leaves nothing behind.

use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, Page, Tenant, World, allow_group};

/// A test that was begun through the API.
struct Begun {
    url: String,
    result: String,
}

async fn begin(world: &World) -> Begun {
    let provider = format!("doorward/identity_providers/{}", world.idp());
    let begun = world.api().post(&format!("{provider}/test"), json!({})).await;
    Begun { url: begun["url"].as_str().unwrap().to_owned(), result: format!("{provider}/tests/{}", begun["id"].as_str().unwrap()) }
}

/// The address in the page that goes on by itself.
fn goes_to(page: &Page) -> String {
    let (_, rest) = page.body.split_once("content=\"0; url=").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

/// Presses the button of the window that stays: the other window's first address.
async fn press(browser: &Browser, window: &Page) -> String {
    let page = browser.submit(&window.url.join(&format!("{}/go", window.url.path())).unwrap(), &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    goes_to(&page)
}

/// What a test must not touch: people, seats, sessions, decisions.
async fn kept(world: &World) -> Value {
    let mut all = vec![world.api().get("access/users?per_page=1000").await, world.api().get("access/logs/access_requests").await];
    for user in all[0].clone().as_array().unwrap() {
        all.push(world.api().get(&format!("access/users/{}/active_sessions", user["id"].as_str().unwrap())).await);
    }
    json!(all)
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_that_passes_shows_the_identity_as_read_and_writes_nothing() {
    let world = World::plan().provider("claims", json!(["upn", "team"])).start().await;
    let before = kept(&world).await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("mara");
    let window = browser.open(&begun.url).await;
    assert_eq!(window.status, 200);
    assert!(window.body.contains("Test of Harbour Works Entra") && window.body.contains("first administrator"), "{}", window.body);
    assert!(!window.url.as_str().contains("start="), "the start address does not stay in the address bar");
    let cookie = window.hops[0].set_cookie("__Host-login-test").unwrap();
    assert!(cookie.contains("Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(world.api().get(&begun.result).await["state"], "waiting");

    let authorize = press(&browser, &window).await;
    let parameters = url::Url::parse(&authorize).unwrap();
    let value = |name: &str| parameters.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
    assert_eq!(value("redirect_uri").unwrap(), format!("{}/cdn-cgi/access/callback", world.team()));
    assert!(browser.get(&window.url).await.body.contains("Waiting for the sign-in"));
    let outcome = browser.open(&authorize).await;
    assert_eq!(outcome.status, 200, "{}", outcome.body);
    for said in [
        "Your connection works!",
        "mara@harbourworks.example",
        "from the claim email",
        "3 groups, read from the ID token",
        "offline_access",
        "sid",
    ] {
        assert!(outcome.body.contains(said), "{said}: {}", outcome.body);
    }
    assert_eq!(browser.get(&window.url).await.body, outcome.body, "the window that stayed shows the same");

    let report = world.api().get(&begun.result).await;
    assert_eq!(report["state"], "passed", "{report:#}");
    let identity = &report["identity"];
    assert_eq!(identity["email"], "mara@harbourworks.example");
    assert_eq!(identity["user_uuid"], Value::Null, "nobody of the registry");
    assert_eq!(identity["groups_state"], "known");
    let found = codes(&report);
    for code in ["person", "email", "account-member", "groups", "permissions", "refresh-token", "claim-missing", "clock"] {
        assert!(found.contains(&code), "{code}: {report:#}");
    }
    assert_eq!(report["sent"]["parameters"]["redirect_uri"], value("redirect_uri").unwrap());
    for (name, secret) in [("state", value("state")), ("nonce", value("nonce"))] {
        assert_eq!(report["sent"]["parameters"][name], "(used once, not shown)");
        assert!(!outcome.body.contains(&secret.unwrap()), "{name}");
    }
    assert_eq!(kept(&world).await, before, "a test left something behind");
    assert!(browser.cookie(&world.team(), "CF_Authorization").is_none() && browser.cookie(&world.team(), "CF_Session").is_none());
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let stranger = browser.get(wiki.at("/")).await;
    assert_eq!(stranger.status, 302, "nobody is signed in by a test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_is_one_browsers_and_its_address_works_once_and_not_for_long() {
    let world = World::start().await;
    let begun = begin(&world).await;
    let mine = world.browser().sign_in("mara");
    let ahead = mine.ask(Method::GET, &begun.url).header("sec-purpose", "prefetch").send().await;
    assert!(ahead.set_cookies().is_empty(), "what looks ahead has no test");
    assert!(mine.ask(Method::HEAD, &begun.url).send().await.set_cookies().is_empty());
    let window = mine.open(&begun.url).await;
    let theirs = world.browser().sign_in("ilo");
    let refused = theirs.open(&begun.url).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("opened by another browser"), "{}", refused.body);
    assert_eq!(mine.open(&begun.url).await.status, 200, "the same browser may open it again");
    for path in ["", "/help", "/state"] {
        assert_eq!(theirs.get(format!("{}{path}", window.url)).await.status, 404, "{path}");
    }
    let second = begin(&world).await;
    assert_eq!(theirs.open(&second.url).await.status, 200, "a mark of their own");
    assert_eq!(theirs.get(&window.url).await.status, 404, "does not open another's test");
    for action in ["go", "again", "explain"] {
        let at = window.url.join(&format!("{}/{action}", window.url.path())).unwrap();
        assert_eq!(theirs.submit(&at, &[]).await.status, 404, "{action}");
    }

    let authorize = press(&mine, &window).await;
    let callback = mine.open_until(&authorize, "/cdn-cgi/access/callback").await;
    let stolen = theirs.get(&callback).await;
    assert_eq!(stolen.status, 404, "an answer in another browser");
    assert_eq!(world.api().get(&begun.result).await["state"], "waiting");
    assert_eq!(mine.open(&callback).await.status, 200);
    assert_eq!(world.api().get(&begun.result).await["state"], "passed");
    assert_eq!(mine.get(&callback).await.status, 409, "an answer works once");

    let late = begin(&world).await;
    world.pass(601);
    let expired = world.browser().open(&late.url).await;
    assert_eq!(expired.status, 404);
    assert!(expired.body.contains("good for ten minutes"), "{}", expired.body);
    assert_eq!(world.browser().get(format!("{}/cdn-cgi/access/test?start=nonsense", world.team())).await.status, 404);
    world.pass(3000);
    assert_eq!(mine.get(&window.url).await.status, 404, "forgotten after an hour");
    assert_eq!(world.api().call(Method::GET, &begun.result, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_of_a_test_signs_nobody_in_and_that_of_a_sign_in_is_no_test() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("mara");
    let window = browser.open(&begun.url).await;
    let authorize = press(&browser, &window).await;
    let tested = browser.open_until(&authorize, "/cdn-cgi/access/callback").await;
    let signing_in = browser.open_until(wiki.at("/"), "/cdn-cgi/access/callback").await;
    let part = |url: &url::Url, name: &str| url.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
    let mixed = |code: &url::Url, state: &url::Url| {
        let mut url = tested.clone();
        url.query_pairs_mut().clear().append_pair("code", &part(code, "code")).append_pair("state", &part(state, "state"));
        url
    };
    let page = browser.open(mixed(&signing_in, &tested)).await;
    assert!(page.set_cookie("CF_Authorization").is_none());
    assert_eq!(world.api().get(&begun.result).await["state"], "failed", "the code of a sign-in does not fit a test");
    let page = browser.open(mixed(&tested, &signing_in)).await;
    assert_eq!(page.status, 403, "the code of a test does not sign in: {}", page.body);
    assert!(browser.cookie(&world.team(), "CF_Authorization").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_changed_or_removed_meanwhile_ends_the_test() {
    let world = World::start().await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("mara");
    let window = browser.open(&begun.url).await;
    let path = format!("access/identity_providers/{}", world.idp());
    let callback = browser.open_until(&press(&browser, &window).await, "/cdn-cgi/access/callback").await;
    let mut provider = world.api().get(&path).await;
    provider["config"]["prompt"] = json!("select_account");
    world.api().put(&path, provider).await;
    let page = browser.open(&callback).await;
    assert!(page.body.contains("The test failed") && page.body.contains("changed while the sign-in was under way"), "{}", page.body);
    assert_eq!(codes(&world.api().get(&begun.result).await), ["provider-changed"]);

    let again = browser.submit(&window.url.join(&format!("{}/again", window.url.path())).unwrap(), &[]).await;
    assert_eq!(again.location().unwrap(), window.url);
    let first = press(&browser, &window).await;
    let second = press(&browser, &window).await;
    let old = browser.open_until(&first, "/cdn-cgi/access/callback").await;
    assert_eq!(browser.get(&old).await.status, 409, "started again: only the latest counts");
    assert!(browser.open(&second).await.body.contains("Your connection works!"));

    browser.submit(&window.url.join(&format!("{}/again", window.url.path())).unwrap(), &[]).await;
    let callback = browser.open_until(&press(&browser, &window).await, "/cdn-cgi/access/callback").await;
    world.api().delete(&path).await;
    let page = browser.open(&callback).await;
    assert!(page.body.contains("This login method was removed"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_says_what_it_costs() {
    let tenant = Tenant::harbour_works().registration("delegated", json!(["openid", "profile", "email", "User.Read"]));
    let tenant = tenant.registration("groupMembershipClaims", json!("None"));
    let world = World::plan().tenant(tenant).provider("support_groups", json!(false)).start().await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("ilo");
    let window = browser.open(&begun.url).await;
    let page = browser.open(press(&browser, &window).await).await;
    let report = world.api().get(&begun.result).await;
    assert_eq!(report["state"], "passed", "{}", page.body);
    assert!(codes(&report).contains(&"groups-not-requested"), "{report:#}");
    assert!(page.body.contains("rules about groups never let this person in"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_ends_on_a_page_with_what_was_sent_and_said() {
    let world = World::plan().provider("client_secret", "not~the~secret".into()).start().await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("mara");
    let window = browser.open(&begun.url).await;
    let page = browser.open(press(&browser, &window).await).await;
    for said in [
        "The test failed",
        "AADSTS7000215",
        "Copy the column Value",
        "Correlation ID",
        "Trace ID",
        "redirect_uri",
        "/cdn-cgi/access/callback",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("not~the~secret"));
    let report = world.api().get(&begun.result).await;
    assert_eq!((report["state"].as_str(), codes(&report)), (Some("failed"), vec!["secret-refused"]));
    assert_eq!(report["said"]["code"], "AADSTS7000215");
    assert_eq!(report["said"]["correlation_id"].as_str().unwrap().len(), 36, "{report:#}");
    assert_eq!(report["identity"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_providers_errors_are_not_read_as_those_of_entra() {
    let world = World::start().await;
    let config = json!({"client_id": "doorward", "client_secret": "quay", "auth_url": "https://id.harbourworks.example/authorize",
        "token_url": "https://id.harbourworks.example/token", "certs_url": "https://id.harbourworks.example/jwks"});
    let made = world.api().post("access/identity_providers", json!({"name": "Quay", "type": "oidc", "config": config})).await;
    let provider = format!("doorward/identity_providers/{}", made["id"].as_str().unwrap());
    let begun = world.api().post(&format!("{provider}/test"), json!({})).await;
    let browser = world.browser();
    let window = browser.open(begun["url"].as_str().unwrap()).await;
    let authorize = url::Url::parse(&press(&browser, &window).await).unwrap();
    let (_, state) = authorize.query_pairs().find(|(name, _)| name == "state").unwrap();
    let mut callback = url::Url::parse(&format!("{}/cdn-cgi/access/callback", world.team())).unwrap();
    callback.query_pairs_mut().append_pair("error", "invalid_scope").append_pair("state", &state);
    let page = browser.open(&callback).await;
    assert!(page.body.contains("Correct the scopes"), "{}", page.body);
    assert!(!page.body.contains("Microsoft") && !page.body.contains("Entra"), "{}", page.body);
    let report = world.api().get(&format!("{provider}/tests/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!((report["state"].as_str(), codes(&report)), (Some("failed"), vec!["provider-refused"]));
    assert_eq!(report["said"]["error"], "invalid_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_comes_back_shows_the_list_after_a_minute_and_explains_a_pasted_text() {
    let world = World::start().await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("mara");
    let window = browser.open(&begun.url).await;
    assert!(window.body.contains("<summary>Nothing came back?</summary>"), "{}", window.body);
    press(&browser, &window).await;
    assert!(browser.get(&window.url).await.body.contains("Waiting for the sign-in"));
    let state = browser.get(format!("{}/state", window.url)).await.json();
    assert_eq!(state["mark"], "waiting-1");
    world.pass(61);
    let late = browser.get(&window.url).await;
    assert_eq!(browser.get(format!("{}/state", window.url)).await.json()["mark"], "late-1");
    let callback = format!("{}/cdn-cgi/access/callback", world.team());
    for said in ["for a minute", "AADSTS50011", "AADSTS50105", "AADSTS53003", "Need admin approval", &format!("value=\"{callback}\"")] {
        assert!(late.body.contains(said), "{said}: {}", late.body);
    }
    assert!(!late.body.contains("http-equiv"), "what is read does not reload");
    assert!(late.header("content-security-policy").unwrap().contains("script-src 'self'; connect-src 'self'"));

    let explain = window.url.join(&format!("{}/explain", window.url.path())).unwrap();
    let text = format!("AADSTS50011: The redirect URI '{callback}' specified <script>alert(1)</script> does not match");
    let fields = [("text".to_owned(), text), ("registered".to_owned(), format!("{callback}/"))];
    let page = browser.submit(&explain, &fields).await;
    for said in ["What it means", "Register doorward", "<mark>/</mark>", "received exactly the redirect URI"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("<script>alert"), "markup stays text");
    let huge = browser.submit(&explain, &[("text".to_owned(), "x".repeat(200_000))]).await;
    assert_eq!(huge.status, 413);
}

/// Codes that come back by redirect or as the token endpoint's answer, by the simulator's table.
async fn rows(world: &World, leg: &str) -> Vec<u64> {
    let client = world.network().client(testkit::Speech::Http1);
    let table: Value = client.get(format!("{}/sim/aadsts", world.sim().base)).send().await.unwrap().json().await.unwrap();
    let has = |row: &&Value| row["legs"].as_array().unwrap().iter().any(|end| end["leg"] == leg);
    table["rows"].as_array().unwrap().iter().filter(has).map(|row| row["code"].as_u64().unwrap()).collect()
}

async fn provoke(world: &World, code: u64, leg: &str) {
    let call = world.network().client(testkit::Speech::Http1).put(format!("{}/sim/aadsts", world.sim().base));
    let answer = call.json(&json!({ "code": code, "leg": leg, "times": 1 })).send().await.unwrap();
    assert_eq!(answer.status(), 204, "{code} {leg}");
}

/// Each row of a leg: the test's page and the sign-in's name cause and fix.
async fn every_row_is_named(world: &World, leg: &str, least: usize) {
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let begun = begin(world).await;
    let browser = world.browser().sign_in("mara");
    let mut window = browser.open(&begun.url).await;
    let mut begun = begun;
    let codes = rows(world, leg).await;
    assert!(codes.len() >= least, "{leg}: {codes:?}");
    for (turn, code) in codes.into_iter().enumerate() {
        // One test starts twenty sign-ins at most, and of one stranger thirty refusals a minute are written down.
        if turn > 0 && turn % 15 == 0 {
            world.pass(61);
            begun = begin(world).await;
            window = browser.open(&begun.url).await;
        }
        provoke(world, code, leg).await;
        let page = browser.open(press(&browser, &window).await).await;
        let report = world.api().get(&begun.result).await;
        assert_eq!(report["state"], "failed", "{leg} {code}: {}", page.body);
        let finding = &report["findings"][0];
        let (text, fix) = (finding["text"].as_str().unwrap(), finding["fix"].as_str().unwrap());
        assert!(!text.contains("not in doorward's table") && !fix.is_empty(), "{leg} {code}: {text}");
        assert_eq!(report["said"]["code"], format!("AADSTS{code}"), "{leg}: {report:#}");
        assert_eq!(report["said"]["correlation_id"].as_str().map(str::len), Some(36), "{leg} {code}: {report:#}");
        assert!(report["said"]["at"].as_str().is_some_and(|at| at.len() == 20), "{leg} {code}: {report:#}");
        assert!(page.body.contains(&format!("AADSTS{code}")) && page.body.contains("Correlation ID"), "{leg} {code}: {}", page.body);

        provoke(world, code, leg).await;
        let page = world.browser().sign_in("mara").open(wiki.at("/")).await;
        assert!(matches!(page.status, 403 | 502), "{leg} {code}: {} {}", page.status, page.body);
        let decision = world.api().decision(&page.reference()).await;
        let provider = &decision["explanation"]["provider"];
        assert_eq!(provider["code"], format!("AADSTS{code}"), "{decision:#}");
        assert_eq!(provider["correlation_id"].as_str().map(str::len), Some(36), "{decision:#}");
        if page.status == 403 {
            assert!(page.body.contains(&format!("<code>AADSTS{code}</code>")), "{leg} {code}: {}", page.body);
            assert!(page.body.contains("What it means") && page.body.contains("What helps"), "{leg} {code}: {}", page.body);
        }
        let again = window.url.join(&format!("{}/again", window.url.path())).unwrap();
        browser.submit(&again, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_that_comes_back_from_the_token_endpoint_is_named_with_its_fix() {
    every_row_is_named(&World::start().await, "token", 30).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_that_comes_back_by_redirect_is_named_with_its_fix() {
    every_row_is_named(&World::start().await, "redirect", 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_of_a_silent_request_is_named_with_its_fix() {
    every_row_is_named(&World::plan().provider("prompt", json!("none")).start().await, "silent", 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_that_stays_on_microsofts_page_is_on_the_list() {
    let world = World::start().await;
    let begun = begin(&world).await;
    let browser = world.browser().sign_in("mara");
    let window = browser.open(&begun.url).await;
    let list = browser.get(format!("{}/help", window.url)).await.body;
    let explain = window.url.join(&format!("{}/explain", window.url.path())).unwrap();
    let codes = rows(&world, "page").await;
    let told = |code: &u64| list.contains(&format!("AADSTS{code},")) || list.contains(&format!("AADSTS{code}<"));
    let untold: Vec<u64> = codes.iter().copied().filter(|code| !told(code)).collect();
    assert_eq!(untold, Vec::<u64>::new(), "not on the list");
    for code in codes {
        let row = format!("AADSTS{code}");
        let page = browser.submit(&explain, &[("text".to_owned(), format!("Sorry … {row}: …"))]).await;
        assert!(page.body.contains(&format!("<p lang=\"en\"><code>{row}</code> ")), "{row}");
        assert!(!page.body.contains("not in doorward&#39;s table"), "{row}");
    }
}
