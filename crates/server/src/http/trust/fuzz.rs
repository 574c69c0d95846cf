//! Mutated forwarding headers: whoever stands behind a trusted peer cannot say who they are, and whoever comes directly says nothing.

use axum::http::{HeaderMap, HeaderValue};
use mutation::Corpus;

use super::*;

const PIECES: [&[u8]; 22] = [
    b",",
    b", ",
    b" ",
    b"\t",
    b":",
    b"::",
    b"::ffff:",
    b"[",
    b"]",
    b"]:",
    b".",
    b"%",
    b"\"",
    b";",
    b"for=",
    b"0",
    b"255",
    b"10.0.0.2",
    b"fd00::1",
    b"203.0.113.7",
    b"SE",
    b"\xff",
];

fn trust() -> Trust {
    Trust {
        peers: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        address_header: Some("x-forwarded-for".into()),
        country_header: Some("x-country".into()),
    }
}

/// The lines under both names.
fn headers(lines: &[&[u8]]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line).ok()?;
        headers.append("x-country", value.clone());
        headers.append("x-forwarded-for", value);
    }
    Some(headers)
}

#[test]
fn nothing_that_a_client_writes_changes_what_a_trusted_peer_says() {
    let (trust, peer, stranger) = (trust(), "10.0.0.1:4711".parse().unwrap(), "198.51.100.4:4711".parse().unwrap());
    let said = |lines: &[&[u8]]| headers(lines).map(|headers| trust.address(peer, &headers));
    Corpus::of_lines(include_str!("../../../tests/fuzz/forwarded.txt"), &PIECES).fuzz(|input| {
        let Some(alone) = headers(&[input]) else { return };
        assert_eq!(trust.address(stranger, &alone), Some(stranger.ip()), "a stranger's word");
        assert_eq!(trust.country(stranger, &alone), None);
        let read = trust.address(peer, &alone);
        assert!(read.is_none_or(|ip| ip == ip.to_canonical() && !trust.is_peer(ip)), "{read:?}");
        assert!(trust.country(peer, &alone).is_none_or(|c| c.len() == 2 && c != "XX" && c.bytes().all(|b| b.is_ascii_uppercase())));
        // The peer, and another behind it, write down from whom they have it: behind that nothing counts.
        for told in [&b"203.0.113.7"[..], b"203.0.113.7, 10.0.0.2", b"203.0.113.7:80,[fd00::1]:443", b"::ffff:203.0.113.7"] {
            let whole = [input, b",", told].concat();
            for lines in [vec![whole.as_slice()], vec![input, told]] {
                assert_eq!(said(&lines), Some("203.0.113.7".parse().ok()), "behind {:?}", told.escape_ascii().to_string());
            }
        }
        // Lines are one list (RFC 9110 section 5.3).
        for at in (0..input.len()).filter(|at| input[*at] == b',') {
            assert_eq!(said(&[&input[..at], &input[at + 1..]]), Some(read));
        }
        // Peers between do not matter.
        assert_eq!(said(&[input, b"10.0.0.2, fd00::2"]), Some(read));
    });
}
