//! One mutation under way: what it writes, and what it will tell the feed.

use std::ops::Deref;

use model::{Timestamp, change::ChangeKind};

use crate::{Event, Reader, snapshot::Delta};

/// A mutation's transaction: reads see its own writes, and either all of it is kept or nothing. The write functions are methods of it, one
/// file a noun; each leaves its rows in the feed.
pub struct Tx<'a> {
    reader: Reader<'a>,
    now: Timestamp,
    pending: Vec<Pending>,
}

/// A change that gets its number before the commit.
pub(crate) struct Pending {
    pub kind: ChangeKind,
    pub at: Timestamp,
    /// What it does to the snapshot.
    pub delta: Option<Delta>,
    /// What followers are told beside that.
    pub event: Option<Event>,
}

impl<'a> Tx<'a> {
    pub(crate) const fn new(reader: Reader<'a>, now: Timestamp) -> Self {
        Self { reader, now, pending: Vec::new() }
    }
    /// The moment of the mutation.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
    pub(crate) fn note(&mut self, kind: ChangeKind, delta: Option<Delta>, event: Option<Event>) {
        self.pending.push(Pending { kind, at: self.now, delta, event });
    }
    pub(crate) fn into_pending(self) -> Vec<Pending> {
        self.pending
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Reader<'a>;
    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}
