//! `policies/replay`: decides the logged requests again, by the configuration as it is and as it would be with edited policies, and tells
//! who would gain and who would lose access.

mod edit;
mod outcome;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::State;
use guard::compiled::Compiled;
use model::{SessionDuration, Timestamp};
use serde_json::{Value, json};
use store::{DecisionPlace, JudgedPeople};

use crate::{
    audit::Object,
    body::Json,
    caller::{Caller, PolicyTestsWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    state::ApiState,
};

use outcome::Tally;

const NOUN: Object = Object("policy_replay");

/// Decisions read in one look at the store.
const PIECE: u64 = 500;
/// Most decisions that are decided again.
const MOST: u64 = 500_000;
/// Longest time that it may take; what is left is said.
const LONGEST: Duration = Duration::from_secs(100);

/// The stretch of the log that is gone through.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    since: Timestamp,
    until: Timestamp,
}

pub(crate) async fn replay(caller: Caller<PolicyTestsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (stretch, edits) = read(&body, state.now())?;
    let _place = state.trials.replay()?;
    let (before, now, changed) = (state.store.snapshot(), state.now(), edits.len());
    let base = Arc::clone(&before);
    let after = state.read(move |reader| edit::apply(reader, &base, edits, now)).await?;
    let configuration = (Arc::clone(&before), Arc::new(after));
    // Compiling parses keys: not on the control runtime.
    let compiled = tokio::task::spawn_blocking(move || (Compiled::new(configuration.0, None), Compiled::new(configuration.1, None)));
    let (as_is, edited) = compiled.await.map_err(|_| ApiError::Internal)?;
    let (actor, since, objects) = (caller.actor(), stretch.since.rfc3339(), changed);
    // Everybody's facts are looked at: that is written down.
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "run", since, json!({ "edited_objects": objects }))?)).await?;
    state.store.flush_records().await?;
    let mut tally = Tally::new(as_is, edited);
    let mut people = JudgedPeople::default();
    let mut place = DecisionPlace::before(stretch.since);
    let begun = Instant::now();
    loop {
        let (from, piece_begun) = (place.clone(), Instant::now());
        let (read, tallied, kept) = state
            .read(move |reader| {
                let piece = reader.decisions_after(&from, stretch.until, PIECE, &mut people)?;
                let last = piece.last().map(|decision| (decision.at, decision.reference.to_string()));
                piece.iter().for_each(|decision| tally.take(decision));
                Ok(((piece.len() as u64, last), tally, people))
            })
            .await?;
        (tally, people) = (tallied, kept);
        let (count, last) = read;
        if let Some((at, reference)) = last {
            place = DecisionPlace { at, reference };
        }
        if count < PIECE {
            break;
        }
        if tally.seen() >= MOST || begun.elapsed() >= LONGEST {
            tally.stopped(place.at);
            break;
        }
        // As long a rest as the work took: others read, too.
        tokio::time::sleep(piece_begun.elapsed().min(Duration::from_millis(100))).await;
    }
    Ok(Answer::ok(tally.write(stretch.since, stretch.until)))
}

fn read(body: &Value, now: Timestamp) -> Result<(Stretch, Vec<edit::Edit>), ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).and_then(|fields| {
        let since = since(&fields, now);
        let until = fields.time("until").unwrap_or_else(|| now.plus_secs(1));
        let edits = if fields.require("with") { fields.get("with").map(|with| edit::read(with, "/with", &faults)) } else { None };
        fields.done();
        if since.is_some_and(|since| since >= until) {
            fields.fault("until", "must be after since");
        }
        Some((Stretch { since: since?, until }, edits?))
    });
    faults.finish_some(read)
}

/// A time, or how long ago: `24h`.
fn since(fields: &Fields<'_>, now: Timestamp) -> Option<Timestamp> {
    let Some(text) = fields.text("since") else { return Some(now.plus_secs(-86_400)) };
    if let Some(at) = Timestamp::parse(text) {
        return Some(at);
    }
    match text.parse::<SessionDuration>() {
        Ok(ago) if ago.secs() > 0 => Some(now.plus_secs(-ago.secs())),
        _ => {
            fields.fault("since", format!("{text:?} is neither a time like 2026-03-04T05:06:07Z nor a length of time like 24h"));
            None
        }
    }
}
