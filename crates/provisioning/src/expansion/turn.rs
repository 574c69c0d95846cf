//! Whose turn it is: pure.

use std::collections::{HashMap, HashSet};

use model::{ObjectId, ScimId, Timestamp};
use store::GroupExpansion;

/// Shortest interval that is kept, in seconds, whatever is set.
const SHORTEST: i64 = 60;

/// What is to be done about the groups of a login method.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// To be read, those that waited longest first.
    pub(super) due: Vec<(ScimId, ObjectId)>,
    /// Expanded no longer.
    pub(super) gone: Vec<ScimId>,
}

/// `changed`: when the login method's settings changed last; after that everything is read anew.
pub(super) fn turn(wanted: &[(ScimId, ObjectId)], stored: &[GroupExpansion], every: u32, changed: Timestamp, now: Timestamp) -> Turn {
    let tried: HashMap<ScimId, Timestamp> = stored.iter().map(|group| (group.group, group.tried_at)).collect();
    let every = i64::from(every).max(SHORTEST);
    let is_due = |group: &ScimId| {
        tried.get(group).is_none_or(|at| {
            let passed = now.secs_since(*at);
            // When the clock was set back, the time that passed is not known.
            passed >= every || passed < -SHORTEST || *at < changed
        })
    };
    let mut due: Vec<(ScimId, ObjectId)> = wanted.iter().copied().filter(|(group, _)| is_due(group)).collect();
    due.sort_by_key(|(group, _)| (tried.get(group).copied(), *group));
    let wanted: HashSet<ScimId> = wanted.iter().map(|(group, _)| *group).collect();
    Turn { due, gone: stored.iter().map(|group| group.group).filter(|group| !wanted.contains(group)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(number: u32) -> (ScimId, ObjectId) {
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        (id.parse().unwrap(), id.parse().unwrap())
    }

    #[test]
    fn a_group_is_read_when_it_is_new_when_its_time_has_come_and_after_a_change() {
        let at = |secs: i64| Timestamp::from_secs(1_790_000_000 + secs);
        let stored = |number, tried| GroupExpansion {
            group: group(number).0,
            begun_at: at(0),
            read_at: Some(at(0)),
            tried_at: at(tried),
            why: None,
        };
        for (every, changed, now, due) in [
            (600, 0, 500, vec![3]),
            (600, 0, 600, vec![3, 1]),
            (600, 0, 700, vec![3, 1, 2]),
            (600, 50, 60, vec![3, 1]),
            (5, 0, 59, vec![3]),
            (5, 0, 60, vec![3, 1]),
            (600, 0, -61, vec![3, 1, 2]),
        ] {
            let wanted: Vec<_> = [2, 1, 3].map(group).into();
            let found = turn(&wanted, &[stored(1, 0), stored(2, 100), stored(9, 0)], every, at(changed), at(now));
            assert_eq!(found.due, due.into_iter().map(group).collect::<Vec<_>>(), "{every} {changed} {now}");
            assert_eq!(found.gone, [group(9).0]);
        }
    }
}
