//! Session tickets: sessions are resumed on any thread, under keys that are forgotten after some hours.
//!
//! Each TLS setting has keys of its own, so that a session of one is worthless in another. A ticket is the key's number, a nonce, and
//! the sealed session. No lock: the keys in use are one value that is replaced.

use std::fmt;

use arc_swap::ArcSwap;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand,
};
use rustls::server::ProducesTickets;

/// How long a key seals new tickets, in seconds; it opens them as long again.
pub(crate) const KEY_LIFE_SECS: u32 = 6 * 3600;
const NUMBER_LEN: usize = 8;

/// Seals and opens tickets of one TLS setting.
pub(crate) struct Tickets(ArcSwap<Keys>);

struct Keys {
    current: Key,
    previous: Option<Key>,
}

#[derive(Clone)]
struct Key {
    number: [u8; NUMBER_LEN],
    seal: std::sync::Arc<LessSafeKey>,
}

/// The machine gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("no random numbers for the keys of TLS sessions")]
pub struct NoRandom;

impl Tickets {
    pub(crate) fn new() -> Result<Self, NoRandom> {
        Ok(Self(ArcSwap::from_pointee(Keys { current: Key::random()?, previous: None })))
    }

    /// A new key; the one before opens tickets until the next call, the one before that is forgotten.
    pub(crate) fn rotate(&self) -> Result<(), NoRandom> {
        let previous = Some(self.0.load().current.clone());
        self.0.store(std::sync::Arc::new(Keys { current: Key::random()?, previous }));
        Ok(())
    }
}

impl Key {
    fn random() -> Result<Self, NoRandom> {
        let (mut number, mut bytes) = ([0; NUMBER_LEN], zeroize::Zeroizing::new([0; 32]));
        rand::fill(&mut number).map_err(|_| NoRandom)?;
        rand::fill(bytes.as_mut_slice()).map_err(|_| NoRandom)?;
        let seal = UnboundKey::new(&AES_256_GCM, bytes.as_slice()).map_err(|_| NoRandom)?;
        Ok(Self { number, seal: std::sync::Arc::new(LessSafeKey::new(seal)) })
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }
    fn lifetime(&self) -> u32 {
        KEY_LIFE_SECS
    }
    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let key = &self.0.load().current;
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).ok()?;
        let mut sealed = plain.to_vec();
        let aad = Aad::from(key.number);
        key.seal.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some([key.number.as_slice(), nonce.as_slice(), sealed.as_slice()].concat())
    }
    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let (number, rest) = ticket.split_at_checked(NUMBER_LEN)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        let keys = self.0.load();
        let key = std::iter::once(&keys.current).chain(&keys.previous).find(|key| key.number == number)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        let length = key.seal.open_in_place(nonce, Aad::from(key.number), &mut opened).ok()?.len();
        opened.truncate(length);
        Some(opened)
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tickets(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_two_keys_and_only_where_it_was_made() {
        let (one, other) = (Tickets::new().unwrap(), Tickets::new().unwrap());
        let ticket = one.encrypt(b"a session").unwrap();
        assert!(!ticket.windows(9).any(|w| w == b"a session"));
        assert_eq!(one.decrypt(&ticket).as_deref(), Some(b"a session".as_slice()));
        assert_eq!(other.decrypt(&ticket), None, "another setting's");
        one.rotate().unwrap();
        assert_eq!(one.decrypt(&ticket).as_deref(), Some(b"a session".as_slice()));
        assert_ne!(one.encrypt(b"a session").unwrap()[..NUMBER_LEN], ticket[..NUMBER_LEN], "new tickets are under the new key");
        one.rotate().unwrap();
        assert_eq!(one.decrypt(&ticket), None, "its key is forgotten");
    }

    #[test]
    fn a_ticket_that_was_touched_or_cut_opens_nothing() {
        let tickets = Tickets::new().unwrap();
        let ticket = tickets.encrypt(b"a session").unwrap();
        for at in 0..ticket.len() {
            let mut touched = ticket.clone();
            touched[at] ^= 1;
            assert_eq!(tickets.decrypt(&touched), None, "byte {at}");
            assert_eq!(tickets.decrypt(&ticket[..at]), None, "cut at {at}");
        }
    }
}
