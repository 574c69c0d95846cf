//! What is granted to whom.

use super::*;

const CHARTS: &str = "https://charts.harbourworks.example";

fn these(list: &[&str]) -> Allowed {
    Allowed::These(list.iter().map(|s| (*s).to_owned()).collect())
}

fn narrow() -> CorsHeaders {
    let (origins, methods, headers) = (these(&[CHARTS]), these(&["PUT"]), these(&["X-Berth", "content-type"]));
    CorsHeaders { origins, methods, headers, credentials: true, max_age: Some(600), off: Vec::new() }
}

fn wide() -> CorsHeaders {
    CorsHeaders { origins: Allowed::All, methods: Allowed::All, headers: Allowed::All, credentials: false, max_age: None, off: Vec::new() }
}

fn asked(origin: &str, method: &str, headers: &str) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", headers)] {
        if !value.is_empty() {
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
    }
    map
}

fn told(cors: &CorsHeaders, origin: &str, method: &str, headers: &str) -> Option<String> {
    let granted = preflight(cors, &asked(origin, method, headers))?;
    let short = |n: HeaderName| n.as_str().trim_start_matches("access-control-").to_owned();
    Some(granted.headers().map(|(n, v)| format!("{}={}", short(n), v.to_str().unwrap())).collect::<Vec<_>>().join("; "))
}

#[test]
fn a_preflight_is_granted_for_exactly_what_is_allowed() {
    let all = format!("allow-origin={CHARTS}; allow-methods=PUT; vary={VARY}; allow-headers=x-berth; allow-credentials=true; max-age=600");
    assert_eq!(told(&narrow(), CHARTS, "PUT", "x-berth"), Some(all));
    assert_eq!(
        told(&wide(), "https://x.example", "PATCH", "a,b"),
        Some(format!("allow-origin=*; allow-methods=PATCH; vary={VARY}; allow-headers=a, b"))
    );
    for (origin, method, headers, granted) in [
        (CHARTS, "PUT", "", true),
        (CHARTS, "GET", "", true),
        (CHARTS, "POST", "X-BERTH, Content-Type", true),
        ("https://CHARTS.harbourworks.example", "PUT", "", true),
        (CHARTS, "DELETE", "", false),
        (CHARTS, "put", "", false),
        (CHARTS, "PUT", "authorization", false),
        (CHARTS, "PUT", "x-berth, x-other", false),
        (CHARTS, "PUT", "x berth", false),
        (CHARTS, "P@T", "", false),
        ("https://charts.harbourworks.example:8443", "PUT", "", false),
        ("http://charts.harbourworks.example", "PUT", "", false),
        ("https://charts.harbourworks.example.evil.example", "PUT", "", false),
        ("https://evil.example", "PUT", "", false),
        ("null", "PUT", "", false),
    ] {
        assert_eq!(told(&narrow(), origin, method, headers).is_some(), granted, "{origin} {method} {headers}");
    }
}

#[test]
fn doubled_lines_and_endless_lists_grant_nothing() {
    let mut doubled = asked(CHARTS, "PUT", "");
    doubled.append("origin", HeaderValue::from_static(CHARTS));
    assert_eq!(preflight(&narrow(), &doubled), None);
    assert!(told(&wide(), CHARTS, "PUT", &["a"; MOST_HEADERS].join(",")).is_some());
    assert_eq!(told(&wide(), CHARTS, "PUT", &["a"; MOST_HEADERS + 1].join(",")), None);
}

#[test]
fn credentials_with_all_origins_grant_nothing() {
    let cors = CorsHeaders { credentials: true, ..wide() };
    assert_eq!(told(&cors, CHARTS, "GET", ""), None);
    assert_eq!(readers(&cors, &asked(CHARTS, "", "")), None);
}

#[test]
fn an_answer_tells_its_readers_unless_the_application_did() {
    let readers_of = |cors: &CorsHeaders, origin: &str| readers(cors, &asked(origin, "", ""));
    assert_eq!(readers_of(&narrow(), "https://evil.example"), None);
    assert_eq!(readers_of(&narrow(), ""), None);
    let mut fresh = HeaderMap::new();
    readers_of(&narrow(), CHARTS).unwrap().tell(&mut fresh);
    assert_eq!(fresh.get("access-control-allow-origin").unwrap(), CHARTS);
    assert_eq!(
        (fresh.get("access-control-allow-credentials").unwrap(), fresh.get("vary").unwrap()),
        (&"true".parse().unwrap(), &"Origin".parse().unwrap())
    );
    let mut own: HeaderMap =
        [(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://other.example"))].into_iter().collect();
    readers_of(&narrow(), CHARTS).unwrap().tell(&mut own);
    assert_eq!(own.get("access-control-allow-origin").unwrap(), "https://other.example");
    assert!(!own.contains_key("access-control-allow-credentials"));
}
