//! Refusals on an application's host: the organisation's own page or address where there is one.

use guard::{compiled::CompiledApp, denial::deny_location};
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use model::{Reference, custom_page::PageKind};
use pages::Framing;

use crate::{
    body::ProxyBody,
    refuse::{self, Asked},
};

/// The other address, else the organisation's own page; `None` where there is neither.
pub(crate) fn own(
    asked: &Asked<'_>,
    app: &CompiledApp,
    kind: PageKind,
    url: Option<&str>,
    (reference, told): (&Reference, pages::Told<'_>),
) -> Option<Response<ProxyBody>> {
    let guard = &asked.worker.proxy.guard;
    if let Some(url) = url {
        let (host, port, path) = (&asked.canonical.host, &guard.config().port_suffix, &asked.canonical.path_and_query);
        return Some(away(&deny_location(url, &format!("https://{host}{port}{path}")), reference));
    }
    let compiled = guard.compiled();
    let page = compiled.own_page(&app.app, kind)?;
    let told =
        pages::Told { app: &app.app.name, organization: &compiled.snapshot.organization.name, reference: reference.as_str(), ..told };
    let mut response = Response::new(ProxyBody::full(pages::own_page(&page.html, page.contract_version, &told)));
    *response.status_mut() = StatusCode::FORBIDDEN;
    for (name, value) in pages::own_headers(reference, Framing::of(&app.app)) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Some(refuse::name_app(response, app))
}

/// One of our pages about an application, with its reference; in a frame where the application's setting lets other sites do that.
pub(crate) fn framed_as(mut response: Response<ProxyBody>, app: &CompiledApp, reference: &Reference) -> Response<ProxyBody> {
    if Framing::of(&app.app) == Framing::Anybody {
        let policy = HeaderValue::from_static(pages::framed_content_security_policy());
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response.headers_mut().remove(header::X_FRAME_OPTIONS);
    }
    with_reference(response, reference)
}

fn away(url: &str, reference: &Reference) -> Response<ProxyBody> {
    let mut response = Response::new(ProxyBody::empty());
    *response.status_mut() = StatusCode::FOUND;
    match HeaderValue::from_str(url) {
        Ok(url) => drop(response.headers_mut().insert(header::LOCATION, url)),
        Err(_) => *response.status_mut() = StatusCode::FORBIDDEN,
    }
    refuse::no_store(response.headers_mut());
    with_reference(response, reference)
}

fn with_reference(mut response: Response<ProxyBody>, reference: &Reference) -> Response<ProxyBody> {
    if let Ok(value) = HeaderValue::from_str(reference.as_str()) {
        response.headers_mut().insert(HeaderName::from_static(pages::REFERENCE_HEADER), value);
    }
    response
}
