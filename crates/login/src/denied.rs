//! Refusals on the team domain: the organisation's own page or address where there is one, else ours.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode},
};
use guard::{Denial, DenialKind, compiled::CompiledApp, denial::deny_location};
use model::{Reference, custom_page::PageKind, identity::Identity};

use crate::{answer, flow::Asked, state::LoginState};

/// Somebody who signed in and may not pass.
pub(crate) fn blocked(
    state: &LoginState,
    app: &CompiledApp,
    identity: &Identity,
    denial: &Denial,
    reference: &Reference,
    asked: &Asked<'_>,
) -> Response<Body> {
    let refusal = match denial.kind {
        DenialKind::NonIdentity => return forbidden(state, app, reference, asked),
        DenialKind::NoPolicyMatched => pages::Refusal::NoPolicyMatched,
        DenialKind::BlockPolicy => pages::Refusal::BlockPolicy,
    };
    let (email, other_account_url) = (identity.email.to_string(), asked.target.other_account(state));
    let sign_out_url = format!("{}/cdn-cgi/access/logout", state.guard.config().team_origin);
    let told = pages::Told {
        email: &email,
        message: app.app.custom_deny_message.as_deref().unwrap_or_default(),
        other_account_url: &other_account_url,
        sign_out_url: &sign_out_url,
        ..pages::Told::default()
    };
    if let Some(own) = own(state, app, PageKind::IdentityDenied, app.app.custom_deny_url.as_deref(), (reference, asked), told) {
        return own;
    }
    let page = pages::Blocked {
        app: app.app.name.clone(),
        email,
        refusal,
        policy: denial.policy.and_then(|id| app.policy(id)).map(|p| p.name.clone()),
        rule_kind: denial.rule.map(str::to_owned),
        detail: pages::Detail::of_reason(denial.reason.as_str()),
        custom_message: app.app.custom_deny_message.clone(),
        reference: reference.clone(),
        other_account_url,
        sign_out_url,
    };
    let response = answer::page(StatusCode::FORBIDDEN, page.render(&state.look(), answer::language(asked.headers)));
    answer::framed_as(with_reference(response, reference), app)
}

/// Nobody could pass with such a request.
pub(crate) fn forbidden(state: &LoginState, app: &CompiledApp, reference: &Reference, asked: &Asked<'_>) -> Response<Body> {
    let url = app.app.custom_non_identity_deny_url.as_deref();
    if let Some(own) = own(state, app, PageKind::Forbidden, url, (reference, asked), pages::Told::default()) {
        return own;
    }
    // Strangers see this page too: it does not name the policy.
    let page = pages::Forbidden { app: app.app.name.clone(), policy: None, rule_kind: None, detail: None, reference: reference.clone() };
    let response = answer::page(StatusCode::FORBIDDEN, page.render(&state.look(), answer::language(asked.headers)));
    answer::framed_as(with_reference(response, reference), app)
}

/// The other address, else the organisation's own page.
fn own(
    state: &LoginState,
    app: &CompiledApp,
    kind: PageKind,
    url: Option<&str>,
    (reference, asked): (&Reference, &Asked<'_>),
    told: pages::Told<'_>,
) -> Option<Response<Body>> {
    if let Some(url) = url {
        return Some(with_reference(answer::redirect(&deny_location(url, &asked.target.absolute(state))), reference));
    }
    let compiled = state.guard.compiled();
    let page = compiled.own_page(&app.app, kind)?;
    let told =
        pages::Told { app: &app.app.name, organization: &compiled.snapshot.organization.name, reference: reference.as_str(), ..told };
    let mut response = Response::new(Body::from(pages::own_page(&page.html, page.contract_version, &told)));
    *response.status_mut() = StatusCode::FORBIDDEN;
    for (name, value) in pages::own_headers(reference, pages::Framing::of(&app.app)) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Some(response)
}

fn with_reference(mut response: Response<Body>, reference: &Reference) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(reference.as_str()) {
        response.headers_mut().insert(HeaderName::from_static(pages::REFERENCE_HEADER), value);
    }
    response
}
