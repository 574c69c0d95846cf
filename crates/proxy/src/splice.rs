//! Two halves of a WebSocket, joined on this thread until one ends, its session is cut or the server goes down.

use std::{
    future::poll_fn,
    mem::MaybeUninit,
    pin::{Pin, pin},
    task::{Poll, ready},
    time::Duration,
};

use guard::Cut;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_util::{sync::CancellationToken, task::task_tracker::TaskTrackerToken};

use crate::{
    pool::Lease,
    websocket::{CloseCode, Frames},
};

/// For both sides to switch once the origin agreed.
const SWITCHING: Duration = Duration::from_secs(10);
/// For the origin's last words once the client has ended.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// For the frame under way once the server goes down, and for saying goodbye: somebody who does not read holds nothing open.
const GOODBYE: Duration = Duration::from_secs(1);
/// Bytes that are read in one go, on the stack.
const READ_AT_ONCE: usize = 8 * 1024;

/// A WebSocket that both sides agreed to.
pub(crate) struct Splice {
    /// Towards the client.
    pub(crate) client: OnUpgrade,
    /// Towards the origin.
    pub(crate) origin: OnUpgrade,
    /// The origin's connection, to be held until it has switched; its place is held to the end.
    pub(crate) lease: Lease,
    /// What ends it.
    pub(crate) cut: Cut,
    /// The server goes down.
    pub(crate) stop: CancellationToken,
    /// Keeps the server waiting for it.
    pub(crate) open: TaskTrackerToken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Over,
    SessionEnded,
    GoingAway,
}

impl Splice {
    /// Carries on until the end.
    pub(crate) async fn run(self) {
        let Self { client, origin, lease, cut, stop, open: _open } = self;
        let both = tokio::time::timeout(SWITCHING, async { tokio::join!(client, origin) });
        let (client, origin) = tokio::select! {
            both = both => match both {
                Ok((Ok(client), Ok(origin))) => (client, origin),
                _ => return,
            },
            () = cut.clone().wait() => return,
        };
        let _held = lease.switched();
        join(TokioIo::new(client), TokioIo::new(origin), cut, stop).await;
    }
}

async fn join(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut origin: impl AsyncRead + AsyncWrite + Unpin,
    cut: Cut,
    stop: CancellationToken,
) {
    let mut frames = Frames::new();
    let end = tokio::select! {
        biased;
        () = cut.wait() => End::SessionEnded,
        () = overdue(&stop) => End::GoingAway,
        end = relay(&mut client, &mut origin, &mut frames, &stop) => end,
    };
    let code = match end {
        End::Over => None,
        End::SessionEnded => Some(CloseCode::PolicyViolation),
        End::GoingAway => Some(CloseCode::GoingAway),
    };
    if let Some(code) = code {
        tracing::info!(code = ?code, "a WebSocket was closed by the door");
    }
    // Inside somebody else's frame a close frame would be read as data: then the connection just ends.
    let frame = code.filter(|_| frames.may_close()).map(CloseCode::frame);
    let goodbye = tokio::time::timeout(GOODBYE, say_goodbye(&mut client, frame));
    // Both sockets are closed in any case; an error in saying goodbye changes nothing.
    let _ = tokio::join!(goodbye, tokio::time::timeout(GOODBYE, origin.shutdown()));
}

async fn overdue(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(GOODBYE).await;
}

async fn relay(
    client: &mut (impl AsyncRead + AsyncWrite + Unpin),
    origin: &mut (impl AsyncRead + AsyncWrite + Unpin),
    frames: &mut Frames,
    stop: &CancellationToken,
) -> End {
    let (mut from_client, to_client) = tokio::io::split(client);
    let (from_origin, mut to_origin) = tokio::io::split(origin);
    let mut down = pin!(downwards(from_origin, to_client, frames, stop));
    let up = async {
        loop {
            let bytes = next_bytes(&mut from_client).await?;
            if bytes.is_empty() {
                return to_origin.shutdown().await;
            }
            to_origin.write_all(&bytes).await?;
            to_origin.flush().await?;
        }
    };
    tokio::select! {
        end = &mut down => return end,
        ended = up => if ended.is_err() { return End::Over },
    }
    tokio::time::timeout(LAST_WORDS, down).await.unwrap_or(End::Over)
}

/// From the origin to the client, taking note of the frames as they are written.
async fn downwards(
    mut origin: impl AsyncRead + Unpin,
    mut client: impl AsyncWrite + Unpin,
    frames: &mut Frames,
    stop: &CancellationToken,
) -> End {
    loop {
        let read = tokio::select! {
            biased;
            () = stop.cancelled(), if frames.at_boundary() => return End::GoingAway,
            read = next_bytes(&mut origin) => read,
        };
        let Ok(bytes) = read else { return End::Over };
        if bytes.is_empty() {
            return End::Over;
        }
        let mut rest = &bytes[..];
        let last = stop.is_cancelled().then(|| frames.until_boundary(rest)).flatten();
        if let Some(last) = last {
            rest = &rest[..last];
        }
        while !rest.is_empty() {
            let Ok(written @ 1..) = client.write(rest).await else { return End::Over };
            frames.advance(&rest[..written]);
            rest = &rest[written..];
        }
        if client.flush().await.is_err() {
            return End::Over;
        }
        if last.is_some() {
            return End::GoingAway;
        }
    }
}

/// What comes next; empty at the end. A WebSocket mostly waits, and one that waits has no buffer: there may be tens of thousands.
async fn next_bytes(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    poll_fn(|cx| {
        let mut space = [MaybeUninit::uninit(); READ_AT_ONCE];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut *from).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().to_vec()))
    })
    .await
}

/// Sends the last frame and reads until the client has ended as well: bytes left unread would reset the connection, and the
/// frame might never be seen.
async fn say_goodbye(client: &mut (impl AsyncRead + AsyncWrite + Unpin), frame: Option<Vec<u8>>) -> std::io::Result<()> {
    if let Some(frame) = frame {
        client.write_all(&frame).await?;
    }
    client.shutdown().await?;
    let mut unread = [0; 1024];
    while client.read(&mut unread).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_websocket_that_waits_holds_no_buffers() {
        let (_client, door) = tokio::io::duplex(16);
        let (origin, _) = tokio::io::duplex(16);
        let waiting = join(door, origin, Cut::default(), CancellationToken::new());
        let size = size_of_val(&waiting);
        assert!(size < 4096, "{size} bytes for each open WebSocket");
    }

    #[tokio::test]
    async fn what_is_read_is_as_long_as_what_came() {
        let (mut far, mut near) = tokio::io::duplex(64 * 1024);
        far.write_all(&[7; 20_000]).await.unwrap();
        drop(far);
        let mut all = Vec::new();
        loop {
            let bytes = next_bytes(&mut near).await.unwrap();
            if bytes.is_empty() {
                break;
            }
            assert!(bytes.len() <= READ_AT_ONCE);
            all.extend(bytes);
        }
        assert_eq!(all, [7; 20_000]);
    }
}
