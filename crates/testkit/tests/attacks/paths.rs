//! Cases 9 to 12 and 17: what is judged is what is forwarded, byte for byte, and the most specific application takes its path.

use testkit::{Rule, allow, bypass};

use crate::scene::{HOST, Scene};

/// Targets that somebody could read in another way than we do.
const ODD: [&str; 50] = [
    "/public/../admin",
    "/public/..",
    "/..",
    "/.",
    "/./admin",
    "/a/./b",
    "/%2e%2e/admin",
    "/%2E%2e/admin",
    "/a/.%2e/admin",
    "/a/%2e./admin",
    "/a/%2e",
    "/..;/admin",
    "/a/..;x=y/admin",
    "/a/.;/admin",
    "/a/%2e%2e;/admin",
    "/a/..%3b/admin",
    "/a%2fadmin",
    "/a%2Fadmin",
    "/a%5cadmin",
    "/a%5Cadmin",
    "/a\\admin",
    "/a/..\\admin",
    "/\\evil.example",
    "/a/%252e%252e/admin",
    "/a%252fadmin",
    "/a/%25252e",
    "/a%00",
    "/a%00.png",
    "/a%0d%0aX-Y:z",
    "/a%0a",
    "/a%7f",
    "//admin",
    "/a//admin",
    "///",
    "//evil.example/x",
    "/a%",
    "/a%2",
    "/a%g1",
    "/a%u002e",
    "/a%c0%ae%c0%ae/admin",
    "/a%e0%80%ae/admin",
    "/a%ff",
    "/a%23b",
    "/a%3fb",
    "/a%3Bb",
    "/a%2ab",
    "*",
    "admin",
    "?x",
    "./admin",
];

/// Targets with one reading.
const PLAIN: [&str; 18] = [
    "/",
    "/%61dmin",
    "/a;x=1/b",
    "/caf%C3%A9?q=%2e%2e%2f..//x%00",
    "/a%20b",
    "/~me/-._",
    "/a:b@c,d$e!f'(g)*+=&h",
    "/x?",
    "/?redirect=https://e.example/",
    "/a.b/..c/...",
    "/a/b/",
    "/a|b{e}\"f",
    "/%7Eme",
    "/[a]",
    "/a?b?c&d=%",
    "/a?%ff%fe",
    "/a?\\..\\",
    "/a?x=%23",
];

/// Case 9: Oathkeeper GHSA-p224-6x5r-fjpm, Traefik GHSA-gm3x-23wp-hc2c and GHSA-xf64-8mw2-4gr2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_with_two_readings_are_refused_on_both_protocols() {
    let scene = Scene::start().await;
    for target in ODD {
        let mut h1 = scene.h1().await;
        h1.send(scene.head(&format!("GET {target}"), "")).await;
        let answer = h1.answer().await.expect(target);
        assert_eq!((answer.status, answer.field("content-type")), (400, Some("text/plain; charset=utf-8")), "{target}");
        assert!(answer.text().contains("path") || answer.text().contains("address"), "{target}: {}", answer.text());
        let outcome = scene.h2().await.ask(&scene.fields("GET", target, &[]).list(), None).await;
        assert!(outcome.is_refused(), "{target}: {outcome:?}");
    }
    scene.origin.nothing("none of these has one reading");
    scene.serves_on().await;
}

/// Case 9, its other half: nothing is rewritten on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_other_targets_reach_the_origin_byte_for_byte() {
    let scene = Scene::start().await;
    let (mut h1, mut h2) = (scene.h1().await, scene.h2().await);
    for target in PLAIN {
        let status = h1.status(scene.head(&format!("GET {target}"), "")).await;
        assert_eq!(status, 200, "{target}");
        assert_eq!(scene.origin.one().head.target, target);
        let outcome = h2.ask(&scene.fields("GET", target, &[]).list(), None).await;
        assert_eq!(outcome.status(), Some(200), "{target}");
        assert_eq!(scene.origin.one().head.target, target);
    }
}

/// Asks as nobody over both protocols; true when it reached the origin.
async fn reaches(scene: &Scene, target: &str) -> bool {
    let status = scene.h1().await.status(format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    let fields = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", target)];
    let outcome = scene.h2().await.ask(&fields, None).await;
    let taken = scene.origin.taken();
    assert_eq!(taken.len(), usize::from(status == 200) + usize::from(outcome.status() == Some(200)), "{target}");
    assert!(taken.iter().all(|taken| taken.head.target == target), "{target}: {taken:?}");
    assert_eq!(status == 200, outcome.status() == Some(200), "{target}: {status} and {outcome:?}");
    status == 200
}

/// Case 10: oauth2-proxy GHSA-7rh7-c77v-6434. Case 17: a bypassed application under a protected one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_query_nor_parameters_make_a_path_match_a_bypass() {
    let scene = Scene::start().await;
    scene.other("open").with("domain", "wiki.localhost/open/*".into()).policy(bypass(Rule::Everyone)).create().await;
    for open in ["/open/", "/open/x", "/open/x?y=/admin", "/%6fpen/x", "/open/a/b;c"] {
        assert!(reaches(&scene, open).await, "{open}");
    }
    for closed in [
        "/open",
        "/opened/x",
        "/OPEN/x",
        "/x?/open/",
        "/x?y=/open/x",
        "/?open/",
        "/x;/open/x",
        "/;/open/x",
        "/x;y=/open/",
        "/open;/x",
        "/open;x=y/z",
        "/open%2fx",
        "/open%5cx",
        "/open/../x",
        "/open/..;/x",
        "/open/%2e%2e/x",
        "/open/..%2fx",
        "/./open/x",
        "//open/x",
        "/x/../open/x",
        "/a/open/x",
    ] {
        assert!(!reaches(&scene, closed).await, "{closed}");
    }
}

/// Case 11: oauth2-proxy CVE-2026-41059, Pomerium CVE-2021-39206. Over HTTP/1.1 a fragment is refused; over HTTP/2 the library has cut it
/// off before anybody judged: what is judged and forwarded is the same, and never what stands behind the sign.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_behind_a_number_sign_is_never_judged() {
    let scene = Scene::start().await;
    scene.other("open").with("domain", "wiki.localhost/open/*".into()).policy(bypass(Rule::Everyone)).create().await;
    for target in ["/admin#/open/x", "/admin#/../open/x", "/admin%23/open/x", "#/open/x", "/#", "/admin?#/open/"] {
        let status = scene.h1().await.status(format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        assert_eq!(status, 400, "{target}");
        let fields = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", target)];
        let outcome = scene.h2().await.ask(&fields, None).await;
        assert!(outcome.is_refused() || outcome.status() == Some(302), "{target}: {outcome:?}");
    }
    scene.origin.nothing("nobody signed in");
    for target in ["/open/x#", "/open/x#/../../admin", "/open/x#?y"] {
        let fields = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", target)];
        scene.h2().await.ask(&fields, None).await;
        for taken in scene.origin.taken() {
            assert_eq!(taken.head.target, "/open/x", "{target}");
        }
    }
}

/// Case 12: Traefik GHSA-6jwx-7vp4-9847, a prefix stripped from another form than the one that matched. Nothing is stripped here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_below_a_path_gets_its_path_whole() {
    let scene = Scene::start().await;
    scene.other("docs").with("domain", "wiki.localhost/docs/*".into()).policy(bypass(Rule::Everyone)).create().await;
    for target in ["/docs/a", "/%64ocs/a", "/docs/docs/a", "/doc%73/%61?docs/", "/docs/"] {
        assert!(reaches(&scene, target).await, "{target}");
    }
}

/// Case 17 at large: nobody's requests to paths made of a few words in a few spellings reach the origin just where a plain reading of
/// "the longest path wins and inherits nothing" says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_path_wins_and_inherits_nothing() {
    let scene = Scene::start().await;
    scene.other("open").with("domain", "wiki.localhost/open/*".into()).policy(bypass(Rule::Everyone)).create().await;
    scene.other("secret").with("domain", "wiki.localhost/open/secret".into()).policy(allow(Rule::Person("bram"))).create().await;
    scene.other("again").with("domain", "wiki.localhost/open/secret/again/*".into()).policy(bypass(Rule::Everyone)).create().await;
    let words = ["open", "secret", "again", "%6Fpen", "secre%74", "secrets", "Open", "x"];
    let mut h2 = scene.h2().await;
    let mut asked = Vec::new();
    for a in words {
        for b in words {
            for c in words {
                for end in ["", "/", "?open/secret"] {
                    asked.push(format!("/{a}/{b}/{c}{end}"));
                }
            }
        }
    }
    for target in &asked {
        let plain = target.split('?').next().unwrap_or_default().replace("%6F", "o").replace("%74", "t");
        let segments: Vec<&str> = plain[1..].split('/').collect();
        let expected = match segments.as_slice() {
            ["open", "secret", "again", below @ ..] => !below.is_empty(),
            ["open", "secret", ..] => false,
            ["open", ..] => true,
            _ => false,
        };
        let fields = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", target.as_str())];
        let status = h2.ask(&fields, None).await.status();
        assert_eq!(status, Some(if expected { 200 } else { 302 }), "{target}");
        assert_eq!(scene.origin.taken().len(), usize::from(expected), "{target}");
    }
    assert_eq!(asked.len(), 8 * 8 * 8 * 3);
}
