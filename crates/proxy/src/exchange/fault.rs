//! Why an exchange came to nothing, and what that means for whoever asked.

use std::error::Error;

use h2::Reason;
use http::StatusCode;

use crate::{
    body::SessionEnded,
    origin::OriginError,
    relay::Unreadable,
    upload::{TooLarge, UploadBroken, UploadStalled},
};

/// Why there is no answer of the origin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    #[error("no connection")]
    Origin(#[from] OriginError),
    #[error("the exchange broke off")]
    Exchange(#[source] hyper::Error),
    #[error("the exchange broke off")]
    Broke(#[source] std::io::Error),
    #[error("the origin's answer cannot be passed on")]
    Answer(#[from] Unreadable),
    #[error("no answer within {0} ms")]
    Slow(u32),
    #[error("the client's upload stood still")]
    UploadStalled,
    #[error("the client's upload broke off")]
    UploadBroken,
    #[error("the request's body is larger than the {0} bytes that this application takes")]
    TooLarge(u64),
    #[error("the origin switched protocols unasked")]
    Switched,
    #[error("the origin did not open the WebSocket as it was asked to")]
    NotSwitched,
    #[error("the session ended")]
    Cut,
}

impl ForwardError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Slow(_) | Self::Origin(OriginError::Slow(_)) => StatusCode::GATEWAY_TIMEOUT,
            Self::Origin(OriginError::Busy(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::UploadStalled => StatusCode::REQUEST_TIMEOUT,
            Self::UploadBroken => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Cut => StatusCode::FORBIDDEN,
            Self::Origin(_) | Self::Exchange(_) | Self::Broke(_) | Self::Answer(_) | Self::Switched | Self::NotSwitched => {
                StatusCode::BAD_GATEWAY
            }
        }
    }
    pub(crate) fn fault(&self) -> pages::OriginFault {
        match self {
            Self::Origin(OriginError::Busy(_)) => pages::OriginFault::Busy,
            Self::Slow(_) | Self::UploadStalled | Self::Origin(OriginError::Slow(_)) => pages::OriginFault::TimedOut,
            Self::Origin(_) => pages::OriginFault::Unreachable,
            Self::Exchange(_)
            | Self::Broke(_)
            | Self::Answer(_)
            | Self::UploadBroken
            | Self::TooLarge(_)
            | Self::Switched
            | Self::NotSwitched
            | Self::Cut => pages::OriginFault::BadAnswer,
        }
    }
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Origin(OriginError::Busy(_)) => "origin-busy",
            Self::Origin(_) => "origin-unreachable",
            Self::Exchange(_) | Self::Broke(_) | Self::Answer(_) | Self::Switched => "origin-broke-off",
            Self::NotSwitched => "origin-refused-websocket",
            Self::Slow(_) => "origin-slow",
            Self::UploadStalled => "upload-stalled",
            Self::UploadBroken => "upload-broken",
            Self::TooLarge(_) => "body-too-large",
            Self::Cut => "session-ended",
        }
    }
    /// The error and everything beneath it.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        for error in sources(self) {
            text.push_str(": ");
            text.push_str(&error.to_string());
        }
        text
    }
}

fn sources(error: &dyn Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |e: &&(dyn Error + 'static)| (**e).source())
}

fn of_http2(error: &hyper::Error) -> Option<&h2::Error> {
    sources(error).find_map(|e| e.downcast_ref())
}

/// The origin says that it did nothing with the request (RFC 9113 section 8.7).
pub(super) fn was_left_undone(error: &hyper::Error) -> bool {
    of_http2(error).is_some_and(|e| {
        let said_so = e.reason() == Some(Reason::REFUSED_STREAM) || (e.is_go_away() && e.reason() == Some(Reason::NO_ERROR));
        said_so && e.is_remote()
    })
}

/// Only this exchange was ended, and the connection is as good as before.
pub(super) fn was_reset(error: &hyper::Error) -> bool {
    of_http2(error).is_some_and(h2::Error::is_reset)
}

/// The client's side broke it, or the door did on its account: that says nothing about the origin's health.
pub(super) fn is_clients(error: &hyper::Error) -> bool {
    sources(error).any(|e| e.is::<UploadStalled>() || e.is::<UploadBroken>() || e.is::<TooLarge>() || e.is::<SessionEnded>())
}

/// What a broken exchange was broken by: the client's side, or the origin.
pub(super) fn broken(error: hyper::Error) -> ForwardError {
    if sources(&error).any(|e| e.is::<UploadStalled>()) {
        return ForwardError::UploadStalled;
    }
    if sources(&error).any(|e| e.is::<UploadBroken>()) {
        return ForwardError::UploadBroken;
    }
    let too_large = sources(&error).find_map(|e| e.downcast_ref::<TooLarge>()).map(|e| e.0);
    too_large.map_or_else(|| ForwardError::Exchange(error), ForwardError::TooLarge)
}
