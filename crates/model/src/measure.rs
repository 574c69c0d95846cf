//! Counting without waiting: numbers that one thread writes and another reads now and then.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// A number that grows. `add` is for a single writer (no locked instruction); `add_shared` for several.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds, from the only thread that writes.
    pub fn add(&self, by: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(by), Relaxed);
    }
    /// Adds, from any thread.
    pub fn add_shared(&self, by: u64) {
        self.0.fetch_add(by, Relaxed);
    }
    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Upper bounds of the classes of [`Durations`], in microseconds; longer ones are in a last class of their own.
pub const BOUNDS_MICROS: [u64; 17] =
    [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_500, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000];

/// How often something took how long. A single writer.
#[derive(Debug, Default)]
pub struct Durations {
    classes: [Count; BOUNDS_MICROS.len() + 1],
    micros: Count,
}

/// What [`Durations`] held at one time, summed over as many as wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many in each class; the last is for those above all bounds.
    pub classes: [u64; BOUNDS_MICROS.len() + 1],
    /// All of them together, in microseconds.
    pub micros: u64,
}

impl Durations {
    /// Counts one.
    pub fn note(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        self.classes[class].add(1);
        self.micros.add(micros);
    }
    /// Adds what is here to a sum.
    pub fn add_to(&self, sum: &mut Measured) {
        for (sum, count) in sum.classes.iter_mut().zip(&self.classes) {
            *sum = sum.wrapping_add(count.get());
        }
        sum.micros = sum.micros.wrapping_add(self.micros.get());
    }
    /// What is here.
    pub fn read(&self) -> Measured {
        let mut sum = Measured::default();
        self.add_to(&mut sum);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_class_whose_bound_it_does_not_pass() {
        let durations = Durations::default();
        for micros in [0, 50, 51, 10_000_000, 10_000_001, 3_600_000_000] {
            durations.note(Duration::from_micros(micros));
        }
        let read = durations.read();
        assert_eq!((read.classes[0], read.classes[1], read.classes[16], read.classes[17]), (2, 1, 1, 2));
        assert_eq!(read.classes.iter().sum::<u64>(), 6);
        assert_eq!(read.micros, 50 + 51 + 10_000_000 + 10_000_001 + 3_600_000_000);
        let mut twice = durations.read();
        durations.add_to(&mut twice);
        assert_eq!(twice.micros, read.micros * 2);
    }
}
