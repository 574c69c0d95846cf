//! One serving thread's numbers. Its own thread writes, nobody else; no lock and no allocation on a request's way, once an application
//! was seen.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::Arc,
    time::Duration,
};

use model::{
    AppId,
    measure::{Count, Durations},
};
use parking_lot::Mutex;

use crate::access_log::{Record, Surface};

/// Applications told apart; requests for further ones are counted together.
pub(super) const MOST_APPS: usize = 100;
pub(super) const VERDICTS: [&str; 6] = ["", "admit", "login", "deny", "no-app", "error"];
/// Classes of status: 1xx to 5xx.
pub(super) const CLASSES: usize = 5;
const EACH: usize = VERDICTS.len() * CLASSES;

/// What a request is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Door,
    Login,
    Api,
    Scim,
    /// A host or path without an application.
    NoApp,
    /// One of the applications beyond the most.
    Other,
    App(usize),
}

impl Group {
    const FIXED: usize = 6;

    fn index(self) -> usize {
        match self {
            Self::Door => 0,
            Self::Login => 1,
            Self::Api => 2,
            Self::Scim => 3,
            Self::NoApp => 4,
            Self::Other => 5,
            Self::App(n) => Self::FIXED + n,
        }
    }
}

/// Something that opens and closes.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    opened: Count,
    closed: Count,
}

impl Gauge {
    pub(crate) fn open(&self) {
        self.opened.add(1);
    }
    pub(crate) fn close(&self) {
        self.closed.add(1);
    }
    pub(super) fn opened(&self) -> u64 {
        self.opened.get()
    }
    pub(super) fn now(&self) -> u64 {
        self.opened.get().saturating_sub(self.closed.get())
    }
}

/// Something that is open for as long as this is held.
pub(crate) struct Counted<'a>(&'a Gauge);

impl<'a> Counted<'a> {
    pub(crate) fn new(gauge: &'a Gauge) -> Self {
        gauge.open();
        Self(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The numbers. On cache lines of their own, so that threads do not disturb each other.
#[repr(align(128))]
pub(crate) struct Cells {
    requests: Box<[Count]>,
    apps: Mutex<Vec<AppId>>,
    pub(super) added: Durations,
    pub(super) origin: Durations,
    pub(super) duration: Durations,
    pub(super) bytes: Count,
    pub(super) incomplete: Count,
    pub(super) upstream_errors: [Count; UPSTREAM_ERRORS.len()],
    pub(super) people: Count,
    pub open_requests: Gauge,
    pub http1: Gauge,
    pub http2: Gauge,
    pub handshakes_full: Count,
    pub handshakes_resumed: Count,
    pub handshakes_failed: Count,
}

/// Reasons of the access log that are the origin's fault.
pub(super) const UPSTREAM_ERRORS: [&str; 5] = ["no-upstream", "origin-unreachable", "origin-broke-off", "origin-slow", "origin-busy"];

impl Cells {
    pub(super) fn new() -> Self {
        Self {
            requests: (0..(Group::FIXED + MOST_APPS) * EACH).map(|_| Count::default()).collect(),
            apps: Mutex::default(),
            added: Durations::default(),
            origin: Durations::default(),
            duration: Durations::default(),
            bytes: Count::default(),
            incomplete: Count::default(),
            upstream_errors: Default::default(),
            people: Count::default(),
            open_requests: Gauge::default(),
            http1: Gauge::default(),
            http2: Gauge::default(),
            handshakes_full: Count::default(),
            handshakes_resumed: Count::default(),
            handshakes_failed: Count::default(),
        }
    }

    /// Calls `each` with group, verdict, class of status and count, for what was counted at all.
    pub(super) fn requests(&self, mut each: impl FnMut(Whose, &'static str, usize, u64)) {
        let apps = self.apps.lock().clone();
        let fixed = [Group::Door, Group::Login, Group::Api, Group::Scim, Group::NoApp, Group::Other].map(Whose::Fixed);
        for (group, counts) in fixed.into_iter().chain(apps.into_iter().map(Whose::App)).zip(self.requests.chunks(EACH)) {
            for (n, count) in counts.iter().enumerate().filter(|(_, count)| count.get() > 0) {
                each(group, VERDICTS[n / CLASSES], n % CLASSES + 1, count.get());
            }
        }
    }
}

/// For whom something was counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    Fixed(Group),
    App(AppId),
}

/// A thread's way to its cells.
pub(crate) struct Counters {
    pub cells: Arc<Cells>,
    known: RefCell<HashMap<AppId, usize, foldhash::fast::RandomState>>,
    last: Cell<Option<(AppId, Group)>>,
}

impl Counters {
    pub(super) fn new(cells: Arc<Cells>) -> Self {
        Self { cells, known: RefCell::default(), last: Cell::new(None) }
    }

    /// A request is over.
    pub(crate) fn count(&self, record: &Record, took: Duration) {
        let cells = &self.cells;
        let group = match (record.surface, record.outcome.app) {
            (Surface::Door, _) => Group::Door,
            (Surface::Login, _) => Group::Login,
            (Surface::Api, _) => Group::Api,
            (Surface::Scim, _) => Group::Scim,
            (Surface::Proxy, None) => Group::NoApp,
            (Surface::Proxy, Some(app)) => self.app(app),
        };
        let verdict = VERDICTS.iter().position(|known| *known == record.outcome.verdict).unwrap_or(0);
        let class = usize::from(record.status / 100).clamp(1, CLASSES) - 1;
        if let Some(count) = cells.requests.get(group.index() * EACH + verdict * CLASSES + class) {
            count.add(1);
        }
        cells.duration.note(took);
        cells.bytes.add(record.bytes);
        if !record.complete {
            cells.incomplete.add(1);
        }
        if let Some(added) = record.added() {
            cells.added.note(added);
        }
        if let Some(origin) = record.outcome.origin {
            cells.origin.note(origin.took);
        }
        if record.outcome.user.is_some() {
            cells.people.add(1);
        }
        if record.status >= 500
            && let Some(at) = UPSTREAM_ERRORS.iter().position(|known| *known == record.outcome.reason)
        {
            cells.upstream_errors[at].add(1);
        }
    }

    fn app(&self, app: AppId) -> Group {
        if let Some((_, group)) = self.last.get().filter(|(last, _)| *last == app) {
            return group;
        }
        let mut known = self.known.borrow_mut();
        let group = match known.get(&app) {
            Some(n) => Group::App(*n),
            None if known.len() >= MOST_APPS => Group::Other,
            None => {
                let mut apps = self.cells.apps.lock();
                apps.push(app);
                known.insert(app, apps.len() - 1);
                Group::App(apps.len() - 1)
            }
        };
        self.last.set(Some((app, group)));
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::sample;

    #[test]
    fn applications_are_told_apart_up_to_a_bound() {
        let counters = Counters::new(Arc::new(Cells::new()));
        let mut record = sample("/");
        for _ in 0..MOST_APPS + 50 {
            record.outcome.app = Some(AppId::random());
            counters.count(&record, Duration::from_millis(1));
            counters.count(&record, Duration::from_millis(1));
        }
        let (mut apps, mut other) = (Vec::new(), 0);
        counters.cells.requests(|counted, verdict, class, count| {
            assert_eq!((verdict, class), ("admit", 2));
            match counted {
                Whose::App(_) => apps.push(count),
                Whose::Fixed(group) => {
                    assert_eq!(group, Group::Other);
                    other += count;
                }
            }
        });
        assert_eq!((apps.len(), apps.iter().all(|n| *n == 2), other), (MOST_APPS, true, 100));
    }
}
