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

use super::{Trust, access_log::Entry, connection::Connection};
use crate::{
    certificates::{Authorities, Certificates},
    wiring::Surfaces,
};

/// Requests of the control surfaces end after this time: nothing may hang (the provider client stops earlier).
const CONTROL_LIMIT: std::time::Duration = std::time::Duration::from_millis(9_500);
/// Characters of a path that a log line holds.
const LOGGED_PATH: usize = 1024;
const EDGE_PREFIX: &str = "/cdn-cgi/access/";

/// Everything behind the listeners.
pub(crate) struct Hosts {
    pub team_host: String,
    pub api_host: Option<String>,
    pub surfaces: Surfaces,
    pub proxy: Arc<Proxy>,
    pub trust: Trust,
    pub certificates: Arc<Certificates>,
    pub authorities: Arc<Authorities>,
    /// Certificates come from files: browsers may be told to insist on HTTPS. With the local authority they would be locked
    /// out once they no longer trust it.
    pub lasting_certificates: bool,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Hosts {
    /// Answers one request on a worker's thread.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        worker: &Rc<Worker>,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> Response<ProxyBody> {
        let entry = Entry {
            id: hex::encode(rand::random::<[u8; 8]>()),
            began: Instant::now(),
            method: request.method().clone(),
            path: request.uri().path().chars().take(LOGGED_PATH).collect(),
        };
        let (peer, sni) = (connection.peer, connection.server_name.as_deref());
        let rule_ip = self.trust.address(peer, request.headers());
        let country = self.trust.country(peer, request.headers());
        let mut client = Client {
            host: String::new(),
            ip: rule_ip.unwrap_or_else(|| peer.ip().to_canonical()),
            rule_ip,
            country,
            certificate: ClientCertificate::NotAsked,
        };
        let canonical = match Canonical::read(&request) {
            Ok(canonical) => canonical,
            Err(fault) => {
                let response = plain(StatusCode::BAD_REQUEST, &fault.to_string());
                entry.write(&client, 400, "door", Some(&Outcome::of("error", "malformed-request")));
                return response;
            }
        };
        client.host.clone_from(&canonical.host);
        let certificate = connection.certificate(&canonical.host, &self.authorities, (self.now)());
        let shared = sni.is_none_or(|name| self.certificates.serve_both(name, &canonical.host));
        if let (Ok(certificate), true) = (certificate, shared) {
            client.certificate = certificate;
        } else {
            let mut response = plain(StatusCode::MISDIRECTED_REQUEST, "this connection was made for another host");
            if request.version() < Version::HTTP_2 {
                // The next attempt is to be made on a connection of its own.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            entry.write(&client, 421, "door", Some(&Outcome::of("error", "misdirected-request")));
            return response;
        }
        let (mut response, surface, outcome) = self.dispatch(worker, client.clone(), &canonical, request).await;
        entry.write(&client, response.status().as_u16(), surface, outcome.as_ref());
        if surface != "proxy" && self.lasting_certificates {
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        response
    }

    async fn dispatch(
        &self,
        worker: &Rc<Worker>,
        client: Client,
        canonical: &Canonical,
        request: Request<Incoming>,
    ) -> (Response<ProxyBody>, &'static str, Option<Outcome>) {
        if canonical.host == self.team_host {
            let surface = match canonical.path.as_str() {
                p if p.starts_with("/client/v4") => "api",
                p if p.starts_with("/populations/") => "scim",
                _ => "login",
            };
            return (self.control(&self.surfaces.team, client, request).await, surface, None);
        }
        if self.api_host.as_ref() == Some(&canonical.host) {
            return (self.control(&self.surfaces.api, client, request).await, "api", None);
        }
        if canonical.path.starts_with(EDGE_PREFIX) && self.proxy.guard.compiled().serves_host(&canonical.host) {
            return (self.control(&self.surfaces.app, client, request).await, "login", None);
        }
        let (response, outcome) = worker.serve(&client, canonical, request, (self.now)()).await;
        (response, "proxy", Some(outcome))
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
