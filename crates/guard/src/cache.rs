//! Verified tokens, so that a signature is checked once. Bounded in bytes; those that nobody came with again go first, a few at a time, so
//! that what one held is there for the next.
//!
//! The key is a hash of the token, seeded anew at each start, and the whole token is compared, so a collision finds nothing. A newcomer
//! may push somebody else's entry out, when the places of its hash are all taken or the limit is reached: that one is checked once more.

use std::{
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
};

use arc_swap::{ArcSwapOption, Guard};
use foldhash::quality::RandomState;

/// Places that one token may stand in.
const WAYS: usize = 8;
/// So many bytes of the limit have a place: a third of what an entry takes, so that places are seldom short.
const BYTES_A_PLACE: usize = 512;
/// So many places are looked at by one newcomer for somebody who did not come again, before whoever stands there has to go.
const STEPS: usize = 64;
/// So many are looked at for anybody. What it leaves over the limit is the next one's.
const MOST_STEPS: usize = 256;
/// What an entry takes beside its token.
const BESIDE: usize = 768;
/// In a mark: somebody came with the token again.
const AGAIN: u64 = 1;
const NOBODY: u64 = 0;

/// What is remembered of a token, the token itself with it.
pub trait OfToken: Send + Sync + 'static {
    /// The token.
    fn token(&self) -> &[u8];
}

/// Cache of values by token text.
pub struct TokenCache<V> {
    places: Box<[Place<V>]>,
    /// Where room is made next.
    hand: AtomicUsize,
    bytes: AtomicUsize,
    limit: usize,
    seed: RandomState,
}

/// Room for one value. The mark is a hint: it is not written in one step with the value, which is compared whole.
struct Place<V> {
    mark: AtomicU64,
    value: ArcSwapOption<V>,
}

impl<V: OfToken> TokenCache<V> {
    /// A cache that holds at most about `limit` bytes. Values are taken as their token and 768 bytes each; what they share with others
    /// is not counted, so that values which keep something alive should be forgotten by [`Self::retain`].
    pub fn new(limit: usize) -> Self {
        let places = (limit / BYTES_A_PLACE).next_power_of_two().max(WAYS);
        Self {
            places: (0..places).map(|_| Place { mark: AtomicU64::new(NOBODY), value: ArcSwapOption::empty() }).collect(),
            hand: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            limit,
            seed: RandomState::default(),
        }
    }

    /// The places of a token, and its mark.
    fn places(&self, token: &[u8]) -> (&[Place<V>], u64) {
        let hash = self.seed.hash_one(token);
        // A power of two, and at least as many as a token has.
        let first = usize::try_from(hash >> 32).unwrap_or_default() & (self.places.len() - 1) & !(WAYS - 1);
        (&self.places[first..first + WAYS], (hash | AGAIN << 1) & !AGAIN)
    }

    /// The value of exactly this token.
    pub fn get(&self, token: &str) -> Option<Arc<V>> {
        let (places, mark) = self.places(token.as_bytes());
        places.iter().find_map(|place| {
            let seen = place.mark.load(Acquire);
            if seen & !AGAIN != mark {
                return None;
            }
            let held = place.value.load();
            let found = held.as_ref().is_some_and(|value| value.token() == token.as_bytes());
            if found && seen & AGAIN == 0 {
                // In vain where the place was given to another one meanwhile.
                let _ = place.mark.compare_exchange(seen, seen | AGAIN, Relaxed, Relaxed);
            }
            Guard::into_inner(held).filter(|_| found)
        })
    }

    /// Remembers a value.
    pub fn put(&self, value: Arc<V>) {
        let (places, mark) = self.places(value.token());
        let with = |wanted: &dyn Fn(u64) -> bool| places.iter().find(|place| wanted(place.mark.load(Relaxed)));
        let place = with(&|seen| seen & !AGAIN == mark)
            .or_else(|| with(&|seen| seen == NOBODY))
            .or_else(|| with(&|seen| seen & AGAIN == 0))
            .unwrap_or_else(|| everybody_again(places, mark));
        self.bytes.fetch_add(size(&*value), Relaxed);
        let before = place.value.swap(Some(value));
        place.mark.store(mark, Release);
        self.left(before);
        self.make_room(place);
    }

    /// Goes round until there is room: what was asked for again since the last time stays where that is not too far, and what has just
    /// come does.
    fn make_room(&self, but: &Place<V>) {
        for step in 0..MOST_STEPS {
            if self.bytes.load(Relaxed) <= self.limit {
                return;
            }
            let place = &self.places[self.hand.fetch_add(1, Relaxed) % self.places.len()];
            let seen = place.mark.load(Relaxed);
            if seen & AGAIN != 0 && step < STEPS {
                forget_again(place, seen);
            } else if seen != NOBODY && !std::ptr::eq(place, but) {
                self.empty(place);
            }
        }
    }

    fn empty(&self, place: &Place<V>) {
        place.mark.store(NOBODY, Relaxed);
        self.left(place.value.swap(None));
    }

    fn left(&self, value: Option<Arc<V>>) {
        if let Some(value) = value {
            self.bytes.fetch_sub(size(&*value), Relaxed);
        }
    }

    /// Forgets every value that is not wanted any more.
    pub fn retain(&self, is_wanted: impl Fn(&V) -> bool) {
        for place in &self.places {
            let held = place.value.load();
            if held.as_ref().is_some_and(|value| !is_wanted(value)) {
                drop(held);
                // Another one that has come meanwhile is forgotten as well: it is checked anew.
                self.empty(place);
            }
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.places.iter().for_each(|place| self.empty(place));
    }
}

/// Of places whose holders all came again: one that the newcomer's mark chooses. The others have to come once more to stay.
fn everybody_again<V>(places: &[Place<V>], mark: u64) -> &Place<V> {
    places.iter().for_each(|place| forget_again(place, place.mark.load(Relaxed)));
    &places[usize::try_from(mark >> 2).unwrap_or_default() % WAYS]
}

/// In vain where somebody else has the place meanwhile.
fn forget_again<V>(place: &Place<V>, seen: u64) {
    let _ = place.mark.compare_exchange(seen, seen & !AGAIN, Relaxed, Relaxed);
}

/// What an entry is taken as.
fn size(value: &impl OfToken) -> usize {
    value.token().len() + BESIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_any_more_is_let_go() {
        let cache = TokenCache::new(4_000 * 800);
        let values: Vec<Arc<Numbered>> = (0..1_000).map(|i| Arc::new(Numbered(format!("token-{i}"), i))).collect();
        values.iter().for_each(|value| cache.put(value.clone()));
        let bytes = cache.bytes();
        cache.retain(|value| value.1 % 10 == 0);
        let (mut found, mut held) = (0, 0);
        for value in &values {
            found += usize::from(cache.get(&value.0).is_some());
            held += usize::from(Arc::strong_count(value) > 1);
        }
        assert_eq!((found, held), (100, 100));
        assert!(cache.bytes() * 9 < bytes);
    }

    struct Numbered(String, u32);

    impl OfToken for Numbered {
        fn token(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }

    #[test]
    fn what_is_put_is_found_and_there_is_never_more_than_fits() {
        let cache = TokenCache::new(20 * 800);
        for i in 0..1_000 {
            cache.put(Arc::new(Numbered(format!("token-{i}"), i)));
            assert_eq!(cache.get(&format!("token-{i}")).map(|found| found.1), Some(i));
            assert!(cache.bytes() <= 20 * 800);
        }
        let found = (0..1_000).filter(|i| cache.get(&format!("token-{i}")).is_some()).count();
        assert!((8..=20).contains(&found), "{found}");
        cache.clear();
        assert_eq!((cache.get("token-999").is_none(), cache.bytes()), (true, 0));
    }

    #[test]
    fn whoever_comes_again_and_again_is_not_pushed_out_by_those_who_come_once() {
        let cache = TokenCache::new(400 * 800);
        let regulars = |each: &mut dyn FnMut(String)| (0..50).for_each(|i| each(format!("regular-{i}")));
        regulars(&mut |token| cache.put(Arc::new(Numbered(token, 0))));
        for i in 0..20_000 {
            cache.put(Arc::new(Numbered(format!("once-{i}"), i)));
            if i % 100 == 0 {
                regulars(&mut |token| drop(cache.get(&token)));
            }
        }
        let mut found = 0;
        regulars(&mut |token| found += usize::from(cache.get(&token).is_some()));
        assert!(found > 45, "{found}");
    }

    #[test]
    fn one_newcomer_looks_at_few_places_however_many_came_again() {
        let cache = TokenCache::new(4_000 * 800);
        let tokens: Vec<String> = (0..3_900).map(|i| format!("regular-{i}")).collect();
        tokens.iter().for_each(|token| cache.put(Arc::new(Numbered(token.clone(), 0))));
        tokens.iter().for_each(|token| drop(cache.get(token)));
        for i in 0..500 {
            let before = cache.hand.load(Relaxed);
            cache.put(Arc::new(Numbered(format!("once-{i}"), i)));
            assert!(cache.hand.load(Relaxed) - before <= MOST_STEPS);
            assert!(cache.bytes() <= cache.limit, "{i}");
        }
        assert!(cache.hand.load(Relaxed) > 0, "room had to be made");
    }

    #[test]
    fn those_whose_places_are_all_taken_do_not_push_each_other_out_of_one() {
        // One set of places, and more room than it takes.
        let cache = TokenCache::new(WAYS * BYTES_A_PLACE);
        assert_eq!(cache.places.len(), WAYS);
        let cache = TokenCache { limit: usize::MAX, ..cache };
        let mut pushed = std::collections::BTreeSet::new();
        for i in 0..2_000 {
            let token = format!("token-{i}");
            let before: Vec<u64> = cache.places.iter().map(|place| place.mark.load(Relaxed)).collect();
            cache.put(Arc::new(Numbered(token.clone(), i)));
            if before.iter().all(|mark| mark & AGAIN != 0) {
                pushed.extend(cache.places.iter().zip(&before).position(|(place, mark)| place.mark.load(Relaxed) | AGAIN != mark | AGAIN));
                assert_eq!(cache.places.iter().filter(|place| place.mark.load(Relaxed) & AGAIN != 0).count(), 0);
            }
            // Everybody comes again.
            let held: Vec<String> = cache.places.iter().filter_map(|place| Some(place.value.load_full()?.0.clone())).collect();
            held.iter().for_each(|token| drop(cache.get(token)));
        }
        assert_eq!(pushed.len(), WAYS, "{pushed:?}");
    }

    #[test]
    fn many_threads_never_find_the_value_of_another_token() {
        let cache = TokenCache::<Numbered>::new(64 * 800);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let cache = &cache;
                scope.spawn(move || {
                    for i in 0..5_000_u32 {
                        let n = (i * 7 + thread) % 200;
                        let token = format!("token-{n}");
                        match cache.get(&token) {
                            Some(found) => assert_eq!(found.1, n),
                            None => cache.put(Arc::new(Numbered(token, n))),
                        }
                        if i % 1_000 == 999 {
                            cache.retain(|value| value.1 % 2 == 0);
                        }
                    }
                });
            }
        });
        let held: usize = cache.places.iter().filter_map(|place| place.value.load_full()).map(|value| size(&*value)).sum();
        assert_eq!(cache.bytes(), held, "nothing is counted twice or forgotten");
    }
}
