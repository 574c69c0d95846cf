//! First admissions written down: a living session, or a program, that comes to an application for the first time under these rules, or
//! from elsewhere. The log then tells who uses what, so that an edited policy can be tried on it. Nothing is computed on a request's way
//! but a mark; the writer explains.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use model::{AppId, PolicyId, Reference, ServiceTokenId};
use policy::RequestFacts;

use crate::{
    compiled::{Compiled, CompiledApp},
    door::Guard,
    judged,
    live::LiveSession,
    record::{Circumstances, Record},
    review::Judged,
};

/// Programs that are remembered; with more, all are forgotten, and written down once more.
const MOST_PROGRAMS: usize = 10_000;

/// The mark of the last admission of a token that was written down.
#[derive(Debug, Default)]
pub(crate) struct Mark(AtomicU64);

impl Mark {
    /// True when this admission is another one than the last.
    fn is_new(&self, mark: u64) -> bool {
        self.0.swap(mark, Ordering::AcqRel) != mark
    }
    /// The next admission is written down: a refusal came between.
    pub fn forget(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// The admissions of programs that were written down.
#[derive(Default)]
pub(crate) struct Programs(papaya::HashMap<(AppId, ServiceTokenId), u64>);

impl Programs {
    fn is_new(&self, program: (AppId, ServiceTokenId), mark: u64) -> bool {
        let pinned = self.0.pin();
        if pinned.get(&program) == Some(&mark) {
            return false;
        }
        if pinned.len() >= MOST_PROGRAMS {
            pinned.clear();
        }
        pinned.insert(program, mark);
        true
    }
    /// The next admission is written down.
    pub fn forget(&self, app: AppId, token: ServiceTokenId) {
        self.0.pin().remove(&(app, token));
    }
}

impl Guard {
    /// A session was let in by a policy that was asked anew.
    pub(crate) fn note_admission(
        &self,
        compiled: &Compiled,
        (app, policy): (&Arc<CompiledApp>, PolicyId),
        (live, mark): (&Arc<LiveSession>, &Mark),
        judged: &Judged<'_>,
    ) {
        if mark.is_new(fingerprint(app, policy, &judged.facts)) {
            self.note(compiled, (app, policy), Some(live), None, judged);
        }
    }

    /// A program was let in.
    pub(crate) fn note_program(
        &self,
        compiled: &Compiled,
        (app, policy): (&Arc<CompiledApp>, PolicyId),
        token: ServiceTokenId,
        judged: &Judged<'_>,
    ) {
        if self.inner.programs.is_new((app.app.id, token), fingerprint(app, policy, &judged.facts)) {
            self.note(compiled, (app, policy), None, Some(token), judged);
        }
    }

    fn note(
        &self,
        compiled: &Compiled,
        (app, policy): (&Arc<CompiledApp>, PolicyId),
        live: Option<&Arc<LiveSession>>,
        service_token: Option<ServiceTokenId>,
        judged: &Judged<'_>,
    ) {
        let (app, identity) = (Arc::clone(app), live.map(|live| Arc::clone(&live.identity)));
        let (host, path) = (judged.host.to_owned(), judged.path.to_owned());
        let mut facts = judged::of_request(identity.as_ref(), &judged.facts, &self.inner.readings.load(), compiled.snapshot.version);
        facts.standing = live.filter(|_| app.set.has_demands()).map(|live| (*live.standing()).clone());
        let now = judged.facts.now;
        self.inner.store.record_later(move || {
            let country = facts.country.clone();
            let at = Circumstances {
                action: if service_token.is_some() { "service_auth" } else { "request" },
                host: &host,
                path: &path,
                ip: facts.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
                rule_ip: facts.ip,
                country: country.as_deref(),
                service_token,
                // What rules were told of them stands in the facts.
                certificate: policy::Fact::Unknown,
                linked_app: None,
                now,
            };
            Record { reference: Reference::from_bytes(rand::random()), allowed: true, policy: Some(policy) }.written(&app, facts, &at)
        });
    }
}

/// What makes an admission another one: the rules, the policy that let in, and what the request tells about where it comes from.
fn fingerprint(app: &CompiledApp, policy: PolicyId, facts: &RequestFacts<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (app.rules, policy, facts.ip).hash(&mut hasher);
    if let policy::Fact::Known(country) = facts.country {
        country.hash(&mut hasher);
    }
    // 0 is "none yet".
    hasher.finish().max(1)
}
