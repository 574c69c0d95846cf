//! Secrets at rest: keys derived per purpose, sealing, keyed hashes.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf, hmac,
};
use model::Secret;
use zeroize::{Zeroize as _, Zeroizing};

const NONCE_LEN: usize = 12;

/// The key that seals the store, with the one it replaces while that is going on. 256 bits each. Debug prints stars.
#[derive(Clone)]
pub struct SealingKey {
    current: [u8; 32],
    previous: Option<[u8; 32]>,
}

impl SealingKey {
    /// The key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { current: bytes, previous: None }
    }
    /// Seals a value as [`Sealer::seal`] does, for programs that hold the key and do not open the store.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        ring(&self.current).seal(purpose, aad, plain)
    }
    /// Also opens what this former key sealed; the store seals it anew when it is opened.
    #[must_use]
    pub fn with_previous(mut self, bytes: [u8; 32]) -> Self {
        self.previous = Some(bytes);
        self
    }
}
impl Drop for SealingKey {
    fn drop(&mut self) {
        self.current.zeroize();
        self.previous.zeroize();
    }
}
impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(***)")
    }
}

/// What a derived key is for; values of one purpose are worthless for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Values sealed in the store's own tables.
    StoredSecret,
    /// Secrets of service tokens.
    ServiceToken,
    /// API tokens.
    ApiToken,
    /// SCIM bearer secrets.
    ScimSecret,
    /// State of a sign-in that is under way.
    LoginState,
    /// Tickets that carry a sign-in from host to host.
    TransferTicket,
    /// Tokens against forged requests.
    Csrf,
    /// Start addresses and states of a login method's test: worthless as the state of a sign-in.
    LoginTest,
    /// One-time tokens of the console's local door.
    ConsoleDoor,
    /// What a browser holds that is signed in to the console.
    ConsoleSession,
}

impl Purpose {
    const ALL: [Self; 10] = [
        Self::StoredSecret,
        Self::ServiceToken,
        Self::ApiToken,
        Self::ScimSecret,
        Self::LoginState,
        Self::TransferTicket,
        Self::Csrf,
        Self::LoginTest,
        Self::ConsoleDoor,
        Self::ConsoleSession,
    ];
    /// Part of the derivation: never change one.
    const fn label(self) -> &'static str {
        match self {
            Self::StoredSecret => "stored-secret",
            Self::ServiceToken => "service-token",
            Self::ApiToken => "api-token",
            Self::ScimSecret => "scim-secret",
            Self::LoginState => "login-state",
            Self::TransferTicket => "transfer-ticket",
            Self::Csrf => "csrf",
            Self::LoginTest => "login-test",
            Self::ConsoleDoor => "console-door",
            Self::ConsoleSession => "console-session",
        }
    }
}

/// One sealing key, spread over its purposes.
struct Ring {
    id: String,
    keys: [LessSafeKey; 10],
    /// What the keys of backups are derived from.
    backup: Zeroizing<[u8; 32]>,
}

/// The sealing keys in use.
pub(crate) struct Rings {
    current: Ring,
    previous: Option<Ring>,
}

/// Seals, opens and hashes. Sealing keys come from the configured key; the key of hashes (the pepper) is made once, random, and kept
/// sealed in the store, so that replacing the sealing key leaves every hash good.
pub struct Sealer {
    rings: Rings,
    hashes: [hmac::Key; 10],
}

impl Rings {
    /// Derives the sealing keys (HKDF-SHA-256, RFC 5869).
    pub fn derive(key: &SealingKey) -> Self {
        Self { current: ring(&key.current), previous: key.previous.as_ref().map(ring) }
    }
    /// Name of the current key.
    pub fn key_id(&self) -> &str {
        &self.current.id
    }
    /// Seals a value of the table `secret`; the additional data pin it to its place and key.
    pub fn seal_row(&self, kind: &str, id: &str, plain: &[u8]) -> Vec<u8> {
        self.current.seal(Purpose::StoredSecret, &place(kind, id, self.key_id()), plain)
    }
    /// Opens a value of the table `secret`.
    pub fn open_row(&self, kind: &str, id: &str, key_id: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let ring = self.all().find(|ring| ring.id == key_id)?;
        ring.open(Purpose::StoredSecret, &place(kind, id, key_id), sealed).map(Zeroizing::new)
    }
    /// Name of the current key, as bytes.
    pub fn short_id(&self) -> [u8; 8] {
        short(&self.current)
    }
    /// The key of one backup, under the current sealing key.
    pub fn backup_key(&self, salt: &[u8]) -> LessSafeKey {
        self.current.backup_key(salt)
    }
    /// The key of one backup, under the sealing key of that name.
    pub fn backup_key_of(&self, id: &[u8; 8], salt: &[u8]) -> Option<LessSafeKey> {
        self.all().find(|ring| short(ring) == *id).map(|ring| ring.backup_key(salt))
    }
    fn all(&self) -> impl Iterator<Item = &Ring> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl Sealer {
    /// Joins the sealing keys with the keys of hashes.
    pub(crate) fn new(rings: Rings, pepper: &[u8]) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward pepper v1").extract(pepper);
        let hashes = Purpose::ALL.map(|p| hmac::Key::new(hmac::HMAC_SHA256, expand(&prk, &["hash", p.label()]).as_slice()));
        Self { rings, hashes }
    }
    pub(crate) const fn rings(&self) -> &Rings {
        &self.rings
    }

    /// Keyed hash (HMAC-SHA-256) of a machine's secret, in hexadecimal.
    pub fn hash(&self, purpose: Purpose, secret: &str) -> Secret {
        Secret::new(hex::encode(hmac::sign(&self.hashes[purpose as usize], secret.as_bytes())))
    }
    /// Compares a secret with a stored hash in constant time; a hash that is none matches nothing.
    pub fn matches(&self, purpose: Purpose, secret: &str, hash: &Secret) -> bool {
        let key = &self.hashes[purpose as usize];
        hex::decode(hash.expose()).is_ok_and(|tag| hmac::verify(key, secret.as_bytes(), &tag).is_ok())
    }
    /// Seals (AES-256-GCM-SIV, RFC 8452): nonce, then ciphertext. `aad` must be given again to open.
    pub fn seal(&self, purpose: Purpose, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        self.rings.current.seal(purpose, aad, plain)
    }
    /// Opens what was sealed for the purpose with the same `aad`, under the current key or the one it replaced; else `None`.
    pub fn open(&self, purpose: Purpose, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.rings.all().find_map(|ring| ring.open(purpose, aad, sealed))
    }
}
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({})", self.rings.key_id())
    }
}

fn short(ring: &Ring) -> [u8; 8] {
    let mut id = [0; 8];
    // It is the hexadecimal form of eight bytes.
    let _ = hex::decode_to_slice(&ring.id, &mut id);
    id
}

impl Ring {
    fn backup_key(&self, salt: &[u8]) -> LessSafeKey {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(self.backup.as_slice());
        let bytes = expand(&prk, &["doorward backup v1"]);
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, bytes.as_slice()).expect("32 bytes are the key's length"))
    }
    fn seal(&self, purpose: Purpose, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut body = plain.to_vec();
        let tagged = self.keys[purpose as usize].seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body);
        // Fails only for inputs beyond 2^36 bytes; then nothing comes out, and nothing opens it.
        if tagged.is_err() {
            body.zeroize();
            return Vec::new();
        }
        [&nonce[..], &body].concat()
    }
    fn open(&self, purpose: Purpose, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let len = self.keys[purpose as usize].open_in_place(nonce, Aad::from(aad), &mut body).ok()?.len();
        body.truncate(len);
        Some(body)
    }
}

fn ring(key: &[u8; 32]) -> Ring {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward sealing v1").extract(key);
    let id = expand(&prk, &["key id"]);
    let keys = Purpose::ALL.map(|p| {
        let bytes = expand(&prk, &["seal", p.label()]);
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, bytes.as_slice()).expect("32 bytes are the key's length"))
    });
    Ring { id: hex::encode(&id[..8]), keys, backup: expand(&prk, &["backup"]) }
}

fn expand(prk: &hkdf::Prk, info: &[&str]) -> Zeroizing<[u8; 32]> {
    let joined = info.join("|");
    let parts = [joined.as_bytes()];
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are one block of HMAC-SHA-256; the limit is 255 blocks.
    prk.expand(&parts, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(out.as_mut_slice())).expect("one block is within HKDF's limit");
    out
}

/// table | column | id | key id
fn place(kind: &str, id: &str, key_id: &str) -> Vec<u8> {
    format!("secret|ciphertext|{kind}/{id}|{key_id}").into_bytes()
}

#[cfg(test)]
mod tests;
