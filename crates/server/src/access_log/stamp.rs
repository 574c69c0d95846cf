//! The time in a line: formatted once a second, with the milliseconds filled in; the wall clock is asked as rarely.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use super::digits;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// After this time the wall clock is asked again: it may have been set.
const TRUSTED: Duration = Duration::from_secs(1);

/// A thread's clock for lines.
pub(super) struct Stamp {
    anchor: Instant,
    anchor_millis: u64,
    second: u64,
    /// `2026-03-04T05:06:07`
    iso: Vec<u8>,
    /// `04/Mar/2026:05:06:07 +0000`
    common: Vec<u8>,
    millis: u16,
}

impl Stamp {
    /// Starts at this moment.
    pub(super) fn new(now: Instant) -> Self {
        let mut stamp = Self { anchor: now, anchor_millis: wall(), second: u64::MAX, iso: Vec::new(), common: Vec::new(), millis: 0 };
        stamp.set(now);
        stamp
    }

    /// Moves to this moment.
    pub(super) fn set(&mut self, now: Instant) {
        let mut passed = now.saturating_duration_since(self.anchor);
        if passed > TRUSTED {
            (self.anchor, self.anchor_millis, passed) = (now, wall(), Duration::ZERO);
        }
        self.tell(self.anchor_millis.saturating_add(u64::try_from(passed.as_millis()).unwrap_or(0)));
    }

    fn tell(&mut self, millis: u64) {
        let second = millis / 1000;
        self.millis = u16::try_from(millis % 1000).unwrap_or(0);
        if second == self.second {
            return;
        }
        self.second = second;
        let at = i64::try_from(second).ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second) = at.to_hms();
        let month_name = MONTHS.get(usize::from(month) - 1).copied().unwrap_or("");
        self.iso = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}").into_bytes();
        self.common = format!("{day:02}/{month_name}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000").into_bytes();
    }

    /// Appends `2026-03-04T05:06:07.089Z` (RFC 3339).
    pub(super) fn iso(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.iso);
        out.push(b'.');
        for below in [100, 10] {
            if self.millis < below {
                out.push(b'0');
            }
        }
        digits::number(out, u64::from(self.millis));
        out.push(b'Z');
    }

    /// Appends `04/Mar/2026:05:06:07 +0000`.
    pub(super) fn common(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.common);
    }
}

fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|d| u64::try_from(d.as_millis()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_both_forms() {
        let mut stamp = Stamp::new(Instant::now());
        for (millis, iso, common) in [
            (1_772_600_767_089, "2026-03-04T05:06:07.089Z", "04/Mar/2026:05:06:07 +0000"),
            (1_772_600_767_900, "2026-03-04T05:06:07.900Z", "04/Mar/2026:05:06:07 +0000"),
            (1_772_600_768_000, "2026-03-04T05:06:08.000Z", "04/Mar/2026:05:06:08 +0000"),
            (1_709_164_800_007, "2024-02-29T00:00:00.007Z", "29/Feb/2024:00:00:00 +0000"),
        ] {
            stamp.tell(millis);
            let (mut a, mut b) = (Vec::new(), Vec::new());
            stamp.iso(&mut a);
            stamp.common(&mut b);
            assert_eq!((String::from_utf8(a).unwrap().as_str(), String::from_utf8(b).unwrap().as_str()), (iso, common));
        }
    }

    #[test]
    fn it_follows_the_clock_between_two_looks_at_it() {
        let began = Instant::now();
        let mut stamp = Stamp::new(began);
        let first = stamp.second * 1000 + u64::from(stamp.millis);
        stamp.set(began + Duration::from_millis(900));
        assert_eq!(stamp.second * 1000 + u64::from(stamp.millis), first + 900);
    }
}
