//! Cross-origin requests of browsers.

use http::Method;
use serde_json::json;
use testkit::{Page, World, allow_group};

const CHARTS: &str = "https://charts.localhost:1";

async fn preflight(world: &World, url: String, origin: &str, method: &str, headers: &str) -> Page {
    let browser = world.browser();
    let ask = browser.ask(Method::OPTIONS, url).header("origin", origin).header("access-control-request-method", method);
    ask.header("access-control-request-headers", headers).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preflights_are_answered_by_the_settings_and_answers_tell_their_readers() {
    let world = World::start().await;
    let cors = json!({ "allowed_origins": [CHARTS], "allowed_methods": ["PUT"], "allowed_headers": ["X-Berth"], "allow_credentials": true, "max_age": 60 });
    let berths = world.app("berths").policy(allow_group("Pilots")).with("cors_headers", cors).create().await;
    let granted = preflight(&world, berths.at("/api"), CHARTS, "PUT", "x-berth").await;
    assert_eq!((granted.status, granted.body.as_str()), (200, ""));
    for (name, value) in [
        ("access-control-allow-origin", CHARTS),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-headers", "x-berth"),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "60"),
        ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ] {
        assert_eq!(granted.header(name), Some(value), "{name}");
    }
    for (origin, method, headers) in [("https://evil.example", "PUT", ""), (CHARTS, "DELETE", ""), (CHARTS, "PUT", "authorization")] {
        let refused = preflight(&world, berths.at("/api"), origin, method, headers).await;
        assert_eq!((refused.status, refused.header("access-control-allow-methods")), (403, None), "{origin} {method} {headers}");
    }
    assert!(world.origin().taken().is_empty(), "no preflight reaches the origin");

    let mara = world.browser().sign_in("mara");
    mara.open(berths.at("/")).await;
    let of =
        |origin: &'static str| mara.ask(Method::PUT, berths.at("/api")).header("origin", origin).header("sec-fetch-mode", "cors").send();
    let answered = of(CHARTS).await;
    assert_eq!((answered.status, answered.header("access-control-allow-origin")), (200, Some(CHARTS)));
    assert_eq!(of("https://evil.example").await.header("access-control-allow-origin"), None);
    let stranger = world.browser();
    let unsigned = stranger.ask(Method::PUT, berths.at("/api")).header("origin", CHARTS).header("sec-fetch-mode", "cors").send().await;
    assert_eq!(
        (unsigned.status, unsigned.header("access-control-allow-origin")),
        (401, Some(CHARTS)),
        "a page may read that it is not signed in"
    );
}
