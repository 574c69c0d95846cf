//! Cases 13 to 15: one authority, by which a request is routed and judged, and no link that a request can bend.

use testkit::{Rule, bypass};

use crate::{
    h2::Outcome,
    scene::{HOST, Scene},
};

/// Case 13: the class of Pomerium CVE-2023-33189. Two open applications, so that nothing but the host decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn host_authority_absolute_form_and_server_name_agree_or_the_request_is_refused() {
    let scene = Scene::start().await;
    for name in ["a", "b"] {
        scene.other(name).policy(bypass(Rule::Everyone)).create().await;
    }
    for (sni, target, host, expected) in [
        ("a.localhost", "/", "Host: a.localhost\r\n", 200),
        ("a.localhost", "/", "Host: A.LOCALHOST:443\r\n", 200),
        ("a.localhost", "https://a.localhost/", "Host: a.localhost\r\n", 200),
        ("a.localhost", "https://A.localhost/", "Host: a.LOCALHOST\r\n", 200),
        ("a.localhost", "/", "Host: b.localhost\r\n", 421),
        ("a.localhost", "https://b.localhost/", "Host: b.localhost\r\n", 421),
        ("a.localhost", "/", "Host: team.localhost\r\n", 421),
        ("a.localhost", "https://b.localhost/", "Host: a.localhost\r\n", 400),
        ("a.localhost", "https://a.localhost/", "Host: b.localhost\r\n", 400),
        ("a.localhost", "https://a.localhost:1/", "Host: a.localhost\r\n", 400),
        ("a.localhost", "https://a.localhost/", "", 200),
        ("a.localhost", "ftp://a.localhost/", "Host: a.localhost\r\n", 400),
        ("a.localhost", "https://x@a.localhost/", "Host: x@a.localhost\r\n", 400),
        ("a.localhost", "a.localhost", "Host: a.localhost\r\n", 400),
        ("a.localhost", "a.localhost:443", "Host: a.localhost\r\n", 400),
        ("a.localhost", "/", "", 400),
        ("a.localhost", "/", "Host:\r\n", 400),
        ("a.localhost", "/", "Host: a.localhost\r\nHost: a.localhost\r\n", 400),
        ("a.localhost", "/", "Host: a.localhost\r\nHost: b.localhost\r\n", 400),
        ("a.localhost", "/", "Host: a.localhost, b.localhost\r\n", 400),
        ("a.localhost", "/", "X-Host: a.localhost\r\nHost : a.localhost\r\n", 400),
    ] {
        let mut wire = scene.h1_for(sni).await;
        wire.send(format!("GET {target} HTTP/1.1\r\n{host}\r\n")).await;
        let answer = wire.answer().await.unwrap_or_else(|| panic!("{target} {host:?}"));
        assert_eq!(answer.status, expected, "{target} {host:?}");
        assert!(expected == 200 || !answer.body.is_empty(), "{target} {host:?}: says why");
        let taken = scene.origin.taken();
        assert_eq!(taken.len(), usize::from(expected == 200), "{target} {host:?}");
        for taken in taken {
            let told = format!("a.localhost:{}", scene.world.port());
            assert_eq!((taken.head.one("host"), taken.head.target.as_str()), (Some(told), "/"), "{target} {host:?}");
            assert_eq!(taken.head.one("x-forwarded-host").as_deref(), Some("a.localhost"));
        }
    }
}

/// Case 13 over HTTP/2, with the coalescing of connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_for_one_host_serves_no_other_over_http2() {
    let scene = Scene::start().await;
    for name in ["a", "b"] {
        scene.other(name).policy(bypass(Rule::Everyone)).create().await;
    }
    let base = [(":method", "GET"), (":scheme", "https"), (":path", "/")];
    let mut kept = scene.h2_for("a.localhost").await;
    for (fields, expected) in [
        (&[(":authority", "a.localhost")][..], 200),
        (&[(":authority", "A.localhost:443")], 200),
        (&[(":authority", "a.localhost"), ("host", "a.localhost")], 200),
        (&[("host", "a.localhost")], 200),
        (&[(":authority", "b.localhost")], 421),
        (&[("host", "b.localhost")], 421),
        (&[(":authority", "team.localhost")], 421),
        (&[(":authority", "a.localhost"), ("host", "b.localhost")], 400),
        (&[(":authority", "b.localhost"), ("host", "a.localhost")], 400),
        (&[(":authority", "a.localhost"), ("host", "a.localhost:1")], 400),
        (&[("host", "a.localhost"), ("host", "a.localhost")], 400),
        (&[(":authority", "x@a.localhost")], 400),
        (&[(":authority", "a.localhost"), (":authority", "a.localhost")], 400),
        (&[(":authority", "a.localhost/b")], 400),
        (&[(":authority", "")], 400),
        (&[], 400),
    ] {
        let all = [&base[..], fields].concat();
        let outcome = kept.ask(&all, None).await;
        match outcome.status() {
            Some(status) => assert_eq!(status, expected, "{fields:?}"),
            None => assert!(expected == 400 && matches!(outcome, Outcome::Reset(_)), "{fields:?}: {outcome:?}"),
        }
        let taken = scene.origin.taken();
        assert_eq!(taken.len(), usize::from(expected == 200), "{fields:?}");
        assert!(taken.iter().all(|taken| taken.head.one("x-forwarded-host").as_deref() == Some("a.localhost")));
    }
}

/// Case 14: CVE-2024-12224 (`xn--` that stands for plain letters), casdoor CVE-2024-41657 (a name that only begins or ends alike).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_spelling_of_a_host_is_that_host() {
    let scene = Scene::start().await;
    scene.other("wild").with("domain", "*.app.localhost".into()).policy(bypass(Rule::Everyone)).create().await;
    for (host, expected) in [
        ("x.app.localhost", &[200][..]),
        ("X.APP.localhost:8443", &[200]),
        ("x_y.app.localhost", &[421]),
        ("app.localhost", &[404, 421]),
        ("evilapp.localhost", &[404, 421]),
        ("x.y.app.localhost", &[404, 421]),
        ("x.evilapp.localhost", &[404, 421]),
        ("x.app.localhost.evil.example", &[404, 421]),
        ("x.app.localhost.", &[400]),
        ("x.app.localhost..", &[400]),
        (".app.localhost", &[400]),
        ("x..app.localhost", &[400]),
        ("xn--x-.app.localhost", &[400]),
        ("xn--.app.localhost", &[400]),
        ("*.app.localhost", &[400]),
        ("x.app.localhost:", &[400]),
        ("x.app.localhost:x", &[400]),
        ("x.app.localhost:443:443", &[400]),
        ("x.app.localhost:99999", &[400]),
        ("x.app.localhost\\evil", &[400]),
        ("x%2eapp.localhost", &[400]),
        ("x.app.localhost/", &[400]),
        ("x.app.localhost#", &[400]),
        ("x\u{3002}app.localhost", &[400]),
        ("\u{ff58}.app.localhost", &[400]),
        ("x.app.localh\u{f6}st", &[400]),
    ] {
        let mut wire = scene.h1_for("x.app.localhost").await;
        let status = wire.status(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert!(expected.contains(&status), "{host}: {status}");
        let fields = [(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", "/")];
        let outcome = scene.h2_for("x.app.localhost").await.ask(&fields, None).await;
        let good = outcome.status().map_or(expected == [400], |status| expected.contains(&status));
        assert!(good, "{host}: {outcome:?}");
        assert_eq!(scene.origin.taken().len(), if expected == [200] { 2 } else { 0 }, "{host}");
    }
}

/// Case 15: Zitadel CVE-2023-49097, GHSA-93m4-mfpg-c3xf, CVE-2025-64101 and GHSA-pfrf-9r5f-73f5: the same fault four times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_come_from_the_configuration_and_from_no_header() {
    let scene = Scene::start().await;
    let poison = "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 666\r\nX-Forwarded-Prefix: /evil\r\n\
                  Forwarded: host=evil.example;proto=http\r\nX-Original-URL: https://evil.example/\r\nX-Host: evil.example\r\n\
                  Origin: https://evil.example\r\nReferer: https://evil.example/\r\n";
    let mut wire = scene.h1().await;
    wire.send(format!("GET /page?a=b HTTP/1.1\r\nHost: {HOST}:666\r\n{poison}\r\n")).await;
    let answer = wire.answer().await.expect("an answer");
    let location = answer.field("location").expect("a redirect").to_owned();
    assert!(location.starts_with(&format!("{}/cdn-cgi/access/login/{HOST}", scene.world.team())), "{location}");
    assert!(answer.fields.iter().all(|(_, value)| !value.contains("evil") && !value.contains(":666")), "{:?}", answer.fields);
    assert!(!answer.text().contains("evil"), "{}", answer.text());

    let path = location.strip_prefix(&scene.world.team()).expect("a path").to_owned();
    let mut wire = scene.h1_for("team.localhost").await;
    wire.send(format!("GET {path} HTTP/1.1\r\nHost: team.localhost:666\r\n{poison}\r\n")).await;
    let answer = wire.answer().await.expect("an answer");
    let authorize = url::Url::parse(answer.field("location").expect("to the provider")).expect("a URL");
    let callback = authorize.query_pairs().find(|(key, _)| key == "redirect_uri").expect("a callback").1.into_owned();
    assert_eq!(callback, format!("{}/cdn-cgi/access/callback", scene.world.team()));
    assert!(answer.fields.iter().all(|(_, value)| !value.contains("evil") && !value.contains(":666")), "{:?}", answer.fields);

    for (host, target) in [(HOST, "/cdn-cgi/access/logout"), ("team.localhost", "/cdn-cgi/access/logout"), ("team.localhost", "/")] {
        let mut wire = scene.h1_for(host).await;
        wire.send(format!("GET {target} HTTP/1.1\r\nHost: {host}:666\r\n{poison}\r\n")).await;
        let answer = wire.answer().await.expect("an answer");
        let all = format!("{:?} {}", answer.fields, answer.text());
        assert!(!all.contains("evil") && !all.contains(":666"), "{host}{target}: {all}");
    }
    scene.origin.nothing("nobody signed in");
}
