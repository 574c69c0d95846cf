//! A socket beneath TLS that hands over in one piece what would else be several small ones: the ticket may go with the first answer, the
//! goodbye with the last. Each piece costs a system call and wakes the client.
//!
//! What is held goes out when somebody waits for the other side, and with whatever does not fit beside it. Of a handshake it stays held
//! even when it is flushed, so whoever has shaken hands and then waits for something else says what is to become of it. Of an answer it does
//! not: what was flushed is the system's, so that a client which takes nothing keeps its answer waiting.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::held::Held;

/// With more than this at hand there is nothing to be gained by holding it.
const MOST: usize = 8 * 1024;

/// The socket.
pub(crate) struct Gathered {
    tcp: TcpStream,
    held: Held,
    gathers: Gathers,
}

/// What is held, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gathers {
    Handshake,
    /// A ticket, until a request is waited for, which a client may hold back for an acknowledgement of its handshake (RFC 9293 section 3.7.4).
    Ticket,
    /// The same, with a last answer to come: to a client that has asked there is no hurry about it (RFC 8446 section 4.6.1).
    TicketForAnswer,
    /// Until it is flushed, and nothing more of an answer that did not fit.
    Answer,
    Nothing,
}

impl Gathered {
    /// Gathers from the start, for a handshake.
    pub(super) const fn new(tcp: TcpStream) -> Self {
        Self { tcp, held: Held::new(), gathers: Gathers::Handshake }
    }

    /// The socket itself, past whatever is held.
    pub(super) const fn tcp(&mut self) -> &mut TcpStream {
        &mut self.tcp
    }

    /// Holds nothing but the ticket that came after a handshake.
    pub(super) const fn hold_ticket(&mut self) {
        self.gathers = Gathers::Ticket;
    }

    /// Holds the answer that comes now, for its goodbye.
    pub(super) const fn gather(&mut self) {
        let ticket = matches!(self.gathers, Gathers::Ticket | Gathers::TicketForAnswer);
        self.gathers = if ticket { Gathers::TicketForAnswer } else { Gathers::Answer };
    }

    /// Holds nothing more. What is held goes with the next piece, or when it is flushed.
    pub(super) const fn let_go(&mut self) {
        self.gathers = Gathers::Nothing;
    }
}

impl AsyncRead for Gathered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, held, gathers } = &mut *self;
        let polled = Pin::new(&mut *tcp).poll_read(cx, buf);
        if polled.is_pending()
            && *gathers != Gathers::TicketForAnswer
            && let Poll::Ready(Err(error)) = held.poll_out(tcp, cx)
        {
            return Poll::Ready(Err(error));
        }
        polled
    }
}

impl AsyncWrite for Gathered {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        let Self { tcp, held, gathers } = &mut *self;
        let fits = length + held.bytes().len() <= MOST;
        *gathers = match *gathers {
            Gathers::TicketForAnswer | Gathers::Answer if fits => Gathers::Answer,
            Gathers::Handshake => Gathers::Handshake,
            _ => Gathers::Nothing,
        };
        if *gathers == Gathers::Nothing || !fits {
            return held.poll_through(tcp, cx, pieces);
        }
        held.hold(pieces, length);
        Poll::Ready(Ok(length))
    }
    fn is_write_vectored(&self) -> bool {
        true
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.gathers, Gathers::Handshake | Gathers::TicketForAnswer) {
            return Poll::Ready(Ok(()));
        }
        let Self { tcp, held, .. } = &mut *self;
        ready!(held.poll_out(tcp, cx))?;
        Pin::new(tcp).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, held, .. } = &mut *self;
        ready!(held.poll_out(tcp, cx))?;
        Pin::new(tcp).poll_shutdown(cx)
    }
}

impl Drop for Gathered {
    /// TLS says why a handshake failed, and lets go of the socket.
    fn drop(&mut self) {
        if !self.held.bytes().is_empty() {
            // Who does not take it is not waited for.
            let _ = self.tcp.try_write(self.held.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use futures_util::FutureExt as _;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    async fn pair() -> (TcpStream, Gathered) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, Gathered::new(listener.accept().await.unwrap().0))
    }

    /// Asks the system itself: what tokio knows of a socket may be old.
    fn nothing_came(client: &TcpStream) -> bool {
        let socket = std::net::TcpStream::from(client.as_fd().try_clone_to_owned().unwrap());
        socket.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    #[tokio::test]
    async fn what_is_gathered_goes_out_when_the_other_side_is_waited_for() {
        let (mut client, mut socket) = pair().await;
        socket.write_all(b"one, ").await.unwrap();
        socket.write_all(b"two").await.unwrap();
        socket.flush().await.unwrap();
        assert!(nothing_came(&client));
        let asked = async {
            let mut told = [0; 8];
            client.read_exact(&mut told).await.unwrap();
            client.write_all(b"!").await.unwrap();
            told
        };
        let (told, answer) = tokio::join!(asked, socket.read_u8());
        assert_eq!((&told, answer.unwrap()), (b"one, two", b'!'));
    }

    #[tokio::test]
    async fn what_is_held_goes_with_the_next_piece_once_it_is_let_go() {
        let (mut client, mut socket) = pair().await;
        socket.write_all(b"ticket ").await.unwrap();
        socket.let_go();
        assert!(nothing_came(&client));
        assert_eq!(socket.write_vectored(&[IoSlice::new(b"head "), IoSlice::new(b"body")]).await.unwrap(), 9);
        let mut told = [0; 16];
        // Nobody flushed it.
        client.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"ticket head body");
        socket.write_all(b"more").await.unwrap();
        client.read_exact(&mut told[..4]).await.unwrap();
    }

    #[tokio::test]
    async fn a_ticket_goes_out_when_a_request_is_waited_for() {
        let (mut client, mut socket) = pair().await;
        socket.write_all(b"ticket ").await.unwrap();
        socket.hold_ticket();
        assert!(nothing_came(&client));
        assert!(socket.read_u8().now_or_never().is_none());
        let mut told = [0; 7];
        client.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"ticket ");
        // As if there had been none.
        socket.gather();
        socket.write_all(b"some").await.unwrap();
        assert!(socket.read_u8().now_or_never().is_none());
        client.read_exact(&mut told[..4]).await.unwrap();
    }

    #[tokio::test]
    async fn a_ticket_waits_for_a_last_answer_however_long_that_takes() {
        let (mut client, mut socket) = pair().await;
        socket.write_all(b"ticket ").await.unwrap();
        socket.hold_ticket();
        socket.gather();
        socket.flush().await.unwrap();
        assert!(socket.read_u8().now_or_never().is_none());
        assert!(nothing_came(&client), "the origin is asked");
        socket.write_all(b"some ").await.unwrap();
        assert!(nothing_came(&client), "the goodbye may follow");
        assert!(socket.read_u8().now_or_never().is_none());
        let mut told = [0; 12];
        client.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"ticket some ", "the origin makes one wait for the rest");
    }

    #[tokio::test]
    async fn much_is_never_held_and_everything_arrives_in_order() {
        let (mut client, mut socket) = pair().await;
        let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let all = sent.clone();
        let send = async move {
            for (n, piece) in all.chunks(7_001).enumerate() {
                if n % 5 == 0 {
                    socket.gather();
                }
                socket.write_all(piece).await.unwrap();
                if n % 5 == 3 {
                    socket.let_go();
                }
            }
            socket.shutdown().await.unwrap();
        };
        let mut told = Vec::new();
        let (_, read) = tokio::join!(send, client.read_to_end(&mut told));
        assert_eq!(read.unwrap(), sent.len());
        assert!(told == sent);
    }

    #[tokio::test]
    async fn last_words_are_said_when_it_is_dropped() {
        let (mut client, mut socket) = pair().await;
        socket.write_all(b"an alert").await.unwrap();
        drop(socket);
        let mut told = String::new();
        client.read_to_string(&mut told).await.unwrap();
        assert_eq!(told, "an alert");
    }
}
