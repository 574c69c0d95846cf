//! Connections of one worker towards origins: per application and origin, dropped when the application's upstream changes.

mod connection;
mod health;
mod plain;
mod slots;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use model::{
    AppId,
    upstream::{Balance, OriginProtocol, OriginUrl, PoolLimits, Upstream},
};
use tokio::sync::OnceCell;

use self::{connection::Busy, health::Health, slots::Slots};
pub(crate) use self::{
    connection::{Connection, Lease, Multiplexed},
    plain::{Plain, PlainStream},
    slots::{Full, Slot},
};
use crate::{
    counters::Counters,
    origin::{self, Open, OriginError, tls::TlsClients},
};

/// The pool of one worker.
pub struct Pool {
    apps: RefCell<HashMap<AppId, Rc<AppPool>>>,
    /// How many workers share the limits.
    workers: u32,
    counters: Arc<Counters>,
}

/// The origins of one application, as they were configured at one time.
pub(crate) struct AppPool {
    pub(crate) upstream: Arc<Upstream>,
    /// TLS clients by these settings, once one was needed.
    pub(crate) tls: OnceCell<TlsClients>,
    origins: Box<[Origin]>,
    turn: Cell<usize>,
    most_idle: usize,
}

struct Origin {
    url: OriginUrl,
    idle: RefCell<VecDeque<(Instant, Connection)>>,
    /// Those that no library speaks on.
    plain: RefCell<VecDeque<(Instant, Plain)>>,
    shared: RefCell<Vec<Rc<Multiplexed>>>,
    slots: Rc<Slots>,
    /// Exchanges under way.
    busy: Cell<u32>,
    health: Cell<Health>,
    /// Connections being opened that others may share.
    opening: Cell<u32>,
    /// It has agreed to HTTP/2 before, or has not; not known before the first connection.
    multiplexes: Cell<Option<bool>>,
}

/// What an exchange can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Whatever is spoken with the origin.
    Any,
    /// HTTP/1.1, which a WebSocket begins with.
    Http1,
    /// HTTP/1.1 as bytes.
    Plain,
}

/// Origins that were tried for one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tried(u32);

impl Tried {
    pub(crate) fn add(&mut self, origin: usize) {
        self.0 |= 1 << origin;
    }
    /// Nothing is left to try.
    pub(crate) fn all() -> Self {
        Self(u32::MAX)
    }
    fn has(self, origin: usize) -> bool {
        self.0 & (1 << origin) != 0
    }
}

impl Pool {
    /// A pool for one of so many workers.
    pub fn new(workers: usize, counters: Arc<Counters>) -> Self {
        Self { apps: RefCell::default(), workers: u32::try_from(workers).unwrap_or(u32::MAX).max(1), counters }
    }

    /// The origins of an application under this configuration.
    pub(crate) fn of(&self, app: AppId, upstream: &Arc<Upstream>) -> Rc<AppPool> {
        let mut apps = self.apps.borrow_mut();
        if let Some(known) = apps.get(&app).filter(|known| Arc::ptr_eq(&known.upstream, upstream)) {
            return known.clone();
        }
        let made = Rc::new(AppPool::new(upstream, self.workers, &self.counters));
        apps.insert(app, made.clone());
        made
    }

    /// Drops connections that were idle for too long, and everything of applications whose upstream is another one now.
    pub(crate) fn sweep(&self, current: impl Fn(&AppId) -> Option<Arc<Upstream>>) {
        self.apps.borrow_mut().retain(|app, pool| {
            pool.origins.iter().for_each(|origin| origin.sweep(pool.idle_time()));
            current(app).is_some_and(|upstream| Arc::ptr_eq(&upstream, &pool.upstream))
        });
    }
}

impl AppPool {
    fn new(upstream: &Arc<Upstream>, workers: u32, counters: &Arc<Counters>) -> Self {
        let limits = upstream.pool;
        let most_idle = share(limits.idle_connections, workers) as usize;
        let origins = upstream.all_origins().map(|url| Origin::new(url, &limits, workers, counters)).collect();
        Self { upstream: upstream.clone(), tls: OnceCell::new(), origins, turn: Cell::new(0), most_idle }
    }

    fn idle_time(&self) -> Duration {
        millis(self.upstream.pool.idle_timeout_ms)
    }
    pub(crate) fn url(&self, origin: usize) -> &OriginUrl {
        &self.origins[origin].url
    }
    /// More than one origin serves this application.
    pub(crate) fn has_several(&self) -> bool {
        self.origins.len() > 1
    }

    /// The origin for a request, none when all were tried. Those that failed lately come last.
    pub(crate) fn choose(&self, tried: Tried) -> Option<usize> {
        let count = self.origins.len();
        if count == 1 {
            return (!tried.has(0)).then_some(0);
        }
        let (turn, now) = (self.turn.get(), Instant::now());
        self.turn.set((turn + 1) % count);
        let left = || (turn..turn + count).map(|n| n % count).filter(|n| !tried.has(*n));
        let well = left().filter(|n| !self.origins[*n].health.get().is_out(now));
        self.best(well).or_else(|| self.best(left()))
    }
    fn best(&self, mut among: impl Iterator<Item = usize>) -> Option<usize> {
        match self.upstream.balance {
            Balance::RoundRobin => among.next(),
            Balance::LeastConnections => among.min_by_key(|n| self.origins[*n].busy.get()),
        }
    }

    /// An origin was not reached or did not answer.
    pub(crate) fn failed(&self, origin: usize) {
        if self.has_several() {
            let (health, settings) = (&self.origins[origin].health, &self.upstream.health);
            let was_out = health.get().is_out(Instant::now());
            health.set(health.get().failed(settings, Instant::now()));
            if !was_out && health.get().is_out(Instant::now()) {
                tracing::warn!(origin = self.origins[origin].url.as_str(), "an origin failed repeatedly and is passed over for a while");
            }
        }
    }
    /// An origin answered.
    pub(crate) fn answered(&self, origin: usize) {
        if self.has_several() {
            self.origins[origin].health.set(Health::default());
        }
    }

    /// A connection that is there and has room.
    pub(crate) fn ready(self: &Rc<Self>, origin: usize, want: Want, now: Instant) -> Option<Lease> {
        // Who waits for one of few connections was here first.
        if self.origins[origin].slots.has_queue() { None } else { self.free(origin, want, now) }
    }

    fn free(self: &Rc<Self>, number: usize, want: Want, now: Instant) -> Option<Lease> {
        let origin = &self.origins[number];
        if want == Want::Plain {
            let mut plain = origin.plain.borrow_mut();
            while let Some((since, mut connection)) = plain.pop_back() {
                if now.duration_since(since) <= self.idle_time() && connection.is_quiet() {
                    return Some(Lease::of_plain(connection, Busy::new(self, number)));
                }
            }
            return None;
        }
        if want == Want::Any && self.upstream.protocol != OriginProtocol::Http1 {
            if let Some(shared) = origin.shared.borrow().iter().find(|c| c.has_room()) {
                return Some(Lease::shared(shared.clone(), Busy::new(self, number)));
            }
            if self.upstream.protocol == OriginProtocol::Http2 {
                return None;
            }
        }
        let mut idle = origin.idle.borrow_mut();
        while let Some((since, connection)) = idle.pop_back() {
            if now.duration_since(since) <= self.idle_time() && connection.sender.is_ready() {
                return Some(Lease::own(connection, Busy::new(self, number)));
            }
        }
        None
    }

    /// A new connection, or the room that somebody else gives back when there may be no more. True when it was made for this.
    pub(crate) async fn open(self: &Rc<Self>, number: usize, want: Want, by: &Open<'_>) -> Result<(Lease, bool), OriginError> {
        let origin = &self.origins[number];
        let shares = want == Want::Any && origin.may_share(self.upstream.protocol);
        let mut queue = None;
        loop {
            if queue.is_some()
                && let Some(lease) = self.free(number, want, Instant::now())
            {
                return Ok((lease, false));
            }
            let awaited = shares && origin.opening.get() > 0;
            if !awaited
                && (queue.is_some() || !origin.slots.has_queue())
                && let Some(slot) = origin.slots.take().or_else(|| origin.make_room(want))
            {
                let _opening = shares.then(|| Opening::new(origin));
                return Ok((self.opened(number, want, by, slot).await?, true));
            }
            let waiting = queue.get_or_insert_with(|| origin.slots.queue());
            let waiting = waiting.as_mut().map_err(|full| *full)?;
            let limit = if awaited { self.opening_time() } else { millis(self.upstream.pool.queue_timeout_ms) };
            waiting
                .turn(limit)
                .await
                .map_err(|full| if awaited { OriginError::Slow(self.upstream.connect_timeout_ms) } else { full.into() })?;
        }
    }

    fn opening_time(&self) -> Duration {
        millis(self.upstream.connect_timeout_ms) + millis(self.upstream.tls_timeout_ms)
    }

    async fn opened(self: &Rc<Self>, number: usize, want: Want, by: &Open<'_>, slot: Slot) -> Result<Lease, OriginError> {
        let origin = &self.origins[number];
        let opened = origin::connect(self, number, want, by).await?;
        let busy = Busy::new(self, number);
        Ok(match opened {
            origin::Opened::Plain(stream) => Lease::of_plain(Plain::new(stream, slot), busy),
            origin::Opened::Own { sender, heard, driver } => {
                if want == Want::Any {
                    origin.multiplexes.set(Some(false));
                }
                Lease::own(Connection::new(sender, heard, driver, slot), busy)
            }
            origin::Opened::Shared { sender, most, driver } => {
                origin.multiplexes.set(Some(true));
                let shared = Rc::new(Multiplexed::new(sender, most, driver, slot));
                origin.shared.borrow_mut().push(shared.clone());
                Lease::shared(shared, busy)
            }
        })
    }

    fn store(&self, number: usize, connection: Connection, now: Instant) {
        let origin = &self.origins[number];
        if origin.rests(self.most_idle) {
            origin.idle.borrow_mut().push_back((now, connection));
            origin.slots.tell();
        }
    }

    fn store_plain(&self, number: usize, connection: Plain, now: Instant) {
        let origin = &self.origins[number];
        if origin.rests(self.most_idle) {
            origin.plain.borrow_mut().push_back((now, connection));
            origin.slots.tell();
        }
    }
}

impl Origin {
    fn new(url: &OriginUrl, limits: &PoolLimits, workers: u32, counters: &Arc<Counters>) -> Self {
        let most = limits.max_connections.map(|most| share(most, workers).max(1));
        Self {
            url: url.clone(),
            idle: RefCell::default(),
            plain: RefCell::default(),
            shared: RefCell::default(),
            slots: Rc::new(Slots::new(most, share(limits.queue, workers), counters.clone())),
            busy: Cell::new(0),
            health: Cell::default(),
            opening: Cell::new(0),
            multiplexes: Cell::new(None),
        }
    }
    /// One more connection may rest.
    fn rests(&self, most_idle: usize) -> bool {
        self.idle.borrow().len() + self.plain.borrow().len() < most_idle || self.slots.has_queue()
    }
    /// The right to a connection that rests and cannot be used for this.
    fn make_room(&self, want: Want) -> Option<Slot> {
        // Not while they are borrowed: whatever waits for room is told.
        let (idle, plain) = match want {
            Want::Plain => (self.idle.borrow_mut().pop_front(), None),
            Want::Any | Want::Http1 => (None, self.plain.borrow_mut().pop_front()),
        };
        (idle.is_some() || plain.is_some()).then(|| drop((idle, plain)))?;
        self.slots.take()
    }
    /// A connection that is being opened may turn out to be for several requests at a time.
    fn may_share(&self, protocol: OriginProtocol) -> bool {
        match protocol {
            OriginProtocol::Http1 => false,
            OriginProtocol::Http2 => true,
            OriginProtocol::Auto => self.url.is_https() && self.multiplexes.get() != Some(false),
        }
    }
    fn sweep(&self, idle_time: Duration) {
        let now = Instant::now();
        self.idle.borrow_mut().retain(|(since, c)| now.duration_since(*since) <= idle_time && c.sender.is_ready());
        self.plain.borrow_mut().retain_mut(|(since, c)| now.duration_since(*since) <= idle_time && c.is_quiet());
        self.shared.borrow_mut().retain(|c| c.is_worth_keeping(now, idle_time));
    }
}

/// Counts a connection that is being opened, and tells whoever waits for it.
struct Opening<'a>(&'a Origin);

impl<'a> Opening<'a> {
    fn new(origin: &'a Origin) -> Self {
        origin.opening.set(origin.opening.get() + 1);
        Self(origin)
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.opening.set(self.0.opening.get() - 1);
        self.0.slots.tell_all();
    }
}

fn share(total: u32, workers: u32) -> u32 {
    total.div_ceil(workers)
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

#[cfg(test)]
mod tests;
