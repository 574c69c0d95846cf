//! Takes connections from a listening socket until the server stops.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Between two attempts without descriptors: from the first to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// What becomes of connections.
pub(super) trait Door {
    /// Serves a connection as a task of this thread.
    fn take(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static;
    /// Descriptors have run out: what can be spared is to go.
    fn spare(&self);
}

/// Serves each connection as a task of this thread.
pub(super) async fn accept(listener: std::net::TcpListener, stop: CancellationToken, door: impl Door) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(error = %error, "an address cannot be served");
            return;
        }
    };
    // Connections inherit both: small answers must not wait for more data, and a peer that vanished is noticed in the end, also on
    // sockets that nobody writes to. A socket without them still works.
    let options = socket2::SockRef::from(&listener);
    let _ = options.set_tcp_nodelay(true);
    let _ = options.set_keepalive(true);
    let mut pause = PAUSES.0;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = PAUSES.0;
                tokio::task::spawn_local(door.take(stream, peer));
            }
            // The client has gone again, for one: the next is not concerned.
            Err(error) if !is_shortage(&error) => tracing::debug!(error = %error, "a connection ended before it was taken"),
            Err(error) => {
                // The connection waits in the system's queue: others get time to finish, the thread does not spin.
                if pause == PAUSES.0 {
                    tracing::warn!(error = %error, "no connection can be taken: resting ones are ended");
                }
                door.spare();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// The process or the system has run out of descriptors or memory for sockets (accept(2)).
fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_shortage_makes_the_door_wait() {
        let shortage = |code| is_shortage(&io::Error::from_raw_os_error(code));
        assert!([24, 23, 105, 12].into_iter().all(shortage));
        assert!(![103, 71, 4].into_iter().any(shortage));
        assert!(!is_shortage(&io::ErrorKind::Other.into()));
    }
}
