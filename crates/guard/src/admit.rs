//! The decision on one request, from memory.

use std::{
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use model::{AppId, PolicyId, ServiceTokenId, Timestamp, access_grant::Standing, app_streams::TokenExpiry, readings::Readings};
use policy::{Decision, DenialKind, Outcome, Remembered};

use crate::{
    binding,
    cache::OfToken,
    certificate::ClientCertificate,
    compiled::{Compiled, CompiledApp},
    cors::{self, Preflight},
    credential::{Credentials, Tokens},
    door::Guard,
    linked::Linked,
    live::LiveSession,
    permit::{Cut, Permit, Subject, Vouched},
    program::{Backing, Program, ServiceState},
    review::{Hold, Judged, RestsOn},
    token::Claims,
};

/// A request as the proxy parsed it: the same object is judged and forwarded.
pub struct Request<'a> {
    /// Host asked for: lower case, without port.
    pub host: &'a str,
    /// Path, escapes decoded, without query.
    pub path: &'a str,
    /// Method.
    pub method: &'a Method,
    /// Headers as received.
    pub headers: &'a HeaderMap,
    /// Client address, from the socket or a trusted peer; `None` when a trusted peer did not tell it readably.
    pub ip: Option<IpAddr>,
    /// Country, from a trusted peer.
    pub country: Option<&'a str>,
    /// The client certificate.
    pub certificate: &'a ClientCertificate,
    /// Now.
    pub now: Timestamp,
}

/// What becomes of the request.
pub enum Verdict {
    /// Let in.
    Admit(Permit),
    /// A sign-in could change the outcome.
    Login(LoginNeeded),
    /// Refused.
    Refuse(Refusal),
    /// A CORS preflight that the application's settings answer (200).
    Preflight(Arc<CompiledApp>, Preflight),
    /// No application here.
    NoSuchApp,
}

/// A request that needs a sign-in.
pub struct LoginNeeded {
    /// The application.
    pub app: Arc<CompiledApp>,
    /// Answer 401 instead of a redirect: a script asked, or the application wants it so.
    pub unauthorized: bool,
}

/// A refusal.
pub enum Refusal {
    /// Strict service tokens: the credentials do not authenticate (401).
    ServiceTokenUnknown(Arc<CompiledApp>),
    /// Strict service tokens: good credentials, but no policy admits them (403).
    ServiceTokenNotAllowed(Arc<CompiledApp>, Decision, ServiceTokenId),
    /// A CORS preflight without bypass, or one that the settings do not grant (403).
    Preflight(Arc<CompiledApp>),
    /// Several different sign-in cookies (400).
    SeveralCookies(Arc<CompiledApp>),
    /// With and without its `;` parameters the path belongs to different applications (400).
    AmbiguousPath(Arc<CompiledApp>),
    /// Refused whoever asks: no sign-in is offered (403). With the application whose token came along.
    Forbidden(Arc<CompiledApp>, Decision, Option<AppId>),
    /// It would be let in, and its decision cannot be written down (503, [`crate::Unrecorded::Refuse`]).
    Unrecorded(Arc<CompiledApp>),
    /// This person is refused (403).
    Blocked(Arc<CompiledApp>, Arc<LiveSession>, Decision),
}

/// A token of a person whose signature was checked, with what was found out about it.
pub(crate) struct Verified {
    pub(crate) claims: Claims,
    kid: Arc<str>,
    pub(crate) live: Arc<LiveSession>,
    token: Bytes,
    /// The token as a header, once a library wanted it.
    assertion: OnceLock<Option<HeaderValue>>,
    /// No request was let in by it yet.
    unused: AtomicBool,
    /// Epoch of [`crate::live::Live`] under which the session was last found alive.
    alive_at: AtomicU64,
    /// Configuration version and policy of the last Allow, when the rules depend on nothing but the identity. The session keeps it too, for
    /// its next token.
    allowed: AtomicU64,
}

/// What a request brought beside a person's token.
struct Beside {
    service: ServiceState,
    linked: Option<Linked>,
}

impl Beside {
    fn backing<'a>(&'a self, request: &Request<'a>) -> Backing<'a> {
        let program = match &self.service {
            ServiceState::Good(program) => Some(program),
            ServiceState::None | ServiceState::Bad => None,
        };
        Backing { program, certificate: request.certificate.verified(), linked: self.linked.as_ref() }
    }
}

impl Guard {
    /// Which pages of other origins may read the answer to a request for this host and path, by the application's settings.
    pub fn readers(&self, host: &str, path: &str, headers: &HeaderMap) -> Option<cors::Readers> {
        headers.get(http::header::ORIGIN)?;
        let compiled = self.inner.compiled.load();
        cors::readers(compiled.find(host, path)?.app.cors()?, headers)
    }

    /// Decides one request. No I/O; one signature check for a token that is not remembered.
    pub fn admit(&self, request: &Request<'_>) -> Verdict {
        // Before anything that the verdict is made of.
        let so_far = self.inner.changes.so_far();
        let compiled = self.inner.compiled.load();
        let mut verdict = self.decide(&compiled, (request, so_far));
        if let Verdict::Admit(permit) = &mut verdict {
            permit.certificate = compiled.forwarded(request.host, request.certificate).map(Box::new);
        }
        verdict
    }

    fn decide(&self, compiled: &Compiled, (request, so_far): (&Request<'_>, u64)) -> Verdict {
        let Some(app) = compiled.find(request.host, request.path) else { return Verdict::NoSuchApp };
        if !compiled.has_one_reading(request.host, request.path) {
            return Verdict::Refuse(Refusal::AmbiguousPath(app.clone()));
        }
        if cors::is_preflight(request.method, request.headers) {
            return admit_preflight(app, request.headers);
        }
        let mut credentials = Credentials::find(request.headers, app.token_header.as_ref());
        let strict = compiled.snapshot.organization.strict_service_token_auth;
        let service = self.service(compiled, &credentials.service, request.now);
        match &service {
            ServiceState::Bad if strict => return Verdict::Refuse(Refusal::ServiceTokenUnknown(app.clone())),
            ServiceState::Good(program) if strict => return self.admit_program_only(compiled, app, (request, so_far), program),
            _ => {}
        }
        let told = credentials.told.map(|token| (token, self.verify(compiled, token, request.now)));
        let linked = told.as_ref().and_then(|(token, verified)| self.linked(compiled, app, (token, verified.as_deref()), request.now));
        if let (Some(_), Some(token)) = (&linked, credentials.told) {
            credentials.tokens = credentials.tokens.without(token);
        }
        // Once a request, whichever way its token came: in a full memory a second time would count as a second visit.
        let verified = |token: &str| match &told {
            Some((same, verified)) if *same == token => verified.clone(),
            _ => self.verify(compiled, token, request.now),
        };
        let person = |token: &&str| {
            let verified = verified(token).filter(|v| self.is_good(compiled, app, v, request.now))?;
            binding::holds(app, &verified.claims, request.headers).then_some(verified)
        };
        let person = match &credentials.tokens {
            Tokens::None => None,
            Tokens::One(token) => person(token),
            Tokens::Several(list) => {
                let mut good = list.iter().filter_map(person);
                let first = good.next();
                if good.next().is_some() || !app.app.cookies.path {
                    return Verdict::Refuse(Refusal::SeveralCookies(app.clone()));
                }
                first
            }
        };
        let service = match (&service, &credentials.tokens) {
            (ServiceState::None, Tokens::One(token)) if !strict && person.is_none() => {
                self.program_by_cookie(compiled, app, token, request.now)
            }
            _ => service,
        };
        if let (ServiceState::None, None) = (&service, &linked)
            && let Some(verified) = &person
            && let Some((policy, is_noted)) = verified.remembered(compiled, app)
        {
            let backing = Backing { program: None, certificate: request.certificate.verified(), linked: None };
            let of = ((app, policy), verified.clone(), (&judged(request, &backing, so_far), &backing));
            return if is_noted { Verdict::Admit(self.person_permit(compiled, of, None)) } else { self.let_in(compiled, of, None) };
        }
        self.judge_request(compiled, app, (request, so_far), person, &Beside { service, linked })
    }

    fn judge_request(
        &self,
        compiled: &Compiled,
        app: &Arc<CompiledApp>,
        (request, so_far): (&Request<'_>, u64),
        person: Option<Arc<Verified>>,
        beside: &Beside,
    ) -> Verdict {
        let identity = person.as_ref().map(|v| &*v.live.identity);
        let backing = beside.backing(request);
        let readings = self.inner.readings.load();
        let judged = judged(request, &backing, so_far);
        let standing = person.as_ref().filter(|_| app.set.has_demands()).map(|v| v.live.standing());
        let decision = policy::evaluate(&app.set, &facts(judged.facts, identity, &readings, standing.as_deref()));
        let presented = !matches!(beside.service, ServiceState::None);
        let login =
            || Verdict::Login(LoginNeeded { app: app.clone(), unauthorized: wants_401(app, request.headers, &decision, presented) });
        match (&decision.outcome, person) {
            (Outcome::Bypass { policy }, _) => Verdict::Admit(self.bypass_permit(compiled, app, *policy, (&judged, &backing))),
            (Outcome::ServiceAuth { policy }, _) => {
                if backing.program.is_some_and(|program| !self.note_program(compiled, (app, *policy), program.id, &judged)) {
                    return Verdict::Refuse(Refusal::Unrecorded(app.clone()));
                }
                self.program_permit(compiled, app, *policy, &backing, &judged)
            }
            (Outcome::Allow { policy }, Some(verified)) => {
                self.let_in(compiled, ((app, *policy), verified, (&judged, &backing)), decision.until)
            }
            // What the sign-in was not asked is not known; the next one asks it (ruling 16).
            (Outcome::Deny(denial), Some(verified))
                if denial.kind != DenialKind::NonIdentity && app.lacks_evaluations(&verified.live.identity) =>
            {
                login()
            }
            (Outcome::Deny(denial), Some(verified)) if denial.kind != DenialKind::NonIdentity => {
                verified.live.admissions.forget(app.app.id);
                Verdict::Refuse(Refusal::Blocked(app.clone(), verified.live.clone(), decision))
            }
            (Outcome::Deny(_), _) if decision.set_has_service_auth && app.app.service_auth_401_redirect => login(),
            (Outcome::Deny(_), _) => Verdict::Refuse(Refusal::Forbidden(app.clone(), decision, backing.linked.map(|l| l.app))),
            // The provider must be asked for more: on the way to the sign-in the team domain sees to it.
            // An Allow without a person, or a Login with one, can only mean: sign in.
            (Outcome::StepUp(_) | Outcome::Ask(_) | Outcome::Allow { .. } | Outcome::Login, _) => login(),
        }
    }

    /// True when everything about somebody's token is good at this application now.
    pub(crate) fn is_good(&self, compiled: &Compiled, app: &CompiledApp, verified: &Verified, now: Timestamp) -> bool {
        let (claims, live) = (&verified.claims, &verified.live);
        let fits = claims.is_for(&self.inner.config.team_origin, &app.app) && app.accepts(&live.session.idp);
        // The key may have retired since the token was remembered.
        if !fits || now.secs() >= claims.exp || compiled.keys.verifier(&verified.kid, now).is_none() {
            return false;
        }
        let epoch = self.inner.live.epoch();
        if verified.alive_at.load(Ordering::Acquire) != epoch {
            if !self.inner.live.is_alive(live, now) {
                return false;
            }
            verified.alive_at.store(epoch, Ordering::Release);
        }
        now < live.session.expires_at
    }

    /// Whose token it is, when its signature is good: what else there is to it is [`Self::is_good`]'s.
    fn verify(&self, compiled: &Compiled, token: &str, now: Timestamp) -> Option<Arc<Verified>> {
        if let Some(hit) = self.inner.verified.get(token).filter(|hit| !self.was_taken_in_anew(hit, now)) {
            return Some(hit);
        }
        self.inner.counts.signatures.add_shared(1);
        let (claims, kid) = check_signature(compiled, token, now)?;
        // Read the epoch before the session: a revocation in between makes the entry stale, never fresh.
        let epoch = self.inner.live.epoch();
        let live = self.inner.live.session(claims.identity_nonce.as_ref()?, now)?;
        let verified = Arc::new(Verified {
            claims,
            kid,
            live,
            token: Bytes::copy_from_slice(token.as_bytes()),
            assertion: OnceLock::new(),
            unused: AtomicBool::new(true),
            alive_at: AtomicU64::new(epoch),
            allowed: AtomicU64::new(Remembered::default().bits()),
        });
        self.inner.verified.put(&verified);
        Some(verified)
    }

    /// The session ended here and was taken in once more: while the store could not be followed, nobody counted as signed in.
    fn was_taken_in_anew(&self, hit: &Verified, now: Timestamp) -> bool {
        if hit.alive_at.load(Ordering::Acquire) == self.inner.live.epoch() {
            return false;
        }
        let held = hit.claims.identity_nonce.as_ref().and_then(|nonce| self.inner.live.session(nonce, now));
        held.is_some_and(|held| !Arc::ptr_eq(&held, &hit.live))
    }

    /// Strict mode: credentials of a program are judged alone; cookies and Allow policies do not count.
    fn admit_program_only(
        &self,
        compiled: &Compiled,
        app: &Arc<CompiledApp>,
        (request, so_far): (&Request<'_>, u64),
        program: &Program,
    ) -> Verdict {
        let readings = self.inner.readings.load();
        let backing = Backing { program: Some(program), certificate: request.certificate.verified(), linked: None };
        let judged = judged(request, &backing, so_far);
        let decision = policy::evaluate(&app.set, &facts(judged.facts, None, &readings, None));
        match decision.outcome {
            Outcome::ServiceAuth { policy } => {
                if !self.note_program(compiled, (app, policy), program.id, &judged) {
                    return Verdict::Refuse(Refusal::Unrecorded(app.clone()));
                }
                self.program_permit(compiled, app, policy, &backing, &judged)
            }
            Outcome::Bypass { policy } => Verdict::Admit(self.bypass_permit(compiled, app, policy, (&judged, &backing))),
            Outcome::Allow { .. } | Outcome::Deny(_) | Outcome::Login | Outcome::StepUp(_) | Outcome::Ask(_) => {
                self.inner.programs.forget(app.app.id, program.id);
                Verdict::Refuse(Refusal::ServiceTokenNotAllowed(app.clone(), decision, program.id))
            }
        }
    }
}

impl OfToken for Verified {
    fn token(&self) -> &[u8] {
        &self.token
    }
}

impl Verified {
    /// The token as a header. There is always one: what a token is made of is visible.
    pub(crate) fn assertion(&self) -> Option<&HeaderValue> {
        let made = || {
            let mut value = HeaderValue::from_maybe_shared(self.token.clone()).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        self.assertion.get_or_init(made).as_ref()
    }
    /// False when it would not be believed again, whatever comes.
    pub(crate) fn is_of_use(&self, now: Timestamp) -> bool {
        !self.live.ended.is_cancelled() && now < self.live.session.expires_at && now.secs() < self.claims.exp
    }
    /// The policy of an earlier Allow under this very configuration, when nothing but the identity mattered to it; and whether it was of
    /// this token, and not of another one of the session.
    fn remembered(&self, compiled: &Compiled, app: &CompiledApp) -> Option<(PolicyId, bool)> {
        if !app.set.may_be_remembered() {
            return None;
        }
        let policy = |allowed: Remembered| allowed.policy(&app.set, compiled.snapshot.version);
        let of_token = policy(Remembered::from_bits(self.allowed.load(Ordering::Acquire)));
        let of_session = || policy(self.live.admissions.allowed(app.app.id));
        of_token.map(|policy| (policy, true)).or_else(|| Some((of_session()?, false)))
    }
    fn remember(&self, compiled: &Compiled, app: &CompiledApp, policy: PolicyId) {
        let allowed = Remembered::of(&app.set, compiled.snapshot.version, policy);
        if allowed != Remembered::default() {
            self.allowed.store(allowed.bits(), Ordering::Release);
            self.live.admissions.allow(app.app.id, allowed);
        }
    }
}

/// Checks a token's form and signature; which token it is remains to be seen.
pub(crate) fn check_signature(compiled: &Compiled, token: &str, now: Timestamp) -> Option<(Claims, Arc<str>)> {
    let unverified = compiled.keys.read(token)?;
    let (kid, key) = compiled.keys.named(unverified.kid()?, now)?;
    Some((unverified.verify_ours(key).ok()?, kid.clone()))
}

fn judged<'a>(request: &Request<'a>, backing: &Backing<'_>, so_far: u64) -> Judged<'a> {
    let facts = policy::RequestFacts {
        ip: request.ip,
        country: known(request.country),
        service_token: backing.program.map(|p| p.id),
        certificate: request.certificate.fact(),
        linked_app: backing.linked.map(|l| l.app),
        now: request.now,
    };
    Judged { host: request.host, path: request.path, facts, so_far }
}

fn facts<'a>(
    request: policy::RequestFacts<'a>,
    identity: Option<&'a model::identity::Identity>,
    readings: &'a Readings,
    standing: Option<&'a Standing>,
) -> policy::Facts<'a> {
    policy::Facts { request, identity, readings: Some(readings), standing }
}

pub(crate) fn known(country: Option<&str>) -> policy::Fact<&str> {
    country.map_or(policy::Fact::Unknown, policy::Fact::Known)
}

/// Answered here where the application says how; else one that goes to the origin carries no identity.
fn admit_preflight(app: &Arc<CompiledApp>, headers: &HeaderMap) -> Verdict {
    if let Some(cors) = app.app.cors() {
        return match cors::preflight(cors, headers) {
            Some(granted) => Verdict::Preflight(app.clone(), granted),
            None => Verdict::Refuse(Refusal::Preflight(app.clone())),
        };
    }
    match app.policies.first() {
        Some(policy) if app.app.options_preflight_bypass => Verdict::Admit(unasked_permit(app, policy.id)),
        _ => Verdict::Refuse(Refusal::Preflight(app.clone())),
    }
}

/// Ruling 2: 401 only for `X-Requested-With: XMLHttpRequest` or a present `Sec-Fetch-Mode` other than `navigate`; and for
/// applications that want it where Service Auth fails.
fn wants_401(app: &CompiledApp, headers: &HeaderMap, decision: &Decision, presented: bool) -> bool {
    let script = headers.get("x-requested-with").is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"));
    let fetched = headers.get("sec-fetch-mode").is_some_and(|v| v.as_bytes() != b"navigate");
    let failed_service =
        app.app.service_auth_401_redirect && decision.set_has_service_auth && (presented || matches!(decision.outcome, Outcome::Deny(_)));
    script || fetched || failed_service
}

/// Somebody whom a policy lets in, and what they came with.
type LetIn<'a> = ((&'a Arc<CompiledApp>, PolicyId), Arc<Verified>, (&'a Judged<'a>, &'a Backing<'a>));

impl Guard {
    /// Lets in whom this policy allows to come, when it could be written down where it has to be.
    fn let_in(&self, compiled: &Compiled, of: LetIn<'_>, again_at: Option<Timestamp>) -> Verdict {
        let ((app, policy), verified, (judged, _)) = &of;
        if !self.note_admission(compiled, (app, *policy), &verified.live, judged) {
            return Verdict::Refuse(Refusal::Unrecorded((*app).clone()));
        }
        verified.remember(compiled, app, *policy);
        Verdict::Admit(self.person_permit(compiled, of, again_at))
    }

    fn person_permit(
        &self,
        compiled: &Compiled,
        ((app, policy), verified, (judged, backing)): LetIn<'_>,
        again_at: Option<Timestamp>,
    ) -> Permit {
        let live = &verified.live;
        live.used(judged.facts.now);
        let token_until = Timestamp::from_secs(verified.claims.exp);
        let until = match app.streams {
            TokenExpiry::Cut => token_until.min(live.session.expires_at),
            TokenExpiry::Keep => live.session.expires_at,
        };
        let on = RestsOn { ended: None, ..backing.kept(compiled, Some(live.clone()), Some(token_until)) };
        Permit {
            app: Arc::clone(app),
            policy,
            subject: Subject::Person(live.clone()),
            cut: Cut::by(Hold::new(&self.inner, app, judged, on, Some(until), again_at)),
            took_long: verified.unused.load(Ordering::Relaxed) && verified.unused.swap(false, Ordering::Relaxed),
            vouched: Vouched::Person(verified),
            set_cookie: None,
            certificate: None,
        }
    }

    fn bypass_permit(
        &self,
        compiled: &Compiled,
        app: &Arc<CompiledApp>,
        policy: PolicyId,
        (judged, backing): (&Judged<'_>, &Backing<'_>),
    ) -> Permit {
        let on = RestsOn { ended: None, ..backing.kept(compiled, None, None) };
        Permit { cut: Cut::by(Hold::new(&self.inner, app, judged, on, None, None)), ..unasked_permit(app, policy) }
    }
}

/// Nobody is asked.
fn unasked_permit(app: &Arc<CompiledApp>, policy: PolicyId) -> Permit {
    Permit {
        app: Arc::clone(app),
        policy,
        subject: Subject::Anyone,
        took_long: false,
        vouched: Vouched::Nobody,
        cut: Cut::by(Hold::of_nobody(app)),
        set_cookie: None,
        certificate: None,
    }
}
