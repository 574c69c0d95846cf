//! A relay in front of a SCIM endpoint that notes what passes and the moment each call was answered.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::must::Must;

/// A call that passed.
#[derive(Debug, Clone)]
pub struct Call {
    /// Verb.
    pub method: String,
    /// Path and query below the base.
    pub path: String,
    /// Body as sent.
    pub body: String,
    /// Status of the answer.
    pub status: u16,
    /// When the answer had arrived.
    pub answered: Instant,
}

/// The relay. It ends with the runtime of its test.
pub struct Relay {
    base: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

struct Inner {
    client: reqwest::Client,
    target: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Relay {
    pub(crate) async fn start(client: reqwest::Client, target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.must("a port for the relay");
        let base = format!("http://{}", listener.local_addr().must("the relay's address"));
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let inner = Arc::new(Inner { client, target: target.to_owned(), calls: Arc::clone(&calls) });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&inner);
                let service = service_fn(move |request| {
                    let inner = Arc::clone(&inner);
                    async move { Ok::<_, Infallible>(inner.pass(request).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { base, calls }
    }

    /// Where it listens.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What passed since it was asked last.
    pub fn taken(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    async fn pass(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await.must("a request's body").to_bytes();
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        for hop in ["host", "connection", "content-length", "transfer-encoding"] {
            parts.headers.remove(hop);
        }
        let call = self.client.request(parts.method.clone(), format!("{}{path}", self.target));
        let answer = call.headers(parts.headers).body(body.clone()).send().await.must("the endpoint behind the relay");
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await.must("the endpoint's body");
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(Call {
            method: parts.method.to_string(),
            path,
            body: String::from_utf8_lossy(&body).into_owned(),
            status: status.as_u16(),
            answered: Instant::now(),
        });
        for hop in ["connection", "content-length", "transfer-encoding"] {
            headers.remove(hop);
        }
        let mut response = Response::new(Full::new(bytes));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}
