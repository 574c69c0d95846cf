//! Secrets that doorward hands out: prefix, random part and checksum, so that a leak is recognised and a typo is found early.

use std::collections::BTreeSet;

use model::{
    ApiTokenId, Secret, Timestamp,
    api_token::{ApiToken, Permission, RequestIp, Resources},
};
use rand::{CryptoRng, RngExt};
use store::{Purpose, Sealer};

/// Prefix of API tokens.
const API_TOKEN: &str = "dw_";
/// Prefix of service-token secrets.
const SERVICE_TOKEN: &str = "cfast_";
/// Prefix of SCIM bearer secrets.
const SCIM: &str = "dws_";
/// Random characters: 40 of 62 are 238 bits.
const RANDOM: usize = 40;
/// Hexadecimal digits of the checksum.
const CHECKSUM: usize = 8;
const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What a new API token shall be.
#[derive(Debug, Clone, Default)]
pub struct TokenOrder {
    /// Name.
    pub name: String,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// The only objects it may be used on; `None`: no such limit.
    pub resources: Option<Resources>,
    /// Addresses it may be used from.
    pub request_ip: RequestIp,
    /// When it begins; `None` at once.
    pub not_before: Option<Timestamp>,
    /// When it ends; `None` never.
    pub expires_at: Option<Timestamp>,
}

/// Makes an API token. The secret is returned this once; the token holds its keyed hash only.
pub fn new_token<R: CryptoRng + ?Sized>(rng: &mut R, sealer: &Sealer, order: TokenOrder, now: Timestamp) -> (ApiToken, Secret) {
    let (secret, secret_hash) = new_value(rng, sealer);
    let token = ApiToken {
        id: ApiTokenId::from_bytes(rng.random()),
        name: order.name,
        secret_hash,
        permissions: order.permissions,
        resources: order.resources,
        request_ip: order.request_ip,
        enabled: true,
        not_before: order.not_before,
        expires_at: order.expires_at,
        created_at: now,
        updated_at: now,
    };
    (token, secret)
}

/// The text of an API token and its keyed hash.
pub(crate) fn new_value<R: CryptoRng + ?Sized>(rng: &mut R, sealer: &Sealer) -> (Secret, Secret) {
    let secret = random(rng, API_TOKEN);
    let hash = sealer.hash(Purpose::ApiToken, secret.expose());
    (secret, hash)
}

/// A fresh service-token secret.
pub(crate) fn service_secret<R: CryptoRng + ?Sized>(rng: &mut R) -> Secret {
    random(rng, SERVICE_TOKEN)
}

/// A fresh SCIM bearer secret.
pub(crate) fn scim_secret<R: CryptoRng + ?Sized>(rng: &mut R) -> Secret {
    random(rng, SCIM)
}

/// True when a text has the form of an API token, checksum included. Says nothing about its being known.
pub(crate) fn is_api_token(text: &str) -> bool {
    let Some(body) = text.strip_prefix(API_TOKEN) else { return false };
    if body.len() != RANDOM + CHECKSUM || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (signed, checksum) = text.split_at(text.len() - CHECKSUM);
    format!("{:08x}", crc32(signed.as_bytes())) == checksum
}

fn random<R: CryptoRng + ?Sized>(rng: &mut R, prefix: &str) -> Secret {
    let mut text = prefix.to_owned();
    text.extend((0..RANDOM).map(|_| char::from(BASE62[rng.random_range(0..BASE62.len())])));
    let checksum = crc32(text.as_bytes());
    Secret::new(format!("{text}{checksum:08x}"))
}

/// CRC-32 (ISO-HDLC, the one of gzip): it finds typing errors, it protects nothing.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_token_is_recognised_and_a_typo_is_not() {
        let token = random(&mut rand::rng(), API_TOKEN);
        assert_eq!(token.expose().len(), 3 + RANDOM + CHECKSUM);
        assert!(is_api_token(token.expose()));
        let mut typo = token.expose().to_owned().into_bytes();
        typo[10] = if typo[10] == b'a' { b'b' } else { b'a' };
        assert!(!is_api_token(std::str::from_utf8(&typo).unwrap()));
        assert!(!is_api_token(scim_secret(&mut rand::rng()).expose()));
        assert!(!is_api_token("dw_"));
        assert!(service_secret(&mut rand::rng()).expose().starts_with("cfast_"));
    }
}
