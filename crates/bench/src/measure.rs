//! Figures: percentiles, rates, sizes, and how they are printed.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

/// How long single things took.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The time that this share of all (0 to 1) did not exceed.
    pub fn percentile(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        let at = (share * last as f64).round() as usize;
        self.0.get(at).copied().unwrap_or_default()
    }

    /// "median / 99th of a hundred".
    pub fn shown(&mut self) -> String {
        format!("{} / {}", short(self.percentile(0.5)), short(self.percentile(0.99)))
    }
}

/// A time in the unit that suits it.
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s >= 10.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.01 => format!("{:.0} ms", s * 1e3),
        s => format!("{:.2} ms", s * 1e3),
    }
}

/// How many a second since then.
pub fn rate(count: usize, since: Instant) -> String {
    grouped((count as f64 / since.elapsed().as_secs_f64()).round() as u64)
}

/// A number with commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in MiB or GiB.
pub fn size(bytes: u64) -> String {
    let mib = bytes as f64 / (1024.0 * 1024.0);
    if mib >= 1024.0 { format!("{:.2} GiB", mib / 1024.0) } else { format!("{mib:.0} MiB") }
}

/// One line of the report, at once.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever closed the pipe does not want to read on.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let times = [12_345_u64, 1_500_000, 250_000, 40_000].map(|us| short(Duration::from_micros(us * 1000 / 1000)));
        assert_eq!(times, ["12 ms", "1.50 s", "250 ms", "40 ms"]);
        assert_eq!((size(5 << 20), size(3 << 29)), ("5 MiB".to_owned(), "1.50 GiB".to_owned()));
        let mut all = Times::default();
        (1..=100).for_each(|n| all.add(Duration::from_millis(n)));
        assert_eq!((all.percentile(0.5), all.percentile(0.99)), (Duration::from_millis(51), Duration::from_millis(99)));
    }
}
