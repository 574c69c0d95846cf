//! Which surface answers: team domain, API host, the door's own paths on application hosts, else the proxy.

use std::{rc::Rc, sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, Version, header},
};
use guard::{Client, ClientCertificate};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use model::Timestamp;
use proxy::{Canonical, Outcome, Proxy, ProxyBody, Worker};
use tower::ServiceExt;

use super::{Trust, connection::Connection, local::Local, watched::Watched};
use crate::{
    access_log::{AccessLog, Record, Surface},
    certificates::{Authorities, Certificates},
    wiring::Surfaces,
};

/// Requests of the control surfaces end after this time: nothing may hang (the provider client stops earlier).
const CONTROL_LIMIT: std::time::Duration = std::time::Duration::from_millis(9_500);
/// Surfaces judge by themselves.
const UNJUDGED: Outcome = Outcome::of("", "");
const EDGE_PREFIX: &str = "/cdn-cgi/access/";

/// A response, who made it, and what became of the request.
type Answer = (Response<ProxyBody>, Surface, Outcome);

/// Everything behind the listeners.
pub(crate) struct Hosts {
    pub team_host: String,
    pub api_host: Option<String>,
    pub surfaces: Surfaces,
    pub proxy: Arc<Proxy>,
    pub trust: Trust,
    pub certificates: Arc<Certificates>,
    pub authorities: Arc<Authorities>,
    pub access_log: Arc<AccessLog>,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Hosts {
    /// Answers one request on a serving thread.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        local: &Rc<Local>,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> Response<Watched> {
        let began = Instant::now();
        let peer = connection.peer;
        let rule_ip = self.trust.address(peer, request.headers());
        let client = Client {
            host: String::new(),
            ip: rule_ip.unwrap_or_else(|| peer.ip().to_canonical()),
            rule_ip,
            country: self.trust.country(peer, request.headers()),
            certificate: ClientCertificate::NotAsked,
        };
        let (id, ip) = (local.lines.next_id(), client.ip);
        let (method, version) = (request.method().clone(), request.version());
        let (read, (mut response, surface, outcome)) = match Canonical::read(&request) {
            Ok(canonical) => {
                let answer = self.answer(local, connection, client, &canonical, request).await;
                ((canonical.host, canonical.path, canonical.path_and_query), answer)
            }
            Err(fault) => {
                let read = (String::new(), request.uri().path().to_owned(), String::new());
                let response = plain(StatusCode::BAD_REQUEST, &fault.to_string());
                (read, (response, Surface::Door, Outcome::of("error", "malformed-request")))
            }
        };
        if matches!(surface, Surface::Login | Surface::Api | Surface::Scim) && self.certificates.lasts(&read.0) {
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        let (host, path, path_and_query) = read;
        let status = response.status().as_u16();
        let (head, bytes, complete) = (began.elapsed(), 0, false);
        let record = Record { id, began, ip, host, method, version, path, path_and_query, surface, outcome, status, head, bytes, complete };
        response.map(|body| Watched::new(body, record, local.clone()))
    }

    /// Answers a request that has one reading.
    async fn answer(
        &self,
        local: &Local,
        connection: &Connection,
        mut client: Client,
        canonical: &Canonical,
        request: Request<Incoming>,
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
        self.dispatch(&local.worker, client, canonical, request).await
    }

    async fn dispatch(&self, worker: &Rc<Worker>, client: Client, canonical: &Canonical, request: Request<Incoming>) -> Answer {
        if canonical.host == self.team_host {
            let surface = match canonical.path.as_str() {
                p if p.starts_with("/client/v4") => Surface::Api,
                p if p.starts_with("/populations/") => Surface::Scim,
                _ => Surface::Login,
            };
            return (Box::pin(self.control(&self.surfaces.team, client, request)).await, surface, UNJUDGED);
        }
        if self.api_host.as_ref() == Some(&canonical.host) {
            return (Box::pin(self.control(&self.surfaces.api, client, request)).await, Surface::Api, UNJUDGED);
        }
        if canonical.path.starts_with(EDGE_PREFIX) && self.proxy.guard.compiled().serves_host(&canonical.host) {
            return (Box::pin(self.control(&self.surfaces.app, client, request)).await, Surface::Login, UNJUDGED);
        }
        let (response, outcome) = worker.serve(&client, canonical, request, (self.now)()).await;
        (response, Surface::Proxy, outcome)
    }

    /// Hands a request to a surface on the control runtime.
    async fn control(&self, router: &Router, client: Client, request: Request<Incoming>) -> Response<ProxyBody> {
        let mut request = request.map(Body::new);
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

fn plain(status: StatusCode, text: &str) -> Response<ProxyBody> {
    let mut response = Response::new(ProxyBody::full(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
