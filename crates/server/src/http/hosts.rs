//! Which surface answers: team domain, API host, the door's own paths on application hosts (its stylesheet on all), else the proxy.

use std::{rc::Rc, sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, Version, header},
};
use guard::{Client, ClientCertificate};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use model::Timestamp;
use proxy::{
    Canonical, Malformed, Outcome, Proxy, ProxyBody, Worker,
    trace::{REQUEST_ID, Trace, Upload as Sent},
};
use tower::ServiceExt;

use super::{
    Gate,
    connection::Connection,
    local::Local,
    notice::Notice,
    refused::{Form, Refused, plain},
    upload::Upload,
    watched::{Open, Unless, Watched},
};
use crate::{
    access_log::{AccessLog, CLIENT_GONE, Record, Surface},
    certificates::{Authorities, Certificates},
    limits::{Kind, Knocks, Level, Pressure},
    live::Current,
    metrics::Metrics,
    traces::{Peer, Traces},
    wiring::Surfaces,
};

/// Requests of the control surfaces end after this time: nothing may hang (the provider client stops earlier).
const CONTROL_LIMIT: std::time::Duration = std::time::Duration::from_millis(9_500);
/// Surfaces judge by themselves.
const UNJUDGED: Outcome = Outcome::of("", "");
/// The client went before anybody was asked for an answer, or a surface gave it.
const CLIENT_WENT: Outcome = Outcome::of("error", "client-gone");
const EDGE_PREFIX: &str = "/cdn-cgi/access/";

/// A response, who made it, and what became of the request.
type Answer = (Response<ProxyBody>, Surface, Outcome);

/// Everything behind the listeners.
pub(crate) struct Hosts {
    pub team_host: String,
    pub api_host: Option<String>,
    pub surfaces: Surfaces,
    pub proxy: Arc<Proxy>,
    pub live: Current,
    pub certificates: Arc<Certificates>,
    pub authorities: Arc<Authorities>,
    pub pressure: Arc<Pressure>,
    pub knocks: Knocks,
    /// Most bytes of path and query.
    pub most_target: usize,
    /// Most bytes of a body for a control surface.
    pub most_body: usize,
    pub gate: Gate,
    pub access_log: Arc<AccessLog>,
    pub metrics: Arc<Metrics>,
    pub traces: Arc<Traces>,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Hosts {
    /// Answers one request on a serving thread.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        local: &Rc<Local>,
        connection: &Connection,
        request: Box<Request<Incoming>>,
    ) -> Response<Watched> {
        let began = Instant::now();
        let open = Open::new(local, &self.traces);
        let peer = connection.peer;
        let notice = connection.notice();
        let notice = notice.as_deref();
        let waiting = notice.filter(|notice| notice.waits_for(&request));
        let unread = notice.and_then(|notice| notice.stands_in(&request));
        let live = self.live.load();
        let rule_ip = live.trust.address(peer, request.headers());
        let mut client = Client {
            host: String::new(),
            ip: rule_ip.unwrap_or_else(|| peer.ip().to_canonical()),
            rule_ip,
            country: live.trust.country(peer, request.headers()),
            certificate: ClientCertificate::NotAsked,
        };
        let believed = if live.trust.is_peer(peer.ip().to_canonical()) { Peer::Trusted } else { Peer::Anybody };
        drop(live);
        let (id, ip) = (local.lines.next_id(), client.ip);
        let (sampled, mut trace) = self.traces.begin(id.0, believed, request.headers());
        trace.request_id = Some(id.header());
        let (method, version) = (request.method().clone(), request.version());
        let upload = notice.filter(|_| !request.body().is_end_stream());
        let (read, (mut response, surface, mut outcome)) = match self.read(&request, unread) {
            Ok(canonical) => {
                let canonical = Rc::new(canonical);
                let gone = Unless::answered(|| {
                    let outcome = trace.admitted.get().cloned().unwrap_or(CLIENT_WENT);
                    let surface = if outcome.app.is_some() { Surface::Proxy } else { Surface::Door };
                    let (method, read) = (method.clone(), canonical.clone());
                    let (status, head, bytes, complete, sampled) = (CLIENT_GONE, began.elapsed(), 0, false, None);
                    open.gone(&Record { id, began, ip, read, method, version, surface, outcome, status, head, bytes, sampled, complete });
                });
                let answer = self.answer(local, connection, &mut client, &canonical, (request, &trace)).await;
                gone.call_off();
                (canonical, answer)
            }
            Err(refused) => {
                // What stands in for a request has no path to tell.
                let path = if unread.is_some() { "" } else { request.uri().path() };
                let read = Rc::new(Canonical { host: String::new(), path: path.to_owned(), path_and_query: String::new() });
                let response = self.refuse(refused, self.form(named_host(&request), request.uri().path()), &request);
                (read, (response, Surface::Door, Outcome::of("error", refused.reason())))
            }
        };
        let broken = notice.and_then(Notice::refused_body);
        if let Some(fault) = broken.filter(|_| response.status() == StatusCode::BAD_REQUEST || response.status().is_server_error()) {
            // Nobody could finish it: the body was no body.
            let refused = Refused::from(fault);
            (response, outcome) = (plain(refused.status(), &refused.to_string()), Outcome::of("error", refused.reason()));
        }
        let unwanted = upload.is_some_and(|notice| match response.body() {
            // Others read on while they answer.
            ProxyBody::Origin(_) => trace.upload.get() == Sent::Left,
            _ => !notice.was_body_read() && trace.upload.get() != Sent::Whole,
        });
        if unread.or(broken).is_some() || unwanted {
            // Nobody knows where the next request begins, or whether there is one; or it lies behind an upload that nobody reads.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(notice) = waiting {
            notice.answer_socket(response.status() == StatusCode::SWITCHING_PROTOCOLS);
        }
        if matches!(surface, Surface::Login | Surface::Api | Surface::Scim) && self.certificates.lasts(&read.host) {
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        if let (true, Some(name)) = (response.status().as_u16() >= 400 && matches!(response.body(), ProxyBody::Full(_)), trace.request_id) {
            // Our own word about what went wrong: the log knows more.
            response.headers_mut().insert(REQUEST_ID, name);
        }
        let status = response.status().as_u16();
        let (head, bytes, complete) = (began.elapsed(), 0, false);
        let record = Record { id, began, ip, read, method, version, surface, outcome, status, head, bytes, sampled, complete };
        response.map(|body| Watched::new(body, record, open))
    }

    /// Answers a request that has one reading.
    async fn answer(
        &self,
        local: &Local,
        connection: &Connection,
        client: &mut Client,
        canonical: &Canonical,
        (request, trace): (Box<Request<Incoming>>, &Trace),
    ) -> Answer {
        client.host.clone_from(&canonical.host);
        let certificate = connection.certificate(&canonical.host, &self.authorities, (self.now)());
        let sni = connection.server_name.as_deref();
        let shared = sni.is_none_or(|name| self.certificates.serve_both(name, &canonical.host));
        if let (Ok(certificate), true) = (certificate, shared) {
            client.certificate = certificate;
        } else {
            let mut response = plain(StatusCode::MISDIRECTED_REQUEST, "this connection was made for another host");
            if request.version() < Version::HTTP_2 {
                // The next attempt is to be made on a connection of its own.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            return (response, Surface::Door, Outcome::of("error", "misdirected-request"));
        }
        self.dispatch(&local.worker, connection, client, canonical, (request, trace)).await
    }

    async fn dispatch(
        &self,
        worker: &Rc<Worker>,
        connection: &Connection,
        client: &Client,
        canonical: &Canonical,
        (request, trace): (Box<Request<Incoming>>, &Trace),
    ) -> Answer {
        let form = self.form(Some(&canonical.host), &canonical.path);
        let (router, surface) = match form {
            Form::Api => (&self.surfaces.api, Surface::Api),
            Form::Scim => (&self.surfaces.team, Surface::Scim),
            Form::Page if canonical.host == self.team_host => (&self.surfaces.team, Surface::Login),
            Form::Page if self.proxy.guard.compiled().serves_host(&canonical.host) => (&self.surfaces.app, Surface::Login),
            // The stylesheet of the page that there is no application: nothing is promised about such a host.
            Form::Page => (&self.surfaces.app, Surface::Door),
            Form::Plain => {
                let (response, outcome) = worker.serve(client, canonical, request, trace, (self.now)()).await;
                return (response, Surface::Proxy, outcome);
            }
        };
        if let Err(refused) = self.knock(form, client, canonical, &request) {
            let outcome = Outcome::of("error", refused.reason());
            return (self.refuse(refused, form, &request), surface, outcome);
        }
        let Some(_inside) = self.gate.enter().await else {
            let outcome = Outcome::of("error", Refused::Replaced.reason());
            return (self.refuse(Refused::Replaced, form, &request), surface, outcome);
        };
        (Box::pin(self.control(router, client.clone(), request, connection.notice())).await, surface, UNJUDGED)
    }

    /// Which surface a request is for. A host that cannot be read leaves the path to tell.
    pub(super) fn form(&self, host: Option<&str>, path: &str) -> Form {
        let of_team = host.is_none_or(|host| host == self.team_host);
        match path {
            _ if host.is_some() && host == self.api_host.as_deref() => Form::Api,
            p if of_team && p.starts_with("/client/v4") => Form::Api,
            p if of_team && p.starts_with("/populations/") => Form::Scim,
            _ if host.is_some() && of_team => Form::Page,
            p if p.starts_with(EDGE_PREFIX) && host.is_some_and(|h| self.proxy.guard.compiled().serves_host(h)) => Form::Page,
            // Also the page that says that there is no application here has its look.
            pages::STYLE_PATH => Form::Page,
            _ => Form::Plain,
        }
    }

    /// What can be said of a request before anybody is asked.
    fn read(&self, request: &Request<Incoming>, unread: Option<Malformed>) -> Result<Canonical, Refused> {
        if let Some(fault) = unread {
            return Err(fault.into());
        }
        if self.pressure.level() == Level::Hard {
            return Err(Refused::ShortOfMemory);
        }
        if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > self.most_target) {
            return Err(Refused::LongTarget(self.most_target));
        }
        Ok(Canonical::read(request)?)
    }

    /// Bounds on what reaches a control surface: the body's length, and how often somebody asks.
    fn knock(&self, form: Form, client: &Client, canonical: &Canonical, request: &Request<Incoming>) -> Result<(), Refused> {
        if request.body().size_hint().lower() > u64::try_from(self.most_body).unwrap_or(u64::MAX) {
            return Err(Refused::LongBody(self.most_body));
        }
        let kind = match (form, canonical.path.as_str()) {
            (Form::Api, _) => Kind::Api,
            (Form::Scim, _) => Kind::Scim,
            (_, "/cdn-cgi/access/callback" | "/cdn-cgi/access/authorized") => Kind::Callback,
            (
                _,
                "/console/door"
                | "/console/sign-in"
                | "/cdn-cgi/access/launcher"
                | "/cdn-cgi/access/other-account"
                | "/cdn-cgi/access/eager",
            ) => Kind::SignIn,
            (_, path) if path.starts_with("/cdn-cgi/access/login/") => Kind::SignIn,
            _ => return Ok(()),
        };
        let credential = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        self.knocks.knock(kind, client.rule_ip, credential).map_err(Refused::TooOften)
    }

    fn refuse(&self, refused: Refused, form: Form, request: &Request<Incoming>) -> Response<ProxyBody> {
        let page = || {
            let organization = &self.proxy.guard.store().snapshot().organization;
            let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
            (pages::Look::new(&organization.name, &organization.login_design), pages::Language::from_accept_language(accepted))
        };
        let again = request.uri().path_and_query().map_or("/", |target| target.as_str());
        refused.answer(form, page, again)
    }

    /// Hands a request to a surface on the control runtime.
    async fn control(
        &self,
        router: &Router,
        client: Client,
        request: Box<Request<Incoming>>,
        notice: Option<Arc<Notice>>,
    ) -> Response<ProxyBody> {
        let mut request = request.map(|body| Body::new(Upload::new(Limited::new(body, self.most_body), notice)));
        request.extensions_mut().insert(api::ClientAddress(client.rule_ip));
        request.extensions_mut().insert(client);
        let router = router.clone();
        let task = self.proxy.control.spawn(async move { tokio::time::timeout(CONTROL_LIMIT, router.oneshot(request)).await });
        match task.await {
            Ok(Ok(Ok(response))) => response.map(|b| ProxyBody::Surface(b.map_err(Into::into).boxed_unsync())),
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_)) => {
                tracing::error!("a surface took too long");
                plain(StatusCode::SERVICE_UNAVAILABLE, "The answer took too long. Try again in a moment.")
            }
            Err(error) => {
                tracing::error!(error = %error, "a surface failed");
                plain(StatusCode::INTERNAL_SERVER_ERROR, "something failed here; it was written down")
            }
        }
    }
}

/// The host as the client wrote it, without its port, when it can be read at all.
fn named_host(request: &Request<Incoming>) -> Option<&str> {
    let named = request.headers().get(header::HOST).and_then(|v| v.to_str().ok());
    let host = request.uri().host().or_else(|| named.map(|h| h.rsplit_once(':').map_or(h, |(host, _)| host)))?;
    (!host.is_empty()).then_some(host)
}
