//! Owns answers that a careful client must bound or refuse: endless, slow, mislabelled, leading elsewhere.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_body_util::BodyExt;
use serde_json::Value;

use super::faults::Planned;
use crate::state::{Sim, stopped};

/// Size of a huge answer unless told.
const HUGE: u64 = 64 << 20;
/// Time between two bytes of a slow answer unless told.
const DRIP: u64 = 1_000;
/// Time after which a slow answer is cut.
const LONGEST: Duration = Duration::from_secs(60);
/// Where a redirect leads unless told: the metadata service of the clouds.
const ELSEWHERE: &str = "http://169.254.169.254/latest/meta-data/";
/// Largest real answer that is taken apart.
const LARGEST: usize = 32 << 20;

/// JSON that goes on and on.
pub fn huge(fault: &Planned) -> Response {
    let size = fault.bytes.unwrap_or(HUGE);
    let block = Bytes::from(vec![b'a'; 64 << 10]);
    let whole = size / block.len() as u64;
    let head = Bytes::from_static(b"{\"issuer\":\"x\",\"keys\":[],\"value\":[],\"padding\":\"");
    let parts = std::iter::once(head)
        .chain((0..whole).map(move |_| block.clone()))
        .chain(std::iter::once(Bytes::from_static(b"\"}")))
        .map(Ok::<_, Infallible>);
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], Body::from_stream(stream::iter(parts))).into_response()
}

/// A redirect to somewhere a client must not go.
pub fn redirect(fault: &Planned) -> Response {
    let target = fault.to.as_deref().unwrap_or(ELSEWHERE);
    match HeaderValue::from_str(target) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// The real answer under a wrong label.
pub fn mislabelled(mut real: Response) -> Response {
    real.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    real
}

async fn taken(real: Response) -> (axum::http::response::Parts, Bytes) {
    let (mut parts, body) = real.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let bytes = http_body_util::Limited::new(body, LARGEST).collect().await.map(http_body_util::Collected::to_bytes);
    (parts, bytes.unwrap_or_default())
}

/// The real answer, byte by byte.
pub async fn slow(sim: &Arc<Sim>, fault: &Planned, real: Response) -> Response {
    let (parts, bytes) = taken(real).await;
    let pause = Duration::from_millis(fault.millis.unwrap_or(DRIP));
    let until = tokio::time::Instant::now() + LONGEST;
    let stopping = sim.stopping.clone();
    let drops = stream::unfold((0usize, bytes, stopping), move |(at, bytes, stopping)| async move {
        if at >= bytes.len() || tokio::time::Instant::now() >= until {
            return None;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopped(stopping.clone()) => return None,
        }
        let drop = bytes.slice(at..=at);
        Some((Ok::<_, Infallible>(drop), (at + 1, bytes, stopping)))
    });
    Response::from_parts(parts, Body::from_stream(drops))
}

/// The real page of a list, with a link to itself (or to wherever the fault says) as the next one.
pub async fn looping(sim: &Sim, fault: &Planned, target: &str, real: Response) -> Response {
    let (parts, bytes) = taken(real).await;
    let Ok(mut page) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    if page.get("value").is_some_and(Value::is_array) {
        page["@odata.nextLink"] = fault.to.clone().unwrap_or_else(|| format!("{}{target}", sim.base)).into();
    }
    Response::from_parts(parts, Body::from(page.to_string()))
}
