//! The process that is to take over, seen by the one that serves.

use std::{
    ffi::OsString,
    io,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use tokio::process::{Child, Command};

use super::channel::{Channel, Word, send_sockets};

const PREPARE_TIME: Duration = Duration::from_secs(30);
/// A new release may have to bring a large store to its form.
const START_TIME: Duration = Duration::from_secs(120);

/// What is started.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program, as it is on disk now.
    pub path: PathBuf,
    /// Its arguments; they must say that it takes over.
    pub arguments: Vec<OsString>,
    /// Variables of the environment that are this process's own.
    pub not_passed_on: Vec<&'static str>,
}

/// Nothing was handed over; this process goes on.
#[derive(Debug, thiserror::Error)]
pub enum HandOverError {
    /// It could not be started.
    #[error("{} could not be started", path.display())]
    Start {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It ended, or said nothing in time.
    #[error("the new server {0}")]
    Silent(&'static str),
    /// It said why it cannot serve.
    #[error("the new server cannot serve: {0}")]
    Failed(String),
    /// Somebody is still changing something.
    #[error("a change that was under way did not end in time")]
    Busy,
    /// The store.
    #[error("the store could not be handed over")]
    Store(#[from] store::StoreError),
}

/// A process that was started. Dropping it ends the process, unless it serves.
pub(crate) struct Successor {
    child: Child,
    channel: Channel,
}

impl Successor {
    /// Starts it, gives it the sockets, and waits until it is prepared.
    pub(crate) async fn start(program: &Program, sockets: &[&TcpListener]) -> Result<Self, HandOverError> {
        let fault = |source| HandOverError::Start { path: program.path.clone(), source };
        let (here, there) = UnixStream::pair().map_err(fault)?;
        let mut command = Command::new(&program.path);
        command.args(&program.arguments).stdin(Stdio::from(OwnedFd::from(there))).kill_on_drop(true);
        for name in &program.not_passed_on {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(fault)?;
        // The command holds the other end: as long as it does, the end of the child is not seen.
        drop(command);
        send_sockets(&here, sockets).map_err(fault)?;
        let mut successor = Self { child, channel: Channel::of(here).map_err(fault)? };
        match successor.hear(PREPARE_TIME).await? {
            Word::Prepared => Ok(successor),
            _ => Err(HandOverError::Silent("said what was not asked")),
        }
    }

    /// Lets it have the store, and waits until it serves. Its process id then.
    pub(crate) async fn serve(&mut self) -> Result<u32, HandOverError> {
        if self.channel.say(&Word::Take).await.is_err() {
            return Err(HandOverError::Silent("ended before it was given the store"));
        }
        match self.hear(START_TIME).await? {
            Word::Ready => Ok(self.child.id().unwrap_or(0)),
            _ => Err(HandOverError::Silent("said what was not asked")),
        }
    }

    /// Ends it, so that it holds nothing any more.
    pub(crate) async fn end(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "the new server could not be ended");
        }
    }

    /// It lives on when this process ends.
    pub(crate) fn release(self) {
        let Self { child, .. } = self;
        // Never dropped, so never killed; the system inherits it.
        std::mem::forget(child);
    }

    async fn hear(&mut self, limit: Duration) -> Result<Word, HandOverError> {
        match tokio::time::timeout(limit, self.channel.hear()).await {
            Ok(Ok(Some(Word::Failed(why)))) => Err(HandOverError::Failed(why)),
            Ok(Ok(Some(word))) => Ok(word),
            Ok(Ok(None) | Err(_)) => Err(HandOverError::Silent("ended without a word: its log says why")),
            Err(_) => Err(HandOverError::Silent("did not answer in time")),
        }
    }
}
