//! The people of a soak: who holds which token, and who was just revoked.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use crate::world::Person;

/// What somebody holds.
#[derive(Debug, Clone)]
pub struct Held {
    pub person: usize,
    pub token: String,
    /// Goes up when the person's sessions are about to be revoked.
    pub era: u64,
}

/// Everybody.
pub struct People {
    all: Vec<Mutex<State>>,
    next: AtomicUsize,
}

struct State {
    email: String,
    token: String,
    era: u64,
    /// Between a revocation and the sign-in after it.
    out: bool,
}

impl People {
    pub fn new(people: &[Person]) -> Self {
        let state = |person: &Person| Mutex::new(State { email: person.email.clone(), token: person.token.clone(), era: 0, out: false });
        Self { all: people.iter().map(state).collect(), next: AtomicUsize::new(0) }
    }

    fn state(&self, person: usize) -> MutexGuard<'_, State> {
        self.all[person % self.all.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next one who is signed in; `None` while nobody is.
    pub fn next(&self) -> Option<Held> {
        (0..self.all.len()).find_map(|_| {
            let person = self.next.fetch_add(1, Ordering::Relaxed) % self.all.len();
            let state = self.state(person);
            (!state.out).then(|| Held { person, token: state.token.clone(), era: state.era })
        })
    }

    /// Whether a refusal or an end is explained: the person's sessions were revoked after this was held.
    pub fn was_revoked(&self, held: &Held) -> bool {
        self.state(held.person).era != held.era
    }

    /// About to be revoked: from now on refusals are expected. None while the last time is not over; answers address and token.
    pub fn revoke(&self, person: usize) -> Option<(String, String)> {
        let mut state = self.state(person);
        if state.out {
            return None;
        }
        state.out = true;
        state.era += 1;
        Some((state.email.clone(), state.token.clone()))
    }

    /// Signed in with one more browser; nothing changes when a revocation came between.
    pub fn comes_with(&self, held: &Held, token: String) {
        let mut state = self.state(held.person);
        if state.era == held.era {
            state.token = token;
        }
    }

    /// Signed in again.
    pub fn back(&self, person: usize, token: String) {
        let mut state = self.state(person);
        state.token = token;
        state.out = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_explained_by_a_revocation_only() {
        let person = |n: usize| Person { email: format!("{n}@harbourworks.example"), app: 0, token: n.to_string() };
        let people = People::new(&[person(0), person(1)]);
        let (first, second) = (people.next().unwrap(), people.next().unwrap());
        assert!(people.revoke(0).is_some() && people.revoke(0).is_none());
        assert!(people.was_revoked(&first) && !people.was_revoked(&second));
        assert_eq!((people.next().unwrap().person, people.next().unwrap().person), (1, 1), "who is out sends nothing");
        assert!(people.revoke(1).is_some() && people.next().is_none(), "nobody is left");
        people.back(0, "new".to_owned());
        let again = people.next().unwrap();
        assert_eq!((again.person, again.token.as_str(), people.was_revoked(&again)), (0, "new", false));
    }
}
