//! The decision on one request, from memory.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{HeaderMap, HeaderValue, Method, header};
use model::{PolicyId, Timestamp};
use oidc::jws::Unverified;
use policy::{Decision, Outcome};

use crate::{
    compiled::{Compiled, CompiledApp},
    credential::{Credentials, ServiceCredential, Tokens},
    door::Guard,
    live::LiveSession,
    permit::{Cut, Permit, Subject},
    token::{self, Claims, MAX_TOKEN, Signed},
};

/// A request as the proxy parsed it: the same object is judged and forwarded.
pub struct Request<'a> {
    /// Host asked for: lower case, without port.
    pub host: &'a str,
    /// Path in normal form, without query.
    pub path: &'a str,
    /// Method.
    pub method: &'a Method,
    /// Headers as received.
    pub headers: &'a HeaderMap,
    /// Client address, from the socket or a trusted peer.
    pub ip: IpAddr,
    /// Country, from a trusted peer.
    pub country: Option<&'a str>,
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
    ServiceTokenNotAllowed(Arc<CompiledApp>, Decision),
    /// A CORS preflight without bypass (403).
    Preflight(Arc<CompiledApp>),
    /// Several different sign-in cookies (400).
    SeveralCookies(Arc<CompiledApp>),
    /// Refused whoever asks: no sign-in is offered (403).
    Forbidden(Arc<CompiledApp>, Decision),
    /// This person is refused (403).
    Blocked(Arc<CompiledApp>, Arc<LiveSession>, Decision),
}

/// A token whose signature was checked, with what was found out about it.
pub(crate) struct Verified {
    claims: Claims,
    kid: Box<str>,
    session: Option<Arc<LiveSession>>,
    assertion: HeaderValue,
    email: Option<HeaderValue>,
    /// Epoch of [`crate::live::Live`] under which the session was last found alive.
    alive_at: AtomicU64,
    /// Configuration version and policy of the last Allow, when the rules depend on nothing but the identity.
    allowed: arc_swap::ArcSwapOption<(u64, PolicyId)>,
}

struct Service {
    id: model::ServiceTokenId,
    client_id: Arc<str>,
    cut: tokio_util::sync::CancellationToken,
}

enum ServiceState {
    None,
    Good(Service),
    Bad,
}

impl Guard {
    /// Decides one request. No I/O; one signature check the first time a token is seen.
    pub fn admit(&self, request: &Request<'_>) -> Verdict {
        let compiled = self.inner.compiled.load();
        let Some(app) = compiled.find(request.host, request.path) else { return Verdict::NoSuchApp };
        if is_preflight(request) && !app.app.options_preflight_bypass {
            return Verdict::Refuse(Refusal::Preflight(app.clone()));
        }
        let credentials = Credentials::find(request.headers);
        let strict = compiled.snapshot.organization.strict_service_token_auth;
        let service = self.service(&compiled, &credentials.service, request.now);
        match &service {
            ServiceState::Bad if strict => return Verdict::Refuse(Refusal::ServiceTokenUnknown(app.clone())),
            ServiceState::Good(good) if strict => return self.admit_program_only(&compiled, app, request, good),
            _ => {}
        }
        if is_preflight(request) {
            return self.admit_preflight(app);
        }
        let person = match &credentials.tokens {
            Tokens::None => None,
            Tokens::One(token) => self.person(&compiled, app, token, request.now),
            Tokens::Several(list) => {
                let mut good = list.iter().filter_map(|t| self.person(&compiled, app, t, request.now));
                let first = good.next();
                if good.next().is_some() || !app.app.cookies.path {
                    return Verdict::Refuse(Refusal::SeveralCookies(app.clone()));
                }
                first
            }
        };
        let service = match (&service, &credentials.tokens) {
            (ServiceState::None, Tokens::One(token)) if !strict && person.is_none() => {
                self.program_by_cookie(&compiled, app, token, request.now)
            }
            _ => service,
        };
        if let (Some((verified, live)), ServiceState::None) = (&person, &service)
            && let Some(policy) = verified.remembered(&compiled, app)
        {
            return Verdict::Admit(person_permit(app, policy, verified, live));
        }
        self.judge_request(&compiled, app, request, person, &service)
    }

    fn judge_request(
        &self,
        compiled: &Compiled,
        app: &Arc<CompiledApp>,
        request: &Request<'_>,
        person: Option<(Arc<Verified>, Arc<LiveSession>)>,
        service: &ServiceState,
    ) -> Verdict {
        let identity = person.as_ref().map(|(_, live)| &*live.identity);
        let token = match service {
            ServiceState::Good(s) => Some(s.id),
            ServiceState::None | ServiceState::Bad => None,
        };
        let decision = policy::evaluate(&app.set, &facts(request, token, identity));
        match (&decision.outcome, person) {
            (Outcome::Bypass { policy }, _) => Verdict::Admit(bypass_permit(app, *policy)),
            (Outcome::ServiceAuth { policy }, _) => self.program_permit(compiled, app, *policy, service, request.now),
            (Outcome::Allow { policy }, Some((verified, live))) => {
                verified.remember(compiled, app, *policy);
                Verdict::Admit(person_permit(app, *policy, &verified, &live))
            }
            (Outcome::Deny(denial), Some((_, live))) if denial.kind != policy::DenialKind::NonIdentity => {
                Verdict::Refuse(Refusal::Blocked(app.clone(), live, decision))
            }
            (Outcome::Deny(_), _) => Verdict::Refuse(Refusal::Forbidden(app.clone(), decision)),
            // An Allow without a person, or a Login with one, can only mean: sign in.
            (Outcome::Allow { .. } | Outcome::Login, _) => {
                let asked_as_program = !matches!(service, ServiceState::None);
                Verdict::Login(LoginNeeded { app: app.clone(), unauthorized: wants_401(app, request.headers, asked_as_program) })
            }
        }
    }

    /// Strict mode: credentials of a program are judged alone; cookies and Allow policies do not count.
    fn admit_program_only(&self, compiled: &Compiled, app: &Arc<CompiledApp>, request: &Request<'_>, service: &Service) -> Verdict {
        let decision = policy::evaluate(&app.set, &facts(request, Some(service.id), None));
        match decision.outcome {
            Outcome::ServiceAuth { policy } => {
                let state = ServiceState::Good(Service { id: service.id, client_id: service.client_id.clone(), cut: service.cut.clone() });
                self.program_permit(compiled, app, policy, &state, request.now)
            }
            Outcome::Bypass { policy } => Verdict::Admit(bypass_permit(app, policy)),
            Outcome::Allow { .. } | Outcome::Deny(_) | Outcome::Login => {
                Verdict::Refuse(Refusal::ServiceTokenNotAllowed(app.clone(), decision))
            }
        }
    }

    /// A preflight that goes to the origin carries no identity.
    fn admit_preflight(&self, app: &Arc<CompiledApp>) -> Verdict {
        match app.policies.first() {
            Some(policy) => Verdict::Admit(bypass_permit(app, policy.id)),
            None => Verdict::Refuse(Refusal::Preflight(app.clone())),
        }
    }

    fn service(&self, compiled: &Compiled, credential: &ServiceCredential<'_>, now: Timestamp) -> ServiceState {
        let (id, secret) = match credential {
            ServiceCredential::None => return ServiceState::None,
            ServiceCredential::Malformed => return ServiceState::Bad,
            ServiceCredential::Pair { id, secret } => (*id, *secret),
        };
        let Some((token, cut)) = compiled.service_token(id) else { return ServiceState::Bad };
        let sealer = self.inner.store.sealer();
        let current = sealer.matches(store::Purpose::ServiceToken, secret, &token.secret_hash);
        let former = token
            .previous
            .as_ref()
            .is_some_and(|p| now < p.expires_at && sealer.matches(store::Purpose::ServiceToken, secret, &p.secret_hash));
        let good = token.enabled && token.expires_at.is_none_or(|t| now < t) && (current || former);
        if good {
            ServiceState::Good(Service { id: token.id, client_id: token.client_id.as_str().into(), cut: cut.clone() })
        } else {
            ServiceState::Bad
        }
    }

    /// Outside strict mode a program may go on with the cookie that its first success gave it.
    fn program_by_cookie(&self, compiled: &Compiled, app: &CompiledApp, token: &str, now: Timestamp) -> ServiceState {
        let Some((claims, _)) = check_signature(compiled, token, now) else { return ServiceState::None };
        let Some(client_id) = claims.common_name.as_deref() else { return ServiceState::None };
        let fits = claims.kind == "app"
            && claims.iss == self.inner.config.team_origin
            && claims.aud.is(&app.app.aud)
            && claims.generation.app >= app.app.generation;
        match compiled.service_token(client_id) {
            Some((t, cut)) if fits && now.secs() < claims.exp && t.enabled && t.expires_at.is_none_or(|end| now < end) => {
                ServiceState::Good(Service { id: t.id, client_id: client_id.into(), cut: cut.clone() })
            }
            _ => ServiceState::None,
        }
    }

    /// The person behind an application token, when everything about it is good now.
    fn person(&self, compiled: &Compiled, app: &CompiledApp, token: &str, now: Timestamp) -> Option<(Arc<Verified>, Arc<LiveSession>)> {
        let verified = self.verify(compiled, token, now)?;
        let claims = &verified.claims;
        let fits = claims.kind == "app"
            && claims.iss == self.inner.config.team_origin
            && claims.aud.is(&app.app.aud)
            && claims.generation.app >= app.app.generation;
        // The key may have retired since the token was remembered.
        if !fits || now.secs() >= claims.exp || compiled.keys.verifier(&verified.kid, now).is_none() {
            return None;
        }
        let live = verified.session.clone()?;
        let epoch = self.inner.live.epoch();
        if verified.alive_at.load(Ordering::Acquire) != epoch {
            if !self.inner.live.is_alive(&live, now) {
                return None;
            }
            verified.alive_at.store(epoch, Ordering::Release);
        }
        (now < live.session.expires_at).then_some((verified, live))
    }

    fn verify(&self, compiled: &Compiled, token: &str, now: Timestamp) -> Option<Arc<Verified>> {
        if let Some(hit) = self.inner.verified.get(token) {
            return Some(hit);
        }
        let (claims, kid) = check_signature(compiled, token, now)?;
        // Read the epoch before the session: a revocation in between makes the entry stale, never fresh.
        let epoch = self.inner.live.epoch();
        let session = self.inner.live.session(claims.identity_nonce.as_ref()?, now)?;
        let mut assertion = HeaderValue::from_str(token).ok()?;
        assertion.set_sensitive(true);
        let email = HeaderValue::from_str(session.identity.email.as_str()).ok();
        let verified = Arc::new(Verified {
            claims,
            kid: kid.into(),
            session: Some(session),
            assertion,
            email,
            alive_at: AtomicU64::new(epoch),
            allowed: arc_swap::ArcSwapOption::empty(),
        });
        self.inner.verified.put(token, verified.clone());
        Some(verified)
    }

    fn program_permit(
        &self,
        compiled: &Compiled,
        app: &Arc<CompiledApp>,
        policy: PolicyId,
        service: &ServiceState,
        now: Timestamp,
    ) -> Verdict {
        let (client_id, cut): (Arc<str>, _) = match service {
            ServiceState::Good(s) => (s.client_id.clone(), Some(s.cut.clone())),
            ServiceState::None | ServiceState::Bad => ("".into(), None),
        };
        let Some(signed) = self.service_assertion(compiled, app, policy, &client_id, now) else {
            tracing::error!(app.id = %app.app.id, "no assertion could be signed for a program; the request is refused");
            return Verdict::Login(LoginNeeded { app: app.clone(), unauthorized: true });
        };
        let strict = compiled.snapshot.organization.strict_service_token_auth;
        let set_cookie =
            (!strict && !client_id.is_empty()).then(|| HeaderValue::from_str(&crate::sign_in::app_cookie(app, &signed)).ok()).flatten();
        let Ok(mut assertion) = HeaderValue::from_str(&signed.jwt) else {
            return Verdict::Login(LoginNeeded { app: app.clone(), unauthorized: true });
        };
        assertion.set_sensitive(true);
        Verdict::Admit(Permit {
            app: app.app.id,
            policy,
            upstream: app.upstream.clone(),
            subject: Subject::Program(client_id),
            assertion: Some(assertion),
            email: None,
            cut: Cut { tokens: [cut, Some(app.cut.clone())] },
            set_cookie,
        })
    }

    fn service_assertion(
        &self,
        compiled: &Compiled,
        app: &CompiledApp,
        policy: PolicyId,
        client_id: &str,
        now: Timestamp,
    ) -> Option<Signed> {
        let key = (app.app.id, Box::<str>::from(client_id));
        let version = compiled.snapshot.version;
        let pinned = self.inner.service_assertions.pin();
        if let Some(hit) = pinned.get(&key).filter(|hit| hit.0 == version && now.plus_secs(60) < hit.1.expires_at) {
            return Some(hit.1.clone());
        }
        let life = app.policy(policy).and_then(|p| p.session_duration.clone()).unwrap_or_else(|| app.app.session_duration.clone());
        let (claims, expires_at) =
            token::service_claims(&self.inner.config.team_origin, &app.app.aud, app.app.generation, client_id, &life, now);
        let signed = Signed { jwt: compiled.keys.sign(&claims).ok()?, expires_at };
        pinned.insert(key, Arc::new((version, signed.clone())));
        Some(signed)
    }
}

impl Verified {
    /// The policy of an earlier Allow under this very configuration, when nothing but the identity mattered to it.
    fn remembered(&self, compiled: &Compiled, app: &CompiledApp) -> Option<PolicyId> {
        let allowed = self.allowed.load();
        let (version, policy) = **allowed.as_ref()?;
        (version == compiled.snapshot.version && !app.set.has_continuous_rules()).then_some(policy)
    }
    fn remember(&self, compiled: &Compiled, app: &CompiledApp, policy: PolicyId) {
        if !app.set.has_continuous_rules() {
            self.allowed.store(Some(Arc::new((compiled.snapshot.version, policy))));
        }
    }
}

/// Checks a token's form and signature; which token it is remains to be seen.
pub(crate) fn check_signature(compiled: &Compiled, token: &str, now: Timestamp) -> Option<(Claims, String)> {
    let unverified = Unverified::parse(token, MAX_TOKEN).ok()?;
    let kid = unverified.kid()?.to_owned();
    let key = compiled.keys.verifier(&kid, now)?;
    Some((unverified.verify(key).ok()?, kid))
}

fn facts<'a>(
    request: &Request<'a>,
    service_token: Option<model::ServiceTokenId>,
    identity: Option<&'a model::identity::Identity>,
) -> policy::Facts<'a> {
    policy::Facts {
        request: policy::RequestFacts { ip: Some(request.ip), country: known(request.country), service_token, now: request.now },
        identity,
    }
}

pub(crate) fn known(country: Option<&str>) -> policy::Fact<&str> {
    country.map_or(policy::Fact::Unknown, policy::Fact::Known)
}

fn is_preflight(request: &Request<'_>) -> bool {
    request.method == Method::OPTIONS
        && request.headers.contains_key(header::ORIGIN)
        && request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Ruling 2: 401 only for `X-Requested-With: XMLHttpRequest` or a present `Sec-Fetch-Mode` other than `navigate`.
fn wants_401(app: &CompiledApp, headers: &HeaderMap, asked_as_program: bool) -> bool {
    let script = headers.get("x-requested-with").is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"));
    let fetched = headers.get("sec-fetch-mode").is_some_and(|v| v.as_bytes() != b"navigate");
    script || fetched || (asked_as_program && app.app.service_auth_401_redirect)
}

fn person_permit(app: &CompiledApp, policy: PolicyId, verified: &Verified, live: &Arc<LiveSession>) -> Permit {
    Permit {
        app: app.app.id,
        policy,
        upstream: app.upstream.clone(),
        subject: Subject::Person(live.clone()),
        assertion: Some(verified.assertion.clone()),
        email: verified.email.clone(),
        cut: Cut { tokens: [Some(live.ended.clone()), Some(app.cut.clone())] },
        set_cookie: None,
    }
}

fn bypass_permit(app: &CompiledApp, policy: PolicyId) -> Permit {
    Permit {
        app: app.app.id,
        policy,
        upstream: app.upstream.clone(),
        subject: Subject::Anyone,
        assertion: None,
        email: None,
        cut: Cut { tokens: [None, Some(app.cut.clone())] },
        set_cookie: None,
    }
}
