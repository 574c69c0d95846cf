//! Sockets and the threads that serve them: a current-thread runtime per core, every thread on every address.

use std::{convert::Infallible, future::Future, net::SocketAddr, pin::pin, rc::Rc, sync::Arc, thread::JoinHandle, time::Duration};

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use proxy::Worker;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Hosts, connection::Connection, handshake::Tls, redirect};
use crate::{certificates::Certificates, config, wiring::StartError};

const BACKLOG: i32 = 1024;
const HEADER_TIME: Duration = Duration::from_secs(30);
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;
const MOST_STREAMS: u32 = 256;

/// What the server and its open connections have in common: the call to stop, and the count of what is open.
pub(crate) struct Life {
    pub stop: CancellationToken,
    pub open: TaskTracker,
}

/// Bound sockets that are not served yet.
pub(crate) struct Bound {
    https: Vec<std::net::TcpListener>,
    plain: Vec<std::net::TcpListener>,
}

/// Threads that serve.
pub(crate) struct Listeners {
    threads: Vec<JoinHandle<()>>,
    connections: TaskTracker,
    end: CancellationToken,
}

impl Listeners {
    /// Binds every configured address.
    pub(crate) fn bind(config: &config::Http) -> Result<Bound, StartError> {
        let bind = |list: &[SocketAddr]| {
            list.iter().map(|a| socket(*a).map_err(|source| StartError::Listen { address: *a, source })).collect::<Result<Vec<_>, _>>()
        };
        Ok(Bound { https: bind(&config.listen)?, plain: bind(&config.redirect_listen)? })
    }

    /// Waits until open connections have finished, at most for the given time, then ends them.
    pub(crate) async fn drain(self, limit: Duration) {
        self.connections.close();
        if tokio::time::timeout(limit, self.connections.wait()).await.is_err() {
            tracing::info!("connections that did not finish in time are ended");
        }
        self.end.cancel();
        let threads = self.threads;
        // Joining blocks: off the runtime.
        let _ = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|t| drop(t.join()))).await;
    }
}

impl Bound {
    /// The HTTPS addresses as bound.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.https.iter().filter_map(|l| l.local_addr().ok()).collect()
    }

    /// Starts the threads.
    pub(crate) fn serve(
        self,
        hosts: Arc<Hosts>,
        certificates: Arc<Certificates>,
        config: &config::Http,
        port_suffix: &str,
        life: Life,
    ) -> Result<Listeners, StartError> {
        let tls = Tls::new(&certificates)?;
        let workers = if config.workers == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { config.workers };
        let Life { stop, open: connections } = life;
        let end = CancellationToken::new();
        let mut threads = Vec::new();
        for number in 0..workers {
            let https = clones(&self.https)?;
            // Redirects are few: the first thread does them all.
            let plain = if number == 0 { clones(&self.plain)? } else { Vec::new() };
            let thread = Thread {
                hosts: hosts.clone(),
                tls: tls.clone(),
                port_suffix: port_suffix.into(),
                stop: stop.clone(),
                connections: connections.clone(),
            };
            let end = end.clone();
            let spawned = std::thread::Builder::new().name(format!("door-{number}")).spawn(move || thread.run(https, plain, end));
            threads.push(spawned.map_err(|source| StartError::Listen { address: SocketAddr::from(([0, 0, 0, 0], 0)), source })?);
        }
        Ok(Listeners { threads, connections, end })
    }
}

#[derive(Clone)]
struct Thread {
    hosts: Arc<Hosts>,
    tls: Tls,
    port_suffix: Arc<str>,
    stop: CancellationToken,
    connections: TaskTracker,
}

impl Thread {
    fn run(self, https: Vec<std::net::TcpListener>, plain: Vec<std::net::TcpListener>, end: CancellationToken) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build_local(tokio::runtime::LocalOptions::default())
        {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(error = %error, "a serving thread could not start");
                return;
            }
        };
        runtime.block_on(async move {
            let worker = Worker::new(self.hosts.proxy.clone());
            for listener in https {
                let (thread, worker) = (self.clone(), worker.clone());
                tokio::task::spawn_local(accept(listener, self.stop.clone(), move |stream, peer| {
                    thread.clone().https(worker.clone(), stream, peer)
                }));
            }
            for listener in plain {
                let thread = self.clone();
                tokio::task::spawn_local(accept(listener, self.stop.clone(), move |stream, _| thread.clone().redirect(stream)));
            }
            end.cancelled().await;
        });
    }

    async fn https(self, worker: Rc<Worker>, stream: TcpStream, peer: SocketAddr) {
        let _open = self.connections.token();
        let made = tokio::time::timeout(HANDSHAKE_TIME, self.tls.accept(stream, &self.hosts.authorities)).await;
        let Ok(Ok((stream, asked))) = made else { return };
        let session = stream.get_ref().1;
        let h2 = session.alpn_protocol() == Some(b"h2");
        let chain = session.peer_certificates().filter(|_| asked).map(<[_]>::to_vec).unwrap_or_default();
        let connection = Rc::new(Connection::new(peer, session.server_name().map(str::to_ascii_lowercase), asked, chain));
        let hosts = self.hosts.clone();
        let service = service_fn(move |request| {
            let (hosts, worker, connection) = (hosts.clone(), worker.clone(), connection.clone());
            async move { Ok::<_, Infallible>(hosts.serve(&worker, &connection, request).await) }
        });
        let io = TokioIo::new(stream);
        let result = if h2 {
            let mut builder = hyper::server::conn::http2::Builder::new(LocalExecutor);
            builder.timer(TokioTimer::new()).max_concurrent_streams(MOST_STREAMS).max_header_list_size(MOST_HEADER_BYTES as u32);
            builder.keep_alive_interval(Some(HEADER_TIME)).keep_alive_timeout(HANDSHAKE_TIME);
            let connection = pin!(builder.serve_connection(io, service));
            finish(connection, &self.stop, |c| c.graceful_shutdown()).await
        } else {
            let connection = pin!(http1().serve_connection(io, service).with_upgrades());
            finish(connection, &self.stop, |c| c.graceful_shutdown()).await
        };
        if let Err(error) = result {
            tracing::debug!(client.address = %peer.ip(), error = %error, "a connection ended with an error");
        }
    }

    async fn redirect(self, stream: TcpStream) {
        let _open = self.connections.token();
        let suffix = self.port_suffix.clone();
        let service = service_fn(move |request| {
            let answer = redirect::answer(&request, &suffix);
            async move { answer }
        });
        let connection = pin!(http1().serve_connection(TokioIo::new(stream), service));
        // Nobody waits for a redirect that could not be sent.
        let _ = finish(connection, &self.stop, |c| c.graceful_shutdown()).await;
    }
}

fn http1() -> hyper::server::conn::http1::Builder {
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_headers(MOST_HEADERS).max_buf_size(MOST_HEADER_BYTES);
    builder
}

/// Drives a connection; when the server stops, lets the request in hand finish.
async fn finish<C>(
    mut connection: std::pin::Pin<&mut C>,
    stop: &CancellationToken,
    graceful: impl Fn(std::pin::Pin<&mut C>),
) -> hyper::Result<()>
where
    C: Future<Output = hyper::Result<()>>,
{
    tokio::select! {
        result = connection.as_mut() => return result,
        () = stop.cancelled() => graceful(connection.as_mut()),
    }
    connection.await
}

async fn accept<F, C>(listener: std::net::TcpListener, stop: CancellationToken, serve: F)
where
    F: Fn(TcpStream, SocketAddr) -> C,
    C: Future<Output = ()> + 'static,
{
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(error = %error, "an address cannot be served");
            return;
        }
    };
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small answers must not wait for more data; a socket without the option still works.
                let _ = stream.set_nodelay(true);
                // A peer that vanished is noticed in the end, also on sockets that nobody writes to.
                let _ = socket2::SockRef::from(&stream).set_keepalive(true);
                tokio::task::spawn_local(serve(stream, peer));
            }
            Err(error) => {
                // Out of descriptors: give others time to finish instead of spinning.
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Runs HTTP/2 streams on this thread.
#[derive(Clone)]
struct LocalExecutor;

impl<F> hyper::rt::Executor<F> for LocalExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

fn socket(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn clones(list: &[std::net::TcpListener]) -> Result<Vec<std::net::TcpListener>, StartError> {
    list.iter()
        .map(|l| {
            l.try_clone().map_err(|source| StartError::Listen {
                address: l.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0))),
                source,
            })
        })
        .collect()
}
