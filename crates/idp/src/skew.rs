//! How far the providers' clocks are from ours, read from the `Date` of their answers (RFC 9110 section 6.6.1).

use std::collections::BTreeMap;

use model::Timestamp;
use parking_lot::Mutex;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// From this many seconds on a difference is worth a line in the log.
const WORTH_A_WORD: u64 = 30;
/// Hosts remembered.
const MAX_HOSTS: usize = 512;

/// The last measurement of a host's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockSkew {
    /// Whose clock.
    pub host: String,
    /// Its clock minus ours, in seconds.
    pub secs: i64,
    /// When it was measured, by our clock.
    pub at: Timestamp,
}

#[derive(Default)]
pub(crate) struct Skews(Mutex<BTreeMap<String, ClockSkew>>);

impl Skews {
    /// Notes what an answer's `Date` tells at our time `now`; a warning when the clocks begin to be apart.
    pub(crate) fn note(&self, host: &str, date: &str, now: Timestamp) -> Option<i64> {
        let secs = read_date(date)?.secs().saturating_sub(now.secs());
        let mut hosts = self.0.lock();
        if hosts.len() >= MAX_HOSTS && !hosts.contains_key(host) {
            hosts.clear();
        }
        let before = hosts.insert(host.to_owned(), ClockSkew { host: host.to_owned(), secs, at: now });
        drop(hosts);
        let apart = |secs: i64| secs.unsigned_abs() > WORTH_A_WORD;
        if apart(secs) && !before.is_some_and(|b| apart(b.secs)) {
            tracing::warn!(
                host,
                clock.skew_secs = secs,
                "the provider's clock and ours are apart; tokens may be refused: is the time set by NTP?"
            );
        }
        Some(secs)
    }

    pub(crate) fn of(&self, host: &str) -> Option<ClockSkew> {
        self.0.lock().get(host).cloned()
    }
}

/// The time in a `Date` header; `None` when it is not one.
pub(crate) fn read_date(date: &str) -> Option<Timestamp> {
    (date.len() <= 40).then(|| OffsetDateTime::parse(date, &Rfc2822).ok()).flatten().map(Timestamp::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_measurement_of_each_host_is_kept() {
        let skews = Skews::default();
        let at = |n: i64| Timestamp::from_secs(1_790_000_000 + n);
        let date = "Mon, 21 Sep 2026 14:13:20 GMT";
        assert_eq!(skews.note("login.example", date, at(0)), Some(0));
        assert_eq!(skews.note("login.example", date, at(95)), Some(-95));
        assert_eq!(skews.note("graph.example", date, at(-2)), Some(2));
        assert_eq!(skews.of("login.example"), Some(ClockSkew { host: "login.example".into(), secs: -95, at: at(95) }));
        assert_eq!(skews.of("elsewhere.example"), None);
        for odd in ["", "yesterday", &"9".repeat(5000)] {
            assert_eq!(skews.note("graph.example", odd, at(0)), None);
        }
        assert_eq!(skews.of("graph.example").map(|s| s.secs), Some(2));
    }

    #[test]
    fn the_memory_is_bounded() {
        let skews = Skews::default();
        for n in 0..2000 {
            skews.note(&format!("h{n}"), "Mon, 21 Sep 2026 14:13:20 GMT", Timestamp::from_secs(1_790_000_000));
        }
        assert!(skews.0.lock().len() <= MAX_HOSTS);
        assert!(skews.of("h1999").is_some());
    }
}
