//! Heads of requests without a body that ask for no other protocol, for whoever needs to read no others.

use super::{
    Limits,
    head::{Body, Head, Mark},
};

/// Reads one head as its bytes come.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    head: Head,
    begun: bool,
    marks: Vec<Mark>,
}

/// It is refused, or something follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPlain;

impl HeadReader {
    /// Before the first byte, with memory for marks from one that is done.
    pub(crate) fn with_room(mut marks: Vec<Mark>) -> Self {
        marks.clear();
        Self { marks, ..Self::default() }
    }
    /// The memory for marks.
    pub(crate) fn into_room(self) -> Vec<Mark> {
        self.marks
    }
    /// Where the lines stand that were read: all of them, once the head is whole.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }
    /// True before the first byte.
    pub(crate) const fn is_new(&self) -> bool {
        !self.begun
    }

    /// Reads on; the bytes begin with the head's first. Its length, when it is whole.
    pub(crate) fn read(&mut self, bytes: &[u8], limits: Limits) -> Result<Option<usize>, NotPlain> {
        self.begun = true;
        match self.head.read(bytes, limits, |mark| self.marks.push(mark)) {
            Ok(None) => Ok(None),
            Ok(Some((length, Body::Nothing))) => Ok(Some(length)),
            Ok(Some(_)) | Err(_) => Err(NotPlain),
        }
    }
}
