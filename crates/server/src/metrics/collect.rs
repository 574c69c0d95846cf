//! Sums the threads up and asks everybody else, once for each time that metrics are asked for.

use std::{collections::BTreeMap, fmt, sync::Arc};

use model::{
    AppId, Timestamp,
    measure::{Count, Durations, Measured},
};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};

use super::{
    Sources,
    cells::{Cells, Gauge, Group, UPSTREAM_ERRORS, Whose},
    described as d, process, told,
};

/// The one collector.
pub(super) struct Collected {
    sources: Sources,
    began: Timestamp,
}

impl Collected {
    pub(super) fn new(sources: Sources) -> Self {
        let began = (sources.clock)();
        Self { sources, began }
    }
}

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collected")
    }
}

type Threads = [(Arc<Cells>, Arc<proxy::Counters>)];

fn sum(threads: &Threads, one: impl Fn(&Cells) -> &Count) -> u64 {
    threads.iter().map(|(cells, _)| one(cells).get()).sum()
}
fn proxied(threads: &Threads, one: impl Fn(&proxy::Counters) -> &Count) -> u64 {
    threads.iter().map(|(_, proxy)| one(proxy).get()).sum()
}
fn open(threads: &Threads, one: impl Fn(&Cells) -> &Gauge) -> u64 {
    threads.iter().map(|(cells, _)| one(cells).now()).sum()
}
fn times(threads: &Threads, one: impl Fn(&Cells) -> &Durations) -> Measured {
    let mut sum = Measured::default();
    threads.iter().for_each(|(cells, _)| one(cells).add_to(&mut sum));
    sum
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (to, threads) = (&mut encoder, self.sources.metrics.threads.lock().clone());
        self.requests(to, &threads)?;
        self.connections(to, &threads)?;
        self.guard(to, &threads)?;
        self.store(to)?;
        self.log(to)?;
        self.process(to)
    }
}

impl Collected {
    fn requests(&self, to: &mut DescriptorEncoder<'_>, threads: &Threads) -> fmt::Result {
        let mut requests: BTreeMap<[String; 4], u64> = BTreeMap::new();
        for (cells, _) in threads {
            cells.requests(|counted, verdict, class, count| {
                let (surface, app) = self.names(counted);
                *requests.entry([surface.to_owned(), app, verdict.to_owned(), format!("{class}xx")]).or_default() += count;
            });
        }
        told::counters(to, &d::REQUESTS, ["surface", "app", "verdict", "status"], requests)?;
        told::durations(to, &d::DURATION, &times(threads, |c| &c.duration))?;
        told::durations(to, &d::ADDED, &times(threads, |c| &c.added))?;
        told::durations(to, &d::ORIGIN, &times(threads, |c| &c.origin))?;
        told::counter(to, &d::SENT, sum(threads, |c| &c.bytes))?;
        told::counter(to, &d::INCOMPLETE, sum(threads, |c| &c.incomplete))?;
        told::gauge(to, &d::OPEN_REQUESTS, open(threads, |c| &c.open_requests))?;
        let errors = UPSTREAM_ERRORS.iter().enumerate();
        let errors = errors.map(|(at, kind)| ([(*kind).to_owned()], sum(threads, |c| &c.upstream_errors[at])));
        told::counters(to, &d::UPSTREAM_ERRORS, ["kind"], errors)
    }

    /// An application by its name; one that is gone by its id.
    fn names(&self, counted: Whose) -> (&'static str, String) {
        match counted {
            Whose::Fixed(Group::Door) => ("door", String::new()),
            Whose::Fixed(Group::Login) => ("login", String::new()),
            Whose::Fixed(Group::Api) => ("api", String::new()),
            Whose::Fixed(Group::Scim) => ("scim", String::new()),
            Whose::Fixed(Group::NoApp | Group::App(_)) => ("proxy", String::new()),
            Whose::Fixed(Group::Other) => ("proxy", "other".to_owned()),
            Whose::App(id) => ("proxy", self.app(&id)),
        }
    }
    fn app(&self, id: &AppId) -> String {
        self.sources.guard.app(id).map_or_else(|| id.to_string(), |app| app.app.name.clone())
    }

    fn connections(&self, to: &mut DescriptorEncoder<'_>, threads: &Threads) -> fmt::Result {
        let protocols = || [("http/1.1", open(threads, |c| &c.http1)), ("h2", open(threads, |c| &c.http2))];
        told::gauges(to, &d::CONNECTIONS, ["protocol"], protocols().map(|(name, count)| ([name.to_owned()], count)))?;
        let accepted = |one: fn(&Cells) -> &Gauge| threads.iter().map(|(cells, _)| one(cells).opened()).sum::<u64>();
        let accepted = [("http/1.1", accepted(|c| &c.http1)), ("h2", accepted(|c| &c.http2))];
        told::counters(to, &d::ACCEPTED, ["protocol"], accepted.map(|(name, count)| ([name.to_owned()], count)))?;
        let handshakes = [
            ("full", sum(threads, |c| &c.handshakes_full)),
            ("resumed", sum(threads, |c| &c.handshakes_resumed)),
            ("failed", sum(threads, |c| &c.handshakes_failed)),
        ];
        told::counters(to, &d::HANDSHAKES, ["outcome"], handshakes.map(|(name, count)| ([name.to_owned()], count)))?;
        let opened = proxied(threads, |p| &p.websockets_opened);
        told::gauge(to, &d::WEBSOCKETS, opened.saturating_sub(proxied(threads, |p| &p.websockets_closed)))?;
        told::counter(to, &d::WEBSOCKETS_OPENED, opened)?;
        let opened = proxied(threads, |p| &p.connections_opened);
        told::gauge(to, &d::UPSTREAM_OPEN, opened.saturating_sub(proxied(threads, |p| &p.connections_closed)))?;
        told::counter(to, &d::UPSTREAM_OPENED, opened)
    }

    fn guard(&self, to: &mut DescriptorEncoder<'_>, threads: &Threads) -> fmt::Result {
        let guard = &self.sources.guard;
        told::counter(to, &d::SIGNATURES, guard.counts().signatures.get())?;
        told::counter(to, &d::PEOPLE, sum(threads, |c| &c.people))?;
        told::gauge(to, &d::KNOWN, guard.known_token_bytes() as u64)?;
        told::gauge(to, &d::SESSIONS, guard.live().len() as u64)?;
        let snapshot = guard.store().snapshot();
        let mut sign_ins: BTreeMap<[String; 2], u64> = BTreeMap::new();
        for ((idp, outcome), count) in guard.counts().sign_ins() {
            let name = idp.map(|id| snapshot.idps.get(&id).map_or_else(|| id.to_string(), |idp| idp.name.clone()));
            *sign_ins.entry([name.unwrap_or_default(), outcome.as_str().to_owned()]).or_default() += count;
        }
        told::counters(to, &d::SIGN_INS, ["provider", "outcome"], sign_ins)?;
        told::gauge(to, &d::VERSION, snapshot.version)
    }

    fn store(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let store = self.sources.guard.store();
        let meter = store.meter();
        told::durations(to, &d::COMMITS, &meter.commits.read())?;
        told::durations(to, &d::APPLIED, &meter.applied.read())?;
        told::counter(to, &d::FAILED, meter.failed.get())?;
        told::gauge(to, &d::WAITING, store.waiting() as u64)?;
        told::counter(to, &d::DECISIONS, meter.records.get())?;
        told::counter(to, &d::LOST_DECISIONS, store.dropped_records())
    }

    fn log(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (mut lines, mut waiting): (BTreeMap<_, u64>, BTreeMap<_, u64>) = Default::default();
        for tally in self.sources.access_log.tallies() {
            let place = tally.name().to_owned();
            for (outcome, count) in [("written", tally.written()), ("overflowed", tally.overflowed()), ("failed", tally.failed())] {
                *lines.entry([place.clone(), outcome.to_owned()]).or_default() += count;
            }
            *waiting.entry([place]).or_default() += tally.waiting_lines();
        }
        told::counters(to, &d::LINES, ["place", "outcome"], lines)?;
        told::gauges(to, &d::LINES_WAITING, ["place"], waiting)?;
        told::counter(to, &d::LOST_SPANS, self.sources.traces.dropped())
    }

    fn process(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        if let Some(bytes) = process::memory() {
            told::gauge(to, &d::MEMORY, bytes)?;
        }
        if let Some(count) = process::descriptors() {
            told::gauge(to, &d::DESCRIPTORS, count)?;
        }
        let now = (self.sources.clock)();
        let ends = self.sources.certificates.file_ends().into_iter().map(|end| {
            let days = end.not_after.secs_since(now).div_euclid(86_400);
            ([end.names.into_iter().next().unwrap_or_default()], u64::try_from(days).unwrap_or(0))
        });
        told::gauges(to, &d::CERTIFICATE, ["name"], ends.collect::<BTreeMap<_, _>>())?;
        let up = now.secs_since(self.began);
        told::gauge(to, &d::UPTIME, u64::try_from(up).unwrap_or(0))?;
        told::info(to, &d::BUILD, &[("version", env!("CARGO_PKG_VERSION"))])
    }
}
