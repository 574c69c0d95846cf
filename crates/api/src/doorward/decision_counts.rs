//! `decision_counts`: how many decisions there were in each of the last hours, for whoever draws them.

use axum::extract::State;
use model::Timestamp;
use serde_json::{Value, json};
use store::DecisionCount;

use crate::{
    caller::{AuditRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::Query,
    state::ApiState,
};

const HOUR_SECS: i64 = 3600;
/// Hours when nobody says how many, and at most: a week.
const USUAL_HOURS: u32 = 24;
const MOST_HOURS: u32 = 168;
/// Most decisions that are looked at, the newest first: the answer stays quick however much is written down.
const MOST_COUNTED: u64 = 200_000;

/// Every hour of the time asked for, also those without any; the last one is the current hour.
pub(crate) async fn get(_: Caller<AuditRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let hours = query.parsed::<u32>("hours")?.unwrap_or(USUAL_HOURS);
    if !(1..=MOST_HOURS).contains(&hours) {
        return Err(ApiError::fault("hours", format!("hours {hours} is not between 1 and {MOST_HOURS}")));
    }
    let until = Timestamp::from_secs((state.now().secs().div_euclid(HOUR_SECS) + 1) * HOUR_SECS);
    let since = until.plus_secs(-i64::from(hours) * HOUR_SECS);
    state.store.flush_records().await?;
    let counts = state.read(move |reader| Ok(reader.count_decisions(since, until, MOST_COUNTED)?)).await?;
    Ok(Answer::ok(write(since, until, hours, &counts)))
}

fn write(since: Timestamp, until: Timestamp, hours: u32, counts: &[DecisionCount]) -> Value {
    let all: u64 = counts.iter().map(|count| count.total).sum();
    // Of the oldest hour that was reached some may be missing: it is left out.
    let complete_since = match counts.first() {
        Some(oldest) if all >= MOST_COUNTED => oldest.hour.plus_secs(HOUR_SECS),
        _ => since,
    };
    let total = |hour: Timestamp, fits: fn(&DecisionCount) -> bool| -> u64 {
        counts.iter().filter(|count| count.hour == hour && fits(count)).map(|count| count.total).sum()
    };
    let rows = (0..i64::from(hours)).map(|n| since.plus_secs(n * HOUR_SECS)).filter(|hour| *hour >= complete_since).map(|hour| {
        json!({
            "at": hour.rfc3339(),
            "sign_ins": total(hour, |count| count.allowed && !count.admission),
            "admissions": total(hour, |count| count.allowed && count.admission),
            "refused": total(hour, |count| !count.allowed),
        })
    });
    json!({
        "since": since.rfc3339(),
        "until": until.rfc3339(),
        "complete_since": complete_since.rfc3339(),
        "hours": rows.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(hour: i64, (allowed, admission): (bool, bool), total: u64) -> DecisionCount {
        DecisionCount { hour: Timestamp::from_secs(hour * HOUR_SECS), allowed, admission, total }
    }

    #[test]
    fn every_hour_stands_there_once_with_its_three_numbers() {
        let (since, until) = (Timestamp::from_secs(10 * HOUR_SECS), Timestamp::from_secs(13 * HOUR_SECS));
        let counts = [count(10, (false, false), 2), count(10, (true, false), 3), count(12, (true, true), 5)];
        let told = write(since, until, 3, &counts);
        let numbers: Vec<_> = told["hours"]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| [&h["sign_ins"], &h["admissions"], &h["refused"]].map(|n| n.as_u64().unwrap()))
            .collect();
        assert_eq!(numbers, [[3, 0, 2], [0, 0, 0], [0, 5, 0]]);
        assert_eq!(told["complete_since"], told["since"]);
    }

    #[test]
    fn an_hour_that_may_be_cut_is_left_out() {
        let (since, until) = (Timestamp::from_secs(10 * HOUR_SECS), Timestamp::from_secs(13 * HOUR_SECS));
        let told = write(since, until, 3, &[count(11, (true, false), 1), count(12, (true, false), MOST_COUNTED - 1)]);
        assert_eq!(told["hours"].as_array().unwrap().len(), 1);
        assert_eq!(told["complete_since"], Timestamp::from_secs(12 * HOUR_SECS).rfc3339());
    }
}
