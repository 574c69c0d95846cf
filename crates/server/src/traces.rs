//! Spans of requests: which request has some, what peers and origins are told (W3C Trace Context), and where they go (OTLP).
//!
//! A client's word counts for nothing: its trace is linked, never continued, and does not decide what is sampled. A trusted peer's is
//! continued, its decision included.

mod context;
mod export;
mod span;

use axum::http::HeaderMap;
use proxy::{
    Outcome,
    trace::{TRACEPARENT, TRACESTATE, Trace},
};

use self::context::Context;
pub(crate) use self::{
    export::Exporter,
    span::{Sampled, Span},
};

/// Longest `tracestate` that is passed on (W3C Trace Context, section 3.3.1.5).
const MOST_STATE: usize = 512;

/// Who may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Trusted,
    Anybody,
}

/// Whether spans are made, and of how many requests.
pub(crate) struct Traces {
    /// A request is sampled when its random name is below this.
    below: u64,
    exporter: Option<Exporter>,
}

impl Traces {
    pub(crate) fn new(exporter: Option<(Exporter, f64)>) -> Self {
        let Some((exporter, ratio)) = exporter else { return Self { below: 0, exporter: None } };
        // Rounding is of no importance here; a ratio of one is everything.
        let below = if ratio >= 1.0 { u64::MAX } else { (ratio * u64::MAX as f64) as u64 };
        Self { below, exporter: Some(exporter) }
    }

    /// The request's spans, when it has some, and what its origin is told. `name` is as good as random.
    pub(crate) fn begin(&self, name: u64, peer: Peer, headers: &HeaderMap) -> (Option<Box<Sampled>>, Trace) {
        if self.exporter.is_none() && peer == Peer::Anybody {
            return (None, Trace::default());
        }
        let said = single(headers);
        let (state, trusted) = (state(headers), peer == Peer::Trusted);
        let parent = said.filter(|_| trusted);
        let is_sampled = self.exporter.is_some() && parent.map_or(name < self.below, Context::is_sampled);
        if !is_sampled {
            // A trusted peer's trace passes through.
            let passed = parent.and_then(|parent| parent.header());
            let state = state.filter(|_| passed.is_some());
            return (None, Trace { parent: passed, state, ..Trace::default() });
        }
        let sampled = Sampled::new(parent, said.filter(|_| !trusted));
        let told = Trace { parent: sampled.towards_origin().header(), state: state.filter(|_| parent.is_some()), ..Trace::default() };
        (Some(Box::new(sampled)), told)
    }

    /// A sampled request is over.
    pub(crate) fn end(&self, span: Span<'_>) {
        if let Some(exporter) = &self.exporter {
            exporter.offer(span.document());
        }
    }

    /// Spans that were lost.
    pub(crate) fn dropped(&self) -> u64 {
        self.exporter.as_ref().map_or(0, Exporter::dropped)
    }
}

/// The one `traceparent`; several are none.
fn single(headers: &HeaderMap) -> Option<Context> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    let one = all.next()?;
    if all.next().is_some() { None } else { Context::read(one.as_bytes()) }
}

fn state(headers: &HeaderMap) -> Option<axum::http::HeaderValue> {
    let mut all = headers.get_all(TRACESTATE).iter();
    let one = all.next()?;
    (all.next().is_none() && one.len() <= MOST_STATE).then(|| one.clone())
}

/// What a span says of the verdict.
pub(crate) fn is_fault(status: u16, outcome: &Outcome) -> bool {
    status >= 500 || outcome.verdict == "error"
}

#[cfg(test)]
mod tests;
