//! An HTTP service that takes one JSON object a line, under the address rules of every outgoing call.

use std::{os::unix::fs::PermissionsExt, path::Path};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use super::{AccessLogError, Batch, Failure};

/// A service.
pub(in super::super) struct Push {
    url: Url,
    headers: HeaderMap,
    client: idp::Client,
}

impl Push {
    pub(super) fn open(url: &Url, headers_file: Option<&Path>, client: idp::Client) -> Result<Self, AccessLogError> {
        let mut headers = headers_file.map(read_headers).transpose()?.unwrap_or_default();
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/x-ndjson"));
        Ok(Self { url: url.clone(), headers, client })
    }

    pub(super) fn write(&self, batches: &[Batch], control: &tokio::runtime::Handle) -> Result<(), Failure> {
        let body: Vec<u8> = batches.iter().flat_map(|batch| batch.bytes.iter().copied()).collect();
        let sent = control.block_on(self.client.post(&self.url, self.headers.clone(), body, crate::wiring::now()));
        match sent {
            Ok(status) if (200..300).contains(&status) => Ok(()),
            Ok(status) if status == 408 || status == 429 || status >= 500 => Err(Failure::Later(format!("status {status}"))),
            Ok(status) => Err(Failure::Lost(format!("status {status}"))),
            Err(error) => Err(Failure::Later(error.to_string())),
        }
    }
}

/// Header lines from a file that is the owner's alone: they hold secrets.
pub(crate) fn read_headers(path: &Path) -> Result<HeaderMap, AccessLogError> {
    let failed = |error| AccessLogError::File(path.to_owned(), error);
    if std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(AccessLogError::Open(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let mut headers = HeaderMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parsed = line.split_once(':').and_then(|(name, value)| {
            let mut value = HeaderValue::from_str(value.trim()).ok()?;
            value.set_sensitive(true);
            Some((name.trim().parse::<HeaderName>().ok()?, value))
        });
        let (name, value) = parsed.ok_or_else(|| AccessLogError::Header(path.to_owned()))?;
        headers.append(name, value);
    }
    Ok(headers)
}
