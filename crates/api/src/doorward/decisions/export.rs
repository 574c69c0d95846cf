//! Decisions as a file.

use axum::{extract::State, response::Response};
use futures_util::stream;
use model::Timestamp;
use serde_json::Value;
use store::{DecisionFilter, DecisionPlace, Store, StoreError};

use super::{filter, view};
use crate::{
    caller::{AuditRead, Caller},
    error::ApiError,
    export::{Format, Record, file},
    params::Query,
    state::ApiState,
};

/// Decisions that are in memory at once.
const STRETCH: u64 = 100;
const COLUMNS: [&str; 17] = [
    "reference",
    "created_at",
    "allowed",
    "action",
    "outcome",
    "reason",
    "user_email",
    "user_uid",
    "app_name",
    "app_uid",
    "host",
    "path",
    "policy_name",
    "policy_uid",
    "idp_uid",
    "ip_address",
    "country",
];

/// Streams what the filters of the list leave, as it is when the export begins. A line of JSON has the explanation as well.
pub(crate) async fn export(_: Caller<AuditRead>, State(state): State<ApiState>, query: Query) -> Result<Response, ApiError> {
    let (format, mut filter) = (Format::read(&query)?, filter(&query)?);
    state.store.flush_records().await?;
    let now = Timestamp::from_millis(state.now().millis() + 1);
    filter.until = Some(filter.until.map_or(now, |until| until.min(now)));
    let place = DecisionPlace::before(filter.since.unwrap_or_default());
    let work = Work { store: state.store.clone(), filter, place: Some(place) };
    let stretches = stream::unfold(work, |mut work| async { work.next().await.map(|part| (part, work)) });
    Ok(file("access-decisions", format, &COLUMNS, stretches))
}

/// An export under way.
struct Work {
    store: Store,
    filter: DecisionFilter,
    /// Behind the last decision that was written; none at the end.
    place: Option<DecisionPlace>,
}

impl Work {
    /// The next stretch; `None` at the end.
    async fn next(&mut self) -> Option<Result<Vec<Record>, StoreError>> {
        let (filter, place) = (self.filter.clone(), self.place.take()?);
        let found = match self.store.read(move |reader| reader.decisions_found_after(&filter, &place, STRETCH)).await {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let last = found.last()?;
        if found.len() as u64 == STRETCH {
            self.place = Some(DecisionPlace { at: last.at, reference: last.reference.to_string() });
        }
        let snapshot = self.store.snapshot();
        let record = |decision: &model::log::AccessDecision| {
            let mut row = view::row(decision, &snapshot);
            row["explanation"] = decision.explanation.clone();
            match row {
                Value::Object(record) => record,
                _ => Record::new(),
            }
        };
        Some(Ok(found.iter().map(record).collect()))
    }
}
