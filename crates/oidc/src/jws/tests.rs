//! Tests of signing and of strict reading, with an independent library as the other side.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const MAX: usize = 8192;

fn assemble(key: &RsaKey, header: &Value, payload: &str) -> String {
    // Takes the signature over a chosen header by signing through the library under comparison.
    let signed = format!("{}.{}", B64URL.encode(header.to_string()), B64URL.encode(payload));
    sign_text(key, &signed)
}

fn sign_text(key: &RsaKey, signed: &str) -> String {
    let pair = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(&key.pkcs8()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", B64URL.encode(signature))
}

fn read(token: &str, key: &VerifyKey) -> Result<Value, JwsError> {
    Unverified::parse(token, MAX)?.verify(key)
}

#[test]
fn a_signed_token_is_read_back_here_and_by_another_library() {
    let key = RsaKey::from_pkcs8(&RsaKey::generate().unwrap().pkcs8()).unwrap();
    let claims = json!({"sub": "mara", "exp": 4_000_000_000_i64, "aud": ["a"]});
    let token = key.sign("k1", &claims).unwrap();
    let parsed = Unverified::parse(&token, MAX).unwrap();
    assert_eq!((parsed.kid(), parsed.typ()), (Some("k1"), Some("JWT")));
    assert_eq!(read(&token, &key.verify_key().unwrap()).unwrap(), claims);

    let (n, e) = key.modulus_exponent();
    assert_eq!(e, "AQAB");
    let theirs = jsonwebtoken::DecodingKey::from_rsa_components(&n, &e).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&["a"]);
    let data = jsonwebtoken::decode::<Value>(&token, &theirs, &rules).unwrap();
    assert_eq!(data.claims, claims);
}

#[test]
fn claims_that_are_no_object_are_not_signed() {
    let key = RsaKey::generate().unwrap();
    assert!(matches!(key.sign("k", &json!([1])), Err(SignError::NotAnObject)));
}

#[test]
fn a_foreign_key_or_a_changed_byte_is_refused() {
    let key = RsaKey::generate().unwrap();
    let ours = key.verify_key().unwrap();
    let other = RsaKey::generate().unwrap().verify_key().unwrap();
    let token = key.sign("k1", &json!({"sub": "mara"})).unwrap();
    assert_eq!(read(&token, &other), Err(JwsError::Signature));
    for position in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(read(&changed, &ours).is_err(), "byte {position}");
    }
    assert!(read(&token[..token.len() - 1], &ours).is_err());
    assert!(read(&format!("{token}="), &ours).is_err());
    assert!(read(&format!("{token}."), &ours).is_err());
    assert!(read(&format!(" {token}"), &ours).is_err());
}

#[test]
fn a_token_of_ours_is_known_by_its_header_and_taken_only_with_its_signature() {
    let key = RsaKey::generate().unwrap();
    let (ours, header) = (key.verify_key().unwrap(), RsaKey::header("k1").unwrap());
    let token = key.sign("k1", &json!({"sub": "mara"})).unwrap();
    let short = |token: &str| Some(Unverified::of_ours(token, MAX, &header, "k1")?.verify_ours::<Value>(&ours));
    assert_eq!(short(&token), Some(Ok(json!({"sub": "mara"}))));
    assert!(short(&key.sign("k2", &json!({})).unwrap()).is_none(), "another key's");
    assert!(Unverified::of_ours(&token, token.len() - 1, &header, "k1").is_none(), "too long");
    let other = RsaKey::generate().unwrap().sign("k1", &json!({"sub": "mara"})).unwrap();
    assert_eq!(short(&other), Some(Err(JwsError::Signature)));
    for position in (0..token.len()).step_by(5) {
        let mut bytes = token.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(!matches!(short(&changed), Some(Ok(_))), "byte {position}");
    }
    for odd in ["", &header, &format!("{header}."), &format!("{header}.."), &format!("{token}.x"), &format!("{header}.e30")] {
        assert!(!matches!(short(odd), Some(Ok(_))), "{odd}");
    }
}

// Attack case 30.
#[test]
fn the_header_never_chooses_how_a_token_is_verified() {
    let key = RsaKey::generate().unwrap();
    let ours = key.verify_key().unwrap();
    for alg in [json!("none"), json!("None"), json!("HS256"), json!("rs256"), json!("RS512"), json!("PS256"), json!(["RS256"]), json!(null)]
    {
        let token = assemble(&key, &json!({"alg": alg, "kid": "k1"}), "{}");
        assert!(matches!(read(&token, &ours), Err(JwsError::Algorithm(_))), "{alg}");
    }
    assert!(matches!(read(&assemble(&key, &json!({"kid": "k1"}), "{}"), &ours), Err(JwsError::Algorithm(_))));
    // The classic: an HMAC keyed with the public key.
    let (n, _) = key.modulus_exponent();
    let hmac = jsonwebtoken::encode(
        &jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256),
        &json!({"sub": "mara"}),
        &jsonwebtoken::EncodingKey::from_secret(n.as_bytes()),
    )
    .unwrap();
    assert!(matches!(read(&hmac, &ours), Err(JwsError::Algorithm(_))));
    for name in ["crit", "jwk", "jku", "x5u", "x5c", "cty"] {
        let token = assemble(&key, &json!({"alg": "RS256", name: ["JWT"]}), "{}");
        assert_eq!(read(&token, &ours), Err(JwsError::HeaderMember(name)));
    }
    let unsigned = format!("{}.{}.", B64URL.encode(r#"{"alg":"RS256"}"#), B64URL.encode("{}"));
    assert_eq!(read(&unsigned, &ours), Err(JwsError::Signature));
}

// Attack case 30.
#[test]
fn doubled_members_odd_key_ids_and_odd_shapes_are_refused() {
    let key = RsaKey::generate().unwrap();
    let ours = key.verify_key().unwrap();
    let doubled = format!("{}.{}", B64URL.encode(r#"{"alg":"none","alg":"RS256"}"#), B64URL.encode("{}"));
    assert!(matches!(read(&sign_text(&key, &doubled), &ours), Err(JwsError::Json { part: "header", .. })));
    let payload = assemble(&key, &json!({"alg": "RS256"}), r#"{"a":1,"a":2}"#);
    assert!(matches!(read(&payload, &ours), Err(JwsError::Json { part: "payload", .. })));
    for kid in [json!(7), json!("k".repeat(300)), json!(null)] {
        let token = assemble(&key, &json!({"alg": "RS256", "kid": kid}), "{}");
        assert_eq!(read(&token, &ours), Err(JwsError::KeyId));
    }
    for odd in ["", ".", "..", "...", "a.b", "a.b.c.d", "e30.e30.e30=", "e30.e30", "\u{1F980}.e30.e30"] {
        assert!(read(odd, &ours).is_err(), "{odd}");
    }
    let long = "a".repeat(MAX + 1);
    assert!(matches!(Unverified::parse(&long, MAX), Err(JwsError::TooLong { .. })));
}

#[test]
fn weak_and_malformed_public_keys_are_refused() {
    let (n, e) = RsaKey::generate().unwrap().modulus_exponent();
    assert!(VerifyKey::from_jwk(&n, &e).is_ok());
    let short = B64URL.encode([0xC3_u8; 128]);
    assert_eq!(VerifyKey::from_jwk(&short, &e).unwrap_err(), KeyError::Size(1024));
    let long = B64URL.encode([0xC3_u8; 1024]);
    assert!(VerifyKey::from_jwk(&long, &e).is_err());
    for bad_e in ["", "AA", "AQ", "Ag", "!", "AQABAQABAQABAQAB"] {
        assert!(VerifyKey::from_jwk(&n, bad_e).is_err(), "{bad_e}");
    }
    for bad_n in ["", "AA", "****"] {
        assert!(VerifyKey::from_jwk(bad_n, &e).is_err(), "{bad_n}");
    }
    assert!(RsaKey::from_pkcs8(b"nonsense").is_err());
}

#[test]
fn debug_output_shows_neither_key_nor_token() {
    let key = RsaKey::generate().unwrap();
    assert_eq!(format!("{key:?}"), "RsaKey(***)");
    let token = key.sign("k1", &json!({"sub": "mara"})).unwrap();
    let shown = format!("{:?}", Unverified::parse(&token, MAX).unwrap());
    assert!(!shown.contains(&token[..20]), "{shown}");
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,200}") {
        let _ = Unverified::parse(&text, MAX);
    }

    #[test]
    fn reading_three_parts_of_anything_never_panics(h in proptest::collection::vec(any::<u8>(), 0..80),
        p in proptest::collection::vec(any::<u8>(), 0..80), s in proptest::collection::vec(any::<u8>(), 0..80)) {
        let token = format!("{}.{}.{}", B64URL.encode(h), B64URL.encode(p), B64URL.encode(s));
        let _ = Unverified::parse(&token, MAX);
    }

    #[test]
    fn key_parts_of_anything_never_panic(n in ".{0,60}", e in ".{0,12}", der in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = VerifyKey::from_jwk(&n, &e);
        let _ = super::der::rsa_public_key(&der);
    }
}
