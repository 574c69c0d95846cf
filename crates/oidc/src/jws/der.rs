//! The two integers inside a DER `RSAPublicKey` (RFC 8017 appendix A.1.1).

/// Modulus and exponent, big-endian, without leading zeros; `None` when the bytes are something else.
pub(super) fn rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, rest) = element(der, 0x30)?;
    let (n, after) = element(body, 0x02)?;
    let (e, end) = element(after, 0x02)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    Some((positive(n)?, positive(e)?))
}

/// Content of the first element, which must have this tag, and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], mut rest) = input.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let mut len = usize::from(first);
    if first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 3 {
            return None;
        }
        let (bytes, after) = rest.split_at_checked(count)?;
        len = bytes.iter().fold(0, |n, b| (n << 8) | usize::from(*b));
        rest = after;
    }
    rest.split_at_checked(len)
}

fn positive(integer: &[u8]) -> Option<&[u8]> {
    let start = integer.iter().position(|b| *b != 0)?;
    Some(&integer[start..])
}
