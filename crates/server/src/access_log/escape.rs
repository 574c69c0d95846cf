//! Texts that clients chose, made harmless: within a JSON string, and within quotes of a text line.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the inside of a JSON string (RFC 8259 section 7). The text is UTF-8 already; control characters of the second block are
/// escaped, too, so that no terminal obeys them.
pub(super) fn json(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\') {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let code = c as u32;
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(HEX[(code >> shift & 15) as usize]);
                }
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Appends a text for a place within double quotes: whatever is not plain printable ASCII as `\xNN`.
pub(super) fn quoted(out: &mut Vec<u8>, text: &str) {
    for b in text.bytes() {
        if (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\' {
            out.push(b);
        } else {
            out.extend_from_slice(&[b'\\', b'x', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_from_json_as_it_was() {
        let odd = ["", "plain/path", "a\"b\\c", "line\nbreak\r\t\u{0}", "\u{7f}\u{85}\u{9b}2J", "Größe/日本/🚢", "\u{2028}"];
        for text in odd {
            let mut out = vec![b'"'];
            json(&mut out, text);
            out.push(b'"');
            assert!(!out.iter().any(u8::is_ascii_control), "{text:?}");
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn a_quoted_text_never_leaves_its_quotes_or_its_line() {
        let mut out = Vec::new();
        quoted(&mut out, "a\" 200\n\\é");
        assert_eq!(String::from_utf8(out).unwrap(), "a\\x22 200\\x0a\\x5c\\xc3\\xa9");
    }
}
