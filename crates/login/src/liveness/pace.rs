//! When a session is checked next: spread out, so that people who arrived together are not asked about together; and ever more
//! slowly while a provider does not answer.

use model::Timestamp;

/// Part of the interval by which checks are spread.
const SPREAD: f64 = 0.2;
/// Seconds to the next try of a session after a first failure; doubled with each further one, up to the interval.
const FIRST_RETRY_SECS: i64 = 15;
/// Seconds of rest that a provider gets after a round in which nobody could be asked; doubled with each further one.
const FIRST_REST_SECS: i64 = 5;
/// The longest rest.
const LONGEST_REST_SECS: i64 = 60;

/// The check after a good one: at most an interval later, up to a fifth earlier. `roll` is random, from 0 to 1.
pub(super) fn next(now: Timestamp, interval_seconds: u32, roll: f64) -> Timestamp {
    let whole = f64::from(interval_seconds) * 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^32 seconds, in milliseconds")]
    let millis = roll.clamp(0.0, 1.0).mul_add(-whole * SPREAD, whole) as i64;
    Timestamp::from_millis(now.millis().saturating_add(millis))
}

/// The try after a check that taught nothing; `failures` before this one.
pub(super) fn retry(now: Timestamp, interval_seconds: u32, failures: u32) -> Timestamp {
    let wait = FIRST_RETRY_SECS << failures.min(16);
    now.plus_secs(wait.min(i64::from(interval_seconds).max(1)))
}

/// When a provider may be asked again after rounds in which nobody could be asked.
pub(super) fn rest(now: Timestamp, rounds: u32) -> Timestamp {
    now.plus_secs((FIRST_REST_SECS << rounds.min(16)).min(LONGEST_REST_SECS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_100_000_000);

    #[test]
    fn checks_are_spread_over_the_last_fifth_of_the_interval() {
        for (roll, millis) in [(0.0, 300_000), (0.5, 270_000), (1.0, 240_000), (7.0, 240_000)] {
            assert_eq!(next(NOW, 300, roll).millis() - NOW.millis(), millis, "{roll}");
        }
        assert_eq!(next(NOW, u32::MAX, 0.0).millis() - NOW.millis(), i64::from(u32::MAX) * 1000);
    }

    #[test]
    fn failures_slow_a_session_down_to_its_interval() {
        for (failures, secs) in [(0, 15), (1, 30), (3, 120), (4, 240), (5, 300), (999, 300)] {
            assert_eq!(retry(NOW, 300, failures).secs_since(NOW), secs, "{failures}");
        }
        assert_eq!(retry(NOW, 10, 0).secs_since(NOW), 10, "never later than a good check would be");
    }

    #[test]
    fn a_silent_provider_is_tried_at_least_once_a_minute() {
        for (rounds, secs) in [(0, 5), (1, 10), (2, 20), (4, 60), (999, 60)] {
            assert_eq!(rest(NOW, rounds).secs_since(NOW), secs, "{rounds}");
        }
    }
}
