//! Programs at the door: service-token credentials, the cookie that may follow them, and their assertions.

use std::sync::Arc;

use http::HeaderValue;
use model::{AppId, CertificateId, KeyId, PolicyId, ServiceTokenId, Timestamp, app_streams::TokenExpiry, service_token::ServiceToken};
use store::Purpose;

use crate::{
    admit::{LoginNeeded, Verdict, check_signature},
    certificate::Shown,
    compiled::{Compiled, CompiledApp},
    credential::ServiceCredential,
    door::Guard,
    end::End,
    linked::Linked,
    live::LiveSession,
    permit::{Cut, Permit, Subject, Vouched},
    review::{Hold, Judged, RestsOn},
    sign_in::app_cookie,
    token::{self, ServiceOrder, Signed},
};

/// Most assertions that are kept; beyond, all are signed anew.
const MOST_ASSERTIONS: usize = 10_000;

/// An authenticated program.
pub(crate) struct Program {
    pub(crate) id: ServiceTokenId,
    client_id: Arc<str>,
    secret_version: u32,
    pub(crate) cut: End,
    pub(crate) until: Option<Timestamp>,
    by: By,
}

/// How it authenticated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Secret,
    Cookie,
}

/// What is kept of a program while its streams are open.
pub(crate) struct KeptProgram {
    client_id: Arc<str>,
    secret_version: u32,
    by: By,
}

impl KeptProgram {
    pub(crate) fn of(program: &Program) -> Self {
        Self { client_id: program.client_id.clone(), secret_version: program.secret_version, by: program.by }
    }
    /// True while the credentials that it came with are good.
    pub(crate) fn is_good(&self, compiled: &Compiled, strict: bool, now: Timestamp) -> bool {
        let token = compiled.service_token(&self.client_id).map(|(token, _)| token).filter(|token| is_on(token, now));
        token.is_some_and(|token| is_good_version(token, self.secret_version, now)) && !(strict && self.by == By::Cookie)
    }
}

/// Everything beside a person by which a policy may have let a request in.
pub(crate) struct Backing<'a> {
    pub(crate) program: Option<&'a Program>,
    pub(crate) certificate: Option<(CertificateId, &'a Arc<Shown>)>,
    pub(crate) linked: Option<&'a Linked>,
}

impl Backing<'_> {
    /// How the origin is told who it is: the client id of the token, else the common name of the certificate.
    fn name(&self) -> Arc<str> {
        let certificate = self.certificate.and_then(|(_, shown)| shown.common_name.as_deref());
        self.program.map_or_else(|| certificate.unwrap_or_default().into(), |p| p.client_id.clone())
    }

    /// What is kept of it while streams are open. With the person whom the request was let in for, and the end of the token that it showed.
    pub(crate) fn kept(&self, compiled: &Compiled, person: Option<Arc<LiveSession>>, token_until: Option<Timestamp>) -> RestsOn {
        let certificate = self.certificate.and_then(|(id, shown)| Some((compiled.authority_cut(&id)?.clone(), shown.expires_at)));
        let ended = self.program.map(|p| &p.cut).or(self.linked.map(|l| &l.ended)).cloned();
        RestsOn { person, program: self.program.map(KeptProgram::of), ended, certificate, linked: self.linked.cloned(), token_until }
    }

    /// The end of the token of a program that goes on with its cookie.
    fn token_until(&self, token: &Signed) -> Option<Timestamp> {
        self.program.filter(|p| p.by == By::Cookie).map(|_| token.expires_at)
    }

    /// The end of what it rests on, beside the application; `token_until` where the application wants it to count.
    fn until(&self, token_until: Option<Timestamp>) -> Option<Timestamp> {
        let program = self.program.and_then(|p| p.until);
        let certificate = self.certificate.filter(|_| self.program.is_none()).map(|(_, shown)| shown.expires_at);
        [program, token_until, certificate, self.linked.map(|l| l.until)].into_iter().flatten().min()
    }
}

/// What came of the credentials of a program.
pub(crate) enum ServiceState {
    /// None were brought.
    None,
    /// Good.
    Good(Program),
    /// Brought, and not good.
    Bad,
}

/// Assertions signed for programs, so that not every request signs one.
#[derive(Default)]
pub(crate) struct Assertions {
    signed: papaya::HashMap<AssertionKey, Arc<Assertion>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct AssertionKey {
    app: AppId,
    policy: PolicyId,
    client_id: Arc<str>,
    secret_version: u32,
}

struct Assertion {
    app_generation: u32,
    kid: KeyId,
    /// Signed anew from here on, so that what is handed out has a fair part of its life left.
    renew_at: Timestamp,
    token: Signed,
}

impl Assertions {
    /// Forgets everything: applications, policies or tokens may be gone.
    pub(crate) fn clear(&self) {
        self.signed.pin().clear();
    }
}

impl Guard {
    pub(crate) fn service(&self, compiled: &Compiled, credential: &ServiceCredential<'_>, now: Timestamp) -> ServiceState {
        let (id, secret) = match credential {
            ServiceCredential::None => return ServiceState::None,
            ServiceCredential::Malformed => return ServiceState::Bad,
            ServiceCredential::Pair { id, secret } => (&**id, &**secret),
        };
        let Some((token, cut)) = compiled.service_token(id).filter(|(t, _)| is_on(t, now)) else { return ServiceState::Bad };
        let sealer = self.inner.store.sealer();
        if sealer.matches(Purpose::ServiceToken, secret, &token.secret_hash) {
            return ServiceState::Good(program(token, token.client_secret_version, cut, By::Secret));
        }
        let former =
            token.previous.as_ref().filter(|p| now < p.expires_at && sealer.matches(Purpose::ServiceToken, secret, &p.secret_hash));
        former.map_or(ServiceState::Bad, |_| {
            ServiceState::Good(program(token, token.client_secret_version.saturating_sub(1), cut, By::Secret))
        })
    }

    /// Outside strict mode a program may go on with the cookie that its first success gave it, as long as the secret that
    /// bought it is good.
    pub(crate) fn program_by_cookie(&self, compiled: &Compiled, app: &CompiledApp, token: &str, now: Timestamp) -> ServiceState {
        let Some((claims, _)) = check_signature(compiled, token, now) else { return ServiceState::None };
        let Some(client_id) = claims.common_name.as_deref() else { return ServiceState::None };
        let fits = claims.is_for(&self.inner.config.team_origin, &app.app) && now.secs() < claims.exp;
        let Some((token, cut)) = compiled.service_token(client_id).filter(|(t, _)| fits && is_on(t, now)) else {
            return ServiceState::None;
        };
        let version = claims.generation.secret;
        // No secret has the version 0: such a token was given to a certificate, whatever name that bears.
        if version != 0 && is_good_version(token, version, now) {
            ServiceState::Good(program(token, version, cut, By::Cookie))
        } else {
            ServiceState::None
        }
    }

    /// Admits a program, or whoever a Service Auth policy without a token in it admits.
    pub(crate) fn program_permit(
        &self,
        compiled: &Compiled,
        app: &Arc<CompiledApp>,
        policy: PolicyId,
        backing: &Backing<'_>,
        judged: &Judged<'_>,
    ) -> Verdict {
        let (program, name, now) = (backing.program, backing.name(), judged.facts.now);
        let Some((token, assertion)) = self.assertion(compiled, app, policy, (&name, program.map_or(0, |p| p.secret_version)), now) else {
            tracing::error!(app.id = %app.app.id, "no assertion could be signed for a program; the request is refused");
            return Verdict::Login(LoginNeeded { app: app.clone(), unauthorized: true });
        };
        if let Some(program) = program {
            self.inner.token_usage.used(program.id, now);
        }
        let strict = compiled.snapshot.organization.strict_service_token_auth;
        let by_secret = program.is_some_and(|p| p.by == By::Secret) || (program.is_none() && !name.is_empty());
        let cookie = |address| HeaderValue::from_str(&app_cookie(app, address, &token)).ok();
        let set_cookie = if !strict && by_secret { app.app.domain().and_then(cookie) } else { None };
        let token_until = backing.token_until(&token);
        let until = backing.until(token_until.filter(|_| app.streams == TokenExpiry::Cut));
        let hold = Hold::new(&self.inner, app, judged, backing.kept(compiled, None, token_until), until, None);
        Verdict::Admit(Permit {
            app: Arc::clone(app),
            policy,
            subject: Subject::Program(name),
            vouched: Vouched::Program(assertion),
            cut: Cut::by(hold),
            took_long: false,
            set_cookie,
            certificate: None,
        })
    }

    fn assertion(
        &self,
        compiled: &Compiled,
        app: &CompiledApp,
        policy: PolicyId,
        (name, secret_version): (&Arc<str>, u32),
        now: Timestamp,
    ) -> Option<(Signed, HeaderValue)> {
        let key = AssertionKey { app: app.app.id, policy, client_id: name.clone(), secret_version };
        let kid = compiled.keys.current()?;
        let pinned = self.inner.assertions.signed.pin();
        let usable = |a: &Assertion| a.app_generation == app.app.generation && a.kid == *kid && now < a.renew_at;
        let token = match pinned.get(&key).filter(|a| usable(a)) {
            Some(hit) => hit.token.clone(),
            None => {
                let life = app.policy(policy).and_then(|p| p.session_duration.clone()).unwrap_or_else(|| app.app.session_duration.clone());
                let order = ServiceOrder {
                    issuer: &self.inner.config.team_origin,
                    app: &app.app,
                    client_id: &key.client_id,
                    secret_version,
                    life: &life,
                };
                let (claims, expires_at) = token::service_claims(&order, now);
                let token = Signed { jwt: compiled.keys.sign(&claims).ok()?, expires_at };
                // Names in certificates are their makers': not as many as they like.
                if pinned.len() >= MOST_ASSERTIONS {
                    pinned.clear();
                }
                let renew_at = now.plus_secs(expires_at.secs_since(now) * 3 / 4);
                pinned.insert(
                    key,
                    Arc::new(Assertion { app_generation: app.app.generation, kid: kid.clone(), renew_at, token: token.clone() }),
                );
                token
            }
        };
        let mut assertion = HeaderValue::from_str(&token.jwt).ok()?;
        assertion.set_sensitive(true);
        Some((token, assertion))
    }
}

/// The current secret, or the former one in its grace.
fn is_good_version(token: &ServiceToken, version: u32, now: Timestamp) -> bool {
    version == token.client_secret_version
        || (version + 1 == token.client_secret_version && token.previous.as_ref().is_some_and(|p| now < p.expires_at))
}

fn is_on(token: &ServiceToken, now: Timestamp) -> bool {
    token.enabled && token.expires_at.is_none_or(|end| now < end)
}

fn program(token: &ServiceToken, secret_version: u32, cut: &End, by: By) -> Program {
    // A former secret admits only to the end of its grace.
    let grace = token.previous.as_ref().filter(|_| secret_version != token.client_secret_version).map(|p| p.expires_at);
    let until = match (token.expires_at, grace) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Program { id: token.id, client_id: token.client_id.as_str().into(), secret_version, cut: cut.clone(), until, by }
}
