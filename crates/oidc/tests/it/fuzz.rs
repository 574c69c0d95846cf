//! Mutated tokens, begun from the corpora in `tests/fuzz`: what is read has one reading, and what is taken was signed just so.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use mutation::Corpus;
use oidc::{
    id_token,
    issuer::Issuer,
    jwks::JwkSet,
    jws::{Algorithm, RsaKey, Unverified},
    standard,
};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Value, json};

const MAX: usize = 4096;
const NOW: i64 = 1_790_000_000;
const TENANT: &str = "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10";

/// Pieces of compact tokens, and of the JSON inside.
const PIECES: [&[u8]; 32] = [
    b".",
    b"..",
    b"=",
    b"-",
    b"_",
    b"+",
    b"/",
    b" ",
    b"\t",
    b"\0",
    b"\"",
    b"\\",
    b"\\u0061",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e99",
    b"-1",
    b"\xc3\xa9",
    b"\xff",
    b"e30",
    b"\"alg\":\"none\",",
    b"\"aud\":\"door\",",
    b"\"exp\":0,",
    b"\"jwk\":{},",
    b"\"kid\":\"k2\",",
    b"\"sub\":\"x\",",
    b"eyJhbGciOiJub25lIn0",
];

fn json_of(part: &str) -> Value {
    // The last of two members of a name wins here.
    serde_json::from_slice(&B64URL.decode(part).unwrap()).unwrap()
}

#[test]
fn a_compact_token_has_one_reading_and_only_the_signed_one_is_taken() {
    let key = RsaKey::generate().unwrap();
    let (public, header) = (key.verify_key().unwrap(), RsaKey::header("k1").unwrap());
    let genuine = key.sign("k1", &json!({"sub": "mara", "aud": ["door"]})).unwrap();
    let foreign = RsaKey::generate().unwrap().sign("k1", &json!({"sub": "mara", "aud": ["door"]})).unwrap();
    Corpus::of_lines(include_str!("../fuzz/token.txt"), &PIECES).and(genuine.clone()).and(genuine.clone()).and(foreign).fuzz(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let (ours, read) = (Unverified::of_ours(text, MAX, &header, "k1"), Unverified::parse(text, MAX));
        if let Some(ours) = &ours {
            let told = |token: &Unverified<'_>| (token.kid().map(str::to_owned), token.typ().map(str::to_owned), token.algorithm());
            assert_eq!(Some(told(ours)), read.as_ref().ok().map(told), "the short way is no more lenient than the long one");
        }
        let taken = [ours.and_then(|t| t.verify_ours::<Value>(&public).ok()), read.ok().and_then(|t| t.verify::<Value>(&public).ok())];
        assert!(text == genuine || taken == [None, None], "something else than what was signed was taken");
        let Ok(read) = Unverified::parse_any(text, MAX, &Algorithm::ALL) else { return };
        let parts: Vec<&str> = text.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { panic!("not three parts") };
        for part in [header, signature] {
            assert_eq!(B64URL.encode(B64URL.decode(part).unwrap()), **part, "bytes have one spelling");
        }
        assert!(text.len() <= MAX && !header.is_empty() && !payload.is_empty());
        let members = json_of(header);
        assert_eq!(members["alg"], read.algorithm().as_str());
        assert_eq!(members.get("kid").map(|kid| kid.as_str().unwrap()), read.kid());
        assert!(["crit", "jwk", "jku", "x5u", "x5c", "cty"].iter().all(|name| members.get(name).is_none()), "{members}");
    });
}

/// True when no member of the object is named twice.
fn names_once(object: &[u8]) -> bool {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = bool;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<bool, A::Error> {
            let mut names: Vec<String> = Vec::new();
            while let Some((name, _)) = access.next_entry::<String, IgnoredAny>()? {
                names.push(name);
            }
            let all = names.len();
            names.sort();
            names.dedup();
            Ok(names.len() == all)
        }
    }
    serde_json::Deserializer::from_slice(object).deserialize_map(Names).unwrap()
}

/// Header and claims, as a line of the corpus has them, under a signature over just these bytes.
fn signed(input: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> Option<String> {
    let at = input.iter().position(|byte| *byte == b'\t')?;
    let text = format!("{}.{}", B64URL.encode(&input[..at]), B64URL.encode(&input[at + 1..]));
    let signature = B64URL.encode(sign(text.as_bytes()));
    Some(format!("{text}.{signature}"))
}

/// What every token that was taken says, to a reader that is not ours.
fn was_rightly_taken(token: &str, all: &serde_json::Map<String, Value>, client: &str, skew: i64) {
    let parts: Vec<&str> = token.split('.').collect();
    assert!(names_once(&B64URL.decode(parts[0]).unwrap()) && names_once(&B64URL.decode(parts[1]).unwrap()));
    let claims = json_of(parts[1]);
    assert_eq!(claims, Value::Object(all.clone()), "another reading than ours");
    let is_ours = |aud: &Value| aud.as_str().is_some_and(|aud| aud == client);
    assert!(is_ours(&claims["aud"]) || claims["aud"].as_array().is_some_and(|list| list.iter().any(is_ours)), "{claims}");
    assert!(claims["exp"].as_i64().unwrap() > NOW - skew && claims["nonce"] == "n-1", "{claims}");
    assert!(["nbf", "iat"].iter().all(|name| claims.get(name).is_none_or(|at| at.as_i64().unwrap() <= NOW + skew)), "{claims}");
    assert!(claims["sub"].as_str().is_some_and(|sub| !sub.is_empty()), "{claims}");
}

#[test]
fn what_a_provider_signs_is_taken_only_for_whom_and_when_it_says() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "kid": "k1", "x": B64URL.encode(x), "y": B64URL.encode(y)});
    let keys = standard::KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    let is_issuer = |iss: &str| iss == "https://id.harbourworks.example";
    let expected = standard::Expected { client_id: "door", is_issuer: &is_issuer, nonce: Some("n-1"), now_secs: NOW };
    let taken = std::cell::Cell::new(0);
    Corpus::of_lines(include_str!("../fuzz/claims.txt"), &PIECES).fuzz(|input| {
        let sign = |text: &[u8]| pair.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec();
        let Some(token) = signed(input, sign) else { return };
        let Ok(claims) = standard::validate(&token, &keys, &expected) else { return };
        taken.set(taken.get() + 1);
        was_rightly_taken(&token, &claims.all, "door", standard::SKEW_SECS);
        assert_eq!(claims.all["iss"], "https://id.harbourworks.example");
        assert!(claims.sub.len() <= 255);
    });
    assert!(taken.get() > 100, "{} taken: hardly any of the corpus is good", taken.get());
}

#[test]
fn what_entra_signs_is_taken_only_for_its_tenant() {
    let key = RsaKey::generate().unwrap();
    let pair = RsaKeyPair::from_pkcs8(&key.pkcs8()).unwrap();
    let (n, e) = key.modulus_exponent();
    let jwk = json!({"kty": "RSA", "kid": "k1", "n": n, "e": e, "issuer": "https://login.example/{tenantid}/v2.0"});
    let keys = JwkSet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    let issuer = Issuer::parse("https://login.example/{tenantid}/v2.0").unwrap();
    let tenants = [TENANT.to_owned()];
    let expected = id_token::Expected { client_id: "door", issuer: &issuer, tenants: &tenants, nonce: Some("n-1"), now_secs: NOW };
    let taken = std::cell::Cell::new(0);
    // Each of these is signed, which takes a millisecond.
    Corpus::of_lines(include_str!("../fuzz/entra_claims.txt"), &PIECES).runs(2_000).fuzz(|input| {
        let sign = |text: &[u8]| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
            signature
        };
        let Some(token) = signed(input, sign) else { return };
        let Ok(claims) = id_token::validate(&token, &keys, &expected) else { return };
        taken.set(taken.get() + 1);
        was_rightly_taken(&token, &claims.all, "door", id_token::SKEW_SECS);
        assert_eq!(claims.tid, TENANT);
        assert_eq!(claims.iss, format!("https://login.example/{TENANT}/v2.0"));
        assert!(claims.all["tid"].as_str().unwrap().eq_ignore_ascii_case(TENANT));
        assert!(claims.oid.len() == 36 && claims.oid == claims.oid.to_ascii_lowercase());
    });
    assert!(taken.get() > 5, "{} taken: hardly any of the corpus is good", taken.get());
}
