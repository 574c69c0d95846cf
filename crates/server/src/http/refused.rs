//! Answers made before any surface has seen the request, in the form of the surface that it was meant for.

use std::time::Duration;

use axum::http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt;
use pages::{Language, Look};
use proxy::{Malformed, ProxyBody};

/// Who is to understand the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A client of the v4 API.
    Api,
    /// A client of SCIM.
    Scim,
    /// Somebody with a browser.
    Page,
    /// Anybody else.
    Plain,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("{0}")]
    Malformed(#[from] Malformed),
    #[error("path and query are longer than {0} bytes")]
    LongTarget(usize),
    #[error("the body is longer than {0} bytes")]
    LongBody(usize),
    #[error("too many requests in a short time; come again in {} s", .0.as_secs() + 1)]
    TooOften(Duration),
    #[error("the server is short of memory just now; come again in a moment")]
    ShortOfMemory,
    #[error("the server is being replaced by its successor; come again, on a new connection")]
    Replaced,
}

impl Refused {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(fault) => fault.status(),
            Self::LongTarget(_) => StatusCode::URI_TOO_LONG,
            Self::LongBody(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::ShortOfMemory | Self::Replaced => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word for the access log.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed-request",
            Self::LongTarget(_) => "target-too-long",
            Self::LongBody(_) => "body-too-long",
            Self::TooOften(_) => "too-often",
            Self::ShortOfMemory => "short-of-memory",
            Self::Replaced => "replaced",
        }
    }

    const fn code(&self) -> u32 {
        match self {
            Self::Malformed(Malformed::Path) => 7003,
            Self::Malformed(_) => 6003,
            Self::LongTarget(_) => 10414,
            Self::LongBody(_) => 12130,
            Self::TooOften(_) => 10429,
            Self::ShortOfMemory | Self::Replaced => 10503,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooOften(wait) => Some(wait.as_secs() + 1),
            Self::ShortOfMemory => Some(5),
            Self::Replaced => Some(1),
            _ => None,
        }
    }

    /// The answer. A browser is not told of a successor but sent to it: `again` is where it was going.
    pub(super) fn answer(&self, form: Form, page: impl FnOnce() -> (Look, Language), again: &str) -> Response<ProxyBody> {
        let text = self.to_string();
        let mut response = match (form, self) {
            (Form::Api, _) => surface(api::refusal(self.status(), self.code(), &text)),
            (Form::Scim, _) => surface(provisioning::refusal(self.status(), &text)),
            (Form::Page, Self::TooOften(wait)) => {
                let (look, language) = page();
                let html = pages::TooOften { seconds: wait.as_secs() + 1 }.render(&look, language);
                let mut response = full(self.status(), html);
                for (name, value) in pages::headers() {
                    response.headers_mut().insert(name, HeaderValue::from_static(value));
                }
                response
            }
            (Form::Page | Form::Plain, Self::Replaced) => match HeaderValue::from_str(again) {
                Ok(again) => {
                    let mut response = full(StatusCode::TEMPORARY_REDIRECT, String::new());
                    response.headers_mut().insert(header::LOCATION, again);
                    response
                }
                Err(_) => plain(self.status(), &text),
            },
            (Form::Page | Form::Plain, _) => plain(self.status(), &text),
        };
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status() == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn surface(response: Response<axum::body::Body>) -> Response<ProxyBody> {
    response.map(|body| ProxyBody::Surface(body.map_err(Into::into).boxed_unsync()))
}

fn full(status: StatusCode, text: String) -> Response<ProxyBody> {
    let mut response = Response::new(ProxyBody::full(text));
    *response.status_mut() = status;
    response
}

/// One line of text.
pub(super) fn plain(status: StatusCode, text: &str) -> Response<ProxyBody> {
    let mut response = full(status, format!("{text}\n"));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answered(refused: Refused, form: Form) -> (u16, Option<String>, String) {
        let page = || panic!("no page is wanted");
        let response = refused.answer(form, page, "/here?x=1");
        let status = response.status().as_u16();
        let retry = response.headers().get(header::RETRY_AFTER).map(|v| v.to_str().unwrap().to_owned());
        let location = response.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned());
        let body = response.into_body().collect().await.map_err(|_| "a body").unwrap().to_bytes();
        (status, retry, location.unwrap_or_else(|| String::from_utf8(body.to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn each_surface_answers_in_its_own_form_and_says_what_is_wrong() {
        let (status, retry, body) = answered(Refused::Malformed(Malformed::Path), Form::Api).await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, retry), (400, None));
        assert_eq!(body["success"], false);
        assert_eq!(body["errors"][0], serde_json::json!({ "code": 7003, "message": Malformed::Path.to_string() }));
        let (status, retry, body) = answered(Refused::TooOften(Duration::from_millis(2500)), Form::Scim).await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, retry.as_deref()), (429, Some("3")));
        assert_eq!(
            (body["status"].as_str(), body["detail"].as_str()),
            (Some("429"), Some("too many requests in a short time; come again in 3 s"))
        );
        let (status, retry, body) = answered(Refused::ShortOfMemory, Form::Plain).await;
        assert_eq!((status, retry.as_deref()), (503, Some("5")));
        assert!(body.contains("short of memory"), "{body}");
    }

    #[tokio::test]
    async fn browsers_are_sent_to_the_successor_and_programs_are_told() {
        assert_eq!(answered(Refused::Replaced, Form::Page).await, (307, Some("1".into()), "/here?x=1".into()));
        let (status, retry, _) = answered(Refused::Replaced, Form::Api).await;
        assert_eq!((status, retry.as_deref()), (503, Some("1")));
    }
}
