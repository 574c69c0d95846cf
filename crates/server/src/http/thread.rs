//! One serving thread: its runtime, and each connection from handshake to end.

use std::{convert::Infallible, future::Future, net::SocketAddr, pin::pin, rc::Rc, sync::Arc, time::Duration};

use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Hosts,
    accept::accept,
    connection::Connection,
    ending::{Ends, OverTcp},
    handshake::{Made, Tls},
    local::Local,
    protocol::{http1, http2},
    redirect,
    sockets::Sockets,
    watched::Watched,
};
use crate::operation::Beats;

const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
const TURN: Duration = Duration::from_secs(1);

/// What a thread's connections have in common.
#[derive(Clone)]
pub(super) struct Thread {
    pub hosts: Arc<Hosts>,
    pub tls: Tls,
    pub port_suffix: Arc<str>,
    pub stop: CancellationToken,
    pub connections: TaskTracker,
    pub beats: Arc<Beats>,
    pub number: usize,
}

impl Thread {
    /// Serves until `end`.
    pub(super) fn run(self, sockets: Sockets, end: CancellationToken) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build_local(tokio::runtime::LocalOptions::default())
        {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(error = %error, "a serving thread could not start");
                return;
            }
        };
        runtime.block_on(async move {
            let local = Local::new(&self.hosts);
            let stop = || self.stop.clone();
            for listener in sockets.https {
                let (thread, local) = (self.clone(), local.clone());
                tokio::task::spawn_local(accept(listener, stop(), move |stream, peer| thread.clone().https(local.clone(), stream, peer)));
            }
            for listener in sockets.plain {
                let (thread, local) = (self.clone(), local.clone());
                tokio::task::spawn_local(accept(listener, stop(), move |stream, peer| thread.clone().plain(local.clone(), stream, peer)));
            }
            for listener in sockets.redirect {
                let thread = self.clone();
                tokio::task::spawn_local(accept(listener, stop(), move |stream, _| thread.clone().redirect(stream)));
            }
            self.turn(end).await;
        });
    }

    /// Shows once a second that the thread turns.
    async fn turn(&self, end: CancellationToken) {
        let mut tick = tokio::time::interval(TURN);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                _ = tick.tick() => self.beats.beat(self.number),
            }
        }
    }

    async fn https(self, local: Rc<Local>, stream: TcpStream, peer: SocketAddr) {
        let _open = self.connections.token();
        let made = tokio::time::timeout(HANDSHAKE_TIME, self.tls.accept(stream, &self.hosts.authorities)).await;
        let Ok(Ok(Some(Made { stream, asked }))) = made else { return };
        let session = stream.get_ref().1;
        let h2 = session.alpn_protocol() == Some(b"h2");
        let chain = session.peer_certificates().filter(|_| asked).map(<[_]>::to_vec).unwrap_or_default();
        let connection = Connection::new(peer, session.server_name().map(str::to_ascii_lowercase), asked, chain);
        if h2 {
            let (stream, ending, _) = Ends::new(stream);
            {
                let served = pin!(http2().serve_connection(TokioIo::new(stream), self.service(local, connection)));
                told(peer, finish(served, &self.stop, |c| c.graceful_shutdown()).await);
            }
            ending.carry_out().await;
        } else {
            self.serve_http1(local, stream, connection).await;
        }
    }

    /// A TLS terminator in front: only its word is taken, so nobody else may speak here.
    async fn plain(self, local: Rc<Local>, stream: TcpStream, peer: SocketAddr) {
        if !self.hosts.trust.is_peer(peer.ip().to_canonical()) {
            tracing::debug!(client.address = %peer.ip(), "a plain connection from no trusted peer was closed");
            return;
        }
        let _open = self.connections.token();
        self.serve_http1(local, stream, Connection::new(peer, None, false, Vec::new())).await;
    }

    async fn serve_http1<S>(&self, local: Rc<Local>, stream: S, connection: Connection)
    where
        S: OverTcp,
    {
        let peer = connection.peer;
        let (stream, ending, heard) = Ends::new(stream);
        {
            let served = pin!(http1(heard).serve_connection(TokioIo::new(stream), self.service(local, connection)).with_upgrades());
            told(peer, finish(served, &self.stop, |c| c.graceful_shutdown()).await);
        }
        ending.carry_out().await;
    }

    fn service(
        &self,
        local: Rc<Local>,
        connection: Connection,
    ) -> impl hyper::service::Service<
        hyper::Request<Incoming>,
        Response = hyper::Response<Watched>,
        Error = Infallible,
        Future = impl Future<Output = Result<hyper::Response<Watched>, Infallible>> + use<>,
    > + use<> {
        let (hosts, connection) = (self.hosts.clone(), Rc::new(connection));
        service_fn(move |request| {
            let (hosts, local, connection) = (hosts.clone(), local.clone(), connection.clone());
            // Boxed: hyper keeps room for one with each connection, also while it rests, and moves it about.
            Box::pin(async move { Ok::<_, Infallible>(hosts.serve(&local, &connection, request).await) })
        })
    }

    async fn redirect(self, stream: TcpStream) {
        let _open = self.connections.token();
        let (hosts, suffix) = (self.hosts.clone(), self.port_suffix.clone());
        let service = service_fn(move |request| {
            let answer = redirect::answer(&request, &suffix, &hosts.certificates);
            async move { answer }
        });
        let (stream, ending, heard) = Ends::new(stream);
        {
            let connection = pin!(http1(heard).serve_connection(TokioIo::new(stream), service));
            // Nobody waits for a redirect that could not be sent.
            let _ = finish(connection, &self.stop, |c| c.graceful_shutdown()).await;
        }
        ending.carry_out().await;
    }
}

fn told(peer: SocketAddr, result: hyper::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(client.address = %peer.ip(), error = %error, "a connection ended with an error");
    }
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
