//! Counts the frames of an HTTP/2 client that cost work and bring nothing: resets, pings, settings, empty data and the like.
//!
//! The protocol's own machine keeps its memory bounded; what it does not bound is how long somebody may keep it busy for nothing.

use crate::config::Limits;

const PREFACE: u8 = 24;
const HEAD: usize = 9;
const WINDOW_SECS: u32 = 60;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// Too much of something in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flood {
    #[error("the client reset too many streams")]
    Resets,
    #[error("the client sent too many frames that carry nothing")]
    Empty,
}

/// Follows the frames of one connection.
pub(super) struct Frames {
    most_resets: u32,
    most_empty: u32,
    preface: u8,
    head: [u8; HEAD],
    have: usize,
    /// Bytes of the current frame's payload that are still to come.
    left: usize,
    kind: u8,
    /// A header block has begun and not ended.
    in_block: bool,
    window: u32,
    resets: u32,
    empty: u32,
}

impl Frames {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            most_resets: limits.h2_resets,
            most_empty: limits.h2_control_frames,
            preface: PREFACE,
            head: [0; HEAD],
            have: 0,
            left: 0,
            kind: DATA,
            in_block: false,
            window: 0,
            resets: 0,
            empty: 0,
        }
    }

    /// Takes in what was received at this second.
    pub(super) fn feed(&mut self, mut bytes: &[u8], second: u32) -> Result<(), Flood> {
        let skipped = bytes.len().min(self.preface.into());
        self.preface -= u8::try_from(skipped).unwrap_or(self.preface);
        bytes = &bytes[skipped..];
        while !bytes.is_empty() {
            let payload = bytes.len().min(self.left);
            self.left -= payload;
            bytes = &bytes[payload..];
            let head = bytes.len().min(HEAD - self.have);
            self.head[self.have..self.have + head].copy_from_slice(&bytes[..head]);
            self.have += head;
            bytes = &bytes[head..];
            if self.have == HEAD {
                self.have = 0;
                self.begin(second)?;
            }
        }
        Ok(())
    }

    /// The client is in the middle of a request's head.
    pub(super) fn in_head(&self) -> bool {
        self.preface > 0 || self.in_block || (self.left > 0 && self.kind == HEADERS)
    }

    fn begin(&mut self, second: u32) -> Result<(), Flood> {
        let [a, b, c, kind, flags, ..] = self.head;
        (self.left, self.kind) = (u32::from_be_bytes([0, a, b, c]) as usize, kind);
        let empty = match kind {
            DATA => self.left == 0 && flags & END_STREAM == 0,
            HEADERS | CONTINUATION => {
                self.in_block = flags & END_HEADERS == 0;
                kind == CONTINUATION && self.left == 0
            }
            // They follow what the server sends, so many are no fault.
            WINDOW_UPDATE => false,
            _ => kind != RST_STREAM,
        };
        if second >= self.window + WINDOW_SECS {
            (self.window, self.resets, self.empty) = (second, 0, 0);
        }
        self.resets += u32::from(kind == RST_STREAM);
        self.empty += u32::from(empty);
        match (self.resets > self.most_resets, self.empty > self.most_empty) {
            (true, _) => Err(Flood::Resets),
            (_, true) => Err(Flood::Empty),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: u8 = 6;

    fn frames() -> Frames {
        Frames {
            most_resets: 2,
            most_empty: 3,
            preface: PREFACE,
            head: [0; HEAD],
            have: 0,
            left: 0,
            kind: 0,
            in_block: false,
            window: 0,
            resets: 0,
            empty: 0,
        }
    }

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
        out.extend([kind, flags, 0, 0, 0, 1]);
        out.extend(payload);
        out
    }

    fn begun() -> Frames {
        let mut frames = frames();
        frames.feed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 1).unwrap();
        frames
    }

    #[test]
    fn resets_are_counted_by_the_minute() {
        let mut frames = begun();
        let reset = frame(RST_STREAM, 0, &[0; 4]);
        assert_eq!(frames.feed(&[reset.clone(), reset.clone()].concat(), 1), Ok(()));
        assert_eq!(frames.feed(&reset, 70), Ok(()), "a new minute");
        assert_eq!(frames.feed(&reset, 71), Ok(()));
        assert_eq!(frames.feed(&reset, 72), Err(Flood::Resets));
    }

    #[test]
    fn frames_that_carry_nothing_are_a_flood_and_useful_ones_are_not() {
        let useful =
            [frame(HEADERS, END_HEADERS, b"xy"), frame(DATA, 0, b"xy"), frame(DATA, END_STREAM, b""), frame(WINDOW_UPDATE, 0, &[1; 4])];
        let mut frames = begun();
        for _ in 0..100 {
            assert_eq!(frames.feed(&useful.concat(), 1), Ok(()));
        }
        for (kind, flags, payload) in
            [(PING, 0, &[0u8; 8][..]), (4, 0, b""), (DATA, 0, b""), (CONTINUATION, 0, b""), (2, 0, &[0; 5]), (0xbe, 0, b"?")]
        {
            let mut frames = begun();
            let one = frame(kind, flags, payload);
            assert_eq!(frames.feed(&one.repeat(3), 1), Ok(()), "kind {kind}");
            assert_eq!(frames.feed(&one, 1), Err(Flood::Empty), "kind {kind}");
        }
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_are_cut() {
        let all = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(HEADERS, END_HEADERS, &[7; 300]), &frame(PING, 0, &[0; 8]).repeat(4)]
            .concat();
        for size in 1..40 {
            let mut frames = frames();
            let fed = all.chunks(size).try_for_each(|piece| frames.feed(piece, 1));
            assert_eq!(fed, Err(Flood::Empty), "pieces of {size}");
            assert_eq!(frames.empty, 4);
        }
    }

    #[test]
    fn an_open_header_block_is_a_head_that_is_not_there_yet() {
        let mut frames = frames();
        assert!(frames.in_head());
        frames.feed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 1).unwrap();
        assert!(!frames.in_head());
        frames.feed(&frame(HEADERS, 0, b"part"), 1).unwrap();
        assert!(frames.in_head());
        let rest = frame(CONTINUATION, END_HEADERS, b"rest");
        frames.feed(&rest, 1).unwrap();
        assert!(!frames.in_head());
        frames.feed(&frame(HEADERS, END_HEADERS, b"some")[..11], 1).unwrap();
        assert!(frames.in_head());
    }
}
