//! How a connection ends: in order (TLS `close_notify`, then FIN), and only after the client had time to read the last answer.
//!
//! A socket that is closed with bytes of the client unread resets the connection, and the reset overtakes an answer that is still
//! on its way: an early refusal of an upload would never be seen (RFC 9112 section 9.6). hyper drops the stream in such cases and
//! when an idle connection times out, so the stream comes back here and is ended properly.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    sync::oneshot,
};
use tokio_rustls::server::TlsStream;

use super::gathered::Gathered;

/// For everything after the last answer.
const LONGEST: Duration = Duration::from_secs(5);
/// A client that sends nothing for so long has read what it wanted.
const SILENCE: Duration = Duration::from_secs(1);
/// What is read of an upload that nobody wants.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Writes up to so many bytes go out in one piece.
const SMALL: usize = 2048;

/// A stream above a TCP socket.
pub(super) trait OverTcp: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The socket beneath.
    fn tcp(&mut self) -> &mut TcpStream;
    /// The next answer is the last one: it may wait for the goodbye.
    fn last_answer(&mut self);
    /// Says that nothing more comes, where the protocol has a word for that: it goes with the next flush.
    fn say_goodbye(&mut self);
}

impl OverTcp for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
    fn last_answer(&mut self) {}
    fn say_goodbye(&mut self) {}
}

impl OverTcp for TlsStream<Gathered> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0.tcp()
    }
    fn last_answer(&mut self) {
        self.get_mut().0.gather();
    }
    fn say_goodbye(&mut self) {
        self.get_mut().1.send_close_notify();
    }
}

/// A stream that goes back to its [`Ending`] when it is dropped.
pub(super) struct Ends<S: OverTcp> {
    /// `None` only while it is dropped.
    stream: Option<S>,
    back: Option<oneshot::Sender<Left<S>>>,
    shut: bool,
}

struct Left<S> {
    stream: S,
    shut: bool,
}

/// The end of a connection, for after the protocol is done with it.
pub(super) struct Ending<S>(oneshot::Receiver<Left<S>>);

impl<S: OverTcp> Ends<S> {
    /// The stream for the protocol, and its ending.
    pub(super) fn new(stream: S) -> (Self, Ending<S>) {
        let (back, left) = oneshot::channel();
        (Self { stream: Some(stream), back: Some(back), shut: false }, Ending(left))
    }

    /// The next answer is the last one.
    pub(super) fn last_answer(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.last_answer();
        }
    }

    /// Says goodbye after the last answer. Done when the system has all of both, however long the client takes: what limits an answer
    /// is to limit this.
    pub(super) async fn goodbye(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        stream.say_goodbye();
        stream.flush().await
    }

    fn stream(&mut self) -> io::Result<Pin<&mut S>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl<S: OverTcp> Drop for Ends<S> {
    fn drop(&mut self) {
        if let (Some(stream), Some(back)) = (self.stream.take(), self.back.take()) {
            // Nobody is there any more when it became a WebSocket: that has said goodbye by itself.
            let _ = back.send(Left { stream, shut: self.shut });
        }
    }
}

impl<S: OverTcp> Ending<S> {
    /// The stream again, to be spoken on some more; to be called once the protocol has dropped it.
    pub(super) fn stream(mut self) -> Option<S> {
        self.0.try_recv().ok().filter(|left| !left.shut).map(|left| left.stream)
    }

    /// Ends the connection after a whole answer and the goodbye, to a request of which nothing is left to be read: there is no upload
    /// whose remains the system would answer with a reset, before the client has read what it was told.
    pub(super) async fn after_all(self) {
        let Some(mut stream) = self.stream() else { return };
        let unread = stream.tcp().try_read(&mut [0]);
        if !unread.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            end(stream, Side::Open).await;
        }
    }

    /// Ends the connection. To be called once the protocol has dropped its stream; one that it passed on is not touched.
    pub(super) async fn carry_out(mut self) {
        let Ok(Left { stream, shut }) = self.0.try_recv() else { return };
        end(stream, if shut { Side::Shut } else { Side::Open }).await;
    }
}

/// Our side of a connection.
#[derive(PartialEq, Eq)]
enum Side {
    Open,
    Shut,
}

async fn end<S: OverTcp>(mut stream: S, side: Side) {
    let end = async {
        if side == Side::Open {
            stream.shutdown().await?;
        }
        drain(stream.tcp()).await
    };
    // A client that is gone already has nothing to be told.
    let _ = tokio::time::timeout(LONGEST, end).await;
}

/// Reads and forgets until the client has closed its side too. What is encrypted stays so: nobody looks at it.
async fn drain(tcp: &mut TcpStream) -> io::Result<()> {
    let mut first = [0; 64];
    let mut left = MOST_BYTES;
    // Most clients have closed already, or do at once: they cost no memory.
    let mut read = tokio::time::timeout(SILENCE, tcp.read(&mut first)).await??;
    if read == 0 {
        return Ok(());
    }
    let mut unread = vec![0; 16 * 1024];
    while read > 0 && left > 0 {
        left = left.saturating_sub(read);
        read = tokio::time::timeout(SILENCE, tcp.read(&mut unread)).await??;
    }
    Ok(())
}

/// The pieces as one, when there is only one or they are small.
fn joined<'a>(pieces: &'a [IoSlice<'_>], room: &'a mut [u8; SMALL]) -> Option<&'a [u8]> {
    if let [only] = pieces {
        return Some(only);
    }
    let mut length = 0;
    for piece in pieces {
        room.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        length += piece.len();
    }
    Some(&room[..length])
}

impl<S: OverTcp> AsyncRead for Ends<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buf)
    }
}

impl<S: OverTcp> AsyncWrite for Ends<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, buf)
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        // The head and the body of a small answer: putting them side by side costs less than handing over two pieces.
        let mut flat = [0; SMALL];
        match joined(bufs, &mut flat) {
            Some(small) => self.stream()?.poll_write(cx, small),
            None => self.stream()?.poll_write_vectored(cx, bufs),
        }
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = self.stream()?.poll_shutdown(cx);
        self.shut |= matches!(result, Poll::Ready(Ok(())));
        result
    }
}

#[cfg(test)]
mod over_tls;

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn a_last_answer_is_read_though_the_upload_was_not() {
        let (mut client, server) = pair().await;
        let upload = tokio::spawn(async move {
            // Far more than the sockets hold: it goes through only when somebody reads it.
            client.write_all(&vec![b'x'; 8 * 1024 * 1024]).await.unwrap();
            client.shutdown().await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            answer
        });
        let (mut stream, ending) = Ends::new(server);
        stream.read_u8().await.unwrap();
        stream.write_all(b"413").await.unwrap();
        drop(stream);
        ending.carry_out().await;
        assert_eq!(upload.await.unwrap(), "413");
    }

    #[test]
    fn pieces_are_joined_when_they_fit() {
        let mut room = [0; SMALL];
        let all = [&b"head"[..], b"", b"body"].map(IoSlice::new);
        assert_eq!(joined(&all, &mut room), Some(&b"headbody"[..]));
        let (half, rest) = (vec![b'a'; SMALL / 2], vec![b'b'; SMALL / 2 + 1]);
        assert!(joined(&[IoSlice::new(&half), IoSlice::new(&rest[1..])], &mut room).is_some_and(|all| all.len() == SMALL));
        assert!(joined(&[IoSlice::new(&half), IoSlice::new(&rest)], &mut room).is_none());
    }

    #[tokio::test]
    async fn a_stream_that_lives_on_is_not_ended() {
        let (mut client, server) = pair().await;
        let (mut stream, ending) = Ends::new(server);
        ending.carry_out().await;
        stream.write_all(b"on").await.unwrap();
        drop(stream);
        let mut read = String::new();
        client.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "on");
    }
}
