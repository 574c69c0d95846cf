//! Connections to origins: TCP or TLS, and what is spoken on them.

mod heard;
pub(crate) mod tls;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use model::upstream::{OriginProtocol, OriginUrl, Upstream};
use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::client::TlsStream;

use self::{
    heard::Heard,
    tls::{SystemTls, TlsClients},
};
use crate::{
    pool::{AppPool, Full, PlainStream, Want},
    upload::UploadBody,
};

/// A peer that vanished without a word is noticed after about two minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EACH: Duration = Duration::from_secs(15);
/// An answer's head, in bytes.
const MOST_HEAD: usize = 72 * 1024;
/// A shared connection is asked whether it still lives.
const PING_EACH: Duration = Duration::from_secs(30);
const PING_TIME: Duration = Duration::from_secs(10);
/// What may be under way unread, for one stream and for all: as much as all streams may have, so that a client that does not
/// read holds up nobody else.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

/// The origin could not be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OriginError {
    #[error("connecting to the origin took longer than {0} ms")]
    Slow(u32),
    #[error("the origin could not be connected to")]
    Connect(#[source] std::io::Error),
    #[error("the origin's TLS settings cannot be used")]
    TlsSettings(#[source] rustls::Error),
    #[error("the origin's CA pool holds no usable certificate")]
    CaPool,
    #[error("the origin's server name is not valid")]
    ServerName,
    #[error("the server is stopping")]
    Stopping,
    #[error("the origin does not agree to HTTP/2")]
    NoHttp2,
    #[error("HTTP could not be begun with the origin")]
    Handshake(#[source] hyper::Error),
    #[error("no connection to the origin is free")]
    Busy(#[from] Full),
}

/// What opening a connection needs beside the application's settings.
pub(crate) struct Open<'a> {
    pub(crate) system_tls: &'a SystemTls,
    pub(crate) control: &'a tokio::runtime::Handle,
}

/// A connection whose driver runs on this thread.
pub(crate) enum Opened {
    /// For one exchange at a time. The flag is set by every byte of the origin.
    Own { sender: http1::SendRequest<UploadBody>, heard: Arc<AtomicBool>, driver: JoinHandle<()> },
    /// For one exchange at a time, as bytes.
    Plain(PlainStream),
    /// For as many as the origin allows.
    Shared { sender: http2::SendRequest<UploadBody>, most: Rc<Cell<usize>>, driver: JoinHandle<()> },
}

/// Opens a connection.
pub(crate) async fn connect(pool: &AppPool, number: usize, want: Want, by: &Open<'_>) -> Result<Opened, OriginError> {
    let (upstream, url) = (&*pool.upstream, pool.url(number));
    let tcp = within(upstream.connect_timeout_ms, async { tcp(url).await.map_err(OriginError::Connect) }).await?;
    if !url.is_https() {
        if want == Want::Plain {
            return Ok(Opened::Plain(PlainStream::Tcp(tcp)));
        }
        return if want == Want::Any && upstream.protocol == OriginProtocol::Http2 { shared(tcp).await } else { own(tcp).await };
    }
    let clients = pool.tls.get_or_try_init(|| TlsClients::new(upstream, by)).await?;
    let stream = within(upstream.tls_timeout_ms, handshake(clients, upstream, url, want, tcp)).await?;
    let agreed = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    match (want, upstream.protocol) {
        (Want::Plain, _) => Ok(Opened::Plain(PlainStream::Tls(Box::new(stream)))),
        (Want::Any, OriginProtocol::Http2) if !agreed => Err(OriginError::NoHttp2),
        _ if agreed => shared(stream).await,
        _ => own(stream).await,
    }
}

async fn within<T>(ms: u32, step: impl Future<Output = Result<T, OriginError>>) -> Result<T, OriginError> {
    tokio::time::timeout(Duration::from_millis(u64::from(ms)), step).await.map_err(|_| OriginError::Slow(ms))?
}

async fn tcp(url: &OriginUrl) -> std::io::Result<TcpStream> {
    let tcp = TcpStream::connect((url.host(), url.port())).await?;
    // Small requests must not wait for more data, and dead peers are to be noticed; a socket without the options still works.
    let _ = tcp.set_nodelay(true);
    let _ = SockRef::from(&tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EACH));
    Ok(tcp)
}

async fn handshake(
    clients: &TlsClients,
    upstream: &Upstream,
    url: &OriginUrl,
    want: Want,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, OriginError> {
    let name = upstream.tls.server_name.as_deref().unwrap_or_else(|| url.host());
    let name = ServerName::try_from(name.to_owned()).map_err(|_| OriginError::ServerName)?;
    clients.client(want).connect(name, tcp).await.map_err(OriginError::Connect)
}

async fn own(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Opened, OriginError> {
    let (stream, heard) = Heard::new(stream);
    let (sender, connection) =
        http1::Builder::new().max_buf_size(MOST_HEAD).handshake(TokioIo::new(stream)).await.map_err(OriginError::Handshake)?;
    let driver = tokio::task::spawn_local(async move { told(connection.with_upgrades().await) });
    Ok(Opened::Own { sender, heard, driver })
}

async fn shared(stream: impl AsyncRead + AsyncWrite + Unpin + 'static) -> Result<Opened, OriginError> {
    let mut builder = http2::Builder::new(LocalExecutor);
    builder.timer(TokioTimer::new()).keep_alive_interval(PING_EACH).keep_alive_timeout(PING_TIME);
    builder.initial_stream_window_size(STREAM_WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
    builder.max_header_list_size(MOST_HEAD as u32);
    let (sender, mut connection) = builder.handshake(TokioIo::new(stream)).await.map_err(OriginError::Handshake)?;
    let most = Rc::new(Cell::new(connection.current_max_send_streams()));
    let known = most.clone();
    let driver = poll_fn(move |cx| {
        let polled = Pin::new(&mut connection).poll(cx);
        known.set(connection.current_max_send_streams());
        polled
    });
    let driver = tokio::task::spawn_local(async move { told(driver.await) });
    Ok(Opened::Shared { sender, most, driver })
}

fn told(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(error = %error, "an origin connection ended with an error");
    }
}

/// Runs HTTP/2 connections on this thread.
#[derive(Clone)]
struct LocalExecutor;

impl<F: Future<Output: 'static> + 'static> hyper::rt::Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}
