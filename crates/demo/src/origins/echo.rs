//! Owns `/echo`: the request as the origin received it, as JSON.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Most of a body that is read.
const MOST: usize = 1 << 20;

/// Any method on `/echo` and below. A header is a text, or a list of texts when it came several times.
pub async fn answer(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, format!("/echo reads bodies of up to {MOST} bytes\n")).into_response();
    };
    let answer = Json(json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "version": format!("{:?}", parts.version),
        "headers": headers(&parts),
        "body": String::from_utf8_lossy(&body),
    }));
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if parts.method == axum::http::Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

fn headers(parts: &Parts) -> Value {
    let mut all = Map::new();
    for name in parts.headers.keys() {
        all.insert(name.as_str().to_owned(), values(&parts.headers, name));
    }
    Value::Object(all)
}

fn values(headers: &HeaderMap, name: &header::HeaderName) -> Value {
    let mut texts: Vec<Value> =
        headers.get_all(name).iter().map(|value| Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
    if texts.len() == 1 { texts.remove(0) } else { Value::Array(texts) }
}
