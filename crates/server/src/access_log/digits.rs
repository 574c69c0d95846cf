//! Numbers, addresses and ids as bytes, without the machinery of formatting: several of them stand in each line.

use std::{io::Write, net::IpAddr};

/// Appends a number in decimal.
pub(super) fn number(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends an address.
pub(super) fn address(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(v4) => {
            for (i, part) in v4.octets().into_iter().enumerate() {
                if i > 0 {
                    out.push(b'.');
                }
                number(out, u64::from(part));
            }
        }
        // Writing into memory does not fail.
        IpAddr::V6(v6) => drop(write!(out, "{v6}")),
    }
}

/// Appends 16 hexadecimal digits.
pub(super) fn hex16(out: &mut Vec<u8>, value: u64) {
    let mut text = [0_u8; 16];
    // The text has room for exactly these bytes.
    let _ = hex::encode_to_slice(value.to_be_bytes(), &mut text);
    out.extend_from_slice(&text);
}

/// Appends 32 hexadecimal digits.
pub(super) fn hex32(out: &mut Vec<u8>, value: [u8; 16]) {
    let mut text = [0_u8; 32];
    // The text has room for exactly these bytes.
    let _ = hex::encode_to_slice(value, &mut text);
    out.extend_from_slice(&text);
}

/// Appends a UUID in its dashed form.
pub(super) fn uuid(out: &mut Vec<u8>, id: uuid::Uuid) {
    out.extend_from_slice(id.hyphenated().encode_lower(&mut [0; uuid::fmt::Hyphenated::LENGTH]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_and_addresses_are_written_as_everybody_else_writes_them() {
        for value in [0, 7, 10, 99, 100, 65_535, u64::MAX] {
            assert_eq!(written(|out| number(out, value)), value.to_string());
        }
        for ip in ["0.0.0.0", "203.0.113.9", "255.255.255.255", "::1", "2001:db8::7"] {
            assert_eq!(written(|out| address(out, ip.parse().unwrap())), ip);
        }
        assert_eq!(written(|out| hex16(out, 0x0123_4567_89ab_cdef)), "0123456789abcdef");
        let id = uuid::Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
        assert_eq!(written(|out| uuid(out, id)), id.to_string());
    }
}
