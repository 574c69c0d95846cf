//! The question that a policy puts before it lets somebody in, and what comes of the answer.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode, header},
};
use guard::{Ask as Asks, compiled::CompiledApp, live::LiveSession};
use model::{
    AppId, GrantId, PolicyId, Timestamp,
    access_grant::PurposeGiven,
    access_request::{AccessRequest, LONGEST_SECS, MOST_A_DAY, RequestState},
    log::AuditRecord,
};
use pages::{Ask, Demand, RequestEnd, RequestEnded};
use serde_json::json;
use store::StoreError;

use super::{ASK_PATH, REQUEST_PATH, approvers, decide, demanding, not_found, waiting};
use crate::{
    answer,
    flow::{self, Asked},
    form::{About, Sent, bind},
    state::LoginState,
};

/// Characters of an answer.
const LONGEST: usize = 1000;

/// A verdict asked for more: the page with the question. Who waits for approval already sees how that stands.
pub(crate) async fn begin(state: &LoginState, app: &CompiledApp, live: &LiveSession, ask: &Asks, asked: &Asked<'_>) -> Response<Body> {
    if ask.approval && !ask.purpose {
        match open_request(state, live, app.app.id, ask.policy).await {
            Ok(Some(request)) => return waiting::page(state, app, &request, asked.headers),
            Ok(None) => {}
            Err(error) => return unavailable(state, asked.headers, &error),
        }
    }
    let about = About::Ask { app: app.app.id, policy: ask.policy, return_to: asked.target.absolute(state) };
    page(state, app, (ask, false), bind(state, live, about), asked.headers)
}

fn page(state: &LoginState, app: &CompiledApp, (ask, was_blank): (&Asks, bool), bound: String, headers: &HeaderMap) -> Response<Body> {
    let Some(policy) = app.policy(ask.policy) else { return not_found(state, headers) };
    let demand =
        if ask.approval { Demand::Approval { approvers: named(state, app, ask.policy), purpose: ask.purpose } } else { Demand::Purpose };
    let prompt = policy.demands.purpose_justification_prompt.clone();
    let page = Ask { app: app.app.name.clone(), demand, prompt, action: ASK_PATH.into(), state: bound, was_blank };
    let status = if was_blank { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    answer::page(status, page.render(&state.look(), answer::language(headers)))
}

/// Addresses of approvers as shown: at most a handful.
pub(super) fn named(state: &LoginState, app: &CompiledApp, policy: PolicyId) -> Vec<String> {
    const SHOWN: usize = 10;
    let snapshot = state.guard.store().snapshot();
    let groups = demanding(app, policy).map(|policy| policy.demands.approval_groups.clone()).unwrap_or_default();
    let everybody = approvers(&groups, |id| snapshot.lists.get(id).cloned()).into_iter().flat_map(|group| group.addresses);
    let mut named: Vec<String> = everybody.collect();
    named.sort_unstable();
    named.dedup();
    if named.len() > SHOWN {
        let more = named.len() - SHOWN;
        named.truncate(SHOWN);
        named.push(format!("+ {more}"));
    }
    named
}

/// The person's own request that still waits, for this policy.
async fn open_request(state: &LoginState, live: &LiveSession, app: AppId, policy: PolicyId) -> Result<Option<AccessRequest>, StoreError> {
    let (user, now) = (live.session.user_id, state.now());
    let since = now.plus_secs(-model::access_request::WAITS_SECS);
    let all = state.guard.store().read(move |reader| reader.access_requests_of(&user, since)).await?;
    Ok(all.into_iter().find(|request| request.app == app && request.policy == policy && request.is_open(now)))
}

/// `POST /cdn-cgi/access/ask`.
pub(super) async fn answered(State(state): State<LoginState>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let Some(live) = state.guard.org_session(&headers, state.now()) else { return not_found(&state, &headers) };
    let Some(sent) = Sent::read(&state, &live, &headers, &body) else { return not_found(&state, &headers) };
    let About::Ask { app, policy, return_to } = &sent.about else { return not_found(&state, &headers) };
    let Some(app) = state.guard.app(app).filter(|app| app.policy(*policy).is_some()) else { return not_found(&state, &headers) };
    let ask = open_demands(&app, &live, *policy, state.now());
    let text = sent.text("purpose", LONGEST);
    if ask.purpose && text.is_none() {
        let about = About::Ask { app: app.app.id, policy: *policy, return_to: return_to.clone() };
        return page(&state, &app, (&ask, true), bind(&state, &live, about), &headers);
    }
    let answer = Answer { ask, text, wanted_secs: sent.seconds().unwrap_or(LONGEST_SECS), return_to: return_to.clone() };
    match keep(&state, &app, &live, answer).await {
        Ok(Kept::Nothing) => waiting::go_on(&state, &app, return_to, &headers),
        Ok(Kept::Made(request)) => {
            decide::tell(&state, &app, &request);
            see_other(&format!("{REQUEST_PATH}/{}", request.id))
        }
        Ok(Kept::Waits(request)) => see_other(&format!("{REQUEST_PATH}/{request}")),
        Ok(Kept::TooMany) => {
            let page = RequestEnded { app: app.app.name.clone(), end: RequestEnd::TooMany, again_url: return_to.clone() };
            answer::page(StatusCode::TOO_MANY_REQUESTS, page.render(&state.look(), answer::language(&headers)))
        }
        Err(error) => unavailable(&state, &headers, &error),
    }
}

/// What of the policy's demands is open now.
fn open_demands(app: &CompiledApp, live: &LiveSession, policy: PolicyId, now: Timestamp) -> Asks {
    let (standing, demands) = (live.standing(), app.policy(policy).map(|p| p.demands.clone()).unwrap_or_default());
    Asks {
        policy,
        purpose: demands.purpose_justification_required && standing.purpose(app.app.id, policy).is_none(),
        approval: demands.approval_required && standing.grant(app.app.id, policy, now).is_none(),
    }
}

struct Answer {
    ask: Asks,
    text: Option<String>,
    wanted_secs: i64,
    return_to: String,
}

enum Kept {
    /// No request was needed.
    Nothing,
    /// One was made.
    Made(Box<AccessRequest>),
    /// This one waited already: its approvers were told.
    Waits(GrantId),
    TooMany,
}

/// The purpose, its record and the request: one transaction.
async fn keep(state: &LoginState, app: &Arc<CompiledApp>, live: &LiveSession, answer: Answer) -> Result<Kept, StoreError> {
    let (app, nonce, identity, standing) = (app.app.id, live.session.nonce.clone(), live.identity.clone(), live.standing());
    let Answer { ask, text, wanted_secs, return_to } = answer;
    let user = live.session.user_id;
    let write = move |tx: &mut store::Tx<'_>| {
        let now = tx.now();
        let actor = format!("person:{}", identity.email);
        if let Some(text) = text.clone().filter(|_| ask.purpose) {
            tx.give_purpose(&nonce, &PurposeGiven { app, policy: ask.policy, text: text.clone(), at: now })?;
            let after = Some(json!({ "app": app, "policy": ask.policy, "session": nonce, "purpose_justification_response": text }));
            let object = format!("user/{user}");
            tx.audit(&AuditRecord { at: now, actor: actor.clone(), action: "purpose.give".into(), object, before: None, after })?;
        }
        if !ask.approval {
            return Ok(Kept::Nothing);
        }
        let today = tx.access_requests_of(&user, now.plus_secs(-86_400))?;
        if let Some(open) = today.iter().find(|r| r.app == app && r.policy == ask.policy && r.is_open(now)) {
            return Ok(Kept::Waits(open.id));
        }
        if today.len() as u64 >= MOST_A_DAY {
            return Ok(Kept::TooMany);
        }
        let given = standing.purpose(app, ask.policy).map(|given| given.text.clone());
        let request = AccessRequest {
            id: GrantId::random(),
            user,
            email: identity.email.clone(),
            name: identity.name.clone(),
            app,
            policy: ask.policy,
            purpose: text.or(given),
            wanted_secs,
            return_to,
            votes: Vec::new(),
            state: RequestState::Waiting,
            created_at: now,
        };
        tx.put_access_request(&request)?;
        let after = Some(json!({ "app": app, "policy": ask.policy, "purpose": request.purpose, "wanted_seconds": wanted_secs }));
        let object = format!("access_request/{}", request.id);
        tx.audit(&AuditRecord { at: now, actor, action: "access_request.create".into(), object, before: None, after })?;
        Ok(Kept::Made(Box::new(request)))
    };
    state.guard.store().write(write).await
}

fn see_other(path: &str) -> Response<Body> {
    let mut response = answer::redirect(path);
    *response.status_mut() = StatusCode::SEE_OTHER;
    debug_assert!(response.headers().contains_key(header::LOCATION));
    response
}

pub(super) fn unavailable(state: &LoginState, headers: &HeaderMap, error: &StoreError) -> Response<Body> {
    tracing::error!(error = %error, "a request for access could not be kept or read");
    flow::unavailable(state, headers)
}
