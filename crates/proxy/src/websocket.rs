//! Where WebSocket frames end in a stream of bytes, and the close frame the door itself may send (RFC 6455, sections 5.2
//! and 5.5.1). Pure: bytes in, positions out.

/// The opcode of a close frame.
const CLOSE: u8 = 0x8;
/// A control frame's payload has at most 125 bytes, two of which are the code.
const LONGEST_REASON: usize = 123;

/// Why the door closes a WebSocket (RFC 6455, section 7.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseCode {
    /// 1001: the server is going down.
    GoingAway,
    /// 1008: the session behind it has ended.
    PolicyViolation,
}

impl CloseCode {
    /// The whole frame, unmasked as a server sends it.
    pub(crate) fn frame(self) -> Vec<u8> {
        let (code, reason): (u16, &str) = match self {
            Self::GoingAway => (1001, "the server is going down"),
            Self::PolicyViolation => (1008, "the session has ended"),
        };
        let reason = &reason.as_bytes()[..reason.len().min(LONGEST_REASON)];
        let mut frame = vec![0x80 | CLOSE, 2 + reason.len() as u8];
        frame.extend_from_slice(&code.to_be_bytes());
        frame.extend_from_slice(reason);
        frame
    }
}

/// Follows the frames of one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frames {
    at: At,
    opcode: u8,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before a frame's first byte.
    Boundary,
    /// Before the byte with the mask bit and the short length.
    Length,
    /// In a length of two or eight bytes.
    LongLength { left: u8, value: u64, masked: bool },
    /// In the masking key and the payload.
    Payload { left: u64 },
}

impl Frames {
    /// Before the first frame.
    pub(crate) const fn new() -> Self {
        Self { at: At::Boundary, opcode: 0, closed: false }
    }

    /// True when a frame of one's own may stand here.
    pub(crate) fn at_boundary(&self) -> bool {
        self.at == At::Boundary
    }

    /// True when a close frame may stand here: at a boundary, and none went by before.
    pub(crate) fn may_close(&self) -> bool {
        self.at_boundary() && !self.closed
    }

    /// Takes note of bytes that went by.
    pub(crate) fn advance(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = self.step(bytes);
        }
    }

    /// How many of these bytes lead to the first boundary; `None` when all of them stay inside one frame.
    pub(crate) fn until_boundary(mut self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        while !self.at_boundary() {
            if rest.is_empty() {
                return None;
            }
            rest = self.step(rest);
        }
        Some(bytes.len() - rest.len())
    }

    /// Consumes a header byte or a piece of payload.
    fn step<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some((byte, tail)) = bytes.split_first() else { return bytes };
        match self.at {
            At::Boundary => {
                self.opcode = byte & 0x0f;
                self.at = At::Length;
            }
            At::Length => {
                let masked = byte & 0x80 != 0;
                match byte & 0x7f {
                    126 => self.at = At::LongLength { left: 2, value: 0, masked },
                    127 => self.at = At::LongLength { left: 8, value: 0, masked },
                    short => self.payload(u64::from(short), masked),
                }
            }
            At::LongLength { left, value, masked } => {
                let value = value << 8 | u64::from(*byte);
                if left == 1 { self.payload(value, masked) } else { self.at = At::LongLength { left: left - 1, value, masked } }
            }
            At::Payload { left } => {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                self.rest(left - taken as u64);
                return &bytes[taken..];
            }
        }
        tail
    }

    fn payload(&mut self, length: u64, masked: bool) {
        self.rest(length.saturating_add(if masked { 4 } else { 0 }));
    }

    fn rest(&mut self, left: u64) {
        if left == 0 {
            self.closed |= self.opcode == CLOSE;
            self.at = At::Boundary;
        } else {
            self.at = At::Payload { left };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(opcode: u8, length: usize, mask: Option<[u8; 4]>) -> Vec<u8> {
        let bit = if mask.is_some() { 0x80 } else { 0 };
        let mut out = vec![0x80 | opcode];
        match length {
            0..126 => out.push(bit | length as u8),
            126..65_536 => {
                out.push(bit | 126);
                out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                out.push(bit | 127);
                out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(mask.as_ref().map_or(&[][..], |m| m));
        out.resize(out.len() + length, 0x5a);
        out
    }

    #[test]
    fn boundaries_are_found_for_every_length_form_and_every_split() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            for mask in [None, Some([0x88, 0, 0, 1])] {
                let bytes = frame(1, length, mask);
                let header = bytes.len() - length;
                for split in (0..bytes.len()).filter(|s| *s <= header + 1 || *s + 1 == bytes.len()) {
                    let mut frames = Frames::new();
                    frames.advance(&bytes[..split]);
                    assert_eq!(frames.at_boundary(), split == 0, "{length} at {split}");
                    let left = bytes.len() - split;
                    let expected = if split == 0 { 0 } else { left };
                    let mut more = bytes[split..].to_vec();
                    more.extend_from_slice(&frame(2, 7, None));
                    assert_eq!(frames.until_boundary(&more), Some(expected), "{length} at {split}");
                    frames.advance(&bytes[split..]);
                    assert!(frames.may_close(), "{length} at {split}");
                }
            }
        }
    }

    #[test]
    fn bytes_inside_one_frame_hold_no_boundary() {
        let bytes = frame(2, 300, None);
        let mut frames = Frames::new();
        frames.advance(&bytes[..10]);
        assert_eq!(frames.until_boundary(&bytes[10..200]), None);
        assert!(!frames.at_boundary() && !frames.may_close());
    }

    #[test]
    fn after_a_close_frame_no_other_may_follow() {
        let mut frames = Frames::new();
        frames.advance(&CloseCode::GoingAway.frame());
        assert!(frames.at_boundary() && !frames.may_close());
    }

    #[test]
    fn close_frames_carry_code_and_reason() {
        let frame = CloseCode::PolicyViolation.frame();
        assert_eq!(frame[..4], [0x88, (frame.len() - 2) as u8, 0x03, 0xf0]);
        assert_eq!(&frame[4..], b"the session has ended");
    }

    #[test]
    fn an_endless_length_never_ends_and_never_overflows() {
        let mut frames = Frames::new();
        frames.advance(&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        frames.advance(&[0; 4096]);
        assert!(!frames.at_boundary());
    }
}
