//! Bound sockets, before anything serves them.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

use crate::{config, wiring::StartError};

const BACKLOG: i32 = 1024;

/// Bound sockets by what is spoken on them.
pub(crate) struct Sockets {
    /// TLS.
    pub https: Vec<TcpListener>,
    /// HTTP of a TLS terminator in front.
    pub plain: Vec<TcpListener>,
    /// HTTP that is redirected to HTTPS.
    pub redirect: Vec<TcpListener>,
    /// HTTP of the machine's own watchers.
    pub operation: Vec<TcpListener>,
}

impl Sockets {
    /// One for every configured address: one that was given and is bound to it, else a new one.
    pub(crate) fn bind(config: &config::Config, mut given: Vec<TcpListener>) -> Result<Self, StartError> {
        let mut bind = |list: &[SocketAddr]| {
            let one = |address: &SocketAddr| {
                taken(&mut given, *address)
                    .unwrap_or_else(|| socket(*address))
                    .map_err(|source| StartError::Listen { address: *address, source })
            };
            list.iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        let sockets = Self {
            https: bind(&config.http.listen)?,
            plain: bind(&config.http.plain_listen)?,
            redirect: bind(&config.http.redirect_listen)?,
            operation: bind(&config.operation.listen)?,
        };
        for left in given {
            tracing::warn!(address = ?left.local_addr().ok(), "a socket that was handed in is for no address of the configuration; it is closed");
        }
        Ok(sockets)
    }

    /// Closes them.
    pub(crate) fn close(&mut self) {
        for list in [&mut self.https, &mut self.plain, &mut self.redirect, &mut self.operation] {
            list.clear();
        }
    }

    /// All of them, for another process.
    pub(crate) fn all(&self) -> Vec<&TcpListener> {
        [&self.https, &self.plain, &self.redirect, &self.operation].into_iter().flatten().collect()
    }

    /// The HTTPS addresses as bound.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.https.iter().filter_map(|l| l.local_addr().ok()).collect()
    }

    /// The plain addresses as bound.
    pub(crate) fn plain_addresses(&self) -> Vec<SocketAddr> {
        self.plain.iter().filter_map(|l| l.local_addr().ok()).collect()
    }

    /// The addresses of the machine's own watchers as bound.
    pub(crate) fn operation_addresses(&self) -> Vec<SocketAddr> {
        self.operation.iter().filter_map(|l| l.local_addr().ok()).collect()
    }

    /// The same sockets once more, for another thread.
    pub(crate) fn try_clone(&self) -> Result<Self, StartError> {
        let (https, plain, redirect) = (clones(&self.https)?, clones(&self.plain)?, clones(&self.redirect)?);
        Ok(Self { https, plain, redirect, operation: clones(&self.operation)? })
    }
}

/// Takes the socket of an address out of the list.
fn taken(given: &mut Vec<TcpListener>, address: SocketAddr) -> Option<io::Result<TcpListener>> {
    let at = given.iter().position(|socket| socket.local_addr().is_ok_and(|bound| bound == address))?;
    let socket = given.swap_remove(at);
    Some(socket.set_nonblocking(true).map(|()| socket))
}

fn socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn clones(list: &[TcpListener]) -> Result<Vec<TcpListener>, StartError> {
    list.iter()
        .map(|l| {
            l.try_clone().map_err(|source| StartError::Listen {
                address: l.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0))),
                source,
            })
        })
        .collect()
}
