//! The pages of demands: the question for a purpose, the request for access, the wait, and what approvers see.

mod approve;
mod ask;
mod waiting;

pub use approve::{ApprovalDone, Approve, Done};
pub use ask::{Ask, Demand};
pub use waiting::{FOLLOW_SCRIPT, FOLLOW_SCRIPT_PATH, GoOn, RequestEnd, RequestEnded, RequestWaiting};

use crate::text::{fill, temporary::Words};

/// Hours that are offered for choosing.
const HOURS: [u32; 6] = [1, 2, 4, 8, 12, 24];

/// A number of hours to choose.
struct Choice {
    hours: u32,
    label: String,
    is_wanted: bool,
}

fn choices(words: &Words, wanted: u32) -> Vec<Choice> {
    let label = |hours: u32| if hours == 1 { words.one_hour.to_owned() } else { fill(words.hours, &[&hours.to_string()]) };
    HOURS.iter().map(|hours| Choice { hours: *hours, label: label(*hours), is_wanted: *hours == wanted }).collect()
}
