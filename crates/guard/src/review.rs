//! Open streams are looked at again when something they rest on may have changed: whoever would not be let in now is cut.
//!
//! Nobody keeps a list of streams. Each application has a [`Pulse`] on which its streams wait, and each stream carries what it was judged
//! by (its [`Hold`]): when the pulse beats it judges itself again, on its own thread. Those that stay notice nothing.

use std::{
    net::IpAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{AppId, CertificateId, ServiceTokenId, Timestamp, app_streams::TokenExpiry};
use parking_lot::Mutex;
use policy::{Fact, Presented, RequestFacts};
use tokio::{sync::Notify, time::Instant};

use crate::{compiled::CompiledApp, door::Inner, end::End, linked::Linked, live::LiveSession, program::KeptProgram};

/// Counts the changes of everything that verdicts are made of. A stream remembers the count from before it was judged, so that a change
/// in between is never missed.
#[derive(Default)]
pub(crate) struct Changes(AtomicU64);

impl Changes {
    /// To be read before anything that a verdict is made of.
    pub(crate) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
    /// To be called after a change is in force.
    pub(crate) fn count(&self) -> u64 {
        self.0.fetch_add(1, Ordering::AcqRel) + 1
    }
}

/// The last change that concerned one application; its open streams wait for the next one. It outlives configurations.
#[derive(Default)]
pub(crate) struct Pulse {
    last: AtomicU64,
    beats: Notify,
}

impl Pulse {
    /// Wakes the streams that were judged before this change.
    pub(crate) fn beat(&self, change: u64) {
        if self.last.fetch_max(change, Ordering::AcqRel) < change {
            self.beats.notify_waiters();
        }
    }
    fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }
    async fn after(&self, seen: u64) {
        loop {
            // Made before the count is read: it hears every beat from then on.
            let beat = self.beats.notified();
            if self.last() > seen {
                return;
            }
            beat.await;
        }
    }
}

/// What of an application stays from one configuration to the next. Streams keep this and nothing compiled: one that is open for days would
/// else keep the rules of the day on which it was opened.
pub(crate) struct Anchor {
    pub(crate) id: AppId,
    /// Cancelled when the application is removed or its tokens are withdrawn.
    pub(crate) cut: End,
    /// Beats when a verdict about it may have changed.
    pub(crate) pulse: Arc<Pulse>,
}

impl Anchor {
    /// Of an application that was not there before.
    pub(crate) fn new(id: AppId) -> Arc<Self> {
        Arc::new(Self { id, cut: End::new(), pulse: Arc::default() })
    }
    /// Of the same application after its tokens were withdrawn.
    pub(crate) fn anew(&self) -> Arc<Self> {
        Arc::new(Self { id: self.id, cut: End::new(), pulse: self.pulse.clone() })
    }
}

/// What a permit rests on, kept as long as its streams are open.
pub(crate) struct Hold {
    guard: Weak<Inner>,
    app: Arc<Anchor>,
    /// `None`: nobody was asked, so that there is nothing to ask again.
    asked: Option<Asked>,
    on: RestsOn,
    /// The end of what it rests on.
    until: Option<Instant>,
    /// The last change that is known to have left it good.
    good_at: AtomicU64,
    over: AtomicBool,
    /// The end of the other application's token was looked at.
    unlinked: AtomicBool,
    /// When time alone may change the verdict.
    again_at: Mutex<Option<Instant>>,
}

/// Whom a permit was given to. A bypass is given to nobody, whoever asked.
#[derive(Default)]
pub(crate) struct RestsOn {
    pub(crate) person: Option<Arc<LiveSession>>,
    pub(crate) program: Option<KeptProgram>,
    /// Cancelled when the program's credentials, or the other application's token, are withdrawn.
    pub(crate) ended: Option<End>,
    /// Cancelled when the authority of the certificate vouches for it no more, and the certificate's own end.
    pub(crate) certificate: Option<(End, Timestamp)>,
    /// The other application's token.
    pub(crate) linked: Option<Linked>,
    /// End of the token that was shown.
    pub(crate) token_until: Option<Timestamp>,
}

/// What a request told.
struct Asked {
    host: Box<str>,
    path: Box<str>,
    ip: Option<IpAddr>,
    country: Option<Box<str>>,
    service_token: Option<ServiceTokenId>,
    certificate: Fact<Option<(CertificateId, Option<Box<str>>)>>,
    linked_app: Option<AppId>,
}

impl Asked {
    fn of(host: &str, path: &str, facts: &RequestFacts<'_>) -> Self {
        Self {
            host: host.into(),
            path: path.into(),
            ip: facts.ip,
            country: match facts.country {
                Fact::Known(country) => Some(country.into()),
                Fact::Unknown => None,
            },
            service_token: facts.service_token,
            certificate: match facts.certificate {
                Fact::Known(shown) => Fact::Known(shown.map(|shown| (shown.authority, shown.common_name.map(Into::into)))),
                Fact::Unknown => Fact::Unknown,
            },
            linked_app: facts.linked_app,
        }
    }

    fn facts(&self, now: Timestamp) -> RequestFacts<'_> {
        RequestFacts {
            ip: self.ip,
            country: crate::admit::known(self.country.as_deref()),
            service_token: self.service_token,
            certificate: match &self.certificate {
                Fact::Known(shown) => {
                    Fact::Known(shown.as_ref().map(|(authority, name)| Presented { authority: *authority, common_name: name.as_deref() }))
                }
                Fact::Unknown => Fact::Unknown,
            },
            linked_app: self.linked_app,
            now,
        }
    }
}

/// A request as it was judged.
pub(crate) struct Judged<'a> {
    /// Host asked for.
    pub(crate) host: &'a str,
    /// Path asked for.
    pub(crate) path: &'a str,
    /// What rules were told.
    pub(crate) facts: RequestFacts<'a>,
    /// Changes so far, from before the configuration was read.
    pub(crate) so_far: u64,
}

impl RestsOn {
    /// What is cancelled when whom it was given to, or what they came with, is no more.
    fn ended(&self) -> Option<&End> {
        self.ended.as_ref().or(self.person.as_ref().map(|live| &live.ended))
    }

    /// When the next of what came along ends by its time: a rule may have asked for it beside the person.
    fn ends_after(&self, now: Timestamp) -> Option<Timestamp> {
        let certificate = self.certificate.as_ref().map(|(_, until)| *until);
        let linked = self.linked.as_ref().map(|linked| linked.until);
        [certificate, linked].into_iter().flatten().filter(|at| *at > now).min()
    }
}

impl Hold {
    pub(crate) fn new(
        guard: &Arc<Inner>,
        app: &Arc<CompiledApp>,
        judged: &Judged<'_>,
        on: RestsOn,
        until: Option<Timestamp>,
        again_at: Option<Timestamp>,
    ) -> Self {
        let now = Clocks { wall: judged.facts.now, timers: Instant::now() };
        let again_at = again_at.into_iter().chain(on.ends_after(now.wall)).min();
        Self {
            guard: Arc::downgrade(guard),
            app: Arc::clone(&app.anchor),
            asked: Some(Asked::of(judged.host, judged.path, &judged.facts)),
            on,
            until: until.and_then(|at| now.instant(at)),
            good_at: AtomicU64::new(judged.so_far),
            over: AtomicBool::new(false),
            unlinked: AtomicBool::new(false),
            again_at: Mutex::new(again_at.and_then(|at| now.instant(at))),
        }
    }

    /// For what is let in without looking at who asks: it ends with the application.
    pub(crate) fn of_nobody(app: &Arc<CompiledApp>) -> Self {
        Self {
            guard: Weak::new(),
            app: Arc::clone(&app.anchor),
            asked: None,
            on: RestsOn::default(),
            until: None,
            good_at: AtomicU64::new(0),
            over: AtomicBool::new(false),
            unlinked: AtomicBool::new(false),
            again_at: Mutex::new(None),
        }
    }

    /// True when it was, or is found now to be, good no more.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over_at(Instant::now())
    }

    /// The same, for whoever has just looked at the clock.
    pub(crate) fn is_over_at(&self, now: Instant) -> bool {
        if self.over.load(Ordering::Acquire) || self.app.cut.is_cancelled() || self.on.ended().is_some_and(End::is_cancelled) {
            return true;
        }
        if self.until.is_some_and(|at| at <= now) {
            return true;
        }
        let due = self.again_at.lock().is_some_and(|at| at <= now);
        // Once: another rule may let it stay.
        let unlinked = self.link_ended().is_some_and(End::is_cancelled) && !self.unlinked.swap(true, Ordering::AcqRel);
        (due || unlinked || self.has_changed()) && !self.stays()
    }

    /// What ends the other application's token, until that was looked at.
    fn link_ended(&self) -> Option<&End> {
        self.on.linked.as_ref().filter(|_| !self.unlinked.load(Ordering::Acquire)).map(|linked| &linked.ended)
    }

    fn has_changed(&self) -> bool {
        self.asked.is_some() && self.app.pulse.last() > self.good_at.load(Ordering::Acquire)
    }

    /// Ends when it is good no more.
    pub(crate) async fn over(&self) {
        while !self.is_over() {
            let (seen, again_at) = (self.good_at.load(Ordering::Acquire), *self.again_at.lock());
            let looked_at = async {
                match self.asked {
                    Some(_) => self.app.pulse.after(seen).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.app.cut.cancelled() => {}
                () = cancelled(self.on.ended()) => {}
                () = cancelled(self.link_ended()) => {}
                () = looked_at => {}
                () = passed([self.until, again_at].into_iter().flatten().min()) => {}
            }
        }
    }

    /// Judges again; once over it stays over.
    fn stays(&self) -> bool {
        let verdict = self.guard.upgrade().and_then(|inner| {
            let so_far = inner.changes.so_far();
            let again_at = self.judge(&inner)?;
            self.good_at.fetch_max(so_far, Ordering::AcqRel);
            *self.again_at.lock() = again_at;
            Some(())
        });
        if verdict.is_none() {
            self.over.store(true, Ordering::Release);
        }
        verdict.is_some()
    }

    /// The same questions as at the door, to be answered by what is in force now. `None`: not let in any more.
    fn judge(&self, inner: &Inner) -> Option<Option<Instant>> {
        let now = inner.store.now();
        let compiled = inner.compiled.load();
        let asked = self.asked.as_ref()?;
        let app = compiled.find(&asked.host, &asked.path).filter(|app| app.app.id == self.app.id)?;
        if !compiled.has_one_reading(&asked.host, &asked.path) {
            return None;
        }
        let token_until = self.on.token_until.filter(|_| app.streams == TokenExpiry::Cut);
        if token_until.is_some_and(|end| now >= end) {
            return None;
        }
        let strict = compiled.snapshot.organization.strict_service_token_auth;
        let mut request = asked.facts(now);
        if self.on.program.as_ref().is_some_and(|program| !program.is_good(&compiled, strict, now)) {
            if strict {
                return None;
            }
            request.service_token = None;
        }
        if self.on.certificate.as_ref().is_some_and(|(authority, until)| authority.is_cancelled() || now >= *until) {
            request.certificate = Fact::Known(None);
        }
        if self.on.linked.as_ref().is_some_and(|linked| !linked.is_good(now)) {
            request.linked_app = None;
        }
        // In strict mode a program's credentials are judged alone.
        let person = self.on.person.as_ref().filter(|_| !strict || self.on.program.is_none());
        if let Some(live) = person
            && !(inner.live.is_alive(live, now) && app.accepts(&live.session.idp))
        {
            return None;
        }
        let readings = inner.readings.load();
        let standing = person.filter(|_| app.set.has_demands()).map(|live| live.standing());
        let facts = policy::Facts {
            request,
            identity: person.map(|live| &*live.identity),
            readings: Some(&readings),
            standing: standing.as_deref(),
        };
        let decision = policy::evaluate(&app.set, &facts);
        let clocks = Clocks { wall: now, timers: Instant::now() };
        let again_at = decision.until.into_iter().chain(token_until).chain(self.on.ends_after(now)).min();
        decision.outcome.is_open().then(|| again_at.and_then(|at| clocks.instant(at)))
    }
}

async fn cancelled(token: Option<&End>) {
    match token {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}

async fn passed(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// One moment on the clock of the wall and on that which timers go by.
#[derive(Clone, Copy)]
struct Clocks {
    wall: Timestamp,
    timers: Instant,
}

impl Clocks {
    /// A moment of the wall's clock on the other one.
    fn instant(self, at: Timestamp) -> Option<Instant> {
        let left = u64::try_from(at.millis() - self.wall.millis()).unwrap_or(0);
        self.timers.checked_add(Duration::from_millis(left))
    }
}
