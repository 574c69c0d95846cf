//! WebSocket frames, as many as a bench needs (RFC 6455 section 5.2): short ones, whole.

/// Text frame.
pub const TEXT: u8 = 0x1;
/// Close frame.
pub const CLOSE: u8 = 0x8;
/// Ping frame.
pub const PING: u8 = 0x9;
/// Pong frame.
pub const PONG: u8 = 0xa;
/// Longest payload of a frame with a short length.
const SHORT: usize = 125;

/// A frame that came.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub opcode: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The code of a close frame.
    pub fn close_code(&self) -> Option<u16> {
        let code = self.payload.get(..2).filter(|_| self.opcode == CLOSE)?;
        Some(u16::from_be_bytes([code[0], code[1]]))
    }
}

/// The bytes of a short frame; clients mask, servers do not.
pub fn frame(opcode: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let payload = &payload[..payload.len().min(SHORT)];
    let mut bytes = vec![0x80 | opcode, payload.len() as u8 | if mask.is_some() { 0x80 } else { 0 }];
    let mask = mask.inspect(|mask| bytes.extend(mask)).unwrap_or_default();
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Takes the first whole frame off the front. `Err` for one longer than a bench sends.
pub fn take(bytes: &mut Vec<u8>) -> Result<Option<Frame>, TooLong> {
    let [first, second, ..] = bytes.as_slice() else { return Ok(None) };
    let (opcode, masked, length) = (first & 0xf, second & 0x80 != 0, usize::from(second & 0x7f));
    if length > SHORT {
        return Err(TooLong);
    }
    let head = if masked { 6 } else { 2 };
    if bytes.len() < head + length {
        return Ok(None);
    }
    let mut payload: Vec<u8> = bytes.drain(..head + length).collect();
    let mask: Vec<u8> = payload.drain(..head).skip(2).collect();
    if masked {
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    }
    Ok(Some(Frame { opcode, payload }))
}

/// A frame that nobody here sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a WebSocket frame is longer than any that was sent")]
pub struct TooLong;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_sent() {
        for mask in [None, Some([7, 200, 0, 33])] {
            let mut bytes = frame(TEXT, b"tide", mask);
            bytes.extend(frame(PING, b"", mask));
            let rest = bytes.split_off(3);
            assert_eq!(take(&mut bytes), Ok(None), "half a frame");
            bytes.extend(rest);
            assert_eq!(take(&mut bytes), Ok(Some(Frame { opcode: TEXT, payload: b"tide".to_vec() })));
            assert_eq!(take(&mut bytes), Ok(Some(Frame { opcode: PING, payload: Vec::new() })));
            assert!(bytes.is_empty());
        }
        let mut close = frame(CLOSE, &1008_u16.to_be_bytes(), None);
        assert_eq!(take(&mut close).unwrap().unwrap().close_code(), Some(1008));
        assert_eq!(take(&mut vec![0x82, 0x7e, 1, 0]), Err(TooLong));
    }
}
