//! Where each HTTP/1.1 request on a connection begins and ends, read so strictly that there is one reading only: what any other
//! reader might take differently is refused, never repaired (RFC 9112 sections 2.2, 5, 6 and 7; decision 0017).
//!
//! This comes before the HTTP library, which drops a `Content-Length` beside a `Transfer-Encoding` without a word, joins equal
//! lengths, takes a bare LF for the end of a line and cuts a fragment off. It sees bytes only; host and path are
//! [`Canonical`](crate::Canonical)'s.

mod chunks;
mod head;
mod plain;
#[cfg(test)]
mod tests;

use self::{
    chunks::Chunks,
    head::{Body, Head},
};
use crate::malformed::Malformed;

pub(crate) use self::{head::Mark, plain::HeadReader};

/// Bounds of a head.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes, line ends included.
    pub bytes: usize,
    /// Header lines.
    pub fields: usize,
}

/// How far the bytes of a connection have been read.
#[derive(Debug)]
pub struct Framing {
    state: State,
    head: Head,
    limits: Limits,
}

#[derive(Debug)]
enum State {
    Head,
    Body(u64),
    Chunks(Chunks),
    /// A request for a WebSocket: what follows is its data, or the next request.
    Undecided,
    /// Another protocol.
    Opaque,
    /// Nothing of what follows is looked at.
    Over,
}

/// What may be passed on, and what about the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// So many bytes from the front are whole heads and bodies.
    pub pass: usize,
    /// What is behind them.
    pub rest: Rest,
}

/// What stands behind the bytes that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing, or the beginning of a head: to be read again from there when more has come.
    Begun,
    /// What nobody can read before a request for a WebSocket was answered.
    Undecided,
    /// A head that is refused. Nothing of it may be passed on, and nothing after it is read.
    Refused(Malformed),
    /// A body that is refused; its head was passed on.
    Broken(Malformed),
}

impl Framing {
    /// Before the first byte.
    pub fn new(limits: Limits) -> Self {
        Self { state: State::Head, head: Head::default(), limits }
    }

    /// True when everything that comes is to be passed on unread.
    pub const fn is_opaque(&self) -> bool {
        matches!(self.state, State::Opaque)
    }

    /// True before a head, when nothing is left over.
    pub const fn is_between(&self) -> bool {
        matches!(self.state, State::Head)
    }

    /// Reads on. The bytes begin with the rest that the last step left, when it left one.
    pub fn read(&mut self, bytes: &[u8]) -> Step {
        let mut pass = 0;
        loop {
            let rest = &bytes[pass..];
            match &mut self.state {
                State::Undecided => return Step { pass, rest: Rest::Undecided },
                State::Opaque => return Step { pass: bytes.len(), rest: Rest::Begun },
                _ if rest.is_empty() => return Step { pass, rest: Rest::Begun },
                State::Over => return Step { pass, rest: Rest::Begun },
                State::Head => match self.head.read(rest, self.limits, |_| ()) {
                    Ok(None) => return Step { pass, rest: Rest::Begun },
                    Ok(Some((end, body))) => {
                        pass += end;
                        self.head = Head::default();
                        self.state = State::after(body);
                    }
                    Err(fault) => {
                        self.state = State::Over;
                        return Step { pass, rest: Rest::Refused(fault) };
                    }
                },
                State::Body(left) => {
                    let now = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    pass += now;
                    *left -= now as u64;
                    if *left == 0 {
                        self.state = State::Head;
                    }
                }
                State::Chunks(chunks) => match chunks.read(rest) {
                    Ok(read) => {
                        pass += read;
                        if chunks.is_over() {
                            self.state = State::Head;
                        }
                    }
                    Err(fault) => {
                        self.state = State::Over;
                        return Step { pass, rest: Rest::Broken(fault) };
                    }
                },
            }
        }
    }

    /// The request for a WebSocket was granted: what follows is not HTTP.
    pub fn granted(&mut self) {
        if matches!(self.state, State::Undecided) {
            self.state = State::Opaque;
        }
    }

    /// It was declined: the next request follows.
    pub fn declined(&mut self) {
        if matches!(self.state, State::Undecided) {
            self.state = State::Head;
        }
    }
}

impl State {
    const fn after(body: Body) -> Self {
        match body {
            Body::Nothing => Self::Head,
            Body::Length(length) => Self::Body(length),
            Body::Chunked => Self::Chunks(Chunks::new()),
            Body::PerhapsSocket => Self::Undecided,
        }
    }
}
