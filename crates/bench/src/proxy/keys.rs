//! The key that doorward signs with, read from its store while it does not run: for the token check of a peer, and for tokens that are as
//! good as doorward's own but were not seen yet.

use std::{ops::Range, sync::Arc, thread, time::SystemTime};

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use guard::keys::KeyRing;
use model::Timestamp;
use serde_json::Value;
use x509_parser::pem::parse_x509_pem;

use crate::world::{Person, server::Server};

/// No token is made that ends within this time: a load may be as long.
const SOON_SECS: i64 = 600;

/// The key.
pub struct Keys {
    ring: KeyRing,
    /// Public key as PEM.
    pub public_pem: String,
}

impl Keys {
    /// Opens the store; nobody else may have it open.
    pub async fn read(server: &Server) -> Result<Self> {
        let text = std::fs::read_to_string(server.sealing_key())?;
        let sealing: Option<Vec<u8>> =
            text.trim().as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()).collect();
        let sealing: [u8; 32] =
            sealing.and_then(|bytes| bytes.try_into().ok()).context("the sealing key is not 64 hexadecimal characters")?;
        let sealing_key = store::SealingKey::from_bytes(sealing);
        let config = store::Config { path: server.store(), sealing_key, now: Arc::new(now), cache: Default::default() };
        let store = store::Store::open(config).await.context("cannot open doorward's store")?;
        let snapshot = store.snapshot();
        let ring = KeyRing::load(&snapshot.keys);
        let certificate = snapshot.keys.first().context("doorward has no signing key")?.public.certificate.clone();
        store.close().await;
        let (_, pem) = parse_x509_pem(certificate.as_bytes()).context("the signing key's certificate is not PEM")?;
        let der = pem.parse_x509().context("the signing key's certificate cannot be read")?.tbs_certificate.subject_pki.raw.to_vec();
        Ok(Self { ring, public_pem: format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", wrapped(&STANDARD.encode(der))) })
    }

    /// Tokens of these people by their numbers: those that doorward issued, each with another end. The people take turns.
    pub fn tokens(&self, people: &[Person], numbers: Range<usize>) -> Result<Vec<String>> {
        let claims: Vec<Value> = people.iter().map(|person| claims(&person.token)).collect::<Result<_>>()?;
        let soon = now().plus_secs(SOON_SECS).secs();
        let one = |n: usize| {
            let mut claims = claims[n % claims.len()].clone();
            let end = claims["exp"].as_i64().context("a token without an end")? - 1 - i64::try_from(n / people.len())?;
            ensure!(end > soon, "so few people cannot have {n} tokens: each is a second shorter");
            claims["exp"] = end.into();
            self.ring.sign(&claims).map_err(anyhow::Error::from)
        };
        let (threads, all) = (thread::available_parallelism().map_or(1, usize::from), numbers.collect::<Vec<_>>());
        let mut parts = Vec::new();
        thread::scope(|scope| {
            let run = |part: &[usize]| part.iter().copied().map(&one).collect::<Result<Vec<String>>>();
            let started: Vec<_> = all.chunks(all.len().div_ceil(threads).max(1)).map(|part| scope.spawn(move || run(part))).collect();
            parts.extend(started.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("signing failed"))));
        });
        let mut tokens = Vec::with_capacity(all.len());
        for part in parts {
            tokens.extend(part??);
        }
        Ok(tokens)
    }
}

/// The claims of a token.
pub fn claims(token: &str) -> Result<Value> {
    let body = token.split('.').nth(1).context("a token without claims")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body)?)?)
}

fn wrapped(text: &str) -> String {
    text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_secs(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
