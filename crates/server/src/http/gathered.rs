//! A socket beneath TLS that hands over in one piece what would else be several small ones: the ticket may go with the first answer, the
//! goodbye with the last. Each piece costs a system call and wakes the client.
//!
//! What is held goes out when somebody waits for the other side, and with whatever does not fit beside it. Of a handshake it stays held
//! even when it is flushed, so whoever has shaken hands and then waits for something else lets go first. Of an answer it does not: what
//! was flushed is the system's, so that a client which takes nothing keeps its answer waiting.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// With more than this at hand there is nothing to be gained by holding it.
const MOST: usize = 8 * 1024;
/// Pieces that TLS writes at once, and what was held.
const MOST_PIECES: usize = 16;

/// The socket.
pub(crate) struct Gathered {
    tcp: TcpStream,
    held: Vec<u8>,
    gathers: Gathers,
}

/// What is held, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gathers {
    Handshake,
    /// Until it is flushed, and nothing more of an answer that did not fit.
    Answer,
    Nothing,
}

impl Gathered {
    /// Gathers from the start, for a handshake.
    pub(super) const fn new(tcp: TcpStream) -> Self {
        Self { tcp, held: Vec::new(), gathers: Gathers::Handshake }
    }

    /// The socket itself, past whatever is held.
    pub(super) const fn tcp(&mut self) -> &mut TcpStream {
        &mut self.tcp
    }

    /// Holds the answer that comes now, for its goodbye.
    pub(super) const fn gather(&mut self) {
        self.gathers = Gathers::Answer;
    }

    /// Holds nothing more. What is held goes with the next piece, or when it is flushed.
    pub(super) const fn let_go(&mut self) {
        self.gathers = Gathers::Nothing;
    }

    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let taken = ready!(Pin::new(&mut self.tcp).poll_write(cx, &self.held))?;
            self.took(taken)?;
        }
        Poll::Ready(Ok(()))
    }

    fn took(&mut self, taken: usize) -> io::Result<()> {
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        if taken == self.held.len() {
            self.held = Vec::new();
        } else {
            self.held.drain(..taken);
        }
        Ok(())
    }

    /// Writes what is held and these behind it.
    fn poll_through(&mut self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        while !self.held.is_empty() {
            let mut all = [IoSlice::new(&[]); MOST_PIECES];
            all[0] = IoSlice::new(&self.held);
            let with = pieces.len().min(MOST_PIECES - 1);
            all[1..=with].copy_from_slice(&pieces[..with]);
            let taken = ready!(Pin::new(&mut self.tcp).poll_write_vectored(cx, &all[..=with]))?;
            let held = self.held.len();
            self.took(taken.min(held))?;
            if taken > held {
                return Poll::Ready(Ok(taken - held));
            }
        }
        Pin::new(&mut self.tcp).poll_write_vectored(cx, pieces)
    }
}

impl AsyncRead for Gathered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if polled.is_pending()
            && let Poll::Ready(Err(error)) = self.poll_held(cx)
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
        if self.gathers == Gathers::Nothing || length + self.held.len() > MOST {
            if self.gathers == Gathers::Answer {
                self.let_go();
            }
            return self.poll_through(cx, pieces);
        }
        pieces.iter().for_each(|piece| self.held.extend_from_slice(piece));
        Poll::Ready(Ok(length))
    }
    fn is_write_vectored(&self) -> bool {
        true
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.gathers == Gathers::Handshake {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_held(cx))?;
        Pin::new(&mut self.tcp).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(cx))?;
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

impl Drop for Gathered {
    /// TLS says why a handshake failed, and lets go of the socket.
    fn drop(&mut self) {
        if !self.held.is_empty() {
            // Who does not take it is not waited for.
            let _ = self.tcp.try_write(&self.held);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

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
