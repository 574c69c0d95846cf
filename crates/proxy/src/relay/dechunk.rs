//! A body in chunks as an origin sends it (RFC 9112 section 7.1). Extensions and trailers are read and dropped: who asked for trailers is
//! not relayed.

use std::ops::Range;

/// Bytes of the lines between the data, and of the trailers, before an origin is not believed any more.
const MOST_LINE: u32 = 16 * 1024;

/// How far a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dechunk {
    at: At,
    line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In the size: its value so far and how many digits it has.
    Size(u64, u8),
    /// In what follows the size in its line.
    Extension(u64),
    /// Behind the CR of the size.
    SizeEnd(u64),
    Data(u64),
    DataCr,
    DataLf,
    /// At the beginning of a line of trailers, in it, behind its CR.
    Line,
    InLine,
    LineEnd,
    LastLf,
    Over,
}

/// The next piece of data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Data(Range<usize>),
    /// Nothing more in these bytes.
    Read,
    /// The body ended before this byte.
    Over(usize),
}

/// Not a body in chunks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoChunk;

impl Dechunk {
    pub(crate) const fn new() -> Self {
        Self { at: At::Size(0, 0), line: 0 }
    }

    /// Reads on from there.
    pub(crate) fn next(&mut self, bytes: &[u8], mut from: usize) -> Result<Piece, NoChunk> {
        loop {
            if self.at == At::Over {
                return Ok(Piece::Over(from));
            }
            let Some(byte) = bytes.get(from).copied() else { return Ok(Piece::Read) };
            if let At::Data(left) = self.at {
                let now = (bytes.len() - from).min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - now as u64;
                self.at = if left == 0 { At::DataCr } else { At::Data(left) };
                return Ok(Piece::Data(from..from + now));
            }
            self.at = self.step(byte).ok_or(NoChunk)?;
            from += 1;
        }
    }

    fn step(&mut self, byte: u8) -> Option<At> {
        self.line += 1;
        if self.line > MOST_LINE {
            return None;
        }
        match (self.at, byte) {
            (At::Size(value, digits @ 0..16), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                Some(At::Size(value << 4 | u64::from(char::from(byte).to_digit(16)?), digits + 1))
            }
            (At::Size(value, 1..) | At::Extension(value), b'\r') => Some(At::SizeEnd(value)),
            (At::Size(value, 1..), b';' | b' ' | b'\t') => Some(At::Extension(value)),
            (At::Extension(_), b'\n' | 0) => None,
            (At::Extension(value), _) => Some(At::Extension(value)),
            (At::SizeEnd(0), b'\n') => Some(At::Line),
            (At::SizeEnd(size), b'\n') => {
                self.line = 0;
                Some(At::Data(size))
            }
            (At::DataCr, b'\r') => Some(At::DataLf),
            (At::DataLf, b'\n') => Some(At::Size(0, 0)),
            (At::Line, b'\r') => Some(At::LastLf),
            (At::LineEnd, b'\n') => Some(At::Line),
            (At::Line | At::InLine, b'\n' | 0) => None,
            (At::InLine, b'\r') => Some(At::LineEnd),
            (At::Line | At::InLine, _) => Some(At::InLine),
            (At::LastLf, b'\n') => Some(At::Over),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, Option<usize>), NoChunk> {
        let (mut dechunk, mut data, mut left) = (Dechunk::new(), Vec::new(), None);
        for piece in pieces {
            let mut from = 0;
            loop {
                match dechunk.next(piece, from)? {
                    Piece::Data(range) => {
                        from = range.end;
                        data.extend_from_slice(&piece[range]);
                    }
                    Piece::Read => break,
                    Piece::Over(at) => {
                        left = Some(piece.len() - at);
                        break;
                    }
                }
            }
        }
        Ok((data, left))
    }

    #[test]
    fn data_comes_out_however_it_was_cut() {
        let body = b"5\r\nhello\r\n1;ext=\"a\"\r\n!\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nHTTP".as_slice();
        let whole = Ok((b"hello!0123456789".to_vec(), Some(4)));
        assert_eq!(read(&[body]), whole);
        for cut in 1..body.len() - 4 {
            assert_eq!(read(&[&body[..cut], &body[cut..]]), whole, "{cut}");
        }
        assert_eq!(read(&[b"3\r\nab"]), Ok((b"ab".to_vec(), None)), "it is not over");
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for bad in ["x", "\r\n", "5\nhello", "1\r\nab\r\n", "11111111111111111\r\n", "0\r\n\n", "-1\r\n", "1;\n", "0\r\na: b\n\r\n"] {
            assert_eq!(read(&[bad.as_bytes()]), Err(NoChunk), "{bad:?}");
        }
        let endless = [b"0\r\n".as_slice(), &vec![b'a'; MOST_LINE as usize + 1]].concat();
        assert_eq!(read(&[&endless]), Err(NoChunk));
    }
}
