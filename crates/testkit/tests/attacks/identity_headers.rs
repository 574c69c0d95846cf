//! Cases 1 to 8: whoever writes the door's own headers, or those by which programs learn where a request came from.

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
