//! Connections to origins: TCP or TLS, HTTP/1.1.

mod heard;
pub(crate) mod tls;

use std::{rc::Rc, sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use model::{AppId, upstream::Upstream};
use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use self::heard::Heard;
use crate::{
    pool::{Connection, Lease},
    reverse::Worker,
    upload::UploadBody,
};

/// A peer that vanished without a word is noticed after about two minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EACH: Duration = Duration::from_secs(15);

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
    #[error("HTTP could not be begun with the origin")]
    Handshake(#[source] hyper::Error),
}

/// Opens a connection and starts its driver on this thread.
pub(crate) async fn connect(worker: &Worker, app: AppId, upstream: &Arc<Upstream>) -> Result<Lease, OriginError> {
    let limit = Duration::from_millis(u64::from(upstream.connect_timeout_ms));
    tokio::time::timeout(limit, open(worker, app, upstream)).await.map_err(|_| OriginError::Slow(upstream.connect_timeout_ms))?
}

async fn open(worker: &Worker, app: AppId, upstream: &Arc<Upstream>) -> Result<Lease, OriginError> {
    let (pool, proxy) = (&worker.pool, &worker.proxy);
    let tls = match pool.tls(app, upstream) {
        Some(tls) => tls,
        None => {
            let tls = tls::client(upstream, &proxy.system_tls, &proxy.control).await?;
            pool.keep_tls(app, upstream, tls.clone());
            tls
        }
    };
    let tcp = TcpStream::connect((upstream.url.host(), upstream.url.port())).await.map_err(OriginError::Connect)?;
    // Small requests must not wait for more data, and dead peers are to be noticed; a socket without the options still works.
    let _ = tcp.set_nodelay(true);
    let _ = SockRef::from(&tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EACH));
    let connection = match tls {
        None => handshake(tcp).await?,
        Some(client) => {
            let name = upstream.tls.server_name.as_deref().unwrap_or_else(|| upstream.url.host());
            let name = ServerName::try_from(name.to_owned()).map_err(|_| OriginError::ServerName)?;
            handshake(client.connect(name, tcp).await.map_err(OriginError::Connect)?).await?
        }
    };
    Ok(Lease::new(connection, &Rc::clone(pool), app, upstream))
}

async fn handshake(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Connection, OriginError> {
    let (stream, heard) = Heard::new(stream);
    let (sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(72 * 1024)
        .handshake::<_, UploadBody>(TokioIo::new(stream))
        .await
        .map_err(OriginError::Handshake)?;
    let driver = tokio::task::spawn_local(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(error = %error, "an origin connection ended with an error");
        }
    });
    Ok(Connection::new(sender, heard, driver))
}
