//! What the browser and the command line see of a sign-in: redirects, cookies, tokens, status codes.

use ::time::{Duration, OffsetDateTime, PrimitiveDateTime, macros::format_description};
use http::Method;
use testkit::{Page, Rule, World, allow, allow_group};

use crate::claims::{unchecked, verified};

/// The attributes of a `Set-Cookie` line, in order.
fn attributes(line: &str) -> Vec<&str> {
    line.split("; ").skip(1).filter(|part| !part.starts_with("Expires=")).collect()
}

/// How long a cookie lives from now on, by its `Expires`.
fn life(line: &str) -> Duration {
    let text = line.split("; ").find_map(|part| part.strip_prefix("Expires=")).unwrap();
    let form = format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    PrimitiveDateTime::parse(text, form).unwrap().assume_utc() - OffsetDateTime::now_utc()
}

fn about(found: Duration, hours: i64) {
    let off = (found - Duration::hours(hours)).abs();
    assert!(off < Duration::minutes(2), "{found} is not about {hours} h");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_session_is_sent_to_the_team_domain_with_a_signed_meta() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let page = world.browser().get(wiki.at("/docs?x=1&y=%20")).await;
    assert_eq!(page.status, 302);
    let login = page.location().unwrap();
    assert_eq!(login.origin().ascii_serialization(), world.team());
    assert_eq!(login.path(), "/cdn-cgi/access/login/wiki.localhost");
    let param = |name: &str| login.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(param("kid"), wiki.aud);
    assert_eq!(param("redirect_url"), "/docs?x=1&y=%20");
    assert!(login.query().unwrap().ends_with("&redirect_url=%2Fdocs%3Fx%3D1%26y%3D%2520"), "{login}");
    let (header, meta) = unchecked(&param("meta"));
    assert_eq!((&header["alg"], &header["typ"]), (&"RS256".into(), &"JWT".into()));
    assert_eq!((&meta["type"], &meta["aud"], &meta["hostname"]), (&"meta".into(), &wiki.aud.as_str().into(), &"wiki.localhost".into()));
    assert_eq!((&meta["redirect_url"], &meta["auth_status"]), (&"/docs?x=1&y=%20".into(), &"NONE".into()));
    for flag in ["service_token_status", "is_warp", "is_gateway"] {
        assert_eq!(meta[flag], false, "{flag}");
    }
    assert_eq!(meta["exp"].as_i64().unwrap() - meta["iat"].as_i64().unwrap(), 300);
    assert_eq!(meta["nbf"], meta["iat"]);
    assert_eq!(meta["app_session_hash"].as_str().unwrap().len(), 64);

    let cookie = page.set_cookie("CF_AppSession").unwrap();
    assert_eq!(attributes(cookie), ["Path=/", "Secure", "HttpOnly", "SameSite=None"]);
    about(life(cookie), 24);
    assert_eq!(page.set_cookies().len(), 1);
    assert!(page.header("www-authenticate").unwrap().starts_with("Cloudflare-Access resource_metadata=\"https://wiki.localhost:"));
    assert_eq!(page.header("access-control-allow-credentials"), Some("true"));
    assert!(page.header("cache-control").unwrap().contains("no-store"));
    assert_eq!(page.header("cf-access-domain"), Some("wiki.localhost"));
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_cookie_of_a_sign_in_is_host_only_and_has_an_expiry() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let page = world.browser().sign_in("mara").open(wiki.at("/")).await;
    assert_eq!(page.status, 200);
    let set = |hop: &Page, name: &str| hop.set_cookie(name).unwrap_or_else(|| panic!("{name} at {}", hop.url)).to_owned();
    let session = set(page.hop("/login/wiki.localhost"), "CF_Session");
    let org = set(page.hop("/callback"), "CF_Authorization");
    let app = set(page.hop("/authorized"), "CF_Authorization");
    for (line, hours) in [(&session, 4), (&org, 24), (&app, 24)] {
        assert_eq!(attributes(line), ["Path=/", "Secure", "HttpOnly", "SameSite=None"], "{line}");
        about(life(line), hours);
    }
    for hop in page.hops.iter().filter(|hop| hop.url.host_str() != Some("localhost")) {
        assert_eq!(hop.status, 302, "{}", hop.url);
        assert!(hop.header("cache-control").unwrap().contains("no-store"), "{}", hop.url);
    }
    let authorize = page.hops.iter().find(|hop| hop.url.path().ends_with("/oauth2/v2.0/authorize")).unwrap();
    assert_eq!(authorize.param("redirect_uri").unwrap(), format!("{}/cdn-cgi/access/callback", world.team()));
    assert_eq!(authorize.param("code_challenge_method").as_deref(), Some("S256"));
    assert!(authorize.param("nonce").unwrap().len() >= 16 && authorize.param("state").unwrap().len() >= 32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookie_settings_of_an_application_are_followed() {
    let world = World::start().await;
    let docs = world
        .app("docs")
        .policy(allow_group("Pilots"))
        .with("domain", "docs.localhost/guide/*".into())
        .with("path_cookie_attribute", true.into())
        .with("http_only_cookie_attribute", false.into())
        .with("same_site_cookie_attribute", "lax".into())
        .create()
        .await;
    let page = world.browser().sign_in("mara").open(docs.at("/guide/x")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let line = page.hop("/authorized").set_cookie("CF_Authorization").unwrap();
    assert_eq!(attributes(line), ["Path=/guide/", "Secure", "SameSite=Lax"]);
    assert_eq!(world.browser().get(docs.at("/guide")).await.status, 404, "the path itself is not covered by path/*");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_application_token_has_the_claims_and_no_more_than_ids() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots").for_("2h")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    let token = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let (header, _) = unchecked(&token);
    assert_eq!((&header["alg"], &header["typ"]), (&"RS256".into(), &"JWT".into()));
    assert_eq!(header["kid"].as_str().unwrap().len(), 64);
    let claims = verified(&world, &token, &wiki.aud).await;
    assert_eq!(claims["aud"], serde_json::json!([wiki.aud]));
    assert_eq!((&claims["type"], &claims["iss"]), (&"app".into(), &world.team().into()));
    let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert_eq!((exp - iat, &claims["nbf"]), (7200, &claims["iat"]), "the policy's duration counts");
    let nonce = claims["identity_nonce"].as_str().unwrap();
    assert!(nonce.len() == 16 && nonce.bytes().all(|b| b.is_ascii_alphanumeric()), "{nonce}");
    assert_eq!(claims["sub"], world.api().user("mara@harbourworks.example").await["id"]);
    assert!(claims.get("groups").is_none() && claims.get("identity").is_none());
    let org = browser.cookie(&world.team(), "CF_Authorization").unwrap();
    let (_, org) = unchecked(&org);
    assert_eq!((&org["type"], &org["identity_nonce"], &org["sub"]), (&"org".into(), &claims["identity_nonce"], &claims["sub"]));
    assert_eq!(org["account_id"], world.api().account());
    assert_eq!(org["exp"].as_i64().unwrap() - org["iat"].as_i64().unwrap(), 86_400);
    assert_eq!(world.origin().one().header("cf-access-jwt-assertion"), Some(token.as_str()), "the assertion is the cookie's token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_runs_the_whole_chain_of_a_silent_sign_in() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(wiki.at("/")).await;
    let mut page = browser.ask(Method::HEAD, charts.at("/x")).send().await;
    let mut hops = 0;
    while let Some(next) = page.location() {
        assert_eq!((page.status, page.body.as_str()), (302, ""));
        page = browser.ask(Method::HEAD, next).send().await;
        hops += 1;
    }
    assert_eq!((page.status, hops, page.url.as_str()), (200, 3, charts.at("/x").as_str()));
    assert!(browser.cookie(&charts.url, "CF_Authorization").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_are_told_401_and_everyone_else_is_redirected() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser();
    for (name, value, status) in [
        ("x-requested-with", "XMLHttpRequest", 401),
        ("sec-fetch-mode", "cors", 401),
        ("sec-fetch-mode", "no-cors", 401),
        ("sec-fetch-mode", "websocket", 401),
        ("sec-fetch-mode", "navigate", 302),
        ("x-requested-with", "com.example.app", 302),
        ("accept", "application/json", 302),
    ] {
        let page = browser.ask(Method::GET, wiki.at("/")).header(name, value).send().await;
        assert_eq!(page.status, status, "{name}: {value}");
        if status == 401 {
            assert!(page.json()["error"].is_string(), "{}", page.body);
            assert_eq!(page.header("cf-access-aud"), Some(wiki.aud.as_str()));
            assert!(page.header("www-authenticate").unwrap().starts_with("Cloudflare-Access"));
            assert!(page.set_cookies().is_empty());
        }
    }
    for method in [Method::HEAD, Method::POST, Method::DELETE] {
        assert_eq!(browser.ask(method.clone(), wiki.at("/")).send().await.status, 302, "{method}");
    }
    assert_eq!(browser.socket(&wiki.at("/ws")).await.err(), Some(302), "a plain upgrade without session");
    assert!(world.origin().taken().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preflights_are_refused_unless_the_application_lets_them_through() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let open = world.app("open").policy(allow_group("Pilots")).with("options_preflight_bypass", true.into()).create().await;
    let preflight = |url: String| {
        let browser = world.browser();
        async move {
            let ask = browser.ask(Method::OPTIONS, url).header("origin", "https://elsewhere.example");
            ask.header("access-control-request-method", "PUT").send().await
        }
    };
    assert_eq!(preflight(wiki.at("/")).await.status, 403);
    assert!(world.origin().taken().is_empty());
    assert_eq!(preflight(open.at("/")).await.status, 200);
    let seen = world.origin().one();
    assert_eq!(seen.method, "OPTIONS");
    assert!(seen.header("cf-access-jwt-assertion").is_none());
    let plain = world.browser().ask(Method::OPTIONS, open.at("/")).send().await;
    assert_eq!(plain.status, 302, "OPTIONS without the marks of a preflight is a request like any other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_set_has_the_current_and_the_previous_key_with_their_certificates() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow(Rule::Everyone)).create().await;
    let browser = world.browser().sign_in("bram");
    browser.open(wiki.at("/")).await;
    let certs = async |at: &str| world.browser().get(format!("{at}/cdn-cgi/access/certs")).await;
    let first = certs(&world.team()).await;
    assert_eq!((first.status, first.header("content-type")), (200, Some("application/json")));
    assert_eq!(first.json()["keys"].as_array().unwrap().len(), 1);
    world.api().post("access/keys/rotate", serde_json::Value::Null).await;
    let second = certs(&wiki.url).await.json();
    let keys = second["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert_eq!((&key["kty"], &key["alg"], &key["use"], &key["e"]), (&"RSA".into(), &"RS256".into(), &"sig".into(), &"AQAB".into()));
        assert_eq!(key["kid"].as_str().unwrap().len(), 64);
    }
    let listed: Vec<&str> = second["public_certs"].as_array().unwrap().iter().map(|c| c["kid"].as_str().unwrap()).collect();
    assert_eq!(listed, keys.iter().map(|k| k["kid"].as_str().unwrap()).collect::<Vec<_>>());
    assert!(second["public_cert"]["cert"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(browser.get(wiki.at("/")).await.status, 200, "a token of the previous key is still good");
    let old = unchecked(&browser.cookie(&wiki.url, "CF_Authorization").unwrap()).0;
    let fresh = world.browser().sign_in("ilo");
    fresh.open(wiki.at("/")).await;
    let new = unchecked(&fresh.cookie(&wiki.url, "CF_Authorization").unwrap()).0;
    assert_eq!(second["public_cert"]["kid"], new["kid"], "the current key is the one named");
    assert_eq!(first.json()["public_cert"]["kid"], old["kid"]);
    assert_ne!(old["kid"], new["kid"]);
}
