//! A serving thread's side: lines are built into one buffer for each form and handed over in batches.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::Notify;

use super::{
    AccessLog,
    queue::{Batch, Queue},
    record::{Record, RequestId},
    stamp::Stamp,
    {json, text},
};
use crate::config::{LineForm, LogFormat};

/// Bytes at which a batch is handed over: each wakes the place's thread, and may push this one off its core.
const FULL: usize = 96 * 1024;
/// How long a line waits for others.
const LINGER: Duration = Duration::from_millis(20);

/// Builds the lines of one thread.
pub(crate) struct Lines {
    forms: Vec<Form>,
    stamp: RefCell<Stamp>,
    waiting: Rc<Notify>,
    seed: Cell<u64>,
}

/// All places that want the same bytes.
struct Form {
    form: LineForm,
    buffer: RefCell<Vec<u8>>,
    count: Cell<u32>,
    queues: Vec<Queue>,
}

impl Lines {
    /// For the current thread. To be called on a local runtime: a task of its own hands over what has waited long enough.
    pub(crate) fn new(log: &Arc<AccessLog>, seed: u64) -> Rc<Self> {
        let lines = Rc::new(Self::without_task(log, seed));
        let (held, waiting) = (Rc::downgrade(&lines), lines.waiting.clone());
        tokio::task::spawn_local(async move {
            loop {
                waiting.notified().await;
                tokio::time::sleep(LINGER).await;
                let Some(lines) = held.upgrade() else { return };
                lines.hand_over();
            }
        });
        lines
    }

    fn without_task(log: &AccessLog, seed: u64) -> Self {
        let mut forms: Vec<Form> = Vec::new();
        for (form, queue) in &log.places {
            match forms.iter_mut().find(|known| known.form == *form) {
                Some(known) => known.queues.push(queue.clone()),
                None => forms.push(Form {
                    form: *form,
                    buffer: RefCell::new(Vec::with_capacity(FULL)),
                    count: Cell::new(0),
                    queues: vec![queue.clone()],
                }),
            }
        }
        Self { forms, stamp: RefCell::new(Stamp::new(Instant::now())), waiting: Rc::default(), seed: Cell::new(seed) }
    }

    /// A name for the next request: as good as random, without asking for randomness each time (SplitMix64).
    pub(crate) fn next_id(&self) -> RequestId {
        let state = self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seed.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        RequestId(mixed ^ (mixed >> 31))
    }

    /// Whether anybody wants lines.
    pub(crate) fn is_off(&self) -> bool {
        self.forms.is_empty()
    }

    /// Builds the line of a request that has ended now.
    pub(crate) fn write(&self, record: &Record, now: Instant) {
        if self.is_off() {
            return;
        }
        let mut stamp = self.stamp.borrow_mut();
        stamp.set(now);
        let took = now.saturating_duration_since(record.began);
        for form in &self.forms {
            let mut buffer = form.buffer.borrow_mut();
            match form.form.format {
                LogFormat::Json => json::line(&mut buffer, record, took, &stamp, form.form.query),
                LogFormat::Text => text::line(&mut buffer, record, took, &stamp, form.form.query),
            }
            let count = form.count.get();
            form.count.set(count + 1);
            if buffer.len() >= FULL {
                form.seal(&mut buffer);
            } else if count == 0 {
                self.waiting.notify_one();
            }
        }
    }

    fn hand_over(&self) {
        for form in &self.forms {
            form.seal(&mut form.buffer.borrow_mut());
        }
    }
}

impl Form {
    fn seal(&self, buffer: &mut Vec<u8>) {
        if buffer.is_empty() {
            return;
        }
        let batch = Batch { bytes: Arc::from(buffer.as_slice()), lines: self.count.replace(0), at: SystemTime::now() };
        buffer.clear();
        for queue in &self.queues {
            queue.offer(batch.clone());
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.hand_over();
    }
}
