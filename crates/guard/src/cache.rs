//! Verified tokens, so that a signature is checked once. Bounded in bytes; two halves, the older one dropped whole.
//!
//! The key is a hash of the token, seeded anew at each start, and the whole token is compared, so a collision finds nothing: whoever
//! could make one would only push an entry of their own out.

use std::{
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwap;
use foldhash::quality::RandomState;

type Half<V> = papaya::HashMap<u64, Arc<V>, foldhash::fast::RandomState>;

/// What is remembered of a token, the token itself with it.
pub trait OfToken: Send + Sync + 'static {
    /// The token.
    fn token(&self) -> &[u8];
}

/// Cache of values by token text.
pub struct TokenCache<V> {
    young: ArcSwap<Half<V>>,
    old: ArcSwap<Half<V>>,
    bytes: AtomicUsize,
    half_limit: usize,
    seed: RandomState,
}

impl<V: OfToken> TokenCache<V> {
    /// A cache that holds at most about `limit` bytes. Values are taken as their token and 768 bytes each; what they share with others
    /// is not counted, so that values which keep something alive should be forgotten by [`Self::retain`].
    pub fn new(limit: usize) -> Self {
        Self {
            young: ArcSwap::from_pointee(papaya::HashMap::default()),
            old: ArcSwap::from_pointee(papaya::HashMap::default()),
            bytes: AtomicUsize::new(0),
            half_limit: (limit / 2).max(1),
            seed: RandomState::default(),
        }
    }

    /// The value of exactly this token.
    pub fn get(&self, token: &str) -> Option<Arc<V>> {
        let key = self.seed.hash_one(token.as_bytes());
        let hit = |half: &Half<V>| half.pin().get(&key).filter(|value| value.token() == token.as_bytes()).cloned();
        if let Some(value) = hit(&self.young.load()) {
            return Some(value);
        }
        let value = hit(&self.old.load())?;
        self.put_at(key, value.clone());
        Some(value)
    }

    /// Remembers a value.
    pub fn put(&self, value: Arc<V>) {
        self.put_at(self.seed.hash_one(value.token()), value);
    }

    fn put_at(&self, key: u64, value: Arc<V>) {
        let size = size(&*value);
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > self.half_limit {
            self.bytes.store(size, Ordering::Relaxed);
            let full = self.young.swap(Arc::new(Half::default()));
            self.old.store(full);
        }
        self.young.load().pin().insert(key, value);
    }

    /// Forgets every value that is not wanted any more.
    pub fn retain(&self, is_wanted: impl Fn(&V) -> bool) {
        let forgotten = |half: &Half<V>| -> usize {
            let pinned = half.pin();
            let unwanted: Vec<u64> = pinned.iter().filter(|(_, entry)| !is_wanted(entry)).map(|(key, _)| *key).collect();
            unwanted.iter().filter_map(|key| pinned.remove(key)).map(|entry| size(&**entry)).sum()
        };
        forgotten(&self.old.load());
        let freed = forgotten(&self.young.load());
        let _ = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bytes| Some(bytes.saturating_sub(freed)));
    }

    /// Bytes held, about: those of the younger half.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.young.store(Arc::new(papaya::HashMap::default()));
        self.old.store(Arc::new(papaya::HashMap::default()));
        self.bytes.store(0, Ordering::Relaxed);
    }
}

/// What an entry is taken as.
fn size(value: &impl OfToken) -> usize {
    value.token().len() + 768
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_any_more_is_let_go() {
        let cache = TokenCache::new(1_200 * 800);
        let values: Vec<Arc<Numbered>> = (0..1_000).map(|i| Arc::new(Numbered(format!("token-{i}"), i))).collect();
        values.iter().for_each(|value| cache.put(value.clone()));
        let bytes = cache.bytes();
        cache.retain(|value| value.1 % 10 == 0);
        let (mut found, mut held) = (0, 0);
        for value in &values {
            found += usize::from(cache.get(&value.0).is_some());
            held += usize::from(Arc::strong_count(value) > 1);
        }
        assert_eq!(found, 100, "in both halves");
        assert!(held < 300, "{held}: the map lets the last ones go later");
        assert!(cache.bytes() < bytes);
    }

    struct Numbered(String, u32);

    impl OfToken for Numbered {
        fn token(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }

    #[test]
    fn what_is_put_is_found_until_two_halves_have_passed() {
        let cache = TokenCache::new(20 * 800);
        for i in 0..100 {
            cache.put(Arc::new(Numbered(format!("token-{i}"), i)));
            assert_eq!(cache.get(&format!("token-{i}")).map(|found| found.1), Some(i));
        }
        assert!(cache.get("token-0").is_none(), "the oldest are gone");
        assert!(cache.get("token-10").is_none());
        cache.clear();
        assert!(cache.get("token-99").is_none());
    }
}
