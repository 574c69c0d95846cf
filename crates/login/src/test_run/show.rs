//! The window that started a test, and what came of it: one page by the test's state, for its own browser.

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Response, StatusCode},
};
use idp::{entra::Severity, trial::TrialState};
use model::LoginTestId;
use pages::{Pasted, TestFailed, TestFinding, TestMark, TestPassed, TestProgress, TestRefusal, TestSaid, TestWaiting};
use serde_json::json;

use super::{
    browser,
    desk::{Seen, Stage},
    listed,
    open::refused,
    page_of,
};
use crate::{answer, state::LoginState};

/// `GET …/test/{id}`.
pub(super) async fn show(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some((id, seen)) = look(&state, &id, &headers) else { return refused(&state, &headers, TestRefusal::NotYours) };
    let (look, lang, now) = (state.look(), answer::language(&headers), state.now());
    let html = match &seen.stage {
        Stage::Ready => waiting(&state, &id, &seen, TestProgress::Ready, None).render(&look, lang),
        Stage::Waiting(_) if seen.is_late(now) => waiting(&state, &id, &seen, TestProgress::Late, None).render(&look, lang),
        Stage::Waiting(_) => waiting(&state, &id, &seen, TestProgress::Waiting, None).render(&look, lang),
        Stage::Done(report) => {
            let (provider, page, mark) = (seen.order.provider.clone(), page_of(&id), seen.mark(now));
            let findings = report.findings.iter().map(finding).collect();
            match (&report.state, &report.identity) {
                (TrialState::Passed, Some(identity)) => {
                    let identity = serde_json::to_string_pretty(identity).unwrap_or_default();
                    TestPassed { provider, page, mark, findings, identity }.render(&look, lang)
                }
                _ => {
                    let said = report.said.clone().map(said);
                    TestFailed { provider, page, mark, findings, sent: report.sent.clone(), said }.render(&look, lang)
                }
            }
        }
    };
    answer::test_page(StatusCode::OK, html)
}

/// `GET …/test/{id}/help`: the list, which stays open without script.
pub(super) async fn help(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    asked(&state, &id, &headers, None)
}

/// The list, with what came of a pasted text.
pub(super) fn asked(state: &LoginState, id: &str, headers: &HeaderMap, pasted: Option<Pasted>) -> Response<Body> {
    let Some((id, seen)) = look(state, id, headers) else { return refused(state, headers, TestRefusal::NotYours) };
    let page = waiting(state, &id, &seen, TestProgress::Asked, pasted);
    answer::test_page(StatusCode::OK, page.render(&state.look(), answer::language(headers)))
}

/// `GET …/test/{id}/state[?open]`: what the script asks for. For a window that shows the list, being late is no news.
pub(super) async fn state(
    State(state): State<LoginState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    match look(&state, &id, &headers) {
        Some((_, seen)) => answer::json(StatusCode::OK, &json!({ "mark": mark(&seen, query.as_deref() == Some("open"), &state) })),
        None => answer::json(StatusCode::NOT_FOUND, &json!({ "mark": null })),
    }
}

/// The test when it is this browser's.
pub(super) fn look(state: &LoginState, id: &str, headers: &HeaderMap) -> Option<(LoginTestId, Seen)> {
    let id: LoginTestId = id.parse().ok()?;
    let seen = state.tests.look(&id, &browser(headers)?, state.now())?;
    Some((id, seen))
}

fn mark(seen: &Seen, list_is_open: bool, state: &LoginState) -> String {
    let mark = seen.mark(state.now());
    if list_is_open { mark.replacen("late-", "waiting-", 1) } else { mark }
}

fn waiting(state: &LoginState, id: &LoginTestId, seen: &Seen, progress: TestProgress, pasted: Option<Pasted>) -> TestWaiting {
    TestWaiting {
        provider: seen.order.provider.clone(),
        page: page_of(id),
        mark: mark(seen, progress == TestProgress::Asked, state),
        started_by: seen.order.by_name.clone(),
        progress,
        help: listed::help(state, &seen.order.idp, pasted),
    }
}

fn finding(found: &idp::entra::Finding) -> TestFinding {
    let mark = match found.severity {
        Severity::Ok => TestMark::Fine,
        Severity::Note | Severity::Unknown => TestMark::Note,
        Severity::Warning => TestMark::Warning,
        Severity::Fault => TestMark::Fault,
    };
    TestFinding { mark, text: found.text.clone(), fix: found.fix.clone() }
}

fn said(said: idp::trial::Said) -> TestSaid {
    TestSaid {
        error: said.error,
        code: said.code,
        correlation_id: said.correlation_id,
        trace_id: said.trace_id,
        at: said.at,
        text: said.text,
    }
}
