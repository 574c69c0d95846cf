//! Cases 1 to 8: whoever writes the door's own headers, or those by which programs learn where a request came from.

use http::Method;
use serde_json::json;
use testkit::{Rule, World, block, bypass, service_auth, upn};

use crate::{
    origin::Taken,
    scene::{HOST, Scene},
};

/// Names that an origin could take for the door's word on who is there, as gateways and program interfaces fold them.
const IDENTITY: [&str; 14] = [
    "Cf-Access-Jwt-Assertion",
    "CF-ACCESS-JWT-ASSERTION",
    "Cf-Access-Authenticated-User-Email",
    "cf_access_jwt_assertion",
    "Cf_Access-Authenticated_User-Email",
    "cf.access.jwt.assertion",
    "cf-access.authenticated.user.email",
    "cf~access~jwt~assertion",
    "cf!access!authenticated!user!email",
    "cf-access-groups",
    "cf_access_metadata",
    "Cf-Access-Token",
    "Cf-Access-Client-Certificate",
    "cf-client-cert-der-base64",
];

/// Names by which programs learn where a request came from and what it was before.
const FORWARDING: [&str; 18] = [
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Uri",
    "X-Forwarded-Prefix",
    "X-Forwarded-Method",
    "X-Forwarded-User",
    "x_forwarded_for",
    "x.forwarded.host",
    "Forwarded",
    "X-Real-IP",
    "X_Real_Ip",
    "X-Original-URL",
    "X-Rewrite-URL",
    "CF-Connecting-IP",
    "CF-IPCountry",
    "True-Client-IP",
];

const FORGED: &str = "forged.by.somebody";

fn assert_only_ours(scene: &Scene, taken: &Taken) {
    let forged: Vec<_> = taken.head.fields.iter().filter(|(_, value)| value.windows(6).any(|w| w == b"forged")).collect();
    assert!(forged.is_empty(), "{forged:?}");
    let folded = |name: &str| name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let ours: Vec<&str> = taken.head.fields.iter().map(|(name, _)| name.as_str()).filter(|n| folded(n).starts_with("cf-access")).collect();
    assert_eq!(ours.len(), 2, "{ours:?}");
    assert_eq!(taken.head.one("cf-access-jwt-assertion").as_deref(), Some(scene.token.as_str()));
    assert_eq!(taken.head.one("cf-access-authenticated-user-email").as_deref(), Some("mara@harbourworks.example"));
}

/// Sends these names with a forged value, twice each, over both protocols, and returns what the origin got.
async fn forge(scene: &Scene, names: &[&str]) -> [Taken; 2] {
    let lines: String = names.iter().chain(names).map(|name| format!("{name}: {FORGED}\r\n")).collect();
    assert_eq!(scene.h1().await.status(scene.head("GET /page", &lines)).await, 200);
    let h1 = scene.origin.one();
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let more: Vec<(&str, &str)> = lower.iter().chain(&lower).map(|name| (name.as_str(), FORGED)).collect();
    let outcome = scene.h2().await.ask(&scene.fields("GET", "/page", &more).list(), None).await;
    assert_eq!(outcome.status(), Some(200));
    [h1, scene.origin.one()]
}

/// Case 1, 2 and 3: oauth2-proxy CVE-2025-64484 and Traefik GHSA-5m6w-wvh7-57vm (underscores), its dot variant, caddy#7808.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identity_headers_of_a_client_never_reach_an_origin_in_any_spelling() {
    let scene = Scene::start().await;
    let names: Vec<&str> = IDENTITY.iter().copied().filter(|name| *name != "Cf-Access-Token").collect();
    for taken in forge(&scene, &names).await {
        assert_only_ours(&scene, &taken);
        assert!(taken.head.one("host").is_some_and(|host| host.starts_with(HOST)));
    }
}

/// Case 2 at the edge: a name that is only like ours is the client's own and passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_are_only_like_the_doors_pass_as_they_are() {
    let scene = Scene::start().await;
    let lines = "CfAccessJwtAssertion: a\r\nX-Cf-Access-Jwt-Assertion: b\r\n";
    assert_eq!(scene.h1().await.status(scene.head("GET /page", lines)).await, 200);
    let taken = scene.origin.one();
    assert_eq!(
        (taken.head.one("cfaccessjwtassertion").as_deref(), taken.head.one("x-cf-access-jwt-assertion").as_deref()),
        (Some("a"), Some("b"))
    );
}

/// Case 4: Oathkeeper GHSA-w9mr-28mw-j8hg, the identity header listed in `Connection`. Over HTTP/2 the field itself is malformed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connection_cannot_take_the_doors_headers_away() {
    let scene = Scene::start().await;
    for listed in [
        "Cf-Access-Jwt-Assertion, Cf-Access-Authenticated-User-Email",
        "close, cf-access-jwt-assertion, x-forwarded-for, x-forwarded-proto, x-forwarded-host, host, cookie, content-length",
        "cf_access_jwt_assertion\r\nConnection: cf-access-authenticated-user-email",
    ] {
        let lines = format!("Connection: {listed}\r\nContent-Length: 2\r\n");
        assert_eq!(scene.h1().await.status(scene.head("POST /page", &lines) + "ab").await, 200, "{listed}");
        let taken = scene.origin.one();
        assert_only_ours(&scene, &taken);
        assert_eq!(taken.head.one("x-forwarded-for").as_deref(), Some("127.0.0.1"), "{listed}");
        assert!(taken.head.one("host").is_some_and(|host| host.starts_with(HOST)), "{listed}");
        assert_eq!(taken.body, b"ab", "{listed}");
    }
    for name in ["connection", "proxy-connection", "keep-alive", "upgrade", "transfer-encoding"] {
        let fields = scene.fields("GET", "/page", &[(name, "cf-access-jwt-assertion")]);
        assert!(scene.h2().await.ask(&fields.list(), None).await.is_refused(), "{name}");
    }
    scene.origin.nothing("a connection's header over HTTP/2");
    scene.serves_on().await;
}

/// Case 5: oauth2-proxy GHSA-7x63-xv5r-3p2x, Oathkeeper GHSA-vhr5-ggp3-qq85, Traefik GHSA-6384-m2mw-rf54, authentik CVE-2023-36456.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forwarding_headers_of_a_client_are_dropped_and_rebuilt() {
    let scene = Scene::start().await;
    for taken in forge(&scene, &FORWARDING).await {
        assert_only_ours(&scene, &taken);
        assert_eq!(taken.head.one("x-forwarded-for").as_deref(), Some("127.0.0.1"));
        assert_eq!(taken.head.one("x-forwarded-proto").as_deref(), Some("https"));
        assert_eq!(taken.head.one("x-forwarded-host").as_deref(), Some(HOST));
        assert_eq!(taken.head.target, "/page");
    }
}

/// Case 5: authentik CVE-2023-36456, a rule about addresses that believes a header.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_about_addresses_believes_the_socket_and_no_header_of_a_stranger() {
    let scene = Scene::start().await;
    scene.other("inside").policy(bypass(Rule::Ip("203.0.113.0/24"))).create().await;
    let claims: String = FORWARDING.iter().map(|name| format!("{name}: 203.0.113.9\r\n")).collect();
    let mut wire = scene.h1_for("inside.localhost").await;
    assert_eq!(wire.status(format!("GET / HTTP/1.1\r\nHost: inside.localhost\r\n{claims}\r\n")).await, 403);
    let lower: Vec<String> = FORWARDING.iter().map(|name| name.to_lowercase()).collect();
    let mut fields = vec![(":method", "GET"), (":scheme", "https"), (":authority", "inside.localhost"), (":path", "/")];
    fields.extend(lower.iter().map(|name| (name.as_str(), "203.0.113.9")));
    assert_eq!(scene.h2_for("inside.localhost").await.ask(&fields, None).await.status(), Some(403));
    scene.origin.nothing("nobody is at that address");
}

/// Case 6: authentik CVE-2024-47070, an address that cannot be read and a stage that is skipped for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_cannot_be_read_satisfies_no_rule_and_slips_past_no_block() {
    let trusting = "trusted_peers = [\"127.0.0.1\"]\nclient_address_header = \"x-forwarded-for\"";
    let scene = Scene::of(World::plan().http(trusting).start().await).await;
    scene.other("inside").policy(bypass(Rule::Ip("203.0.113.0/24"))).create().await;
    let open = bypass(Rule::Everyone);
    scene.other("outside").policy(block(Rule::Ip("203.0.113.0/24"))).policy(service_auth(Rule::AnyToken)).policy(open).create().await;
    for (claim, inside) in [
        ("203.0.113.9", true),
        ("203.0.113.9:4711", true),
        ("::ffff:203.0.113.9", true),
        ("[::ffff:203.0.113.9]:4711", true),
        ("6.6.6.6, 203.0.113.9", true),
        ("203.0.113.9, 6.6.6.6", false),
        ("203.0.113.9, nonsense", false),
        ("203.0.113.09", false),
        ("203.0.113.9%eth0", false),
        ("fe80::1%eth0", false),
        ("0xcb007109", false),
        ("3405803785", false),
        ("203.0.113.9/24", false),
        ("\"203.0.113.9\"", false),
        ("203.0.113.9:", false),
        ("203.0.113.9,", false),
        ("unknown", false),
        ("", false),
    ] {
        let mut wire = scene.h1_for("inside.localhost").await;
        let status = wire.status(format!("GET / HTTP/1.1\r\nHost: inside.localhost\r\nX-Forwarded-For: {claim}\r\n\r\n")).await;
        assert_eq!(status == 200, inside, "{claim:?}: {status}");
        let fields =
            [(":method", "GET"), (":scheme", "https"), (":authority", "inside.localhost"), (":path", "/"), ("x-forwarded-for", claim)];
        let outcome = scene.h2_for("inside.localhost").await.ask(&fields, None).await;
        assert_eq!(outcome.status() == Some(200), inside, "{claim:?}: {outcome:?}");
        assert_eq!(scene.origin.taken().len(), if inside { 2 } else { 0 }, "{claim:?}");
    }
}

/// Case 7: NetBird's joined names, OpenSSH CVE-2026-35414. What people and groups are called is never in a header.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_people_and_groups_reach_no_header_and_split_none() {
    let world = World::start().await;
    let odd = "Mara, admin\"; X-Role: boss\\ \u{2028} \u{41c}\u{430}\u{440}\u{430}";
    let rename = |path: String| {
        let world = &world;
        async move { world.graph_admin().call(Method::PATCH, &path, Some(json!({ "displayName": odd }))).await }
    };
    rename(format!("/groups/{}", world.sim().group_id("Night Pilots").unwrap())).await;
    rename(format!("/users/{}", upn("mara"))).await;
    let scene = Scene::of(world).await;
    assert_eq!(scene.h1().await.status(scene.head("GET /page", "")).await, 200);
    let taken = scene.origin.one();
    assert_only_ours(&scene, &taken);
    assert!(taken.raw.is_ascii());
    for (name, value) in &taken.head.fields {
        let value = String::from_utf8_lossy(value);
        assert!(!value.contains("admin") && !value.contains("boss") && !name.eq_ignore_ascii_case("x-role"), "{name}: {value}");
    }
    let identity = scene.browser.get(scene.app.at("/cdn-cgi/access/get-identity")).await.json();
    assert_eq!(identity["name"], odd, "told whole where it is data: {identity}");
}

/// Case 8: oauth2-proxy GHSA-5hvv-m4w4-gf6v, a health check's user agent that opened everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_marker_opens_a_door() {
    let scene = Scene::start().await;
    let mut h1 = scene.h1().await;
    let mut h2 = scene.h2().await;
    let markers = [
        ("user-agent", "kube-probe/1.31"),
        ("user-agent", "GoogleHC/1.0"),
        ("user-agent", "ELB-HealthChecker/2.0"),
        ("user-agent", "Consul Health Check"),
        ("x-health-check", "1"),
        ("x-internal-request", "true"),
        ("x-middleware-subrequest", "middleware:middleware:middleware"),
        ("x-original-url", "/live"),
        ("cf-access-metadata-request", "true"),
        ("authorization", "Bearer doorward"),
        ("via", "1.1 doorward"),
        ("x-purpose", "preview"),
    ];
    let paths = ["/live", "/ready", "/healthz", "/ping", "/metrics", "/favicon.ico", "/robots.txt", "/.well-known/acme-challenge/x", "/"];
    for path in paths {
        for (name, value) in markers {
            let status = h1.status(format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{name}: {value}\r\n\r\n")).await;
            assert!(matches!(status, 302 | 404), "{path} {name}: {status}");
            let fields = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", path), (name, value)];
            let status = h2.ask(&fields, None).await.status();
            assert!(matches!(status, Some(302 | 404)), "{path} {name}: {status:?}");
        }
    }
    scene.origin.nothing("nobody signed in");
}
