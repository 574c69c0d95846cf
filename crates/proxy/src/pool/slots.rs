//! How many connections there may be towards an origin, and the short queue for one of them.

use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

use tokio::sync::Notify;

use crate::counters::Counters;

/// The connections of one origin.
pub(super) struct Slots {
    most: Option<u32>,
    most_waiting: u32,
    open: Cell<u32>,
    waiting: Cell<u32>,
    changed: Notify,
    counters: Arc<Counters>,
}

/// No connection is free: too many wait for one, or this one waited long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("every connection that there may be is in use")]
pub(crate) struct Full;

/// The right to one connection.
pub(crate) struct Slot(Rc<Slots>);

impl Slot {
    /// There is room on the connection that others may share.
    pub(super) fn tell(&self) {
        self.0.tell();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
        self.0.counters.connections_closed.add(1);
        self.0.tell();
    }
}

/// A place in the queue.
pub(super) struct Waiting<'a>(&'a Slots);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.set(self.0.waiting.get() - 1);
    }
}

impl Slots {
    pub(super) fn new(most: Option<u32>, most_waiting: u32, counters: Arc<Counters>) -> Self {
        Self { most, most_waiting, open: Cell::new(0), waiting: Cell::new(0), changed: Notify::new(), counters }
    }
    /// The right to one more connection, unless there are as many as there may be.
    pub(super) fn take(self: &Rc<Self>) -> Option<Slot> {
        if self.most.is_some_and(|most| self.open.get() >= most) {
            return None;
        }
        self.open.set(self.open.get() + 1);
        self.counters.connections_opened.add(1);
        Some(Slot(self.clone()))
    }
    /// Somebody waits for a connection of few.
    pub(super) fn has_queue(&self) -> bool {
        self.waiting.get() > 0 && self.most.is_some()
    }
    /// Joins the queue.
    pub(super) fn queue(&self) -> Result<Waiting<'_>, Full> {
        if self.most.is_some() && self.waiting.get() >= self.most_waiting {
            return Err(Full);
        }
        self.waiting.set(self.waiting.get() + 1);
        Ok(Waiting(self))
    }
    /// A connection became free, or may be opened.
    pub(super) fn tell(&self) {
        if self.waiting.get() > 0 {
            self.changed.notify_one();
        }
    }
    /// A connection for many is there.
    pub(super) fn tell_all(&self) {
        self.changed.notify_waiters();
        self.tell();
    }
}

impl Waiting<'_> {
    /// Until something changed.
    pub(super) async fn turn(&mut self, limit: Duration) -> Result<(), Full> {
        tokio::time::timeout(limit, self.0.changed.notified()).await.map_err(|_| Full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_queue_is_short_and_is_told() {
        let slots = Rc::new(Slots::new(Some(1), 1, Arc::default()));
        let only = slots.take().unwrap();
        assert!(slots.take().is_none());
        let mut waiting = slots.queue().unwrap();
        assert!(slots.has_queue() && slots.queue().is_err());
        assert_eq!(waiting.turn(Duration::from_secs(1)).await, Err(Full));
        drop(only);
        assert_eq!(waiting.turn(Duration::from_secs(1)).await, Ok(()));
        assert!(slots.take().is_some());
        drop(waiting);
        assert!(!slots.has_queue());
    }

    #[test]
    fn without_a_limit_nobody_is_refused() {
        let slots = Rc::new(Slots::new(None, 0, Arc::default()));
        let all: Vec<_> = (0..1000).map_while(|_| slots.take()).collect();
        assert_eq!(all.len(), 1000);
        assert!(slots.queue().is_ok() && !slots.has_queue());
    }
}
