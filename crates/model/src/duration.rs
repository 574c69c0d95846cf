//! Durations in Go's syntax, as the v4 API writes them (`24h`, `1h30m`, `0s`).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A non-negative length of time kept with the text it was given in, so that a GET returns what a PUT sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionDuration {
    text: Box<str>,
    millis: i64,
}

/// The text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration: write it like 30m, 24h or 1h30m (units ns, us, ms, s, m, h)")]
pub struct InvalidDuration(pub String);

impl SessionDuration {
    /// A whole number of hours.
    pub fn hours(h: u32) -> Self {
        Self { text: format!("{h}h").into(), millis: i64::from(h) * 3_600_000 }
    }
    /// Length in milliseconds.
    pub const fn millis(&self) -> i64 {
        self.millis
    }
    /// Length in whole seconds.
    pub const fn secs(&self) -> i64 {
        self.millis / 1000
    }
    /// The text it was given in.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
impl PartialEq for SessionDuration {
    fn eq(&self, other: &Self) -> bool {
        self.millis == other.millis
    }
}
impl Eq for SessionDuration {}
impl fmt::Display for SessionDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl FromStr for SessionDuration {
    type Err = InvalidDuration;
    fn from_str(s: &str) -> Result<Self, InvalidDuration> {
        let bad = || InvalidDuration(s.chars().take(40).collect());
        let mut rest = s.strip_prefix('+').unwrap_or(s);
        if rest == "0" {
            return Ok(Self { text: s.into(), millis: 0 });
        }
        if rest.is_empty() || s.len() > 64 {
            return Err(bad());
        }
        let mut nanos = 0f64;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
            let number: f64 = rest[..digits].parse().map_err(|_| bad())?;
            rest = &rest[digits..];
            let (unit, len) = unit(rest).ok_or_else(bad)?;
            nanos += number * unit;
            rest = &rest[len..];
        }
        let millis = nanos / 1e6;
        if !(0.0..=3.2e12).contains(&millis) {
            return Err(bad());
        }
        #[expect(clippy::cast_possible_truncation, reason = "range checked above")]
        Ok(Self { text: s.into(), millis: millis as i64 })
    }
}
impl TryFrom<String> for SessionDuration {
    type Error = InvalidDuration;
    fn try_from(s: String) -> Result<Self, InvalidDuration> {
        s.parse()
    }
}
impl From<SessionDuration> for String {
    fn from(d: SessionDuration) -> String {
        d.text.into()
    }
}

/// Nanoseconds of the unit the text starts with, and the unit's length in bytes.
fn unit(s: &str) -> Option<(f64, usize)> {
    const UNITS: [(&str, f64); 8] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
    UNITS.iter().find(|(u, _)| s.starts_with(u) && !(*u == "m" && s.starts_with("ms"))).map(|(u, n)| (*n, u.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_parse_and_bare_numbers_do_not() {
        for (text, ms) in
            [("24h", 86_400_000), ("1h30m0s", 5_400_000), ("0s", 0), ("0", 0), ("300ms", 300), ("1.5h", 5_400_000), ("730h", 2_628_000_000)]
        {
            assert_eq!(text.parse::<SessionDuration>().unwrap().millis(), ms, "{text}");
        }
        for bad in ["", "24", "h", "1d", "-1h", "1h30", "1hh", "forever"] {
            assert!(bad.parse::<SessionDuration>().is_err(), "{bad}");
        }
    }
}
