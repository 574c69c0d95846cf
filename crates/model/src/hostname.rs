//! Host and path patterns of applications ("Application paths" of Cloudflare One).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The text is not a host or host/path pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not usable as an application address: {why}")]
pub struct InvalidPattern {
    /// The offending text, cut to 120 characters.
    pub value: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Where a public application lives: a host pattern (at most one `*` a label, matching within the label only) and a
/// path pattern (at most one `*` a segment; a `*` in the middle spans segments). Ports, queries and fragments are refused.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppAddress {
    text: Box<str>,
    host: Box<str>,
    path: Box<str>,
}

impl AppAddress {
    /// The text as given (without scheme).
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Host pattern, lower case.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// Path pattern, beginning with `/`, escapes decoded; `/*` and the empty path are the same and read `/`.
    pub fn path(&self) -> &str {
        &self.path
    }
    /// The longest path that covers everything the pattern does, for a cookie: the part before a `*`, cut at its last slash.
    /// `/` when the path holds characters that cookies cannot.
    pub fn cookie_path(&self) -> &str {
        let path = match self.path.split_once('*') {
            Some((before, _)) => &before[..=before.rfind('/').unwrap_or(0)],
            None => &self.path,
        };
        let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~!$&'()+:@=,".contains(&b));
        if plain && !path.is_empty() { path } else { "/" }
    }
    /// True when the host falls under the pattern.
    pub fn matches_host(&self, host: &str) -> bool {
        host_matches(&self.host, host)
    }
    /// True when the host has no wildcard, so that a cookie can be planted there.
    pub fn is_concrete_host(&self) -> bool {
        !self.host.contains('*')
    }
    /// True when a request for this lower-case host and this path, as [`decode_path`] reads it, falls under the pattern.
    pub fn matches(&self, host: &str, path: &str) -> bool {
        host_matches(&self.host, host) && path_matches(&self.path, path)
    }
    /// Ordering key: a longer, more literal pattern is more specific. Compare descending.
    pub fn specificity(&self) -> (bool, usize, usize, bool) {
        let literal = |s: &str| s.bytes().filter(|b| *b != b'*').count();
        (self.is_concrete_host(), literal(&self.host), literal(&self.path), !self.path.contains('*'))
    }
}
impl fmt::Display for AppAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl fmt::Debug for AppAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppAddress({})", self.text)
    }
}
impl FromStr for AppAddress {
    type Err = InvalidPattern;
    fn from_str(s: &str) -> Result<Self, InvalidPattern> {
        let bad = |why| InvalidPattern { value: s.chars().take(120).collect(), why };
        if s.len() > 2048 {
            return Err(bad("it is longer than 2048 characters"));
        }
        let text = s.strip_prefix("https://").unwrap_or(s);
        if text.contains("://") {
            return Err(bad("only https addresses can be protected"));
        }
        let (host, path) = text.split_once('/').map_or((text, ""), |(h, p)| (h, p));
        if host.contains(':') {
            return Err(bad("it must not contain a port"));
        }
        if path.contains(['?', '#']) || host.contains(['?', '#']) {
            return Err(bad("it must not contain a query or fragment"));
        }
        let host = host.to_ascii_lowercase();
        if !host
            .split('.')
            .all(|l| !l.is_empty() && l.matches('*').count() <= 1 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_*".contains(&b)))
        {
            return Err(bad("the host is not a domain name (at most one * between dots)"));
        }
        if !path.split('/').all(|p| p.matches('*').count() <= 1) || path.bytes().any(|b| b <= b' ' || b == 0x7f || b == b'\\') {
            return Err(bad("the path may hold at most one * between slashes and no spaces or backslashes"));
        }
        if path.contains(';') {
            return Err(bad("the path must not hold a semicolon: what follows one is a parameter"));
        }
        let path = decode_path(path).ok_or_else(|| bad("the path holds an escape that has no single reading"))?;
        let path = if path.is_empty() || path == "*" { "/".to_owned() } else { format!("/{path}") };
        Ok(Self { text: text.into(), host: host.into(), path: path.into() })
    }
}
impl TryFrom<String> for AppAddress {
    type Error = InvalidPattern;
    fn try_from(s: String) -> Result<Self, InvalidPattern> {
        s.parse()
    }
}
impl From<AppAddress> for String {
    fn from(a: AppAddress) -> String {
        a.text.into()
    }
}

/// The one reading of a path: escapes decoded once. `None` for an escape of a character that has a meaning of its own in
/// paths or of a control, for half an escape, and for what is not UTF-8: such paths have several readings.
pub fn decode_path(path: &str) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            out.push(*first);
            rest = tail;
            continue;
        }
        let code = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok())?;
        if code < b' ' || matches!(code, b'/' | b'\\' | b'%' | b'.' | b';' | b'#' | b'?' | b'*' | 0x7f) {
            return None;
        }
        out.push(code);
        rest = &tail[2..];
    }
    String::from_utf8(out).ok()
}

fn host_matches(pattern: &str, host: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == host;
    }
    let (mut p, mut h) = (pattern.split('.'), host.split('.'));
    loop {
        match (p.next(), h.next()) {
            (None, None) => return true,
            (Some(pl), Some(hl)) if label_matches(pl, hl) => {}
            _ => return false,
        }
    }
}

fn label_matches(pattern: &str, label: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == label,
        // `*` alone needs at least one character: an empty label is no host.
        Some((a, b)) => !label.is_empty() && label.len() >= a.len() + b.len() && label.starts_with(a) && label.ends_with(b),
    }
}

/// `/` covers everything; `/alpha` covers `/alpha` and below; `/alpha/*` covers what is below but not `/alpha` itself;
/// a `*` elsewhere spans any characters, slashes included.
fn path_matches(pattern: &str, path: &str) -> bool {
    if pattern == "/" {
        return true;
    }
    if !pattern.contains('*') {
        let base = pattern.strip_suffix('/').unwrap_or(pattern);
        return path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or("")) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    // The end of the pattern also covers what lies below it.
    last.is_empty() || rest.ends_with(last) || rest.contains(&format!("{last}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_paths_match_as_documented() {
        let table = [
            ("*.example.com", "a.example.com", "/", true),
            ("*.example.com", "example.com", "/", false),
            ("*.example.com", "a.b.example.com", "/", false),
            ("*test.example.com", "test.example.com", "/", true),
            ("*test.example.com", "alphatest.example.com", "/x", true),
            ("example.com/*", "example.com", "/any/thing", true),
            ("example.com/alpha/*", "example.com", "/alpha", false),
            ("example.com/alpha/*", "example.com", "/alpha/x/y", true),
            ("example.com/alpha", "example.com", "/alpha", true),
            ("example.com/alpha", "example.com", "/alpha/x", true),
            ("example.com/alpha", "example.com", "/alphabet", false),
            ("example.com/foo*/bar", "example.com", "/food/stuff/bar", true),
            ("example.com/foo*/bar", "example.com", "/food/stuff/baz", false),
            ("app.example.com", "evilapp.example.com", "/", false),
            ("example.com", "example.com", "/any/thing", true),
            ("*.example.com", ".example.com", "/", false),
            ("test*.example.com", "test-7.example.com", "/", true),
            ("*.a*.example.com", "x.ab.example.com", "/", true),
            ("*.a*.example.com", "x.b.example.com", "/", false),
            ("example.com/alpha/*", "example.com", "/alpha/", true),
            ("example.com/alpha*", "example.com", "/alphabet/x", true),
            ("example.com/foo*/bar", "example.com", "/foo/bar", true),
            ("example.com/foo*/bar", "example.com", "/foobar", false),
            ("example.com/*/bar", "example.com", "/a/b/bar", true),
            ("example.com/a*/b*/c", "example.com", "/a1/b2/b3/c", true),
        ];
        for (pattern, host, path, expect) in table {
            assert_eq!(pattern.parse::<AppAddress>().unwrap().matches(host, path), expect, "{pattern} {host}{path}");
        }
    }

    #[test]
    fn of_several_that_match_the_most_specific_one_is_meant() {
        for (host, path, patterns) in [
            ("example.com", "/eng/exec/x", ["example.com/eng/exec", "example.com/eng", "example.com"]),
            ("example.com", "/alpha/x", ["example.com/alpha/*", "example.com/alpha", "example.com/a*"]),
            ("a.example.com", "/x", ["a.example.com", "a*.example.com", "*.example.com/x"]),
            ("a.example.com", "/x/y", ["*.example.com/x/y", "*.example.com/x", "*.example.com"]),
        ] {
            let mut matching: Vec<AppAddress> = patterns.iter().rev().map(|p| p.parse().unwrap()).collect();
            assert!(matching.iter().all(|p| p.matches(host, path)), "{host}{path}");
            matching.sort_by_key(|p| std::cmp::Reverse(p.specificity()));
            assert_eq!(matching.iter().map(AppAddress::as_str).collect::<Vec<_>>(), patterns, "{host}{path}");
        }
    }

    #[test]
    fn cookie_paths_cover_the_pattern() {
        for (pattern, path) in
            [("a.b", "/"), ("a.b/docs", "/docs"), ("a.b/docs/*", "/docs/"), ("a.b/foo*/bar", "/"), ("a.b/x/foo*", "/x/"), ("a.b/büro", "/")]
        {
            assert_eq!(pattern.parse::<AppAddress>().unwrap().cookie_path(), path, "{pattern}");
        }
    }

    #[test]
    fn every_spelling_of_a_path_meets_the_same_pattern() {
        for (pattern, asked) in
            [("a.b/@ops", "/%40ops"), ("a.b/b%C3%BCcher", "/b%c3%bccher"), ("a.b/büro", "/b%C3%BCro"), ("a.b/a%20b", "/a%20b")]
        {
            let address: AppAddress = pattern.parse().unwrap();
            assert!(address.matches("a.b", &decode_path(asked).unwrap()), "{pattern} {asked}");
        }
        for bad in ["/%2f", "/%5C", "/%2e", "/%25", "/%3b", "/%3f", "/%2a", "/%00", "/%", "/%4", "/%zz", "/%ff"] {
            assert_eq!(decode_path(bad), None, "{bad}");
        }
        assert!("a.b/x;y".parse::<AppAddress>().is_err());
    }

    #[test]
    fn ports_queries_and_double_stars_are_refused() {
        for bad in [
            "",
            "a.example:8443",
            "a.example/x?y",
            "a.example/#",
            "**.example",
            "a..example",
            "http://a.example",
            "a.example/a**b",
            "a example",
        ] {
            assert!(bad.parse::<AppAddress>().is_err(), "{bad}");
        }
    }
}
