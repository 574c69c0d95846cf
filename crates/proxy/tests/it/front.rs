//! What clients speak with: the worker, behind the library or before it.

use std::{convert::Infallible, future::poll_fn, net::SocketAddr, rc::Rc};

use guard::Client;
use http::{HeaderMap, Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use proxy::{
    Canonical, Outcome, Worker,
    framing::Limits,
    relay::{After, Held, Read, Side, Watch},
    trace::Trace,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::rig::NOW;

/// How requests over HTTP/1.1 are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Library,
    /// Those that can be are relayed.
    Relay,
}

#[derive(Clone, Copy)]
pub enum Speaks {
    Http1(Way),
    Http2,
}

/// Runs HTTP/2 streams on this thread.
#[derive(Clone)]
struct Local;

impl<F: Future<Output: 'static> + 'static> hyper::rt::Executor<F> for Local {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

/// Serves on a port of its own.
pub async fn listen(worker: Rc<Worker>, speaks: Speaks) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn_local(async move {
        loop {
            let (stream, peer) = listener.accept().await.unwrap();
            tokio::task::spawn_local(serve(worker.clone(), stream, peer, speaks));
        }
    });
    address
}

async fn serve(worker: Rc<Worker>, mut stream: TcpStream, peer: SocketAddr, speaks: Speaks) {
    let mut held = Vec::new();
    if let Speaks::Http1(Way::Relay) = speaks {
        match relay(&worker, &mut stream, peer).await {
            Some(bytes) => held = bytes,
            None => return drop(stream.shutdown().await),
        }
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let worker = worker.clone();
        async move {
            let canonical = match Canonical::read(&request) {
                Ok(canonical) => canonical,
                // As the server refuses it.
                Err(fault) => {
                    let mut refusal = http::Response::new(proxy::ProxyBody::empty());
                    *refusal.status_mut() = fault.status();
                    return Ok(refusal);
                }
            };
            let client = client(&canonical.host, peer, request.headers());
            Ok::<_, Infallible>(worker.serve(&client, &canonical, Box::new(request), &Trace::default(), NOW).await.0)
        }
    });
    let (read, write) = stream.into_split();
    let io = TokioIo::new(tokio::io::join(std::io::Cursor::new(held).chain(read), write));
    match speaks {
        Speaks::Http1(_) => drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).with_upgrades().await),
        Speaks::Http2 => {
            drop(hyper::server::conn::http2::Builder::new(Local).enable_connect_protocol().serve_connection(io, service).await)
        }
    }
}

/// As from a trusted peer that may not tell the client's address.
pub fn client(host: &str, peer: SocketAddr, headers: &HeaderMap) -> Client {
    let told = !headers.contains_key("x-untold");
    let certificate = guard::ClientCertificate::NotAsked;
    Client { host: host.to_owned(), ip: peer.ip(), rule_ip: told.then_some(peer.ip()), country: None, certificate }
}

/// Relays as the server does; what is left for the library when there is something.
async fn relay(worker: &Rc<Worker>, stream: &mut TcpStream, peer: SocketAddr) -> Option<Vec<u8>> {
    let (mut held, limits) = (Held::default(), Limits { bytes: 65_536, fields: 100 });
    loop {
        match poll_fn(|cx| held.poll_head(cx, stream, worker, limits)).await {
            Read::Over => return None,
            Read::Library => return Some(held.into_bytes()),
            Read::Head(head) => {
                let client = client(&head.canonical().host, peer, head.headers());
                match worker.relay(head, client, NOW) {
                    Err(unrelayed) => {
                        held.take_back(&unrelayed.head);
                        return Some(held.into_bytes());
                    }
                    Ok(admitted) => {
                        let mut watch = Unwatched(admitted.outcome());
                        let exchange = admitted.exchange(worker, Trace::default());
                        if exchange.carry_out(stream, &mut held, &mut watch).await != After::Keep {
                            return None;
                        }
                    }
                }
            }
        }
    }
}

pub struct Unwatched(pub Outcome);

impl Watch for Unwatched {
    fn answered(&mut self, _: u16, _: std::time::Instant) {}
    fn passed(&mut self, _: usize) {}
    fn complete(&mut self) {}
    fn outcome(&mut self) -> &mut Outcome {
        &mut self.0
    }
    fn waits_for(&mut self, _: Side) {}
    fn is_last(&self) -> bool {
        false
    }
}
