//! A protected request from verdict to origin and back.

use std::{rc::Rc, sync::Arc, time::Duration};

use guard::{Client, Guard, Permit, Request as Facts, Subject, Verdict, compiled::CompiledApp};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::{Body, Incoming};
use model::{AppId, PolicyId, Reference, Timestamp, UserId, upstream::Upstream};

use crate::{
    body::{OriginBody, ProxyBody},
    canonical::Canonical,
    headers, origin,
    pool::{Lease, Pool},
    refuse::{self, Asked},
    upgrade,
};

/// What all workers share.
pub struct Proxy {
    /// The door.
    pub guard: Guard,
    /// Runtime for work that must not hold up requests.
    pub control: tokio::runtime::Handle,
}

/// One thread's proxy, with its own upstream connections.
pub struct Worker {
    pub(crate) proxy: Arc<Proxy>,
    pool: Rc<Pool>,
}

/// What became of a request, for the access log.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `admit`, `login`, `deny`, `no-app`, `error`.
    pub verdict: &'static str,
    /// Why, in one stable word.
    pub reason: &'static str,
    /// The application.
    pub app: Option<AppId>,
    /// The policy that admitted.
    pub policy: Option<PolicyId>,
    /// The person.
    pub user: Option<UserId>,
    /// Reference of the recorded decision.
    pub reference: Option<String>,
}

impl Outcome {
    /// An outcome without an application.
    pub const fn of(verdict: &'static str, reason: &'static str) -> Self {
        Self { verdict, reason, app: None, policy: None, user: None, reference: None }
    }
    pub(crate) fn app(verdict: &'static str, app: &CompiledApp, reason: &'static str) -> Self {
        Self { app: Some(app.app.id), ..Self::of(verdict, reason) }
    }
    pub(crate) fn with_reference(self, reference: &Reference) -> Self {
        Self { reference: Some(reference.to_string()), ..self }
    }
    pub(crate) fn with_user(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }
}

impl Worker {
    /// A worker for the current thread.
    pub fn new(proxy: Arc<Proxy>) -> Rc<Self> {
        Rc::new(Self { proxy, pool: Rc::default() })
    }

    /// Serves one request on an application host.
    pub async fn serve(
        self: &Rc<Self>,
        client: &Client,
        canonical: &Canonical,
        request: Request<Incoming>,
        now: Timestamp,
    ) -> (Response<ProxyBody>, Outcome) {
        let facts = Facts {
            host: &canonical.host,
            path: &canonical.path,
            method: request.method(),
            headers: request.headers(),
            ip: client.rule_ip,
            country: client.country.as_deref(),
            now,
        };
        let verdict = self.proxy.guard.admit(&facts);
        let language = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
        let asked = Asked { worker: self, client, canonical, language, now };
        match verdict {
            Verdict::Admit(permit) => admitted(&asked, permit, request).await,
            Verdict::Login(needed) => refuse::login(&asked, needed, request.into_parts().0.headers).await,
            Verdict::Refuse(refusal) => refuse::refuse(&asked, refusal),
            Verdict::NoSuchApp => (refuse::no_such_app(&asked), Outcome::of("no-app", "no-application-here")),
        }
    }
}

async fn admitted(asked: &Asked<'_>, permit: Permit, request: Request<Incoming>) -> (Response<ProxyBody>, Outcome) {
    let proxy = &asked.worker.proxy;
    let mut outcome = Outcome {
        app: Some(permit.app()),
        policy: Some(permit.policy()),
        user: permit.subject().user_id(),
        ..Outcome::of("admit", reason(&permit))
    };
    // TRACE would hand the assertion back to the client; CONNECT has no meaning towards an application.
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return (refuse::page(StatusCode::METHOD_NOT_ALLOWED, String::new()), outcome);
    }
    let Some(upstream) = permit.upstream().cloned() else {
        outcome.reason = "no-upstream";
        let reference = Reference::from_bytes(rand::random());
        let html = pages::NoUpstream { app: app_name(proxy, permit.app()), reference }.render(&asked.look(), asked.language());
        return (refuse::page(StatusCode::SERVICE_UNAVAILABLE, html), outcome);
    };
    match forward(asked.worker, permit, &upstream, asked.client, asked.canonical, request).await {
        Ok(response) => (response, outcome),
        Err(error) => {
            let reference = Reference::from_bytes(rand::random());
            tracing::warn!(app.id = ?outcome.app, decision.reference = %reference, error = %error.chain(), "the origin did not answer");
            outcome.reason = error.reason();
            outcome.reference = Some(reference.to_string());
            let app = outcome.app.map(|id| app_name(proxy, id)).unwrap_or_default();
            let html = pages::OriginDown { app, fault: error.fault(), reference }.render(&asked.look(), asked.language());
            (refuse::page(error.status(), html), outcome)
        }
    }
}

fn reason(permit: &Permit) -> &'static str {
    match permit.subject() {
        Subject::Person(_) => "allow",
        Subject::Program(_) => "service-auth",
        Subject::Anyone => "bypass",
    }
}

fn app_name(proxy: &Proxy, id: AppId) -> String {
    proxy.guard.app(&id).map(|a| a.app.name.clone()).unwrap_or_default()
}

#[derive(Debug, thiserror::Error)]
enum ForwardError {
    #[error("no connection")]
    Origin(#[from] origin::OriginError),
    #[error("the exchange broke off")]
    Exchange(#[source] hyper::Error),
    #[error("no answer within {0} ms")]
    Slow(u32),
    #[error("the session ended")]
    Cut,
}

impl ForwardError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Slow(_) | Self::Origin(origin::OriginError::Slow(_)) => StatusCode::GATEWAY_TIMEOUT,
            Self::Cut => StatusCode::FORBIDDEN,
            Self::Origin(_) | Self::Exchange(_) => StatusCode::BAD_GATEWAY,
        }
    }
    fn fault(&self) -> pages::OriginFault {
        match self {
            Self::Slow(_) | Self::Origin(origin::OriginError::Slow(_)) => pages::OriginFault::TimedOut,
            Self::Origin(_) => pages::OriginFault::Unreachable,
            Self::Exchange(_) | Self::Cut => pages::OriginFault::BadAnswer,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Origin(_) => "origin-unreachable",
            Self::Exchange(_) => "origin-broke-off",
            Self::Slow(_) => "origin-slow",
            Self::Cut => "session-ended",
        }
    }
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

/// Sends an admitted request to its origin. Takes the permit by value: without one there is no way here.
async fn forward(
    worker: &Rc<Worker>,
    permit: Permit,
    upstream: &Arc<Upstream>,
    client: &Client,
    canonical: &Canonical,
    mut request: Request<Incoming>,
) -> Result<Response<ProxyBody>, ForwardError> {
    let websocket = upgrade::asked(&mut request);
    prepare(&mut request, &permit, upstream, client, canonical);
    if let Some(asked) = &websocket {
        upgrade::restore(request.headers_mut(), asked);
    }
    let cut = permit.cut().clone();
    let (mut response, lease) = tokio::select! {
        answer = exchange(worker, permit.app(), upstream, request) => answer?,
        () = cut.clone().wait() => return Err(ForwardError::Cut),
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return switched(response, websocket, cut);
    }
    headers::towards_client(response.headers_mut(), &permit);
    let (parts, incoming) = response.into_parts();
    Ok(Response::from_parts(parts, ProxyBody::Origin(OriginBody::new(incoming, lease, cut))))
}

fn switched(
    mut response: Response<Incoming>,
    websocket: Option<upgrade::Asked>,
    cut: guard::Cut,
) -> Result<Response<ProxyBody>, ForwardError> {
    let Some(asked) = websocket else {
        return Ok(refuse::page(StatusCode::BAD_GATEWAY, String::new()));
    };
    upgrade::splice(asked, hyper::upgrade::on(&mut response), cut);
    let (parts, _) = response.into_parts();
    Ok(Response::from_parts(parts, ProxyBody::empty()))
}

fn prepare(request: &mut Request<Incoming>, permit: &Permit, upstream: &Upstream, client: &Client, canonical: &Canonical) {
    let public_host = request.headers().get(header::HOST).cloned().or_else(|| {
        let authority = request.uri().authority()?;
        HeaderValue::from_str(authority.as_str()).ok()
    });
    let host = match &upstream.host_header {
        Some(name) => HeaderValue::from_str(name).ok(),
        None => public_host,
    };
    // Origin form: the very bytes that were judged.
    if let Ok(uri) = canonical.path_and_query.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = Version::HTTP_11;
    headers::towards_origin(request.headers_mut(), permit, &canonical.host, &client.ip.to_string(), upstream.forward_token_cookie);
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// One exchange. A request that a stale pooled connection did not take is sent again on another one; nothing else is retried.
async fn exchange(
    worker: &Rc<Worker>,
    app: AppId,
    upstream: &Arc<Upstream>,
    mut request: Request<Incoming>,
) -> Result<(Response<Incoming>, Lease), ForwardError> {
    let limit = request.body().is_end_stream().then(|| Duration::from_millis(u64::from(upstream.response_timeout_ms)));
    loop {
        let pooled = worker.pool.take(app, upstream);
        let fresh = pooled.is_none();
        let mut lease = match pooled {
            Some(lease) => lease,
            None => origin::connect(&worker.pool, app, upstream).await?,
        };
        if lease.sender.ready().await.is_err() && !fresh {
            continue;
        }
        let sending = lease.sender.try_send_request(request);
        let answer = match limit {
            Some(limit) => tokio::time::timeout(limit, sending).await.map_err(|_| ForwardError::Slow(upstream.response_timeout_ms))?,
            None => sending.await,
        };
        match answer {
            Ok(response) => return Ok((response, lease)),
            Err(mut refused) => match refused.take_message() {
                Some(unsent) if !fresh => request = unsent,
                _ => return Err(ForwardError::Exchange(refused.into_error())),
            },
        }
    }
}
