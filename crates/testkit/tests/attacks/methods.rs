//! Case 16: methods that are more than they seem.

use testkit::allow_group;

use crate::{
    h2::Outcome,
    scene::{HOST, Scene},
};

/// Case 16: TRACE would hand the assertion to a page, CONNECT has no meaning towards an application (Pingora's and hyper's tunnels).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trace_and_connect_are_not_served_to_anybody() {
    let scene = Scene::start().await;
    for request in ["TRACE /", "TRACE /?x", "CONNECT /", "CONNECT https://wiki.localhost/"] {
        let mut wire = scene.h1().await;
        wire.send(scene.head(request, "Max-Forwards: 0\r\n")).await;
        let answer = wire.answer().await.expect(request);
        assert!(matches!(answer.status, 400 | 405), "{request}: {}", answer.status);
        assert!(!answer.text().contains("CF_Authorization"), "{}", answer.text());
    }
    for target in ["wiki.localhost:443", "127.0.0.1:22", "evil.example:443", "wiki.localhost"] {
        let status = scene.h1().await.status(scene.head(&format!("CONNECT {target}"), "")).await;
        assert!(matches!(status, 400 | 405), "{target}: {status}");
    }
    let outcome = scene.h2().await.ask(&scene.fields("TRACE", "/", &[]).list(), None).await;
    assert!(outcome.is_refused(), "{outcome:?}");
    let cookie = scene.cookie();
    for fields in [
        &[(":method", "CONNECT"), (":authority", "wiki.localhost:443")][..],
        &[(":method", "CONNECT"), (":authority", HOST), (":scheme", "https"), (":path", "/")],
        &[(":method", "CONNECT"), (":authority", HOST), (":scheme", "https"), (":path", "/"), (":protocol", "connect-udp")],
    ] {
        let all = [fields, &[("cookie", cookie.as_str())]].concat();
        let outcome = scene.h2().await.ask(&all, None).await;
        assert!(outcome.is_refused() || matches!(outcome, Outcome::Answer(404, _)), "{fields:?}: {outcome:?}");
    }
    scene.origin.nothing("no tunnel and no echo");
}

/// Case 16: an origin that takes `head` for `HEAD` sends no body where one is awaited: the next answer would be read as it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_in_small_letters_are_refused() {
    let scene = Scene::start().await;
    for method in ["get", "head", "Head", "hEAD", "post", "options", "Trace", "G\u{0}ET", "G ET", "GET:"] {
        let status = scene.h1().await.status(scene.head(&format!("{method} /"), "")).await;
        assert_eq!(status, 400, "{method:?}");
        let outcome = scene.h2().await.ask(&scene.fields(method, "/", &[]).list(), None).await;
        assert!(outcome.is_refused(), "{method:?}: {outcome:?}");
    }
    scene.origin.nothing("no method is guessed");
}

/// Case 16: unknown methods are judged like all others and passed on as they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_methods_are_judged_like_others_and_passed_on_as_they_are() {
    let scene = Scene::start().await;
    for method in ["PROPFIND", "REPORT", "MKCOL", "BREW", "VERSION-CONTROL", "DELETE", "PATCH"] {
        let status = scene.h1().await.status(format!("{method} /x HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        assert_eq!(status, 302, "{method}");
        let fields = [(":method", method), (":scheme", "https"), (":authority", HOST), (":path", "/x")];
        assert_eq!(scene.h2().await.ask(&fields, None).await.status(), Some(302), "{method}");
        scene.origin.nothing(method);
        assert_eq!(scene.h1().await.status(scene.head(&format!("{method} /x"), "")).await, 200, "{method}");
        assert_eq!(scene.h2().await.ask(&scene.fields(method, "/x", &[]).list(), None).await.status(), Some(200), "{method}");
        let taken = scene.origin.taken();
        assert_eq!(taken.iter().map(|taken| taken.head.method.as_str()).collect::<Vec<_>>(), [method, method]);
    }
}

/// Case 16: HEAD is judged like GET, and its answer has no body that the next one could be taken for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_judged_like_get_and_keeps_connections_in_step() {
    let scene = Scene::start().await;
    let mut wire = scene.h1().await;
    wire.send(format!("HEAD / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    assert_eq!(wire.answer_to("HEAD").await.map(|answer| answer.status), Some(302));
    scene.origin.nothing("nobody signed in");
    for _ in 0..5 {
        wire.send(scene.head("HEAD /h", "")).await;
        let answer = wire.answer_to("HEAD").await.expect("an answer");
        assert_eq!((answer.status, answer.field("content-length")), (200, Some("3")));
        assert_eq!(wire.status(scene.head("GET /g", "")).await, 200);
    }
    let outcome = scene.h2().await.ask(&scene.fields("HEAD", "/h", &[]).list(), None).await;
    assert_eq!(outcome, Outcome::Answer(200, Vec::new()));
    let taken = scene.origin.taken();
    assert_eq!(taken.iter().filter(|taken| taken.head.method == "HEAD").count(), 6);
    assert!(taken.iter().all(|taken| taken.connection == taken.connection.min(1)), "kept connections are in step");
}

/// Case 16: what says that it is another method opens nothing, and a preflight that is let through cannot become one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_lets_nothing_else_through() {
    let scene = Scene::start().await;
    let open = scene.other("open").policy(allow_group("Pilots")).with("options_preflight_bypass", true.into()).create().await;
    let preflight = "Origin: https://charts.localhost\r\nAccess-Control-Request-Method: PUT\r\n";
    let overrides = "X-HTTP-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\nX_Method_Override: DELETE\r\nX-Method-Override: DELETE\r\n";
    let ask = |method: &str, host: &str, lines: &str| format!("{method} /x HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
    let mut wire = scene.h1_for(&open.host).await;
    for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "PROPFIND"] {
        wire.send(ask(method, &open.host, &format!("{preflight}{overrides}"))).await;
        let answer = wire.answer_to(method).await.expect(method);
        assert!(matches!(answer.status, 302 | 401 | 403), "{method}: {}", answer.status);
    }
    assert_eq!(wire.status(ask("OPTIONS", &open.host, overrides)).await, 302, "no preflight");
    scene.origin.nothing("no preflight yet");
    assert_eq!(wire.status(ask("OPTIONS", &open.host, &format!("{preflight}{overrides}"))).await, 200);
    let fields = [
        (":method", "OPTIONS"),
        (":scheme", "https"),
        (":authority", open.host.as_str()),
        (":path", "/x"),
        ("origin", "https://charts.localhost"),
        ("access-control-request-method", "PUT"),
        ("x-http-method-override", "DELETE"),
        ("x.http.method", "DELETE"),
    ];
    assert_eq!(scene.h2_for(&open.host).await.ask(&fields, None).await.status(), Some(200));
    for taken in scene.origin.taken() {
        assert_eq!(taken.head.method, "OPTIONS");
        let overriding = taken.head.fields.iter().any(|(name, value)| name.to_lowercase().contains("method") && value == b"DELETE");
        assert!(!overriding, "{:?}", taken.head.fields);
        assert!(taken.head.one("cf-access-jwt-assertion").is_none());
    }
    assert_eq!(scene.h1().await.status(ask("OPTIONS", HOST, preflight)).await, 403, "without the setting");
    scene.origin.nothing("the usual application lets no preflight through");
}
