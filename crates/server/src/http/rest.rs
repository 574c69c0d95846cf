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

/// So many requests shall have come when a nap ends: fewer are hardly worth what a nap costs itself.
const GATHERED: u32 = 4;
/// What the system adds to a nap: its timer slack, unless it was told otherwise (prctl(2), `PR_SET_TIMERSLACK`).
const SLACK: Duration = Duration::from_micros(50);
/// What is asked for at least and at most.
const SHORTEST: Duration = Duration::from_micros(1);
const LONGEST: Duration = Duration::from_micros(125);
/// A nap that takes so much longer was none: there are no timers for it, or others had the core.
const LATE: Duration = Duration::from_micros(250);
/// So many times as long as that one there is no other.
const AWAKE: u32 = 20;
/// How long is looked at before it is judged whether a thread is busy.
const WINDOW: Duration = Duration::from_millis(4);
/// Connections that asked for something meanwhile. A full thread with as many at a time asks for events before it runs out of work, and
/// does not come to rest.
const MANY: u32 = 32;

/// Counts what a thread was asked for in a window, and by how many connections. Clones are one and the same.
#[derive(Clone, Default)]
pub(super) struct Callers {
    window: Arc<AtomicU32>,
    count: Arc<AtomicU32>,
    requests: Arc<AtomicU32>,
}

/// What was counted in a window.
struct Asked {
    connections: u32,
    requests: u32,
}

impl Callers {
    /// A connection asks, which last did so in this window. One thread counts: it needs no more than this.
    pub(super) fn asks(&self, last: &AtomicU32) {
        let window = self.window.load(Relaxed);
        self.requests.store(self.requests.load(Relaxed).saturating_add(1), Relaxed);
        if last.load(Relaxed) != window {
            last.store(window, Relaxed);
            self.count.store(self.count.load(Relaxed).saturating_add(1), Relaxed);
        }
    }

    fn next_window(&self) -> Asked {
        self.window.store(self.window.load(Relaxed).wrapping_add(1), Relaxed);
        Asked { connections: self.count.swap(0, Relaxed), requests: self.requests.swap(0, Relaxed) }
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
        let nap = self.load.lock().nap(now, &self.callers);
        if let Some(nap) = nap {
            std::thread::sleep(nap);
            self.load.lock().napped(nap, now, Instant::now());
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
    /// While it is busy.
    nap: Option<Duration>,
    awake_until: Instant,
}

impl Load {
    const fn new(now: Instant) -> Self {
        Self { woke: now, window: now, worked: Duration::ZERO, nap: None, awake_until: now }
    }

    /// It is about to rest: how long it naps before, when it worked for half of the time until lately, and for many.
    fn nap(&mut self, now: Instant, callers: &Callers) -> Option<Duration> {
        self.worked += now.saturating_duration_since(self.woke);
        let passed = now.saturating_duration_since(self.window);
        if passed >= WINDOW {
            // Counted in any case: who asked while there was time is not there now.
            let asked = callers.next_window();
            let is_busy = self.worked * 2 >= passed && asked.connections >= MANY;
            self.nap = is_busy.then(|| until_gathered(passed, asked.requests));
            (self.window, self.worked) = (now, Duration::ZERO);
        }
        self.nap.filter(|_| now >= self.awake_until)
    }

    fn napped(&mut self, nap: Duration, from: Instant, to: Instant) {
        let took = to.saturating_duration_since(from);
        if took > nap + LATE {
            self.awake_until = to + took * AWAKE;
        }
    }
}

/// How long [`GATHERED`] requests take to come, where so many came in this time.
fn until_gathered(time: Duration, requests: u32) -> Duration {
    (time * GATHERED / requests.max(1)).saturating_sub(SLACK).clamp(SHORTEST, LONGEST)
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
                naps = self.load.nap(self.now, &self.callers).is_some();
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
        let napped = |day: &mut Day, took| day.load.napped(SHORTEST, day.now, day.now + took);
        napped(&mut day, SHORTEST + LATE);
        assert!(day.after((100, 10), 200));
        napped(&mut day, Duration::from_millis(4));
        assert!(!day.after((100, 10), 700), "77 of 80 ms");
        assert!(day.after((100, 10), 200));
    }

    #[test]
    fn a_nap_is_as_long_as_four_requests_take_within_bounds() {
        for (requests, expected) in [(0, 125), (60, 125), (100, 110), (160, 50), (320, 1), (u32::MAX, 1)] {
            assert_eq!(until_gathered(WINDOW, requests), Duration::from_micros(expected), "{requests}");
        }
        let mut day = Day::with(32);
        day.after((3000, 1000), 3);
        assert_eq!(day.load.nap, Some(LONGEST));
        day.after((60, 40), 100);
        assert_eq!(day.load.nap, Some(SHORTEST));
    }

    #[test]
    fn the_load_is_told_when_a_rest_begins_and_when_it_ends() {
        let rest = Rest::new();
        let long_ago = rest.load.lock().window.checked_sub(WINDOW).unwrap();
        *rest.load.lock() = Load::new(long_ago);
        (0..MANY).for_each(|_| rest.callers.asks(&AtomicU32::new(u32::MAX)));
        rest.begin();
        assert!(rest.load.lock().nap.is_some());
        let woke = rest.load.lock().woke;
        rest.end();
        assert!(rest.load.lock().woke > woke);
    }
}
