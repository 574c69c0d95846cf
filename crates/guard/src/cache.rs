//! Verified tokens, so that a signature is checked once. Bounded in bytes; two halves, the older one dropped whole.
//!
//! The key is a seeded hash of the token, and the whole token is compared, so a collision finds nothing.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwap;

type Half<V> = papaya::HashMap<u64, Arc<Entry<V>>>;

struct Entry<V> {
    token: Box<str>,
    value: Arc<V>,
}

/// Cache of values by token text.
pub struct TokenCache<V> {
    young: ArcSwap<Half<V>>,
    old: ArcSwap<Half<V>>,
    bytes: AtomicUsize,
    half_limit: usize,
    seed: RandomState,
}

impl<V: Send + Sync + 'static> TokenCache<V> {
    /// A cache that holds at most about `limit` bytes of tokens (values are taken as 512 bytes each).
    pub fn new(limit: usize) -> Self {
        Self {
            young: ArcSwap::from_pointee(papaya::HashMap::new()),
            old: ArcSwap::from_pointee(papaya::HashMap::new()),
            bytes: AtomicUsize::new(0),
            half_limit: (limit / 2).max(1),
            seed: RandomState::new(),
        }
    }

    /// The value of exactly this token.
    pub fn get(&self, token: &str) -> Option<Arc<V>> {
        let key = self.seed.hash_one(token);
        let hit = |half: &Half<V>| half.pin().get(&key).filter(|e| &*e.token == token).map(|e| e.value.clone());
        if let Some(value) = hit(&self.young.load()) {
            return Some(value);
        }
        let value = hit(&self.old.load())?;
        self.put(token, value.clone());
        Some(value)
    }

    /// Remembers a value.
    pub fn put(&self, token: &str, value: Arc<V>) {
        let size = token.len() + 512;
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > self.half_limit {
            self.bytes.store(size, Ordering::Relaxed);
            let full = self.young.swap(Arc::new(papaya::HashMap::new()));
            self.old.store(full);
        }
        let key = self.seed.hash_one(token);
        self.young.load().pin().insert(key, Arc::new(Entry { token: token.into(), value }));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.young.store(Arc::new(papaya::HashMap::new()));
        self.old.store(Arc::new(papaya::HashMap::new()));
        self.bytes.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_until_two_halves_have_passed() {
        let cache = TokenCache::new(20 * 600);
        for i in 0..100 {
            cache.put(&format!("token-{i}"), Arc::new(i));
            assert_eq!(cache.get(&format!("token-{i}")).as_deref(), Some(&i));
        }
        assert!(cache.get("token-0").is_none(), "the oldest are gone");
        assert!(cache.get("token-10").is_none());
        cache.clear();
        assert!(cache.get("token-99").is_none());
    }
}
