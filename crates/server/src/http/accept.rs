//! Takes connections from a listening socket until the server stops.

use std::{future::Future, net::SocketAddr, time::Duration};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Serves each connection as a task of this thread.
pub(super) async fn accept<F, C>(listener: std::net::TcpListener, stop: CancellationToken, serve: F)
where
    F: Fn(TcpStream, SocketAddr) -> C,
    C: Future<Output = ()> + 'static,
{
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(error = %error, "an address cannot be served");
            return;
        }
    };
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small answers must not wait for more data; a socket without the option still works.
                let _ = stream.set_nodelay(true);
                // A peer that vanished is noticed in the end, also on sockets that nobody writes to.
                let _ = socket2::SockRef::from(&stream).set_keepalive(true);
                tokio::task::spawn_local(serve(stream, peer));
            }
            Err(error) => {
                // Out of descriptors: give others time to finish instead of spinning.
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
