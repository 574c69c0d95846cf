//! Weak entity tags from a document's content (RFC 7644 section 3.14, RFC 9110 section 8.8.3).

use std::io::{self, Write};

use crate::resource::Doc;

/// The weak entity tag of a document: the same content in the same order has the same tag, on every release.
///
/// It tells versions apart; it is no protection against somebody who builds two documents with one tag.
#[must_use]
pub fn version(doc: &Doc) -> String {
    let mut hash = Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
    // Neither a map with text keys nor this writer can fail.
    let written = serde_json::to_writer(&mut hash, doc);
    debug_assert!(written.is_ok());
    format!("W/\"{:032x}\"", hash.0)
}

/// Whether an `If-Match` or `If-None-Match` header names this version: `*`, or a list of tags, compared weakly.
#[must_use]
pub fn matches(header: &str, version: &str) -> bool {
    let opaque = |tag: &str| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()).to_owned();
    header.trim() == "*" || header.split(',').any(|tag| opaque(tag) == opaque(version))
}

/// FNV-1a in 128 bits, fed as a writer.
struct Fnv(u128);

impl Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn doc(value: serde_json::Value) -> Doc {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_tag_follows_the_content_and_is_stable() {
        let mara = version(&doc(json!({"userName": "mara@harbourworks.example"})));
        assert_eq!(mara, version(&doc(json!({"userName": "mara@harbourworks.example"}))));
        assert_ne!(mara, version(&doc(json!({"userName": "Mara@harbourworks.example"}))));
        // The value of FNV-1a 128 for the bytes `{}`: a changed algorithm would make every stored tag stale.
        assert_eq!(version(&doc(json!({}))), "W/\"0880955dd2ab1be95aa0733055c655b5\"");
    }

    #[test]
    fn headers_match_weakly() {
        let version = "W/\"ab\"";
        for (header, expected) in
            [("*", true), ("W/\"ab\"", true), ("\"ab\"", true), ("\"x\", W/\"ab\"", true), ("W/\"x\"", false), ("", false), ("ab", false)]
        {
            assert_eq!(matches(header, version), expected, "{header}");
        }
    }
}
