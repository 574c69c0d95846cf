//! Heads of requests without a body that ask for no other protocol, for whoever needs to read no others.

use super::{
    Limits,
    head::{Body, Head},
};

/// Reads one head as its bytes come.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    head: Head,
    begun: bool,
}

/// It is refused, or something follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPlain;

impl HeadReader {
    /// True before the first byte.
    pub(crate) const fn is_new(&self) -> bool {
        !self.begun
    }

    /// Reads on; the bytes begin with the head's first. Its length, when it is whole.
    pub(crate) fn read(&mut self, bytes: &[u8], limits: Limits) -> Result<Option<usize>, NotPlain> {
        self.begun = true;
        match self.head.read(bytes, limits) {
            Ok(None) => Ok(None),
            Ok(Some((length, Body::Nothing))) => Ok(Some(length)),
            Ok(Some(_)) | Err(_) => Err(NotPlain),
        }
    }
}
