//! A protected request from verdict to origin and back.

use arc_swap::ArcSwap;
use std::{
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use guard::{Client, Guard, Permit, Request as Facts, Subject, Verdict, compiled::CompiledApp};
use http::{HeaderName, Method, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::{Body, Incoming};
use model::{AppId, PolicyId, Reference, Timestamp, UserId, upstream::Upstream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    addresses::Addresses,
    body::{OriginBody, ProxyBody, Source},
    canonical::Canonical,
    counters::Counters,
    exchange::{ForwardError, bodiless, exchange},
    expect,
    headers::{self, Told},
    origin::tls::SystemTls,
    pace::Pace,
    patience::Patience,
    pool::{Lease, Pool, Want},
    refuse::{self, Asked},
    relay::Scratch,
    splice::Splice,
    trace::{Trace, Upload},
    upgrade,
    upload::{Terms, UploadBody},
    withdrawn::{self, Kept},
};

/// How long a client may send nothing of its upload.
const UPLOAD_IDLE: Duration = Duration::from_secs(60);
/// How often idle connections are looked through.
const SWEEP_EACH: Duration = Duration::from_secs(10);

/// What all workers share.
pub struct Proxy {
    /// The door.
    pub guard: Guard,
    /// Runtime for work that must not hold up requests.
    pub control: tokio::runtime::Handle,
    /// Cancelled when the server goes down: open WebSockets then say goodbye and end.
    pub stop: CancellationToken,
    /// Holds a token for every open WebSocket, which outlives its request: whoever drains the server waits for these.
    pub open: TaskTracker,
    /// Headers in which trusted peers speak to the server. A client's own never reach an origin.
    pub foreign_headers: ArcSwap<Vec<HeaderName>>,
    /// What uploads must bring on average.
    pub pace: Option<Pace>,
    /// How many workers share what applications allow their origins.
    pub workers: usize,
    pub(crate) system_tls: SystemTls,
}

impl Proxy {
    /// A proxy behind this guard that is never stopped.
    pub fn new(guard: Guard, control: tokio::runtime::Handle) -> Self {
        Self {
            guard,
            control,
            stop: CancellationToken::new(),
            open: TaskTracker::new(),
            foreign_headers: ArcSwap::default(),
            pace: None,
            workers: 1,
            system_tls: SystemTls::default(),
        }
    }
    /// The same, stopped by this token.
    #[must_use]
    pub fn with_stop(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }
    /// The same, with its WebSockets counted by this tracker.
    #[must_use]
    pub fn with_open(self, open: TaskTracker) -> Self {
        Self { open, ..self }
    }
    /// The same, with uploads held to a pace.
    #[must_use]
    pub fn with_pace(self, pace: Option<Pace>) -> Self {
        Self { pace, ..self }
    }
    /// The same, for so many workers.
    #[must_use]
    pub fn with_workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }
    /// The same, with these headers kept from origins.
    #[must_use]
    pub fn with_foreign_headers(self, foreign_headers: Vec<HeaderName>) -> Self {
        Self { foreign_headers: ArcSwap::from_pointee(foreign_headers), ..self }
    }
    /// Keeps these headers from origins from now on.
    pub fn set_foreign_headers(&self, foreign_headers: Vec<HeaderName>) {
        self.foreign_headers.store(Arc::new(foreign_headers));
    }
}

/// One thread's proxy, with its own upstream connections.
pub struct Worker {
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) pool: Pool,
    pub(crate) patience: Rc<Patience>,
    pub(crate) addresses: Addresses,
    pub(crate) scratch: Scratch,
    /// What it did, for metrics.
    pub counters: Arc<Counters>,
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
    /// How long the origin took until its answer began.
    pub origin: Option<OriginTime>,
}

/// What an origin took of a request's time.
#[derive(Debug, Clone, Copy)]
pub struct OriginTime {
    /// When it was asked.
    pub sent: Instant,
    /// Until its answer began, a connection to it included.
    pub took: Duration,
}

impl Outcome {
    /// An outcome without an application.
    pub const fn of(verdict: &'static str, reason: &'static str) -> Self {
        Self { verdict, reason, app: None, policy: None, user: None, reference: None, origin: None }
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
    /// A worker for the current thread. To be called on a local runtime: the worker's own task looks after idle connections
    /// for as long as the worker is held.
    pub fn new(proxy: Arc<Proxy>) -> Rc<Self> {
        let counters = Arc::new(Counters::default());
        let pool = Pool::new(proxy.workers, counters.clone());
        let worker = Rc::new(Self {
            proxy,
            pool,
            patience: Patience::new(),
            addresses: Addresses::default(),
            scratch: Scratch::default(),
            counters,
        });
        let held = Rc::downgrade(&worker);
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(SWEEP_EACH).await;
                let Some(worker) = held.upgrade() else { return };
                let compiled = worker.proxy.guard.compiled();
                worker.pool.sweep(|app| compiled.app(app)?.upstream.clone());
            }
        });
        worker
    }

    /// Serves one request on an application host.
    pub async fn serve(
        self: &Rc<Self>,
        client: &Client,
        canonical: &Canonical,
        mut request: Box<Request<Incoming>>,
        trace: &Trace,
        now: Timestamp,
    ) -> (Response<ProxyBody>, Outcome) {
        if upgrade::unfold(&mut request).is_err() {
            return (refuse::page(StatusCode::METHOD_NOT_ALLOWED, String::new()), Outcome::of("error", "connect"));
        }
        let facts = Facts {
            host: &canonical.host,
            path: &canonical.path,
            method: request.method(),
            headers: request.headers(),
            ip: client.rule_ip,
            country: client.country.as_deref(),
            certificate: &client.certificate,
            now,
        };
        let verdict = self.proxy.guard.admit(&facts);
        let readers = self.proxy.guard.readers(&canonical.host, &canonical.path, request.headers());
        let language = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
        let asked = Asked { worker: self, client, canonical, language, trace, now };
        let (mut response, outcome) = match verdict {
            Verdict::Admit(permit) => admitted(&asked, permit, request).await,
            Verdict::Login(needed) => Box::pin(refuse::login(&asked, needed, request.into_parts().0.headers)).await,
            Verdict::Refuse(refusal) => refuse::refuse(&asked, refusal),
            Verdict::Preflight(app, granted) => return refuse::preflight(&app, granted),
            Verdict::NoSuchApp => (refuse::no_such_app(&asked), Outcome::of("no-app", "no-application-here")),
        };
        // A redirect to the sign-in is of no use to a page of another origin, and is not told to any.
        let away = outcome.verdict == "login" && response.status() == StatusCode::FOUND;
        if let Some(readers) = readers.filter(|_| !away) {
            readers.tell(response.headers_mut());
        }
        (response, outcome)
    }
}

async fn admitted(asked: &Asked<'_>, permit: Permit, request: Box<Request<Incoming>>) -> (Response<ProxyBody>, Outcome) {
    let proxy = &asked.worker.proxy;
    let mut outcome = let_in(&permit);
    // It is set once a request.
    let _ = asked.trace.admitted.set(outcome.clone());
    // TRACE would hand the assertion back to the client.
    if *request.method() == Method::TRACE {
        return (refuse::page(StatusCode::METHOD_NOT_ALLOWED, String::new()), outcome);
    }
    let Some(upstream) = permit.upstream().cloned() else {
        outcome.reason = "no-upstream";
        let reference = Reference::from_bytes(rand::random());
        let html = pages::NoUpstream { app: app_name(proxy, permit.app()), reference }.render(&asked.look(), asked.language());
        return (refuse::page(StatusCode::SERVICE_UNAVAILABLE, html), outcome);
    };
    if upgrade::is_websocket(&request) && !may_open(proxy, asked.canonical, &request) {
        (outcome.verdict, outcome.reason) = ("deny", "websocket-origin");
        return (refuse::foreign_page(asked), outcome);
    }
    let (kept, app, subject) = (Kept::of(&request), permit.app(), permit.subject().clone());
    // Boxed: every future around it would be moved with all that this one needs. The box is there first, so that
    // the compiler can make it in place: behind `Box::pin` it copies all of its room.
    let forwarded = Box::write(Box::new_uninit(), forward(asked, permit, &upstream, request, &mut outcome.origin));
    match Box::into_pin(forwarded).await {
        Ok(response) => (response, outcome),
        Err(error) => Box::pin(failed(asked, error, kept, (app, &subject), outcome)).await,
    }
}

/// What is known of the outcome once somebody was let in.
pub(crate) fn let_in(permit: &Permit) -> Outcome {
    let (app, policy) = (Some(permit.app()), Some(permit.policy()));
    Outcome { app, policy, user: permit.subject().user_id(), ..Outcome::of("admit", reason(permit)) }
}

/// The answer in the place of an origin's that did not come.
pub(crate) async fn failed(
    asked: &Asked<'_>,
    error: ForwardError,
    kept: Kept,
    (app, subject): (AppId, &Subject),
    mut outcome: Outcome,
) -> (Response<ProxyBody>, Outcome) {
    match error {
        ForwardError::Cut => Box::pin(withdrawn::answer(asked, kept, app, subject)).await,
        ForwardError::UploadBroken => {
            // There is nobody left to be told, or the server tells what was wrong.
            outcome.reason = "upload-broken";
            (refuse::page(StatusCode::BAD_REQUEST, String::new()), outcome)
        }
        ForwardError::TooLarge(limit) => {
            outcome.reason = "body-too-large";
            (refuse::too_large(limit), outcome)
        }
        error => {
            let reference = Reference::from_bytes(rand::random());
            tracing::warn!(app.id = ?outcome.app, decision.reference = %reference, error = %error.chain(), "the origin did not answer");
            outcome.reason = error.reason();
            outcome.reference = Some(reference.to_string());
            let html = pages::OriginDown { app: app_name(&asked.worker.proxy, app), fault: error.fault(), reference }
                .render(&asked.look(), asked.language());
            (refuse::page(error.status(), html), outcome)
        }
    }
}

fn may_open(proxy: &Proxy, canonical: &Canonical, request: &Request<Incoming>) -> bool {
    let config = proxy.guard.config();
    upgrade::may_open(request.headers(), &canonical.host, &config.port_suffix, &config.team_origin)
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

/// Sends an admitted request to its origin. Takes the permit by value: without one there is no way here.
async fn forward(
    asked: &Asked<'_>,
    permit: Permit,
    upstream: &Arc<Upstream>,
    mut request: Box<Request<Incoming>>,
    told: &mut Option<OriginTime>,
) -> Result<Response<ProxyBody>, ForwardError> {
    if let Some(limit) = upstream.body_limit_bytes.filter(|limit| request.body().size_hint().lower() > *limit) {
        return Err(ForwardError::TooLarge(limit));
    }
    let worker = asked.worker;
    let was_http2 = request.version() == Version::HTTP_2;
    let websocket = upgrade::asked(&mut request);
    let wants_trailers = request.headers().contains_key(header::TE);
    prepare(&mut request, asked, &permit, upstream);
    if let Some(asked) = &websocket {
        upgrade::restore(request.headers_mut(), asked);
    }
    let cut = permit.cut().clone();
    let hold = expect::hold(&mut request, was_http2);
    let want = if websocket.is_some() { Want::Http1 } else { Want::Any };
    let as_bytes = request.body().is_end_stream() && want == Want::Any && !wants_trailers;
    let sent = Instant::now();
    let (answer, progress) = if let Some(bytes) = as_bytes.then(|| bodiless::written(&request, upstream)).flatten() {
        let method = request.method().clone();
        // Its memory is the answer's.
        drop(request);
        let exchanged = bodiless::exchange(worker, permit.app(), upstream, (&method, &bytes));
        let answer = worker.patience.run(pin!(exchanged), |_| cut.clone().wait()).await;
        (answer.map(|answer| answer.map(|(response, lease)| (response.map(|body| Source::Plain(Box::new(body))), lease))), None)
    } else {
        let (head, incoming) = request.into_parts();
        let terms = Terms { idle: UPLOAD_IDLE, pace: worker.proxy.pace, limit: upstream.body_limit_bytes, hold };
        let (body, progress) = UploadBody::new(incoming, &cut, terms);
        let request = Request::from_parts(head, body);
        let mut exchanged = Box::pin(exchange(worker, permit.app(), upstream, request, progress.as_deref(), want));
        let answer = worker.patience.run(exchanged.as_mut(), |_| cut.clone().wait()).await;
        drop(exchanged);
        (answer.map(|answer| answer.map(|(response, lease)| (response.map(Source::Library), lease))), progress)
    };
    *told = Some(OriginTime { sent, took: sent.elapsed() });
    if let Some(progress) = &progress {
        let ends = matches!(&answer, Ok(Ok((response, _))) if headers::is_last(response));
        asked.trace.upload.set(match progress.is_whole() {
            true => Upload::Whole,
            false if ends => Upload::Left,
            false => Upload::Open,
        });
    }
    // Whoever was ended while the origin was asked gets nothing of its answer; an upload that was cut is seen as a broken exchange.
    if cut.is_cut() {
        return Err(ForwardError::Cut);
    }
    let (mut response, lease) = answer.unwrap_or(Err(ForwardError::Cut))?;
    // The origin's version is a matter between it and us (RFC 9110 section 2.5).
    *response.version_mut() = Version::HTTP_11;
    headers::towards_client(response.headers_mut(), &permit);
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return switched(worker, response, lease, websocket, cut);
    }
    if websocket.is_some_and(|asked| asked.misleads(&response)) {
        return Err(ForwardError::NotSwitched);
    }
    let (parts, source) = response.into_parts();
    Ok(Response::from_parts(parts, ProxyBody::Origin(OriginBody::new(source, lease, cut, &worker.patience))))
}

fn switched(
    worker: &Worker,
    mut response: Response<Source>,
    lease: Lease,
    websocket: Option<upgrade::Asked>,
    cut: guard::Cut,
) -> Result<Response<ProxyBody>, ForwardError> {
    let asked = websocket.ok_or(ForwardError::Switched)?;
    if !asked.agreed(&mut response) {
        return Err(ForwardError::NotSwitched);
    }
    let origin = hyper::upgrade::on(&mut response);
    let (stop, open, counters) = (worker.proxy.stop.clone(), worker.proxy.open.token(), worker.counters.clone());
    counters.websockets_opened.add(1);
    let splice = Splice { client: asked.client, origin, lease, cut, stop, open };
    tokio::task::spawn_local(async move {
        splice.run().await;
        counters.websockets_closed.add(1);
    });
    let (parts, _) = response.into_parts();
    Ok(Response::from_parts(parts, ProxyBody::empty()))
}

fn prepare(request: &mut Request<Incoming>, asked: &Asked<'_>, permit: &Permit, upstream: &Upstream) {
    let Asked { worker, client, canonical, .. } = *asked;
    let proxy = &worker.proxy;
    let preflight = *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    // Origin form: the very bytes that were judged.
    let uri = match request.uri().path_and_query() {
        // A path of no bytes reads `/` as well: that is what the library leaves of `#x`.
        Some(_) if canonical.path_and_query == "/" => Ok(Uri::from_static("/")),
        Some(judged) if judged.as_str() == canonical.path_and_query => Ok(Uri::from(judged.clone())),
        _ => canonical.path_and_query.parse::<Uri>(),
    };
    if let Ok(uri) = uri {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = Version::HTTP_11;
    let foreign = proxy.foreign_headers.load();
    let told = Told {
        host: &canonical.host,
        address: client.rule_ip.and_then(|ip| worker.addresses.value(ip)),
        forward_token: upstream.forward_token_cookie,
        foreign: &foreign,
        preflight,
    };
    let headers = request.headers_mut();
    headers::towards_origin(headers, permit, &told);
    asked.trace.tell(headers);
    let written = headers.get(header::HOST);
    if let Some(host) = headers::host(written, upstream.host_header.as_deref(), &canonical.host, &proxy.guard.config().port_suffix) {
        headers.insert(header::HOST, host);
    }
}
