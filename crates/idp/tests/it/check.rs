//! The check of a set-up: each fault is named, nothing secret is told, and it always ends.

use std::time::{Duration, Instant};

use idp::{CheckRequest, Client, Config, Provider as Method};
use model::{
    Secret, Timestamp,
    finding::{Finding, Severity},
    idp::{ClientCredentials, EntraSettings, IdpConfig},
};
use oidc::jws::RsaKey;
use serde_json::{Value, json};

use crate::provider::{CALLBACK, CLIENT, FOREIGN, NOW, Provider, Reply, SECRET, TENANT, client, hasty, signing_keys};

/// The moment `NOW`, as HTTP writes it.
const DATE: &str = "Mon, 21 Sep 2026 14:13:20 GMT";
/// Something that only the provider says.
const WORDS: &str = "Lorem <b>ipsum</b>";

fn document(p: &Provider) -> Value {
    json!({"issuer": p.issuer(), "authorization_endpoint": format!("{}/a", p.url), "token_endpoint": format!("{}/t", p.url),
        "jwks_uri": format!("{}/{TENANT}/discovery/v2.0/keys", p.url)})
}

fn dated(p: &Provider, date: &'static str, document: Value) {
    p.answer("discovery", move |_| Reply::With(200, "date", date.into(), document.clone()));
}

/// A provider on which everything is right.
async fn right() -> Provider {
    let p = Provider::start().await;
    dated(&p, DATE, document(&p));
    let key: &RsaKey = &signing_keys().0;
    let token = key.sign("k1", &json!({"roles": ["User.Read.All"], "secret_marker": WORDS})).unwrap();
    p.answer("token", move |_| Reply::Json(200, json!({"token_type": "Bearer", "access_token": token})));
    p
}

fn refuse(p: &Provider, place: &'static str, code: u32) {
    let body = json!({"error": "invalid_client", "error_description": format!("AADSTS{code}: {WORDS}"), "error_codes": [code]});
    p.answer(place, move |_| Reply::With(400, "date", DATE.into(), body.clone()));
}

async fn check_with(client: &Client, idp: &EntraSettings, secret: Option<&str>) -> Vec<Finding> {
    let credentials = ClientCredentials { secret: secret.map(Secret::new), ..ClientCredentials::default() };
    let config = IdpConfig::Entra(idp.clone());
    let method = Method { config: &config, credentials: &credentials };
    let request = CheckRequest { callback: CALLBACK, person: None, reads_devices: false, reads_members: false };
    let findings = client.check(method, &request, Timestamp::from_secs(NOW)).await;
    let text = format!("{findings:?}");
    for hidden in [SECRET, WORDS, "eyJ", "secret_marker"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    findings
}

async fn check(p: &Provider) -> Vec<Finding> {
    check_with(&client(), &p.settings(), Some(SECRET)).await
}

fn faults(findings: &[Finding]) -> Vec<&str> {
    assert!(findings.iter().all(|f| f.severity != Severity::Fault || f.fix.is_some()), "a fault without a fix: {findings:?}");
    findings.iter().filter(|f| f.severity == Severity::Fault).map(|f| &*f.code).collect()
}

#[tokio::test]
async fn a_right_set_up_has_no_fault_and_shows_callback_and_permissions() {
    let p = right().await;
    let findings = check(&p).await;
    let told: Vec<_> = findings.iter().map(|f| (&*f.code, f.severity)).collect();
    assert_eq!(
        told,
        [
            ("secret-shape", Severity::Ok),
            ("discovery", Severity::Ok),
            ("keys", Severity::Ok),
            ("clock", Severity::Note),
            ("client-credentials", Severity::Ok),
            ("application-permissions", Severity::Note),
            ("secret-end-unknown", Severity::Unknown),
            ("redirect-uri", Severity::Unknown),
            ("registration-unknown", Severity::Unknown),
            ("assignment-unknown", Severity::Unknown),
            ("consent-unknown", Severity::Unknown),
        ]
    );
    assert!(findings[5].text.contains("User.Read.All"), "{}", findings[5].text);
    assert!(findings[7].text.contains(CALLBACK));
    let link = findings[10].link.as_deref().unwrap();
    assert!(link.starts_with(&format!("{}/{TENANT}/v2.0/adminconsent?client_id={CLIENT}&scope=", p.url)), "{link}");
    let (grant, scope) = p.seen("token", |seen| (seen[0].form["grant_type"].clone(), seen[0].form["scope"].clone()));
    assert_eq!((grant, scope), ("client_credentials".into(), format!("{}/.default", p.url)));
}

#[tokio::test]
async fn what_the_token_endpoint_refuses_is_named_with_its_value() {
    for (code, finding, value) in [
        (7_000_215, "secret-refused", "client secret"),
        (7_000_222, "secret-expired", "expired"),
        (700_016, "client-unknown", CLIENT),
        (90_002, "directory-unknown", TENANT),
        (7_000_112, "application-disabled", CLIENT),
        (53_003, "client-refused", "Conditional Access"),
    ] {
        let p = right().await;
        refuse(&p, "token", code);
        let findings = check(&p).await;
        assert_eq!(faults(&findings), [finding]);
        let told = findings.iter().find(|f| f.code == finding).unwrap();
        assert!(told.text.contains(value) && told.text.contains(&format!("AADSTS{code}")), "{}", told.text);
    }
}

#[tokio::test]
async fn an_unknown_directory_is_told_once_although_two_services_say_it() {
    let p = right().await;
    refuse(&p, "discovery", 90_002);
    refuse(&p, "token", 90_002);
    assert_eq!(faults(&check(&p).await), ["directory-unknown"]);
}

#[tokio::test]
async fn an_ill_shaped_or_missing_secret_is_the_one_cause() {
    let p = right().await;
    refuse(&p, "token", 7_000_215);
    for (secret, finding) in [(FOREIGN, "secret-id"), (" padded~secret ", "secret-white-space")] {
        let findings = check_with(&client(), &p.settings(), Some(secret)).await;
        assert_eq!(faults(&findings), [finding]);
        assert!(!format!("{findings:?}").contains(secret));
    }
    let asked = p.count("token");
    let findings = check_with(&client(), &p.settings(), None).await;
    assert_eq!(faults(&findings), ["secret-missing"]);
    assert_eq!(p.count("token"), asked, "nothing to send");
}

#[tokio::test]
async fn a_wrong_clock_is_told_with_its_distance() {
    let p = right().await;
    dated(&p, "Mon, 21 Sep 2026 14:15:20 GMT", document(&p));
    let findings = check(&p).await;
    let clock = findings.iter().find(|f| f.code == "clock-skew").unwrap();
    assert_eq!(clock.severity, Severity::Warning);
    assert!(clock.text.contains(" s behind"), "{}", clock.text);
    dated(&p, "Mon, 21 Sep 2026 15:13:20 GMT", document(&p));
    assert_eq!(faults(&check(&p).await), ["clock-skew"]);
}

#[tokio::test]
async fn nonsense_is_told_as_such_and_an_issuer_by_name() {
    for (member, value, finding) in [
        ("issuer", json!(format!("https://login.example/{FOREIGN}/v2.0")), "issuer"),
        ("issuer", json!(null), "discovery-unusable"),
        ("jwks_uri", json!("http://169.254.169.254/keys"), "discovery-unusable"),
        ("token_endpoint", json!(WORDS), "discovery-unusable"),
    ] {
        let p = right().await;
        let mut odd = document(&p);
        odd[member] = value.clone();
        dated(&p, DATE, odd);
        let findings = check(&p).await;
        assert_eq!(faults(&findings), [finding], "{value}");
        assert_eq!(finding == "issuer", format!("{findings:?}").contains(FOREIGN));
        assert_eq!(p.count("keys"), 0);
    }
    let huge = "x".repeat(1_100_000);
    for (place, status, body, finding) in [
        ("discovery", 200, WORDS, "discovery-unusable"),
        ("discovery", 404, WORDS, "discovery-unusable"),
        ("discovery", 307, "", "discovery-unusable"),
        ("discovery", 503, WORDS, "discovery-unreachable"),
        ("discovery", 200, &huge, "discovery-unusable"),
        ("keys", 200, r#"{"keys":[]}"#, "keys-unusable"),
        ("keys", 200, &huge, "keys-unusable"),
        ("keys", 500, WORDS, "keys-unreachable"),
        ("token", 200, "{}", "token-endpoint-unusable"),
        ("token", 200, &huge, "token-endpoint-unusable"),
        ("token", 400, r#"{"error":"temporarily_unavailable","error_description":"Lorem <b>ipsum</b>"}"#, "token-endpoint-unreachable"),
        ("token", 429, WORDS, "token-endpoint-unreachable"),
    ] {
        let p = right().await;
        let sent = body.to_owned();
        p.answer(place, move |_| Reply::Text(status, sent.clone()));
        let findings = check(&p).await;
        let mut named = faults(&findings);
        // These answers carry the real date, far from the test's.
        named.retain(|code| *code != "clock-skew");
        assert_eq!(named, [finding], "{place} {status}");
        assert!(findings.iter().all(|f| f.text.len() < 600));
    }
}

#[tokio::test]
async fn a_slow_provider_ends_the_check_in_time() {
    let p = right().await;
    for place in ["discovery", "keys", "token"] {
        p.answer(place, |_| Reply::Hang);
    }
    let begun = Instant::now();
    let findings = check_with(&hasty(), &p.settings(), Some(SECRET)).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(faults(&findings), ["discovery-unreachable", "token-endpoint-unreachable"]);
    assert!(findings.iter().any(|f| f.code == "redirect-uri"));
}

#[tokio::test]
async fn a_private_address_is_refused_and_an_odd_cloud_not_called() {
    let p = right().await;
    let strict = Client::new(Config::default()).unwrap();
    let findings = check_with(&strict, &p.settings(), Some(SECRET)).await;
    assert_eq!(faults(&findings), ["private-address"]);
    assert!(findings.iter().any(|f| f.text.contains("127.0.0.1")), "{findings:?}");
    let mut odd = p.settings();
    odd.cloud.as_mut().unwrap().login_url = "ftp://login.example".into();
    assert_eq!(faults(&check_with(&client(), &odd, Some(SECRET)).await), ["cloud-address"]);
    assert_eq!(p.count("discovery") + p.count("token"), 0);
}
