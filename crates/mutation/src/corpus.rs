//! A corpus, and what its mutations are shown to.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// Seconds that each target goes on for, instead of its fixed number of runs.
const SECONDS: &str = "DOORWARD_FUZZ_SECONDS";

/// What the inputs of one target are made of.
pub struct Corpus<'a> {
    inputs: Vec<Vec<u8>>,
    pieces: &'a [&'a [u8]],
    runs: usize,
}

impl<'a> Corpus<'a> {
    /// An input on each line; mutations put in the pieces: everything that some reader gives a meaning of its own.
    pub fn of_lines(text: &str, pieces: &'a [&'a [u8]]) -> Self {
        Self { inputs: text.lines().map(|line| line.as_bytes().to_vec()).collect(), pieces, runs: 20_000 }
    }

    /// Another input, one that only the run can make.
    #[must_use]
    pub fn and(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.inputs.push(input.into());
        self
    }

    /// Another number of mutations than 20 000, for a target that takes long.
    #[must_use]
    pub const fn runs(mut self, runs: usize) -> Self {
        self.runs = runs;
        self
    }

    /// Shows the target every input, then mutations of them.
    ///
    /// # Panics
    /// When the target does, with the input that made it.
    pub fn fuzz(&self, target: impl Fn(&[u8])) {
        let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok());
        let (limit, seed) = (seconds.map(Duration::from_secs), seconds.map_or(1, |_| rand::random::<u64>() | 1));
        let show = |input: &[u8]| {
            let done = catch_unwind(AssertUnwindSafe(|| target(input)));
            assert!(done.is_ok(), "found by {}, seed {seed}", input.escape_ascii());
        };
        self.inputs.iter().for_each(|input| show(input));
        let (mut random, begin, mut runs) = (Random(seed), Instant::now(), 0);
        while limit.map_or(runs < self.runs, |limit| begin.elapsed() < limit) {
            show(&random.mutate(&self.inputs, self.pieces));
            runs += 1;
        }
        assert!(runs > 0, "no time for a single mutation");
    }
}

/// A small generator of its own (xorshift64*): the same seed gives the same run everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or_default() % below
    }

    fn mutate(&mut self, corpus: &[Vec<u8>], pieces: &[&[u8]]) -> Vec<u8> {
        let mut input = corpus[self.next(corpus.len())].clone();
        for _ in 0..=self.next(5) {
            let at = self.next(input.len() + 1);
            match self.next(5) {
                0 => drop(input.splice(at..at, pieces[self.next(pieces.len())].iter().copied())),
                1 => input.truncate(at),
                2 if at < input.len() => input[at] = u8::try_from(self.next(256)).unwrap_or_default(),
                3 if at < input.len() => drop(input.remove(at)),
                _ => {
                    let other = &corpus[self.next(corpus.len())];
                    input.extend_from_slice(&other[self.next(other.len() + 1)..]);
                }
            }
        }
        input
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_run_shows_the_corpus_and_the_same_mutations() {
        let seen = || {
            let seen = RefCell::new(Vec::new());
            Corpus::of_lines("one\ntwo", &[b"%"]).and(*b"three").runs(50).fuzz(|input| seen.borrow_mut().push(input.to_vec()));
            seen.into_inner()
        };
        let first = seen();
        assert_eq!(first[..3], [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
        assert!(first[3..].iter().any(|input| input.contains(&b'%')) && first[3..].iter().any(|input| input.starts_with(b"thr")));
        assert_eq!(first.len(), 53);
        assert_eq!(first, seen());
    }

    #[test]
    #[should_panic(expected = "found by two%")]
    fn what_fails_is_told_with_its_input() {
        Corpus::of_lines("one\ntwo%", &[b"%"]).fuzz(|input| assert!(!input.ends_with(b"%")));
    }
}
