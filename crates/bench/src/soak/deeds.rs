//! What goes on during a soak, each at its own steady rate until the end.

use std::{
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, header};
use tokio::{
    sync::{Semaphore, mpsc},
    time::interval,
};

use super::{
    ledger::{Deed, Ledger},
    people::{Held, People},
};
use crate::{
    sockets::client::{Event, Target, hold},
    world::World,
};

/// Bytes of an upload.
const UPLOAD: usize = 256 * 1024;
/// A WebSocket is kept so long.
const KEPT: Duration = Duration::from_secs(30);
/// From one ping to the next.
const PINGS: Duration = Duration::from_secs(3);
/// Before the next WebSocket after one that did not open.
const PAUSE: Duration = Duration::from_millis(200);
/// Longest wait for a pong.
const PONG: Duration = Duration::from_secs(20);
/// RFC 6455 section 7.4.1: a policy was violated. doorward says it to those whose session ended.
const REVOKED: u16 = 1008;

/// What every deed needs.
#[derive(Clone)]
pub struct Scene {
    pub world: Arc<World>,
    pub people: Arc<People>,
    pub ledger: Arc<Ledger>,
    /// Requests at the same time: a slow machine must not look like a leak of connections. Who finds no place leaves the request out, so that
    /// nothing piles up.
    pub places: Arc<Semaphore>,
}

impl Scene {
    fn url(&self, path: &str) -> String {
        format!("https://{}:{}{path}", self.world.apps[0].host, self.world.server.port())
    }

    fn client(&self) -> &Client {
        &self.world.client
    }

    async fn send(&self, method: Method, path: &str, held: &Held, body: Vec<u8>) -> Result<(u16, String)> {
        let request = self.client().request(method, self.url(path)).body(body);
        let answer = request.header(header::COOKIE, format!("CF_Authorization={}", held.token)).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Does something over and over; what goes wrong is written down.
    async fn over_and_over<F: Future<Output = Result<()>> + Send + 'static>(self, every: Duration, deed: impl Fn(Self) -> F) {
        let mut ticks = interval(every);
        loop {
            ticks.tick().await;
            // Slow answers do not hold the next request back.
            let (scene, deed) = (self.clone(), deed(self.clone()));
            tokio::spawn(async move {
                if let Err(error) = deed.await {
                    scene.ledger.fault(format!("{error:#}"));
                }
            });
        }
    }

    /// Requests of people in turn.
    pub async fn requests(self, every: Duration) {
        self.over_and_over(every, |scene| async move {
            let (Ok(_place), Some(held)) = (scene.places.try_acquire(), scene.people.next()) else {
                scene.ledger.done(Deed::LeftOut);
                return Ok(());
            };
            let start = Instant::now();
            let (status, body) = scene.send(Method::GET, "/1k", &held, Vec::new()).await?;
            let took = start.elapsed();
            match (status, body.len()) {
                (200, 1024) => scene.ledger.answered(took),
                _ if scene.people.was_revoked(&held) => {}
                (status, length) => bail!("a request was answered {status} with {length} bytes"),
            }
            Ok(())
        })
        .await;
    }

    /// Uploads of people in turn.
    pub async fn uploads(self, every: Duration) {
        self.over_and_over(every, |scene| async move {
            let Some(held) = scene.people.next() else { return Ok(()) };
            let sent = scene.send(Method::POST, "/upload", &held, vec![b'.'; UPLOAD]).await;
            match sent {
                Ok((200, body)) if body == UPLOAD.to_string() => scene.ledger.done(Deed::Upload),
                _ if scene.people.was_revoked(&held) => {}
                Ok((status, body)) => bail!("an upload was answered {status}: {}", body.chars().take(100).collect::<String>()),
                Err(error) => return Err(error.context("an upload broke off")),
            }
            Ok(())
        })
        .await;
    }

    /// One WebSocket after the other.
    pub async fn socket(self, tls: tokio_rustls::TlsConnector) {
        loop {
            let Some(held) = self.people.next() else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let target = Target {
                from: Ipv4Addr::LOCALHOST,
                to: self.world.server.listen,
                tls: Some(tls.clone()),
                host: format!("{}:{}", self.world.apps[0].host, self.world.server.port()),
                token: held.token.clone(),
            };
            if let Err(error) = self.one_socket(&target, &held).await {
                // What a revocation ends is no fault; nor may it make this a busy loop.
                if !self.people.was_revoked(&held) {
                    self.ledger.fault(format!("{error:#}"));
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn one_socket(&self, target: &Target, held: &Held) -> Result<()> {
        let stream = target.open().await.context("a WebSocket did not open")?;
        self.ledger.done(Deed::SocketOpened);
        let ((order, orders), (sender, mut events)) = (mpsc::channel(1), mpsc::unbounded_channel());
        let holding = tokio::spawn(hold(0, stream, orders, sender));
        // Dropping it closes the socket at the end of this function.
        let _held = AbortOnDrop(holding.abort_handle());
        let end = Instant::now() + KEPT;
        while Instant::now() < end {
            order.send(()).await.context("a WebSocket ended before a ping")?;
            match tokio::time::timeout(PONG, events.recv()).await {
                Ok(Some(Event::Pong(_))) => self.ledger.done(Deed::Ping),
                Ok(Some(Event::Closed { code, .. })) => return self.closed(code, held),
                _ => bail!("a ping was not answered within {} s", PONG.as_secs()),
            }
            if let Ok(Some(Event::Closed { code, .. })) = tokio::time::timeout(PINGS, events.recv()).await {
                return self.closed(code, held);
            }
        }
        Ok(())
    }

    fn closed(&self, code: Option<u16>, held: &Held) -> Result<()> {
        if code == Some(REVOKED) && self.people.was_revoked(held) {
            return Ok(());
        }
        self.ledger.fault(format!("a WebSocket was closed with {code:?}, and nobody had revoked its owner"));
        Ok(())
    }

    /// One person after the other is revoked, found to be out, and signs in again.
    pub async fn revocations(self, every: Duration) {
        let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = self.world.people.len();
        self.over_and_over(every, move |scene| {
            let person = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % count;
            async move { scene.revoke(person).await }
        })
        .await;
    }

    async fn revoke(&self, person: usize) -> Result<()> {
        let Some((email, token)) = self.people.revoke(person) else { return Ok(()) };
        let gone = Held { person, token, era: 0 };
        let revoked = self.world.api.revoke(&email).await;
        if revoked.is_ok() {
            self.ledger.done(Deed::Revocation);
            let (status, _) = self.send(Method::GET, "/1k", &gone, Vec::new()).await?;
            if status != 302 {
                self.ledger.fault(format!("a revoked person's request was answered {status}"));
            }
        }
        let back = self.world.visit(person).await.context("somebody could not sign in again");
        // Without a new token nobody asks for this person again, which is what the fault says.
        self.people.back(person, back?.token);
        self.ledger.done(Deed::SignIn);
        revoked
    }

    /// One person after the other signs in with one more browser, and uses the new session from then on.
    pub async fn sign_ins(self, every: Duration) {
        self.over_and_over(every, |scene| async move {
            let Some(held) = scene.people.next() else { return Ok(()) };
            let person = scene.world.visit(held.person).await.context("somebody could not sign in once more")?;
            scene.people.comes_with(&held, person.token);
            scene.ledger.done(Deed::SignIn);
            Ok(())
        })
        .await;
    }

    /// A policy's groups change to and fro; everybody is still admitted.
    pub async fn edits(self, every: Duration) {
        let mut ticks = interval(every);
        let mut full = Vec::new();
        for turn in 0_u64.. {
            ticks.tick().await;
            if let Err(error) = self.edit(turn, &mut full).await {
                self.ledger.fault(format!("a policy edit failed: {error:#}"));
            }
        }
    }

    async fn edit(&self, turn: u64, full: &mut Vec<serde_json::Value>) -> Result<()> {
        let app = &self.world.apps[0];
        // The second allow policy: each of its people is in a group of the first or the third, too.
        let path = format!("access/apps/{}/policies/{}", app.id, app.policies[2]);
        let mut policy = self.world.api.ask(Method::GET, &path, &serde_json::Value::Null).await?;
        if full.is_empty() {
            full.extend(policy["include"].as_array().cloned().unwrap_or_default());
        }
        let kept = if turn.is_multiple_of(2) { 2 } else { full.len() };
        policy["include"] = full.iter().take(kept).cloned().collect();
        self.world.api.ask(Method::PUT, &path, &policy).await?;
        self.ledger.done(Deed::PolicyEdit);
        Ok(())
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
