//! Signing keys of the account: generation, the self-signed certificate, and the published set.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{KeyId, Secret, Timestamp, key::SigningKey};
use oidc::jws::{RsaKey, Unverified, VerifyKey};
use serde_json::{Value, json};
use store::LoadedKey;

use crate::token::MAX_TOKEN;

/// A signing key could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The RSA key.
    #[error("the signing key could not be made or read: {0}")]
    Rsa(String),
    /// Its certificate.
    #[error("the certificate of the signing key could not be made")]
    Certificate(#[source] rcgen::Error),
}

/// Makes a fresh RS256 key with its self-signed certificate. Takes a tenth of a second or more: never on the request path.
pub fn generate(now: Timestamp, team_host: &str) -> Result<(SigningKey, Secret), KeyError> {
    let key = RsaKey::generate().map_err(|e| KeyError::Rsa(e.to_string()))?;
    let der = key.pkcs8();
    let (n, e) = key.modulus_exponent();
    let certificate = self_signed(&der, team_host).map_err(KeyError::Certificate)?;
    let id = KeyId::from_bytes(rand::random());
    let public = SigningKey { id, n, e, certificate, created_at: now, retires_at: None };
    Ok((public, Secret::new(STANDARD.encode(der))))
}

fn self_signed(pkcs8: &[u8], team_host: &str) -> Result<String, rcgen::Error> {
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.to_vec());
    let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256)?;
    let mut params = rcgen::CertificateParams::new(vec![team_host.to_owned()])?;
    params.distinguished_name.push(rcgen::DnType::CommonName, team_host);
    Ok(params.self_signed(&pair)?.pem())
}

/// Keys ready for use: the current one signs, all published ones verify.
pub struct KeyRing {
    current: Option<(KeyId, RsaKey)>,
    verify: HashMap<Arc<str>, (VerifyKey, Option<Timestamp>), foldhash::fast::RandomState>,
    published: Vec<SigningKey>,
    /// How the tokens of each key begin, with its id.
    headers: Vec<(String, Arc<str>)>,
}

impl KeyRing {
    /// Parses the keys of a snapshot once. A key that cannot be read is left out and named in the log.
    pub fn load(keys: &[Arc<LoadedKey>]) -> Self {
        let mut ring = Self { current: None, verify: HashMap::default(), published: Vec::new(), headers: Vec::new() };
        for key in keys {
            let public = &key.public;
            match VerifyKey::from_jwk(&public.n, &public.e) {
                Ok(v) => {
                    let kid: Arc<str> = public.id.as_str().into();
                    ring.verify.insert(kid.clone(), (v, public.retires_at));
                    ring.published.push(public.clone());
                    ring.headers.extend(RsaKey::header(&kid).ok().map(|header| (header, kid)));
                }
                Err(e) => tracing::error!(kid = %public.id, error = %e, "a signing key cannot be used for checking"),
            }
            if public.retires_at.is_none() && ring.current.is_none() {
                match private(key) {
                    Ok(k) => ring.current = Some((public.id.clone(), k)),
                    Err(e) => tracing::error!(kid = %public.id, error = %e, "the current signing key cannot be read"),
                }
            }
        }
        ring
    }

    /// The key a token names, unless its time is over.
    pub fn verifier(&self, kid: &str, now: Timestamp) -> Option<&VerifyKey> {
        self.named(kid, now).map(|(_, key)| key)
    }

    /// The same with its id, which is the same for all tokens that name it.
    pub(crate) fn named(&self, kid: &str, now: Timestamp) -> Option<(&Arc<str>, &VerifyKey)> {
        let (kid, (key, retires)) = self.verify.get_key_value(kid)?;
        retires.is_none_or(|t| now < t).then_some((kid, key))
    }

    /// A token of ours, or what claims to be one: its signature is still to be checked.
    pub(crate) fn read<'a>(&'a self, token: &'a str) -> Option<Unverified<'a>> {
        let ours = self.headers.iter().find_map(|(header, kid)| Unverified::of_ours(token, MAX_TOKEN, header, kid));
        ours.or_else(|| Unverified::parse(token, MAX_TOKEN).ok())
    }

    /// The key that signs.
    pub fn current(&self) -> Option<&KeyId> {
        self.current.as_ref().map(|(kid, _)| kid)
    }

    /// Signs claims with the current key.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let (kid, key) = self.current.as_ref().ok_or_else(|| KeyError::Rsa("there is no current signing key".into()))?;
        key.sign(kid.as_str(), claims).map_err(|e| KeyError::Rsa(e.to_string()))
    }

    /// The body of `/cdn-cgi/access/certs`: JWKs of the current and the retired-but-good keys, and their certificates.
    pub fn certs(&self, now: Timestamp) -> Value {
        let good: Vec<&SigningKey> = self.published.iter().filter(|k| k.retires_at.is_none_or(|t| now < t)).collect();
        let cert = |k: &SigningKey| json!({"kid": k.id, "cert": k.certificate});
        json!({
            "keys": good.iter().map(|k| json!({"kid": k.id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": k.e, "n": k.n})).collect::<Vec<_>>(),
            "public_cert": good.first().map(|k| cert(k)),
            "public_certs": good.iter().map(|k| cert(k)).collect::<Vec<_>>(),
        })
    }
}

fn private(key: &LoadedKey) -> Result<RsaKey, KeyError> {
    let der = STANDARD.decode(key.private_pkcs8.expose()).map_err(|_| KeyError::Rsa("the stored key is not base64".into()))?;
    RsaKey::from_pkcs8(&der).map_err(|e| KeyError::Rsa(e.to_string()))
}
