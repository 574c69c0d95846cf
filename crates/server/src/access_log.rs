//! A line for each request. The serving thread only builds its bytes; places (a file, standard output, syslog, an HTTP service) are
//! written by threads of their own behind bounded queues, so that a slow place holds up nobody: what it cannot take is dropped and counted.

mod digits;
mod escape;
mod json;
mod lines;
mod queue;
mod record;
mod sinks;
mod stamp;
mod text;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Instant,
};

pub(crate) use self::{
    lines::Lines,
    queue::Tally,
    record::{CLIENT_GONE, Record, Surface},
    sinks::read_headers,
};
use self::{
    queue::Queue,
    sinks::{Opened, Signals},
};
use crate::config::{AccessLog as Settings, LineForm};

/// A place cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// A file.
    #[error("{0} could not be opened")]
    File(PathBuf, #[source] std::io::Error),
    /// A file with secrets that others may read.
    #[error("{0} may be read by others; make it 0600")]
    Open(PathBuf),
    /// A file with headers.
    #[error("{0} holds a line that is not a header like `Authorization: Bearer …`")]
    Header(PathBuf),
    /// A file with authorities.
    #[error("{0} holds no certificate in PEM form")]
    Authorities(PathBuf),
    /// TLS towards a syslog server.
    #[error("TLS towards the syslog server could not be set up")]
    Tls(#[source] rustls::Error),
    /// The name of a syslog server.
    #[error("{0:?} is not a name that a certificate can be for")]
    Name(String),
    /// A thread.
    #[error("a thread for the access log could not be started")]
    Thread(#[source] std::io::Error),
}

/// All places of the access log.
pub(crate) struct AccessLog {
    places: Vec<(LineForm, Queue)>,
    signals: Arc<Signals>,
}

/// The threads that write; whoever holds them ends them.
pub(crate) struct Writers {
    queues: Vec<Queue>,
    /// Nothing ever comes: it ends when the last thread has gone.
    ended: Receiver<()>,
    signals: Arc<Signals>,
}

/// What was opened, and nothing written yet.
pub(crate) struct Places(Vec<(Settings, Opened)>);

impl Places {
    /// Opens every place: files are made, secrets read. Servers are reached when there is something for them.
    pub(crate) fn open(settings: &[Settings], client: &idp::Client) -> Result<Self, AccessLogError> {
        settings.iter().map(|one| Ok((one.clone(), Opened::open(&one.to, client)?))).collect::<Result<_, _>>().map(Self)
    }

    /// Starts a thread for each place. `control` carries calls to HTTP services.
    pub(crate) fn start(self, control: &tokio::runtime::Handle) -> Result<(Arc<AccessLog>, Writers), AccessLogError> {
        let signals = Arc::new(Signals::default());
        let (alive, ended) = channel();
        let (mut places, mut queues) = (Vec::new(), Vec::new());
        for (number, (settings, opened)) in self.0.into_iter().enumerate() {
            let (queue, receiver) = Queue::new(opened.name(), settings.queue_bytes);
            let (tally, signals, control, alive) = (queue.tally().clone(), signals.clone(), control.clone(), alive.clone());
            let run = move || {
                opened.run(&receiver, &tally, &signals, &control);
                drop(alive);
            };
            std::thread::Builder::new().name(format!("access-log-{number}")).spawn(run).map_err(AccessLogError::Thread)?;
            queues.push(queue.clone());
            places.push((settings.form, queue));
        }
        Ok((Arc::new(AccessLog { places, signals: signals.clone() }), Writers { queues, ended, signals }))
    }
}

impl AccessLog {
    /// Opens files anew, after somebody moved them.
    pub(crate) fn reopen(&self) {
        self.signals.reopen();
    }

    /// What each place has done so far.
    pub(crate) fn tallies(&self) -> impl Iterator<Item = &Arc<Tally>> {
        self.places.iter().map(|(_, queue)| queue.tally())
    }
}

impl Writers {
    /// Waits until everything that was handed over is written, until `end` at most. Everybody who writes lines must have gone.
    pub(crate) fn close(self, end: Instant) {
        self.queues.iter().for_each(Queue::end);
        self.signals.close();
        let left = end.saturating_duration_since(Instant::now());
        if self.ended.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
            for tally in self.queues.iter().map(Queue::tally).filter(|tally| tally.waiting_lines() > 0) {
                let (lines, written) = (tally.waiting_lines(), tally.written());
                tracing::warn!(place = tally.name(), lines, written, "lines of the access log were given up at the stop");
            }
        }
    }
}

#[cfg(test)]
pub(crate) use tests::sample;
#[cfg(test)]
mod tests;
