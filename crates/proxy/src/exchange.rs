//! One exchange with an origin: a connection, the request, the answer's head, all within their limits.

pub(crate) mod bodiless;
mod fault;
mod form;
mod spare;

use std::{pin::pin, rc::Rc, sync::Arc, time::Duration};

use http::{Method, Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};
use model::{AppId, upstream::Upstream};
use tokio::time::Instant;

pub(crate) use self::fault::ForwardError;
use self::spare::Spare;
use crate::{
    origin::{Open, OriginError},
    pool::{AppPool, Lease, Tried, Want},
    relay::asking::Broke,
    reverse::Worker,
    upload::{Progress, UploadBody},
};

/// Connections that refuse one request before it was begun on them, until a new one is made for it.
const MOST_REFUSALS: u32 = 2;

/// One exchange. What a connection did not take is sent again on another one. What was taken and then broke without a byte of an
/// answer is sent once more, when it has no body and either repeating it is harmless or the origin said that it did nothing
/// with it. An origin that cannot be reached is passed over for the next. Nothing else is retried.
pub(crate) async fn exchange(
    worker: &Rc<Worker>,
    app: AppId,
    upstream: &Arc<Upstream>,
    mut request: Request<UploadBody>,
    progress: Option<&Progress>,
    want: Want,
) -> Result<(Response<Incoming>, Lease), ForwardError> {
    let pool = worker.pool.of(app, upstream);
    let limit = Duration::from_millis(u64::from(upstream.response_timeout_ms));
    let mut search = Search::new(worker, &pool, (want, std::time::Instant::now()));
    loop {
        let (mut lease, fresh) = search.next().await?;
        let origin = lease.origin();
        form::fit(&mut request, &lease, worker);
        let spare = search.may_repeat(&request, progress, &lease, fresh).then(|| Spare::of(&request)).flatten();
        let sending = lease.send(request);
        let answer = match progress {
            None => {
                let sending = pin!(sending);
                worker.patience.run(sending, |waited| tokio::time::sleep(limit.saturating_sub(waited))).await.ok()
            }
            Some(progress) => tokio::select! {
                answer = sending => Some(answer),
                () = progress.origin_is_late(limit) => None,
            },
        };
        let refused = match answer {
            None => {
                pool.failed(origin);
                return Err(ForwardError::Slow(upstream.response_timeout_ms));
            }
            Some(Ok(response)) => {
                pool.answered(origin);
                if let Some(progress) = progress {
                    progress.answered();
                }
                return Ok((response, lease));
            }
            Some(Err(refused)) => refused,
        };
        request = search.again(refused, spare, &lease, fresh)?;
    }
}

/// The way of one request from connection to connection.
pub(crate) struct Search<'a> {
    worker: &'a Rc<Worker>,
    pool: &'a Rc<AppPool>,
    want: Want,
    /// The time, as it was when this was begun or last waited: of no use to whoever measures.
    about: std::time::Instant,
    tried: Tried,
    /// When the first new connection was asked for.
    began: Option<Instant>,
    refusals: u32,
    repeated: bool,
    last: Option<ForwardError>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(worker: &'a Rc<Worker>, pool: &'a Rc<AppPool>, (want, about): (Want, std::time::Instant)) -> Self {
        Self { worker, pool, want, about, tried: Tried::default(), began: None, refusals: 0, repeated: false, last: None }
    }

    /// The next connection; true when it was made for this request.
    pub(crate) async fn next(&mut self) -> Result<(Lease, bool), ForwardError> {
        loop {
            let Some(origin) = self.pool.choose(self.tried) else {
                return Err(self.last.take().unwrap_or(ForwardError::Origin(OriginError::Stopping)));
            };
            let known = !self.repeated && self.refusals < MOST_REFUSALS;
            if known && let Some(lease) = self.pool.ready(origin, self.want, self.about) {
                return Ok((lease, false));
            }
            let proxy = &self.worker.proxy;
            let open = Open { system_tls: &proxy.system_tls, control: &proxy.control };
            let began = *self.began.get_or_insert_with(Instant::now);
            // Boxed: rare, and large beside everything else that an exchange needs.
            match Box::pin(self.pool.open(origin, self.want, &open)).await {
                Ok(opened) => return Ok(opened),
                Err(error) => {
                    if !matches!(error, OriginError::Busy(_)) {
                        self.pool.failed(origin);
                    }
                    self.tried.add(origin);
                    self.last = Some(error.into());
                }
            }
            self.about = std::time::Instant::now();
            if began.elapsed() > Duration::from_millis(u64::from(self.pool.upstream.connect_timeout_ms)) {
                self.tried = Tried::all();
            }
        }
    }

    fn may_repeat(&self, request: &Request<UploadBody>, progress: Option<&Progress>, lease: &Lease, fresh: bool) -> bool {
        // An idle connection may be closed by the origin just now; a shared one may be told to end.
        progress.is_none()
            && !self.repeated
            && self.want == Want::Any
            && (lease.is_shared() || (is_harmless(request.method()) && (!fresh || self.pool.has_several())))
    }

    /// A request without a body was sent as bytes on this connection, and no answer came. `Ok` when it is to be sent once more.
    pub(crate) fn broke(&mut self, Broke { error, unsent, heard }: Broke, lease: &Lease, fresh: bool) -> Result<(), ForwardError> {
        if matches!(error, ForwardError::Cut) {
            return Err(error);
        }
        self.about = std::time::Instant::now();
        if fresh {
            self.pool.failed(lease.origin());
            self.tried.add(lease.origin());
        } else if unsent {
            self.refusals += 1;
            self.last = Some(error);
            return Ok(());
        }
        let again = !self.repeated && !heard && (!fresh || self.pool.has_several());
        self.repeated = true;
        if again {
            self.last = Some(error);
            return Ok(());
        }
        Err(error)
    }

    /// What is to be sent again, unless this was the last attempt.
    fn again(
        &mut self,
        mut refused: TrySendError<Request<UploadBody>>,
        spare: Option<Spare>,
        lease: &Lease,
        fresh: bool,
    ) -> Result<Request<UploadBody>, ForwardError> {
        self.about = std::time::Instant::now();
        if let Some(unsent) = refused.take_message().filter(|_| !fresh || (lease.is_shared() && self.refusals == 0)) {
            lease.spend();
            self.refusals += 1;
            return Ok(unsent);
        }
        let error = refused.into_error();
        let undone = fault::was_left_undone(&error);
        let again = spare.filter(|s| undone || (is_harmless(s.method()) && !lease.has_heard() && !fault::was_reset(&error)));
        if undone || !fault::was_reset(&error) {
            lease.spend();
        }
        if fresh && !undone && !fault::is_clients(&error) {
            self.pool.failed(lease.origin());
            self.tried.add(lease.origin());
        }
        self.repeated = true;
        self.last = Some(fault::broken(error));
        again.and_then(Spare::request).ok_or_else(|| self.last.take().unwrap_or(ForwardError::Origin(OriginError::Stopping)))
    }
}

/// Asking twice is as good as asking once (RFC 9110 section 9.2.1).
fn is_harmless(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
