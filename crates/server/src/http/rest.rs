//! A busy thread naps before it rests. Whoever sends something to a thread that rests must wake it up, which costs both sides more than the
//! piece of work that it is woken for; a moment later there are several pieces. So a nap makes each request cheaper, and with many of them under way none waits
//! longer for it than it waits for the others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Requests under way from which on there is something to wait for: one that comes alone is never kept waiting.
const MANY: u32 = 16;
/// The shortest nap that there is: the system adds its timer slack, 50 µs unless it was told otherwise (prctl(2), `PR_SET_TIMERSLACK`).
const NAP: Duration = Duration::from_micros(1);
/// How long the load is looked at before it is judged.
const WINDOW: Duration = Duration::from_millis(1);

/// When one thread rests.
pub(super) struct Rest {
    under_way: Arc<AtomicU32>,
    load: Mutex<Load>,
}

impl Rest {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { under_way: Arc::default(), load: Mutex::new(Load::new(Instant::now())) })
    }

    /// The requests under way, for whoever counts them.
    pub(super) fn under_way(&self) -> Arc<AtomicU32> {
        self.under_way.clone()
    }

    /// There is nothing left to do.
    #[expect(clippy::disallowed_methods, reason = "no task waits but for what would come meanwhile")]
    pub(super) fn begin(&self) {
        if self.is_for_a_nap(Instant::now()) {
            std::thread::sleep(NAP);
        }
    }

    fn is_for_a_nap(&self, now: Instant) -> bool {
        self.load.lock().rests(now) && self.under_way.load(Relaxed) >= MANY
    }

    /// There is something to do again.
    pub(super) fn end(&self) {
        self.load.lock().woke = Instant::now();
    }
}

/// How much of its time a thread works.
struct Load {
    woke: Instant,
    window: Instant,
    worked: Duration,
    is_busy: bool,
}

impl Load {
    const fn new(now: Instant) -> Self {
        Self { woke: now, window: now, worked: Duration::ZERO, is_busy: false }
    }

    /// Now; true when it worked for half of the time until lately.
    fn rests(&mut self, now: Instant) -> bool {
        self.worked += now.saturating_duration_since(self.woke);
        let passed = now.saturating_duration_since(self.window);
        if passed >= WINDOW {
            self.is_busy = self.worked * 2 >= passed;
            (self.window, self.worked) = (now, Duration::ZERO);
        }
        self.is_busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works and rests by turns for so many microseconds each, and tells whether it was busy at the end.
    fn after(load: &mut Load, now: &mut Instant, (works, rests): (u64, u64), times: u32) -> bool {
        let mut is_busy = false;
        for _ in 0..times {
            load.woke = *now;
            *now += Duration::from_micros(works);
            is_busy = load.rests(*now);
            *now += Duration::from_micros(rests);
        }
        is_busy
    }

    #[test]
    fn a_thread_is_busy_that_lately_worked_half_of_its_time() {
        let mut now = Instant::now();
        let mut load = Load::new(now);
        assert!(!after(&mut load, &mut now, (100, 10), 5), "nobody knows yet");
        assert!(after(&mut load, &mut now, (100, 10), 10));
        assert!(after(&mut load, &mut now, (60, 55), 40), "naps, too");
        assert!(!after(&mut load, &mut now, (20, 60), 40));
        assert!(after(&mut load, &mut now, (400, 100), 10));
        now += Duration::from_secs(5);
        assert!(!after(&mut load, &mut now, (100, 10), 1), "it did nothing for seconds");
    }

    #[test]
    fn only_a_busy_thread_with_many_requests_under_way_naps() {
        for (count, works, expected) in
            [(0, 2000, false), (1, 2000, false), (15, 2000, false), (16, 2000, true), (64, 2000, true), (64, 900, false)]
        {
            let rest = Rest::new();
            let now = rest.load.lock().window;
            rest.under_way().store(count, Relaxed);
            rest.load.lock().woke = now + Duration::from_micros(2000 - works);
            assert_eq!(rest.is_for_a_nap(now + Duration::from_micros(2000)), expected, "{count} under way, {works} of 2000 µs");
        }
    }
}
