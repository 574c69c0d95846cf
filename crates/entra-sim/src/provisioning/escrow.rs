//! Owns objects that failed: when they are tried again, and when they are given up.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure::Failure;
use crate::clock::Stamp;

const HOUR: i64 = 3_600;
/// Seconds after which an object is given up.
const GIVEN_UP: i64 = 28 * 24 * HOUR;

/// Which failed objects are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Those whose time has come.
    Due,
    /// All.
    All,
}

/// An object that failed and waits for another try.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Escrow {
    /// Failures so far.
    pub failures: u32,
    /// First failure.
    pub since: Stamp,
    /// Not tried again before; `None` when it was given up.
    pub next: Option<Stamp>,
    /// Last reason.
    pub reason: String,
    /// What was tried. Another wish is tried at once, since the change arrives by itself.
    #[serde(default)]
    pub tried: Value,
}

impl Escrow {
    /// The escrow after one more failure: 6, 12, 24 hours, then daily until 28 days are over.
    pub fn after(known: Option<&Self>, tried: Value, failure: &Failure, now: Stamp) -> Self {
        let known = known.filter(|escrow| escrow.tried == tried);
        let failures = known.map_or(0, |escrow| escrow.failures) + 1;
        let since = known.map_or(now, |escrow| escrow.since);
        let hours = match failures {
            1 => 6,
            2 => 12,
            _ => 24,
        };
        let next = (since.plus(GIVEN_UP) > now).then(|| now.plus(hours * HOUR));
        Self { failures, since, next, reason: failure.to_string(), tried }
    }

    /// Whether it is left alone for now.
    pub fn waits(&self, wish: &Value, now: Stamp, retry: Retry) -> bool {
        retry == Retry::Due && self.tried == *wish && self.next.is_none_or(|next| next > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_object_is_tried_after_six_twelve_and_twenty_four_hours_then_daily_until_day_twenty_eight() {
        let start = Stamp::new(time::OffsetDateTime::UNIX_EPOCH);
        let (mut now, mut escrow, mut waits) = (start, None::<Escrow>, Vec::new());
        loop {
            let made = Escrow::after(escrow.as_ref(), Value::Null, &Failure::Unmatched("x"), now);
            assert!(made.waits(&Value::Null, now, Retry::Due) && !made.waits(&Value::Null, now, Retry::All));
            let Some(next) = made.next else { break };
            assert!(made.waits(&Value::Null, next.plus(-1), Retry::Due) && !made.waits(&Value::Null, next, Retry::Due));
            waits.push((next.unix() - now.unix()) / HOUR);
            (now, escrow) = (next, Some(made));
        }
        assert_eq!(waits[..4], [6, 12, 24, 24]);
        assert_eq!((now.unix() - start.unix()) / HOUR / 24, 28, "given up after 28 days");
        let given_up = Escrow::after(escrow.as_ref(), Value::Null, &Failure::Unmatched("x"), now);
        assert!(given_up.waits(&Value::Null, now.plus(GIVEN_UP), Retry::Due));
        assert!(!given_up.waits(&Value::from("changed"), now, Retry::Due), "a change of the object is tried at once");
        let anew = Escrow::after(Some(&given_up), Value::from("changed"), &Failure::Unmatched("x"), now);
        assert_eq!(anew.failures, 1);
    }
}
