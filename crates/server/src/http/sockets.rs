//! Bound sockets, before anything serves them.

use std::net::{SocketAddr, TcpListener};

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
    /// Binds every configured address.
    pub(crate) fn bind(config: &config::Config) -> Result<Self, StartError> {
        let bind = |list: &[SocketAddr]| {
            list.iter().map(|a| socket(*a).map_err(|source| StartError::Listen { address: *a, source })).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            https: bind(&config.http.listen)?,
            plain: bind(&config.http.plain_listen)?,
            redirect: bind(&config.http.redirect_listen)?,
            operation: bind(&config.operation.listen)?,
        })
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

fn socket(address: SocketAddr) -> std::io::Result<TcpListener> {
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
