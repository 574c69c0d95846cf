//! Idle upstream connections of one worker: per application, dropped when its upstream changes.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::{body::Incoming, client::conn::http1::SendRequest};
use model::{AppId, upstream::Upstream};
use tokio_rustls::TlsConnector;

const MOST_IDLE: usize = 64;
/// Shorter than what origins usually allow, so that a connection is seldom found closed.
const IDLE_LIFE: Duration = Duration::from_secs(50);

/// The pool of one worker.
#[derive(Default)]
pub struct Pool {
    apps: RefCell<HashMap<AppId, AppPool>>,
}

struct AppPool {
    upstream: Arc<Upstream>,
    tls: Option<TlsConnector>,
    idle: VecDeque<(Instant, SendRequest<Incoming>)>,
}

/// A connection taken from the pool or just opened.
pub struct Lease {
    pub(crate) sender: SendRequest<Incoming>,
    pool: Rc<Pool>,
    app: AppId,
    upstream: Arc<Upstream>,
}

impl Lease {
    pub(crate) fn new(sender: SendRequest<Incoming>, pool: &Rc<Pool>, app: AppId, upstream: &Arc<Upstream>) -> Self {
        Self { sender, pool: pool.clone(), app, upstream: upstream.clone() }
    }

    /// Puts the connection back for the next request, unless it is closed or the upstream changed meanwhile.
    pub(crate) fn give_back(self) {
        if self.sender.is_closed() {
            return;
        }
        let mut apps = self.pool.apps.borrow_mut();
        let Some(entry) = apps.get_mut(&self.app).filter(|e| Arc::ptr_eq(&e.upstream, &self.upstream)) else { return };
        let now = Instant::now();
        while entry.idle.front().is_some_and(|(since, _)| now.duration_since(*since) > IDLE_LIFE) {
            entry.idle.pop_front();
        }
        if entry.idle.len() < MOST_IDLE {
            entry.idle.push_back((now, self.sender));
        }
    }
}

impl Pool {
    /// The most recently used idle connection, when there is one.
    pub(crate) fn take(self: &Rc<Self>, app: AppId, upstream: &Arc<Upstream>) -> Option<Lease> {
        let mut apps = self.apps.borrow_mut();
        let entry = apps.get_mut(&app)?;
        if !Arc::ptr_eq(&entry.upstream, upstream) {
            apps.remove(&app);
            return None;
        }
        while let Some((since, sender)) = entry.idle.pop_back() {
            if since.elapsed() <= IDLE_LIFE && !sender.is_closed() {
                return Some(Lease::new(sender, self, app, upstream));
            }
        }
        None
    }

    /// The TLS client of an application's upstream, made once for each configuration.
    pub(crate) fn tls<E>(
        &self,
        app: AppId,
        upstream: &Arc<Upstream>,
        make: impl FnOnce(&Upstream) -> Result<Option<TlsConnector>, E>,
    ) -> Result<Option<TlsConnector>, E> {
        let mut apps = self.apps.borrow_mut();
        if let Some(entry) = apps.get(&app).filter(|e| Arc::ptr_eq(&e.upstream, upstream)) {
            return Ok(entry.tls.clone());
        }
        let tls = make(upstream)?;
        apps.insert(app, AppPool { upstream: upstream.clone(), tls: tls.clone(), idle: VecDeque::new() });
        Ok(tls)
    }
}
