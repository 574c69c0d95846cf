//! A body in chunks (RFC 9112 section 7.1) without extensions, and the trailers behind it.

use super::head::is_token_byte;
use crate::malformed::Malformed;

/// More bytes of trailers than anybody needs.
const MOST_TRAILER_BYTES: u16 = 16 * 1024;

/// How far a body in chunks was read.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    trailer_bytes: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In the size: its value so far, and how many digits it has.
    Size(u64, u8),
    /// Behind the CR of the size.
    SizeEnd(u64),
    /// So much of the data is to come.
    Data(u64),
    /// Behind the data, and behind its CR.
    DataCr,
    DataLf,
    /// At the beginning of a line of trailers, in its name, in its value, behind its CR.
    Line,
    Name,
    Value,
    LineEnd,
    /// Behind the CR of the last line.
    LastLf,
    Over,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self { at: At::Size(0, 0), trailer_bytes: 0 }
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.at, At::Over)
    }

    /// Reads on up to the body's end; how many bytes belong to it.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut read = 0;
        while let (Some(byte), false) = (bytes.get(read).copied(), self.is_over()) {
            if let At::Data(left) = self.at {
                let now = (bytes.len() - read).min(usize::try_from(left).unwrap_or(usize::MAX));
                read += now;
                let left = left - now as u64;
                self.at = if left == 0 { At::DataCr } else { At::Data(left) };
                continue;
            }
            self.at = self.next(byte).ok_or(Malformed::Chunk)?;
            read += 1;
        }
        Ok(read)
    }

    fn next(&mut self, byte: u8) -> Option<At> {
        if matches!(self.at, At::Line | At::Name | At::Value | At::LineEnd) {
            self.trailer_bytes += 1;
            if self.trailer_bytes > MOST_TRAILER_BYTES {
                return None;
            }
        }
        match (self.at, byte) {
            (At::Size(value, digits @ 0..16), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16)?;
                Some(At::Size(value << 4 | u64::from(digit), digits + 1))
            }
            (At::Size(value, 1..), b'\r') => Some(At::SizeEnd(value)),
            (At::SizeEnd(0), b'\n') => Some(At::Line),
            (At::SizeEnd(size), b'\n') => Some(At::Data(size)),
            (At::DataCr, b'\r') => Some(At::DataLf),
            (At::DataLf, b'\n') => Some(At::Size(0, 0)),
            (At::Line, b'\r') => Some(At::LastLf),
            (At::Line | At::Name, _) if is_token_byte(byte) => Some(At::Name),
            (At::Name, b':') => Some(At::Value),
            (At::Value, b'\r') => Some(At::LineEnd),
            (At::Value, b'\t' | b' '..=b'~' | 0x80..) => Some(At::Value),
            (At::LineEnd, b'\n') => Some(At::Line),
            (At::LastLf, b'\n') => Some(At::Over),
            _ => None,
        }
    }
}
