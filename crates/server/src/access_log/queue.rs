//! Between serving threads and a place: a queue bounded in bytes. Handing over never waits; what does not fit is dropped and counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    time::SystemTime,
};

/// What a batch costs beside its bytes.
const OVERHEAD: usize = 96;

/// Some lines of one thread.
#[derive(Clone)]
pub(super) struct Batch {
    pub bytes: Arc<[u8]>,
    pub lines: u32,
    /// When it was handed over.
    pub at: SystemTime,
}

/// What a place has done.
#[derive(Default)]
pub(crate) struct Tally {
    name: &'static str,
    waiting_bytes: AtomicUsize,
    waiting: AtomicU64,
    written: AtomicU64,
    overflowed: AtomicU64,
    failed: AtomicU64,
}

impl Tally {
    /// Kind of place.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
    /// Lines that are written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }
    /// Lines that were dropped because too much waited already.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Relaxed)
    }
    /// Lines that the place did not take.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }
    /// Lines that are lost, for either reason.
    pub(crate) fn dropped(&self) -> u64 {
        self.overflowed().saturating_add(self.failed())
    }
    /// Lines that wait.
    pub(crate) fn waiting_lines(&self) -> u64 {
        self.waiting.load(Relaxed)
    }
    /// A batch was taken from the queue and its fate is known.
    pub(super) fn done(&self, batch: &Batch, is_written: bool) {
        self.waiting_bytes.fetch_sub(batch.bytes.len() + OVERHEAD, Relaxed);
        self.waiting.fetch_sub(u64::from(batch.lines), Relaxed);
        let count = if is_written { &self.written } else { &self.failed };
        count.fetch_add(u64::from(batch.lines), Relaxed);
    }
}

/// What comes out of a queue; `None` is the end, whatever comes later.
pub(super) type Next = Option<Batch>;

/// The way to a place.
#[derive(Clone)]
pub(super) struct Queue {
    sender: mpsc::Sender<Next>,
    most_bytes: usize,
    tally: Arc<Tally>,
}

impl Queue {
    pub(super) fn new(name: &'static str, most_bytes: usize) -> (Self, mpsc::Receiver<Next>) {
        let (sender, receiver) = mpsc::channel();
        (Self { sender, most_bytes, tally: Arc::new(Tally { name, ..Tally::default() }) }, receiver)
    }

    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Hands a batch over, or drops it.
    pub(super) fn offer(&self, batch: Batch) {
        let (cost, lines) = (batch.bytes.len() + OVERHEAD, u64::from(batch.lines));
        let tally = &self.tally;
        if tally.waiting_bytes.fetch_add(cost, Relaxed) + cost > self.most_bytes {
            tally.waiting_bytes.fetch_sub(cost, Relaxed);
            tally.overflowed.fetch_add(lines, Relaxed);
            return;
        }
        tally.waiting.fetch_add(lines, Relaxed);
        if let Err(mpsc::SendError(Some(batch))) = self.sender.send(Some(batch)) {
            // The place's thread is gone.
            tally.done(&batch, false);
        }
    }

    /// Ends the place's thread once it has taken everything before.
    pub(super) fn end(&self) {
        // A thread that is gone needs no telling.
        let _ = self.sender.send(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(bytes: usize, lines: u32) -> Batch {
        Batch { bytes: vec![b'x'; bytes].into(), lines, at: SystemTime::UNIX_EPOCH }
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_queue_does_not_grow() {
        let (queue, receiver) = Queue::new("file", 1000);
        for _ in 0..100 {
            queue.offer(batch(300, 3));
        }
        let tally = queue.tally();
        assert_eq!((tally.waiting_lines(), tally.overflowed()), (6, 294));
        let taken = receiver.recv().unwrap().unwrap();
        tally.done(&taken, true);
        queue.offer(batch(300, 3));
        assert_eq!((tally.written(), tally.waiting_lines(), tally.dropped()), (3, 6, 294));
    }

    #[test]
    fn lines_for_a_place_that_is_gone_are_counted_as_failed() {
        let (queue, receiver) = Queue::new("file", 1000);
        drop(receiver);
        queue.offer(batch(10, 2));
        assert_eq!((queue.tally().failed(), queue.tally().waiting_lines()), (2, 0));
    }
}
