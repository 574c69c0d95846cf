//! What the two processes say to each other: sockets once, then lines.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    net::TcpListener,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream as Stream,
    },
    time::Duration,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

/// More sockets than these nobody configures, and one message may not hold many more.
const MOST_SOCKETS: usize = 128;
const SOCKETS_TIME: Duration = Duration::from_secs(10);
const LONGEST_LINE: u64 = 8192;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Prepared,
    Take,
    Ready,
    Failed(String),
}

impl Word {
    fn line(&self) -> String {
        match self {
            Self::Prepared => "prepared\n".into(),
            Self::Take => "take\n".into(),
            Self::Ready => "ready\n".into(),
            Self::Failed(why) => format!("failed {}\n", why.replace('\n', "; ")),
        }
    }

    fn read(line: &str) -> Option<Self> {
        match line.trim_end() {
            "prepared" => Some(Self::Prepared),
            "take" => Some(Self::Take),
            "ready" => Some(Self::Ready),
            other => other.strip_prefix("failed ").map(|why| Self::Failed(why.to_owned())),
        }
    }
}

/// The lines.
pub(super) struct Channel(BufReader<UnixStream>);

impl Channel {
    pub(super) fn of(stream: Stream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self(BufReader::new(UnixStream::from_std(stream)?)))
    }

    pub(super) async fn say(&mut self, word: &Word) -> io::Result<()> {
        self.0.write_all(word.line().as_bytes()).await
    }

    /// The next word; `None` when the other side has gone or says what nobody understands.
    pub(super) async fn hear(&mut self) -> io::Result<Option<Word>> {
        let mut line = String::new();
        (&mut self.0).take(LONGEST_LINE).read_line(&mut line).await?;
        Ok(Word::read(&line))
    }
}

/// Sends sockets; the other side has them even when this process ends.
pub(super) fn send_sockets(stream: &Stream, sockets: &[&TcpListener]) -> io::Result<()> {
    if sockets.len() > MOST_SOCKETS {
        return Err(io::Error::other(format!("more than {MOST_SOCKETS} sockets cannot be handed over")));
    }
    let fds: Vec<BorrowedFd<'_>> = sockets.iter().map(AsFd::as_fd).collect();
    let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_SOCKETS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(io::Error::other("the sockets do not fit into one message"));
    }
    let count = [u8::try_from(fds.len()).map_err(io::Error::other)?];
    sendmsg(stream, &[IoSlice::new(&count)], &mut control, SendFlags::empty())?;
    Ok(())
}

/// Receives them.
pub(super) fn receive_sockets(stream: &Stream) -> io::Result<Vec<TcpListener>> {
    stream.set_read_timeout(Some(SOCKETS_TIME))?;
    let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_SOCKETS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut count = [0];
    let received = recvmsg(stream, &mut [IoSliceMut::new(&mut count)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let fds: Vec<OwnedFd> = control
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        })
        .flatten()
        .collect();
    stream.set_read_timeout(None)?;
    if received.bytes != 1 || fds.len() != usize::from(count[0]) {
        return Err(io::Error::other("the predecessor did not send its sockets"));
    }
    Ok(fds.into_iter().map(TcpListener::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_arrive_as_they_were() {
        let (here, there) = Stream::pair().unwrap();
        let sockets: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        send_sockets(&here, &sockets.iter().collect::<Vec<_>>()).unwrap();
        let received = receive_sockets(&there).unwrap();
        let addresses = |list: &[TcpListener]| list.iter().map(|l| l.local_addr().unwrap()).collect::<Vec<_>>();
        assert_eq!(addresses(&received), addresses(&sockets));
        send_sockets(&here, &[]).unwrap();
        assert!(receive_sockets(&there).unwrap().is_empty());
        drop(here);
        assert!(receive_sockets(&there).is_err(), "nobody is there");
    }

    #[tokio::test]
    async fn words_arrive_one_at_a_time_and_the_end_is_none() {
        let (here, there) = Stream::pair().unwrap();
        let (mut here, mut there) = (Channel::of(here).unwrap(), Channel::of(there).unwrap());
        let words = [Word::Prepared, Word::Take, Word::Failed("one; two".into()), Word::Ready];
        for word in &words {
            here.say(word).await.unwrap();
        }
        for word in words {
            assert_eq!(there.hear().await.unwrap(), Some(word));
        }
        here.say(&Word::Failed("a\nb".into())).await.unwrap();
        assert_eq!(there.hear().await.unwrap(), Some(Word::Failed("a; b".into())));
        drop(here);
        assert_eq!(there.hear().await.unwrap(), None);
    }
}
