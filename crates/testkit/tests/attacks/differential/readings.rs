//! All the ways in which programs behind a door have been seen to read a path.

use std::collections::BTreeSet;

/// Which application a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `/open/*`: for everybody.
    Open,
    /// `/hq`: for Bram alone.
    Hq,
    /// All the rest: for Mara.
    Rest,
}

/// The part in every reading of a target's path.
pub fn parts(target: &str) -> BTreeSet<Part> {
    readings(target).iter().map(|path| part(path)).collect()
}

fn part(path: &[u8]) -> Part {
    let below = |prefix: &[u8]| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
    match path {
        _ if path.starts_with(b"/open/") => Part::Open,
        _ if below(b"/hq") => Part::Hq,
        _ => Part::Rest,
    }
}

type Way = fn(&[u8]) -> Vec<u8>;

fn readings(target: &str) -> BTreeSet<Vec<u8>> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    // Decoding once is what every program does: `%61` is the letter (RFC 3986 section 6.2.2.2, decision 0007).
    let mut all = BTreeSet::from([decoded(path.as_bytes())]);
    let ways: [Way; 6] = [decoded, slashes_turned, slashes_joined, parameters_cut, dots_resolved, cut_at_nul];
    for _ in 0..4 {
        let more: Vec<Vec<u8>> = all.iter().flat_map(|path| ways.iter().map(|way| way(path))).collect();
        all.extend(more);
    }
    all
}

/// Escapes read once.
pub fn decoded(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < path.len() {
        let code = path.get(at + 1..at + 3).filter(|_| path[at] == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(path[at]);
            at += 1;
        }
    }
    out
}

fn slashes_turned(path: &[u8]) -> Vec<u8> {
    path.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
}

fn slashes_joined(path: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = path.to_vec();
    out.dedup_by(|a, b| *a == b'/' && *b == b'/');
    out
}

fn parameters_cut(path: &[u8]) -> Vec<u8> {
    let segments: Vec<&[u8]> =
        path.split(|byte| *byte == b'/').map(|part| part.split(|byte| *byte == b';').next().unwrap_or_default()).collect();
    segments.join(&b'/')
}

fn dots_resolved(path: &[u8]) -> Vec<u8> {
    let mut out: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        match segment {
            b"." => {}
            b".." if out.len() > 1 => drop(out.pop()),
            _ => out.push(segment),
        }
    }
    out.join(&b'/')
}

fn cut_at_nul(path: &[u8]) -> Vec<u8> {
    path.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

#[test]
fn what_fools_programs_is_read_in_several_ways() {
    for (target, expected) in [
        ("/open/x", &[Part::Open][..]),
        ("/x?/open/", &[Part::Rest]),
        ("/open/../hq", &[Part::Open, Part::Hq]),
        ("/open/%2e%2e/hq", &[Part::Open, Part::Hq]),
        ("/open/..;x/hq", &[Part::Open, Part::Hq]),
        ("/open/..%25255chq", &[Part::Open, Part::Hq]),
        ("/x//../hq", &[Part::Hq, Part::Rest]),
        ("/%2568q/x", &[Part::Hq, Part::Rest]),
        ("/hq;x", &[Part::Hq, Part::Rest]),
    ] {
        assert!(parts(target).is_superset(&expected.iter().copied().collect()), "{target}: {:?}", readings(target));
    }
}
