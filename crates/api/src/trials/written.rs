//! Which runs of the policy tester the audit log has told of lately: whoever tries the same policies again and again while editing them
//! leaves one record in some minutes, so that trials do not push changes out of the log.

use std::collections::HashMap;

use model::Timestamp;

/// So long one record stands for all further runs of the same policies by the same person.
const STANDS_SECS: i64 = 300;
/// Records remembered; beyond, all of them are forgotten, and the next run of each is written down again.
const MOST: usize = 256;

/// Records by who and by the names of the policies.
#[derive(Default)]
pub(super) struct Written(HashMap<(String, Vec<String>), Timestamp>);

impl Written {
    /// Whether no record stands for a run.
    pub(super) fn is_news(&self, by: &str, names: &[String], now: Timestamp) -> bool {
        let at = self.0.get(&(by.to_owned(), names.to_vec()));
        !at.is_some_and(|at| (0..STANDS_SECS).contains(&now.secs_since(*at)))
    }
    /// A record was written.
    pub(super) fn note(&mut self, by: &str, names: &[String], now: Timestamp) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert((by.to_owned(), names.to_vec()), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_stands_for_the_runs_of_five_minutes_by_one_person_on_one_thing() {
        let mut written = Written::default();
        let at = |secs: i64| Timestamp::from_secs(1_790_000_000 + secs);
        let (crew, pilots) = (vec!["Crew".to_owned()], vec!["Pilots".to_owned()]);
        for (by, names, secs, is_news) in [
            ("mara", &crew, 0, true),
            ("mara", &crew, 299, false),
            ("mara", &pilots, 299, true),
            ("ilo", &crew, 299, true),
            ("mara", &crew, 300, true),
            ("mara", &crew, 310, false),
            // A clock that was set back silences nothing.
            ("mara", &crew, 200, true),
        ] {
            assert_eq!(written.is_news(by, names, at(secs)), is_news, "{by} {names:?} {secs}");
            if is_news {
                written.note(by, names, at(secs));
            }
        }
    }

    #[test]
    fn the_memory_of_records_is_bounded() {
        let mut written = Written::default();
        for n in 0..2000 {
            written.note(&n.to_string(), &[], Timestamp::from_secs(0));
        }
        assert!(written.0.len() <= MOST);
    }
}
