//! Tests of ID token validation: one good token, and every way of being wrong.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::jws::{JwsError, RsaKey};

const TENANT: &str = "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10";
const FOREIGN: &str = "0b5a0f66-2c1d-4d51-9a0e-77a1a3f0c9d2";
const CLIENT: &str = "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa";
const OID: &str = "3d9a4f72-5e1b-4c0d-8f36-2b7e61c9d014";
const NOW: i64 = 1_790_000_000;

struct Provider {
    key: RsaKey,
    other: RsaKey,
    keys: JwkSet,
}

/// Making keys is the slow part of these tests; they are constants of the test run.
fn provider() -> &'static Provider {
    static PROVIDER: OnceLock<Provider> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        let (key, other) = (RsaKey::generate().unwrap(), RsaKey::generate().unwrap());
        let jwk = |kid: &str, key: &RsaKey, issuer: &str| {
            let (n, e) = key.modulus_exponent();
            json!({"kty": "RSA", "use": "sig", "kid": kid, "n": n, "e": e, "issuer": issuer})
        };
        let set = json!({"keys": [
            jwk("k1", &key, "https://login.example/{tenantid}/v2.0"),
            jwk("k2", &other, &format!("https://login.example/{FOREIGN}/v2.0")),
        ]});
        let keys = JwkSet::parse(set.to_string().as_bytes()).unwrap();
        Provider { key, other, keys }
    })
}

fn good() -> Value {
    json!({
        "aud": CLIENT, "iss": format!("https://login.example/{TENANT}/v2.0"), "tid": TENANT, "oid": OID,
        "iat": NOW - 300, "nbf": NOW - 300, "exp": NOW + 3600, "nonce": "n-71bd", "ver": "2.0",
        "sub": "Yp0c3uWqT7b1mN4xE2sVd9kLrA6hJ8fZgQ5oIiXtBw0", "name": "Mara Lindqvist",
        "preferred_username": "mara@harbourworks.example", "email": "mara@harbourworks.example",
    })
}

fn check_at(claims: &Value, now: i64) -> Result<IdTokenClaims, IdTokenError> {
    let p = provider();
    check_token(&p.key.sign("k1", claims).unwrap(), now)
}

fn check_token(token: &str, now: i64) -> Result<IdTokenClaims, IdTokenError> {
    let issuer = Issuer::parse("https://login.example/{tenantid}/v2.0").unwrap();
    let expected = Expected { client_id: CLIENT, issuer: &issuer, tenants: &[TENANT.to_owned()], nonce: Some("n-71bd"), now_secs: now };
    validate(token, &provider().keys, &expected)
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[test]
fn a_good_token_gives_typed_claims() {
    let mut claims = good();
    claims["amr"] = json!(["pwd", "mfa"]);
    claims["acrs"] = json!(["c2"]);
    claims["xms_edov"] = json!("1");
    claims["acct"] = json!(0);
    claims["groups"] = json!(["a1"]);
    let read = check_at(&claims, NOW).unwrap();
    assert_eq!((read.oid.as_str(), read.tid.as_str()), (OID, TENANT));
    assert_eq!(read.amr, ["pwd", "mfa"]);
    assert_eq!(read.acrs, ["c2"]);
    assert_eq!(read.email_domain_owner_verified, Some(true));
    assert_eq!(read.account, Some(Account::Member));
    assert_eq!(read.groups, GroupsClaim::Listed(vec!["a1".into()]));
    assert_eq!(read.upn, None);
    assert_eq!(read.all["ver"], json!("2.0"));
}

// Attack case 29.
#[test]
fn every_foreign_or_missing_value_is_refused_by_its_name() {
    let foreign_issuer = format!("https://login.example/{FOREIGN}/v2.0");
    let cases = [
        (with("aud", json!(FOREIGN)), "expected the client id"),
        (with("aud", json!(format!("{CLIENT} "))), "expected the client id"),
        (with("aud", json!([])), "expected the client id"),
        (with("aud", json!(5)), "expected the client id"),
        (without("aud"), "\"aud\""),
        (with("aud", json!([CLIENT, FOREIGN])), "azp"),
        (with("azp", json!(FOREIGN)), "azp"),
        (with("azp", json!(7)), "azp"),
        (with("iss", json!(foreign_issuer)), "issuer"),
        (with("iss", json!(format!("https://login.example.evil.test/{TENANT}/v2.0"))), "issuer"),
        (with("iss", json!("https://login.example/{tenantid}/v2.0")), "issuer"),
        (without("iss"), "\"iss\""),
        (with("tid", json!(FOREIGN)), "tenant"),
        (with("tid", json!("{tenantid}")), "\"tid\""),
        (with("tid", json!(format!("{TENANT}/../x"))), "\"tid\""),
        (without("tid"), "\"tid\""),
        (with("nonce", json!("other")), "nonce"),
        (with("nonce", json!("")), "nonce"),
        (without("nonce"), "nonce"),
        (with("ver", json!("3.0")), "version"),
        (without("ver"), "\"ver\""),
        (without("exp"), "\"exp\""),
        (with("exp", json!("soon")), "\"exp\""),
        (with("nbf", json!("soon")), "\"nbf\""),
        (without("oid"), "\"oid\""),
        (with("oid", json!("mara")), "\"oid\""),
        (without("sub"), "\"sub\""),
        (with("sub", json!("s".repeat(300))), "\"sub\""),
    ];
    for (claims, word) in cases {
        let error = check_at(&claims, NOW).unwrap_err().to_string();
        assert!(error.contains(word), "{error} should name {word} for {claims}");
    }
}

#[test]
fn several_audiences_need_our_client_as_authorized_party() {
    let mut claims = with("aud", json!([CLIENT, FOREIGN]));
    claims["azp"] = json!(CLIENT);
    assert!(check_at(&claims, NOW).is_ok());
    assert!(check_at(&with("aud", json!([CLIENT])), NOW).is_ok());
    assert!(check_at(&with("aud", json!(CLIENT.to_uppercase())), NOW).is_ok());
}

// Attack case 36.
#[test]
fn the_clocks_may_differ_by_300_seconds_and_not_more() {
    let claims = good();
    assert!(check_at(&claims, NOW + 3600 + 299).is_ok());
    assert!(matches!(check_at(&claims, NOW + 3600 + 300), Err(IdTokenError::Expired { .. })));
    assert!(check_at(&claims, NOW - 600).is_ok());
    assert!(matches!(check_at(&claims, NOW - 601), Err(IdTokenError::NotYet { claim: "nbf", .. })));
    let future = with("iat", json!(NOW + 301));
    assert!(matches!(check_at(&future, NOW), Err(IdTokenError::NotYet { claim: "iat", .. })));
    let endless = with("exp", json!(i64::MAX));
    assert!(check_at(&endless, NOW).is_ok());
    let ancient = with("nbf", json!(i64::MIN));
    assert!(check_at(&ancient, NOW).is_ok());
}

// Attack case 29: another version.
#[test]
fn a_token_of_the_old_endpoint_is_explained() {
    let mut old = with("ver", json!("1.0"));
    old["iss"] = json!(format!("https://sts.windows.net/{TENANT}/"));
    let error = check_at(&old, NOW).unwrap_err();
    assert_eq!(error, IdTokenError::Version1);
    assert!(error.to_string().contains("v2.0"));
    old.as_object_mut().unwrap().remove("ver");
    assert_eq!(check_at(&old, NOW).unwrap_err(), IdTokenError::Version1);
}

// Attack case 29: another tenant's key.
#[test]
fn an_unknown_key_is_told_apart_and_a_known_key_of_another_issuer_is_refused() {
    let p = provider();
    let unknown = p.key.sign("k9", &good()).unwrap();
    assert_eq!(check_token(&unknown, NOW), Err(IdTokenError::UnknownKey("k9".into())));
    assert_eq!(key_id(&unknown).unwrap(), "k9");
    // k2 belongs to another tenant: valid signature, right claims, still no.
    let foreign = p.other.sign("k2", &good()).unwrap();
    assert_eq!(check_token(&foreign, NOW), Err(IdTokenError::KeyOfAnotherIssuer("k2".into())));
    let forged = p.other.sign("k1", &good()).unwrap();
    assert_eq!(check_token(&forged, NOW), Err(IdTokenError::Token(JwsError::Signature)));
}

#[test]
fn an_empty_tenant_list_or_nonce_admits_nobody() {
    let p = provider();
    let issuer = Issuer::parse("https://login.example/{tenantid}/v2.0").unwrap();
    let token = p.key.sign("k1", &good()).unwrap();
    let mut expected = Expected { client_id: CLIENT, issuer: &issuer, tenants: &[], nonce: Some("n-71bd"), now_secs: NOW };
    assert!(matches!(validate(&token, &p.keys, &expected), Err(IdTokenError::Tenant(_))));
    let own = [TENANT.to_uppercase()];
    expected.tenants = &own;
    assert!(validate(&token, &p.keys, &expected).is_ok());
    expected.nonce = Some("");
    let empty = p.key.sign("k1", &with("nonce", json!(""))).unwrap();
    assert!(validate(&empty, &p.keys, &expected).is_err());
}

#[test]
fn groups_are_listed_overflowing_absent_or_unusable() {
    let read = |extra: Value| {
        let mut claims = good();
        for (name, value) in extra.as_object().unwrap() {
            claims[name] = value.clone();
        }
        check_at(&claims, NOW).unwrap().groups
    };
    assert_eq!(read(json!({})), GroupsClaim::Absent);
    assert_eq!(read(json!({"groups": []})), GroupsClaim::Listed(vec![]));
    assert_eq!(read(json!({"groups": "a"})), GroupsClaim::Unusable);
    assert_eq!(read(json!({"groups": [1]})), GroupsClaim::Unusable);
    assert_eq!(read(json!({"_claim_names": {"groups": "src1"}})), GroupsClaim::Overage);
    assert_eq!(read(json!({"_claim_names": {"groups": "src1"}, "groups": ["a"]})), GroupsClaim::Overage);
    assert_eq!(read(json!({"_claim_names": "groups"})), GroupsClaim::Overage);
    assert_eq!(read(json!({"_claim_names": {"other": "src1"}})), GroupsClaim::Absent);
    assert_eq!(read(json!({"hasgroups": true})), GroupsClaim::Overage);
    assert_eq!(read(json!({"hasgroups": "true"})), GroupsClaim::Overage);
    assert_eq!(read(json!({"hasgroups": false})), GroupsClaim::Absent);
}

#[test]
fn an_account_kind_nobody_knows_is_not_a_member() {
    for (value, expected) in [
        (json!(0), Some(Account::Member)),
        (json!("0"), Some(Account::Member)),
        (json!(1), Some(Account::Guest)),
        (json!(7), Some(Account::Guest)),
        (json!("x"), None),
    ] {
        assert_eq!(check_at(&with("acct", value), NOW).unwrap().account, expected);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((".{0,6}", inner), 0..4).prop_map(|p| Value::Object(p.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn odd_values_in_any_claim_never_panic(name in prop::sample::select(vec!["aud", "azp", "iss", "tid", "oid", "sub", "exp",
        "nbf", "iat", "nonce", "ver", "groups", "_claim_names", "hasgroups", "amr", "acrs", "acct", "xms_edov", "email"]),
        value in any_json()) {
        let _ = check_at(&with(name, value), NOW);
    }

    #[test]
    fn any_text_as_token_is_refused_without_panic(text in ".{0,200}") {
        prop_assert!(check_token(&text, NOW).is_err());
        prop_assert!(key_id(&text).is_err());
    }
}
