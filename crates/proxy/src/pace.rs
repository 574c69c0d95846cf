//! How slow an upload may be: the time that its client is waited for, against what it brought.

use std::time::Duration;

use tokio::time::Instant;

/// What an upload must bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Bytes a second of waiting.
    pub bytes_per_second: u64,
    /// Waiting that every upload has for free.
    pub grace: Duration,
}

/// The waiting of one upload. Time in which the origin takes nothing is not the client's.
#[derive(Debug, Default)]
pub(crate) struct Waited {
    before: Duration,
    since: Option<Instant>,
}

impl Waited {
    /// The client is waited for.
    pub(crate) fn waits(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// It brought something.
    pub(crate) fn came(&mut self, now: Instant) {
        self.before += self.since.take().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
    }

    /// How long it may still be waited for, from the beginning of this wait, when it has brought so many bytes.
    pub(crate) fn left(&self, pace: Pace, bytes: u64) -> Duration {
        let earned = Duration::from_secs(bytes.checked_div(pace.bytes_per_second).unwrap_or(u64::MAX / 2));
        pace.grace.saturating_add(earned).saturating_sub(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { bytes_per_second: 100, grace: Duration::from_secs(10) };

    #[test]
    fn a_drip_uses_its_grace_up_and_a_slow_line_does_not() {
        let (mut drip, mut line, mut now) = (Waited::default(), Waited::default(), Instant::now());
        let (mut dripped, mut brought, mut seconds) = (0, 0, 0);
        while drip.left(PACE, dripped) > Duration::from_secs(1) {
            drip.waits(now);
            line.waits(now);
            now += Duration::from_secs(1);
            drip.came(now);
            line.came(now);
            (dripped, brought, seconds) = (dripped + 1, brought + 120, seconds + 1);
        }
        assert_eq!((seconds, dripped), (9, 9));
        assert_eq!(line.left(PACE, brought), Duration::from_secs(11));
    }

    #[test]
    fn what_the_origin_makes_the_client_wait_is_not_counted() {
        let (mut waited, now) = (Waited::default(), Instant::now());
        waited.waits(now);
        waited.came(now + Duration::from_secs(2));
        waited.came(now + Duration::from_secs(500));
        assert_eq!(waited.left(PACE, 0), Duration::from_secs(8));
    }
}
