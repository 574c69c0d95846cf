//! What a line tells about a request.

use std::{
    fmt,
    net::IpAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use axum::http::{HeaderValue, Method, Version};
use proxy::{Canonical, Outcome};

use super::digits;
use crate::traces::Sampled;

/// Names a request: in its line, towards the origin and on pages that tell of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl RequestId {
    /// As the value of a header.
    pub(crate) fn header(self) -> HeaderValue {
        let mut text = Vec::with_capacity(16);
        self.write(&mut text);
        // Hexadecimal digits are good in any header.
        HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
    pub(super) fn write(self, out: &mut Vec<u8>) {
        digits::hex16(out, self.0);
    }
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Nobody: the request was not taken apart.
    Door,
    /// An application's origin, or a page instead of it.
    Proxy,
    /// The team domain's pages, and the door's own paths on hosts of applications.
    Login,
    /// The v4 API.
    Api,
    /// Provisioning.
    Scim,
}

impl Surface {
    /// The word for logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Proxy => "proxy",
            Self::Login => "login",
            Self::Api => "api",
            Self::Scim => "scim",
        }
    }
}

/// Status of a request whose client went before there was an answer. Nobody was sent it.
pub(crate) const CLIENT_GONE: u16 = 499;

/// A request that is over.
pub(crate) struct Record {
    pub id: RequestId,
    /// When its head had been read.
    pub began: Instant,
    pub ip: IpAddr,
    /// Host and target as read once. When that failed: the path as received, and nothing else.
    pub read: Rc<Canonical>,
    pub method: Method,
    pub version: Version,
    pub surface: Surface,
    pub outcome: Outcome,
    pub status: u16,
    /// Until the answer's head was there.
    pub head: Duration,
    /// Bytes of the answer's body so far.
    pub bytes: u64,
    /// Its spans, when it has some.
    pub sampled: Option<Box<Sampled>>,
    /// The answer's body was handed over whole.
    pub complete: bool,
}

/// Characters of a path or a query that a line holds.
const MOST_CHARACTERS: usize = 1024;

impl Record {
    /// Time spent here: until the answer's head was there, without what the origin took for it. Known of requests for applications.
    pub(crate) fn added(&self) -> Option<Duration> {
        (self.surface == Surface::Proxy && self.status != CLIENT_GONE)
            .then(|| self.head.saturating_sub(self.outcome.origin.map(|origin| origin.took).unwrap_or_default()))
    }

    /// The method as it is told: clients may name any.
    pub(crate) fn method(&self) -> &str {
        cut(self.method.as_str())
    }

    /// The path as it is told.
    pub(crate) fn path(&self) -> &str {
        cut(&self.read.path)
    }

    /// Calls `each` with the name of every member of the query; values are never told.
    pub(super) fn names(&self, mut each: impl FnMut(&str)) {
        let Some((_, query)) = self.read.path_and_query.split_once('?') else { return };
        for pair in cut(query).split('&').filter(|pair| !pair.is_empty()) {
            // Without `=` it is a value on its own: that may be a secret, too.
            each(pair.split_once('=').map_or("", |(name, _)| name));
        }
    }

    pub(super) fn version(&self) -> &'static str {
        match self.version {
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_3 => "HTTP/3.0",
            _ => "HTTP/1.1",
        }
    }
}

pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn cut(text: &str) -> &str {
    if text.len() <= MOST_CHARACTERS {
        return text;
    }
    text.char_indices().nth(MOST_CHARACTERS).map_or(text, |(at, _)| &text[..at])
}
