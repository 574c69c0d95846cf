//! What the reader of a connection's bytes and the answerer of its requests tell each other.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::http::{HeaderMap, Method, Request, Version, header};
use proxy::Malformed;

/// One connection's.
#[derive(Default)]
pub(crate) struct Notice {
    head: OnceLock<Malformed>,
    body: OnceLock<Malformed>,
    asked: AtomicBool,
    socket: Mutex<Socket>,
    /// A request was answered, or is about to be.
    served: AtomicBool,
    /// Nothing of the next request is there.
    quiet: AtomicBool,
    /// Not all that was written has gone out.
    unflushed: AtomicBool,
    /// A control surface read all of the last request's body.
    body_read: AtomicBool,
    /// Nothing more is to be served.
    closing: AtomicBool,
}

#[derive(Default)]
enum Socket {
    #[default]
    Nothing,
    /// The reader waits to hear.
    Asked(Option<Waker>),
    Answered(bool),
}

impl Notice {
    pub(super) fn refuse_head(&self, fault: Malformed) {
        // A connection has one refused head, its last.
        let _ = self.head.set(fault);
    }
    pub(super) fn refuse_body(&self, fault: Malformed) {
        let _ = self.body.set(fault);
    }
    /// Why this request is refused, when it stands in for one.
    pub(super) fn stands_in<B>(&self, request: &Request<B>) -> Option<Malformed> {
        let fault = self.head.get().copied()?;
        (request.uri().path() == "/\u{fffd}").then_some(fault)
    }
    /// Why the body of the request in hand was broken off.
    pub(super) fn refused_body(&self) -> Option<Malformed> {
        self.body.get().copied()
    }
    #[cfg(test)]
    pub(super) fn refused_head(&self) -> Option<Malformed> {
        self.head.get().copied()
    }

    /// A request is taken in.
    pub(super) fn serve(&self) {
        self.served.store(true, Ordering::Relaxed);
        self.body_read.store(false, Ordering::Relaxed);
    }
    /// A control surface has all of the request's body.
    pub(super) fn body_read(&self) {
        self.body_read.store(true, Ordering::Release);
    }
    /// Whether it had when the request was answered.
    pub(super) fn was_body_read(&self) -> bool {
        self.body_read.load(Ordering::Acquire)
    }
    /// Whether the reader waits between two requests.
    pub(super) fn set_quiet(&self, quiet: bool) {
        self.quiet.store(quiet, Ordering::Relaxed);
    }
    /// Something was written, or everything has gone out.
    pub(super) fn set_flushed(&self, flushed: bool) {
        self.unflushed.store(!flushed, Ordering::Relaxed);
    }
    /// The connection is being ended.
    pub(super) fn set_closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
    /// Nothing is left to read or to write of what was served.
    pub(super) fn is_done(&self) -> bool {
        !self.closing.load(Ordering::Relaxed)
            && self.served.load(Ordering::Relaxed)
            && self.quiet.load(Ordering::Relaxed)
            && !self.unflushed.load(Ordering::Relaxed)
    }

    /// A request for a WebSocket was read; nothing behind it is until it is answered.
    pub(super) fn socket_asked(&self) {
        *self.socket() = Socket::Asked(None);
        self.asked.store(true, Ordering::Relaxed);
    }
    /// True when the reader waits for the answer to this very request: it stops at the first that could be one for a WebSocket.
    pub(super) fn waits_for<B>(&self, request: &Request<B>) -> bool {
        self.asked.load(Ordering::Relaxed)
            && *request.method() == Method::GET
            && request.version() == Version::HTTP_11
            && names_websocket(request.headers())
    }
    /// Tells the reader whether the connection changes hands.
    pub(super) fn answer_socket(&self, granted: bool) {
        self.asked.store(false, Ordering::Relaxed);
        let before = std::mem::replace(&mut *self.socket(), Socket::Answered(granted));
        if let Socket::Asked(Some(waker)) = before {
            waker.wake();
        }
    }
    /// Waits for that.
    pub(super) fn poll_socket(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut socket = self.socket();
        if let Socket::Answered(granted) = *socket {
            *socket = Socket::Nothing;
            return Poll::Ready(granted);
        }
        *socket = Socket::Asked(Some(cx.waker().clone()));
        Poll::Pending
    }

    fn socket(&self) -> std::sync::MutexGuard<'_, Socket> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn names_websocket(headers: &HeaderMap) -> bool {
    headers.get_all(header::UPGRADE).iter().any(|value| value.as_bytes().to_ascii_lowercase().windows(9).any(|part| part == b"websocket"))
}
