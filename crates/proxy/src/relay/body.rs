//! The content of an origin's answer: where it ends, and what of its bytes is content.

use std::io::Write;

use bytes::Bytes;

use super::{
    answer::{Follows, Unreadable},
    dechunk::Piece,
};

/// A body, as far as the origin has sent it.
pub(crate) struct Body {
    follows: Follows,
    lasts: bool,
    over: bool,
    /// Data since it was last asked for.
    count: usize,
}

impl Body {
    pub(crate) fn new(follows: Follows, lasts: bool) -> Self {
        Self { follows, lasts, over: follows == Follows::Nothing, count: 0 }
    }

    /// What of these bytes is the client's as it stands; `None` where it has to be put into chunks.
    pub(crate) fn plain<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let left = match &mut self.follows {
            Follows::Nothing => &mut 0,
            Follows::Length(left) => left,
            Follows::Chunks(_) | Follows::All => return None,
        };
        let now = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= now as u64;
        self.over = *left == 0;
        // More than was announced is nobody's answer.
        self.lasts &= now == bytes.len();
        self.count += now;
        Some(&bytes[..now])
    }

    /// Appends what the client gets of these bytes, in chunks.
    pub(crate) fn encode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let mut count = 0;
        self.pieces(bytes, |data| {
            count += data.len();
            chunk(out, data);
        })?;
        self.count += count;
        if self.over {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        Ok(())
    }

    /// What is content of these bytes, piece by piece, where no length was told.
    fn pieces(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), Unreadable> {
        let Follows::Chunks(chunks) = &mut self.follows else {
            each(bytes);
            return Ok(());
        };
        let mut from = 0;
        loop {
            match chunks.next(bytes, from).map_err(|_| Unreadable::Body)? {
                Piece::Data(range) => {
                    from = range.end;
                    each(&bytes[range]);
                }
                Piece::Read => return Ok(()),
                Piece::Over(at) => {
                    self.over = true;
                    self.lasts &= at == bytes.len();
                    return Ok(());
                }
            }
        }
    }

    /// The origin has closed: that is the end, or it is broken.
    pub(crate) fn closed(&mut self, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if self.follows != Follows::All {
            return Err(Unreadable::Body);
        }
        out.extend_from_slice(b"0\r\n\r\n");
        self.over = true;
        Ok(())
    }

    /// All of it was read.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }
    /// The connection may be used for the next request.
    pub(crate) fn lasts(&self) -> bool {
        self.lasts
    }
    /// How much is to come, when that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.follows {
            Follows::Nothing => Some(0),
            Follows::Length(left) => Some(left),
            Follows::Chunks(_) | Follows::All => None,
        }
    }

    /// The content in these bytes.
    pub(crate) fn content(&mut self, bytes: &[u8]) -> Result<Bytes, Unreadable> {
        if let Some(plain) = self.plain(bytes) {
            return Ok(Bytes::copy_from_slice(plain));
        }
        let mut content = Vec::with_capacity(bytes.len());
        self.pieces(bytes, |data| content.extend_from_slice(data))?;
        Ok(content.into())
    }

    pub(crate) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.count)
    }
}

fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        // Writing into memory does not fail.
        let _ = write!(out, "{:x}\r\n", data.len());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }
}
