//! The process that serves until now, seen by the one that takes over.

use std::{
    io,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    time::Duration,
};

use super::channel::{Channel, Word, receive_sockets};

/// The predecessor lets everybody finish who is changing something.
const TAKE_TIME: Duration = Duration::from_secs(30);

/// The other end.
pub struct Predecessor(Channel);

impl Predecessor {
    pub(super) fn meet(channel: OwnedFd) -> io::Result<(Self, Vec<TcpListener>)> {
        let stream = UnixStream::from(channel);
        let sockets = receive_sockets(&stream)?;
        Ok((Self(Channel::of(stream)?), sockets))
    }

    /// Says that everything is prepared, and waits until the store is free.
    pub(crate) async fn take_over(&mut self) -> io::Result<()> {
        self.0.say(&Word::Prepared).await?;
        match tokio::time::timeout(TAKE_TIME, self.0.hear()).await {
            Ok(Ok(Some(Word::Take))) => Ok(()),
            Ok(Err(error)) => Err(error),
            _ => Err(io::Error::other("the running server did not give its store")),
        }
    }

    /// Says how the start went: why it failed, if it did. A predecessor that is gone needs no answer.
    pub async fn tell(&mut self, failure: Option<String>) {
        let word = failure.map_or(Word::Ready, Word::Failed);
        if let Err(error) = self.0.say(&word).await {
            tracing::warn!(%error, "the former server could not be told that it has a successor");
        }
    }
}
