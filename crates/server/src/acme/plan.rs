//! When a name is ordered for, and how long to wait after a failure.

use model::{
    Timestamp,
    acme::{Attempts, Certificate},
};

/// Seconds to wait after each failure; the last one from then on. Servers count failures too: the first ones are few within an hour.
const WAITS: [i64; 7] = [60, 300, 900, 3600, 14_400, 43_200, 86_400];
/// No server's wish makes it longer: the certificate would end.
const LONGEST_WAIT: i64 = 86_400;

/// Whether an order is due: no certificate from this directory, or one whose time for renewal has come; and no wait.
pub(super) fn is_due(
    held: Option<&Certificate>,
    attempts: Option<&Attempts>,
    hint: Option<Timestamp>,
    directory: &str,
    now: Timestamp,
) -> bool {
    // A wait that no failure could have set: the clock was wrong then.
    let waits = attempts.is_some_and(|a| a.next > now && a.next.secs_since(now) <= LONGEST_WAIT);
    let wanted = held.is_none_or(|held| held.directory != directory || renew_at(held, hint) <= now);
    wanted && !waits
}

/// At two thirds of its life, or when the server would like it; in any case while a tenth of its life is left.
fn renew_at(held: &Certificate, hint: Option<Timestamp>) -> Timestamp {
    let tenth = held.not_after.secs_since(held.not_before) / 10;
    hint.map_or_else(|| held.renew_at(), |hint| hint.min(held.not_after.plus_secs(-tenth)))
}

/// What is noted of a failure.
pub(super) fn after_failure(failed: u32, server_says: Option<i64>, now: Timestamp) -> Attempts {
    let step = usize::try_from(failed).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let own = WAITS.get(step).copied().unwrap_or(LONGEST_WAIT);
    let wait = server_says.unwrap_or(0).clamp(own, LONGEST_WAIT);
    Attempts { failed: failed.saturating_add(1), next: now.plus_secs(wait) }
}

/// The ways to prove, each attempt beginning with the next one.
pub(super) fn in_turn<T: Copy>(ways: &[T], failed: u32) -> Vec<T> {
    let first = usize::try_from(failed).unwrap_or(0).checked_rem(ways.len()).unwrap_or(0);
    ways.iter().cycle().skip(first).take(ways.len()).copied().collect()
}

/// A moment within a window, so that not everybody comes at once (RFC 9773 section 4.2).
pub(super) fn within((start, end): (Timestamp, Timestamp), random: u16) -> Timestamp {
    let width = end.secs_since(start).max(0);
    start.plus_secs(width / i64::from(u16::MAX) * i64::from(random) + width % i64::from(u16::MAX) * i64::from(random) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTORY: &str = "https://acme.example/dir";
    const DAY: i64 = 86_400;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }
    fn certificate(days: i64) -> Certificate {
        Certificate {
            name: "wiki.harbourworks.example".into(),
            chain: String::new(),
            directory: DIRECTORY.into(),
            not_before: at(0),
            not_after: at(days * DAY),
        }
    }

    #[test]
    fn a_name_is_ordered_for_once_and_again_when_a_third_of_its_time_is_left() {
        let held = certificate(90);
        let due = |held: Option<&Certificate>, hint: Option<i64>, now| is_due(held, None, hint.map(at), DIRECTORY, at(now));
        assert!(due(None, None, 0));
        assert!(!due(Some(&held), None, 60 * DAY - 1) && due(Some(&held), None, 60 * DAY));
        assert!(due(Some(&held), Some(10 * DAY), 10 * DAY), "the server wants it earlier");
        assert!(!due(Some(&held), Some(70 * DAY), 60 * DAY) && due(Some(&held), Some(70 * DAY), 70 * DAY), "or later");
        assert!(due(Some(&held), Some(1000 * DAY), 81 * DAY), "but never too late");
        let elsewhere = Certificate { directory: "https://staging.example/dir".into(), ..held };
        assert!(due(Some(&elsewhere), None, 1), "another server's certificate is replaced");
    }

    #[test]
    fn failures_are_waited_out_longer_each_time_and_as_long_as_the_server_says() {
        let mut waits = Vec::new();
        for failed in 0..9 {
            let attempts = after_failure(failed, None, at(0));
            assert_eq!(attempts.failed, failed + 1);
            assert!(!is_due(None, Some(&attempts), None, DIRECTORY, attempts.next.plus_secs(-1)));
            assert!(is_due(None, Some(&attempts), None, DIRECTORY, attempts.next));
            waits.push(attempts.next.secs());
        }
        assert_eq!(waits, [60, 300, 900, 3600, 14_400, 43_200, 86_400, 86_400, 86_400]);
        assert_eq!(after_failure(0, Some(7200), at(0)).next, at(7200));
        assert_eq!(after_failure(0, Some(i64::MAX), at(0)).next, at(DAY));
        assert_eq!(after_failure(5, Some(1), at(0)).next, at(43_200), "never shorter than its own");
        assert_eq!(after_failure(u32::MAX, None, at(0)).failed, u32::MAX);
        let far = Attempts { failed: 1, next: at(40_000 * DAY) };
        assert!(is_due(None, Some(&far), None, DIRECTORY, at(0)), "set while the clock was wrong");
    }

    #[test]
    fn each_attempt_begins_with_the_next_way_to_prove() {
        assert_eq!(in_turn(&[1, 2], 0), [1, 2]);
        assert_eq!(in_turn(&[1, 2], 1), [2, 1]);
        assert_eq!(in_turn(&[1, 2], 2), [1, 2]);
        assert_eq!(in_turn(&[1], 7), [1]);
        assert!(in_turn::<u8>(&[], 7).is_empty());
    }

    #[test]
    fn a_moment_of_a_window_is_inside_it() {
        let window = (at(1000), at(1000 + 2 * DAY));
        assert_eq!(within(window, 0), at(1000));
        assert_eq!(within(window, u16::MAX), window.1);
        assert!((at(1000 + DAY - 60)..at(1000 + DAY + 60)).contains(&within(window, u16::MAX / 2)));
        assert_eq!(within((at(5), at(5)), 9), at(5));
        assert_eq!(within((at(5), at(1)), 9), at(5), "a window that ends before it begins");
    }
}
