//! One relayed exchange: the request to its origin, the answer to its client.

mod passing;
mod sending;

use std::{cell::Cell, pin::pin, rc::Rc, time::Instant};

use guard::{Client, Cut, Permit};
use http::{HeaderValue, Method, Response, header};
use model::Timestamp;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::{Duration, Instant as Now, sleep_until},
};

use self::{
    passing::Passing,
    sending::{Sending, Stop},
};
use super::{
    Admitted, Head, Held, Side, Watch, answer,
    outgoing::{self, Beside},
};
use crate::{
    ProxyBody,
    exchange::ForwardError,
    headers,
    refuse::Asked,
    reverse::{self, OriginTime, Worker},
    trace::{REQUEST_ID, Trace},
    withdrawn::Kept,
};

/// An exchange that was not begun.
pub struct Exchange {
    worker: Rc<Worker>,
    permit: Permit,
    client: Client,
    trace: Trace,
    now: Timestamp,
    head: Box<Head>,
}

/// When a request was sent last, and to which of the origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sent {
    at: Instant,
    origin: usize,
}

/// What becomes of the client's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The next request may come.
    Keep,
    /// It ends: everything was said, and the client sends no more. It was not flushed, so that it can go with a goodbye: it is complete
    /// once that is done, while the client is waited for.
    Close,
    /// It ends where it is; something may be on its way.
    Break,
}

impl Exchange {
    pub(super) fn new(worker: Rc<Worker>, admitted: Admitted, trace: Trace) -> Self {
        let Admitted { head, permit, client, now } = admitted;
        Self { worker, permit, client, trace, now, head }
    }

    /// The head as the origin gets it.
    fn write(&self, out: &mut Vec<u8>) {
        let Self { worker, permit, head, .. } = self;
        let upstream = permit.upstream();
        let named = upstream.and_then(|u| u.host_header.as_deref());
        let beside = Beside {
            address: self.client.rule_ip.and_then(|ip| worker.addresses.value(ip)),
            forward_token: upstream.is_some_and(|u| u.forward_token_cookie),
            host: headers::host(Some(&head.host), named, &head.canonical.host, &worker.proxy.guard.config().port_suffix),
            trace: &self.trace,
        };
        outgoing::write(out, head, permit, &beside);
    }

    /// Carries it out. What the client sends meanwhile is held.
    pub async fn carry_out<C, W>(self, client: &mut C, held: &mut Held, watch: &mut W) -> After
    where
        C: AsyncRead + AsyncWrite + Unpin,
        W: Watch,
    {
        if self.permit.took_long() {
            // Others first: a request that goes out by itself finds an origin that has gone to rest meanwhile, and to wake it up costs
            // more than to be the second of many.
            tokio::task::yield_now().await;
        }
        let (sent, cut, began) = (Cell::new(None), self.permit.cut().clone(), Now::now());
        let begun = if cut.is_cut_at(began) {
            // Whoever was ended meanwhile asks no origin for anything.
            Ok(Err(Stop::Failed(ForwardError::Cut)))
        } else {
            let sending = pin!(Sending::run(&self, (&mut *client, &mut *held, &mut *watch), (began.into_std(), &sent)));
            self.worker.patience.run(sending, |_| late(cut.clone(), &sent, self.limit())).await
        };
        match begun.unwrap_or_else(|late| Err(Stop::Failed(late))) {
            Ok(begun) => {
                let last = begun.last;
                let passing = Passing::new(&self.worker, begun, cut);
                match passing.run(client, held, watch).await {
                    Ok(()) => said(self.after(last), client, watch).await,
                    Err(passing::Ended) => After::Break,
                }
            }
            Err(Stop::Gone) => After::Break,
            Err(Stop::Failed(error)) => {
                // What let it in may have ended at the same moment: that is what is told.
                let error = if cut.is_cut() { ForwardError::Cut } else { error };
                if let Some(Sent { at, origin }) = sent.get() {
                    watch.outcome().origin = Some(OriginTime { sent: at, took: at.elapsed() });
                    if let (ForwardError::Slow(_), Some(upstream)) = (&error, self.permit.upstream()) {
                        self.worker.pool.of(self.permit.app(), upstream).failed(origin);
                    }
                }
                Box::pin(self.fail(error, client, watch)).await
            }
        }
    }

    fn limit(&self) -> Duration {
        let ms = self.permit.upstream().map_or(0, |upstream| upstream.response_timeout_ms);
        Duration::from_millis(u64::from(ms))
    }

    /// What becomes of the connection after an answer that said whether it is the last.
    const fn after(&self, last: bool) -> After {
        match (last, self.head.closes) {
            (false, _) => After::Keep,
            (true, true) => After::Close,
            (true, false) => After::Break,
        }
    }

    /// Answers in the origin's place.
    async fn fail<C: AsyncWrite + Unpin, W: Watch>(self, error: ForwardError, client: &mut C, watch: &mut W) -> After {
        let asked = Asked {
            worker: &self.worker,
            client: &self.client,
            canonical: &self.head.canonical,
            language: self.head.headers.get(header::ACCEPT_LANGUAGE).cloned(),
            trace: &self.trace,
            now: self.now,
        };
        let (app, subject) = (self.permit.app(), self.permit.subject().clone());
        let (mut response, outcome) =
            reverse::failed(&asked, error, Kept::among(&self.head.headers), (app, &subject), watch.outcome().clone()).await;
        *watch.outcome() = outcome;
        if let (true, Some(name)) = (response.status().as_u16() >= 400, self.trace.request_id.clone()) {
            response.headers_mut().insert(REQUEST_ID, name);
        }
        let last = self.head.closes || watch.is_last();
        if last {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let (status, length, bytes) = written(response, &self.head.method);
        watch.answered(status, Instant::now());
        watch.waits_for(Side::Client);
        if client.write_all(&bytes).await.is_err() {
            return After::Break;
        }
        watch.passed(length);
        said(self.after(last), client, watch).await
    }
}

/// An answer was written to its end.
async fn said<C: AsyncWrite + Unpin, W: Watch>(after: After, client: &mut C, watch: &mut W) -> After {
    watch.waits_for(Side::Client);
    if after != After::Close {
        if client.flush().await.is_err() {
            return After::Break;
        }
        watch.complete();
    }
    after
}

/// One of the door's own answers as bytes: its status, the length of its body, and all of it.
fn written(response: Response<ProxyBody>, method: &Method) -> (u16, usize, Vec<u8>) {
    let (head, body) = response.into_parts();
    let body = match body {
        ProxyBody::Full(body) => body.unwrap_or_default(),
        // The door's own answers are whole.
        ProxyBody::Origin(_) | ProxyBody::Surface(_) => bytes::Bytes::new(),
    };
    let (mut out, status) = (Vec::with_capacity(1024 + body.len()), head.status.as_u16());
    answer::status_line(&mut out, status, head.status.canonical_reason().unwrap_or_default());
    for (name, value) in &head.headers {
        answer::field(&mut out, name.as_str(), value.as_bytes());
    }
    if !head.headers.contains_key(header::CONTENT_LENGTH) {
        answer::field(&mut out, "content-length", body.len().to_string().as_bytes());
    }
    answer::field(&mut out, "date", httpdate::fmt_http_date(std::time::SystemTime::now()).as_bytes());
    out.extend_from_slice(b"\r\n");
    let length = if *method == Method::HEAD { 0 } else { body.len() };
    out.extend_from_slice(&body[..length]);
    (status, length, out)
}

/// What ends a request that waits for its answer: the end of what let it in, or the time for the answer.
async fn late(cut: Cut, sent: &Cell<Option<Sent>>, limit: Duration) -> ForwardError {
    tokio::select! {
        () = cut.wait() => ForwardError::Cut,
        () = overdue(sent, limit) => ForwardError::Slow(u32::try_from(limit.as_millis()).unwrap_or(u32::MAX)),
    }
}

/// Ends when so much time has gone since the request was sent, to whichever origin it was sent last. Connecting has its own limit.
async fn overdue(sent: &Cell<Option<Sent>>, limit: Duration) {
    loop {
        let before = sent.get();
        let end = before.map_or_else(Instant::now, |sent| sent.at) + limit;
        sleep_until(end.into()).await;
        if before.is_some() && sent.get() == before {
            return;
        }
    }
}
