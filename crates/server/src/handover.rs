//! One process takes over from another without a connection that fails: the sockets go along, the store changes hands in between.
//!
//! The old process starts the new one with a socket between the two as its standard input, and sends its listening sockets through it. Then
//! they take turns:
//!
//! | old | new |
//! |---|---|
//! | | has read and checked its configuration: `prepared` |
//! | lets sign-ins and changes wait, lets go of the store: `take` | |
//! | proxies from memory | opens the store, serves: `ready` |
//! | takes nothing new, lets everything finish, ends | |
//!
//! When the new one says `failed` or ends, the old one takes the store back and goes on as if nothing had been.

mod channel;
mod predecessor;
mod successor;

use std::{io, net::TcpListener, os::fd::OwnedFd};

pub use predecessor::Predecessor;
pub(crate) use successor::Successor;
pub use successor::{HandOverError, Program};

/// What a process is given when it starts.
#[derive(Default)]
pub struct Given {
    /// Listening sockets, used for the configured addresses that they are bound to.
    pub sockets: Vec<TcpListener>,
    /// The process that serves until now.
    pub predecessor: Option<Predecessor>,
}

impl Given {
    /// From the process that serves until now, through the socket that it gave. Blocks for a moment.
    pub fn by_predecessor(channel: OwnedFd) -> io::Result<Self> {
        let (predecessor, sockets) = Predecessor::meet(channel)?;
        Ok(Self { sockets, predecessor: Some(predecessor) })
    }
}
