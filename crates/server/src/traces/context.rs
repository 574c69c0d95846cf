//! `traceparent` (W3C Trace Context, section 3.2): read strictly, written as version 00.

use axum::http::HeaderValue;

/// A place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Context {
    pub trace: [u8; 16],
    pub span: [u8; 8],
    sampled: bool,
}

impl Context {
    pub(super) fn new(trace: [u8; 16], span: [u8; 8]) -> Self {
        Self { trace, span, sampled: true }
    }

    /// Reads one. A later version may have more behind it (section 4.3).
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (version, rest) = (lower_hex::<1>(text.get(..2)?)?, text.get(2..)?);
        let [b'-', rest @ ..] = rest else { return None };
        let (trace, rest) = (lower_hex::<16>(rest.get(..32)?)?, rest.get(32..)?);
        let [b'-', rest @ ..] = rest else { return None };
        let (span, rest) = (lower_hex::<8>(rest.get(..16)?)?, rest.get(16..)?);
        let [b'-', rest @ ..] = rest else { return None };
        let ([flags], rest) = (lower_hex::<1>(rest.get(..2)?)?, rest.get(2..)?);
        let ends = match version {
            [0] => rest.is_empty(),
            [0xff] => false,
            _ => rest.is_empty() || rest.first() == Some(&b'-'),
        };
        (ends && trace != [0; 16] && span != [0; 8]).then_some(Self { trace, span, sampled: flags & 1 == 1 })
    }

    pub(super) fn is_sampled(self) -> bool {
        self.sampled
    }

    pub(super) fn header(self) -> Option<HeaderValue> {
        let text = format!("00-{}-{}-0{}", hex::encode(self.trace), hex::encode(self.span), u8::from(self.sampled));
        HeaderValue::try_from(text).ok()
    }
}

fn lower_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let lower = text.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b));
    (lower && hex::decode_to_slice(text, &mut out).is_ok()).then_some(out)
}
