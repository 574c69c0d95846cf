//! Tests: what a turn puts on the wire.

use std::{future::pending, task::Waker};

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter, DuplexStream};

use super::*;

/// As much as TLS has room for what the socket does not take.
const BUFFER: usize = 64 * 1024;

/// A wire that takes so many bytes, shows them when it is flushed, and tells in which pieces they came.
struct Wire {
    near: BufWriter<DuplexStream>,
    pieces: Rc<RefCell<Vec<usize>>>,
}

fn wire(room: usize) -> (Wire, DuplexStream, Rc<RefCell<Vec<usize>>>) {
    let (near, far) = tokio::io::duplex(room);
    let pieces = Rc::<RefCell<_>>::default();
    (Wire { near: BufWriter::with_capacity(BUFFER, near), pieces: Rc::clone(&pieces) }, far, pieces)
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let taken = ready!(Pin::new(&mut self.near).poll_write(cx, buf))?;
        self.pieces.borrow_mut().push(taken);
        Poll::Ready(Ok(taken))
    }
    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let all = pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<_>>();
        self.poll_write(cx, &all)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_shutdown(cx)
    }
}

/// One turn in which this is said and flushed, answer by answer, and how it ends.
fn turn(
    said: Socket<Wire>,
    mut library: Socket<Wire>,
    answers: &[&[u8]],
    end: impl Future<Output = io::Result<()>>,
) -> Poll<io::Result<()>> {
    let mut served = std::pin::pin!(async move {
        for answer in answers {
            library.write_all(answer).await?;
            library.flush().await?;
        }
        end.await
    });
    Pin::new(&mut Turns::new(served.as_mut(), said)).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn answers_of_one_turn_are_one_piece() {
    let (wire, mut far, pieces) = wire(64 * 1024);
    let (library, said) = Socket::halves(wire);
    assert!(turn(said, library, &[b"one, ", b"two, ", b"three"], pending()).is_pending());
    let mut told = [0; 15];
    far.read_exact(&mut told).await.unwrap();
    assert_eq!((&told, &*pieces.borrow()), (b"one, two, three", &vec![15]));
}

#[tokio::test]
async fn a_turn_that_is_the_last_says_what_it_has_and_how_it_ended() {
    for ended in [Ok(()), Err(io::Error::other("too many resets"))] {
        let (wire, mut far, _) = wire(100);
        let (library, said) = Socket::halves(wire);
        let told = ended.as_ref().map_err(ToString::to_string).copied();
        let Poll::Ready(ended) = turn(said, library, &[b"last words"], std::future::ready(ended)) else { panic!("it goes on") };
        assert_eq!(ended.map_err(|error| error.to_string()), told);
        let mut read = String::new();
        far.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "last words");
    }
}

/// What is taken in three turns, so many answers of this length in each, of a library that waits wherever it is told to.
fn taken_by_nobody(length: usize, at_once: usize) -> usize {
    let (wire, _far, _) = wire(10);
    let (mut library, said) = Socket::halves(wire);
    let (answer, mut taken) = (vec![b'x'; length], 0);
    let mut served = std::pin::pin!(std::future::poll_fn(|cx| -> Poll<io::Result<()>> {
        for _ in 0..at_once {
            ready!(Pin::new(&mut library).poll_flush(cx))?;
            taken += ready!(Pin::new(&mut library).poll_write(cx, &answer))?;
        }
        Poll::Pending
    }));
    let mut turns = Turns::new(served.as_mut(), said);
    for _ in 0..3 {
        assert!(Pin::new(&mut turns).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    taken
}

#[test]
fn a_client_that_takes_nothing_is_waited_for() {
    for length in [100, 1000, 16_384, 100_000] {
        let taken = taken_by_nobody(length, 1000);
        assert!(taken <= 16 * 1024 + length, "{taken} in answers of {length}");
        assert!(taken_by_nobody(length, 1) <= length, "nothing more before the first of {length} was taken");
    }
}

#[test]
fn a_wire_that_broke_ends_the_connection() {
    let (wire, far, _) = wire(10);
    drop(far);
    let (library, said) = Socket::halves(wire);
    assert!(matches!(turn(said, library, &[b"to nobody"], pending()), Poll::Ready(Err(_))));
}

#[tokio::test]
async fn the_last_words_are_said_before_the_goodbye() {
    let (wire, mut far, _) = wire(100);
    let (mut library, _said) = Socket::halves(wire);
    library.write_all(b"last words").await.unwrap();
    library.shutdown().await.unwrap();
    let mut told = String::new();
    far.read_to_string(&mut told).await.unwrap();
    assert_eq!(told, "last words");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everything_arrives_in_order(
        turns in prop::collection::vec(prop::collection::vec(0_usize..40_000, 0..6), 1..5),
        room in 1_usize..50_000,
    ) {
        let (wire, mut far, _) = wire(room);
        let (mut library, said) = Socket::halves(wire);
        let sent: Vec<u8> = (0..turns.iter().flatten().sum::<usize>()).map(|n| (n % 251) as u8).collect();
        let mut told = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut rest = &sent[..];
            let mut served = std::pin::pin!(async {
                for turn in turns {
                    for length in turn {
                        let (now, later) = rest.split_at(length);
                        rest = later;
                        library.write_all(now).await?;
                        library.flush().await?;
                    }
                    tokio::task::yield_now().await;
                }
                library.shutdown().await
            });
            let (ended, read) = tokio::join!(Turns::new(served.as_mut(), said), far.read_to_end(&mut told));
            ended.unwrap();
            read.unwrap();
        });
        prop_assert!(told == sent);
    }
}
