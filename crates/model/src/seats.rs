//! How the seats in use stand to the limit, and what an administrator is told about it.

use crate::finding::{Finding, Severity};

/// From so many hundredths of the limit an administrator is warned.
const NEARLY: u64 = 90;

/// What happened that the seats are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatEvent {
    /// A seat was taken or freed, or the limit was changed.
    Counted,
    /// Somebody was refused because no seat was left.
    Refused,
}

/// Whether one more person may take a seat.
pub fn has_room(used: u64, limit: Option<u32>) -> bool {
    limit.is_none_or(|limit| used < u64::from(limit))
}

/// What to tell, when there is something to tell. `before` is what was told last: that somebody was refused stays told while no seat is
/// free.
pub fn finding(used: u64, limit: Option<u32>, event: SeatEvent, before: Option<&Finding>) -> Option<Finding> {
    let limit = limit?;
    let full = !has_room(used, Some(limit));
    let refused = full && (event == SeatEvent::Refused || before.is_some_and(|told| told.severity == Severity::Fault));
    if refused {
        let text = format!("{used} of {limit} seats are in use, and a person without a seat was refused");
        return Some(Finding::fault("seats", text, FIX));
    }
    let nearly = used.saturating_mul(100) >= u64::from(limit).saturating_mul(NEARLY);
    nearly.then(|| Finding::warning("seats", format!("{used} of {limit} seats are in use"), FIX))
}

const FIX: &str = "Raise seat_limit, free the seats of people who do not need them (PATCH access/seats), or let unused seats be freed by \
                   themselves (user_seat_expiration_inactive_time).";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_is_told_from_nine_tenths_on_and_of_each_refusal_until_a_seat_is_free() {
        let refused = Finding::fault("seats", "x", "y");
        for (used, limit, event, before, told) in [
            (5, None, SeatEvent::Counted, None, None),
            (5, None, SeatEvent::Counted, Some(&refused), None),
            (8, Some(10), SeatEvent::Counted, None, None),
            (9, Some(10), SeatEvent::Counted, None, Some(Severity::Warning)),
            (10, Some(10), SeatEvent::Counted, None, Some(Severity::Warning)),
            (10, Some(10), SeatEvent::Refused, None, Some(Severity::Fault)),
            (10, Some(10), SeatEvent::Counted, Some(&refused), Some(Severity::Fault)),
            (9, Some(10), SeatEvent::Counted, Some(&refused), Some(Severity::Warning)),
            (8, Some(10), SeatEvent::Counted, Some(&refused), None),
            (0, Some(0), SeatEvent::Counted, None, Some(Severity::Warning)),
            (0, Some(0), SeatEvent::Refused, None, Some(Severity::Fault)),
            (12, Some(10), SeatEvent::Counted, None, Some(Severity::Warning)),
        ] {
            let found = finding(used, limit, event, before).map(|found| found.severity);
            assert_eq!(found, told, "{used} of {limit:?}, {event:?} after {before:?}");
        }
    }

    #[test]
    fn the_last_seat_can_be_taken_and_no_further_one() {
        for (used, limit, room) in [(0, Some(0), false), (0, Some(1), true), (1, Some(1), false), (9, Some(5), false), (9, None, true)] {
            assert_eq!(has_room(used, limit), room, "{used} of {limit:?}");
        }
    }
}
