//! A busy thread naps before it rests. Whoever sends something to a thread that rests must wake it up, which costs both sides more than the
//! piece of work that it is woken for; a moment later there are several pieces.
//!
//! One client alone is never kept waiting, and neither are many whose thread has time: for those a nap would be nothing but later.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// The shortest nap that there is: the system adds its timer slack, 50 µs unless it was told otherwise (prctl(2), `PR_SET_TIMERSLACK`).
const NAP: Duration = Duration::from_micros(1);
/// A nap that takes longer was none: there are no timers for it, or others had the core.
const LONGEST: Duration = Duration::from_micros(250);
/// So many times as long as that one there is no other.
const AWAKE: u32 = 20;
/// How long is looked at before it is judged whether a thread is busy.
const WINDOW: Duration = Duration::from_millis(4);
/// Connections that asked for something meanwhile. A full thread with as many at a time asks for events before it runs out of work, and
/// does not come to rest.
const MANY: u32 = 32;

/// Counts the connections of a thread that asked for something in a window. Clones are one and the same.
#[derive(Clone, Default)]
pub(super) struct Callers {
    window: Arc<AtomicU32>,
    count: Arc<AtomicU32>,
}

impl Callers {
    /// A connection asks, which last did so in this window. One thread counts: it needs no more than this.
    pub(super) fn asks(&self, last: &AtomicU32) {
        let window = self.window.load(Relaxed);
        if last.load(Relaxed) != window {
            last.store(window, Relaxed);
            self.count.store(self.count.load(Relaxed).saturating_add(1), Relaxed);
        }
    }

    fn next_window(&self) -> u32 {
        self.window.store(self.window.load(Relaxed).wrapping_add(1), Relaxed);
        self.count.swap(0, Relaxed)
    }
}

/// When one thread rests.
pub(super) struct Rest {
    pub callers: Callers,
    load: Mutex<Load>,
}

impl Rest {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { callers: Callers::default(), load: Mutex::new(Load::new(Instant::now())) })
    }

    /// There is nothing left to do.
    #[expect(clippy::disallowed_methods, reason = "no task waits but for what would come meanwhile")]
    pub(super) fn begin(&self) {
        let now = Instant::now();
        if self.load.lock().is_for_a_nap(now, &self.callers) {
            std::thread::sleep(NAP);
            self.load.lock().napped(now, Instant::now());
        }
    }

    /// There is something to do again.
    pub(super) fn end(&self) {
        self.load.lock().woke = Instant::now();
    }
}

/// How much of its time a thread works, and for how many.
struct Load {
    woke: Instant,
    window: Instant,
    worked: Duration,
    is_busy: bool,
    awake_until: Instant,
}

impl Load {
    const fn new(now: Instant) -> Self {
        Self { woke: now, window: now, worked: Duration::ZERO, is_busy: false, awake_until: now }
    }

    /// It is about to rest; true when it worked for half of the time until lately, and for many.
    fn is_for_a_nap(&mut self, now: Instant, callers: &Callers) -> bool {
        self.worked += now.saturating_duration_since(self.woke);
        let passed = now.saturating_duration_since(self.window);
        if passed >= WINDOW {
            // Counted in any case: who asked while there was time is not there now.
            let asked = callers.next_window();
            self.is_busy = self.worked * 2 >= passed && asked >= MANY;
            (self.window, self.worked) = (now, Duration::ZERO);
        }
        self.is_busy && now >= self.awake_until
    }

    fn napped(&mut self, from: Instant, to: Instant) {
        let took = to.saturating_duration_since(from);
        if took > LONGEST {
            self.awake_until = to + took * AWAKE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread, its time, and its connections.
    struct Day {
        load: Load,
        now: Instant,
        callers: Callers,
        connections: Vec<AtomicU32>,
    }

    impl Day {
        fn with(connections: usize) -> Self {
            let (now, never) = (Instant::now(), || AtomicU32::new(u32::MAX));
            Self { load: Load::new(now), now, callers: Callers::default(), connections: (0..connections).map(|_| never()).collect() }
        }

        /// Works and rests by turns for so many microseconds each, all connections asking in each turn; whether it would nap at the end.
        fn after(&mut self, (works, rests): (u64, u64), times: u32) -> bool {
            let mut naps = false;
            for _ in 0..times {
                self.load.woke = self.now;
                self.connections.iter().for_each(|last| self.callers.asks(last));
                self.now += Duration::from_micros(works);
                naps = self.load.is_for_a_nap(self.now, &self.callers);
                self.now += Duration::from_micros(rests);
            }
            naps
        }
    }

    #[test]
    fn a_thread_naps_that_lately_worked_half_of_its_time() {
        let mut day = Day::with(64);
        assert!(!day.after((100, 10), 5), "nobody knows yet");
        assert!(day.after((100, 10), 40));
        assert!(day.after((60, 55), 100), "naps, too");
        assert!(!day.after((20, 60), 100));
        assert!(day.after((400, 100), 20));
        day.now += Duration::from_secs(5);
        assert!(!day.after((100, 10), 1), "it did nothing for seconds");
    }

    #[test]
    fn few_connections_are_never_kept_waiting_however_often_they_ask() {
        for (count, expected) in [(0, false), (1, false), (31, false), (32, true)] {
            assert_eq!(Day::with(count).after((100, 10), 200), expected, "{count}");
        }
    }

    #[test]
    fn connections_that_asked_while_there_was_time_do_not_count() {
        let mut day = Day::with(64);
        assert!(!day.after((10, 90), 400));
        day.connections.truncate(1);
        for _ in 0..200 {
            assert!(!day.after((100, 10), 1));
        }
    }

    #[test]
    fn where_naps_take_long_there_are_none_for_a_while() {
        let mut day = Day::with(64);
        assert!(day.after((100, 10), 200));
        day.load.napped(day.now, day.now + Duration::from_micros(250));
        assert!(day.after((100, 10), 200));
        day.load.napped(day.now, day.now + Duration::from_millis(4));
        assert!(!day.after((100, 10), 700), "77 of 80 ms");
        assert!(day.after((100, 10), 200));
    }

    #[test]
    fn the_load_is_told_when_a_rest_begins_and_when_it_ends() {
        let rest = Rest::new();
        let long_ago = rest.load.lock().window.checked_sub(WINDOW).unwrap();
        *rest.load.lock() = Load::new(long_ago);
        (0..MANY).for_each(|_| rest.callers.asks(&AtomicU32::new(u32::MAX)));
        rest.begin();
        assert!(rest.load.lock().is_busy);
        let woke = rest.load.lock().woke;
        rest.end();
        assert!(rest.load.lock().woke > woke);
    }
}
