//! Owns randomness: tokens and numbers from the machine's source.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Fills an array with random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut room = [0u8; N];
    fill(&mut room);
    room
}

fn fill(room: &mut [u8]) {
    if aws_lc_rs::rand::fill(room).is_err() {
        // The machine's source never fails once seeded; a random GUID stands in for it.
        for part in room.chunks_mut(16) {
            let guid = uuid::Uuid::new_v4();
            part.copy_from_slice(&guid.as_bytes()[..part.len()]);
        }
    }
}

/// A random text of `length` base64url characters.
pub fn token(length: usize) -> String {
    let mut room = vec![0u8; length * 3 / 4 + 1];
    fill(&mut room);
    let mut text = URL_SAFE_NO_PAD.encode(room);
    text.truncate(length);
    text
}

/// A random whole number in `low..=high`.
pub fn between(low: i64, high: i64) -> i64 {
    let drawn = u32::from_be_bytes(bytes::<4>());
    low + i64::from(drawn) % (high - low + 1)
}
