//! The provider's clock against the server's, by the `Date` of an answer.

use model::{Timestamp, finding::Finding};

use crate::skew::read_date;

/// Seconds that tokens tolerate between the clocks; more makes sign-ins fail.
const TOLERATED: u64 = 300;
/// Seconds that need no word.
const USUAL: u64 = 60;

/// Compares the provider's clock with the server's.
pub(crate) fn clock(date: Option<&str>, now: Timestamp) -> Finding {
    let Some(told) = date.and_then(read_date) else {
        return Finding::unknown(
            "clock-unknown",
            "the provider's answer carries no date, so the clocks could not be compared",
            "Look for a proxy between the server and the provider that removes the header Date.",
        );
    };
    let ahead = now.secs().saturating_sub(told.secs());
    let apart = ahead.unsigned_abs();
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    let text = format!("the server's clock is {apart} s {direction} the provider's ({})", told.rfc3339());
    let fix = "Let the server's clock be set by NTP.";
    if apart < USUAL {
        Finding::note("clock", text)
    } else if apart <= TOLERATED {
        Finding::warning("clock-skew", format!("{text}; from {TOLERATED} s on sign-ins fail"), fix)
    } else {
        Finding::fault("clock-skew", format!("{text}; tokens tolerate {TOLERATED} s"), fix)
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use super::*;

    #[test]
    fn the_clock_is_a_note_a_warning_or_a_fault_by_its_distance() {
        let date = Some("Mon, 21 Sep 2026 14:13:20 GMT");
        for (off, severity) in [
            (0, Severity::Note),
            (59, Severity::Note),
            (-59, Severity::Note),
            (60, Severity::Warning),
            (-300, Severity::Warning),
            (301, Severity::Fault),
            (-90_000, Severity::Fault),
        ] {
            let found = clock(date, Timestamp::from_secs(1_790_000_000 + off));
            assert_eq!(found.severity, severity, "{off}: {}", found.text);
            assert!(found.text.contains(&format!("{} s {}", off.abs(), if off < 0 { "behind" } else { "ahead of" })), "{}", found.text);
            assert_eq!(found.fix.is_some(), severity > Severity::Note);
        }
        for odd in [None, Some(""), Some("yesterday"), Some("9".repeat(5000).as_str())] {
            assert_eq!(clock(odd, Timestamp::from_secs(0)).code, "clock-unknown");
        }
    }
}
