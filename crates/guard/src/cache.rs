//! Verified tokens, so that a signature is checked once. Bounded in bytes.
//!
//! The key is a hash of the token, seeded anew at each start, and the whole token is compared, so a collision finds nothing.
//!
//! As long as there is room, every token is remembered when it comes. In a full memory one is remembered when it comes again before some
//! other newcomer took its mark away: most of those that come once neither push anybody out nor cost more than their check. (The
//! "doorkeeper" of "TinyLFU: A Highly Efficient Cache Admission Policy", Einziger, Friedman, Manes.) One in thirty-two is taken in whether
//! it came before or not: those whose marks take each other away would else never be. Room is then made among those that nobody came with
//! again, a few at a time. Whoever is pushed out, by that or because the places of a hash are all taken, is checked once more.

use std::{
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{
            AtomicU32, AtomicU64, AtomicUsize,
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
/// Places for each one that newcomers to a full memory share: a fifth as many as there is room for values.
const PLACES_A_NEWCOMER: usize = 16;
/// One of so many newcomers to a full memory is remembered in any case.
const ONE_OF: u64 = 32;
/// Two to the power of 64 by the golden ratio: its multiples are spread evenly ("The Art of Computer Programming" 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
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
    /// Of who came last to a full memory, by another part of their hash.
    newcomers: Box<[AtomicU32]>,
    came: AtomicU64,
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
            newcomers: (0..(places / PLACES_A_NEWCOMER).max(WAYS)).map(|_| AtomicU32::new(0)).collect(),
            came: AtomicU64::new(0),
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

    /// Remembers a value. In a full memory: when it was put before, lately, and now and then without that.
    pub fn put(&self, value: &Arc<V>) {
        let (places, mark) = self.places(value.token());
        let with = |wanted: &dyn Fn(u64) -> bool| places.iter().find(|place| wanted(place.mark.load(Relaxed)));
        let held = with(&|seen| seen & !AGAIN == mark);
        let is_full = self.bytes.load(Relaxed) + size(&**value) > self.limit;
        if held.is_none() && is_full && !self.may_stay(mark) {
            return;
        }
        let place = held
            .or_else(|| with(&|seen| seen == NOBODY))
            .or_else(|| with(&|seen| seen & AGAIN == 0))
            .unwrap_or_else(|| everybody_again(places, mark));
        self.bytes.fetch_add(size(&**value), Relaxed);
        let before = place.value.swap(Some(Arc::clone(value)));
        place.mark.store(mark, Release);
        self.left(before);
        self.make_room(place);
    }

    /// Whether a newcomer to a full memory is remembered. Whoever is taken for another one, by 32 bits, is so early.
    fn may_stay(&self, mark: u64) -> bool {
        let [a, b, c, d, low @ ..] = mark.to_be_bytes();
        let tag = u32::from_be_bytes([a, b, c, d]);
        // By bits that the tag has not; the lowest of a mark are always the same.
        let at = usize::try_from(u32::from_be_bytes(low) >> 2).unwrap_or_default() % self.newcomers.len();
        let came_before = self.newcomers[at].swap(tag, Relaxed) == tag;
        // Spread so that nobody who comes at every so manieth place is always passed over.
        let turn = self.came.fetch_add(1, Relaxed).wrapping_mul(GOLDEN);
        came_before || turn < u64::MAX / ONE_OF
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
        values.iter().for_each(|value| cache.put(value));
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

    fn come(cache: &TokenCache<Numbered>, token: &str, number: u32) {
        cache.put(&Arc::new(Numbered(token.to_owned(), number)));
    }

    fn come_twice(cache: &TokenCache<Numbered>, token: &str, number: u32) {
        (0..2).for_each(|_| come(cache, token, number));
    }

    impl OfToken for Numbered {
        fn token(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }

    #[test]
    fn what_is_put_is_found_and_there_is_never_more_than_fits() {
        let cache = TokenCache::new(20 * 800);
        for i in 0..1_000 {
            come_twice(&cache, &format!("token-{i}"), i);
            assert_eq!(cache.get(&format!("token-{i}")).map(|found| found.1), Some(i));
            assert!(cache.bytes() <= 20 * 800);
        }
        let found = (0..1_000).filter(|i| cache.get(&format!("token-{i}")).is_some()).count();
        assert!((8..=20).contains(&found), "{found}");
        cache.clear();
        assert_eq!((cache.get("token-999").is_none(), cache.bytes()), (true, 0));
    }

    #[test]
    fn most_of_those_that_come_once_to_a_full_memory_push_nobody_out() {
        let cache = TokenCache::new(400 * 800);
        let held = |number: u32| cache.get(&format!("token-{number}")).is_some();
        (0..400).for_each(|i| come(&cache, &format!("token-{i}"), i));
        // Those whose places were all taken pushed somebody out while there was room.
        let first: Vec<u32> = (0..400).filter(|i| held(*i)).collect();
        assert!(first.len() > 380, "{}", first.len());
        (400..500).for_each(|i| come(&cache, &format!("token-{i}"), i));
        let of_newcomers = (1_000..17_000).filter(|i| {
            come(&cache, &format!("token-{i}"), *i);
            held(*i)
        });
        assert!((490..=510).contains(&of_newcomers.count()), "one in thirty-two");
        come_twice(&cache, "token-1000", 1_000);
        assert!(held(1_000), "the second time is lately");
        cache.clear();
        come(&cache, "token-2000", 2_000);
        assert!(held(2_000), "there is room again");
    }

    #[test]
    fn whoever_keeps_coming_to_a_full_memory_is_remembered_in_the_end_whoever_comes_in_between() {
        let cache = TokenCache::new(20 * 800);
        (0..40).for_each(|i| come(&cache, &format!("resident-{i}"), i));
        // More of them than marks, always in the same order.
        let tokens: Vec<String> = (0..64).map(|i| format!("token-{i}")).collect();
        let mut met = std::collections::BTreeSet::new();
        for _ in 0..400 {
            for token in &tokens {
                come(&cache, token, 0);
                met.extend(cache.get(token).map(|_| token));
            }
        }
        assert_eq!(met.len(), tokens.len());
    }

    #[test]
    fn a_value_that_is_held_is_replaced_at_once_also_in_a_full_memory() {
        let cache = TokenCache::new(400 * 800);
        (0..500).for_each(|i| come(&cache, &format!("token-{i}"), i));
        let held: Vec<u32> = (0..500).filter(|i| cache.get(&format!("token-{i}")).is_some()).take(100).collect();
        for number in &held {
            come(&cache, &format!("token-{number}"), number + 1_000);
            assert_eq!(cache.get(&format!("token-{number}")).map(|found| found.1), Some(number + 1_000));
        }
        assert_eq!(held.len(), 100);
    }

    #[test]
    fn whoever_comes_again_and_again_is_not_pushed_out_by_those_who_come_and_go() {
        let cache = TokenCache::new(400 * 800);
        let regulars = |each: &mut dyn FnMut(String)| (0..50).for_each(|i| each(format!("regular-{i}")));
        regulars(&mut |token| come(&cache, &token, 0));
        for i in 0..20_000 {
            come_twice(&cache, &format!("other-{i}"), i);
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
        tokens.iter().for_each(|token| come(&cache, token, 0));
        tokens.iter().for_each(|token| drop(cache.get(token)));
        for i in 0..500 {
            let before = cache.hand.load(Relaxed);
            come_twice(&cache, &format!("other-{i}"), i);
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
            come(&cache, &token, i);
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
                            None => come_twice(cache, &token, n),
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
