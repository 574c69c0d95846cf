//! One connection, from its handshake to its end.

use std::{
    convert::Infallible,
    fmt::Display,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::http::{HeaderValue, Method, StatusCode, Version, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{
    Hosts,
    answer::Answer,
    connection::Connection,
    ending::{Ends, OverTcp},
    frames::Frames,
    handshake::{Made, Tls},
    handshakes::Handshakes,
    listeners::Life,
    local::Local,
    notice::Notice,
    protocol::{self, http1, http2},
    receiving::Receiving,
    redirect,
    relayed::{Left, Until},
    roster::{Ending, Member, Roster, State},
    strict::Strict,
    turns::{Socket, Turns},
};
use crate::{config::Limits, limits::Lease, metrics::Counted};

const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// What the connections of a thread have in common.
pub(super) struct Serving {
    pub hosts: Arc<Hosts>,
    pub tls: Tls,
    pub port_suffix: Arc<str>,
    pub life: Life,
    pub limits: Arc<Limits>,
    pub local: Rc<Local>,
    pub roster: Rc<Roster>,
    pub handshakes: Handshakes,
}

impl Serving {
    pub(super) async fn tls(self: Rc<Self>, stream: TcpStream, peer: SocketAddr, lease: Arc<Lease>) {
        let ip = peer.ip().to_canonical();
        let network = (!self.hosts.live.load().trust.is_peer(ip)).then(|| self.hosts.knocks.network(ip));
        // Boxed, as what follows it is: a connection that rests keeps neither.
        let handshake = Box::pin(self.handshakes.in_turn(network, self.tls.accept(stream, |name| self.hosts.authorities.ask(name))));
        let cells = &self.local.counters.cells;
        let Ok(Ok(Some(Made { stream, asked }))) = tokio::time::timeout(HANDSHAKE_TIME, handshake).await else {
            cells.handshakes_failed.add(1);
            return;
        };
        let session = stream.get_ref().1;
        let resumed = session.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        if resumed { &cells.handshakes_resumed } else { &cells.handshakes_full }.add(1);
        let h2 = session.alpn_protocol() == Some(b"h2");
        let chain = session.peer_certificates().filter(|_| asked).map(<[_]>::to_vec).unwrap_or_default();
        let connection = Connection::new(peer, session.server_name().map(str::to_ascii_lowercase), asked, chain);
        if h2 {
            Box::pin(self.http2(stream, connection)).await;
        } else {
            Box::pin(self.http1(stream, connection, lease)).await;
        }
    }

    async fn http2<S: OverTcp>(self: &Rc<Self>, stream: S, connection: Connection) {
        let (peer, member) = (connection.peer, self.roster.enter());
        let _counted = Counted::new(&self.local.counters.cells.http2);
        let (stream, ending) = Ends::new(stream);
        {
            let (socket, said) = Socket::halves(Receiving::http2(stream, member.state.clone(), Frames::new(&self.limits)));
            let service = self.service(Rc::new(connection), member.clone());
            let served = pin!(http2(&self.limits).serve_connection(TokioIo::new(socket), service));
            let turns = pin!(Turns::new(served, said));
            let driven = self.drive(turns, &member.state, Manner::Gradual, |c| c.get_mut().served().graceful_shutdown());
            told(peer, driven.await.unwrap_or(Ok(())));
        }
        drop(member);
        ending.carry_out().await;
    }

    /// A TLS terminator in front: only its word is taken, so nobody else may speak here.
    pub(super) async fn plain(self: Rc<Self>, stream: TcpStream, peer: SocketAddr, lease: Arc<Lease>) {
        self.http1(stream, Connection::new(peer, None, false, Vec::new()), lease).await;
    }

    async fn http1<S>(self: &Rc<Self>, mut stream: S, connection: Connection, lease: Arc<Lease>)
    where
        S: OverTcp,
    {
        let (member, connection) = (self.roster.enter(), Rc::new(connection));
        let _counted = Counted::new(&self.local.counters.cells.http1);
        loop {
            let (ends, ending) = Ends::new(stream);
            let mut socket = Receiving::http1(ends, member.state.clone()).holding(lease.clone());
            let left = self.relay(&mut socket, &connection, &member).await;
            if let Left::Unanswered(bytes, until) = left {
                // Boxed: connections that rest are many, and those that the library serves few.
                if Box::pin(self.by_library((bytes, until), socket, &connection, &member)).await == After::Ended {
                    drop(member);
                    return ending.carry_out().await;
                }
            } else {
                drop((socket, member));
                return match left {
                    Left::Nothing => {}
                    Left::Answered => ending.after_all().await,
                    Left::Broken | Left::Unanswered(..) => ending.carry_out().await,
                };
            }
            let Some(again) = ending.stream() else { return };
            stream = again;
        }
    }

    /// What the library is needed for on a connection of which these bytes were read already. Once everything is answered, nothing is
    /// kept of it: what it holds is made anew when it is needed again.
    async fn by_library<S>(
        self: &Rc<Self>,
        (bytes, until): (Vec<u8>, Until),
        socket: Receiving<Ends<S>>,
        connection: &Rc<Connection>,
        member: &Rc<Member>,
    ) -> After
    where
        S: OverTcp,
    {
        let notice = Arc::<Notice>::default();
        connection.is_read_by(&notice);
        let socket = TokioIo::new(Strict::new(bytes, socket, protocol::head(&self.limits), notice.clone()));
        let service = self.service(connection.clone(), member.clone());
        let served = pin!(http1(&self.limits).serve_connection(socket, service).with_upgrades());
        let until_done = pin!(UntilDone { served, until, notice: &notice, state: &member.state });
        match self.drive(until_done, &member.state, Manner::AtOnce, |c| c.get_mut().served.as_mut().graceful_shutdown()).await {
            Some(Ok(After::Rests)) => After::Rests,
            Some(Ok(After::Ended)) | None => After::Ended,
            Some(Err(error)) => {
                told(connection.peer, Err(error));
                After::Ended
            }
        }
    }

    fn service(
        self: &Rc<Self>,
        connection: Rc<Connection>,
        member: Rc<Member>,
    ) -> impl hyper::service::Service<
        hyper::Request<Incoming>,
        Response = hyper::Response<Answer>,
        Error = Infallible,
        Future = impl Future<Output = Result<hyper::Response<Answer>, Infallible>> + use<>,
    > + use<> {
        let serving = self.clone();
        service_fn(move |request: hyper::Request<Incoming>| {
            let (serving, connection, under_way) = (serving.clone(), connection.clone(), member.request());
            if let Some(notice) = connection.notice() {
                notice.serve();
            }
            let (version, connect) = (request.version(), request.method() == Method::CONNECT);
            // Boxed, as it is handed on from function to function: each of them would keep room for it twice.
            let request = Box::new(request);
            // Boxed: hyper keeps room for one with each connection, also while it rests, and moves it about.
            Box::pin(async move {
                let mut response = serving.hosts.serve(&serving.local, &connection, request).await;
                if version < Version::HTTP_2 && serving.roster.is_leaving() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
                    // The next request of this client is another process's.
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                let under_way = if connect && response.status().is_success() {
                    under_way.stays();
                    None
                } else {
                    Some(under_way)
                };
                Ok::<_, Infallible>(response.map(|body| Answer::new(body, under_way)))
            })
        })
    }

    pub(super) async fn redirect(self: Rc<Self>, stream: TcpStream) {
        let (hosts, suffix, member) = (self.hosts.clone(), self.port_suffix.clone(), self.roster.enter());
        let asks = member.clone();
        let service = service_fn(move |request| {
            let (answer, under_way) = (redirect::answer(&request, &suffix, &hosts.certificates), asks.request());
            async move {
                drop(under_way);
                answer
            }
        });
        let (stream, ending) = Ends::new(stream);
        {
            let socket = TokioIo::new(Receiving::http1(stream, member.state.clone()));
            let served = pin!(http1(&self.limits).serve_connection(socket, service));
            // Nobody waits for a redirect that could not be sent.
            let _ = self.drive(served, &member.state, Manner::AtOnce, |c| c.graceful_shutdown()).await;
        }
        ending.carry_out().await;
    }

    /// Drives a connection to its end, unless it is dropped; when the server stops, lets the request in hand finish.
    async fn drive<C>(
        &self,
        mut connection: Pin<&mut C>,
        state: &State,
        manner: Manner,
        graceful: impl Fn(Pin<&mut C>),
    ) -> Option<C::Output>
    where
        C: Future,
    {
        let mut stopped = false;
        loop {
            tokio::select! {
                result = connection.as_mut() => return Some(result),
                ending = state.told() => match ending {
                    Ending::Goodbye => graceful(connection.as_mut()),
                    Ending::Now => return None,
                },
                () = self.life.stop.cancelled(), if !stopped => {
                    stopped = true;
                    self.roster.leave();
                    // A request may be on its way: on HTTP/1.1 it would be lost when the connection is closed now.
                    if manner == Manner::Gradual || !self.life.is_handed_over() {
                        graceful(connection.as_mut());
                    }
                }
            }
        }
    }
}

/// What became of a connection that the library served.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// Nobody speaks on it any more, or somebody else does.
    Ended,
    /// The next request may come.
    Rests,
}

/// The library's work, until there is none left.
struct UntilDone<'a, C> {
    served: Pin<&'a mut C>,
    until: Until,
    notice: &'a Notice,
    state: &'a State,
}

impl<C: Future<Output = hyper::Result<()>>> Future for UntilDone<'_, C> {
    type Output = hyper::Result<After>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.served.as_mut().poll(cx) {
            Poll::Ready(ended) => Poll::Ready(ended.map(|()| After::Ended)),
            Poll::Pending if self.until == Until::Answered && self.state.is_resting() && self.notice.is_done() => {
                Poll::Ready(Ok(After::Rests))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// What a goodbye does in a protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// HTTP/1.1: a resting connection is closed.
    AtOnce,
    /// HTTP/2: the client hears of it, and what it has sent by then is answered.
    Gradual,
}

fn told(peer: SocketAddr, result: Result<(), impl Display>) {
    if let Err(error) = result {
        tracing::debug!(client.address = %peer.ip(), error = %error, "a connection ended with an error");
    }
}
