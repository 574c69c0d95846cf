//! One serving thread: its runtime, what it takes in, and its turn once a second.

use std::{net::SocketAddr, rc::Rc, sync::Arc, time::Instant};

use tokio::{net::TcpStream, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{
    Hosts,
    accept::{Door, accept},
    handshake::Tls,
    handshakes::Handshakes,
    listeners::Life,
    local::Local,
    rest::{Callers, Rest},
    roster::{Deadlines, Roster},
    serving::Serving,
    sockets::Sockets,
};
use crate::{
    config::Limits,
    limits::{Clients, Lease, Level},
};

const TURN: std::time::Duration = std::time::Duration::from_secs(1);
/// Seconds that a resting connection is still served after the sockets were handed over: its client may be about to ask.
const LINGER_SECS: u32 = 5;
/// Seconds that a client may take nothing of its answers while memory is tight.
const STALL_WHEN_TIGHT_SECS: u32 = 10;

/// What a thread is given.
pub(super) struct Thread {
    pub hosts: Arc<Hosts>,
    pub tls: Tls,
    pub port_suffix: Arc<str>,
    pub life: Life,
    pub limits: Arc<Limits>,
    pub clients: Arc<Clients>,
    pub number: usize,
}

/// How a connection is spoken with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speech {
    Tls,
    Plain,
    Redirect,
}

struct Entrance {
    serving: Rc<Serving>,
    clients: Arc<Clients>,
    speech: Speech,
}

impl Door for Entrance {
    fn take(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static {
        let (serving, speech, lease) = (self.serving.clone(), self.speech, self.admit(peer));
        async move {
            // With the connection to its end, also when it goes on as a WebSocket.
            let Some(lease) = lease.map(Arc::new) else { return };
            let _open = serving.life.open.token();
            // Boxed: what one of them needs is not kept for the others.
            match speech {
                Speech::Tls => Box::pin(serving.tls(stream, peer, lease)).await,
                Speech::Plain => Box::pin(serving.plain(stream, peer, lease)).await,
                Speech::Redirect => Box::pin(serving.redirect(stream)).await,
            }
        }
    }

    fn spare(&self) {
        self.serving.roster.end_late(&Deadlines { rest: 1, ..Deadlines::of(&self.serving.limits) });
    }
}

impl Entrance {
    /// Load is shed here: a connection that is not taken costs least.
    fn admit(&self, peer: SocketAddr) -> Option<Lease> {
        let live = self.serving.hosts.live.load();
        let trust = &live.trust;
        let ip = peer.ip().to_canonical();
        if self.speech == Speech::Plain && !trust.is_peer(ip) {
            tracing::debug!(client.address = %ip, "a plain connection from no trusted peer was closed");
            return None;
        }
        if self.serving.life.pressure.level() > Level::Calm {
            tracing::debug!(client.address = %ip, "a connection was closed: memory is tight");
            return None;
        }
        let client = (!trust.is_peer(ip)).then_some(ip);
        self.clients.admit(client).inspect_err(|why| tracing::debug!(client.address = %ip, %why, "a connection was closed")).ok()
    }
}

impl Thread {
    /// Serves until `end`.
    pub(super) fn run(self, sockets: Sockets, end: CancellationToken) {
        let rest = Rest::new();
        let (begins, ends) = (rest.clone(), rest.clone());
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().on_thread_park(move || begins.begin()).on_thread_unpark(move || ends.end());
        let runtime = match builder.build_local(tokio::runtime::LocalOptions::default()) {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(error = %error, "a serving thread could not start");
                return;
            }
        };
        runtime.block_on(self.work(sockets, rest.callers.clone(), end));
    }

    async fn work(self, sockets: Sockets, callers: Callers, end: CancellationToken) {
        let Self { hosts, tls, port_suffix, life, limits, clients, number } = self;
        let serving = Rc::new(Serving {
            local: Local::new(&hosts),
            roster: Roster::counting(callers),
            handshakes: Handshakes::most(limits.handshakes),
            hosts,
            tls,
            port_suffix,
            life,
            limits,
        });
        for (list, speech) in [(sockets.https, Speech::Tls), (sockets.plain, Speech::Plain), (sockets.redirect, Speech::Redirect)] {
            for listener in list {
                let entrance = Entrance { serving: serving.clone(), clients: clients.clone(), speech };
                tokio::task::spawn_local(accept(listener, serving.life.stop.clone(), entrance));
            }
        }
        turn(&serving, number, end).await;
    }
}

/// Once a second: shows that the thread turns, and ends what takes too long.
async fn turn(serving: &Serving, number: usize, end: CancellationToken) {
    let (began, deadlines) = (Instant::now(), Deadlines::of(&serving.limits));
    let mut left_at = None;
    let mut tick = tokio::time::interval(TURN);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = serving.life.stop.cancelled(), if left_at.is_none() => {
                serving.roster.leave();
                // A request may be on its way, and would be lost: whoever is handed over has a moment.
                if !serving.life.is_handed_over() {
                    serving.roster.dismiss();
                }
            }
            _ = tick.tick() => {}
        }
        let second = u32::try_from(began.elapsed().as_secs()).unwrap_or(u32::MAX);
        serving.life.beats.beat(number);
        serving.roster.turn(second);
        if serving.life.stop.is_cancelled() && left_at.is_none() {
            left_at = Some(second);
        }
        let lingered = left_at.is_some_and(|at| second >= at + LINGER_SECS);
        let tight = serving.life.pressure.level() > Level::Calm;
        let rest = if lingered || tight { 0 } else { deadlines.rest };
        let stall = if tight { STALL_WHEN_TIGHT_SECS } else { deadlines.stall };
        serving.roster.end_late(&Deadlines { rest, stall, ..deadlines });
    }
}
