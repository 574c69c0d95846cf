//! One exchange with an origin: a connection, the request, the answer's head, all within their limits.

use std::{error::Error, rc::Rc, sync::Arc, time::Duration};

use http::{Method, Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use model::{AppId, upstream::Upstream};

use crate::{
    origin::{self, OriginError},
    pool::Lease,
    reverse::Worker,
    upload::{Progress, UploadBody, UploadStalled},
};

/// Why there is no answer of the origin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    #[error("no connection")]
    Origin(#[from] OriginError),
    #[error("the exchange broke off")]
    Exchange(#[source] hyper::Error),
    #[error("no answer within {0} ms")]
    Slow(u32),
    #[error("the client's upload stood still")]
    UploadStalled,
    #[error("the origin switched protocols unasked")]
    Switched,
    #[error("the session ended")]
    Cut,
}

impl ForwardError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Slow(_) | Self::Origin(OriginError::Slow(_)) => StatusCode::GATEWAY_TIMEOUT,
            Self::UploadStalled => StatusCode::REQUEST_TIMEOUT,
            Self::Cut => StatusCode::FORBIDDEN,
            Self::Origin(_) | Self::Exchange(_) | Self::Switched => StatusCode::BAD_GATEWAY,
        }
    }
    pub(crate) fn fault(&self) -> pages::OriginFault {
        match self {
            Self::Slow(_) | Self::UploadStalled | Self::Origin(OriginError::Slow(_)) => pages::OriginFault::TimedOut,
            Self::Origin(_) => pages::OriginFault::Unreachable,
            Self::Exchange(_) | Self::Switched | Self::Cut => pages::OriginFault::BadAnswer,
        }
    }
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Origin(_) => "origin-unreachable",
            Self::Exchange(_) | Self::Switched => "origin-broke-off",
            Self::Slow(_) => "origin-slow",
            Self::UploadStalled => "upload-stalled",
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

/// One exchange. What a pooled connection did not take is sent again on another one; what it took and then broke without a
/// byte of an answer is sent once more on a new one, when it has no body and repeating it is harmless. Nothing else is retried.
pub(crate) async fn exchange(
    worker: &Rc<Worker>,
    app: AppId,
    upstream: &Arc<Upstream>,
    mut request: Request<UploadBody>,
    progress: Option<&Progress>,
) -> Result<(Response<Incoming>, Lease), ForwardError> {
    let repeatable = progress.is_none() && matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut repeated = false;
    loop {
        let pooled = if repeated { None } else { worker.pool.take(app, upstream) };
        let fresh = pooled.is_none();
        let mut lease = match pooled {
            Some(lease) => lease,
            None => origin::connect(worker, app, upstream).await?,
        };
        // An idle connection may be closed by the origin just now.
        let spare = (repeatable && !fresh).then(|| copy_of_head(&request));
        lease.connection.listen();
        let sending = lease.connection.sender.try_send_request(request);
        let limit = Duration::from_millis(u64::from(upstream.response_timeout_ms));
        let answer = match progress {
            None => worker.patience.run(sending, |waited| tokio::time::sleep(limit.saturating_sub(waited))).await.ok(),
            Some(progress) => tokio::select! {
                answer = sending => Some(answer),
                () = progress.origin_is_late(limit) => None,
            },
        };
        let Some(answer) = answer else { return Err(ForwardError::Slow(upstream.response_timeout_ms)) };
        let mut refused = match answer {
            Ok(response) => {
                if let Some(progress) = progress {
                    progress.answered();
                }
                return Ok((response, lease));
            }
            Err(refused) => refused,
        };
        match (refused.take_message(), spare) {
            (Some(unsent), _) if !fresh => request = unsent,
            (None, Some(spare)) if !lease.connection.has_heard() => (request, repeated) = (spare, true),
            _ => return Err(broken(refused.into_error())),
        }
    }
}

fn broken(error: hyper::Error) -> ForwardError {
    if sources(&error).any(|e| e.is::<UploadStalled>()) { ForwardError::UploadStalled } else { ForwardError::Exchange(error) }
}

fn copy_of_head<B: Body>(request: &Request<B>) -> Request<UploadBody> {
    let mut copy = Request::new(UploadBody::none());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    *copy.version_mut() = request.version();
    copy.headers_mut().clone_from(request.headers());
    copy
}
