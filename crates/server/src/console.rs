//! The console's files on the team domain. They are the same for everybody and hold no secret; what they show comes from the API.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use console::{Caching, Console, Served};

/// The picture in a browser's tab.
const ICON: &str = "icon.svg";

/// Routes of the team domain.
pub(crate) fn router() -> Router {
    let console = Arc::new(Console::new());
    Router::new()
        .route("/console", get(async || moved()))
        .route("/console/", get(page))
        .route("/console/assets/{mark}/{*file}", get(file))
        .route("/console/{*page}", get(page))
        .route("/favicon.ico", get(icon))
        .with_state(console)
}

fn moved() -> Response<Body> {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, "/console/")]).into_response()
}

/// Every page of the console is the one document: what it shows, its script reads from the address.
async fn page(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response<Body> {
    answer(&console.document(), &headers)
}

async fn file(State(console): State<Arc<Console>>, Path((mark, file)): Path<(String, String)>, headers: HeaderMap) -> Response<Body> {
    match console.file(&mark, &file) {
        Some(served) => answer(&served, &headers),
        None => (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], "the console has no such file; reload the page\n")
            .into_response(),
    }
}

/// Browsers ask for it where a page names none.
async fn icon(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response<Body> {
    match console.file(console.mark(), ICON) {
        // At this address the next release has another one.
        Some(served) => answer(&Served { caching: Caching::AskAgain, ..served }, &headers),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn answer(served: &Served<'_>, asked: &HeaderMap) -> Response<Body> {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == served.etag));
    let body = if is_known { Body::empty() } else { Body::from(Bytes::copy_from_slice(served.body)) };
    let mut response = Response::new(body);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let caching = match served.caching {
        Caching::Forever => "public, max-age=31536000, immutable",
        Caching::AskAgain => "no-cache",
    };
    let headers = response.headers_mut();
    for (name, value) in console::HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(served.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(served.etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn get_with(path: &str, etag: Option<&str>) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::get(path);
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let response = router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn every_address_of_the_console_is_the_document_and_nothing_inline_may_run() {
        for path in ["/console/", "/console/access/applications", "/console/settings/authentication/86666835-06aa-4d90-8bbd-5a74ac4edf68"] {
            let (status, headers, body) = get_with(path, None).await;
            assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/html; charset=utf-8"), "{path}");
            assert!(body.contains("<div id=\"app\">"));
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(headers["cache-control"], "no-cache");
            assert_eq!(headers["x-frame-options"], "DENY");
        }
        let (status, headers, _) = get_with("/console", None).await;
        assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::PERMANENT_REDIRECT, "/console/"));
    }

    #[tokio::test]
    async fn a_browser_that_asks_for_an_icon_of_its_own_accord_gets_one() {
        let (status, headers, body) = get_with("/favicon.ico", None).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "image/svg+xml"));
        assert!(body.contains("<svg") && headers["cache-control"] == "no-cache");
        assert_eq!(get_with("/favicon.ico", Some(headers["etag"].to_str().unwrap())).await.0, StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn files_are_kept_for_good_and_another_releases_are_not_there() {
        let mark = Console::new().mark().to_owned();
        let path = format!("{}{mark}/vendor/preact-htm.js", console::ASSETS);
        let (status, headers, body) = get_with(&path, None).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/javascript; charset=utf-8"));
        assert!(headers["cache-control"].to_str().unwrap().contains("immutable") && !body.is_empty());
        let etag = headers["etag"].to_str().unwrap();
        let (status, _, body) = get_with(&path, Some(etag)).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        for gone in ["/console/assets/0123456789abcdef/app.js".to_owned(), format!("{}{mark}/..%2Fsrc/lib.rs", console::ASSETS)] {
            assert_eq!(get_with(&gone, None).await.0, StatusCode::NOT_FOUND, "{gone}");
        }
    }
}
