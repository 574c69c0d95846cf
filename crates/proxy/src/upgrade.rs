//! WebSockets: spliced as bytes once both sides agreed, and cut when their session ends.

use guard::Cut;
use http::{HeaderMap, HeaderValue, Request, header};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;

/// The client's half of an upgrade that is asked for.
pub(crate) struct Asked {
    client: OnUpgrade,
    key: HeaderValue,
}

/// Takes the client's half, when the request is a WebSocket upgrade. Every other kind of upgrade is not passed on.
pub(crate) fn asked(request: &mut Request<Incoming>) -> Option<Asked> {
    let headers = request.headers();
    let websocket = headers.get(header::UPGRADE)?;
    let listed = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|t| t.trim().eq_ignore_ascii_case("upgrade"));
    if !listed || !websocket.as_bytes().eq_ignore_ascii_case(b"websocket") || request.version() != http::Version::HTTP_11 {
        return None;
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?.clone();
    Some(Asked { client: hyper::upgrade::on(request), key })
}

/// Puts the upgrade back after the hop's headers were taken out.
pub(crate) fn restore(headers: &mut HeaderMap, asked: &Asked) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_KEY, asked.key.clone());
}

/// Splices both halves on this thread until one ends or the session is cut.
pub(crate) fn splice(asked: Asked, origin: OnUpgrade, cut: Cut) {
    tokio::task::spawn_local(async move {
        let (Ok(client), Ok(origin)) = tokio::join!(asked.client, origin) else { return };
        let (mut client, mut origin) = (TokioIo::new(client), TokioIo::new(origin));
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut origin) => {}
            () = cut.wait() => {
                tracing::info!("a WebSocket was cut because its session ended");
            }
        }
        // Both sockets are closed in any case; an error in saying goodbye changes nothing.
        let _ = tokio::join!(client.shutdown(), origin.shutdown());
    });
}
