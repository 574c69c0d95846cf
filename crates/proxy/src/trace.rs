//! What an origin is told of a request's name and trace.

use std::cell::{Cell, OnceCell};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::reverse::Outcome;

/// The header that names a request towards the origin.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C Trace Context, section 3.2.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// W3C Trace Context, section 3.3.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A request's name and trace, as the origin gets them. What a client said of either was taken away before.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Name of the request.
    pub request_id: Option<HeaderValue>,
    /// The span that asks the origin.
    pub parent: Option<HeaderValue>,
    /// What tracing systems on the way have added.
    pub state: Option<HeaderValue>,
    /// Who was admitted to what, once somebody was: the request may end without an answer that says so.
    pub admitted: OnceCell<Outcome>,
    /// How its upload stood when it was answered.
    pub upload: Cell<Upload>,
}

/// An upload at the moment of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Upload {
    /// Not all of it was read, or there was none.
    #[default]
    Open,
    /// All of it was read.
    Whole,
    /// Not all of it was read, and the origin that answers takes no more.
    Left,
}

impl Trace {
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        for (name, value) in self.lines() {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }
    pub(crate) fn lines(&self) -> [(HeaderName, Option<&HeaderValue>); 3] {
        [(REQUEST_ID, self.request_id.as_ref()), (TRACEPARENT, self.parent.as_ref()), (TRACESTATE, self.state.as_ref())]
    }
}
