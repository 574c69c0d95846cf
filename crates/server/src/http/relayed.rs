//! A connection over HTTP/1.1 as long as its requests are relayed: it rests without any memory but its place in the roster. Whatever is
//! out of the ordinary is left to the library, and the connection with it.

use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::pin,
    rc::Rc,
    task::Poll,
    time::Instant,
};

use axum::http::Version;
use guard::{Client, ClientCertificate};
use proxy::{
    Outcome,
    relay::{Admitted, After, Head, Held, Read, Side, Unrelayed, Watch},
    trace::Trace,
};
use tokio::io::AsyncRead;

use super::{
    Hosts,
    connection::Connection,
    ending::{Ends, OverTcp},
    protocol,
    receiving::Receiving,
    refused::Form,
    roster::{self, Ending, Member, Roster, UnderWay},
    serving::Serving,
    trust::Trust,
    watched::{Open, Watch as Watched},
};
use crate::{
    access_log::{CLIENT_GONE, Record, Surface},
    limits::Level,
    traces::Peer,
};

/// What is left of a connection.
pub(super) enum Left {
    /// Nothing: the client has ended it.
    Nothing,
    /// Everything was answered, and it is to end.
    Answered,
    /// It is to end as it is.
    Broken,
    /// The library goes on with what was read: until it has answered everything, or to the end.
    Unanswered(Vec<u8>, Until),
}

/// How long the library serves a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Answered,
    Ended,
}

impl Serving {
    /// Relays requests for as long as they can be.
    pub(super) async fn relay<S>(&self, socket: &mut Receiving<Ends<S>>, connection: &Connection, member: &Rc<Member>) -> Left
    where
        S: OverTcp,
    {
        let mut held = Held::default();
        // Its task is woken when it is to end; from before the first request on, which may have come with the handshake.
        registered(member).await;
        loop {
            match self.next(socket, &mut held, member).await {
                None => return Left::Broken,
                Some(Read::Over) => return Left::Nothing,
                Some(Read::Library) => return Left::Unanswered(held.into_bytes(), Until::Answered),
                Some(Read::Head(head)) => {
                    let (admitted, began) = match self.let_in(head, connection) {
                        Ok(admitted) => admitted,
                        Err(Unrelayed { head, never }) => {
                            held.take_back(&head);
                            return Left::Unanswered(held.into_bytes(), if never { Until::Ended } else { Until::Answered });
                        }
                    };
                    if admitted.is_last() {
                        socket.last_answer();
                    }
                    let answered = Box::pin(self.answer(admitted, (connection.peer, began), socket, &mut held, member));
                    match undropped(answered, member).await {
                        Some(After::Keep) => {}
                        Some(After::Close) if held.is_empty() => return Left::Answered,
                        Some(After::Close | After::Break) | None => return Left::Broken,
                    }
                }
            }
        }
    }

    /// Rests until the next head is there; none when the connection is to end.
    async fn next<S: AsyncRead + Unpin>(&self, socket: &mut S, held: &mut Held, member: &Member) -> Option<Read> {
        if !held.is_empty() {
            member.state.received(true);
        }
        let (worker, limits, state) = (&self.local.worker, protocol::head(&self.limits), &member.state);
        poll_fn(|cx| {
            let polled = held.poll_head(cx, socket, worker, limits);
            if polled.is_ready() {
                return polled.map(Some);
            }
            let leaves = self.roster.is_leaving() && !self.life.is_handed_over();
            match state.ending() {
                Some(Ending::Now) => Poll::Ready(None),
                Some(Ending::Goodbye) if held.is_empty() => Poll::Ready(None),
                None if leaves && held.is_empty() => Poll::Ready(None),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// What the door asks before the guard is, and the guard.
    fn let_in(&self, head: Box<Head>, connection: &Connection) -> Result<(Admitted, Instant), Unrelayed> {
        let (hosts, began, canonical) = (&self.hosts, Instant::now(), head.canonical());
        let sni = connection.server_name.as_deref();
        let relayed = hosts.pressure.level() != Level::Hard
            && head.target_len() <= hosts.most_target
            && matches!(hosts.form(Some(&canonical.host), &canonical.path), Form::Plain)
            // Whoever is asked for a certificate has it judged.
            && !hosts.authorities.ask(&canonical.host)
            && sni.is_none_or(|name| name == canonical.host || hosts.certificates.serve_both(name, &canonical.host));
        if !relayed {
            return Err(Unrelayed { head, never: false });
        }
        let client = client(&hosts.live.load().trust, connection.peer, &head);
        Ok((self.local.worker.relay(head, client, (hosts.now)())?, began))
    }

    async fn answer<S: OverTcp>(
        &self,
        admitted: Admitted,
        began: (SocketAddr, Instant),
        socket: &mut Receiving<Ends<S>>,
        held: &mut Held,
        member: &Rc<Member>,
    ) -> After {
        let (mut watch, trace) = self.watch(&admitted, began, member);
        let after = admitted.exchange(&self.local.worker, trace).carry_out(socket, held, &mut watch).await;
        if after == After::Close {
            // The end of the answer may go with it.
            if socket.goodbye().await.is_err() {
                return After::Break;
            }
            watch.complete();
        }
        after
    }

    fn watch<'a>(&'a self, admitted: &Admitted, (peer, began): (SocketAddr, Instant), member: &Rc<Member>) -> (Watching<'a>, Trace) {
        let Hosts { traces, live, .. } = &*self.hosts;
        let (open, id) = (Open::new(&self.local, traces), self.local.lines.next_id());
        let believed = if live.load().trust.is_peer(peer.ip().to_canonical()) { Peer::Trusted } else { Peer::Anybody };
        let (sampled, mut trace) = traces.begin(id.0, believed, admitted.headers());
        trace.request_id = Some(id.header());
        let record = Record {
            id,
            began,
            ip: admitted.client().ip,
            read: admitted.canonical().clone(),
            method: admitted.method().clone(),
            version: Version::HTTP_11,
            surface: Surface::Proxy,
            outcome: admitted.outcome(),
            status: CLIENT_GONE,
            head: std::time::Duration::ZERO,
            bytes: 0,
            sampled,
            complete: false,
        };
        (Watching { watched: Watched::new(record, open), under_way: member.request(), member: member.clone(), roster: &self.roster }, trace)
    }
}

/// Who asks, in the words of a trusted peer where one stands between.
fn client(trust: &Trust, peer: SocketAddr, head: &Head) -> Client {
    let rule_ip = trust.address(peer, head.headers());
    Client {
        host: head.canonical().host.clone(),
        ip: rule_ip.unwrap_or_else(|| peer.ip().to_canonical()),
        rule_ip,
        country: trust.country(peer, head.headers()),
        certificate: ClientCertificate::NotAsked,
    }
}

/// From here on this task is woken when its connection is to end.
async fn registered(member: &Member) {
    poll_fn(|cx| {
        member.state.looked_at_by(cx);
        Poll::Ready(())
    })
    .await;
}

/// The answer, unless the connection is dropped.
async fn undropped(answered: impl Future<Output = After>, member: &Member) -> Option<After> {
    let mut answered = pin!(answered);
    poll_fn(|cx| match member.state.ending() {
        Some(Ending::Now) => Poll::Ready(None),
        _ => answered.as_mut().poll(cx).map(Some),
    })
    .await
}

/// Notes what becomes of a request; its line is written when this is dropped.
struct Watching<'a> {
    watched: Watched,
    under_way: UnderWay,
    member: Rc<Member>,
    roster: &'a Roster,
}

impl Watch for Watching<'_> {
    fn answered(&mut self, status: u16, at: Instant) {
        let record = &mut self.watched.record;
        (record.status, record.head) = (status, at.saturating_duration_since(record.began));
    }
    fn passed(&mut self, bytes: usize) {
        self.watched.record.bytes += bytes as u64;
    }
    fn complete(&mut self) {
        self.watched.record.complete = true;
    }
    fn outcome(&mut self) -> &mut Outcome {
        &mut self.watched.record.outcome
    }
    fn waits_for(&mut self, side: Side) {
        self.under_way.waits_for(match side {
            Side::Client => roster::Side::Client,
            Side::Origin => roster::Side::Door,
        });
    }
    fn is_last(&self) -> bool {
        self.roster.is_leaving() || self.member.state.ending().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::roster::Deadlines, *};

    #[tokio::test]
    async fn an_answer_is_dropped_with_its_connection() {
        let roster = Roster::new();
        let member = roster.enter();
        let late = Deadlines { head: 15, rest: 75, stall: 60 };
        let dropped = async {
            registered(&member).await;
            undropped(std::future::pending(), &member).await
        };
        let told = async {
            for second in [100, 200] {
                roster.turn(second);
                roster.end_late(&late);
                tokio::task::yield_now().await;
            }
        };
        let (dropped, ()) = tokio::join!(tokio::time::timeout(std::time::Duration::from_secs(5), dropped), told);
        assert!(matches!(dropped, Ok(None)));
    }
}
