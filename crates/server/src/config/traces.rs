//! `[traces]`: where spans go, and how many requests have some.

use std::path::{Path, PathBuf};

use url::Url;

use super::Section;

/// Spans of requests; none without an endpoint.
#[derive(Debug, Clone, Default)]
pub struct Traces {
    /// Where.
    pub endpoint: Option<TraceEndpoint>,
}

/// A collector that speaks OTLP over HTTP.
#[derive(Debug, Clone)]
pub struct TraceEndpoint {
    /// The whole address, for example `http://127.0.0.1:4318/v1/traces`; private addresses only in `outbound.allowed_private`.
    pub url: Url,
    /// The share of requests that have spans, 0 to 1; a trusted peer's decision stands above it.
    pub sample_ratio: f64,
    /// File with further header lines.
    pub headers_file: Option<PathBuf>,
}

impl Traces {
    pub(super) fn read(section: &mut Section, base: &Path) -> Self {
        let url = section.address("endpoint");
        let sample_ratio = section.ratio("sample_ratio").unwrap_or(0.01);
        let headers_file = section.text("headers_file", |s| Ok(base.join(s)));
        Self { endpoint: url.map(|url| TraceEndpoint { url, sample_ratio, headers_file }) }
    }
}
