//! First admissions written down: a living session, or a program, that comes to an application for the first time under these rules, or
//! from elsewhere. The log then tells who uses what, so that an edited policy can be tried on it. Nothing is computed on a request's way
//! but a mark; the writer explains.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use model::{AppId, PolicyId, Reference, ServiceTokenId};
use parking_lot::Mutex;
use policy::{Remembered, RequestFacts};

use crate::{
    compiled::{Compiled, CompiledApp},
    door::Guard,
    judged,
    live::LiveSession,
    record::{Circumstances, Record},
    review::Judged,
};

/// Applications of one session that are remembered; with more, the one that was first written down is written down once more.
const MOST_MARKS: usize = 64;
/// Programs that are remembered; with more, all are forgotten, and written down once more.
const MOST_PROGRAMS: usize = 10_000;

/// A session's last admissions, one for each application. Whatever token it comes with: a session has many in its time.
#[derive(Debug, Default)]
pub(crate) struct Marks(Mutex<Vec<Marked>>);

#[derive(Debug)]
struct Marked {
    app: AppId,
    /// Of what was written down.
    mark: u64,
    /// The policy that lets the session in with its next token, too.
    allowed: Remembered,
}

impl Marks {
    /// True when this admission is another one than the last.
    fn is_new(&self, app: AppId, mark: u64) -> bool {
        let mut marks = self.0.lock();
        if let Some(held) = marks.iter_mut().find(|held| held.app == app) {
            return std::mem::replace(&mut held.mark, mark) != mark;
        }
        if marks.len() >= MOST_MARKS {
            marks.remove(0);
        }
        marks.push(Marked { app, mark, allowed: Remembered::default() });
        true
    }
    /// By which policy the session was let in, when that may be remembered.
    pub(crate) fn allowed(&self, app: AppId) -> Remembered {
        self.0.lock().iter().find(|held| held.app == app).map_or_else(Remembered::default, |held| held.allowed)
    }
    /// Keeps it for as long as its mark.
    pub(crate) fn allow(&self, app: AppId, allowed: Remembered) {
        self.0.lock().iter_mut().filter(|held| held.app == app).for_each(|held| held.allowed = allowed);
    }
    /// The next admission is written down: a refusal came between.
    pub(crate) fn forget(&self, app: AppId) {
        self.0.lock().retain(|held| held.app != app);
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
    /// A session was let in with a token for the first time, or by a policy that was asked anew. False when it must not be, because nobody
    /// could write it down.
    pub(crate) fn note_admission(
        &self,
        compiled: &Compiled,
        (app, policy): (&Arc<CompiledApp>, PolicyId),
        live: &Arc<LiveSession>,
        judged: &Judged<'_>,
    ) -> bool {
        if live.admissions.is_new(app.app.id, fingerprint(app, policy, &judged.facts)) {
            if self.must_refuse() {
                live.admissions.forget(app.app.id);
                return false;
            }
            self.note(compiled, (app, policy), Some(live), None, judged);
        }
        true
    }

    /// A program was let in; the same.
    pub(crate) fn note_program(
        &self,
        compiled: &Compiled,
        (app, policy): (&Arc<CompiledApp>, PolicyId),
        token: ServiceTokenId,
        judged: &Judged<'_>,
    ) -> bool {
        if self.inner.programs.is_new((app.app.id, token), fingerprint(app, policy, &judged.facts)) {
            if self.must_refuse() {
                self.inner.programs.forget(app.app.id, token);
                return false;
            }
            self.note(compiled, (app, policy), None, Some(token), judged);
        }
        true
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admission_is_new_once_for_each_application_and_again_after_a_refusal() {
        let (marks, wiki, payroll) = (Marks::default(), AppId::random(), AppId::random());
        assert!(marks.is_new(wiki, 1) && marks.is_new(payroll, 1));
        assert!(!marks.is_new(wiki, 1) && !marks.is_new(payroll, 1));
        assert!(marks.is_new(wiki, 2), "from elsewhere, or by another policy");
        let by = Remembered::from_bits(7);
        marks.allow(wiki, by);
        assert!(marks.is_new(wiki, 3) && marks.allowed(wiki) == by, "from elsewhere the policy is the same");
        assert_eq!(marks.allowed(payroll), Remembered::default());
        marks.forget(wiki);
        assert_eq!(marks.allowed(wiki), Remembered::default());
        assert!(marks.is_new(wiki, 2) && !marks.is_new(payroll, 1));
    }

    #[test]
    fn a_session_that_goes_everywhere_is_remembered_within_bounds() {
        let (marks, first) = (Marks::default(), AppId::random());
        assert!(marks.is_new(first, 1));
        assert!((0..MOST_MARKS).all(|_| marks.is_new(AppId::random(), 1)));
        assert_eq!(marks.0.lock().len(), MOST_MARKS);
        assert!(marks.is_new(first, 1));
    }
}
