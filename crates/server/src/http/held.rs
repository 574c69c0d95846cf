//! Bytes for a stream that wait for others, to go out with them in one piece.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::AsyncWrite;

/// Pieces that are written at once, what was held being the first.
const MOST_PIECES: usize = 16;

/// What is held, in order. Nothing takes no memory.
#[derive(Default)]
pub(super) struct Held(Vec<u8>);

impl Held {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Holds these, too, with room for so many in all.
    pub(super) fn hold(&mut self, pieces: &[IoSlice<'_>], room: usize) {
        if self.0.is_empty() {
            self.0.reserve(room);
        }
        pieces.iter().for_each(|piece| self.0.extend_from_slice(piece));
    }

    /// Writes what is held.
    pub(super) fn poll_out<W: AsyncWrite + Unpin>(&mut self, to: &mut W, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.0.is_empty() {
            let taken = ready!(Pin::new(&mut *to).poll_write(cx, &self.0))?;
            self.took(taken)?;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what is held and these behind it; says how much of these was taken.
    pub(super) fn poll_through<W: AsyncWrite + Unpin>(
        &mut self,
        to: &mut W,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        while !self.0.is_empty() {
            let mut all = [IoSlice::new(&[]); MOST_PIECES];
            all[0] = IoSlice::new(&self.0);
            let with = pieces.len().min(MOST_PIECES - 1);
            all[1..=with].copy_from_slice(&pieces[..with]);
            let taken = ready!(Pin::new(&mut *to).poll_write_vectored(cx, &all[..=with]))?;
            let held = self.0.len();
            self.took(taken.min(held))?;
            if taken > held {
                return Poll::Ready(Ok(taken - held));
            }
        }
        Pin::new(to).poll_write_vectored(cx, pieces)
    }

    fn took(&mut self, taken: usize) -> io::Result<()> {
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        if taken == self.0.len() {
            self.0 = Vec::new();
        } else {
            self.0.drain(..taken);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn pieces_beyond_what_is_written_at_once_come_later() {
        let pieces: Vec<_> = (0..3 * MOST_PIECES as u8).map(|n| [n]).collect();
        let mut rest: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut rest = rest.as_mut_slice();
        let (mut held, mut out) = (Held::new(), Vec::new());
        held.hold(&[IoSlice::new(b"held ")], 0);
        while !rest.is_empty() {
            let taken = held.poll_through(&mut out, &mut Context::from_waker(Waker::noop()), rest);
            let Poll::Ready(Ok(taken)) = taken else { panic!("{taken:?}") };
            IoSlice::advance_slices(&mut rest, taken);
        }
        assert_eq!(out, [&b"held "[..], &pieces.concat()].concat());
    }
}
