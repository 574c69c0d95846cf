//! Tokens of providers that are not Entra, signed by another library.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::*;
use crate::jws::RsaKey;

const NOW: i64 = 1_790_000_000;
const CLIENT: &str = "doorward";
const ISSUER: &str = "https://id.harbourworks.example";

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "mara", "iat": NOW, "exp": NOW + 300, "nonce": "n-1", "amr": ["pwd"], "sid": "s-1"})
}

fn jwk(key: &RsaKey, kid: Option<&str>) -> Value {
    let (n, e) = key.modulus_exponent();
    let mut jwk = json!({"kty": "RSA", "n": n, "e": e});
    if let Some(kid) = kid {
        jwk["kid"] = json!(kid);
    }
    jwk
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn check(token: &str, keys: &KeySet) -> Result<Claims, IdTokenError> {
    let expected = Expected { client_id: CLIENT, is_issuer: &|iss| iss == ISSUER, nonce: Some("n-1"), now_secs: NOW };
    validate(token, keys, &expected)
}

fn signed(algorithm: jsonwebtoken::Algorithm, kid: Option<&str>, claims: &Value, key: &EncodingKey) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

/// A key of a curve: signs tokens of its algorithm, and its public half.
struct Point {
    pair: EcdsaKeyPair,
    algorithm: &'static str,
    jwk: Value,
}

fn point(curve: &str) -> Point {
    let (means, algorithm) = match curve {
        "P-256" => (&ECDSA_P256_SHA256_FIXED_SIGNING, "ES256"),
        "P-384" => (&ECDSA_P384_SHA384_FIXED_SIGNING, "ES384"),
        _ => (&ECDSA_P521_SHA512_FIXED_SIGNING, "ES512"),
    };
    let pair = EcdsaKeyPair::generate(means).unwrap();
    let bytes = &pair.public_key().as_ref()[1..];
    let (x, y) = bytes.split_at(bytes.len() / 2);
    let jwk = json!({"kty": "EC", "crv": curve, "kid": "k1", "x": B64URL.encode(x), "y": B64URL.encode(y)});
    Point { pair, algorithm, jwk }
}

impl Point {
    /// Signs by hand, under the algorithm that the header is to name.
    fn sign(&self, algorithm: &str, claims: &Value) -> String {
        let header = json!({"alg": algorithm, "kid": "k1"});
        let text = format!("{}.{}", B64URL.encode(header.to_string()), B64URL.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", B64URL.encode(signature))
    }
}

#[test]
fn every_algorithm_that_fits_the_key_is_accepted() {
    use jsonwebtoken::Algorithm as A;
    let key = RsaKey::generate().unwrap();
    let keys = set(&[jwk(&key, Some("k1"))]);
    let signer = EncodingKey::from_rsa_pem(pem(&key).as_bytes()).unwrap();
    for algorithm in [A::RS256, A::RS384, A::RS512, A::PS256, A::PS384, A::PS512] {
        let found = check(&signed(algorithm, Some("k1"), &claims(), &signer), &keys).unwrap();
        assert_eq!((found.sub.as_str(), found.sid.as_deref(), found.amr.len()), ("mara", Some("s-1"), 1), "{algorithm:?}");
    }
    for curve in ["P-256", "P-384", "P-521"] {
        let signer = point(curve);
        let token = signer.sign(signer.algorithm, &claims());
        assert_eq!(check(&token, &set(std::slice::from_ref(&signer.jwk))).unwrap().sub, "mara", "{curve}");
    }
}

// Attack case 30, on curves: the algorithm belongs to the curve, and a signature has one form only.
#[test]
fn a_curve_verifies_its_own_algorithm_in_its_own_form() {
    for curve in ["P-256", "P-384", "P-521"] {
        let signer = point(curve);
        let keys = set(std::slice::from_ref(&signer.jwk));
        for algorithm in ["ES256", "ES384", "ES512"].into_iter().filter(|algorithm| *algorithm != signer.algorithm) {
            let token = signer.sign(algorithm, &claims());
            assert!(matches!(check(&token, &keys), Err(IdTokenError::UnknownKey(_))), "{curve} {algorithm}");
        }
        let token = signer.sign(signer.algorithm, &claims());
        let (text, signature) = token.rsplit_once('.').unwrap();
        let bytes = B64URL.decode(signature).unwrap();
        let der = {
            // Short-form lengths would not do for P-521; an opening tag and two plausible numbers are enough to be the other form.
            let (r, s) = bytes.split_at(bytes.len() / 2);
            let number = |n: &[u8]| [&[2, u8::try_from(n.len() + 1).unwrap(), 0][..], n].concat();
            let body = [number(r), number(s)].concat();
            let length = u8::try_from(body.len()).unwrap();
            let head = if length < 128 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
            [head, body].concat()
        };
        for wrong in [der, bytes[1..].to_vec(), [&[0][..], &bytes].concat(), vec![0; bytes.len()], vec![]] {
            let token = format!("{text}.{}", B64URL.encode(&wrong));
            assert_eq!(check(&token, &keys), Err(IdTokenError::Token(JwsError::Signature)), "{curve}, {} bytes", wrong.len());
        }
        // A point that is not on the curve, and one of another curve's length.
        for (member, value) in [("x", B64URL.encode([7; 32])), ("y", signer.jwk["x"].as_str().unwrap().to_owned())] {
            let mut astray = signer.jwk.clone();
            astray[member] = json!(value);
            assert!(check(&token, &set(&[astray])).is_err(), "{curve} {member}");
        }
    }
    let mut foreign = point("P-256").jwk;
    foreign["x"] = json!(B64URL.encode([1; 48]));
    assert!(KeySet::parse(json!({ "keys": [foreign] }).to_string().as_bytes()).is_err());
}

fn pem(key: &RsaKey) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(key.pkcs8()))
}

// Attack case 30.
#[test]
fn no_signature_and_the_public_key_as_a_secret_are_refused() {
    let key = RsaKey::generate().unwrap();
    let keys = set(&[jwk(&key, Some("k1"))]);
    let payload = B64URL.encode(claims().to_string());
    for header in [
        r#"{"alg":"none","kid":"k1"}"#,
        r#"{"alg":"None","kid":"k1"}"#,
        r#"{"alg":"ES256","kid":"k1"}"#,
        r#"{"alg":"RS256","alg":"none","kid":"k1"}"#,
        r#"{"alg":"RS256","kid":"k1","jwk":{}}"#,
        r#"{"alg":"RS256","kid":"k1","jku":"https://evil.test"}"#,
        r#"{"alg":"RS256","kid":"k1","crit":["x"]}"#,
    ] {
        assert!(check(&format!("{}.{payload}.AAAA", B64URL.encode(header)), &keys).is_err(), "{header}");
    }
    let (n, _) = key.modulus_exponent();
    let forged = signed(jsonwebtoken::Algorithm::HS256, Some("k1"), &claims(), &EncodingKey::from_secret(n.as_bytes()));
    assert!(matches!(check(&forged, &keys), Err(IdTokenError::Token(JwsError::Algorithm(a))) if a == "HS256"));
    // A key that says what it is for is not used for anything else.
    let mut bound = jwk(&key, Some("k1"));
    bound["alg"] = json!("PS256");
    let token = key.sign("k1", &claims()).unwrap();
    assert!(matches!(check(&token, &set(&[bound])), Err(IdTokenError::UnknownKey(_))));
}

#[test]
fn a_token_without_key_id_needs_a_set_with_one_key_that_fits() {
    let (key, other) = (RsaKey::generate().unwrap(), RsaKey::generate().unwrap());
    let signer = EncodingKey::from_rsa_pem(pem(&key).as_bytes()).unwrap();
    let token = signed(jsonwebtoken::Algorithm::RS256, None, &claims(), &signer);
    assert!(check(&token, &set(&[jwk(&key, Some("k1"))])).is_ok());
    assert!(check(&token, &set(&[jwk(&key, None), point("P-256").jwk])).is_ok());
    assert_eq!(check(&token, &set(&[jwk(&key, None), jwk(&other, None)])), Err(IdTokenError::NoKeyId));
    assert!(KeySet::parse(br#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#).is_err());
}

// Attack cases 29 and 36.
#[test]
fn tokens_for_somebody_else_or_another_time_are_refused() {
    let key = RsaKey::generate().unwrap();
    let keys = set(&[jwk(&key, Some("k1"))]);
    for (name, value) in [
        ("iss", json!("https://evil.test")),
        ("aud", json!("another")),
        ("aud", json!([CLIENT, "another"])),
        ("azp", json!("another")),
        ("nonce", json!("n-2")),
        ("exp", json!(NOW - 60)),
        ("exp", json!("soon")),
        ("iat", json!(NOW + 61)),
        ("nbf", json!(NOW + 61)),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        assert!(check(&key.sign("k1", &claims).unwrap(), &keys).is_err(), "{name}: {value}");
    }
    for (name, value) in [("exp", json!(NOW - 59)), ("iat", json!(NOW + 60)), ("aud", json!([CLIENT])), ("azp", json!(CLIENT))] {
        let mut claims = claims();
        claims[name] = value.clone();
        assert!(check(&key.sign("k1", &claims).unwrap(), &keys).is_ok(), "{name}: {value}");
    }
}
