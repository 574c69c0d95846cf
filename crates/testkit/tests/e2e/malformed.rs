//! Cookies and tokens that are torn, forged, foreign or too large: no session, never a pass, never a 500.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use testkit::{App, Browser, World, allow_group};

use crate::claims::unchecked;

async fn token(world: &World, app: &App, browser: &Browser) -> String {
    assert_eq!(browser.open(app.at("/")).await.status, 200);
    world.origin().taken();
    browser.cookie(&app.url, "CF_Authorization").unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The token with another header, and with the same signature.
fn with_header(token: &str, change: impl Fn(&mut Value)) -> String {
    let (mut header, _) = unchecked(token);
    change(&mut header);
    let rest = token.split_once('.').unwrap().1;
    format!("{}.{rest}", part(&header))
}

fn with_claims(token: &str, change: impl Fn(&mut Value)) -> String {
    let (_, mut claims) = unchecked(token);
    change(&mut claims);
    let mut parts = token.split('.');
    let (header, _, signature) = (parts.next().unwrap(), parts.next(), parts.next().unwrap());
    format!("{header}.{}.{signature}", part(&claims))
}

fn forgeries(good: &str, public_key: &[u8]) -> Vec<(&'static str, String)> {
    let (header, claims) = unchecked(good);
    let kid = header["kid"].as_str().unwrap().to_owned();
    let foreign = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let rsa = EncodingKey::from_rsa_pem(foreign.serialize_pem().as_bytes()).unwrap();
    let signed = |algorithm: Algorithm, key: &EncodingKey, kid: &str| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        encode(&header, &claims, key).unwrap()
    };
    let unsigned = |alg: &str| format!("{}.{}.", part(&json!({ "alg": alg, "typ": "JWT", "kid": kid })), part(&claims));
    let twice = {
        let text = claims.to_string();
        let doubled = format!("{{\"aud\":[\"x\"],{}", &text[1..]);
        let mut parts = good.split('.');
        format!("{}.{}.{}", parts.next().unwrap(), URL_SAFE_NO_PAD.encode(doubled), parts.nth(1).unwrap())
    };
    let middle = good.len() / 2;
    vec![
        ("empty", String::new()),
        ("a word", "garbage".into()),
        ("dots", "..".into()),
        ("many dots", ".".repeat(50)),
        ("not base64", "!!!.???.***".into()),
        ("cut at the end", good[..good.len() - 1].into()),
        ("cut in the middle", good[..middle].into()),
        ("without signature", good.rsplit_once('.').unwrap().0.to_owned() + "."),
        ("one byte longer", format!("{good}A")),
        (
            "a byte changed",
            good.chars().enumerate().map(|(at, c)| if at == middle { if c == 'A' { 'B' } else { 'A' } } else { c }).collect(),
        ),
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg empty", unsigned("")),
        ("alg none with signature", with_header(good, |h| h["alg"] = "none".into())),
        ("alg RS512 with the RS256 signature", with_header(good, |h| h["alg"] = "RS512".into())),
        ("HS256 with the public key", signed(Algorithm::HS256, &EncodingKey::from_secret(public_key), &kid)),
        ("a foreign key under our kid", signed(Algorithm::RS256, &rsa, &kid)),
        ("a foreign key under its own kid", signed(Algorithm::RS256, &rsa, &"0".repeat(64))),
        ("an embedded key", with_header(good, |h| h["jwk"] = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }))),
        ("a key address", with_header(good, |h| h["jku"] = "https://evil.example/jwks".into())),
        ("a critical header", with_header(good, |h| h["crit"] = json!(["x"]))),
        ("no kid", with_header(good, |h| drop(h.as_object_mut().unwrap().remove("kid")))),
        ("another e-mail", with_claims(good, |c| c["email"] = "tessa@harbourworks.example".into())),
        ("a later end", with_claims(good, |c| c["exp"] = 4_000_000_000_i64.into())),
        ("claims twice", twice),
        ("large", "A".repeat(30_000)),
        ("large and dotted", format!("{good}.{}", "A".repeat(10_000))),
        (
            "inside a token",
            format!("{}.{}.{}", part(&json!({ "alg": "RS256", "kid": kid, "cty": "JWT" })), URL_SAFE_NO_PAD.encode(good), "AAAA"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_token_is_no_session_in_cookie_and_header_on_both_hosts() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    let good = token(&world, &wiki, &browser).await;
    let org = browser.cookie(&world.team(), "CF_Authorization").unwrap();
    let certs = world.browser().get(format!("{}/cdn-cgi/access/certs", world.team())).await.json();
    let pem = certs["public_cert"]["cert"].as_str().unwrap();
    let nobody = world.browser();
    for (what, bad) in forgeries(&good, pem.as_bytes()) {
        let ask = |method: Method, url: String| nobody.ask(method, url).without_cookies();
        let cookie = format!("x=1; CF_Authorization={bad}; y=2");
        let page = ask(Method::GET, wiki.at("/")).header("cookie", &cookie).send().await;
        assert_eq!(page.status, 302, "{what} as a cookie");
        let page = ask(Method::GET, wiki.at("/")).header("cf-access-token", &bad).send().await;
        assert_eq!(page.status, 302, "{what} in the header");
        let page = ask(Method::GET, wiki.at("/cdn-cgi/access/get-identity")).header("cookie", &cookie).send().await;
        assert_eq!(page.status, 401, "{what} for the identity");
    }
    for (what, bad) in forgeries(&org, pem.as_bytes()) {
        let cookie = format!("CF_Authorization={bad}");
        let page = nobody.ask(Method::GET, format!("{}/cdn-cgi/access/get-identity", world.team())).header("cookie", &cookie).send().await;
        assert_eq!(page.status, 401, "{what} on the team domain");
        let login = nobody.get(wiki.at("/")).await.location().unwrap();
        let page = nobody.ask(Method::GET, login).without_cookies().header("cookie", &cookie).send().await;
        assert_eq!(page.location().unwrap().host_str(), Some("localhost"), "{what} at the login");
    }
    assert!(world.origin().taken().is_empty());
    assert_eq!(browser.get(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_different_cookies_are_refused_and_equal_ones_are_one() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    let (a, b) = (token(&world, &wiki, &mara).await, token(&world, &wiki, &ilo).await);
    let ask = |cookie: String| {
        let browser = world.browser();
        let url = wiki.at("/");
        async move { browser.ask(Method::GET, url).header("cookie", &cookie).send().await.status }
    };
    assert_eq!(ask(format!("CF_Authorization={a}; CF_Authorization={b}")).await, 400);
    assert_eq!(ask(format!("CF_Authorization={a}; CF_Authorization=garbage")).await, 400);
    assert_eq!(ask(format!("CF_Authorization=; CF_Authorization={a}")).await, 400);
    assert!(world.origin().taken().is_empty());
    assert_eq!(ask(format!("CF_Authorization={a}; x=1; CF_Authorization={a}")).await, 200);
    assert_eq!(ask(format!("cf_authorization={b}; CF_Authorization={a}")).await, 200, "names of cookies are told apart by case");
    let page = world.browser();
    let page =
        page.ask(Method::GET, wiki.at("/")).header("cookie", &format!("CF_Authorization={a}")).header("cf-access-token", &b).send().await;
    assert_eq!(page.status, 400, "cookie and header of two people");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_another_installation_is_no_session() {
    let (one, two) = tokio::join!(World::start(), World::start());
    let wiki = one.app("wiki").policy(allow_group("Pilots")).create().await;
    let other = two.app("wiki").policy(allow_group("Pilots")).create().await;
    let foreign = token(&two, &other, &two.browser().sign_in("mara")).await;
    let browser = one.browser();
    browser.jar(|jar| jar.put("wiki.localhost", "CF_Authorization", &foreign));
    assert_eq!(browser.get(wiki.at("/")).await.status, 302);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_text_in_headers_do_no_harm() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let good = token(&world, &wiki, &world.browser().sign_in("mara")).await;
    for (line, status) in [
        (b"Cookie: CF_Authorization=\xff\xfe\xfd".to_vec(), 302),
        (b"Cookie: \xff\xfe=1; CF_Authorization=".to_vec(), 302),
        (b"Cf-Access-Token: \xc3\xa4".to_vec(), 302),
        (b"Cookie: ;;; = ;=;CF_Authorization".to_vec(), 302),
        (b"Accept-Language: \xff\xff;q=9".to_vec(), 302),
        (b"Cf-Access-Client-Id: \xff\r\nCf-Access-Client-Secret: \xff".to_vec(), 401),
        ([b"Cookie: CF_Authorization=".as_slice(), good.as_bytes(), b"\r\nX-Odd: \xff\xfe"].concat(), 200),
    ] {
        let mut wire = world.wire("wiki.localhost").await;
        let request = [b"GET / HTTP/1.1\r\nHost: wiki.localhost\r\n".as_slice(), &line, b"\r\nConnection: close\r\n\r\n"].concat();
        assert_eq!(wire.status(request).await, status, "{}", String::from_utf8_lossy(&line));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doors_own_endpoints_answer_nonsense_with_a_refusal() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser();
    for (host, path, status) in [
        (wiki.url.clone(), "/cdn-cgi/access/authorized", 400),
        (wiki.url.clone(), "/cdn-cgi/access/authorized?nonce=x&state=y", 400),
        (wiki.url.clone(), "/cdn-cgi/access/nothing", 404),
        (wiki.url.clone(), "/cdn-cgi/access/callback", 404),
        (world.team(), "/cdn-cgi/access/authorized", 404),
        (world.team(), "/cdn-cgi/access/login/", 404),
        (world.team(), "/cdn-cgi/access/login/wiki.localhost?kid=&meta=&redirect_url=", 404),
        (world.team(), "/cdn-cgi/access/login/%3Cscript%3E", 404),
        (world.team(), "/nothing", 404),
        (world.team(), "/cdn-cgi/access/logout", 200),
        (wiki.url.clone(), "/cdn-cgi/access/logout", 200),
    ] {
        let page = browser.get(format!("{host}{path}")).await;
        assert_eq!(page.status, status, "{host}{path}: {}", page.body);
        assert!(!page.body.contains("<script>"), "{}", page.body);
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let page = browser.ask(method.clone(), format!("{}/cdn-cgi/access/callback", world.team())).send().await;
        assert!(matches!(page.status, 404 | 405), "{method}: {}", page.status);
    }
    assert!(world.origin().taken().is_empty());
}
