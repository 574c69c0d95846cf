//! Idle upstream connections of one worker: per application, dropped when its upstream changes.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hyper::client::conn::http1::SendRequest;
use model::{AppId, upstream::Upstream};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use crate::upload::UploadBody;

const MOST_IDLE: usize = 64;
/// Shorter than what most origins allow. Some allow less: for those a request that can be repeated is.
const IDLE_LIFE: Duration = Duration::from_secs(10);
/// How long a connection whose answer is complete may take to become ready again. An upload that goes on after its answer
/// ends with it.
const SETTLING: Duration = Duration::from_secs(1);

/// The pool of one worker.
#[derive(Default)]
pub struct Pool {
    apps: RefCell<HashMap<AppId, AppPool>>,
}

struct AppPool {
    upstream: Arc<Upstream>,
    tls: Option<TlsConnector>,
    idle: VecDeque<(Instant, Connection)>,
}

/// A connection to an origin. Closed when dropped, whatever is still under way on it.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<UploadBody>,
    heard: Arc<AtomicBool>,
    _driver: AbortOnDropHandle<()>,
}

impl Connection {
    pub(crate) fn new(sender: SendRequest<UploadBody>, heard: Arc<AtomicBool>, driver: tokio::task::JoinHandle<()>) -> Self {
        Self { sender, heard, _driver: AbortOnDropHandle::new(driver) }
    }
    /// Forgets what was heard, before a request is sent.
    pub(crate) fn listen(&self) {
        self.heard.store(false, Ordering::Relaxed);
    }
    /// True when the origin sent anything since.
    pub(crate) fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }
}

/// A connection taken from the pool or just opened.
pub struct Lease {
    pub(crate) connection: Connection,
    pool: Rc<Pool>,
    app: AppId,
    upstream: Arc<Upstream>,
}

impl Lease {
    pub(crate) fn new(connection: Connection, pool: &Rc<Pool>, app: AppId, upstream: &Arc<Upstream>) -> Self {
        Self { connection, pool: pool.clone(), app, upstream: upstream.clone() }
    }

    /// Puts the connection back for the next request, unless it is closed or the upstream changed meanwhile. One that is not
    /// ready, because its upload is still under way, goes back when it is, or not at all.
    pub(crate) fn give_back(mut self) {
        if self.connection.sender.is_ready() {
            self.store();
        } else if !self.connection.sender.is_closed() {
            tokio::task::spawn_local(async move {
                if let Ok(Ok(())) = tokio::time::timeout(SETTLING, self.connection.sender.ready()).await {
                    self.store();
                }
            });
        }
    }

    fn store(self) {
        let mut apps = self.pool.apps.borrow_mut();
        let Some(entry) = apps.get_mut(&self.app).filter(|e| Arc::ptr_eq(&e.upstream, &self.upstream)) else { return };
        if entry.idle.len() < MOST_IDLE {
            entry.idle.push_back((Instant::now(), self.connection));
        }
    }
}

impl Pool {
    /// The most recently used idle connection that is ready, when there is one.
    pub(crate) fn take(self: &Rc<Self>, app: AppId, upstream: &Arc<Upstream>) -> Option<Lease> {
        let mut apps = self.apps.borrow_mut();
        let entry = apps.get_mut(&app)?;
        if !Arc::ptr_eq(&entry.upstream, upstream) {
            apps.remove(&app);
            return None;
        }
        while let Some((since, connection)) = entry.idle.pop_back() {
            if since.elapsed() <= IDLE_LIFE && connection.sender.is_ready() {
                return Some(Lease::new(connection, self, app, upstream));
            }
        }
        None
    }

    /// Drops connections that were idle for too long, and everything of applications whose upstream is another one now.
    pub(crate) fn sweep(&self, current: impl Fn(&AppId) -> Option<Arc<Upstream>>) {
        let now = Instant::now();
        self.apps.borrow_mut().retain(|app, entry| {
            entry.idle.retain(|(since, c)| now.duration_since(*since) <= IDLE_LIFE && c.sender.is_ready());
            current(app).is_some_and(|upstream| Arc::ptr_eq(&upstream, &entry.upstream))
        });
    }

    /// The TLS client of an application's upstream, when it was made for this configuration; it may be that there is none.
    #[expect(clippy::option_option, reason = "not made yet, and made but without TLS, are two answers")]
    pub(crate) fn tls(&self, app: AppId, upstream: &Arc<Upstream>) -> Option<Option<TlsConnector>> {
        let apps = self.apps.borrow();
        apps.get(&app).filter(|e| Arc::ptr_eq(&e.upstream, upstream)).map(|e| e.tls.clone())
    }

    /// Keeps the TLS client of an application's upstream and makes room for its connections.
    pub(crate) fn keep_tls(&self, app: AppId, upstream: &Arc<Upstream>, tls: Option<TlsConnector>) {
        let mut apps = self.apps.borrow_mut();
        if apps.get(&app).is_none_or(|e| !Arc::ptr_eq(&e.upstream, upstream)) {
            apps.insert(app, AppPool { upstream: upstream.clone(), tls, idle: VecDeque::new() });
        }
    }
}
