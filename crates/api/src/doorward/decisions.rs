//! `decisions` and `decisions/{reference}`: what was decided and why, by the reference that a person was shown or by who, what and when.

pub(crate) mod export;
mod view;

use axum::extract::State;
use model::{AppId, PolicyId, Reference, UserId};
use store::DecisionFilter;

use crate::{
    caller::{AuditRead, Caller},
    envelope::Answer,
    error::ApiError,
    explained::Names,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// Most decisions on a page.
const MOST_PER_PAGE: u32 = 200;

/// Decisions, the newest first: sign-ins, refusals, ends of sessions and first admissions. `total=false` leaves the counting out, which looks
/// at the whole log: for whoever asks again and again.
pub(crate) async fn list(_: Caller<AuditRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let (filter, paging) = (filter(&query)?, Paging::read(&query, 50)?.at_most(MOST_PER_PAGE));
    let is_counted = query.parsed::<bool>("total")?.unwrap_or(true);
    state.store.flush_records().await?;
    let snapshot = state.store.snapshot();
    if !is_counted {
        let found = state.read(move |reader| Ok(reader.page_of_decisions(&filter, paging.page())?)).await?;
        return Ok(Answer::page(paging.uncounted(found.iter().map(|decision| view::row(decision, &snapshot)).collect())));
    }
    let listed = state.read(move |reader| Ok(reader.list_decisions(&filter, paging.page())?)).await?;
    Ok(Answer::page(paging.taken(listed, |decision| view::row(&decision, &snapshot))))
}

/// What is looked for.
fn filter(query: &Query) -> Result<DecisionFilter, ApiError> {
    Ok(DecisionFilter {
        email: query.text("email").map(str::to_owned),
        user_id: query.parsed::<UserId>("user_id")?,
        app_id: query.parsed::<AppId>("app_id")?,
        policy_id: query.parsed::<PolicyId>("policy_id")?,
        allowed: query.parsed::<bool>("allowed")?,
        since: query.time("since")?,
        until: query.time("until")?,
        admissions: query.parsed::<bool>("admissions")?.unwrap_or(true),
    })
}

/// One decision with everything that was considered.
pub(crate) async fn get(
    caller: Caller<AuditRead>,
    State(state): State<ApiState>,
    At(reference): At<Reference>,
) -> Result<Answer, ApiError> {
    state.store.flush_records().await?;
    let snapshot = state.store.snapshot();
    let found = state.read(move |reader| {
        let decision = reader.decision(&reference)?.ok_or_else(|| ApiError::missing("decision", &reference))?;
        let identity = decision.facts.as_ref().and_then(|facts| facts.identity.as_deref());
        let names = Names::of(reader, snapshot, &decision.explanation, identity)?;
        Ok((decision, names))
    });
    let (decision, mut names) = found.await?;
    names.ask(&state, &caller).await;
    Ok(Answer::ok(view::whole(&decision, &names)))
}
