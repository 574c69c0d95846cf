//! The v4 envelope: `success`, `errors`, `messages`, `result` and, for lists, `result_info`.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};

use crate::pagination::PageInfo;

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    result: Value,
    info: Option<PageInfo>,
    messages: Vec<Message>,
}

/// A remark that comes with a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// At least 1000.
    pub code: u32,
    /// Plain text.
    pub text: String,
    /// JSON pointer into the request's body.
    pub pointer: Option<String>,
}

impl Answer {
    fn new(status: StatusCode, result: Value) -> Self {
        Self { status, result, info: None, messages: Vec::new() }
    }
    /// 200.
    pub(crate) fn ok(result: Value) -> Self {
        Self::new(StatusCode::OK, result)
    }
    /// 201.
    pub(crate) fn created(result: Value) -> Self {
        Self::new(StatusCode::CREATED, result)
    }
    /// 202.
    pub(crate) fn accepted(result: Value) -> Self {
        Self::new(StatusCode::ACCEPTED, result)
    }
    /// 202 with `{"id": …}`: what most deletions of Access answer.
    pub(crate) fn deleted(id: impl std::fmt::Display) -> Self {
        Self::accepted(json!({ "id": id.to_string() }))
    }
    /// 200 with one page of a list.
    pub(crate) fn page((items, info): (Vec<Value>, PageInfo)) -> Self {
        Self { info: Some(info), ..Self::ok(Value::Array(items)) }
    }
    /// The same with 202: what takes effect everywhere a moment later.
    pub(crate) fn with_status_accepted(self) -> Self {
        Self { status: StatusCode::ACCEPTED, ..self }
    }
    /// Adds remarks.
    pub(crate) fn with_messages(mut self, messages: Vec<Message>) -> Self {
        self.messages.extend(messages);
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("success".into(), Value::Bool(true));
        body.insert("errors".into(), Value::Array(Vec::new()));
        body.insert("messages".into(), self.messages.iter().map(Message::to_json).collect());
        body.insert("result".into(), self.result);
        if let Some(info) = self.info {
            body.insert("result_info".into(), info.to_json());
        }
        respond(self.status, &Value::Object(body))
    }
}

impl Message {
    /// The wire form, the same for `errors` and `messages`.
    pub(crate) fn to_json(&self) -> Value {
        match &self.pointer {
            Some(pointer) => json!({ "code": self.code, "message": self.text, "source": { "pointer": pointer } }),
            None => json!({ "code": self.code, "message": self.text }),
        }
    }
}

/// A response with exactly `application/json`: some clients compare the header with that text.
pub(crate) fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
